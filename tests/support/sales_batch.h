// SPDX-License-Identifier: Apache-2.0
// A batch of SalesMix as a terminal sends it: stamped, encoded and chained, with a signature's room filled.
#pragma once

#include "sync/wire/canonical.h"
#include "sync/wire/messages.h"
#include "tests/support/sales_mix.h"

namespace millpond::tests {

inline wire::UpRequest sales_batch(const MixOptions& options, std::size_t facts,
                                   std::uint32_t schema = wire::schema_columns) {
  SalesMix mix{options};
  wire::UpRequest batch;
  batch.schema = schema;
  batch.terminal = options.terminal;
  batch.epoch = {0xC0FFEE01};
  batch.first_seq = options.first_seq;
  batch.brand = options.brand;
  batch.chain_before = wire::chain_start(options.brand, batch.terminal, batch.epoch);
  batch.chain_head = batch.chain_before;
  batch.boot_id = "5d0c1f0a-7a52-4a8e-9d0e-3f8f8a4b2c11";
  for (std::size_t i = 0; i < facts; ++i) {
    auto mixed = mix.next();
    const model::Fact fact{{batch.terminal,
                            batch.epoch,
                            {options.first_seq.value + i},
                            mixed.occurred_at_ms,
                            mixed.utc_offset_min,
                            base::local_date_at(mixed.occurred_at_ms, mixed.utc_offset_min),
                            mixed.programme_version},
                           std::move(mixed.body)};
    batch.device_wall_ms = mixed.occurred_at_ms + 60'000;
    batch.device_monotonic_ms += 60'000;
    batch.rows.push_back({*wire::encode_fact(fact), std::move(mixed.payload_salt), std::move(mixed.payload)});
    batch.chain_head = wire::chain_next(batch.chain_head, batch.rows.back().canonical);
  }
  base::SeededRng{options.seed}.fill(batch.signature);
  return batch;
}

}  // namespace millpond::tests
