// SPDX-License-Identifier: Apache-2.0
#include "sync/codes/gs1.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using codes::Gs1Element;

TEST_CASE("an element string is read into its elements") {
  struct Row {
    const char* what;
    std::string text;
    std::vector<Gs1Element> elements;
  };
  for (const auto& row : {
           Row{"an article", "]C10106901234567892", {{"01", "06901234567892"}}},
           Row{"FNC1 as it is",
               "\x1d"
               "0106901234567892",
               {{"01", "06901234567892"}}},
           Row{"fixed lengths need no separator",
               "]d201069012345678921726123131030015"
               "00",
               {{"01", "06901234567892"}, {"17", "261231"}, {"3103", "001500"}}},
           Row{"and may have one",
               "]d20106901234567892\x1d"
               "17261200",
               {{"01", "06901234567892"}, {"17", "261200"}}},
           Row{"variable lengths end with one",
               "]Q310AB-1\x1d"
               "21xyz",
               {{"10", "AB-1"}, {"21", "xyz"}}},
           Row{"a price of a variable measure",
               "]e001269012345678963922450",
               {{"01", "26901234567896"}, {"3922", "450"}}},
           Row{"within a company", "]C194shelf", {{"94", "shelf"}}},
           Row{"and to the last of them", "]C198A-1", {{"98", "A-1"}}},
           Row{"a coupon", "]C18110106141416543213150110120", {{"8110", "106141416543213150110120"}}},
       }) {
    CAPTURE(row.what);
    const auto elements = codes::parse_gs1(row.text);
    REQUIRE(elements);
    CHECK(*elements == row.elements);
  }
}

TEST_CASE("what is not an element string to the last character is refused") {
  struct Row {
    const char* what;
    std::string text;
  };
  for (const auto& row : {
           Row{"nothing", ""},
           Row{"a start and nothing", "]C1"},
           Row{"no start", "0106901234567892"},
           Row{"digits of goods", "6901234567892"},
           Row{"a wrong check digit", "]C10106901234567893"},
           Row{"too short", "]C1010690123456789"},
           Row{"a letter among digits", "]C1010690123456789X"},
           Row{"a month that is none", "]C117261331"},
           Row{"a day that is none", "]C117261232"},
           Row{"an unknown identifier", "]C1051234567890"},
           Row{"an empty value",
               "]C110\x1d"
               "21A"},
           Row{"a separator at the end", "]C110AB\x1d"},
           Row{"two separators",
               "]C110AB\x1d\x1d"
               "21A"},
           Row{"a batch too long", "]C110" + std::string(21, 'A')},
           Row{"a control character", std::string{"]C110A\x01"}},
           Row{"the same twice",
               "]C110A\x1d"
               "10A"},
           Row{"a member's code", "K1:ABC"},
       }) {
    CAPTURE(row.what);
    CHECK(codes::parse_gs1(row.text).error().code == base::Code::code_malformed);
  }
  CHECK(codes::parse_gs1("]C191" + std::string(200, 'A')).error().code == base::Code::too_large);
}

TEST_CASE("a value is found by its identifier") {
  const auto elements = codes::parse_gs1(
      "]C10106901234567892"
      "17261231");
  REQUIRE(elements);
  CHECK(codes::gs1_value(*elements, "17") == "261231");
  CHECK_FALSE(codes::gs1_value(*elements, "10"));
}

TEST_CASE("article numbers of every length become fourteen digits, and a wrong digit none") {
  struct Row {
    const char* digits;
    std::optional<std::string> gtin;
  };
  for (const auto& row : {Row{"6901234567892", "06901234567892"}, Row{"96385074", "00000096385074"},
                          Row{"036000291452", "00036000291452"}, Row{"16901234567899", "16901234567899"},
                          Row{"6901234567893", std::nullopt}, Row{"69012345678", std::nullopt}, Row{"", std::nullopt},
                          Row{"69012345678 2", std::nullopt}}) {
    CAPTURE(row.digits);
    CHECK(codes::gtin14(row.digits) == row.gtin);
  }
}
