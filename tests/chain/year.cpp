// SPDX-License-Identifier: Apache-2.0
// Who comes on a day, and what happens to them besides buying.
#include "tests/chain/year.h"

#include <algorithm>
#include <tuple>

namespace millpond::chain {
namespace {

constexpr std::uint64_t day_stream = 2;
constexpr std::uint64_t weather_stream = 3;
constexpr std::int64_t per_mille = 1'000;
constexpr std::int64_t ppm = 1'000'000;
constexpr std::int32_t lapsed_days = 45;
constexpr std::int64_t second_ms = 1'000;
constexpr std::int64_t hour_ms = 60 * minute_ms;

constexpr int fraud_patterns = 3;
constexpr std::array<std::int64_t, fraud_patterns> fraud_sales{1, 8, 5};

bool earlier(const model::PastEvent& a, const model::PastEvent& b) {
  return std::tie(a.at_ms, a.basket.store, a.transaction) < std::tie(b.at_ms, b.basket.store, b.transaction);
}

}  // namespace

Year::Year(const Menu& menu, const Stores& stores, const model::Programme& programme, const YearOptions& options)
    : menu_{menu},
      stores_{stores},
      programme_{programme},
      options_{options},
      days_{menu, stores, stream_of(options.seed, weather_stream, 0)},
      people_{menu, stores, options.seed, options.members, options.days},
      rng_{0},
      numbers_(stores.stores.size()) {
  for (std::uint32_t i = 0; i < people_.size(); ++i)
    people_.at(i).tier = static_cast<std::uint32_t>(tier_of(people_.at(i).spend_minor));
}

bool Year::next_day(std::vector<model::PastEvent>& events) {
  events.clear();
  if (day_ >= options_.days) return false;
  days_.begin({options_.from.days + day_});
  rng_ = base::SeededRng{stream_of(options_.seed, day_stream, static_cast<std::uint64_t>(day_))};
  std::ranges::fill(numbers_, 0U);
  due_today(events);
  std::vector<Draft> drafts;
  visits_of_members(events, drafts);
  strangers(drafts);
  fraud(drafts);
  // What was drawn first is first among equals, so that the order never depends on the sort.
  std::ranges::stable_sort(drafts, {}, &Draft::at_ms);
  for (const auto& draft : drafts) sell(draft, events);
  std::ranges::stable_sort(events, earlier);
  for (auto& event : events) {
    mark_late(event);
    summary_.count(event, stores_.utc_offset_min);
  }
  ++day_;
  return true;
}

std::int64_t Year::moment_in(std::size_t store) {
  return days_.midnight_ms() + days_.second_of_day(store, rng_) * second_ms;
}

void Year::visits_of_members(std::vector<model::PastEvent>& events, std::vector<Draft>& drafts) {
  for (std::uint32_t i = 0; i < people_.size(); ++i) {
    const auto& person = people_.at(i);
    if (person.joins > day_) continue;
    if (person.joins == day_) enrol(i, events, drafts);
    remind(i, events);
    // Whoever joins today is here already.
    if (person.joins == day_ || person.leaves <= day_) continue;
    const auto busy = std::max(days_.busy_per_mille(person.home), std::int64_t{1});
    const auto chance = std::int64_t{person.visits_ppm} * busy / per_mille;
    if (rng_.below(ppm) < static_cast<std::uint64_t>(chance)) visit(i, drafts);
    if (rng_.below(ppm) >= static_cast<std::uint64_t>(chance * 12 / per_mille)) continue;
    auto order = about(i, model::Trigger::sale_paid, moment_in(person.home), stores_.stores[person.home].id);
    order.kind = model::PastKind::no_show;
    order.shopper = {order.shopper.member, {}, {}, {}, {}, {}, {}, {}, {}};
    order.transaction = "N-" + std::to_string(member_first + i) + "-" + base::format_date(days_.date());
    order.eligible_minor = 1'200 + 100 * static_cast<std::int64_t>(rng_.below(30));
    if (days_.open(person.home)) events.push_back(std::move(order));
  }
}

// Mostly at home, now and then elsewhere in the city, seldom on a journey.
void Year::visit(std::uint32_t person, std::vector<Draft>& drafts) {
  const auto& of = people_.at(person);
  std::optional<std::size_t> store = of.home;
  const auto where = rng_.below(100);
  if (where >= 72 || !days_.open(of.home)) store = days_.store_in(stores_.stores[of.home].city, rng_);
  if (where >= 92 || !store) store = days_.any_store(rng_);
  if (store) drafts.push_back({moment_in(*store), person + 1, *store, 0, 0, "", false});
}

void Year::strangers(std::vector<Draft>& drafts) {
  const auto share = std::clamp<std::int64_t>(options_.strangers_per_mille, 0, per_mille - 1);
  stranger_debt_ += static_cast<std::int64_t>(drafts.size()) * share;
  for (; stranger_debt_ >= per_mille - share; stranger_debt_ -= per_mille - share) {
    const auto store = days_.any_store(rng_);
    if (!store) return;
    drafts.push_back({moment_in(*store), 0, *store, 0, 0, "", false});
    if (share == 0) return;
  }
}

// As many labelled sales as were asked for: what a day has too few for is made up on a later one.
void Year::fraud(std::vector<Draft>& drafts) {
  fraud_debt_ += static_cast<std::int64_t>(drafts.size()) * options_.fraud_per_million;
  while (fraud_debt_ >= ppm) {
    const auto cost = fraud_sales.at(static_cast<std::size_t>(fraud_next_)) * ppm;
    if (cost > fraud_debt_) return;
    fraud_debt_ -= cost;
    add_fraud(fraud_next_, drafts);
    fraud_next_ = static_cast<int>(rng_.below(fraud_patterns));
  }
}

void Year::add_fraud(int pattern, std::vector<Draft>& drafts) {
  std::uint32_t person = 0;
  for (int tries = 0; tries < 50; ++tries) {
    person = static_cast<std::uint32_t>(rng_.below(people_.size()));
    if (people_.at(person).joins < day_) break;
  }
  const auto store = days_.any_store(rng_);
  if (!store) return;
  const auto cashier = stores_.stores[*store].id.value * 100 + 1 + static_cast<std::uint32_t>(rng_.below(6));
  const auto begin_ms = moment_in(*store);
  if (pattern == 0) drafts.push_back({begin_ms, person + 1, *store, cashier, 6'000, "void_after_issue", true});
  // One member's code for whoever has none: whoever stands at the till collects.
  for (std::int64_t i = 0; pattern == 1 && i < fraud_sales[1]; ++i) {
    const auto later_ms = static_cast<std::int64_t>(rng_.below(2 * 60)) * minute_ms;
    drafts.push_back({begin_ms + later_ms, person + 1, *store, cashier, 0, "one_cashier", false});
  }
  // A picture of a code that went round: several cities within half an hour.
  for (std::int64_t i = 0; pattern == 2 && i < fraud_sales[2]; ++i) {
    const auto city = static_cast<std::size_t>(i) % stores_.cities.size();
    const auto there = days_.store_in(city, rng_).value_or(*store);
    const auto later_ms = static_cast<std::int64_t>(rng_.below(30)) * minute_ms;
    drafts.push_back({begin_ms + later_ms, person + 1, there, 0, 0, "shared_code", false});
  }
}

void Year::enrol(std::uint32_t person, std::vector<model::PastEvent>& events, std::vector<Draft>& drafts) {
  const auto& of = people_.at(person);
  const auto store = days_.open(of.home) ? std::optional<std::size_t>{of.home} : days_.any_store(rng_);
  if (!store) return;
  const auto at_ms = moment_in(*store);
  auto event = about(person, model::Trigger::enrolment, at_ms, stores_.stores[*store].id);
  event.transaction = "E-" + std::to_string(member_first + person);
  events.push_back(std::move(event));
  // Most join because they are about to pay.
  if (rng_.chance(85, 100)) drafts.push_back({at_ms + minute_ms, person + 1, *store, 0, 0, "", false});
}

// A birthday, and the day on which somebody has been away for long.
void Year::remind(std::uint32_t person, std::vector<model::PastEvent>& events) {
  const auto& of = people_.at(person);
  const auto today = base::to_civil(days_.date());
  const auto number = std::to_string(member_first + person);
  const auto home = stores_.stores[of.home].id;
  if (of.birthday == model::MonthDay{today.month, today.day}) {
    auto event = about(person, model::Trigger::birthday, days_.midnight_ms() + 8 * hour_ms, home);
    event.transaction = "B-" + number + "-" + std::to_string(today.year);
    events.push_back(std::move(event));
  }
  if (of.visits == 0 || day_ - of.last_visit != lapsed_days) return;
  auto event = about(person, model::Trigger::lapsed, days_.midnight_ms() + 10 * hour_ms, home);
  event.transaction = "A-" + number + "-" + base::format_date(days_.date());
  event.number = lapsed_days;
  events.push_back(std::move(event));
}

void Year::due_today(std::vector<model::PastEvent>& events) {
  for (auto& due : refunds_[day_]) {
    const auto place = std::ranges::find(stores_.stores, due.store, &Store::id) - stores_.stores.begin();
    model::PastEvent refund;
    refund.kind = model::PastKind::refund;
    refund.at_ms = moment_in(static_cast<std::size_t>(place));
    refund.basket.store = due.store;
    refund.transaction = due.transaction + "-R";
    refund.of = std::move(due.transaction);
    refund.whole = true;
    refund.eligible_minor = due.eligible_minor;
    if (due.person != 0) {
      refund.shopper.member.value = member_first + due.person - 1;
      people_.at(due.person - 1).spend_minor -= due.eligible_minor;
    }
    events.push_back(std::move(refund));
  }
  refunds_.erase(day_);
  for (auto& due : referrals_[day_]) {
    const auto referrer = due.referrer - 1;
    auto event = about(referrer, model::Trigger::referral_qualified, days_.midnight_ms() + 10 * hour_ms,
                       stores_.stores[people_.at(referrer).home].id);
    event.transaction = "Q-" + due.transaction;
    events.push_back(std::move(event));
  }
  referrals_.erase(day_);
}

model::PastEvent Year::about(std::uint32_t person, model::Trigger trigger, std::int64_t at_ms,
                             base::StoreId store) const {
  model::PastEvent event;
  event.trigger = trigger;
  event.at_ms = at_ms;
  event.basket.store = store;
  event.shopper = shopper_of(person);
  return event;
}

model::Shopper Year::shopper_of(std::uint32_t person) const {
  const auto& of = people_.at(person);
  model::Shopper shopper;
  shopper.member.value = member_first + person;
  shopper.tier = of.tier;
  shopper.visits = of.visits;
  shopper.spend_minor = std::max<std::int64_t>(of.spend_minor, 0);
  shopper.origin = of.origin;
  shopper.birthday = of.birthday;
  shopper.tags.emplace();
  if (of.student) shopper.tags->emplace_back("student");
  if (of.visits > 0) shopper.last_visit = base::LocalDate{options_.from.days + of.last_visit};
  return shopper;
}

std::size_t Year::tier_of(std::int64_t spend_minor) const {
  std::size_t tier = 0;
  for (std::size_t i = 0; i < programme_.tiers.size(); ++i) {
    if (programme_.tiers[i].threshold_minor <= spend_minor) tier = i;
  }
  return tier;
}

void Year::mark_late(model::PastEvent& event) const {
  const auto place = std::ranges::find(stores_.stores, event.basket.store, &Store::id) - stores_.stores.begin();
  // Birthdays and absences are no news of a store.
  if (event.trigger == model::Trigger::birthday || event.trigger == model::Trigger::lapsed) return;
  if (event.trigger == model::Trigger::referral_qualified) return;
  event.heard_ms = days_.heard_ms(static_cast<std::size_t>(place), event.at_ms);
}

}  // namespace millpond::chain
