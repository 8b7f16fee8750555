// SPDX-License-Identifier: Apache-2.0
// Which coupons the first screen promises to whoever passes: those of campaigns that give them here and now to
// everybody, one after another. Not for other rooms. Pure.
#pragma once

#include "sync/base/ids.h"
#include "sync/model/programme.h"

#include <vector>

namespace millpond::flow {

struct Promised {
  const model::Campaign* campaign{};
  const model::CouponOffer* offer{};
};

inline constexpr std::size_t promised_max = 5;       // at one time; nobody stands there for longer
inline constexpr std::int64_t promised_ms = 30'000;  // each; a change of the screen costs a few milliseconds

// Those whose condition holds in this store at this moment for somebody nobody knows, who pays enough of anything; of
// the highest value first. They point into the programme.
[[nodiscard]] std::vector<Promised> promised(const model::Programme& programme, base::StoreId store,
                                             const model::StoreMoment& now);

}  // namespace millpond::flow
