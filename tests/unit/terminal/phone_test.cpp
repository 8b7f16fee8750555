// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/phone.h"

#include <catch2/catch_test_macros.hpp>
#include <vector>

using namespace millpond;

TEST_CASE("A phone number becomes E.164 however it was typed", "[phone]") {
  struct Row {
    std::string typed;
    std::string e164;
  };
  const std::vector<Row> rows{
      {"13800138000", "+8613800138000"},       {"138 0013 8000", "+8613800138000"},
      {"138-0013-8000", "+8613800138000"},     {"+8613800138000", "+8613800138000"},
      {"+86 199 1234 5678", "+8619912345678"}, {"+4915112345678", "+4915112345678"},
      {"+85291234567", "+85291234567"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.typed);
    const auto phone = terminal::normalise_phone(model::china().phone, row.typed);
    REQUIRE(phone);
    CHECK(*phone == row.e164);
  }
}

TEST_CASE("What is no phone number is refused without repeating a digit of it", "[phone]") {
  const std::vector<std::string> rows{"",
                                      "1380013800",
                                      "138001380001",
                                      "12800138000",
                                      "8613800138000",
                                      "0013800138",
                                      "+",
                                      "+1234567",
                                      "+1234567890123456",
                                      "+013800138000",
                                      "+8612345",
                                      "+8602112345678",
                                      "1380013800a",
                                      "+86138O0138000",
                                      "１３８００１３８０００",
                                      "138\n0013\n8000"};
  for (const auto& typed : rows) {
    CAPTURE(typed);
    const auto phone = terminal::normalise_phone(model::china().phone, typed);
    REQUIRE_FALSE(phone);
    CHECK(phone.error().code == base::Code::phone_malformed);
    CHECK(phone.error().detail.find_first_of("0123456789") == std::string::npos);
  }
}
