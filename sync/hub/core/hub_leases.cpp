// SPDX-License-Identifier: Apache-2.0
// Leases: who asks for pages gets what is due to it.
#include "sync/hub/core/hub_state.h"

namespace millpond::hub {

void HubCore::set_lease_terms(std::vector<LeaseTerms> terms) {
  const std::lock_guard lock{state_->rules_mutex};
  state_->lease_terms = std::move(terms);
}

// The programme's version is one look at an index, so that each page can ask; what follows from it is kept.
base::Result<std::vector<LeaseTerms>> HubCore::State::campaign_terms_for(base::StoreId at) {
  MILLPOND_TRY(const auto version, store->published_version(wire::RowKind::programme));
  if (version == 0) return std::vector<LeaseTerms>{};
  const std::lock_guard lock{pools_mutex};
  if (pools_of_version != version) {
    MILLPOND_TRY(const auto programme, store->programme(version));
    pools.clear();
    if (programme) pools = campaign_pools(model::RuleBook{*programme});
    pools_of_version = version;
  }
  if (pools.empty()) return std::vector<LeaseTerms>{};
  MILLPOND_TRY(const auto day, today());
  MILLPOND_TRY(const auto terminals, store->believed_terminals());
  return campaign_terms(pools, at, day, terminals);
}

base::Result<> HubCore::State::renew_leases(const TerminalRecord& record, base::Epoch epoch) {
  if (record.revoked || !epoch) return {};
  auto all = lease_terms_now();
  MILLPOND_TRY(const auto of_campaigns, campaign_terms_for(record.store));
  all.insert(all.end(), of_campaigns.begin(), of_campaigns.end());
  for (const auto& terms : all) {
    MILLPOND_TRY_DO(store->renew_lease({record.terminal, epoch}, terms, clock.wall_ms()));
  }
  return {};
}

base::Result<LeaseBooks> HubCore::leases() { return state_->store->leases(); }

base::Result<> HubCore::give_up_lease(base::LeaseId lease) {
  return state_->store->give_up_lease(lease, state_->clock.wall_ms());
}

}  // namespace millpond::hub
