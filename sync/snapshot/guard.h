// SPDX-License-Identifier: Apache-2.0
// Guards: 32 bits of the row's share of the checkpoint sum, so that one hash serves both. Inside `snapshot` only.
#pragma once

#include "sync/sqlite/connection.h"
#include "sync/wire/messages.h"

namespace millpond::snapshot {

// Signed, because SQLite then keeps every one of them in four bytes.
[[nodiscard]] inline std::int64_t guard_of(std::uint64_t share) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(share));
}
[[nodiscard]] inline std::int64_t guard_of(base::ByteView key, base::ByteView content) {
  return guard_of(wire::row_checksum(key, content));
}

[[nodiscard]] inline std::array<std::uint8_t, 8> big_endian(std::uint64_t value) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
  return bytes;
}

[[nodiscard]] inline base::Error changed_on_disk(const sqlite::Connection& db) {
  return {base::Code::store_corrupt, "read replica", "a row changed on the disk", db.path().string()};
}
[[nodiscard]] inline base::Result<> check_guard(const sqlite::Connection& db, std::int64_t guard, base::ByteView key,
                                                base::ByteView content) {
  if (guard == guard_of(key, content)) return {};
  return changed_on_disk(db);
}

}  // namespace millpond::snapshot
