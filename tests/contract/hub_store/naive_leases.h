// SPDX-License-Identifier: Apache-2.0
// NaiveLeases: the part of NaiveFold that is about leases: whole pools, never forgetting a share.
#pragma once

#include "sync/hub/core/hub_store.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

namespace millpond::tests {

class NaiveLeases {
 public:
  using What = std::pair<model::LeaseKind, std::uint64_t>;
  struct Cut {
    base::TerminalId terminal;
    What of;
    std::int64_t a_member_max{};
  };

  // As the store says that it cut it; false when this pool would have cut another one.
  bool cut(const model::Lease& lease, base::TerminalId terminal, const hub::LeaseTerms& terms) {
    auto& pool = pool_of({lease.kind, lease.subject});
    pool.set_cap(terms.cap);
    caps[{lease.kind, lease.subject}] = std::max(caps[{lease.kind, lease.subject}], terms.cap);
    auto wanted = lease;
    wanted.amount = terms.terminal_max;
    cuts[lease.id] = {terminal, {lease.kind, lease.subject}, lease.a_member_max};
    return pool.cut(wanted, terminal) == lease;
  }
  std::int64_t use(base::TerminalId terminal, base::LeaseId lease, base::MemberId member, std::int64_t points,
                   const What& of = {model::LeaseKind::points, 0}) {
    const auto found = cuts.find(lease);
    const bool covered = found != cuts.end() && found->second.terminal == terminal && found->second.of == of;
    auto excess = points;
    if (covered) {
      auto within = points;
      if (const auto most = found->second.a_member_max; most > 0) {
        auto& spent = spent_by[{lease, member}];
        within = std::clamp<std::int64_t>(most - spent, 0, points);
        spent += points;
      }
      excess = points - within;
      pool_of(of).use_unleased(excess);
      excess += pool_of(of).use(lease, within);
    } else {
      pool_of(of).use_unleased(points);
    }
    past[of] += excess;
    return excess;
  }
  std::optional<base::Code> draw(base::TerminalId terminal, const model::CampaignDrawn& fact) {
    const bool of_campaign =
        fact.kind == model::LeaseKind::campaign_budget || fact.kind == model::LeaseKind::campaign_count;
    if (!of_campaign || !fact.campaign || !fact.member || fact.amount <= 0) return base::Code::bad_input;
    const auto beyond = use(terminal, fact.lease, fact.member, fact.amount, {fact.kind, fact.campaign.value});
    return beyond > 0 ? std::optional{base::Code::campaign_cap} : std::nullopt;
  }
  // False when it is another terminal's.
  bool give_back(base::TerminalId terminal, base::LeaseId lease) {
    const auto found = cuts.find(lease);
    if (found == cuts.end()) return true;
    if (found->second.terminal != terminal) return false;
    pool_of(found->second.of).give_back(lease);
    return true;
  }
  void begin_epoch(base::TerminalId terminal, base::Epoch epoch) {
    for (auto& [of, pool] : pools) pool.begin_epoch(terminal, epoch);
  }
  void give_up(base::LeaseId lease) {
    const auto found = cuts.find(lease);
    if (found != cuts.end()) pool_of(found->second.of).give_up(lease);
  }

  std::map<What, model::LeasePool> pools;
  std::map<What, std::int64_t> caps;
  std::map<What, std::int64_t> past;
  std::map<base::LeaseId, Cut> cuts;
  std::map<std::pair<base::LeaseId, base::MemberId>, std::int64_t> spent_by;

 private:
  model::LeasePool& pool_of(const What& of) {
    const auto refill =
        of.first == model::LeaseKind::points ? model::LeasePool::Refill::when_told : model::LeasePool::Refill::never;
    return pools.try_emplace(of, 0, refill).first->second;
  }
};

}  // namespace millpond::tests
