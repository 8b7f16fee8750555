// SPDX-License-Identifier: Apache-2.0
// How far somebody holds one life of a terminal's log.
#pragma once

#include "sync/base/ids.h"

namespace millpond::base {

struct EpochMark {
  Epoch epoch;
  Seq through;
  friend bool operator==(const EpochMark&, const EpochMark&) = default;
};

}  // namespace millpond::base
