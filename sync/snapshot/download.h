// SPDX-License-Identifier: Apache-2.0
// Download: the compressed file of a snapshot as far as it has arrived, kept over restarts and power cuts so that a
// slow line goes on where it was. Checks nothing but lengths; staging checks the hash. One thread; owns its file while
// it lives. What append() was given is durable once 256 KiB more have come, or the file is whole.
#pragma once

#include "sync/base/result.h"
#include "sync/snapshot/place.h"
#include "sync/wire/snapshot_manifest.h"

#include <memory>

namespace millpond::snapshot {

class Download {
 public:
  // Goes on with what is there, or begins anew when that belongs to another manifest or is damaged. Errors: too_large
  // when the manifest passes a limit, store_newer for tables this program does not know, disk_full, disk_error.
  [[nodiscard]] static base::Result<std::unique_ptr<Download>> open(const Place& place,
                                                                    const wire::SnapshotManifest& manifest);
  virtual ~Download() = default;

  [[nodiscard]] virtual std::uint64_t have() const = 0;  // bytes; ask for the range that begins here
  [[nodiscard]] virtual bool finished() const = 0;
  // The next bytes of the file. Errors: bad_input when offset is not have() (nothing is written: ask again), too_large
  // past the manifest's length, disk_full, disk_error. After an error have() says what counts.
  [[nodiscard]] virtual base::Result<> append(std::uint64_t offset, base::ByteView piece) = 0;

  [[nodiscard]] virtual const wire::SnapshotManifest& manifest() const = 0;
  [[nodiscard]] virtual const Place& place() const = 0;
};

// Removes a download that is no newer than the cursor, whole or not. For the start, after a replica was opened.
[[nodiscard]] base::Result<> drop_stale_download(const Place& place, const wire::DownCursor& cursor);

}  // namespace millpond::snapshot
