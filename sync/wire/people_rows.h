// SPDX-License-Identifier: Apache-2.0
// Bodies of the downlink rows about people behind the counter, and of the keys that a store's terminals share. Encoded
// as Protocol Buffers (wire.proto). Pure; any thread.
#pragma once

#include "sync/model/staff.h"
#include "sync/wire/messages.h"

#include <array>

namespace millpond::wire {

// Body of RowKind::staff, which only the terminals of the person's store get; the key is the person's number, 4 bytes
// big-endian. Whoever is disabled has no row.
struct StaffRow {
  base::StaffId staff;
  model::Role role{};
  std::string pin_hash;     // crypto::hash_pin() under the store's PIN key
  std::uint32_t version{};  // grows with every change; a new PIN forgets the misses of the one before
  friend bool operator==(const StaffRow&, const StaffRow&) = default;
};

// Inside the body of RowKind::store_secrets, which is sealed for one terminal's key (crypto::sealing_key_of).
struct StoreSecrets {
  std::uint64_t generation{};                // of the hub; the phone key goes with it
  std::array<std::uint8_t, 32> phone_key{};  // of look-up hashes in this terminal's scope
  std::array<std::uint8_t, 32> pin_key{};    // of the store
  friend bool operator==(const StoreSecrets&, const StoreSecrets&) = default;
};

[[nodiscard]] base::Bytes encode(const StaffRow& row);
[[nodiscard]] base::Bytes encode(const StoreSecrets& secrets);
// Error: bad_input.
[[nodiscard]] base::Result<StaffRow> decode_staff_row(base::ByteView bytes);
[[nodiscard]] base::Result<StoreSecrets> decode_store_secrets(base::ByteView bytes);

}  // namespace millpond::wire
