// SPDX-License-Identifier: Apache-2.0
// WaitingBatch: a stored batch that stage 2 reads, decoded once and outside of the store's lock. Private.
#pragma once

#include "sync/hub/core/effects_values.h"
#include "sync/hub/core/hub_values.h"

#include <vector>

namespace millpond::hub {

struct WaitingBatch {
  std::uint64_t no{};
  Lane lane{};
  base::TerminalId terminal;
  base::Epoch epoch;
  base::Seq first_seq;
  base::Seq next;  // first one not projected
  base::Seq last;
  base::Bytes raw;  // emptied once decoded
  base::Hash chain_before{};
  base::Hash chain_head{};
  std::vector<SealedPayload> payloads;
  std::vector<WaitingFact> facts;  // from `facts_from` on
  base::Seq facts_from;
  std::int64_t received_ms{};
};

}  // namespace millpond::hub
