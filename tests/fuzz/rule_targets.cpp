// SPDX-License-Identifier: Apache-2.0
// Documents of rules: points, tiers, referral, distributors, commission, contacts, gestures, ratings, bands, countries.
// What each of them accepts is put to work on amounts at the ends of what tills say.
#include "sync/base/check.h"
#include "sync/base/file.h"
#include "sync/model/contact_policy.h"
#include "sync/model/country.h"
#include "sync/model/distributors.h"
#include "sync/model/earning.h"
#include "sync/model/figures_members.h"
#include "sync/model/gestures.h"
#include "sync/model/points_rules.h"
#include "sync/model/rating.h"
#include "sync/model/referral.h"
#include "sync/model/staff_goals.h"
#include "sync/model/tier_benefits.h"
#include "sync/model/tier_rules.h"
#include "sync/model/tiers.h"
#include "tests/fuzz/target.h"
#include "tests/support/paths.h"

#include <algorithm>
#include <set>

namespace millpond::fuzz {
namespace {

using base::Bytes;
using base::ByteView;
using base::Result;

constexpr std::int64_t total_minor_max = 1'000'000'000'000;  // of a till's sale
constexpr std::array<std::int64_t, 4> totals{0, 1, 6'850, total_minor_max};
constexpr base::LocalDate monday{20'775};
constexpr std::int64_t monday_ms = 20'775LL * 86'400'000;
constexpr base::MemberId buyer{7};
const auto cny = base::parse_currency("CNY").value();

// The whole document that the schema tests have.
Bytes whole(const std::string& name) {
  return base::read_file(tests::source_dir() / "tests/schema/everything" / (name + ".json")).value();
}

std::vector<model::SaleEvent> one_sale() {
  return {{1, buyer, {monday, 600}, model::Place::store, {12}, {3}, total_minor_max}};
}

template <class Items, class Number>
bool all_different(const Items& items, const Number& number) {
  std::set<std::uint64_t> seen;
  return std::ranges::all_of(items, [&](const auto& item) { return seen.insert(number(item)).second; });
}

Result<> run_points(ByteView input) {
  MILLPOND_TRY(const auto rules, model::parse_points_rules(input));
  MILLPOND_CHECK(!rules.base.empty() && rules.bonuses.size() <= model::bonuses_max);
  MILLPOND_CHECK(all_different(rules.base, [](const auto& rule) { return rule.id; }));
  model::EarningContext knows_all;
  knows_all.tier_multiplier_basis_points = 20'000;
  knows_all.birthday = knows_all.first_purchase = true;
  knows_all.channel = "app";
  for (const auto total : totals) {
    model::SaleRecorded sale;
    sale.member = buyer;
    sale.currency = cny;
    sale.total_minor = sale.eligible_minor = total;
    sale.lines = {{"1", "oolong", "2", "tea", total / 2, 0}, {"2", "cake", "1", "food", total - total / 2, 0}};
    for (const auto& context : {model::EarningContext{}, knows_all}) {
      const auto earned = model::earn(rules, cny, sale, context);
      if (!earned) continue;
      std::int64_t parts = 0;
      for (const auto& part : earned->parts) parts += part.points;
      MILLPOND_CHECK(earned->points >= 0 && parts == earned->points && earned->base_minor <= total);
    }
  }
  const std::vector<model::ZoneTransition> zone{{0, 480}};
  const auto times = model::lot_times(rules.lots, zone, monday_ms, monday);
  MILLPOND_CHECK(times.active_at_ms <= times.expires_at_ms);
  return {};
}

Result<> run_tiers(ByteView input) {
  MILLPOND_TRY(const auto rules, model::parse_tier_rules(input));
  MILLPOND_CHECK(!rules.levels.empty() && rules.levels.front().threshold == 0);
  MILLPOND_CHECK(all_different(rules.levels, [](const auto& level) { return level.id; }));
  for (const auto& level : rules.levels) {
    const auto reached = model::level_for(rules, level.threshold);
    MILLPOND_CHECK(rules.levels[reached].id == level.id);
  }
  std::vector<model::QualifyingEvent> bought;
  for (std::size_t i = 0; i < totals.size(); ++i) {
    const base::LocalDate day{monday.days + static_cast<std::int32_t>(i) * 40};
    bought.push_back({monday_ms, {{1}, {1}, {i + 1}}, day, day, totals[i], 1});
  }
  const base::LocalDate today{monday.days + 400};
  const auto state = model::tier_state(rules, bought, monday, today);
  MILLPOND_CHECK(state.level < rules.levels.size() && !state.history.empty() && state.missing >= 0);
  const model::BenefitCase person{{}, buyer, model::BirthDay{2, 29}};
  for (const auto& due : model::due_benefits(rules, state, person, monday, today)) {
    MILLPOND_CHECK(due.pack && due.due >= monday && due.due < today && due.level < rules.levels.size());
  }
  return {};
}

Result<> run_referral(ByteView input) {
  MILLPOND_TRY(const auto rules, model::parse_referral_rules(input));
  const model::EventKey sale{{1}, {1}, {9}};
  const auto referral =
      model::fold_referral(rules, buyer,
                           {{monday_ms, {{1}, {1}, {8}}, model::ReferralBound{{{8}, {}, {}}, 0}},
                            {monday_ms + 1, sale, model::RefereeBought{sale, total_minor_max, monday}}});
  const base::LocalDate late{monday.days + 4'000};
  const auto rewards = model::settle_referrals(rules, {}, std::vector{referral}, late);
  MILLPOND_CHECK(rewards.size() <= 1);
  return {};
}

Result<> run_distributors(ByteView input) {
  MILLPOND_TRY(const auto document, model::parse_distributors(input));
  MILLPOND_CHECK(all_different(document.contracts, [](const auto& contract) { return contract.id; }));
  for (const auto& contract : document.contracts) {
    MILLPOND_CHECK(contract.starts <= contract.ends);
    std::vector<model::CodeSale> sales;
    for (std::size_t i = 0; i < totals.size(); ++i) {
      sales.push_back({{{1}, {1}, {i + 1}}, contract.code, buyer, contract.starts, cny, totals[i]});
    }
    const base::LocalDate until{contract.ends.days + contract.return_days + 2};
    MILLPOND_TRY(const auto statement, model::commission_statement(contract, cny, sales, {}, {}, 0, until));
    MILLPOND_CHECK(statement.payable_minor >= 0 && statement.payable_minor <= statement.gross_minor);
    MILLPOND_CHECK(statement.gross_minor - statement.tax_withheld_minor == statement.payable_minor);
    MILLPOND_TRY(const auto next, model::commission_statement(contract, cny, sales, {}, statement.lines, 0, until));
    MILLPOND_CHECK(next.commission_minor == 0);  // nothing is paid twice
  }
  return {};
}

Result<> run_commission(ByteView input) {
  MILLPOND_TRY(const auto rules, model::parse_commission_rules(input));
  const auto sales = one_sale();
  const std::vector<model::StaffCredit> credits{{model::GoalMetric::enrolments, {3}, buyer, {monday, 0}},
                                                {model::GoalMetric::referrals, {3}, buyer, {monday, 0}}};
  const model::Period period{monday, {monday.days + 30}};
  for (const auto& each : model::commissions(rules, credits, model::net_sales(sales, {}), period, {40'000})) {
    MILLPOND_CHECK(each.amount_minor >= 0 && each.net_minor >= 0 && each.enrolments >= 0);
  }
  return {};
}

Result<> run_contact(ByteView input) {
  MILLPOND_TRY(const auto policy, model::parse_contact_policy(input));
  const std::vector<model::ZoneTransition> zone{{0, 480}};
  const std::vector<model::ConsentStanding> consents{{model::Purpose::marketing, {}, true}};
  model::ContactLog log;
  const model::Message message{{{1}, 0}, true, false, monday_ms, monday_ms + 10LL * 86'400'000};
  std::size_t sent = 0;
  for (auto now = monday_ms; now < message.stale_at_ms; now += 3'600'000) {
    const model::ContactCase of{message, policy.order.front(), {}, policy.order, consents, {}, zone, now};
    const auto decision = log.claim(policy, of);
    MILLPOND_CHECK(decision.until_ms <= message.stale_at_ms);
    if (decision.verdict == model::ContactVerdict::send) ++sent;
  }
  MILLPOND_CHECK(sent <= 1);
  return {};
}

Result<> run_gestures(ByteView input) {
  MILLPOND_TRY(const auto policy, model::parse_gesture_policy(input));
  MILLPOND_CHECK(!policy.reasons.empty() && policy.round_step_minor > 0);
  for (const auto total : totals) {
    const auto given = model::rounding_of(policy, total);
    MILLPOND_CHECK(given >= 0 && given <= total && given < policy.round_step_minor);
    model::GestureCase of;
    of.kind = model::GestureKind::taste;
    of.reason = policy.reasons.front();
    of.cost_minor = of.total_minor = total;
    of.member = buyer;
    of.today = monday;
    of.made = {{buyer, monday, total_minor_max}};
    of.cashier = {3};
    MILLPOND_CHECK(model::decide_gesture(policy, of).missing_minor >= 0);
  }
  return {};
}

Result<> run_ratings(ByteView input) {
  MILLPOND_TRY(const auto policy, model::parse_rating_policy(input));
  const model::Rating low{{model::RatedAbout::visit, {1}, {1}, 5}, buyer, {12}, 1, monday_ms + 1};
  const auto taken = model::take_rating(policy, low, monday_ms, {});
  MILLPOND_CHECK(taken.verdict == model::RatingVerdict::counted && taken.task.has_value());
  const std::vector<model::RatedSubject> known{low.of};
  MILLPOND_CHECK(model::take_rating(policy, low, monday_ms, known).verdict == model::RatingVerdict::repeated);
  MILLPOND_CHECK(!model::may_ask(policy, monday_ms, monday_ms + 1, true, std::nullopt));
  return {};
}

Result<> run_bands(ByteView input) {
  MILLPOND_TRY(const auto bands, model::parse_rfm_bands(input));
  const auto sales = one_sale();
  for (const auto& each : model::rfm(bands, model::net_sales(sales, {}), {monday.days + 3})) {
    MILLPOND_CHECK(each.recency >= 0 && each.recency <= 5 && each.frequency <= 5 && each.monetary <= 5);
    MILLPOND_CHECK((each.recency == 0) == (each.rfm_class == model::RfmClass::none));
  }
  return {};
}

Result<> run_country(ByteView input) {
  MILLPOND_TRY(const auto country, model::parse_country(input));
  MILLPOND_CHECK(country.profile_days <= model::profile_days_limit && country.code.size() == 2);
  for (const std::string_view typed : {"", "13800138000", "013800138000", "99999999999999999999"}) {
    const auto number = model::e164_of(country.phone, typed);
    if (!number) continue;
    MILLPOND_CHECK(number->starts_with("+" + country.phone.calling_code));
    MILLPOND_CHECK(model::may_be_dialled(country.phone, std::string_view{*number}.substr(1)));
  }
  return {};
}

template <class... Name>
std::vector<Bytes> wholes(Name... name) {
  return {whole(name)...};
}

}  // namespace

std::vector<Target> rule_targets() {
  return {
      {"commission", [] { return wholes("commission"); }, run_commission},
      {"contact_policy", [] { return wholes("contact_policy"); }, run_contact},
      {"country", [] { return wholes("country"); }, run_country},
      {"distributors", [] { return wholes("distributors"); }, run_distributors},
      {"gestures", [] { return wholes("gestures"); }, run_gestures},
      {"points", [] { return wholes("points"); }, run_points},
      {"ratings", [] { return wholes("ratings"); }, run_ratings},
      {"referral", [] { return wholes("referral"); }, run_referral},
      {"rfm_bands", [] { return wholes("rfm_bands"); }, run_bands},
      {"tiers", [] { return wholes("tiers", "tiers_of_calendar"); }, run_tiers},
  };
}

}  // namespace millpond::fuzz
