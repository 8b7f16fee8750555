// SPDX-License-Identifier: Apache-2.0
// The layout of a download's file: two records of how far it got, written in turns into sectors of their own so that a
// power cut spoils one at most, and the bytes behind them. Inside `snapshot` only.
#pragma once

#include "sync/base/result.h"
#include "sync/sqlite/file.h"
#include "sync/wire/snapshot_manifest.h"

#include <optional>

namespace millpond::snapshot {

inline constexpr std::uint64_t record_spacing = 4'096;
inline constexpr std::uint64_t download_begin = 2 * record_spacing;  // where the snapshot's own bytes begin

struct DownloadRecord {
  base::Hash manifest{};     // BLAKE2b-256 of the encoded manifest
  wire::DownCursor cursor;   // of the manifest
  std::uint64_t received{};  // bytes that were synced before this record was written
};

[[nodiscard]] base::Hash name_of(const wire::SnapshotManifest& manifest);
[[nodiscard]] base::Result<> write_record(sqlite::File& file, unsigned slot, const DownloadRecord& record);
// The record that got further; nothing when neither is whole.
[[nodiscard]] base::Result<std::optional<DownloadRecord>> read_records(sqlite::File& file);

}  // namespace millpond::snapshot
