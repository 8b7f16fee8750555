// SPDX-License-Identifier: Apache-2.0
// What HubCore makes of a signed batch before a HubStore sees it, for suites that talk to the store itself.
#pragma once

#include "sync/hub/core/hub_store.h"
#include "tests/support/pretend_terminal.h"

namespace millpond::tests {

inline hub::CheckedBatch checked(const PretendTerminal& terminal, std::uint64_t first, std::uint64_t last,
                                 std::int64_t received_ms = 1'000) {
  auto request = terminal.batch(first, last);
  hub::CheckedBatch batch{request.terminal, request.epoch, request.first_seq, request.chain_before, {}, {}, {},
                          received_ms};
  for (auto seq = first; seq <= last; ++seq) {
    auto& row = request.rows[seq - first];
    batch.chain.push_back(terminal.chain_at(seq));
    if (!row.payload.empty()) batch.payloads.push_back({{seq}, row.payload_salt, row.payload});
    row.payload.clear();
    row.payload_salt.clear();
  }
  batch.raw = wire::encode(request);
  return batch;
}

// A masked name and a look-up key made of the box itself: the store does not care what is in it.
inline hub::PhoneOpener open_anything() {
  return [](const hub::SealedPhone& sealed) -> base::Result<hub::OpenedPhone> {
    const auto key = crypto::blake2b(sealed.box);
    return hub::OpenedPhone{{key.begin(), key.begin() + 16}, "138****0000"};
  };
}

inline const base::BrandId contract_brand{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

inline PretendTerminal terminal_of(std::uint32_t number, std::uint32_t epoch = 11) {
  std::array<std::uint8_t, 32> seed{};
  seed[0] = static_cast<std::uint8_t>(number);
  return {contract_brand, {number}, {epoch}, crypto::SigningKey::from_seed(seed)};
}

// Records of terminals with this key, as the hub's core makes them.
inline hub::CertificateMaker maker_of(const crypto::PublicKey& key) {
  return [key](base::TerminalId number, base::StoreId at, std::uint32_t serial) {
    hub::TerminalRecord record;
    record.terminal = number;
    record.store = at;
    record.key = key;
    record.serial = serial;
    record.certificate = {1};
    return record;
  };
}

// Makes the terminal known to the store under its own number and store 1; numbers must be used in order from 1.
inline void admit(hub::HubStore& store, const PretendTerminal& terminal, base::StoreId store_id = {1}) {
  const hub::TypedCode code{crypto::blake2b(base::view_of(std::to_string(terminal.id().value))), "00"};
  const auto given = store.add_code(code, store_id, 0, 1'000);
  MILLPOND_CHECK(given.has_value() && *given == terminal.id());
  const auto& key = terminal.key().public_key();
  const auto made = store.use_code(code, key, 500, maker_of(key));
  MILLPOND_CHECK(made.has_value());
}

inline const base::Hash& start_of(const PretendTerminal& terminal) { return terminal.chain_at(0); }

}  // namespace millpond::tests
