// SPDX-License-Identifier: Apache-2.0
#include "sync/model/figures_sales.h"

#include "tests/unit/model/figures_world.h"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>

using namespace millpond;
using model::CohortRate;
using model::NetSales;
using model::Period;
using model::Place;
using model::Ratio;
using testing::at;
using testing::days;
using testing::first_day;
using testing::members;
using testing::World;

namespace {

constexpr base::LocalDate all_known{first_day + 10'000};
constexpr Period january{{first_day}, {first_day + 31}};
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

model::SaleEvent sale(std::uint64_t number, std::uint64_t member, std::int32_t day, std::int64_t net_minor,
                      Place place = Place::store) {
  return {number, {member}, at(day), place, {1}, {}, net_minor};
}

}  // namespace

TEST_CASE("Formulas have names of their own, and ratios are shown as they are", "[figures]") {
  std::set<std::string_view> ids;
  for (const auto& formula : model::all_formulas()) {
    CAPTURE(formula.id);
    CHECK(ids.insert(formula.id).second);
    CHECK_FALSE(formula.formula.empty());
  }
  CHECK(ids.size() == 37);
  struct Row {
    Ratio ratio;
    std::optional<std::int64_t> basis_points;
  };
  for (const auto& row : std::vector<Row>{{{1, 3}, 3'333},
                                          {{0, 5}, 0},
                                          {{5, 0}, std::nullopt},
                                          {{-1, 5}, std::nullopt},
                                          {{most, most}, 10'000},
                                          {{most, 1}, std::nullopt}}) {
    CAPTURE(row.ratio.numerator, row.ratio.denominator);
    CHECK(model::in_basis_points(row.ratio) == row.basis_points);
  }
}

TEST_CASE("Figures say through when they are complete and who is behind", "[figures]") {
  struct Row {
    std::vector<model::TerminalReach> terminals;
    model::Completeness complete;
  };
  for (const auto& row : std::vector<Row>{
           {{}, {1'000, 0, std::nullopt}},
           {{{{1}, 1'200}}, {1'000, 0, std::nullopt}},  // a fast clock knows no future
           {{{{1}, 950}, {{2}, 980}}, {950, 0, std::nullopt}},
           {{{{1}, 900}, {{2}, 980}}, {900, 0, std::nullopt}},
           {{{{1}, 899}, {{2}, 980}, {{3}, 20}}, {980, 2, 20}},
           {{{{1}, std::numeric_limits<std::int64_t>::min()}}, {1'000, 1, std::numeric_limits<std::int64_t>::min()}}}) {
    CHECK(model::completeness(row.terminals, 1'000, 100) == row.complete);
  }
}

TEST_CASE("Net sales are what refunds left, at the date of the sale", "[figures]") {
  const std::vector<model::SaleEvent> sales{sale(1, 7, 0, 1'000), sale(2, 7, 1, 500),  sale(2, 7, 1, 900),
                                            sale(3, 8, 2, 300),   sale(4, 9, 3, most), sale(5, 9, 4, 0)};
  const std::vector<model::RefundEvent> refunds{{1, {first_day + 90}, 400}, {3, {first_day + 3}, 200},
                                                {3, {first_day + 4}, 250},  {99, {first_day}, 70},
                                                {4, {first_day}, most},     {4, {first_day}, most}};
  const auto net = model::net_sales(sales, refunds);
  REQUIRE(net.sales.size() == 3);
  CHECK(net.sales[0].sale.sale == 1);
  CHECK(net.sales[0].net_minor == 600);
  CHECK(net.sales[1].net_minor == 500);  // the second word on sale 2 is not a second sale
  CHECK(net.sales[2].sale.sale == 5);    // free, and not given back
  CHECK(net.sum_minor() == 1'100);
  CHECK(net.unmatched_minor == 150 + 70);
}

TEST_CASE("A rate's denominator is its cohort and its days are counted to the last one", "[figures]") {
  const std::vector<model::ContactEvent> contacts{{{1}, {{5}, 0}, {}, model::ContactStep::delivered, at(0)},
                                                  {{2}, {{5}, 0}, {}, model::ContactStep::delivered, at(0)},
                                                  {{3}, {{5}, 0}, {}, model::ContactStep::sent, at(0)},
                                                  {{4}, {{5}, 0}, {}, model::ContactStep::delivered, at(40)},
                                                  {{5}, {{5}, 0}, {}, model::ContactStep::delivered, at(30)},
                                                  {{6}, {{5}, 0}, {}, model::ContactStep::delivered, at(5)}};
  const std::vector<model::SeenEvent> seen{{{1}, at(7), Place::store},
                                           {{2}, at(8), Place::store},
                                           {{3}, at(1), Place::store},
                                           {{5}, at(30, 599), Place::store},
                                           {{6}, at(6), Place::online}};
  NetSales none;
  CHECK(model::visit_rate(contacts, seen, none, january, {first_day + 38}) == CohortRate{{1, 4}, true});
  CHECK(model::visit_rate(contacts, seen, none, january, {first_day + 37}) == CohortRate{{1, 4}, false});
  const auto bought = model::net_sales(std::vector{sale(1, 5, 31, 100), sale(2, 6, 6, 100, Place::online)}, {});
  CHECK(model::visit_rate(contacts, seen, bought, january, all_known) == CohortRate{{2, 4}, true});
}

TEST_CASE("Diversion counts those who went on to the other place", "[figures]") {
  const auto sales = model::net_sales(
      std::vector{sale(1, 1, 0, 10, Place::online), sale(2, 1, 30, 10), sale(3, 2, 0, 10, Place::online),
                  sale(4, 2, 31, 10), sale(5, 3, 3, 10), sale(6, 3, 4, 10, Place::online)},
      {});
  const std::vector<model::SeenEvent> seen{{{4}, at(2), Place::online}, {{3}, at(2), Place::online}};
  CHECK(model::diversion(Place::online, seen, sales, january, all_known) == CohortRate{{2, 4}, true});
  CHECK(model::diversion(Place::store, seen, sales, january, all_known) == CohortRate{{0, 0}, true});
}

TEST_CASE("Members' baskets are compared with everybody else's", "[figures]") {
  const auto sales = model::net_sales(
      std::vector{sale(1, 1, 0, 700), sale(2, 0, 0, 100), sale(3, 0, 1, 200), sale(4, 2, 31, 900)}, {});
  CHECK(model::baskets(sales, january) == model::Baskets{{700, 1}, {300, 2}, {700, 1'000}});
}

namespace {

// Sentence by sentence, quadratic, and with nothing shared with what it checks.
struct Naive {
  const World& world;
  std::vector<model::SaleEvent> kept;  // with what refunds left

  explicit Naive(const World& of) : world{of} {
    for (std::uint64_t number = 0; number < 50; ++number) {
      std::optional<model::SaleEvent> first;
      for (const auto& each : world.sales) {
        if (each.sale != number) continue;
        const auto key = [](const model::SaleEvent& event) {
          return std::tuple{event.at.date.days, event.at.minute, event.net_minor, event.member.value,
                            static_cast<int>(event.place)};
        };
        if (!first || key(each) < key(*first)) first = each;
      }
      if (!first) continue;
      std::int64_t left = first->net_minor;
      for (const auto& refund : world.refunds) left -= refund.sale == number ? refund.net_minor : 0;
      if (left <= 0 && first->net_minor > 0) continue;
      first->net_minor = std::max<std::int64_t>(left, 0);
      kept.push_back(*first);
    }
  }

  // Minutes since the first day.
  static std::int64_t minutes(const model::When& when) { return std::int64_t{when.date.days} * 10'000 + when.minute; }

  template <class Start, class Done>
  static CohortRate rate(const Period& period, Start start_of, Done is_done) {
    CohortRate result{{0, 0}, true};
    for (std::uint64_t member = 1; member <= members; ++member) {
      const std::optional<model::When> start = start_of(member);
      if (!start || start->date < period.from || start->date >= period.to) continue;
      ++result.ratio.denominator;
      if (is_done(member, *start)) ++result.ratio.numerator;
    }
    return result;
  }
  static bool within(const model::When& start, const model::When& deed, int limit) {
    return minutes(deed) >= minutes(start) && deed.date.days - start.date.days <= limit;
  }

  [[nodiscard]] CohortRate visits(const Period& period) const {
    return rate(
        period,
        [&](std::uint64_t member) {
          std::optional<model::When> first;
          for (const auto& event : world.contacts) {
            if (event.member.value != member || event.step != model::ContactStep::delivered) continue;
            if (!first || minutes(event.at) < minutes(*first)) first = event.at;
          }
          return first;
        },
        [&](std::uint64_t member, const model::When& start) {
          for (const auto& event : world.seen) {
            if (event.member.value == member && event.place == Place::store && within(start, event.at, 7)) return true;
          }
          for (const auto& event : kept) {
            if (event.member.value == member && event.place == Place::store && within(start, event.at, 7)) return true;
          }
          return false;
        });
  }

  [[nodiscard]] CohortRate diverted(Place from, const Period& period) const {
    return rate(
        period,
        [&](std::uint64_t member) -> std::optional<model::When> {
          std::optional<model::When> here;
          std::optional<model::When> there;
          const auto note = [&](const model::When& when, Place place) {
            auto& first = place == from ? here : there;
            if (!first || minutes(when) < minutes(*first)) first = when;
          };
          for (const auto& event : world.seen) {
            if (event.member.value == member) note(event.at, event.place);
          }
          for (const auto& event : kept) {
            if (event.member.value == member) note(event.at, event.place);
          }
          if (!here) return std::nullopt;
          if (!there) return here;
          const bool first_here =
              from == Place::store ? minutes(*here) <= minutes(*there) : minutes(*here) < minutes(*there);
          return first_here ? here : std::nullopt;
        },
        [&](std::uint64_t member, const model::When& start) {
          return std::ranges::any_of(kept, [&](const model::SaleEvent& event) {
            return event.member.value == member && event.place != from && within(start, event.at, 30);
          });
        });
  }

  [[nodiscard]] CohortRate repeated(int limit, const Period& period) const {
    const auto bought = [&](std::uint64_t member) {
      std::vector<model::When> list;
      for (const auto& event : kept) {
        if (event.member.value == member) list.push_back(event.at);
      }
      std::ranges::sort(list);
      return list;
    };
    return rate(
        period,
        [&](std::uint64_t member) {
          const auto list = bought(member);
          return list.empty() ? std::nullopt : std::optional{list[0]};
        },
        [&](std::uint64_t member, const model::When& start) {
          const auto list = bought(member);
          return list.size() > 1 && list[1].date.days - start.date.days <= limit;
        });
  }

  [[nodiscard]] CohortRate converted(const Period& period) const {
    return rate(
        period,
        [&](std::uint64_t member) {
          std::optional<model::When> first;
          for (const auto& event : world.enrolments) {
            if (event.member.value == member && (!first || event.at < *first)) first = event.at;
          }
          return first;
        },
        [&](std::uint64_t member, const model::When& start) {
          return std::ranges::any_of(kept, [&](const model::SaleEvent& event) {
            return event.member.value == member && within(start, event.at, 30);
          });
        });
  }
};

}  // namespace

TEST_CASE("Rates are what their formulas say, in whatever order events come", "[figures]") {
  std::int64_t counted = 0;
  for (std::uint64_t seed = 1; seed <= 700; ++seed) {
    CAPTURE(seed);
    testing::WorldMaker maker{seed};
    auto world = maker.make();
    const auto period = maker.period();
    const Naive naive{world};
    maker.shuffle(world);
    const auto sales = world.net();
    std::int64_t sum = 0;
    for (const auto& each : naive.kept) sum += each.net_minor;
    CHECK(sales.sum_minor() == sum);
    CHECK(sales.sales.size() == naive.kept.size());
    const auto visits = model::visit_rate(world.contacts, world.seen, sales, period, all_known);
    CHECK(visits == naive.visits(period));
    for (const auto place : {Place::store, Place::online}) {
      CHECK(model::diversion(place, world.seen, sales, period, all_known) == naive.diverted(place, period));
    }
    const auto repeats = model::repeat_rates(sales, period, all_known);
    for (std::size_t i = 0; i < repeats.size(); ++i) {
      CHECK(repeats[i] == naive.repeated(model::repeat_days[i], period));
      counted += repeats[i].ratio.numerator;
    }
    CHECK(model::first_order_conversion(world.enrolments, sales, period, all_known) == naive.converted(period));
    counted += visits.ratio.numerator;
  }
  CHECK(counted > 1'000);
}
