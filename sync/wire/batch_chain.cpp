// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/batch_chain.h"

#include "sync/wire/canonical.h"

namespace millpond::wire {

base::Result<> check_batch_chain(const UpRequest& batch) {
  auto chain = batch.chain_before;
  for (const auto& row : batch.rows) chain = chain_next(chain, row.canonical);
  if (chain == batch.chain_head) return {};
  return base::Error{base::Code::chain_broken, "check batch", "from seq " + std::to_string(batch.first_seq.value)};
}

}  // namespace millpond::wire
