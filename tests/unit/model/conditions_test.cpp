// SPDX-License-Identifier: Apache-2.0
#include "sync/model/conditions.h"

#include "tests/unit/model/offers.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using model::Truth;
using tests::day_of;
using tests::line_of;

namespace {

model::Condition condition_of(const std::string& json) {
  const auto text = R"({"when": )" + json + "}";
  model::Document document{base::view_of(text), 4096, "read test"};
  auto root = document.root();
  auto condition = model::read_condition(root.object("when"), 4);
  CAPTURE(json, document.problem() ? document.problem()->detail : "");
  REQUIRE_FALSE(document.problem());
  return condition;
}

model::Shopper known() {
  model::Shopper shopper;
  shopper.member.value = 7;
  shopper.tier = 2;
  shopper.tags = std::vector<std::string>{"early", "student"};
  shopper.rfm = "loyal";
  shopper.origin = model::Channel::cashier;
  shopper.spend_minor = 50'000;
  shopper.visits = 3;
  shopper.last_visit = day_of("2026-09-23");
  shopper.birthday = model::MonthDay{11, 25};
  return shopper;
}

model::Shopper offline() {
  model::Shopper shopper;
  shopper.member.value = 7;
  return shopper;
}

}  // namespace

TEST_CASE("Conditions are true, false or unknown", "[conditions]") {
  const model::Basket basket{base::StoreId{4}, {line_of("oolong", 2'800), line_of("cake", 3'800, 2, "food")}, 0};
  const std::vector paid_with{model::TenderType::wechat_pay, model::TenderType::coupon};
  // A Sunday, 14:30.
  const model::Circumstance sale{tests::sunday_afternoon, &basket, 6'600, paid_with};
  struct Row {
    std::string json;
    Truth of_known;
    Truth of_offline;
    Truth of_nobody;
  };
  constexpr auto yes = Truth::yes;
  constexpr auto no = Truth::no;
  constexpr auto unknown = Truth::unknown;
  const std::vector<Row> rows{
      {R"({"tier_at_least": 2})", yes, unknown, no},
      {R"({"tier_at_least": 3})", no, unknown, no},
      {R"({"tags": ["student", "x"]})", yes, unknown, no},
      {R"({"tags": ["x"]})", no, unknown, no},
      {R"({"rfm": ["lost", "loyal"]})", yes, unknown, no},
      {R"({"rfm": ["lost"]})", no, unknown, no},
      {R"({"origin": ["kiosk", "cashier"]})", yes, unknown, no},
      {R"({"origin": ["gateway"]})", no, unknown, no},
      {R"({"spend_at_least_minor": 50000})", yes, unknown, no},
      {R"({"spend_at_least_minor": 50001})", no, unknown, no},
      {R"({"visits_at_least": 3})", yes, unknown, no},
      {R"({"visits_at_least": 4})", no, unknown, no},
      {R"({"first_purchase": true})", no, unknown, no},
      {R"({"first_purchase": false})", yes, unknown, no},
      {R"({"away_days_at_least": 60})", yes, unknown, no},
      {R"({"away_days_at_least": 61})", no, unknown, no},
      {R"({"birthday_within_days": 3})", yes, unknown, no},
      {R"({"birthday_within_days": 2})", no, unknown, no},
      {R"({"stores": [3, 4]})", yes, yes, yes},
      {R"({"stores": [3]})", no, no, no},
      {R"({"paid_at_least_minor": 6600})", yes, yes, yes},
      {R"({"paid_at_least_minor": 6601})", no, no, no},
      {R"({"paid_with": ["cash", "wechat_pay"]})", yes, yes, yes},
      {R"({"paid_with": ["alipay"]})", no, no, no},
      {R"({"basket": {"items": ["cake"], "quantity": 2}})", yes, yes, yes},
      {R"({"basket": {"items": ["cake"], "quantity": 3}})", no, no, no},
      {R"({"basket": {"categories": ["food"], "at_least_minor": 3800}})", yes, yes, yes},
      {R"({"basket": {"items": ["oolong"], "categories": ["food"], "at_least_minor": 6601}})", no, no, no},
      {R"({"basket": {"quantity": 3}})", yes, yes, yes},
      {R"({"weekdays": ["sun"]})", yes, yes, yes},
      {R"({"weekdays": ["mon", "sat"]})", no, no, no},
      {R"({"hours": {"from": "14:30", "to": "14:31"}})", yes, yes, yes},
      {R"({"hours": {"from": "14:00", "to": "14:30"}})", no, no, no},
      {R"({"weekdays": ["sun"], "hours": {"from": "20:00", "to": "15:00"}})", yes, yes, yes},
      {R"({"not": {"tier_at_least": 3}})", yes, unknown, yes},
      {R"({"not": {"not": {"tags": ["student"]}}})", yes, unknown, no},
      {R"({"all": [{"tier_at_least": 2}, {"stores": [4]}]})", yes, unknown, no},
      {R"({"all": [{"tier_at_least": 2}, {"stores": [3]}]})", no, no, no},
      {R"({"any": [{"tier_at_least": 3}, {"stores": [4]}]})", yes, yes, yes},
      {R"({"any": [{"tier_at_least": 3}, {"stores": [3]}]})", no, unknown, no},
      {R"({"all": [{"any": [{"rfm": ["x"]}, {"paid_at_least_minor": 1}]}, {"not": {"stores": [9]}}]})", yes, yes, yes},
  };
  for (const auto& row : rows) {
    const auto condition = condition_of(row.json);
    CAPTURE(row.json);
    CHECK(condition.evaluate(known(), sale) == row.of_known);
    CHECK(condition.evaluate(offline(), sale) == row.of_offline);
    CHECK(condition.evaluate({}, sale) == row.of_nobody);
  }
}

TEST_CASE("Without a purchase nothing about a basket is true", "[conditions]") {
  const model::Circumstance enrolment{tests::sunday_afternoon, nullptr, 0, {}};
  for (const auto* json : {R"({"stores": [4]})", R"({"paid_at_least_minor": 0})", R"({"basket": {}})"}) {
    CHECK(condition_of(json).evaluate(known(), enrolment) == Truth::no);
  }
  CHECK(model::Condition{}.evaluate({}, enrolment) == Truth::yes);
}

TEST_CASE("Who never came was not away", "[conditions]") {
  auto shopper = known();
  shopper.visits = 0;
  const model::Circumstance now{tests::sunday_afternoon, nullptr, 0, {}};
  CHECK(condition_of(R"({"away_days_at_least": 1})").evaluate(shopper, now) == Truth::no);
  CHECK(condition_of(R"({"first_purchase": true})").evaluate(shopper, now) == Truth::yes);
}

TEST_CASE("Birthdays are near on both sides of New Year, and 29 February has one every year", "[conditions]") {
  struct Row {
    model::MonthDay birthday;
    std::string_view today;
    std::int32_t days;
  };
  const std::vector<Row> rows{{{1, 1}, "2026-12-31", 1},   {{12, 31}, "2027-01-02", 2}, {{2, 29}, "2026-02-28", 0},
                              {{2, 29}, "2028-02-28", 1},  {{2, 29}, "2028-02-29", 0},  {{2, 29}, "2026-03-01", 1},
                              {{6, 1}, "2026-12-01", 182}, {{6, 15}, "2026-06-15", 0}};
  for (const auto& row : rows) {
    CAPTURE(row.today);
    CHECK(model::days_to_birthday(row.birthday, day_of(row.today)) == row.days);
  }
}

TEST_CASE("An index learns what a condition cannot do without", "[conditions]") {
  const auto both = condition_of(R"({"all": [{"stores": [9, 2]}, {"tags": ["a"]}, {"paid_at_least_minor": 500}]})");
  CHECK(both.needed_stores() == std::vector<std::uint32_t>{2, 9});
  CHECK(both.needed_paid_minor() == 500);
  CHECK(both.asks_about_member());
  const auto either = condition_of(R"({"any": [{"stores": [9]}, {"paid_at_least_minor": 500}]})");
  CHECK(either.needed_stores().empty());
  CHECK(either.needed_paid_minor() == 0);
  CHECK_FALSE(either.asks_about_member());
  CHECK(condition_of(R"({"paid_at_least_minor": 70})").needed_paid_minor() == 70);
  const auto nested = condition_of(R"({"all": [{"not": {"stores": [1]}}, {"any": [{"stores": [2]}]}]})");
  CHECK(nested.needed_stores().empty());
}

TEST_CASE("A clock that nobody vouches for makes what depends on it unknown, and nothing else", "[conditions]") {
  const model::Basket basket{base::StoreId{4}, {line_of("oolong", 2'800)}, 0};
  model::Circumstance sale{tests::sunday_afternoon, &basket, 2'800, {}};
  sale.time_known = false;
  struct Row {
    const char* json;
    Truth truth;
  };
  for (const auto& row : {
           Row{R"({"weekdays": ["sun"]})", Truth::unknown},
           Row{R"({"hours": {"from": "07:00", "to": "08:00"}})", Truth::unknown},
           Row{R"({"birthday_within_days": 7})", Truth::unknown},
           Row{R"({"away_days_at_least": 30})", Truth::unknown},
           Row{R"({"tier_at_least": 2})", Truth::yes},
           Row{R"({"stores": [4]})", Truth::yes},
           Row{R"({"paid_at_least_minor": 2800})", Truth::yes},
           Row{R"({"all": [{"weekdays": ["sun"]}, {"stores": [9]}]})", Truth::no},
       }) {
    CAPTURE(row.json);
    CHECK(condition_of(row.json).evaluate(known(), sale) == row.truth);
  }
}

TEST_CASE("What is excluded counts for no condition about the basket", "[conditions]") {
  model::Basket basket{base::StoreId{4}, {line_of("oolong", 2'800), line_of("card", 10'000, 1, "cards")}, 0};
  basket.lines[1].excluded = true;
  const model::Circumstance sale{tests::sunday_afternoon, &basket, 2'800, {}};
  CHECK(condition_of(R"({"basket": {"at_least_minor": 2800}})").evaluate(known(), sale) == Truth::yes);
  CHECK(condition_of(R"({"basket": {"at_least_minor": 2801}})").evaluate(known(), sale) == Truth::no);
  CHECK(condition_of(R"({"basket": {"items": ["card"]}})").evaluate(known(), sale) == Truth::no);
}

TEST_CASE("A condition says down to which amount it holds", "[conditions]") {
  const model::Basket basket{base::StoreId{4}, {line_of("oolong", 2'800), line_of("cake", 3'800)}, 0};
  const model::Circumstance sale{tests::sunday_afternoon, &basket, 6'600, {}};
  const std::pair<const char*, std::int64_t> rows[]{
      {R"({"paid_at_least_minor": 3000})", 3'000},
      {R"({"paid_at_least_minor": 0})", 0},
      {R"({"stores": [4]})", 0},
      {R"({"all": [{"paid_at_least_minor": 3000}, {"stores": [4]}, {"paid_at_least_minor": 5000}]})", 5'000},
      {R"({"any": [{"paid_at_least_minor": 3000}, {"paid_at_least_minor": 5000}]})", 3'000},
      {R"({"any": [{"paid_at_least_minor": 3000}, {"stores": [4]}]})", 0},
      {R"({"any": [{"paid_at_least_minor": 7000}, {"all": [{"paid_at_least_minor": 2000}, {"stores": [4]}]}]})", 2'000},
      {R"({"all": [{"paid_at_least_minor": 2000}, {"not": {"paid_at_least_minor": 9000}}]})", 2'000},
      {R"({"all": [{"paid_at_least_minor": 2000}, {"basket": {"items": ["cake"]}}]})", 2'000},
  };
  for (const auto& [json, least] : rows) {
    CAPTURE(json);
    const auto condition = condition_of(json);
    REQUIRE(condition.evaluate(known(), sale) == Truth::yes);
    CHECK(condition.least_paid_minor(known(), sale) == least);
  }
  // What is not known offline may still turn out true.
  const auto unsure = condition_of(R"({"all": [{"paid_at_least_minor": 2000}, {"visits_at_least": 2}]})");
  CHECK(unsure.least_paid_minor(offline(), sale) == 2'000);
}

TEST_CASE("A store is known without a basket", "[conditions]") {
  model::Circumstance visit{tests::sunday_afternoon, nullptr, 0, {}};
  CHECK(condition_of(R"({"stores": [4]})").evaluate(known(), visit) == Truth::no);
  visit.store.value = 4;
  CHECK(condition_of(R"({"stores": [4]})").evaluate(known(), visit) == Truth::yes);
  CHECK(condition_of(R"({"stores": [5]})").evaluate(known(), visit) == Truth::no);
}
