// SPDX-License-Identifier: Apache-2.0
#include "hardware/capture/pattern.h"
#include "hardware/capture/tokens.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using capture::Captured;
using capture::DateOrder;
using capture::Notation;
using capture::Pattern;
using capture::Slot;

namespace {

std::optional<Captured> match(const std::string& pattern, const std::string& line, Notation notation = {}) {
  std::string why;
  const auto parsed = Pattern::parse(pattern, why);
  if (!parsed) FAIL(pattern << " " << why);
  return parsed->match(capture::folded(line), notation);
}

}  // namespace

TEST_CASE("An amount is read whole or not at all") {
  struct Row {
    const char* pattern;
    const char* line;
    std::optional<std::int64_t> amount;
  };
  const Row rows[]{
      {"Total {amount}", "Total   12.00", 1200},
      {"Total {amount}", "Total 1,234.56", 123456},
      {"Total {amount}", "Total 12,34.56", {}},
      {"Total {amount}", "Total 1234,567.00", {}},
      {"Total {amount}", "Total 12.0", {}},
      {"Total {amount}", "Total 12", {}},
      {"Total {amount}", "Total 12.000", {}},
      {"Total {amount}", "Total 012.00", {}},
      {"Total {amount}", "Total 0.05", 5},
      {"Total {amount}", "Total 12.00%", {}},
      {"Total {amount}", "Total -12.00", -1200},
      {"Total {amount}", "Total 12.00-", -1200},
      {"Total {amount}", "Total (12.00)", -1200},
      {"Total {amount}", "Total (12.00", {}},
      {"Total {amount}", "Total $ 12.00", 1200},
      {"Total {amount}", "Total ¥-12.00", -1200},
      {"Total {amount}", "Total -¥12.00", -1200},
      {"*{amount}", "Total 123.45", 12345},
      {"*{amount}", "Total123.45", {}},
      {"*~{amount}", "Total 123.45", 12345},
      {"*{amount}*", "x1,234.56", {}},
      {"*{amount}*", "1,234.56", 123456},
      {"* {amount}", "5.00 6.00", 600},
      {"合计:~{amount}", "合计：￥１２．００", 1200},
      {"Total~{amount}", "Total12.00", 1200},
      {"Total {amount}", "Total 999999999999.99", 99999999999999},
      {"Total {amount}", "Total 9999999999999.99", {}},
      {"Total {amount}", "Total 12.00 x", {}},
      {"{quantity} x {price} {amount}", "2 x 3.00 6.00", 600},
  };
  for (const auto& row : rows) {
    CAPTURE(row.pattern, row.line);
    const auto captured = match(row.pattern, row.line);
    CHECK(captured.has_value() == row.amount.has_value());
    if (captured && row.amount) CHECK(captured->amount_minor == row.amount);
  }
  CHECK(match("{amount} €", "1.234,56 €", {2, ',', false, DateOrder::dmy})->amount_minor == 123456);
  CHECK(match("{amount}", "1,234", {0, '.', false, DateOrder::ymd})->amount_minor == 1234);
  CHECK(match("{amount}", "5.5", {2, '.', true, DateOrder::ymd})->amount_minor == 550);
  CHECK(match("{amount}", "5", {2, '.', true, DateOrder::ymd})->amount_minor == 500);
  CHECK_FALSE(match("{amount}", "5.555", {2, '.', true, DateOrder::ymd}).has_value());
}

TEST_CASE("Days and times are those that exist") {
  struct Row {
    const char* text;
    DateOrder order;
    const char* date;
  };
  const Row rows[]{
      {"2026-11-21", DateOrder::ymd, "2026-11-21"},
      {"26/11/21", DateOrder::ymd, "2026-11-21"},
      {"2026年11月21日", DateOrder::ymd, "2026-11-21"},
      {"20261121", DateOrder::ymd, "2026-11-21"},
      {"2026.1.5", DateOrder::ymd, "2026-01-05"},
      {"21.11.2026", DateOrder::dmy, "2026-11-21"},
      {"21 Nov 2026", DateOrder::dmy, "2026-11-21"},
      {"Nov 21, 2026", DateOrder::mdy, "2026-11-21"},
      {"11/21/26", DateOrder::mdy, "2026-11-21"},
      {"11/21/26", DateOrder::dmy, ""},
      {"2026-02-30", DateOrder::ymd, ""},
      {"2026-11-211", DateOrder::ymd, ""},
      {"2026-11", DateOrder::ymd, ""},
      {"1-2-3", DateOrder::ymd, ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto captured = match("{date}", row.text, {2, '.', false, row.order});
    CHECK((captured ? base::format_date(*captured->date) : "") == row.date);
  }
  for (const auto& [text, minute] : std::vector<std::pair<std::string, int>>{
           {"00:00", 0}, {"23:59:59", 1439}, {"12:05 AM", 5}, {"12:05 PM", 725}, {"7:45pm", 1185}}) {
    CHECK(match("{time}", text)->minute == minute);
  }
  for (const auto* const text : {"24:00", "1:5", "13:00 PM", "10:61", "10:421"}) {
    CAPTURE(text);
    CHECK_FALSE(match("{time}", text).has_value());
  }
}

TEST_CASE("Words, names and blanks") {
  CHECK(match("No.~{receipt}", "No. A-17/3")->text(Slot::receipt) == "A-17/3");
  CHECK_FALSE(match("No. {receipt}", "No. 17-").has_value());
  CHECK(match("{name} x{quantity} {amount}", "Tea x2 large x1   5.00")->text(Slot::name) == "Tea x2 large");
  CHECK(match("{name} {amount}", "  茉莉  奶绿   5.00 ")->text(Slot::name) == "茉莉  奶绿");
  CHECK(match("会员 {member}", "会员 K1:AB+C=")->text(Slot::member) == "K1:AB+C=");
  CHECK_FALSE(match("a b", "ab").has_value());
  CHECK(match("a~b", "ab").has_value());
  CHECK(match("\\*\\{a\\}", "*{a}").has_value());
  for (const auto* const bad : {"", "*", " ~*", "{total}", "{amount", "{amount} {amount}", "x\\"}) {
    std::string why;
    CHECK_FALSE(Pattern::parse(bad, why).has_value());
    CHECK_FALSE(why.empty());
  }
}

TEST_CASE("No line makes a pattern slow: every part is tried once at every place") {
  std::string stars;
  for (int i = 0; i < 30; ++i) stars += "*a";
  CHECK_FALSE(match(stars + "b", std::string(512, 'a')).has_value());
  CHECK_FALSE(match("{name}" + stars + "{amount}", std::string(500, 'a')).has_value());
  CHECK_FALSE(match("*a", std::string(513, 'a')).has_value());
}
