// SPDX-License-Identifier: Apache-2.0
// Joining: a number that somebody typed, made ready before it has the journal's turn. Holds personal data sealed and as
// a keyed hash. Inside `terminal` only.
#pragma once

#include "sync/terminal/terminal_values.h"

namespace millpond::terminal {

struct Joining {
  EnrolRequest request;
  base::Bytes lookup;                  // as the journal keeps phones; empty: this store has no key yet
  std::optional<base::MemberId> told;  // whose it is, as the replica says
  base::Bytes box;                     // the number, sealed to the hub
};

}  // namespace millpond::terminal
