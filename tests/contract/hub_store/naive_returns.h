// SPDX-License-Identifier: Apache-2.0
// NaiveReturns: what comes of goods that were brought back, by walking through everything that was told behind their
// sale, every time. For NaiveFold.
#pragma once

#include "sync/model/rules.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace millpond::tests {

class NaiveReturns {
 public:
  using Place = std::tuple<std::uint32_t, std::uint32_t, std::uint64_t>;  // terminal, epoch, seq
  using Lane = std::pair<std::uint32_t, std::uint32_t>;
  using Successors = std::map<Lane, std::pair<Lane, std::uint64_t>>;  // the lane before, and its last fact

  struct Back {  // less what back_of() said before
    std::uint64_t member{};
    std::int64_t points{};
    std::int64_t qualifying{};
    bool too_much{};
    std::vector<std::uint64_t> voided;
    bool gone{};  // nothing is left of the sale since
  };

  void sell(const Place& at, const model::SaleRecorded& sale) { sold_.emplace(sale.key, Sold{at, sale, 0, 0, false}); }
  // False when it was told before.
  bool refund(const model::SaleRefunded& fact) {
    if (!names_.insert(fact.key).second) return false;
    refunds_[fact.of].push_back(fact);
    return true;
  }
  // spent: of points that a fact spent, how many were there.
  void log(const Place& at, const model::Fact& fact, bool counts, std::int64_t spent) {
    log_[{std::get<0>(at), std::get<1>(at)}].insert_or_assign(std::get<2>(at), Logged{fact, counts, spent});
  }
  [[nodiscard]] std::vector<model::SaleKey> brought_back() const {
    std::vector<model::SaleKey> keys;
    for (const auto& [key, refunds] : refunds_) {
      if (sold_.contains(key)) keys.push_back(key);
    }
    return keys;
  }

  std::optional<Back> back_of(const model::SaleKey& key, const Successors& successors) {
    const auto found = sold_.find(key);
    const auto refunds = refunds_.find(key);
    if (found == sold_.end() || refunds == refunds_.end()) return std::nullopt;
    auto& sold = found->second;
    const auto& sale = sold.fact;
    std::int64_t net = 0;
    bool whole = false;
    for (const auto& refund : refunds->second) {
      net += refund.total_minor;
      whole = whole || refund.whole;
    }
    Back back{sale.member.value, 0, 0, net > sale.total_minor, {}, false};
    whole = whole || (net > 0 && net >= sale.total_minor);
    net = whole ? sale.total_minor : net;
    const auto part = [&](std::int64_t amount, std::int64_t of, std::int64_t all) {
      if (whole || (all > 0 && of >= all)) return amount;
      return all <= 0 || of <= 0 ? 0 : amount * of / all;
    };
    const auto base = part(model::earning_base(sale), net, sale.total_minor);
    const auto eligible = std::max<std::int64_t>(sale.eligible_minor, 0);
    const auto left = eligible - part(eligible, net, sale.total_minor);
    const auto gone = [&](const auto& gift) {
      return whole || (gift.least_paid_minor > 0 && left < gift.least_paid_minor);
    };
    std::int64_t points = 0;
    std::vector<Logged> facts;
    walk({std::get<0>(sold.at), std::get<1>(sold.at)}, std::get<2>(sold.at), successors, facts);
    for (const auto& [fact, counts, there] : facts) {
      const auto mine = [epoch = fact.stamp.epoch.value, &sold](const auto& body) {
        const auto of = body.sale_epoch ? body.sale_epoch.value : epoch;
        return body.sale.value == std::get<2>(sold.at) && of == std::get<1>(sold.at);
      };
      if (const auto* const earned = std::get_if<model::PointsEarned>(&fact.body)) {
        if (mine(*earned) && earned->member == sale.member) points -= part(earned->points, base, earned->base_minor);
      } else if (const auto* const spent = std::get_if<model::PointsSpent>(&fact.body)) {
        if (mine(*spent) && spent->member == sale.member) points += part(there, net, sale.total_minor);
      } else if (const auto* const given = std::get_if<model::AwardGiven>(&fact.body)) {
        const bool of_points = given->kind == model::ActionKind::points && !given->deferred;
        if (of_points && gone(*given) && mine(*given) && given->member == sale.member) points -= given->number;
      } else if (const auto* const issued = std::get_if<model::CouponIssued>(&fact.body)) {
        if (gone(*issued) && mine(*issued)) back.voided.push_back(issued->coupon.value);
      }
    }
    back.points = points - std::exchange(sold.points, points);
    back.qualifying = base - std::exchange(sold.qualifying, base);
    const bool nothing_left = sale.total_minor > 0 && net >= sale.total_minor;
    back.gone = nothing_left && !std::exchange(sold.gone, nothing_left);
    return back;
  }

 private:
  struct Sold {
    Place at;
    model::SaleRecorded fact;
    std::int64_t points{};
    std::int64_t qualifying{};
    bool gone{};
  };
  struct Logged {
    model::Fact fact;
    bool counts{};
    std::int64_t there{};
  };

  void walk(const Lane& lane, std::uint64_t from, const Successors& successors, std::vector<Logged>& facts) const {
    const auto log = log_.find(lane);
    if (log == log_.end()) return;
    for (auto each = log->second.lower_bound(from + 1); each != log->second.end(); ++each) {
      const auto& body = each->second.fact.body;
      if (std::holds_alternative<model::SaleRecorded>(body) || std::holds_alternative<model::SaleRefunded>(body)) break;
      if (each->second.counts) facts.push_back(each->second);
    }
    for (const auto& [next, of] : successors) {
      if (of.first == lane && of.second >= from && of.second < from + 256) walk(next, 0, successors, facts);
    }
  }

  std::map<Lane, std::map<std::uint64_t, Logged>> log_;
  std::map<model::SaleKey, Sold> sold_;
  std::map<model::SaleKey, std::vector<model::SaleRefunded>> refunds_;
  std::set<model::SaleKey> names_;
};

}  // namespace millpond::tests
