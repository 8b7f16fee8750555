// SPDX-License-Identifier: Apache-2.0
// Which refusals of a hub end a lane until a person acts. Inside `client` only; pure.
#pragma once

#include "sync/client/hub_line.h"

namespace millpond::client {

// Everything else is tried again after a pause: a hub whose disk is full, a request that a proxy sent twice, a batch
// that was too large.
[[nodiscard]] bool stops(const HubWord& word, const base::Error& error);

}  // namespace millpond::client
