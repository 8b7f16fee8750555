// SPDX-License-Identifier: Apache-2.0
#include "sync/model/refund.h"

#include "sync/base/money.h"
#include "sync/model/allocate.h"
#include "sync/model/basket.h"
#include "sync/model/lots.h"
#include "sync/model/rules.h"

#include <algorithm>

namespace millpond::model {
namespace {

// part / whole of amount, rounded down; all of it for the whole.
std::int64_t share_of(std::int64_t amount, std::int64_t part, std::int64_t whole) {
  if (part <= 0 || whole <= 0) return 0;
  return part >= whole ? amount : base::mul_div_floor(amount, part, whole).value_or(0);
}

std::int64_t tendered(const SaleRecorded& sale, TenderType type) {
  std::int64_t sum = 0;
  for (const auto& tender : sale.tenders) {
    if (tender.type == type) sum = add_held(sum, std::max<std::int64_t>(tender.amount_minor, 0));
  }
  return sum;
}

struct Line {
  std::int64_t told{};  // its net as the till told it
  std::int64_t net{};   // less discounts that the till told as lines of their own
  std::int64_t eligible{};
  std::int64_t base{};
  std::int64_t paid{};
  std::int64_t back{};  // of net
};

// What counts of each line; of a sale that earned with nothing but excluded lines, all of them.
std::vector<std::int64_t> earning_weights(const SaleRecorded& sale, const std::vector<std::int64_t>& nets) {
  auto weights = nets;
  for (std::size_t i = 0; i < weights.size() && i < sale.lines.size(); ++i) {
    if (sale.lines[i].excluded) weights[i] = 0;
  }
  const bool any = std::ranges::any_of(weights, [](std::int64_t weight) { return weight > 0; });
  return any ? weights : nets;
}

// What each line is of the sale: its net, its share of what earned, and what was paid for it with money.
std::vector<Line> lines_of(const SaleEffects& effects) {
  const auto& sale = effects.sale;
  std::vector<Line> lines;
  auto nets = nets_of(sale);
  if (nets.empty()) nets.push_back(std::max<std::int64_t>(sale.total_minor, 0));
  const auto weights = earning_weights(sale, nets);
  const auto eligible = allocate(std::max<std::int64_t>(sale.eligible_minor, 0), weights);
  const auto bases = allocate(earning_base(sale), weights);
  auto left = nets;
  auto coupons = std::min(tendered(sale, TenderType::coupon), std::max<std::int64_t>(sale.total_minor, 0));
  for (const auto& coupon : effects.used) {
    for (const auto& each : coupon.lines) {
      if (each.line >= left.size()) continue;
      const auto off = std::min({each.discount_minor, left[each.line], coupons});
      left[each.line] -= off;
      coupons -= off;
    }
  }
  // What no fact names by line, and points, come off all alike.
  for (const auto more : {coupons, tendered(sale, TenderType::points)}) {
    std::int64_t rest = 0;
    for (const auto each : left) rest = add_held(rest, each);
    const auto off = allocate(std::min(more, rest), left);
    for (std::size_t i = 0; i < left.size(); ++i) left[i] -= std::min(left[i], off[i]);
  }
  for (std::size_t i = 0; i < nets.size(); ++i) {
    const auto told = i < sale.lines.size() ? std::max<std::int64_t>(sale.lines[i].net_minor, 0) : nets[i];
    lines.push_back({told, nets[i], eligible[i], bases[i], left[i], 0});
  }
  return lines;
}

// Marks what came back line by line and returns what is left of the sum without one.
std::int64_t mark_lines(const SaleRecorded& sale, const RefundSum& sum, std::vector<Line>& lines) {
  std::int64_t named = 0;
  auto back = sum.lines;  // of one id there may be several
  for (std::size_t i = 0; i < sale.lines.size(); ++i) {
    const auto found = back.find(sale.lines[i].id);
    if (found == back.end()) continue;
    const auto told = std::clamp<std::int64_t>(found->second, 0, lines[i].told);
    found->second -= told;
    lines[i].back = share_of(lines[i].net, told, lines[i].told);
    named = add_held(named, lines[i].back);
  }
  return std::max<std::int64_t>(sum.total_minor - named, 0);
}

bool came_back(const SaleCoupon& coupon, const std::vector<Line>& lines) {
  if (coupon.lines.empty()) return false;  // only with all of the sale
  return std::ranges::all_of(coupon.lines, [&](const LineDiscount& each) {
    return each.line < lines.size() && lines[each.line].back == lines[each.line].net;
  });
}

}  // namespace

SaleReader::SaleReader(SaleRecorded sale, base::Epoch epoch, base::Seq seq) : epoch_{epoch}, seq_{seq} {
  effects_.sale = std::move(sale);
}

bool SaleReader::ends(const FactBody& body) {
  return std::holds_alternative<SaleRecorded>(body) || std::holds_alternative<SaleRefunded>(body);
}

void SaleReader::take(const Fact& fact) {
  const auto& body = fact.body;
  const auto mine = [&](const auto& of) {
    return of.sale == seq_ && (of.sale_epoch ? of.sale_epoch : fact.stamp.epoch) == epoch_;
  };
  const auto of_member = [&](const auto& of) { return mine(of) && of.member == effects_.sale.member; };
  const auto use = [&](const auto& of) {
    if (mine(of)) effects_.used.push_back({of.coupon, of.member, of.campaign, of.value_minor, {}});
  };
  if (const auto* const earned = std::get_if<PointsEarned>(&body)) {
    if (of_member(*earned)) effects_.earned.push_back({fact.stamp.seq, *earned});
  } else if (const auto* const spent = std::get_if<PointsSpent>(&body)) {
    if (of_member(*spent)) effects_.spent.push_back({fact.stamp.seq, *spent});
  } else if (const auto* const given = std::get_if<AwardGiven>(&body)) {
    const bool counts = given->kind == ActionKind::points && !given->deferred;
    if (counts && of_member(*given)) effects_.given.push_back({fact.stamp.seq, *given});
  } else if (const auto* const issued = std::get_if<CouponIssued>(&body)) {
    if (mine(*issued)) effects_.issued.push_back(*issued);
  } else if (const auto* const own = std::get_if<CouponRedeemed>(&body)) {
    use(*own);
  } else if (const auto* const told = std::get_if<CouponConfirmed>(&body)) {
    use(*told);
  } else if (const auto* const risked = std::get_if<CouponProvisional>(&body)) {
    use(*risked);
  } else if (const auto* const applied = std::get_if<CouponApplied>(&body)) {
    const auto coupon = std::ranges::find(effects_.used, applied->coupon, &SaleCoupon::coupon);
    if (mine(*applied) && coupon != effects_.used.end()) coupon->lines = applied->lines;
  }
}

void add_refund(RefundSum& sum, const SaleRefunded& refund) {
  for (const auto& line : refund.lines) {
    auto& back = sum.lines[line.id];
    back = add_held(back, std::max<std::int64_t>(line.net_minor, 0));
  }
  sum.total_minor = add_held(sum.total_minor, std::max<std::int64_t>(refund.total_minor, 0));
  sum.whole = sum.whole || refund.whole;
}

Refunded refunded(const SaleEffects& effects, const RefundSum& sum) {
  auto lines = lines_of(effects);
  const auto unnamed = mark_lines(effects.sale, sum, lines);
  Refunded result;
  Line named;
  Line rest;  // of the lines that did not come back
  for (const auto& line : lines) {
    named.net = add_held(named.net, line.back);
    named.eligible = add_held(named.eligible, share_of(line.eligible, line.back, line.net));
    named.base = add_held(named.base, share_of(line.base, line.back, line.net));
    named.paid = add_held(named.paid, share_of(line.paid, line.back, line.net));
    rest.net = add_held(rest.net, line.net);
    rest.eligible = add_held(rest.eligible, line.eligible);
    rest.base = add_held(rest.base, line.base);
    rest.paid = add_held(rest.paid, line.paid);
  }
  const Line of_all = rest;
  rest.net -= named.net;
  rest.eligible -= named.eligible;
  rest.base -= named.base;
  rest.paid -= named.paid;
  result.whole = sum.whole || (named.net + std::min(unnamed, rest.net) >= of_all.net && sum.total_minor > 0);
  result.excess_minor = std::max<std::int64_t>(sum.total_minor - of_all.net, 0);
  if (result.whole) {
    result.net_minor = of_all.net;
    result.base_minor = of_all.base;
    result.paid_minor = of_all.paid;
  } else {
    result.net_minor = named.net + std::min(unnamed, rest.net);
    result.base_minor = named.base + share_of(rest.base, unnamed, rest.net);
    result.paid_minor = named.paid + share_of(rest.paid, unnamed, rest.net);
    result.eligible_left_minor = rest.eligible - share_of(rest.eligible, unnamed, rest.net);
  }
  const auto stands = [&](const auto& gift) {
    return !result.whole && (gift.least_paid_minor <= 0 || result.eligible_left_minor >= gift.least_paid_minor);
  };
  for (const auto& [seq, earned] : effects.earned) {
    const auto back = points_back(earned.points, result.base_minor, earned.base_minor, result.whole);
    result.points_taken = add_held(result.points_taken, back);
  }
  for (const auto& [seq, spent] : effects.spent) {
    const auto back = points_back(spent.points, result.net_minor, of_all.net, result.whole);
    result.points_returned = add_held(result.points_returned, back);
  }
  for (const auto& [seq, given] : effects.given) {
    if (!stands(given)) result.points_taken = add_held(result.points_taken, given.number);
  }
  for (const auto& coupon : effects.used) {
    if (result.whole || came_back(coupon, lines)) result.returned.push_back(coupon.coupon);
  }
  for (const auto& coupon : effects.issued) {
    if (!stands(coupon)) result.voided.push_back(coupon.coupon);
  }
  return result;
}

}  // namespace millpond::model
