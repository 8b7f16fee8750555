// SPDX-License-Identifier: Apache-2.0
// Where the hub keeps a fact: by its own short name for an epoch of a terminal.
#pragma once

#include "sync/base/ids.h"

#include <cstdint>

namespace millpond::hub {

// One epoch of one terminal, as the tables name it; 0: the hub itself, whose facts stand in its log by their numbers.
using Lane = std::int64_t;

struct FactPlace {
  Lane lane{};
  base::Seq seq;
  friend auto operator<=>(const FactPlace&, const FactPlace&) = default;
};

}  // namespace millpond::hub
