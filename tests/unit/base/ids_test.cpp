// SPDX-License-Identifier: Apache-2.0
#include "sync/base/ids.h"
#include "sync/base/crockford.h"
#include "sync/base/rng.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <unordered_set>
#include <vector>

namespace base = millpond::base;

TEST_CASE("identities are written in thirteen digits of three groups") {
  CHECK(base::format_id('M', 0) == "M-0000-0000-00000");
  CHECK(base::format_id('M', 1) == "M-0000-0000-00001");
  CHECK(base::format_id('C', 31) == "C-0000-0000-0000Z");
  CHECK(base::format_id('C', 32) == "C-0000-0000-00010");
  CHECK(base::format_id('M', ~std::uint64_t{0}) == "M-FZZZ-ZZZZ-ZZZZZ");
  CHECK(base::format_id('M', std::uint64_t{1} << 60) == "M-1000-0000-00000");
}

TEST_CASE("every identity is read as it was written, in either case and grouping") {
  base::SeededRng rng{7};
  for (int i = 0; i < 10'000; ++i) {
    const auto id = rng.next();
    auto text = base::format_id('M', id);
    REQUIRE(base::parse_id('M', text) == id);
    std::erase(text, '-');
    REQUIRE(base::parse_id('M', text) == id);
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    REQUIRE(base::parse_id('M', text) == id);
  }
}

TEST_CASE("digits that look alike are read as meant") {
  CHECK(base::parse_id('M', "M-OoIi-Ll00-00000") == base::parse_id('M', "M-0011-1100-00000"));
}

TEST_CASE("what is no identity of the kind is refused") {
  for (const auto* bad : {"", "M", "M-", "C-0000-0000-00000", "0000-0000-00000", "M-0000-0000-0000",
                          "M-0000-0000-000000", "M-G000-0000-00000", "M-U000-0000-00000", "M-0000 0000-00000",
                          "M-0000-0000-0000!", "M-0000-0000-0000\xC3\xA9", "-0000-0000-00000"}) {
    CAPTURE(bad);
    CHECK_FALSE(base::parse_id('M', bad));
  }
}

TEST_CASE("a prefix is a letter and not a character that shares its bits") {
  // '-' | 0x20 and '\r' | 0x20 are the same byte; only letters have two cases.
  CHECK_FALSE(base::parse_id('-', "\r0000000000000"));
  CHECK_FALSE(base::parse_id('@', "`0000000000000"));
}

TEST_CASE("terminal, incarnation and counter keep to their own bits") {
  const auto id = base::compose_id(base::TerminalId{base::terminal_id_max}, 0xFFFF, base::id_counter_max);
  CHECK(id == ~std::uint64_t{0});
  CHECK(base::compose_id(base::TerminalId{1}, 0, 0) == std::uint64_t{1} << 40);
  CHECK(base::compose_id(base::TerminalId{0}, 1, 0) == std::uint64_t{1} << 24);
  CHECK(base::id_origin(base::compose_id(base::TerminalId{12345}, 0xBEEF, 77)).value == 12345);
}

TEST_CASE("identities compare, hash and know whether they are set") {
  using base::MemberId;
  CHECK(MemberId{1} < MemberId{2});
  CHECK(MemberId{1} == MemberId{1});
  CHECK_FALSE(static_cast<bool>(MemberId{}));
  CHECK(static_cast<bool>(MemberId{1}));
  const std::unordered_set<MemberId> set{MemberId{1}, MemberId{1}, MemberId{2}};
  CHECK(set.size() == 2);
}

TEST_CASE("a brand's tag is its first two bytes") {
  base::BrandId brand;
  brand.bytes[0] = 0xAB;
  brand.bytes[1] = 0xCD;
  brand.bytes[2] = 0xEF;
  CHECK(brand.tag() == 0xABCD);
}

TEST_CASE("Crockford digits are those of the alphabet and their look-alikes") {
  int accepted = 0;
  for (int c = 0; c < 256; ++c) accepted += base::crockford_digit(static_cast<char>(c)) ? 1 : 0;
  CHECK(accepted == 10 + 2 * 22 + 2 * 3);
  for (std::size_t i = 0; i < base::crockford_alphabet.size(); ++i) {
    CHECK(base::crockford_digit(base::crockford_alphabet[i]) == static_cast<std::uint8_t>(i));
  }
  CHECK_FALSE(base::crockford_digit('U'));
  CHECK_FALSE(base::crockford_digit('u'));
}
