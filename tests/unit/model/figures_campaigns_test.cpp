// SPDX-License-Identifier: Apache-2.0
#include "sync/model/figures_campaigns.h"

#include "tests/unit/model/figures_world.h"

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <map>
#include <set>

using namespace millpond;
using model::ContactStep;
using model::CouponStep;
using model::Period;
using model::Ratio;
using testing::at;
using testing::first_day;

namespace {

constexpr base::LocalDate all_known{first_day + 10'000};
constexpr Period january{{first_day}, {first_day + 31}};

model::CouponEvent coupon(std::uint64_t id, CouponStep step, std::int32_t day, std::uint32_t campaign = 7) {
  return {{id}, {campaign}, {1}, step, {first_day + day}};
}
model::ContactEvent contact(std::uint64_t member, std::uint64_t occasion, ContactStep step, std::int32_t day) {
  return {{member}, {{7}, occasion}, model::MessageChannel::wechat, step, at(day)};
}
model::SaleEvent sale(std::uint64_t number, std::uint64_t member, std::int32_t day, std::int64_t net_minor) {
  return {number, {member}, at(day), model::Place::store, {1}, {}, net_minor};
}

}  // namespace

TEST_CASE("Redemption is counted by the cohort of issue", "[figures]") {
  const std::vector<model::CouponEvent> coupons{
      coupon(1, CouponStep::used, 90),  coupon(1, CouponStep::issued, 0),   coupon(2, CouponStep::issued, 30),
      coupon(3, CouponStep::issued, 1), coupon(3, CouponStep::returned, 3), coupon(3, CouponStep::used, 2),
      coupon(4, CouponStep::issued, 1), coupon(4, CouponStep::used, 2),     coupon(4, CouponStep::returned, 3),
      coupon(4, CouponStep::used, 4),   coupon(5, CouponStep::issued, 31),  coupon(5, CouponStep::used, 31),
      coupon(6, CouponStep::used, 2),   coupon(7, CouponStep::issued, 2, 6)};
  CHECK(model::redemption_rates(coupons, january) ==
        std::vector<model::RedemptionCohort>{{{6}, {0, 1}}, {{7}, {2, 4}}});
}

TEST_CASE("Taking part is counted among those assigned, and the peak is an hour", "[figures]") {
  const std::vector<model::AssignedEvent> assigned{
      {{1}, at(0), false}, {{2}, at(0), false}, {{3}, at(0), true}, {{4}, at(31), false}, {{1}, at(2), true}};
  const std::vector<model::TookPartEvent> deeds{{{1}, {7}, at(1, 719)},
                                                {{1}, {7}, at(2, 720)},
                                                {{3}, {7}, at(2, 725)},
                                                {{4}, {7}, at(3, 0)},
                                                {{2}, {7}, at(31, 0)}};
  auto expected = model::Participation{{1, 2}, 2, {}, 12};
  expected.deeds_by_hour[0] = 1;
  expected.deeds_by_hour[11] = 1;
  expected.deeds_by_hour[12] = 2;
  CHECK(model::participation(assigned, deeds, january) == expected);
  CHECK(model::participation(assigned, {}, january).peak_hour == -1);
}

TEST_CASE("A message counts once for each thing that became of it", "[figures]") {
  const std::vector<model::ContactEvent> contacts{
      contact(1, 0, ContactStep::sent, 0),       contact(1, 0, ContactStep::delivered, 0),
      contact(1, 0, ContactStep::opened, 1),     contact(1, 0, ContactStep::opened, 2),
      contact(1, 0, ContactStep::clicked, 2),    contact(1, 1, ContactStep::sent, 3),
      contact(2, 0, ContactStep::sent, 30),      contact(2, 0, ContactStep::opened, 31),  // its delivery was not told
      contact(3, 0, ContactStep::delivered, 31), contact(3, 0, ContactStep::sent, 31),
      contact(4, 0, ContactStep::delivered, 5)};
  CHECK(model::message_figures(contacts, january) == model::MessageFigures{3, {2, 3}, {2, 2}, {1, 2}, {0, 2}});
}

TEST_CASE("Contacts per member and week, and the most that anybody got", "[figures]") {
  std::vector<model::ContactEvent> contacts;
  for (const auto day : {0, 7, 13, 13, 14})
    contacts.push_back(contact(1, static_cast<std::uint64_t>(day), ContactStep::sent, day));
  contacts.push_back(contact(2, 0, ContactStep::sent, 40));
  CHECK(model::contact_figures(contacts, 10, january) == model::ContactFigures{{35, 310}, 3});
  CHECK(model::contact_figures({}, 0, {{5}, {4}}) == model::ContactFigures{{0, 0}, 0});
}

TEST_CASE("What a campaign brought is measured against the holdout", "[figures]") {
  const std::vector<model::AssignedEvent> assigned{{{1}, at(0), false}, {{2}, at(0), false}, {{3}, at(0), false},
                                                   {{4}, at(0), true},  {{5}, at(0), true},  {{6}, at(31), true}};
  const auto sales = model::net_sales(std::vector{sale(1, 1, 0, 100), sale(2, 2, 30, 200), sale(3, 3, 31, 9'999),
                                                  sale(4, 4, 1, 50), sale(5, 6, 31, 1'000), sale(6, 1, -1, 5'000)},
                                      {});
  const auto found = model::incremental(assigned, sales, january, 30, all_known);
  REQUIRE(found);
  // Means 100 and 25: 3 * 75. Variances 10,000 and 1,250: sqrt(3 * 10,000 + 9 * 1,250 / 2) = 188.7, up to 189.
  CHECK(*found == model::Incremental{3, 2, 300, 50, true, 225, 225 - 371, 225 + 371, true});
  const auto alone =
      model::incremental(std::vector<model::AssignedEvent>{{{1}, at(0), false}}, sales, january, 30, {first_day + 60});
  REQUIRE(alone);
  CHECK(*alone == model::Incremental{1, 0, 100, 0, false, 0, 0, 0, false});
}

TEST_CASE("An experiment of the largest sales still has an interval", "[figures]") {
  std::vector<model::AssignedEvent> assigned;
  std::vector<model::SaleEvent> sales;
  for (std::uint64_t member = 1; member <= 2'000; ++member) {
    assigned.push_back({{member}, at(0), member <= 2});
    if (member % 2 == 0) sales.push_back(sale(member, member, 1, std::numeric_limits<std::int64_t>::max()));
  }
  const auto found = model::incremental(assigned, model::net_sales(sales, {}), january, 30, all_known);
  REQUIRE(found);
  CHECK(found->held_out_net_minor == model::member_net_max);
  CHECK(found->treated_net_minor == 999 * model::member_net_max);
  CHECK(found->gain_minor == 0);
  // Variance of the two held out: 2 * (5e11)^2; of the treated (1e12 / 2)^2 * 1998 / 1997.
  const auto t = 1'998.0L;
  const auto half = 1.96L * std::sqrt(t * 2.5e23L * 1'998 / 1'997 + t * t * 5e23L / 2);
  CHECK(std::abs(static_cast<long double>(found->high_minor) - half) < 1e6L);
  CHECK(found->low_minor == -found->high_minor);
}

TEST_CASE("The interval holds the truth as often as it says", "[figures]") {
  // 95 % of 1,500 rounds are 1,425; five standard deviations of the binomial (8.44) are 43. Everybody buys for 0 to
  // 1,999, those treated for 150 more.
  base::SeededRng rng{20261122};
  int held = 0;
  for (int round = 0; round < 1'500; ++round) {
    std::vector<model::AssignedEvent> assigned;
    model::NetSales sales;
    std::int64_t treated = 0;
    for (std::uint64_t member = 1; member <= 300; ++member) {
      const bool holdout = rng.chance(1, 4);
      treated += holdout ? 0 : 1;
      assigned.push_back({{member}, at(0), holdout});
      const auto net_minor = static_cast<std::int64_t>(rng.below(2'000)) + (holdout ? 0 : 150);
      sales.sales.push_back({sale(member, member, 0, net_minor), net_minor});
    }
    const auto found = model::incremental(assigned, sales, january, 30, all_known);
    REQUIRE(found);
    const auto truth = treated * 150;
    held += found->low_minor <= truth && truth <= found->high_minor ? 1 : 0;
  }
  CHECK(held >= 1'425 - 43);
  CHECK(held <= 1'425 + 43);
}

TEST_CASE("Campaign figures are what their formulas say, in whatever order events come", "[figures]") {
  std::int64_t counted = 0;
  for (std::uint64_t seed = 1; seed <= 700; ++seed) {
    CAPTURE(seed);
    testing::WorldMaker maker{seed};
    auto world = maker.make();
    const auto period = maker.period();
    const auto sales = world.net();
    // Messages one by one.
    model::MessageFigures messages;
    std::int64_t sends = 0;
    std::int64_t most = 0;
    for (std::uint64_t member = 1; member <= testing::members; ++member) {
      std::vector<int> days;
      for (std::uint32_t campaign = 1; campaign <= 3; ++campaign) {
        for (std::uint64_t occasion = 0; occasion < 3; ++occasion) {
          std::set<ContactStep> steps;
          std::optional<model::When> sent_at;
          for (const auto& event : world.contacts) {
            if (event.member.value != member || event.cause != model::MessageCause{{campaign}, occasion}) continue;
            steps.insert(event.step);
            if (event.step == ContactStep::sent) sent_at = std::min(sent_at.value_or(event.at), event.at);
          }
          if (!sent_at || !period.contains(sent_at->date)) continue;
          ++messages.sent;
          messages.delivered.numerator += steps.size() > 1 ? 1 : 0;
          messages.opened.numerator += steps.contains(ContactStep::opened) ? 1 : 0;
          messages.clicked.numerator += steps.contains(ContactStep::clicked) ? 1 : 0;
          messages.unsubscribed.numerator += steps.contains(ContactStep::unsubscribed) ? 1 : 0;
        }
      }
      for (const auto& event : world.contacts) {
        if (event.member.value != member || event.step != ContactStep::sent || !period.contains(event.at.date))
          continue;
        ++sends;
        days.push_back(event.at.date.days);
      }
      for (const auto day : days) {
        most = std::max<std::int64_t>(
            most, std::ranges::count_if(days, [&](int other) { return other >= day && other < day + 7; }));
      }
    }
    messages.delivered.denominator = messages.sent;
    messages.opened.denominator = messages.clicked.denominator = messages.unsubscribed.denominator =
        messages.delivered.numerator;
    maker.shuffle(world);
    CHECK(model::message_figures(world.contacts, period) == messages);
    const auto length = period.to.days - period.from.days;
    CHECK(model::contact_figures(world.contacts, 12, period) ==
          model::ContactFigures{{sends * 7, std::int64_t{12} * length}, most});

    // The experiment, member by member, over days enough for two arms.
    const Period all_days{{first_day}, {first_day + testing::days}};
    std::int64_t treated = 0;
    std::int64_t held_out = 0;
    std::int64_t treated_net_minor = 0;
    std::int64_t held_out_net_minor = 0;
    for (std::uint64_t member = 1; member <= testing::members; ++member) {
      std::optional<model::AssignedEvent> first;
      for (const auto& event : world.assigned) {
        if (event.member.value != member) continue;
        if (!first || event.at < first->at || (event.at == first->at && event.holdout)) first = event;
      }
      if (!first || !all_days.contains(first->at.date)) continue;
      ++(first->holdout ? held_out : treated);
      for (const auto& each : sales.sales) {
        if (each.sale.member.value != member || each.sale.at < first->at) continue;
        if (each.sale.at.date.days > first->at.date.days + 20) continue;
        (first->holdout ? held_out_net_minor : treated_net_minor) += each.net_minor;
      }
    }
    const auto found = model::incremental(world.assigned, world.net(), all_days, 20, all_known);
    REQUIRE(found);
    CHECK(found->treated == treated);
    CHECK(found->held_out == held_out);
    CHECK(found->treated_net_minor == treated_net_minor);
    CHECK(found->held_out_net_minor == held_out_net_minor);
    if (found->defined) {
      const auto gain = static_cast<double>(treated_net_minor) - static_cast<double>(held_out_net_minor) *
                                                                     static_cast<double>(treated) /
                                                                     static_cast<double>(held_out);
      CHECK(std::abs(static_cast<double>(found->gain_minor) - gain) <= 0.5);
      CHECK(found->low_minor <= found->gain_minor);
      ++counted;
    }
  }
  CHECK(counted > 100);
}
