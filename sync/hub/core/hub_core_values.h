// SPDX-License-Identifier: Apache-2.0
// What HubCore is told by operators and what it answers them. Values.
#pragma once

#include "sync/crypto/pin.h"
#include "sync/hub/core/hub_store.h"
#include "sync/hub/core/phone_scope.h"
#include "sync/model/outage.h"

#include <string>

namespace millpond::hub {

struct CoreCheck {
  StoreCheck store;
  std::uint64_t batches{};
  std::uint64_t batches_broken{};  // signature or chain does not hold
  std::uint64_t forks{};           // histories kept as evidence; a broken one counts as a broken batch
  std::string first_broken;        // "terminal 3 epoch 99 from 17"
  std::string rebuilt_otherwise;   // the first table that a rebuild would change
  [[nodiscard]] bool holds() const { return store.holds() && batches_broken == 0 && rebuilt_otherwise.empty(); }
};

// What an operator decides about people's data and people behind the counter.
struct PeopleSettings {
  PhoneScope scope{};
  crypto::PinCost pin_cost{};  // of new PINs
  bool compares_digits{true};  // who installs a terminal, with its screen; nobody does for a simulation's thousands
};

// What a document would be once it is published, and what one outage of all terminals could cost then.
struct ProgrammeBound {
  std::uint32_t version{};
  std::int64_t terminals{};  // that are believed
  model::OutageBound outage;
};

}  // namespace millpond::hub
