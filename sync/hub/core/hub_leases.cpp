// SPDX-License-Identifier: Apache-2.0
// Leases: who asks for pages gets what is due to it.
#include "sync/hub/core/hub_state.h"

namespace millpond::hub {

void HubCore::set_lease_terms(std::vector<LeaseTerms> terms) {
  const std::lock_guard lock{state_->rules_mutex};
  state_->lease_terms = std::move(terms);
}

base::Result<> HubCore::State::renew_leases(const TerminalRecord& record, base::Epoch epoch) {
  if (record.revoked || !epoch) return {};
  for (const auto& terms : lease_terms_now()) {
    MILLPOND_TRY_DO(store->renew_lease({record.terminal, epoch}, terms, clock.wall_ms()));
  }
  return {};
}

base::Result<LeaseBooks> HubCore::leases() { return state_->store->leases(); }

base::Result<> HubCore::give_up_lease(base::LeaseId lease) {
  return state_->store->give_up_lease(lease, state_->clock.wall_ms());
}

}  // namespace millpond::hub
