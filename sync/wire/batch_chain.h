// SPDX-License-Identifier: Apache-2.0
// Whether the facts of a batch are those that were signed: each link of the chain follows from the one before it.
#pragma once

#include "sync/wire/messages.h"

namespace millpond::wire {

// Fails with chain_broken when the rows do not lead from chain_before to chain_head. About 0.3 us a row.
[[nodiscard]] base::Result<> check_batch_chain(const UpRequest& batch);

}  // namespace millpond::wire
