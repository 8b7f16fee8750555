// SPDX-License-Identifier: Apache-2.0
#include "sync/base/bytes.h"

#include <catch2/catch_test_macros.hpp>

namespace base = millpond::base;
using base::Bytes;

TEST_CASE("integers are written most significant byte first") {
  struct Row {
    std::uint64_t value;
    std::size_t size;
    Bytes written;
  };
  const std::vector<Row> rows{
      {0, 0, {}},
      {0, 1, {0}},
      {0x1FF, 1, {0xFF}},
      {0x0102, 2, {1, 2}},
      {0x0102, 4, {0, 0, 1, 2}},
      {0x0102030405060708, 8, {1, 2, 3, 4, 5, 6, 7, 8}},
      {~std::uint64_t{0}, 8, Bytes(8, 0xFF)},
  };
  for (const auto& row : rows) {
    Bytes to{9};
    base::append_big_endian(to, row.value, row.size);
    CAPTURE(row.value, row.size);
    CHECK(to.front() == 9);
    CHECK(Bytes{to.begin() + 1, to.end()} == row.written);
  }
}

TEST_CASE("integers read back as they were written") {
  CHECK(base::read_big_endian({}) == 0);
  CHECK(base::read_big_endian(Bytes{1, 2}) == 0x0102);
  for (const auto value : {std::uint64_t{0}, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    Bytes bytes;
    base::append_big_endian(bytes, value, 8);
    CHECK(base::read_big_endian(bytes) == value);
  }
}

TEST_CASE("hexadecimal is lower case and reads either case") {
  CHECK(base::to_hex({}).empty());
  CHECK(base::to_hex(Bytes{0x00, 0x9A, 0xFF}) == "009aff");
  CHECK(base::from_hex("") == Bytes{});
  CHECK(base::from_hex("009AfF") == Bytes{0x00, 0x9A, 0xFF});
  for (const auto* bad : {"0", "abc", "0g", "g0", " 0", "0x12", "--"}) {
    CAPTURE(bad);
    CHECK_FALSE(base::from_hex(bad));
  }
}

TEST_CASE("text and bytes are views of the same memory") {
  const std::string text{"a\0b", 3};
  CHECK(base::view_of(text).size() == 3);
  CHECK(base::text_of(base::view_of(text)) == text);
}
