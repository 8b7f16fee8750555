// SPDX-License-Identifier: Apache-2.0
#include "sync/model/figures_campaigns.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>

namespace millpond::model {
namespace {

__extension__ using Wide = __int128;

constexpr std::int32_t hour_min = 60;
constexpr std::int32_t week_days = 7;

std::int64_t size_of(const auto& container) { return static_cast<std::int64_t>(container.size()); }

// Each member's first assignment; of one moment the holdout's, which is the careful reading.
std::map<base::MemberId, AssignedEvent> first_assignments(std::span<const AssignedEvent> assigned) {
  std::map<base::MemberId, AssignedEvent> first;
  for (const auto& event : assigned) {
    if (!event.member) continue;
    const auto [entry, is_new] = first.try_emplace(event.member, event);
    if (!is_new && std::tuple{event.at, !event.holdout} < std::tuple{entry->second.at, !entry->second.holdout}) {
      entry->second = event;
    }
  }
  return first;
}

// The least root whose square is not below `square`.
Wide root_up(Wide square) {
  Wide low = 0;
  Wide high = Wide{1} << 63;  // its square is above every variance here
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    if (middle * middle >= square) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

struct Arm {
  std::vector<std::int64_t> net_minor;
  Wide sum{};
  // Of the sample, rounded up. Distances from the mean's floor keep the squares small.
  [[nodiscard]] Wide variance() const {
    const auto mean = sum / size_of(net_minor);
    Wide squares = 0;
    for (const auto net : net_minor) squares += (net - mean) * (net - mean);
    const auto others = Wide{size_of(net_minor)} - 1;
    return (squares + others - 1) / others;
  }
};

std::int64_t narrow(Wide value) {
  return static_cast<std::int64_t>(
      std::clamp<Wide>(value, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()));
}

Wide floor_div(Wide a, Wide b) { return a / b - (a % b < 0 ? 1 : 0); }

void put_interval(const Arm& treated, const Arm& held_out, Incremental& result) {
  const Wide t = result.treated;
  const Wide h = result.held_out;
  result.defined = t >= 2 && h >= 2;
  if (!result.defined) return;
  const auto gain = floor_div(2 * (treated.sum * h - held_out.sum * t) + h, 2 * h);
  const auto variance = t * treated.variance() + (t * t * held_out.variance() + h - 1) / h;
  const auto half = (root_up(variance) * 196 + 99) / 100;
  result.gain_minor = narrow(gain);
  result.low_minor = narrow(gain - half);
  result.high_minor = narrow(gain + half);
}

}  // namespace

std::vector<RedemptionCohort> redemption_rates(std::span<const CouponEvent> coupons, const Period& period) {
  struct Coupon {
    base::CampaignId campaign;
    bool issued{};
    std::int64_t uses{};
  };
  std::map<base::CouponId, Coupon> known;
  for (const auto& event : coupons) {
    auto& coupon = known[event.coupon];
    if (event.step == CouponStep::issued && period.contains(event.date)) {
      coupon.issued = true;
      coupon.campaign = event.campaign;
    }
    if (event.step == CouponStep::used) ++coupon.uses;
    if (event.step == CouponStep::returned) --coupon.uses;
  }
  std::map<base::CampaignId, RedemptionCohort> cohorts;
  for (const auto& [id, coupon] : known) {
    if (!coupon.issued) continue;
    auto& cohort = cohorts[coupon.campaign];
    cohort.campaign = coupon.campaign;
    ++cohort.redeemed.denominator;
    cohort.redeemed.numerator += coupon.uses > 0 ? 1 : 0;
  }
  std::vector<RedemptionCohort> list;
  for (const auto& [campaign, cohort] : cohorts) list.push_back(cohort);
  return list;
}

Participation participation(std::span<const AssignedEvent> assigned, std::span<const TookPartEvent> took_part,
                            const Period& period) {
  auto cohort = first_assignments(assigned);
  std::erase_if(cohort,
                [&](const auto& entry) { return entry.second.holdout || !period.contains(entry.second.at.date); });
  std::set<base::MemberId> members;
  std::set<base::MemberId> others;
  Participation result;
  for (const auto& event : took_part) {
    if (!period.contains(event.at.date)) continue;
    (cohort.contains(event.member) ? members : others).insert(event.member);
    const auto hour = std::clamp(event.at.minute / hour_min, 0, 23);
    ++result.deeds_by_hour[static_cast<std::size_t>(hour)];
  }
  result.members = {size_of(members), size_of(cohort)};
  result.unassigned = size_of(others);
  const auto peak = std::ranges::max_element(result.deeds_by_hour);
  if (*peak > 0) result.peak_hour = static_cast<std::int32_t>(peak - result.deeds_by_hour.begin());
  return result;
}

MessageFigures message_figures(std::span<const ContactEvent> contacts, const Period& period) {
  std::map<std::pair<base::MemberId, MessageCause>, std::set<ContactStep>> messages;
  std::map<std::pair<base::MemberId, MessageCause>, When> sent_at;
  for (const auto& event : contacts) {
    const std::pair key{event.member, event.cause};
    messages[key].insert(event.step);
    if (event.step != ContactStep::sent) continue;
    const auto [entry, is_new] = sent_at.try_emplace(key, event.at);
    if (!is_new) entry->second = std::min(entry->second, event.at);
  }
  MessageFigures figures;
  for (const auto& [key, at] : sent_at) {
    if (!period.contains(at.date)) continue;
    const auto& steps = messages[key];
    const auto reached = [&](ContactStep step) { return steps.contains(step) ? 1 : 0; };
    ++figures.sent;
    // What was opened had arrived, even when the provider forgot to say so.
    const bool arrived = steps.size() > 1;
    figures.delivered.numerator += arrived ? 1 : 0;
    figures.opened.numerator += reached(ContactStep::opened);
    figures.clicked.numerator += reached(ContactStep::clicked);
    figures.unsubscribed.numerator += reached(ContactStep::unsubscribed);
  }
  figures.delivered.denominator = figures.sent;
  for (auto* ratio : {&figures.opened, &figures.clicked, &figures.unsubscribed}) {
    ratio->denominator = figures.delivered.numerator;
  }
  return figures;
}

ContactFigures contact_figures(std::span<const ContactEvent> contacts, std::int64_t contactable, const Period& period) {
  std::map<base::MemberId, std::vector<std::int32_t>> days;
  std::int64_t sent = 0;
  for (const auto& event : contacts) {
    if (event.step != ContactStep::sent || !period.contains(event.at.date)) continue;
    ++sent;
    days[event.member].push_back(event.at.date.days);
  }
  ContactFigures figures;
  const auto length = std::max<std::int64_t>(std::int64_t{period.to.days} - period.from.days, 0);
  const auto members = std::clamp<std::int64_t>(contactable, 0, std::numeric_limits<std::int32_t>::max());
  figures.per_member_week = {sent * week_days, members * length};
  for (auto& [member, sends] : days) {
    std::ranges::sort(sends);
    std::size_t first = 0;
    for (std::size_t last = 0; last < sends.size(); ++last) {
      while (sends[last] - sends[first] >= week_days) ++first;
      figures.most_in_seven_days = std::max(figures.most_in_seven_days, static_cast<std::int64_t>(last - first + 1));
    }
  }
  return figures;
}

base::Result<Incremental> incremental(std::span<const AssignedEvent> assigned, const NetSales& sales,
                                      const Period& period, std::int32_t days, base::LocalDate complete_to) {
  auto cohort = first_assignments(assigned);
  std::erase_if(cohort, [&](const auto& entry) { return !period.contains(entry.second.at.date); });
  if (size_of(cohort) > experiment_members_max) {
    return base::Error{base::Code::too_large, "incremental net sales", "more members than an experiment may have"};
  }
  std::map<base::MemberId, std::int64_t> bought;
  for (const auto& each : sales.sales) {
    const auto who = cohort.find(each.sale.member);
    if (who == cohort.end() || each.sale.at < who->second.at) continue;
    if (std::int64_t{each.sale.at.date.days} - who->second.at.date.days > days) continue;
    auto& sum = bought[each.sale.member];
    sum = std::min(add_within_bounds(sum, each.net_minor), member_net_max);
  }
  Arm treated;
  Arm held_out;
  for (const auto& [member, event] : cohort) {
    const auto found = bought.find(member);
    const auto net_minor = found == bought.end() ? 0 : found->second;
    auto& arm = event.holdout ? held_out : treated;
    arm.net_minor.push_back(net_minor);
    arm.sum += net_minor;
  }
  Incremental result;
  result.treated = size_of(treated.net_minor);
  result.held_out = size_of(held_out.net_minor);
  result.treated_net_minor = narrow(treated.sum);
  result.held_out_net_minor = narrow(held_out.sum);
  result.ripe = is_ripe(period, days, complete_to);
  put_interval(treated, held_out, result);
  return result;
}

}  // namespace millpond::model
