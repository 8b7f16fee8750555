// SPDX-License-Identifier: Apache-2.0
#include "sync/model/document.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace millpond;

namespace {

// Reads with every getter there is, and says what was wrong.
std::string problem_of(const std::string& json) {
  model::Document document{base::view_of(json), 4096, "read test"};
  auto root = document.root();
  root.integer("number", -5, 5);
  root.boolean_or("flag", false);
  root.text_or("text", "none", 4);
  root.choice_or("colour", 0, {"red", "green"});
  if (root.has("days")) root.choices("days", {"mon", "tue", "wed"});
  if (root.has("texts")) root.texts("texts", 3, 2);
  if (root.has("numbers")) root.integers("numbers", 0, 9);
  if (root.has("day")) root.date("day");
  if (root.has("at")) root.moment_ms("at");
  if (root.has("time")) root.minute_of_day("time");
  if (root.has("names"))
    root.each(
        "names", [](model::ObjectReader& name) { name.text("of", 10); }, 2);
  if (root.has("words")) root.localized("words");
  root.finish();
  const auto problem = document.problem();
  if (!problem) return {};
  CHECK(problem->code == base::Code::programme_invalid);
  CHECK(problem->operation == "read test");
  return problem->detail;
}

}  // namespace

TEST_CASE("What is wrong with a document is named by its place", "[document]") {
  struct Row {
    std::string json;
    std::string detail;
  };
  const std::vector<Row> rows{
      {R"({"number": 5})", ""},
      {R"({"number": -5, "flag": true, "text": "four", "colour": "green", "days": ["mon", "wed"]})", ""},
      {R"({"number": 0, "texts": ["a", "b"], "numbers": [0, 9], "day": "2026-11-22", "time": "24:00"})", ""},
      {R"({"number": 0, "names": [{"of": "x"}], "words": {"zh-CN": "茶", "en": "tea"}})", ""},
      {R"([])", "/: must be an object"},
      {R"({})", "/number: is missing"},
      {R"({"number": 6})", "/number: must be a whole number from -5 to 5"},
      {R"({"number": 1.5})", "/number: must be a whole number from -5 to 5"},
      {R"({"number": 18446744073709551615})", "/number: must be a whole number from -5 to 5"},
      {R"({"number": 1, "flag": 1})", "/flag: must be true or false"},
      {R"({"number": 1, "text": ""})", "/text: must be a text of 1 to 4 bytes"},
      {R"({"number": 1, "text": "fives"})", "/text: must be a text of 1 to 4 bytes"},
      {R"({"number": 1, "colour": "blue"})", "/colour: must be one of red, green"},
      {R"({"number": 1, "colour": 0})", "/colour: must be one of red, green"},
      {R"({"number": 1, "days": "mon"})", "/days: must be a list of at most 3"},
      {R"({"number": 1, "days": ["mon", "mon"]})", "/days/1: occurs twice"},
      {R"({"number": 1, "days": ["mon", "sun"]})", "/days/1: must be one of mon, tue, wed"},
      {R"({"number": 1, "texts": ["a", "b", "c"]})", "/texts: must be a list of at most 2"},
      {R"({"number": 1, "texts": ["a", "a"]})", "/texts/1: occurs twice"},
      {R"({"number": 1, "texts": ["a", "long"]})", "/texts/1: must be a text of 1 to 3 bytes"},
      {R"({"number": 1, "numbers": [1, 1]})", "/numbers/1: occurs twice"},
      {R"({"number": 1, "numbers": [10]})", "/numbers/0: must be a whole number from 0 to 9"},
      {R"({"number": 1, "day": "2026-02-30"})", "/day: must be a date like 2026-11-21"},
      {R"({"number": 1, "day": "1969-12-31"})", "/day: must be a date like 2026-11-21"},
      {R"({"number": 1, "at": "2026-02-01"})", "/at: must be a moment like 2026-01-01T00:00:00+08:00"},
      {R"({"number": 1, "time": "24:01"})", "/time: must be a time of day from 00:00 to 24:00"},
      {R"({"number": 1, "time": "7:30"})", "/time: must be a time of day from 00:00 to 24:00"},
      {R"({"number": 1, "time": "0a:30"})", "/time: must be a time of day from 00:00 to 24:00"},
      {R"({"number": 1, "names": [{"of": "x"}, {"by": "x"}]})", "/names/1/of: is missing"},
      {R"({"number": 1, "names": [{"of": "x", "by": "y"}]})", "/names/0/by: is not known"},
      {R"({"number": 1, "names": [4]})", "/names/0: must be an object"},
      {R"({"number": 1, "words": {"en": "tea"}})", "/words/zh-CN: is missing"},
      {R"({"number": 1, "a/b~c": 1})", "/a~1b~0c: is not known"},
      {R"({"number": 1, "number": 2})", R"(/: "number" occurs twice in one object)"},
      {"", "/: is not JSON"},
      {std::string(5000, ' '), "/: is larger than 4 KiB"},
      {std::string(100, '['), "/: is nested deeper than 32"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.json);
    CHECK(problem_of(row.json) == row.detail);
  }
}

TEST_CASE("Only the first problem of a document is told", "[document]") {
  CHECK(problem_of(R"({"number": 9, "colour": "blue", "more": 1})") == "/number: must be a whole number from -5 to 5");
}

TEST_CASE("Values of a document arrive as they stand", "[document]") {
  const std::string json =
      R"({"a": -3, "t": "07:30", "at": "1970-01-01T08:00:00+08:00", "c": ["tue", "mon"], "o": {"k": 1}})";
  model::Document document{base::view_of(json), 4096, "read test"};
  auto root = document.root();
  CHECK(root.integer("a", -9, 9) == -3);
  CHECK(root.minute_of_day("t") == 450);
  CHECK(root.moment_ms("at") == 0);
  CHECK(root.choices("c", {"mon", "tue"}) == std::vector<std::size_t>{1, 0});
  CHECK(root.integer_or("absent", 42, 0, 1) == 42);
  CHECK(root.first_unasked() == "o");
  auto inner = root.object("o");
  CHECK(inner.pointer() == "/o");
  CHECK(inner.first_unasked() == "k");
  CHECK_FALSE(document.problem());
}
