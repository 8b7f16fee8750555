// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/canonical.h"
#include "sync/crypto/hash.h"
#include "tests/unit/wire/sample_facts.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <iterator>

using namespace millpond;

namespace {

// Written when each kind began. A difference means that journals and hubs in the field could no longer be verified.
constexpr std::array<std::string_view, 25> golden{
    "010202040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec4021006200622c60124d00f",
    "010204040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620828080f0ddef0322182402272d02020402072001"
    "0101010101010101010101010101010101010101010101010101010101010109057a682d434e272802040720020202020202"
    "02020202020202020202020202020202020202020202020202020902656e2920030303030303030303030303030303030303"
    "0303030303030303030303030303",
    "010206040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec40210062018230674696c6c2d3124cec4022706542d303030"
    "3128828080f0ddef032b03434e592ce4c8012ea40d30c0bb01331d0301310505534b552d390705302e33353009037465610a"
    "e4c8010cc70133003506020804c0bb013505020204a40d370804040404040404043802",
    "010208040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620828080f0ddef03225224ef0126c0bb01",
    "01020a040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620848080f0ddef0322828080f0ddef03240a261828"
    "d00f2a904e2cd0c4022e8cc502312005050505050505050505050505050505050505050505050505050505050505053252",
    "01020c040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620848080f0ddef0322828080f0ddef03240a265228"
    "d00f",
    "01020e040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620848080f0ddef0322828080f0ddef03240a265228"
    "d00f2b0c636f75706f6e5f7370656e74",
    "010210040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620522206",
    "010212040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec40210062018230674696c6c2d3124cec4022706542d303030"
    "3129200606060606060606060606060606060606060606060606060606060606060606",
    "010214040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620182302543124d4c4022703522d3728182b025431"
    "2cd2c4022f043130343230828080f0ddef033303434e5934e012390603013104f80a390603013304e8073b08030303030303"
    "03033e0240184208",
    "010216040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620828080f0ddef0322042406272007070707070707"
    "07070707070707070707070707070707070707070707070707",
    "010218040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620828080f0ddef0322042404260229200808080808"
    "0808080808080808080808080808080808080808080808080808082b02656e",
    "01021a040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec40210062012",
    "01021c040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620848080f0ddef0322828080f0ddef03240a265228"
    "d00f2adfb7de9af1d9a2a3022d40070707070707070707070707070707070707070707070707070707070707070707070707"
    "070707070707070707070707070707070707070707070707070707072ec401",
    "01021e040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620848080f0ddef0322828080f0ddef03240a265228"
    "d00f2a9a012c062eea0730c401",
    "010220040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620848080f0ddef03229a01",
    "010222040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620828080f0ddef03225224f00126807d28c401",
    "010224040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620807d22f001",
    "010226040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec4021006200422ea0724ec0726828080f0ddef0328522b1066"
    "6f72676f74207468652070686f6e65",
    "010228040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620ea072204",
    "01022a040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620828080f0ddef03220e2408263c2907726567756c"
    "61722b2009090909090909090909090909090909090909090909090909090909090909092c022e02305232c401",
    "01022c040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620848080f0ddef03225225030480052505020604d0"
    "0a26c401",
    "01022e040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620848080f0ddef0322828080f0ddef03240e26c00c"
    "2802",
    "010230040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620848080f0ddef0322828080f0ddef03240e269a01",
    "010232040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620828080f0ddef03220e240426827d28b8172a522c"
    "c401",
};
constexpr std::string_view golden_chain = "9620218604ff5d23aed7d2b063597c744bab69a66cf6533c0dee4aade9683317";
constexpr std::string_view golden_chain_of_24 = "94a027d95b180fadb8ced099166985e62b0dc5ee0fcd7400ab37bb1634e070c4";

constexpr std::string_view golden_enrolment_with_age =
    "010204040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620828080f0ddef0322182402272c02020402072001"
    "010101010101010101010101010101010101010101010101010101010101010902656e0a0429200303030303030303030303"
    "030303030303030303030303030303030303030303";
constexpr std::string_view golden_consent_with_age =
    "010218040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620828080f0ddef0322042404260229200808080808"
    "0808080808080808080808080808080808080808080808080808082b02656e2c02";

base::Bytes hex(std::string_view text) { return *base::from_hex(text); }

// Version, kind 4 (points_earned), stamp with terminal 1, seq 1, then the given tail.
base::Bytes with_tail(std::string_view tail) {
  return hex(
      "01"
      "0208"
      "0402"
      "0802" +
      std::string{tail});
}

}  // namespace

TEST_CASE("the canonical bytes of every kind of fact never change") {
  const auto facts = tests::sample_facts();
  REQUIRE(facts.size() == std::variant_size_v<model::FactBody>);
  REQUIRE(facts.size() == golden.size());
  for (std::size_t i = 0; i < facts.size(); ++i) {
    CAPTURE(i);
    const auto bytes = wire::encode_fact(facts[i]);
    REQUIRE(bytes);
    CHECK(base::to_hex(*bytes) == golden[i]);
    const auto back = wire::decode_fact(hex(golden[i]));
    REQUIRE(back);
    CHECK(*back == facts[i]);
  }
}

TEST_CASE("the canonical bytes of a payment that its provider knows never change") {
  constexpr std::string_view golden_payment =
      "010206040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec40210062018230674696c6c2d3124cec4022706542d303030"
      "3128828080f0ddef032b03434e592ce4c8012ea40d30c0bb013516020804c0bb010708323032362d502d3109043230383837"
      "0804040404040404043802";
  auto fact = tests::sample_facts().at(2);
  auto& sale = std::get<model::SaleRecorded>(fact.body);
  sale.lines.clear();
  sale.tenders = {{model::TenderType::alipay, 12'000, "2026-P-1", "2088"}};
  const auto bytes = wire::encode_fact(fact);
  REQUIRE(bytes);
  CHECK(base::to_hex(*bytes) == golden_payment);
  CHECK(*wire::decode_fact(hex(golden_payment)) == fact);
}

TEST_CASE("the canonical bytes of an answer about age never change") {
  auto enrolled = tests::sample_facts().at(1);
  std::get<model::MemberEnrolled>(enrolled.body).consents = {
      {model::Purpose::membership, true, tests::hash_of_byte(1), "en", model::AgeAnswer::guardian_agrees}};
  auto changed = tests::sample_facts().at(11);
  std::get<model::ConsentChanged>(changed.body).consent.age = model::AgeAnswer::old_enough;
  const std::pair<const model::Fact*, std::string_view> rows[]{{&enrolled, golden_enrolment_with_age},
                                                               {&changed, golden_consent_with_age}};
  for (const auto& [fact, bytes_then] : rows) {
    const auto bytes = wire::encode_fact(*fact);
    REQUIRE(bytes);
    CHECK(base::to_hex(*bytes) == bytes_then);
    CHECK(*wire::decode_fact(hex(bytes_then)) == *fact);
  }
  // What no release knows yet is kept as it is.
  auto later = hex(golden_consent_with_age);
  later.back() = 6;  // zigzag of 3
  CHECK(wire::decode_fact(later).error().code == base::Code::newer_release);
}

TEST_CASE("the canonical bytes of what was added to kinds after they began never change") {
  constexpr std::array<std::string_view, 5> golden_later{
      "010204040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620828080f0ddef0322182402272f02020402072001"
      "0101010101010101010101010101010101010101010101010101010101010109057a682d434e0a0227280204072002020202"
      "020202020202020202020202020202020202020202020202020202020902656e292003030303030303030303030303030303"
      "030303030303030303030303030303032a122cea072e868080f0ddaf04301a",
      "010206040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec40210062018230674696c6c2d3124cec4022706542d303030"
      "3128828080f0ddef032b03434e592ce4c8012ea40d30c0bb0133350301310505534b552d390705302e33353009037465610a"
      "e4c8010cc7010f086c657373206963650f000f0a33302025207375676172330210023506020804c0bb013505020204a40d37"
      "08040404040404040438023b044c692033",
      "01020a040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620848080f0ddef0322828080f0ddef03240a261828"
      "d00f2a904e2cd0c4022e8cc50231200505050505050505050505050505050505050505050505050505050505050505325236"
      "3e38043aa846",
      "010214040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620182302543124d4c4022703522d3728182b025431"
      "2cd2c4022f043130343230828080f0ddef033303434e5934e012390603013104f80a390603013304e8073b08030303030303"
      "03033e024018420845044c692033",
      "01022a040e0682b8ff8f1808540af6f9b2e5bd680cc0070ecec402100620828080f0ddef03220e2408263c2907726567756c"
      "61722b2009090909090909090909090909090909090909090909090909090909090909092c022e02305232c40134a846",
  };
  const auto facts = tests::later_facts();
  REQUIRE(facts.size() == golden_later.size());
  for (std::size_t i = 0; i < facts.size(); ++i) {
    CAPTURE(i);
    const auto bytes = wire::encode_fact(facts[i]);
    REQUIRE(bytes);
    CHECK(base::to_hex(*bytes) == golden_later.at(i));
    CHECK(*wire::decode_fact(*bytes) == facts[i]);
  }
}

TEST_CASE("the chain of the golden facts never changes") {
  base::BrandId brand;
  brand.bytes.fill(0xAB);
  auto chain = wire::chain_start(brand, {7}, {0xC0FFEE01});
  for (const auto fact : golden) {
    if (fact == golden.back()) CHECK(base::to_hex(chain) == golden_chain_of_24);  // before the newest kind came
    chain = wire::chain_next(chain, hex(fact));
  }
  CHECK(base::to_hex(chain) == golden_chain);
}

TEST_CASE("a fact of defaults takes few bytes and comes back") {
  model::Fact fact;
  fact.body = model::SaleRecorded{};
  const auto bytes = wire::encode_fact(fact);
  REQUIRE(bytes);
  CHECK(base::to_hex(*bytes) == "010206");
  CHECK(*wire::decode_fact(*bytes) == fact);
}

TEST_CASE("the decoder refuses what the encoder would not have written") {
  struct Row {
    const char* why;
    base::Bytes bytes;
    base::Code code;
  };
  const std::vector<Row> rows{
      {"nothing", {}, base::Code::bad_input},
      {"another version", hex("020208"), base::Code::newer_release},
      {"no kind", hex("010402"), base::Code::newer_release},
      {"a kind of a later release", hex("0102c801"), base::Code::newer_release},
      {"a field twice", with_tail("20022002"), base::Code::bad_input},
      {"descending fields", with_tail("22022002"), base::Code::bad_input},
      {"a zero that should be absent", with_tail("2000"), base::Code::bad_input},
      {"a varint longer than needed", with_tail("208200"), base::Code::bad_input},
      {"a varint past 64 bits", with_tail("20ffffffffffffffffff02"), base::Code::bad_input},
      {"a varint without an end", with_tail("2082"), base::Code::bad_input},
      {"bytes where a number belongs", with_tail("210141"), base::Code::bad_input},
      {"bytes past the end", with_tail("c1010541"), base::Code::bad_input},
      {"a lone tag", with_tail("20"), base::Code::bad_input},
      {"field number zero", hex("010002"), base::Code::bad_input},
      {"a number past its type",
       hex("01"
           "0208"
           "04808080808080808001"),
       base::Code::bad_input},
      {"an empty text",
       hex("01"
           "0206"
           "2300"),
       base::Code::bad_input},
      {"a hash of another length",
       hex("01"
           "0206"
           "3702abcd"),
       base::Code::bad_input},
      {"an unknown currency",
       hex("01"
           "0206"
           "2b03585858"),
       base::Code::newer_release},
      {"a value of a later enumeration",
       hex("01"
           "0202"
           "2064"),
       base::Code::newer_release},
      {"a broken record in a list",
       hex("01"
           "0206"
           "33020200"),
       base::Code::bad_input},
  };
  for (const auto& row : rows) {
    CAPTURE(row.why);
    const auto fact = wire::decode_fact(row.bytes);
    REQUIRE_FALSE(fact);
    CHECK(fact.error().code == row.code);
  }
}

TEST_CASE("fields that a later release added to a known kind are stepped over") {
  const auto plain = wire::decode_fact(with_tail("2002"));
  REQUIRE(plain);
  const std::vector<std::string_view> tails{"2002c80102", "2002c9010141", "2002c9010141c9010142",
                                            "2002c801028b0203010203"};
  for (const auto tail : tails) {
    CAPTURE(tail);
    const auto fact = wire::decode_fact(with_tail(tail));
    REQUIRE(fact);
    CHECK(*fact == *plain);
    model::Fact exact;
    CHECK_FALSE(wire::decode_fact_exactly(with_tail(tail), exact));
  }
}

TEST_CASE("no truncation or bit flip of a fact crashes the decoder or passes for another form of it") {
  auto facts = tests::sample_facts();
  std::ranges::copy(tests::later_facts(), std::back_inserter(facts));
  for (const auto& fact : facts) {
    const auto bytes = *wire::encode_fact(fact);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const auto cut = wire::decode_fact(base::ByteView{bytes}.first(size));
      if (cut)
        CHECK(*wire::encode_fact(*cut) ==
              base::Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)));
    }
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      auto flipped = bytes;
      flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      const auto other = wire::decode_fact(flipped);
      if (other) CHECK_FALSE(*other == fact);
      model::Fact exact;
      if (wire::decode_fact_exactly(flipped, exact)) CHECK(*wire::encode_fact(exact) == flipped);
    }
  }
}

TEST_CASE("a fact larger than a batch can bear is refused") {
  model::SaleRecorded sale;
  sale.lines.resize(10'000);
  for (auto& line : sale.lines) line.sku = "0123456789";
  const auto bytes = wire::encode_fact({tests::sample_stamp(), sale});
  REQUIRE_FALSE(bytes);
  CHECK(bytes.error().code == base::Code::too_large);
}
