// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/hash.h"
#include "sync/wire/canonical.h"
#include "sync/wire/messages.h"
#include "tests/support/sales_batch.h"
#include "tests/unit/wire/golden_columns.h"
#include "tests/unit/wire/random_facts.h"
#include "tests/unit/wire/sample_facts.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

namespace {

// The batch comes back as it was, and in columns: falling back to verbatim would hide a fault.
void check_columns(const wire::UpRequest& batch) {
  const auto back = wire::decode_up_request(wire::encode(batch));
  REQUIRE(back);
  CHECK(back->schema == batch.schema);
  REQUIRE(back->rows.size() == batch.rows.size());
  for (std::size_t i = 0; i < batch.rows.size(); ++i) {
    CAPTURE(i);
    REQUIRE(back->rows[i] == batch.rows[i]);
  }
  CHECK(*back == batch);
}

wire::UpRequest batch_of(std::vector<wire::Row> rows) {
  wire::UpRequest batch;
  batch.schema = wire::schema_columns;
  batch.terminal = {7};
  batch.epoch = {0xC0FFEE01};
  batch.first_seq = {42};
  batch.rows = std::move(rows);
  return batch;
}

wire::UpRequest batch_of(const std::vector<model::Fact>& facts) {
  std::vector<wire::Row> rows;
  for (const auto& fact : facts) rows.push_back({*wire::encode_fact(fact), {}, {}});
  return batch_of(std::move(rows));
}

// The samples, then the samples backward, as the first release with columns sent them.
constexpr std::string_view golden_batch =
    "080110071d01eeffc0202a2812322000000000000000000000000000000000000000000000000000000000000000003a2000"
    "000000000000000000000000000000000000000000000000000000000000005a400000000000000000000000000000000000"
    "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000628704"
    "28b52ffd606902ac0400240812040001087918f6f9b2e5bd6820c0072803300c38808080f8eef70142300102030a0e0f1012"
    "292b2c2d303132333435363738393a3b3c414348494b4c4d4e4f5051525455585a5b5c5d5e5f60614a300102010201025231"
    "1204f4010e107501010202020202100202040204040802020606020202024004020404040402407ab3050700402adc75e056"
    "ca6dbb2cc0c0c8006754030084051f222324252627281f1f282726252423221f25555525010202040e0682b8ff8f1808540a"
    "0cc0070ecec4021006200622c60124d00f01021218230674696c6c2d3124cec4022706542d30303031292006020622c60124"
    "d00f0500100a616102e09a0169b8b462860cdc0200740401030507090b0d131517191b1d1f20052002060603050503000000"
    "000c067a682d434e656e434e59534b552d39302e333530746561636f75706f6e5f7370656e74542d303030310600103b80c5"
    "1a1042f05a82e649d0ed584e640100240201010001010101020001a3a3060601010404000100020000010200000102010100"
    "000200b901d0d752029001006400000064000000c700c700040004010401a300a300060006000101010101010101efef0001"
    "0a0000000000d00000000000a4000060071000270002003e000101050200c489bf2d6cfd0000980101030300030101040401"
    "02010201000100030300c4a590b2bd7283c1026802";

constexpr std::string_view golden_later_batch =
    "080110071d01eeffc0202a280a322000000000000000000000000000000000000000000000000000000000000000003a2000"
    "000000000000000000000000000000000000000000000000000000000000005a400000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000062f804"
    "28b52ffd604003ec0400540812040001087918f6f9b2e5bd6820c0072803300c38808080f8eef70142370102030a0e0f1012"
    "292b2c2d303132333435363738393a3b3c4148494b4c4d4e4f50585a5b5c5d5e5f606162636465666768696a6b6c6d4a3701"
    "02010202010206010152380a04a80305137f0101020202020210020204020404024002024002040604047af506090020179c"
    "038324e2da01dc6892d8910b066206380384050054090223251f1f1f1f25232272626272010214040e0682b8ff8f1808540a"
    "0cc0070ecec402100620182302543124d4c4022703522d3728182b0254312cd2c4022f043130343230828080f0ddef033303"
    "434e5934e012390603013104f80a390603013304e8073b08033e024018420845044c69203301022a220e2408263c29077265"
    "67756c61722b20092c022e02305232c40134a84614080091b32680f08632a409dec28accaa43a80bee2263cc380114030092"
    "45151b504d75241c538626c805336b440d44dc65c16060d6d242b56be4cbea3fbbb5703179108a5cc37ef503ae941d5fcf23"
    "d6e1096e28188ec6d47f768a638453d2c634c6914a02a8aa0a3470103a2999455b200cce12030040b41c0d00c189315c0100"
    "440201010001010101020001a3a3060604040101040400010002000001020000010201010000010064b004c4010004036400"
    "000064000000c700c700040004010401a300a30006000600010100010a00d00007001000270002003e000101050501003009"
    "4001d400007000030101040401020102010001000300c8096492062c60a30481010001020600060000000001020300010001"
    "3e000400280023001212eaea0303060600000000dede7d7d11110d0d010001006803";

}  // namespace

TEST_CASE("a batch in columns comes back to the last byte") {
  struct Row {
    std::size_t facts;
    std::uint64_t lines;
    std::uint64_t enrolments_of_1000;
  };
  for (const auto& row : std::initializer_list<Row>{
           {0, 0, 0}, {1, 0, 0}, {2, 3, 0}, {1'000, 0, 0}, {2'000, 0, 50}, {1'000, 3, 0}, {500, 40, 100}}) {
    CAPTURE(row.facts, row.lines, row.enrolments_of_1000);
    tests::MixOptions options;
    options.lines = row.lines;
    options.enrolments_of_1000 = row.enrolments_of_1000;
    options.first_seq = {77};
    check_columns(tests::sales_batch(options, row.facts));
  }
}

TEST_CASE("columns take half of what whole rows take, and less") {
  auto batch = tests::sales_batch({}, 1'000);
  const auto columns = wire::encode(batch).size();
  batch.schema = wire::schema_verbatim;
  CHECK(2 * columns < wire::encode(batch).size());
  CHECK(columns <= 8'500);
}

TEST_CASE("a batch from the middle of a day comes back although its sales came before it") {
  auto batch = tests::sales_batch({}, 400);
  for (std::size_t cut = 1; cut < 40; ++cut) {
    batch.rows.erase(batch.rows.begin());
    batch.first_seq.value += 1;
    check_columns(batch);
  }
}

TEST_CASE("without its brand a batch is larger and comes back all the same") {
  auto batch = tests::sales_batch({}, 500);
  const auto with_brand = wire::encode(batch).size();
  batch.brand = {};
  check_columns(batch);
  CHECK(wire::encode(batch).size() > with_brand);
}

TEST_CASE("every kind of fact with every field set comes back in columns") {
  auto facts = tests::sample_facts();
  for (auto& fact : tests::later_facts()) facts.push_back(std::move(fact));
  const auto once = facts;
  facts.insert(facts.end(), once.rbegin(), once.rend());
  for (const auto schema : {wire::schema_columns, wire::schema_later_columns}) {
    auto batch = batch_of(facts);
    batch.schema = schema;
    check_columns(batch);
  }
}

TEST_CASE("what facts came to say later takes few bytes in the layout that has columns for it") {
  tests::MixOptions options;
  options.lines = 1;
  auto batch = tests::sales_batch(options, 1'000);
  const auto before = wire::encode(batch).size();
  for (auto& row : batch.rows) {
    auto fact = *wire::decode_fact(row.canonical);
    if (auto* const sale = std::get_if<model::SaleRecorded>(&fact.body)) {
      sale->operator_id = sale->key.transaction.back() < '5' ? "17" : "21";
      sale->lines[0].modifiers = {"less ice"};
    } else if (auto* const coupon = std::get_if<model::CouponIssued>(&fact.body)) {
      coupon->by = {coupon->campaign.value + 30};
      coupon->least_paid_minor = 3'000;
    }
    row.canonical = *wire::encode_fact(fact);
  }
  const auto as_they_are = wire::encode(batch).size();
  batch.schema = wire::schema_later_columns;
  check_columns(batch);
  CAPTURE(before, as_they_are);
  CHECK(wire::encode(batch).size() < before + 500);
  CHECK(as_they_are > 2 * before);
}

TEST_CASE("a batch in the earlier columns says nothing in the later ones") {
  auto batch = batch_of(tests::later_facts());
  batch.schema = wire::schema_later_columns;
  auto bytes = wire::encode(batch);
  REQUIRE(bytes.back() == wire::schema_later_columns);  // the last field
  bytes.back() = wire::schema_columns;
  const auto back = wire::decode_up_request(bytes);
  REQUIRE_FALSE(back);
  CHECK(back.error().code == base::Code::bad_input);
}

TEST_CASE("a batch that the first release sent in the later columns is read for ever") {
  auto facts = tests::later_facts();
  const auto once = facts;
  facts.insert(facts.end(), once.rbegin(), once.rend());
  auto batch = batch_of(facts);
  batch.schema = wire::schema_later_columns;
  const auto bytes = base::from_hex(golden_later_batch);
  REQUIRE(bytes);
  CAPTURE(base::to_hex(wire::encode(batch)));
  const auto back = wire::decode_up_request(*bytes);
  REQUIRE(back);
  CHECK(*back == batch);
}

TEST_CASE("a batch that the first release sent in columns is read for ever") {
  const auto bytes = base::from_hex(golden_batch);
  REQUIRE(bytes);
  const auto back = wire::decode_up_request(*bytes);
  REQUIRE(back);
  auto facts = tests::sample_facts();
  facts.resize(9);  // the kinds of that release
  const auto once = facts;
  facts.insert(facts.end(), once.rbegin(), once.rend());
  CHECK(*back == batch_of(facts));
}

// The chain's head in the batch is of the canonical bytes, so one promise that came out otherwise would break it.
TEST_CASE("every promise of the first release with columns is kept for ever") {
  const auto back = wire::decode_up_request(*base::from_hex(tests::golden_columns));
  REQUIRE(back);
  CHECK(back->schema == wire::schema_columns);
  CHECK(back->rows.size() == 150);
  auto chain = back->chain_before;
  for (const auto& row : back->rows) chain = wire::chain_next(chain, row.canonical);
  CHECK(chain == back->chain_head);
  CHECK(back->chain_before == wire::chain_start(back->brand, back->terminal, back->epoch));
}

TEST_CASE("facts of any values come back in columns") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    tests::RandomFacts random{seed};
    std::vector<wire::Row> rows;
    for (int i = 0; i < 60; ++i) rows.push_back(random.row());
    auto batch = batch_of(std::move(rows));
    batch.first_seq = {seed % 2 == 0 ? seed : 0xFFFF'FFFF'FFFF'0000};
    batch.schema = seed % 3 == 0 ? wire::schema_columns : wire::schema_later_columns;
    check_columns(batch);
  }
}

TEST_CASE("what columns cannot say travels as it is among the others") {
  const auto points = *wire::encode_fact(tests::sample_facts()[3]);
  const auto with_field = [&](std::string_view field) {
    auto bytes = points;
    base::append(bytes, *base::from_hex(field));
    return bytes;
  };
  auto later_format = points;
  later_format[0] = 2;
  const std::vector<std::pair<const char*, wire::Row>> odd{
      {"a kind of a later release", {*base::from_hex("0102c801"), {}, {}}},
      {"a format of a later release", {later_format, {}, {}}},
      {"a field of a later release", {with_field("c80102"), {}, {}}},
      {"a stamp's field of a later release",
       {*base::from_hex("010208040208021802"
                        "2002"),
        {},
        {}}},
      {"a varint longer than needed", {*base::from_hex("01020804020802208200"), {}, {}}},
      {"noise", {{0xFF, 0x00, 0xAB, 0x13}, {}, {}}},
      {"nothing", {{}, {}, {}}},
      {"a payload beside another kind", {points, {1, 2}, {3, 4, 5}}},
      {"a salt alone", {points, {1, 2}, {}}},
      {"a list with a record of a later release",
       {*base::from_hex("0102063303"
                        "1d0141"),
        {},
        {}}},
  };
  for (const auto& [why, row] : odd) {
    for (const std::size_t place : {0U, 5U, 60U}) {
      CAPTURE(why, place);
      auto batch = tests::sales_batch({}, 60);
      batch.rows.insert(batch.rows.begin() + static_cast<std::ptrdiff_t>(place), row);
      check_columns(batch);
    }
  }
}

TEST_CASE("an enrolment comes back with its payload, without it, and with one that was changed") {
  tests::MixOptions options;
  options.enrolments_of_1000 = 1'000;
  auto batch = tests::sales_batch(options, 12);
  check_columns(batch);
  for (auto& row : batch.rows) {
    if (!row.payload.empty()) row.payload[0] ^= 1;
  }
  check_columns(batch);
  for (auto& row : batch.rows) row.payload.clear();
  check_columns(batch);
  for (auto& row : batch.rows) row.payload_salt.clear();
  check_columns(batch);
}
