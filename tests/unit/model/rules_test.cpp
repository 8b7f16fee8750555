// SPDX-License-Identifier: Apache-2.0
#include "sync/model/rules.h"

#include "sync/base/rng.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>

using namespace millpond;
using base::Code;
using model::TenderType;

namespace {

constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();
const base::Currency cny = *base::parse_currency("CNY");

base::LocalDate day(std::string_view text) { return *base::parse_date(text); }

model::SaleRecorded sale_of(std::int64_t eligible_minor, std::vector<model::Tender> tenders = {}) {
  model::SaleRecorded sale;
  sale.key = {base::StoreId{1}, "till-1", day("2026-11-21"), "T-1"};
  sale.member = base::MemberId{5};
  sale.currency = cny;
  sale.total_minor = sale.eligible_minor = eligible_minor;
  sale.tenders = std::move(tenders);
  return sale;
}

model::Programme programme_of() {
  model::Programme programme;
  programme.version = 1;
  programme.currency = cny;
  return programme;
}

}  // namespace

TEST_CASE("What was tendered in points, coupons or gift cards does not earn", "[rules]") {
  struct Row {
    std::int64_t eligible;
    std::vector<model::Tender> tenders;
    std::int64_t base;
  };
  const std::vector<Row> rows{
      {4200, {}, 4200},
      {4200, {{TenderType::cash, 4200}}, 4200},
      {4200, {{TenderType::wechat_pay, 3700}, {TenderType::coupon, 500}}, 3700},
      {4200, {{TenderType::points, 200}, {TenderType::gift_card, 1000}, {TenderType::card, 3000}}, 3000},
      {4200, {{TenderType::gift_card, 9000}}, 0},
      {4200, {{TenderType::coupon, -500}}, 4200},
      {-100, {}, 0},
      {0, {{TenderType::coupon, huge}, {TenderType::points, huge}}, 0},
      {huge, {{TenderType::coupon, huge}}, 0},
  };
  for (const auto& row : rows) CHECK(model::earning_base(sale_of(row.eligible, row.tenders)) == row.base);
}

TEST_CASE("Points are rounded down once", "[rules]") {
  struct Row {
    model::EarnRule rule;
    std::int64_t base;
    std::int64_t points;
  };
  const std::vector<Row> rows{
      {{1, 100}, 0, 0},
      {{1, 100}, 99, 0},
      {{1, 100}, 100, 1},
      {{1, 100}, 4299, 42},
      {{3, 200}, 199, 2},
      {{2, 1}, 5, 10},
      {{0, 100}, 4200, 0},
      {{1, 0}, 4200, 0},
      {{-1, 100}, 4200, 0},
      {{1, 100}, -4200, 0},
      {{1, 100}, huge, 1'000'000'000'000},
      {{huge, 1}, huge, 1'000'000'000'000},
  };
  for (const auto& row : rows) CHECK(model::points_for(row.rule, row.base) == row.points);
}

TEST_CASE("Points agree with adding them up one by one", "[rules]") {
  base::SeededRng rng{1};
  for (int i = 0; i < 400; ++i) {
    const model::EarnRule rule{static_cast<std::int64_t>(rng.below(20)), static_cast<std::int64_t>(1 + rng.below(500))};
    const auto base = static_cast<std::int64_t>(rng.below(5'000));
    std::int64_t naive = 0;  // the largest p with p * per_minor <= base * points
    while ((naive + 1) * rule.per_minor <= base * rule.points) ++naive;
    REQUIRE(model::points_for(rule, base) == naive);
  }
}

TEST_CASE("A sale earns for a member, in the programme's currency, in earnest", "[rules]") {
  auto programme = programme_of();
  programme.earn = {1, 100};
  CHECK(model::earning_of(programme, sale_of(4299)) == model::Earning{4299, 42});
  CHECK(model::earning_of(programme, sale_of(99)) == model::Earning{99, 0});
  CHECK_FALSE(model::earning_of(programme, sale_of(0)));
  CHECK_FALSE(model::earning_of(programme, sale_of(500, {{TenderType::coupon, 500}})));
  auto nobody = sale_of(4299);
  nobody.member = {};
  CHECK_FALSE(model::earning_of(programme, nobody));
  auto training = sale_of(4299);
  training.training = true;
  CHECK_FALSE(model::earning_of(programme, training));
  auto foreign = sale_of(4299);
  foreign.currency = *base::parse_currency("HKD");
  CHECK_FALSE(model::earning_of(programme, foreign));
}

TEST_CASE("A coupon that does not apply says why and what is missing", "[rules]") {
  const model::CouponTerms terms{base::MemberId{5}, 2000, day("2026-11-10"), day("2026-11-20")};
  const model::CouponTerms bearer{base::MemberId{}, 2000, day("2026-11-10"), day("2026-11-20")};
  struct Row {
    model::CouponTerms terms;
    std::uint64_t member;
    std::int64_t goods;
    std::string_view today;
    std::optional<model::WhyNot> why;
  };
  const std::vector<Row> rows{
      {terms, 5, 2000, "2026-11-10", std::nullopt},
      {terms, 5, huge, "2026-11-20", std::nullopt},
      {bearer, 0, 2000, "2026-11-15", std::nullopt},
      {bearer, 9, 2000, "2026-11-15", std::nullopt},
      {terms, 5, 1999, "2026-11-15", model::WhyNot{Code::coupon_threshold, 1, {}}},
      {terms, 5, -1, "2026-11-15", model::WhyNot{Code::coupon_threshold, 2001, {}}},
      {terms, 5, 2000, "2026-11-09", model::WhyNot{Code::code_not_yet_valid, 0, day("2026-11-10")}},
      {terms, 5, 2000, "2026-11-21", model::WhyNot{Code::code_expired, 0, day("2026-11-20")}},
      {terms, 6, 2000, "2026-11-15", model::WhyNot{Code::coupon_other_member, 0, {}}},
      {terms, 0, 2000, "2026-11-15", model::WhyNot{Code::coupon_other_member, 0, {}}},
      // several at once: what time cannot heal comes first
      {terms, 6, 0, "2026-11-21", model::WhyNot{Code::code_expired, 0, day("2026-11-20")}},
      {terms, 6, 0, "2026-11-01", model::WhyNot{Code::coupon_other_member, 0, {}}},
      {terms, 5, 0, "2026-11-01", model::WhyNot{Code::code_not_yet_valid, 0, day("2026-11-10")}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.member, row.goods, row.today);
    CHECK(model::why_not(row.terms, base::MemberId{row.member}, row.goods, day(row.today)) == row.why);
  }
  const model::CouponTerms absurd{{}, huge, day("2026-11-10"), day("2026-11-20")};
  CHECK(model::why_not(absurd, {}, -huge, day("2026-11-15"))->missing_minor == huge);
}

TEST_CASE("Tiers follow qualifying spend with inclusive thresholds", "[rules]") {
  const std::vector<model::Tier> tiers{{{"会员", "Base"}, 0}, {{"银", "T1"}, 100'000}, {{"金", "T2"}, 300'000}};
  struct Row {
    std::int64_t spend;
    std::size_t tier;
    std::optional<std::size_t> next;
    std::int64_t missing;
  };
  const std::vector<Row> rows{
      {0, 0, 1, 100'000},
      {20'000, 0, 1, 80'000},
      {99'999, 0, 1, 1},
      {100'000, 1, 2, 200'000},
      {196'000, 1, 2, 104'000},
      {299'999, 1, 2, 1},
      {300'000, 2, std::nullopt, 0},
      {huge, 2, std::nullopt, 0},
  };
  for (const auto& row : rows) {
    CHECK(model::tier_standing(tiers, row.spend) == model::TierStanding{row.tier, row.next, row.missing});
  }
  CHECK(model::tier_standing({}, 5) == model::TierStanding{});
  CHECK(model::tier_standing(tiers, -5) == model::TierStanding{std::nullopt, 0, 5});
}

TEST_CASE("Tiers agree with counting the thresholds reached", "[rules]") {
  base::SeededRng rng{3};
  for (int i = 0; i < 500; ++i) {
    std::vector<model::Tier> tiers;
    std::int64_t threshold = 0;
    for (std::uint64_t n = rng.below(6); n > 0; --n, threshold += static_cast<std::int64_t>(1 + rng.below(50))) {
      tiers.push_back({{"层", "tier"}, threshold});
    }
    const auto spend = static_cast<std::int64_t>(rng.below(200));
    std::size_t reached = 0;
    for (const auto& tier : tiers) reached += tier.threshold_minor <= spend ? 1 : 0;
    const auto standing = model::tier_standing(tiers, spend);
    REQUIRE(standing.tier == (reached == 0 ? std::nullopt : std::optional{reached - 1}));
    REQUIRE(standing.next == (reached == tiers.size() ? std::nullopt : std::optional{reached}));
    REQUIRE(standing.missing_minor == (standing.next ? tiers[reached].threshold_minor - spend : 0));
  }
}
