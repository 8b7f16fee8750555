// SPDX-License-Identifier: Apache-2.0
// SnapshotManifest: what a hub says about the file that brings a terminal up to date in one piece. Travels in a signed
// answer, so that the file itself may come from anywhere. The file is one zstd frame of an SQLite database whose tables
// room `snapshot` knows. Pure; any thread.
#pragma once

#include "sync/wire/messages.h"

namespace millpond::wire {

inline constexpr std::uint64_t snapshot_bytes_max = std::uint64_t{2} << 30;      // of the file as it travels
inline constexpr std::uint64_t snapshot_raw_bytes_max = std::uint64_t{8} << 30;  // of the database in it

struct SnapshotManifest {
  std::uint32_t schema{};     // of the tables
  DownCursor cursor;          // rows for everyone through hub_seq; scoped_seq is 0, because rows in scope are not in it
  std::uint64_t bytes{};      // of the compressed file
  std::uint64_t raw_bytes{};  // of the database
  base::Hash hash{};          // BLAKE2b-256 of the compressed file
  Checkpoint members;         // over the member rows in the file
  friend bool operator==(const SnapshotManifest&, const SnapshotManifest&) = default;
};

[[nodiscard]] base::Bytes encode(const SnapshotManifest& manifest);
// Errors: bad_input; too_large past a limit above.
[[nodiscard]] base::Result<SnapshotManifest> decode_snapshot_manifest(base::ByteView bytes);

}  // namespace millpond::wire
