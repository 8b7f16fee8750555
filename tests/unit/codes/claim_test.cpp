// SPDX-License-Identifier: Apache-2.0
#include "sync/codes/claim.h"

#include "sync/base/rng.h"
#include "sync/codes/base45.h"

#include <catch2/catch_test_macros.hpp>
#include <vector>

using namespace millpond;
using base::Code;
using codes::ClaimKind;

namespace {

const base::Bytes key(codes::claim_key_bytes, 0x5a);
constexpr base::BrandId brand{{0x4d, 0x50, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
constexpr base::BrandId other_brand{{0x4d, 0x51}};

base::Bytes payload_of(const std::string& text) { return *codes::base45_decode(std::string_view{text}.substr(3)); }
std::string with_payload(const base::Bytes& bytes) { return "K1:" + codes::base45_encode(bytes); }

base::Result<codes::ClaimCode> read(std::string_view text) {
  MILLPOND_TRY(const auto code, codes::parse_claim(text, brand));
  MILLPOND_TRY_DO(codes::verify_claim(code, key, brand));
  return code;
}

}  // namespace

TEST_CASE("A claim code of each kind comes back as it was made, in 33 characters", "[claim]") {
  for (const auto kind : {ClaimKind::item, ClaimKind::parcel_card, ClaimKind::invite, ClaimKind::join}) {
    const auto text = codes::compose_claim(kind, 3, 0xfedc'ba98'7654'3210ULL, key, brand);
    CHECK(text.size() == 33);
    const auto back = read(text);
    REQUIRE(back);
    CHECK(back->kind == kind);
    CHECK(back->key_number == 3);
    CHECK(back->number == 0xfedc'ba98'7654'3210ULL);
  }
}

// Computed by another implementation: Python's hashlib.blake2b with key and digest_size 16, cut to 8 bytes.
TEST_CASE("A claim code is what it was last year", "[claim]") {
  CHECK(base::to_hex(payload_of(codes::compose_claim(ClaimKind::item, 1, 1'234'567, key, brand))) ==
        "314d5001000000000012d687"
        "5f189fcde4bac506");
}

TEST_CASE("Every change of one bit of a claim code is refused by name", "[claim]") {
  const auto bytes = payload_of(codes::compose_claim(ClaimKind::item, 1, 77, key, brand));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      CAPTURE(i, bit);
      auto changed = bytes;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1U << bit));
      const auto result = read(with_payload(changed));
      REQUIRE_FALSE(result);
      const bool other_kind = i == 0 && changed[0] >= 0x31 && changed[0] <= 0x34;
      const auto expected = i == 0 && !other_kind ? Code::code_unknown_kind
                            : i == 1 || i == 2    ? Code::code_wrong_brand
                                                  : Code::code_forged;
      CHECK(result.error().code == expected);
    }
  }
}

TEST_CASE("Texts that are no claim codes are refused by name", "[claim]") {
  const auto text = codes::compose_claim(ClaimKind::join, 1, 5, key, brand);
  auto longer = payload_of(text);
  longer.push_back(0);
  struct Row {
    std::string text;
    Code code;
  };
  for (const auto& row :
       std::vector<Row>{{"", Code::code_unknown_kind},
                        {"M-0000-0000-00000", Code::code_unknown_kind},
                        {"K1:", Code::code_malformed},
                        {"K1:ab", Code::code_malformed},
                        {text + "0", Code::code_malformed},
                        {with_payload(longer), Code::code_malformed},
                        {with_payload({0x31}), Code::code_malformed},
                        {with_payload({0x21, 0x4d, 0x50}), Code::code_unknown_kind},
                        {"K1:" + std::string(100'000, '0'), Code::code_unknown_kind},
                        {codes::compose_claim(ClaimKind::join, 1, 5, key, other_brand), Code::code_wrong_brand}}) {
    CAPTURE(row.text.substr(0, 60));
    const auto result = codes::parse_claim(row.text, brand);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == row.code);
  }
  const base::Bytes other_key(codes::claim_key_bytes, 1);
  const auto forged = codes::verify_claim(*codes::parse_claim(text, brand), other_key, brand);
  REQUIRE_FALSE(forged);
  CHECK(forged.error().code == Code::code_forged);
}
