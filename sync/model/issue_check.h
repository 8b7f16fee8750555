// SPDX-License-Identifier: Apache-2.0
// Issue check: what one fact gave against the most that the programme which it names gives. Not whether it was due:
// conditions of campaigns ask what was known in front of the till, which no fact holds. Whoever goes by the programme
// never exceeds it, so that an excess is a broken or a dishonest terminal. Pure; any thread.
#pragma once

#include "sync/model/facts.h"
#include "sync/model/programme.h"

#include <optional>

namespace millpond::model {

// Points, or a coupon's value in minor units.
struct Excess {
  std::int64_t given{};
  std::int64_t allowed{};  // of a coupon also 0 where its threshold or its days are more generous than its offer's
  friend bool operator==(const Excess&, const Excess&) = default;
};

// Whether a fact gives anything that a programme has a word about: points for a sale or by a campaign, or a coupon.
[[nodiscard]] bool gives_value(const FactBody& body);

// Nothing when no more was given than the rules allow. `programme`: the version of the fact's stamp; nullptr for none,
// by which nothing may be given. `sale`: the one that the fact names; nullptr where that cannot be said, and then
// points are compared with the base that the fact states.
[[nodiscard]] std::optional<Excess> beyond_rules(const Programme* programme, const Fact& fact,
                                                 const SaleRecorded* sale);

}  // namespace millpond::model
