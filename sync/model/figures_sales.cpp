// SPDX-License-Identifier: Apache-2.0
#include "sync/model/figures_sales.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace millpond::model {
namespace {

bool is_before(const SaleEvent& a, const SaleEvent& b) {
  return std::tie(a.at, a.sale, a.net_minor, a.member, a.place, a.store, a.staff) <
         std::tie(b.at, b.sale, b.net_minor, b.member, b.place, b.store, b.staff);
}

// Each person's first start, then everything that is asked about it.
std::map<base::MemberId, When> first_of(std::span<const Mark> marks) {
  std::map<base::MemberId, When> first;
  for (const auto& mark : marks) {
    if (!mark.member) continue;
    const auto [at, is_new] = first.try_emplace(mark.member, mark.at);
    if (!is_new) at->second = std::min(at->second, mark.at);
  }
  return first;
}

bool is_within(const When& start, const When& deed, std::int32_t days) {
  return deed >= start && std::int64_t{deed.date.days} - start.date.days <= days;
}

// Few or none, so that a year's sales need no tree of their numbers. The flag: it was counted.
std::map<std::uint64_t, bool> numbers_that_repeat(std::span<const SaleEvent> sales) {
  std::vector<std::uint64_t> numbers;
  numbers.reserve(sales.size());
  for (const auto& sale : sales) numbers.push_back(sale.sale);
  std::ranges::sort(numbers);
  std::map<std::uint64_t, bool> again;
  for (auto at = std::ranges::adjacent_find(numbers); at != numbers.end();
       at = std::adjacent_find(std::next(at), numbers.end())) {
    again.try_emplace(*at, false);
  }
  return again;
}

std::vector<Mark> purchases(const NetSales& sales) {
  std::vector<Mark> marks;
  for (const auto& each : sales.sales) marks.push_back({each.sale.member, each.sale.at});
  return marks;
}

}  // namespace

std::int64_t NetSales::sum_minor() const {
  std::int64_t sum = 0;
  for (const auto& each : sales) sum = add_within_bounds(sum, each.net_minor);
  return sum;
}

NetSales net_sales(std::span<const SaleEvent> sales, std::span<const RefundEvent> refunds) {
  std::vector<SaleEvent> ordered{sales.begin(), sales.end()};
  std::ranges::sort(ordered, is_before);
  std::map<std::uint64_t, std::int64_t> refunded;
  for (const auto& refund : refunds) {
    auto& sum = refunded[refund.sale];
    sum = add_within_bounds(sum, std::max<std::int64_t>(refund.net_minor, 0));
  }
  NetSales result;
  auto again = numbers_that_repeat(sales);
  for (const auto& sale : ordered) {
    if (const auto repeated = again.find(sale.sale); repeated != again.end()) {
      if (std::exchange(repeated->second, true)) continue;
    }
    const auto paid = std::max<std::int64_t>(sale.net_minor, 0);
    const auto back = refunded.find(sale.sale);
    const auto taken = back == refunded.end() ? 0 : std::min(paid, back->second);
    if (back != refunded.end()) back->second -= taken;
    if (taken == paid && taken > 0) continue;
    result.sales.push_back({sale, paid - taken});
  }
  for (const auto& [sale, left] : refunded) result.unmatched_minor = add_within_bounds(result.unmatched_minor, left);
  return result;
}

CohortRate rate_within(std::span<const Mark> starts, std::span<const Mark> deeds, const Period& period,
                       std::int32_t days, base::LocalDate complete_to) {
  auto cohort = first_of(starts);
  std::erase_if(cohort, [&](const auto& entry) { return !period.contains(entry.second.date); });
  std::map<base::MemberId, bool> done;
  for (const auto& deed : deeds) {
    const auto start = cohort.find(deed.member);
    if (start != cohort.end() && is_within(start->second, deed.at, days)) done[deed.member] = true;
  }
  return {{static_cast<std::int64_t>(done.size()), static_cast<std::int64_t>(cohort.size())},
          is_ripe(period, days, complete_to)};
}

CohortRate visit_rate(std::span<const ContactEvent> contacts, std::span<const SeenEvent> seen, const NetSales& sales,
                      const Period& period, base::LocalDate complete_to) {
  std::vector<Mark> reached;
  for (const auto& contact : contacts) {
    if (contact.step == ContactStep::delivered) reached.push_back({contact.member, contact.at});
  }
  std::vector<Mark> visits;
  for (const auto& event : seen) {
    if (event.place == Place::store) visits.push_back({event.member, event.at});
  }
  for (const auto& each : sales.sales) {
    if (each.sale.place == Place::store) visits.push_back({each.sale.member, each.sale.at});
  }
  return rate_within(reached, visits, period, visit_days, complete_to);
}

CohortRate diversion(Place first_seen, std::span<const SeenEvent> seen, const NetSales& sales, const Period& period,
                     base::LocalDate complete_to) {
  std::vector<SeenEvent> everywhere{seen.begin(), seen.end()};
  std::vector<Mark> orders;
  for (const auto& each : sales.sales) {
    everywhere.push_back({each.sale.member, each.sale.at, each.sale.place});
    if (each.sale.place != first_seen) orders.push_back({each.sale.member, each.sale.at});
  }
  std::map<base::MemberId, std::pair<When, Place>> first;  // of one minute the store's counts
  for (const auto& event : everywhere) {
    const std::pair at{event.at, event.place};
    const auto [entry, is_new] = first.try_emplace(event.member, at);
    if (!is_new) entry->second = std::min(entry->second, at);
  }
  std::vector<Mark> starts;
  for (const auto& [member, at] : first) {
    if (at.second == first_seen) starts.push_back({member, at.first});
  }
  return rate_within(starts, orders, period, diversion_days, complete_to);
}

std::array<CohortRate, 3> repeat_rates(const NetSales& sales, const Period& period, base::LocalDate complete_to) {
  std::vector<Mark> firsts;
  std::vector<Mark> seconds;
  std::map<base::MemberId, int> count;
  for (const auto& mark : purchases(sales)) {
    const auto number = ++count[mark.member];
    if (number == 1) firsts.push_back(mark);
    if (number == 2) seconds.push_back(mark);
  }
  std::array<CohortRate, 3> rates;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    rates[i] = rate_within(firsts, seconds, period, repeat_days[i], complete_to);
  }
  return rates;
}

CohortRate first_order_conversion(std::span<const EnrolmentEvent> enrolments, const NetSales& sales,
                                  const Period& period, base::LocalDate complete_to) {
  std::vector<Mark> starts;
  for (const auto& enrolment : enrolments) starts.push_back({enrolment.member, enrolment.at});
  return rate_within(starts, purchases(sales), period, conversion_days, complete_to);
}

Baskets baskets(const NetSales& sales, const Period& period) {
  Baskets result;
  for (const auto& each : sales.sales) {
    if (!period.contains(each.sale.at.date)) continue;
    auto& of = each.sale.member ? result.members : result.others;
    of.numerator = add_within_bounds(of.numerator, each.net_minor);
    ++of.denominator;
  }
  result.member_share = {result.members.numerator,
                         add_within_bounds(result.members.numerator, result.others.numerator)};
  return result;
}

}  // namespace millpond::model
