// SPDX-License-Identifier: Apache-2.0
// Writer: makes the file that a hub publishes: an SQLite database with the tables of a replica, compressed. Takes rows
// for everyone, as of one hub_seq, in the order of their keys; knows nothing of feeds and terminals' scopes. One
// thread; owns its two files (`path` and, while it works, `path`.raw) and removes both unless it finished.
#pragma once

#include "sync/base/result.h"
#include "sync/wire/snapshot_manifest.h"

#include <filesystem>
#include <memory>
#include <string>

namespace millpond::snapshot {

struct WriterOptions {
  std::filesystem::path path;  // of the compressed file; replaced when it exists
  std::string vfs{};           // SQLite VFS by name; empty: the system's
  wire::DownCursor cursor;     // scoped_seq is ignored
  std::int64_t hub_wall_ms{};  // the hub's time at that cursor
  int level{6};                // of zstd
};

class Writer {
 public:
  // Errors of every call: disk_full, disk_error, permission_denied, internal. After an error only destruction is left.
  [[nodiscard]] static base::Result<std::unique_ptr<Writer>> create(const WriterOptions& options);
  virtual ~Writer() = default;

  // A live row. Rows of one kind come in ascending order of their keys; another order costs space, not correctness. A
  // key twice is bad_input, and so is a body that its kind cannot have.
  [[nodiscard]] virtual base::Result<> add(std::uint8_t kind, base::ByteView key, base::ByteView body) = 0;
  // Through where the rows include an epoch of a terminal. Epochs of one terminal oldest first.
  [[nodiscard]] virtual base::Result<> add_mark(base::TerminalId terminal, base::EpochMark projected) = 0;
  // Builds the index, compresses in pieces, syncs. The file at `path` is durable when this returns. Blocks for seconds
  // a million rows. Once.
  [[nodiscard]] virtual base::Result<wire::SnapshotManifest> finish() = 0;
};

}  // namespace millpond::snapshot
