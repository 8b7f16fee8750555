// SPDX-License-Identifier: Apache-2.0
// Outage: what a chain can lose at the most while its terminals cannot reach the hub, by the limits and leases that the
// hub gave them, and which campaigns then give past their own limits. Not what campaigns cost as they are meant to
// (exposures() in campaign_check.h), and not what did happen (replay.h). docs/rights.md has the protocols that keep
// these bounds, and what lies beyond them. Pure; any thread.
#pragma once

#include "sync/model/programme.h"
#include "sync/model/rights.h"

#include <cstdint>
#include <vector>

namespace millpond::model {

// As in hub.toml; the same for every terminal.
struct OutageLimits {
  std::int64_t terminals{};
  HonourLimits honour{default_limits()};
  std::int64_t points_pool_max{100'000};  // of all leases together, as far as the hub has not heard of their use
};

struct OutageBound {
  // Coupons that were honoured without asking and do not count: twice the limit of every terminal, once for what the
  // hub has not heard of and once for coupons whose issuer is cut off. Whatever was ever published.
  std::int64_t coupons_minor{};
  // The same if nothing but this programme's coupons is about: 0 where none of them is honoured without the hub's word.
  std::int64_t these_coupons_minor{};
  std::vector<base::CampaignId> asked_for;  // coupons of this programme that never are; ascending
  std::int64_t points{};                    // spent twice: no more than is leased out, whoever is cut off
  // Campaigns that decide without the line and have limits for one member; ascending. Limits of a whole campaign hold.
  std::vector<base::CampaignId> past_limits;
  friend bool operator==(const OutageBound&, const OutageBound&) = default;
};
[[nodiscard]] OutageBound outage_bound(const Programme& programme, const OutageLimits& limits);

}  // namespace millpond::model
