// SPDX-License-Identifier: Apache-2.0
#include "sync/model/figures_members.h"

#include "sync/base/money.h"
#include "sync/model/document.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>

namespace millpond::model {
namespace {

constexpr std::size_t document_bytes_max = 16U << 10;
constexpr std::int32_t window_days_max = 3'660;  // ten years
constexpr std::int8_t high_from = 4;

std::map<base::MemberId, EnrolmentEvent> first_enrolments(std::span<const EnrolmentEvent> enrolments) {
  const auto order = [](const EnrolmentEvent& event) { return std::tuple{event.at, event.channel, event.campaign}; };
  std::map<base::MemberId, EnrolmentEvent> first;
  for (const auto& event : enrolments) {
    if (!event.member) continue;
    const auto [entry, is_new] = first.try_emplace(event.member, event);
    if (!is_new && order(event) < order(entry->second)) entry->second = event;
  }
  return first;
}

std::set<base::MemberId> buyers(const NetSales& sales, const Period& period) {
  std::set<base::MemberId> members;
  for (const auto& each : sales.sales) {
    if (each.sale.member && period.contains(each.sale.at.date)) members.insert(each.sale.member);
  }
  return members;
}

std::int64_t size_of(const auto& container) { return static_cast<std::int64_t>(container.size()); }

template <class Bound>
std::array<Bound, 4> four_bounds(ObjectReader& root, const char* key, std::int64_t least, std::int64_t most) {
  std::array<Bound, 4> bounds{};
  const auto read = root.integers(key, least, most);
  if (read.size() != bounds.size()) {
    root.report(key, "must be a list of 4");
    return bounds;
  }
  std::ranges::transform(read, bounds.begin(), [](std::int64_t bound) { return static_cast<Bound>(bound); });
  return bounds;
}

// What of the window a member bought.
struct Window {
  base::LocalDate last{std::numeric_limits<std::int32_t>::min()};
  std::int64_t purchases{};
  std::int64_t net_minor{};
};

RfmStanding standing_of(const RfmBands& bands, base::MemberId member, const Window& of, base::LocalDate today) {
  if (of.purchases == 0) return {member, 0, 0, 0, RfmClass::none};
  const auto reached = [](const auto& bounds, auto is_reached) {
    return static_cast<std::int8_t>(1 + std::ranges::count_if(bounds, is_reached));
  };
  const auto recency_days = today.days - of.last.days;
  RfmStanding standing{member};
  standing.recency = reached(bands.recency_days_max, [&](auto bound) { return recency_days <= bound; });
  standing.frequency = reached(bands.frequency_min, [&](auto bound) { return of.purchases >= bound; });
  standing.monetary = reached(bands.monetary_minor_min, [&](auto bound) { return of.net_minor >= bound; });
  standing.rfm_class =
      static_cast<RfmClass>(1 + (standing.recency >= high_from ? 4 : 0) + (standing.frequency >= high_from ? 2 : 0) +
                            (standing.monetary >= high_from ? 1 : 0));
  return standing;
}

// Edges that make a forest: each member bound once, and never above themselves.
class Forest {
 public:
  void add(const ReferralEvent& edge) {
    if (!edge.invited || !edge.referrer || parents_.contains(edge.invited)) return;
    if (root_of(edge.invited) == root_of(edge.referrer)) return;
    parents_[edge.invited] = edge.referrer;
    unions_[root_of(edge.invited)] = root_of(edge.referrer);
    edges_.push_back(edge);
  }
  [[nodiscard]] const std::vector<ReferralEvent>& edges() const { return edges_; }
  [[nodiscard]] const std::map<base::MemberId, base::MemberId>& parents() const { return parents_; }

  // How many hang below each, counted from the leaves upwards.
  [[nodiscard]] std::map<base::MemberId, std::int64_t> below() const {
    std::map<base::MemberId, std::int64_t> waiting;
    for (const auto& [child, parent] : parents_) ++waiting[parent];
    std::vector<base::MemberId> done;
    for (const auto& [child, parent] : parents_) {
      if (!waiting.contains(child)) done.push_back(child);
    }
    std::map<base::MemberId, std::int64_t> below;
    for (std::size_t at = 0; at < done.size(); ++at) {
      const auto parent = parents_.find(done[at]);
      if (parent == parents_.end()) continue;
      const auto own = below.find(done[at]);
      below[parent->second] += 1 + (own == below.end() ? 0 : own->second);
      if (--waiting[parent->second] == 0) done.push_back(parent->second);
    }
    return below;
  }

 private:
  base::MemberId root_of(base::MemberId member) {
    auto root = member;
    for (auto next = unions_.find(root); next != unions_.end(); next = unions_.find(root)) root = next->second;
    while (member != root) {  // shortens the way for whoever asks next
      auto& next = unions_[member];
      member = std::exchange(next, root);
    }
    return root;
  }

  std::map<base::MemberId, base::MemberId> parents_;
  std::map<base::MemberId, base::MemberId> unions_;
  std::vector<ReferralEvent> edges_;
};

// The least number of days whose sales pay for a cost.
std::optional<std::int32_t> payback(std::vector<std::pair<std::int32_t, std::int64_t>> earned, std::int64_t margin,
                                    std::int64_t cost_minor) {
  if (cost_minor <= 0) return 0;
  std::ranges::sort(earned);
  std::int64_t sum = 0;
  for (const auto& [days, net_minor] : earned) {
    sum = add_within_bounds(sum, net_minor);
    if (*base::mul_div_floor(sum, margin, 10'000) >= cost_minor) return days;
  }
  return std::nullopt;
}

}  // namespace

std::vector<ChannelEnrolments> enrolments_by_channel(std::span<const EnrolmentEvent> enrolments, const Period& period) {
  std::map<OriginChannel, ChannelEnrolments> rows;
  for (const auto& [member, event] : first_enrolments(enrolments)) {
    if (!period.contains(event.at.date)) continue;
    auto& row = rows[event.channel];
    row.channel = event.channel;
    ++row.members;
    ++(event.campaign ? row.natural_to_paid.denominator : row.natural_to_paid.numerator);
  }
  std::vector<ChannelEnrolments> list;
  for (const auto& [channel, row] : rows) list.push_back(row);
  return list;
}

Rarra rarra(std::span<const EnrolmentEvent> enrolments, const NetSales& sales, std::span<const ReferralEvent> referrals,
            const Period& period, base::LocalDate complete_to) {
  const auto length = std::max(period.to.days - period.from.days, 0);
  const auto now = buyers(sales, period);
  const auto before = buyers(sales, {{period.from.days - length}, period.from});
  Rarra result;
  result.retention = {std::ranges::count_if(before, [&](auto member) { return now.contains(member); }),
                      size_of(before)};
  result.activation = first_order_conversion(enrolments, sales, period, complete_to);
  std::set<base::MemberId> inviters;
  for (const auto& referral : referrals) {
    if (!referral.qualified || !period.contains(referral.bound_at.date)) continue;
    if (now.contains(referral.referrer)) inviters.insert(referral.referrer);
  }
  result.referral = {size_of(inviters), size_of(now)};
  result.revenue = {baskets(sales, period).members.numerator, size_of(now)};
  result.acquisition = result.activation.ratio.denominator;
  return result;
}

base::Result<RfmBands> parse_rfm_bands(base::ByteView json) {
  Document document{json, document_bytes_max, "read RFM bands"};
  auto root = document.root();
  RfmBands bands;
  bands.version = static_cast<std::uint32_t>(root.integer("version", 1, std::numeric_limits<std::uint32_t>::max()));
  bands.window_days = static_cast<std::int32_t>(root.integer("window_days", 1, window_days_max));
  bands.recency_days_max = four_bounds<std::int32_t>(root, "recency_days_max", 0, window_days_max);
  bands.frequency_min = four_bounds<std::int64_t>(root, "frequency_min", 1, std::numeric_limits<std::int32_t>::max());
  bands.monetary_minor_min = four_bounds<std::int64_t>(root, "monetary_minor_min", 0, amount_minor_max);
  if (!std::ranges::is_sorted(bands.recency_days_max, std::greater{})) {
    root.report("recency_days_max", "must descend");
  }
  if (!std::ranges::is_sorted(bands.frequency_min)) root.report("frequency_min", "must ascend");
  if (!std::ranges::is_sorted(bands.monetary_minor_min)) root.report("monetary_minor_min", "must ascend");
  root.finish();
  if (auto problem = document.problem()) return std::move(*problem);
  return bands;
}

std::vector<RfmStanding> rfm(const RfmBands& bands, const NetSales& sales, base::LocalDate today) {
  std::map<base::MemberId, Window> windows;
  for (const auto& each : sales.sales) {
    if (!each.sale.member || each.sale.at.date > today) continue;
    auto& window = windows[each.sale.member];
    const auto age_days = std::int64_t{today.days} - each.sale.at.date.days;
    if (age_days >= bands.window_days) continue;
    window.last = std::max(window.last, each.sale.at.date);
    ++window.purchases;
    window.net_minor = add_within_bounds(window.net_minor, each.net_minor);
  }
  std::vector<RfmStanding> list;
  for (const auto& [member, window] : windows) list.push_back(standing_of(bands, member, window, today));
  return list;
}

std::vector<LtvCohort> ltv_by_cohort(const NetSales& sales) {
  struct Life {
    base::LocalDate first;
    base::LocalDate last;
    std::int64_t purchases{};
    std::int64_t net_minor{};
  };
  std::map<base::MemberId, Life> lives;
  for (const auto& each : sales.sales) {  // by date
    if (!each.sale.member) continue;
    auto& life = lives.try_emplace(each.sale.member, Life{each.sale.at.date, {}, 0, 0}).first->second;
    life.last = each.sale.at.date;
    ++life.purchases;
    life.net_minor = add_within_bounds(life.net_minor, each.net_minor);
  }
  std::map<std::pair<int, int>, LtvCohort> cohorts;
  for (const auto& [member, life] : lives) {
    const auto civil = base::to_civil(life.first);
    auto& cohort = cohorts[{civil.year, civil.month}];
    cohort.year = civil.year;
    cohort.month = civil.month;
    cohort.value = {add_within_bounds(cohort.value.numerator, life.net_minor), cohort.value.denominator + 1};
    const auto days = std::int64_t{life.last.days} - life.first.days;
    cohort.lifespan = {add_within_bounds(cohort.lifespan.numerator, days), cohort.lifespan.denominator + 1};
    cohort.purchases += life.purchases;
  }
  std::vector<LtvCohort> list;
  for (const auto& [month, cohort] : cohorts) list.push_back(cohort);
  return list;
}

std::vector<ReferralNode> referral_tree(std::span<const ReferralEvent> referrals, const NetSales& sales) {
  std::vector<ReferralEvent> ordered{referrals.begin(), referrals.end()};
  std::ranges::sort(ordered, {}, [](const ReferralEvent& edge) {
    return std::tuple{edge.bound_at, edge.referrer, edge.invited, !edge.qualified};
  });
  Forest forest;
  for (const auto& edge : ordered) forest.add(edge);
  std::map<base::MemberId, std::int64_t> bought;
  for (const auto& each : sales.sales) {
    auto& sum = bought[each.sale.member];
    sum = add_within_bounds(sum, each.net_minor);
  }
  std::map<base::MemberId, ReferralNode> nodes;
  for (const auto& edge : forest.edges()) {
    auto& node = nodes[edge.referrer];
    node.referrer = edge.referrer;
    ++node.bound;
    node.qualified += edge.qualified ? 1 : 0;
    if (const auto found = bought.find(edge.invited); found != bought.end()) {
      node.bound_net_minor = add_within_bounds(node.bound_net_minor, found->second);
    }
  }
  const auto below = forest.below();
  std::vector<ReferralNode> list;
  for (auto& [member, node] : nodes) {
    node.below = below.at(member);
    const auto parent = forest.parents().find(member);
    if (parent != forest.parents().end()) node.referred_by = parent->second;
    list.push_back(node);
  }
  return list;
}

std::vector<Acquisition> acquisition(std::span<const ChannelCost> costs, std::int64_t margin_basis_points,
                                     std::span<const EnrolmentEvent> enrolments, const NetSales& sales,
                                     const Period& period) {
  const auto margin = std::clamp<std::int64_t>(margin_basis_points, 0, 10'000);
  std::map<OriginChannel, Acquisition> rows;
  for (const auto& cost : costs) {
    auto& row = rows[cost.channel];
    row.channel = cost.channel;
    row.cost.numerator = add_within_bounds(row.cost.numerator, std::max<std::int64_t>(cost.cost_minor, 0));
  }
  auto enrolled = first_enrolments(enrolments);
  std::erase_if(enrolled, [&](const auto& entry) {
    return !period.contains(entry.second.at.date) || !rows.contains(entry.second.channel);
  });
  for (const auto& [member, event] : enrolled) ++rows[event.channel].enrolled;
  std::set<base::MemberId> bought;
  std::map<OriginChannel, std::vector<std::pair<std::int32_t, std::int64_t>>> earned;
  for (const auto& each : sales.sales) {
    const auto who = enrolled.find(each.sale.member);
    if (who == enrolled.end() || each.sale.at < who->second.at) continue;
    if (bought.insert(each.sale.member).second) ++rows[who->second.channel].cost.denominator;
    earned[who->second.channel].emplace_back(each.sale.at.date.days - who->second.at.date.days, each.net_minor);
  }
  std::vector<Acquisition> list;
  for (auto& [channel, row] : rows) {
    row.payback_days = payback(earned[channel], margin, row.cost.numerator);
    list.push_back(row);
  }
  return list;
}

}  // namespace millpond::model
