// SPDX-License-Identifier: Apache-2.0
// Which deed it is to spend points: strength.h has how certain somebody must be for it. Pure.
#pragma once

#include "sync/model/strength.h"

#include <cstdint>

namespace millpond::model {

[[nodiscard]] constexpr Deed spending(std::int64_t points, std::int64_t floor_points = spend_floor_points) {
  return points > floor_points ? Deed::spend_much : Deed::spend_little;
}

}  // namespace millpond::model
