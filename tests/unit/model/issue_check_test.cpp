// SPDX-License-Identifier: Apache-2.0
#include "sync/model/issue_check.h"

#include "sync/base/check.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using model::Excess;

namespace {

constexpr base::LocalDate today{20'800};

model::Programme rules() {
  constexpr std::string_view json = R"({"version":4,"brand_name":{"zh-CN":"茶","en":"Tea"},"currency":"CNY",
"earn":{"points":1,"per_minor":100},"zone":[{"from":"1970-01-01T00:00:00Z","offset_min":480}],"tiers":[],
"coupons":[{"id":5,"name":{"zh-CN":"券","en":"C"},"type":"amount_off","value_minor":800,"threshold_minor":3000,
  "valid":{"days":30}}],
"campaigns":[{"id":7,"name":{"zh-CN":"活动","en":"A"},"trigger":{"on":"sale_paid"},"starts":"2026-01-01",
  "ends":"2028-12-31","when":{"paid_at_least_minor":1},"offline":"decide",
  "actions":[{"points":3},{"points":20},{"coupon":5}]}],
"notices":{"membership":{"zh-CN":"甲","en":"A"},"marketing":{"zh-CN":"乙","en":"B"}}})";
  auto programme = model::parse_programme(base::view_of(json));
  MILLPOND_CHECK(programme.has_value());
  return *std::move(programme);
}

model::SaleRecorded sale_of(std::int64_t total_minor, std::uint64_t member = 9) {
  model::SaleRecorded sale;
  sale.member = {member};
  sale.currency = *base::parse_currency("CNY");
  sale.total_minor = sale.eligible_minor = total_minor;
  return sale;
}

model::CouponIssued coupon() {
  model::CouponIssued issued;
  issued.coupon = {500};
  issued.campaign = {5};
  issued.value_minor = 800;
  issued.threshold_minor = 3'000;
  issued.not_before = today;
  issued.expires = {today.days + 30};
  return issued;
}

}  // namespace

TEST_CASE("Points are held against the sale, or against the base that the fact states") {
  const auto programme = rules();
  auto abroad = sale_of(10'000);
  abroad.currency = *base::parse_currency("EUR");
  auto practice = sale_of(10'000);
  practice.training = true;
  const auto plain = sale_of(10'050);
  const auto anothers = sale_of(10'050, 8);
  auto paid_with_points = sale_of(10'000);
  paid_with_points.tenders = {{model::TenderType::points, 4'000}};
  struct Row {
    const char* what;
    const model::Programme* programme;
    const model::SaleRecorded* sale;
    std::int64_t points;
    std::int64_t base_minor;
    std::optional<Excess> excess;
  };
  const std::vector<Row> rows{
      {"what it earns", &programme, &plain, 100, 10'050, {}},
      {"less", &programme, &plain, 7, 10'050, {}},
      {"one more", &programme, &plain, 101, 10'050, Excess{101, 100}},
      {"a base that the sale does not have", &programme, &plain, 200, 20'000, Excess{200, 100}},
      {"what was not paid with money", &programme, &paid_with_points, 61, 6'100, Excess{61, 60}},
      {"another's sale", &programme, &anothers, 100, 10'050, Excess{100, 0}},
      {"another currency", &programme, &abroad, 1, 10'000, Excess{1, 0}},
      {"training", &programme, &practice, 1, 10'000, Excess{1, 0}},
      {"a sale that is not here", &programme, nullptr, 100, 10'050, {}},
      {"of which more is given than its base", &programme, nullptr, 101, 10'050, Excess{101, 100}},
      {"without a programme", nullptr, &plain, 1, 10'050, Excess{1, 0}},
      {"nothing, without a programme", nullptr, &plain, 0, 0, {}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    const model::Fact fact{{}, model::PointsEarned{{9}, {1}, row.points, row.base_minor, {}}};
    CHECK(model::beyond_rules(row.programme, fact, row.sale) == row.excess);
  }
}

TEST_CASE("Points of a campaign are held against the most that one of its actions gives") {
  const auto programme = rules();
  const auto look = [&](std::uint32_t campaign, std::int64_t number, bool deferred,
                        model::ActionKind kind = model::ActionKind::points) {
    model::AwardGiven given;
    given.campaign = {campaign};
    given.kind = kind;
    given.number = number;
    given.deferred = deferred;
    return model::beyond_rules(&programme, {{}, given}, nullptr);
  };
  CHECK(!look(7, 3, false));
  CHECK(!look(7, 20, false));
  CHECK(look(7, 21, false) == Excess{21, 20});
  CHECK(!look(7, 21, true));  // counts nothing before the hub's word
  CHECK(look(8, 1, false) == Excess{1, 0});
  CHECK(!look(7, 5'000, false, model::ActionKind::message));
}

TEST_CASE("A coupon is held against its offer: value, threshold and days") {
  const auto programme = rules();
  struct Row {
    const char* what;
    std::function<void(model::CouponIssued&)> change;
    std::optional<Excess> excess;
  };
  const std::vector<Row> rows{
      {"as offered", [](auto&) {}, {}},
      {"less for more", [](auto& each) { each.value_minor = 1, each.threshold_minor = 9'000; }, {}},
      {"fewer days", [](auto& each) { each.expires = today; }, {}},
      {"worth more", [](auto& each) { each.value_minor = 801; }, Excess{801, 800}},
      {"for less", [](auto& each) { each.threshold_minor = 2'999; }, Excess{800, 0}},
      {"sooner", [](auto& each) { each.not_before = {today.days - 1}; }, Excess{800, 0}},
      {"for longer", [](auto& each) { each.expires = {today.days + 31}; }, Excess{800, 0}},
      {"of no offer", [](auto& each) { each.campaign = {6}; }, Excess{800, 0}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    auto issued = coupon();
    row.change(issued);
    model::Fact fact{{}, issued};
    fact.stamp.local_date = today;
    CHECK(model::beyond_rules(&programme, fact, nullptr) == row.excess);
    CHECK(model::beyond_rules(nullptr, fact, nullptr) == Excess{issued.value_minor, 0});
  }
}
