// SPDX-License-Identifier: Apache-2.0
// Zone: the time zone that a signed document carries. Not a zone database. A value.
#pragma once

#include <cstdint>
#include <span>

namespace millpond::model {

// From this moment on the store's clock is offset_min ahead of UTC. Documents carry the transitions, because machines
// disagree about zone databases and unequal ones would give unequal facts.
struct ZoneTransition {
  std::int64_t from_ms{};
  std::int32_t offset_min{};
  friend bool operator==(const ZoneTransition&, const ZoneTransition&) = default;
};

using Zone = std::span<const ZoneTransition>;  // ascending; empty is UTC

}  // namespace millpond::model
