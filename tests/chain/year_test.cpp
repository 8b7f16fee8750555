// SPDX-License-Identifier: Apache-2.0
// A generated year is the year that was asked for.
#include "tests/chain/year.h"

#include "sync/base/file.h"
#include "sync/crypto/hash.h"
#include "tests/support/paths.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>
#include <tuple>

using namespace millpond;

namespace {

template <class T>
T document(const char* name, base::Result<T> (*parse)(base::ByteView)) {
  const auto bytes = base::read_file((tests::source_dir() / "assets/chain" / name).string(), 1U << 20);
  REQUIRE(bytes);
  auto parsed = parse(*bytes);
  REQUIRE(parsed);
  return *std::move(parsed);
}

struct Chain {
  chain::Menu menu = document("menu.json", chain::parse_menu);
  chain::Stores stores = document("stores.json", chain::parse_stores);
  model::Programme programme = document("programme.json", model::parse_programme);
};

chain::YearOptions options_of(std::uint32_t members, std::int32_t days, std::uint64_t seed = 1,
                              const char* from = "2026-03-01") {
  chain::YearOptions options;
  options.members = members;
  options.days = days;
  options.seed = seed;
  options.from = *base::parse_date(from);
  return options;
}

struct Made {
  std::vector<model::PastEvent> events;
  chain::YearSummary summary;
};

Made made(const Chain& of, const chain::YearOptions& options) {
  Made made;
  chain::Year year{of.menu, of.stores, of.programme, options};
  std::vector<model::PastEvent> today;
  while (year.next_day(today)) made.events.insert(made.events.end(), today.begin(), today.end());
  made.summary = year.summary();
  return made;
}

std::string text_of(const Made& made) {
  std::string text;
  for (const auto& event : made.events) text += chain::to_json(event, 480) + "\n";
  return text;
}

bool is_sale(const model::PastEvent& event) {
  return event.kind == model::PastKind::happened && event.trigger == model::Trigger::sale_paid;
}

model::StoreMoment moment_of(const model::PastEvent& event) { return model::store_moment(event.at_ms, 480); }

}  // namespace

TEST_CASE("The same seed gives the same bytes, another one another year", "[chain]") {
  const Chain of;
  const auto once = text_of(made(of, options_of(200, 30)));
  CHECK(once == text_of(made(of, options_of(200, 30))));
  CHECK(once != text_of(made(of, options_of(200, 30, 2))));
  // On every machine and of every compiler. Changes whenever the year does, and then it is only written down anew.
  const auto hash = crypto::blake2b(base::view_of(once));
  CHECK(base::to_hex(base::ByteView{hash}.first(8)) == "d2ce34206864a5d0");
}

TEST_CASE("What is written is read back as it was", "[chain]") {
  const Chain of;
  auto options = options_of(300, 60);
  options.fraud_per_million = 20'000;
  std::set<std::string_view> names;
  for (const auto& event : made(of, options).events) {
    const auto line = chain::to_json(event, 480);
    const auto read = model::parse_past_event(base::view_of(line), of.programme.tiers.size());
    CAPTURE(line, read ? std::string{} : read.error().detail);
    REQUIRE(read);
    REQUIRE(*read == event);
    names.insert(chain::event_name(event));
  }
  CHECK(names == std::set<std::string_view>{"birthday", "check_in", "code_scanned", "enrolment", "lapsed", "no_show",
                                            "referral_qualified", "refund", "sale", "service_late", "tier_entered",
                                            "void"});
}

TEST_CASE("Events come in the order in which they happened, and each has a name of its own", "[chain]") {
  const Chain of;
  const auto year = made(of, options_of(300, 60));
  CHECK(std::ranges::is_sorted(year.events, {}, &model::PastEvent::at_ms));
  std::set<std::string> names;
  for (const auto& event : year.events) CHECK(names.insert(event.transaction).second);
}

TEST_CASE("What came back was sold before, in the same store and to the same member, for no less", "[chain]") {
  const Chain of;
  auto options = options_of(1'500, 60);
  options.fraud_per_million = 5'000;
  const auto year = made(of, options);
  std::map<std::string, const model::PastEvent*> sales;
  std::set<std::string> undone;
  std::size_t refunds = 0;
  std::size_t later_days = 0;
  for (const auto& event : year.events) {
    if (is_sale(event)) sales.emplace(event.transaction, &event);
    if (event.kind != model::PastKind::refund && event.kind != model::PastKind::voided) continue;
    ++refunds;
    CAPTURE(event.transaction, event.of);
    const auto found = sales.find(event.of);
    REQUIRE(found != sales.end());
    const auto& sale = *found->second;
    CHECK(sale.at_ms < event.at_ms);
    CHECK(sale.basket.store == event.basket.store);
    CHECK(sale.shopper.member == event.shopper.member);
    CHECK(event.eligible_minor <= sale.eligible_minor);
    if (event.whole) CHECK(event.eligible_minor == sale.eligible_minor);
    CHECK(undone.insert(event.of).second);
    if (moment_of(event).date != moment_of(sale).date) ++later_days;
  }
  CHECK(refunds > 20);
  CHECK(later_days > 5);
}

TEST_CASE("Fraud has the share that was asked for, and all three patterns", "[chain]") {
  const Chain of;
  for (const std::int64_t share : {0, 500, 5'000, 50'000}) {
    auto options = options_of(1'500, 90);
    options.fraud_per_million = share;
    const auto year = made(of, options);
    std::uint64_t labelled = 0;
    for (const auto& [label, sales] : year.summary.labelled) labelled += sales.count;
    const auto honest = year.summary.sales.count - labelled;
    const auto asked = honest * static_cast<std::uint64_t>(share) / 1'000'000;
    CAPTURE(share, labelled, asked);
    CHECK(labelled <= asked);
    CHECK(labelled + 8 >= asked);  // the next incident may have eight sales
    if (share >= 5'000) CHECK(year.summary.labelled.size() == 3);
  }
}

TEST_CASE("Each pattern of fraud is what its label says", "[chain]") {
  const Chain of;
  auto options = options_of(1'500, 60);
  options.fraud_per_million = 20'000;
  const auto year = made(of, options);
  using Incident = std::pair<std::uint64_t, base::LocalDate>;  // a member's day
  std::map<Incident, std::set<std::uint32_t>> cashiers;
  std::map<Incident, std::set<std::size_t>> cities;
  std::set<std::string> voided;
  std::set<std::string> void_sales;
  for (const auto& event : year.events) {
    const Incident incident{event.shopper.member.value, moment_of(event).date};
    const auto store = std::ranges::find(of.stores.stores, event.basket.store, &chain::Store::id);
    if (event.kind == model::PastKind::voided) voided.insert(event.of);
    if (!is_sale(event)) continue;
    if (event.label == "void_after_issue") void_sales.insert(event.transaction);
    if (event.label == "one_cashier") cashiers[incident].insert(event.cashier.value);
    if (event.label == "shared_code") cities[incident].insert(store->city);
  }
  CHECK(voided == void_sales);
  CHECK_FALSE(cashiers.empty());
  for (const auto& [incident, those] : cashiers) CHECK(those.size() == 1);
  CHECK_FALSE(cities.empty());
  for (const auto& [incident, those] : cities) CHECK(those.size() == of.stores.cities.size());
}

TEST_CASE("What the hub heard late happened when it happened", "[chain]") {
  const Chain of;
  const auto year = made(of, options_of(1'000, 120));
  std::size_t late = 0;
  std::map<std::pair<base::StoreId, base::LocalDate>, std::uint32_t> counted;
  for (const auto& event : year.events) {
    if (event.heard_ms) ++late;
    if (event.heard_ms) CHECK(*event.heard_ms > event.at_ms);
    if (event.heard_ms) CHECK(*event.heard_ms - event.at_ms <= 41 * std::int64_t{3'600'000});
    if (!is_sale(event)) continue;
    // A till counts its sales as they happen, whether the line holds or not.
    const auto number = ++counted[{event.basket.store, moment_of(event).date}];
    CHECK(event.transaction.substr(event.transaction.size() - 4) ==
          std::string(4 - std::to_string(number).size(), '0') + std::to_string(number));
  }
  CHECK(late == year.summary.late);
  CHECK(late * 1'000 > year.events.size() * 2);
  CHECK(late * 1'000 < year.events.size() * 50);
}

TEST_CASE("Weekdays, holidays and opening hours are as one expects", "[chain]") {
  const Chain of;
  const auto year = made(of, options_of(3'000, 364, 1, "2026-01-01"));
  std::map<chain::StoreKind, std::array<std::uint64_t, 7>> by_kind;
  std::map<base::LocalDate, std::uint64_t> by_day;
  for (const auto& event : year.events) {
    if (!is_sale(event)) continue;
    const auto moment = moment_of(event);
    const auto& store = *std::ranges::find(of.stores.stores, event.basket.store, &chain::Store::id);
    const auto weekday = static_cast<std::size_t>(model::weekday_of(moment.date));
    ++by_kind[store.kind].at(weekday);
    ++by_day[moment.date];
    CHECK(moment.date >= store.opened);
    const auto& hours = weekday >= 5 ? store.weekends : store.weekdays;
    // One incident of fraud goes on for two hours, wherever it began.
    if (event.label.empty()) CHECK((hours.from_min <= moment.minute && moment.minute <= hours.to_min));
  }
  const auto weekend = [&](chain::StoreKind kind) { return by_kind.at(kind)[5] + by_kind.at(kind)[6]; };
  const auto midweek = [&](chain::StoreKind kind) { return by_kind.at(kind)[1] + by_kind.at(kind)[2]; };
  CHECK(weekend(chain::StoreKind::mall) * 10 > midweek(chain::StoreKind::mall) * 13);
  CHECK(weekend(chain::StoreKind::office) * 10 < midweek(chain::StoreKind::office) * 7);
  const auto week_from = [&](const char* day) {
    std::uint64_t sum = 0;
    for (std::int32_t i = 0; i < 7; ++i) sum += by_day[{base::parse_date(day)->days + i}];
    return sum;
  };
  CHECK(week_from("2026-10-01") * 10 > week_from("2026-10-08") * 12);
  CHECK(week_from("2026-07-13") > week_from("2026-01-19"));
  std::uint64_t counted = 0;
  for (const auto& each : year.summary.by_weekday) counted += each.count;
  CHECK(counted == year.summary.sales.count);
  CHECK(year.summary.events == year.events.size());
}

TEST_CASE("Who is a stranger is a share of sales, and twice the members are twice the sales", "[chain]") {
  const Chain of;
  const auto once = made(of, options_of(2'000, 60)).summary;
  const auto twice = made(of, options_of(4'000, 60)).summary;
  CHECK(twice.sales.count * 100 > once.sales.count * 190);
  CHECK(twice.sales.count * 100 < once.sales.count * 210);
  const auto strangers = once.sales.count - once.of_members.count;
  CHECK(strangers * 1'000 > once.sales.count * 370);
  CHECK(strangers * 1'000 < once.sales.count * 390);
}

TEST_CASE("Members are known by what they did before", "[chain]") {
  const Chain of;
  const auto year = made(of, options_of(500, 90));
  struct Known {
    std::int64_t visits{};
    base::LocalDate last;
  };
  std::map<std::uint64_t, Known> known;
  std::set<std::uint64_t> enrolled;
  std::size_t tiers = 0;
  for (const auto& event : year.events) {
    if (event.trigger == model::Trigger::enrolment && event.kind == model::PastKind::happened) {
      CHECK(enrolled.insert(event.shopper.member.value).second);
      CHECK_FALSE(known.contains(event.shopper.member.value));
    }
    if (event.trigger == model::Trigger::tier_entered) {
      ++tiers;
      CHECK(event.shopper.tier == static_cast<std::size_t>(event.number));
      const auto& tier = of.programme.tiers.at(static_cast<std::size_t>(event.number));
      CHECK(event.shopper.spend_minor >= tier.threshold_minor);
    }
    if (!is_sale(event) || !event.shopper.member) continue;
    const auto found = known.find(event.shopper.member.value);
    if (found != known.end()) {
      CHECK(event.shopper.visits == found->second.visits + 1);
      CHECK(event.shopper.last_visit == found->second.last);
    } else if (enrolled.contains(event.shopper.member.value)) {
      CHECK(event.shopper.visits == 0);
      CHECK_FALSE(event.shopper.last_visit);
    }
    known[event.shopper.member.value] = {*event.shopper.visits, moment_of(event).date};
  }
  CHECK(enrolled.size() > 200);
  CHECK(tiers > 10);
}
