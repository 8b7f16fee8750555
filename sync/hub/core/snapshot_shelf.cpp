// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/core/snapshot_shelf.h"

#include "sync/crypto/hash.h"
#include "sync/sqlite/file.h"

#include <algorithm>

namespace millpond::hub {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t hash_piece_bytes = 256U << 10;
constexpr std::size_t manifest_bytes_max = 4U << 10;

base::Result<base::Bytes> read_small(const std::string& vfs, const std::filesystem::path& path) {
  MILLPOND_TRY(const auto file, sqlite::File::open(vfs, path, sqlite::FileUse::read));
  MILLPOND_TRY(const auto size, file->size());
  if (size > manifest_bytes_max) return Error{Code::too_large, "read manifest", "", path.string()};
  base::Bytes bytes(static_cast<std::size_t>(size));
  MILLPOND_TRY_DO(file->read(0, bytes));
  return bytes;
}

base::Result<> write_small(const std::string& vfs, const std::filesystem::path& path, base::ByteView bytes) {
  MILLPOND_TRY(const auto file, sqlite::File::open(vfs, path, sqlite::FileUse::write));
  MILLPOND_TRY_DO(file->truncate(0));
  MILLPOND_TRY_DO(file->write(0, bytes));
  return file->sync();
}

base::Result<bool> has_hash(const std::string& vfs, const std::filesystem::path& path,
                            const wire::SnapshotManifest& manifest) {
  MILLPOND_TRY(const auto file, sqlite::File::open(vfs, path, sqlite::FileUse::read));
  MILLPOND_TRY(const auto size, file->size());
  if (size != manifest.bytes) return false;
  crypto::Hasher hasher;
  base::Bytes piece;
  for (std::uint64_t at = 0; at < size; at += piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(hash_piece_bytes, size - at)));
    MILLPOND_TRY_DO(file->read(at, piece));
    hasher.add(piece);
  }
  return hasher.finish() == manifest.hash;
}

}  // namespace

base::Result<std::unique_ptr<SnapshotShelf>> SnapshotShelf::open(HubCore& core, const base::Clock& clock,
                                                                 ShelfOptions options) {
  std::unique_ptr<SnapshotShelf> shelf{new SnapshotShelf{core, clock, std::move(options)}};
  MILLPOND_TRY(const auto head, core.feed_head());
  for (std::size_t slot = 0; slot < slots; ++slot) MILLPOND_TRY_DO(shelf->take_up(slot, head.generation));
  shelf->offer();
  return shelf;
}

// A snapshot newer than the feed was made by a hub that lost its last days since; its numbers mean nothing any more.
base::Result<> SnapshotShelf::take_up(std::size_t slot, std::uint64_t generation) {
  MILLPOND_TRY(const bool there, sqlite::file_exists(options_.vfs, file_of(slot, ".manifest")));
  if (!there) return {};
  const auto bytes = read_small(options_.vfs, file_of(slot, ".manifest"));
  if (!bytes) return {};
  const auto manifest = wire::decode_snapshot_manifest(*bytes);
  if (!manifest || manifest->cursor.generation != generation) return {};
  MILLPOND_TRY(const auto head, core_.feed_head());
  if (manifest->cursor.hub_seq > head.hub_seq) return {};
  const auto whole = has_hash(options_.vfs, file_of(slot, ".zst"), *manifest);
  if (!whole || !*whole) return {};
  const std::lock_guard lock{mutex_};
  kept_.at(slot) = *manifest;
  return {};
}

std::filesystem::path SnapshotShelf::file_of(std::size_t slot, const char* suffix) const {
  return options_.folder / ("snapshot-" + std::to_string(slot + 1) + suffix);
}

std::optional<std::size_t> SnapshotShelf::newest_slot() const {
  std::optional<std::size_t> found;
  for (std::size_t slot = 0; slot < slots; ++slot) {
    if (!kept_.at(slot)) continue;
    if (!found || kept_.at(slot)->cursor.hub_seq > kept_.at(*found)->cursor.hub_seq) found = slot;
  }
  return found;
}

base::Result<bool> SnapshotShelf::due() {
  MILLPOND_TRY(const auto head, core_.feed_head());
  const std::lock_guard lock{mutex_};
  for (auto& manifest : kept_) {
    if (manifest && manifest->cursor.generation != head.generation) manifest.reset();
  }
  if (tombstones_wait_) return true;
  const auto slot = newest_slot();
  if (!slot) return head.hub_seq >= options_.rows_min || head.horizon > 0;
  const auto moved = head.hub_seq - kept_.at(*slot)->cursor.hub_seq;
  return moved >= options_.moved_min && moved * 100 >= head.hub_seq * options_.moved_percent;
}

// What changed on the disk, or cannot be read any more, is taken off; a new one is made when it is due.
void SnapshotShelf::verify_kept() {
  const auto now_ms = clock_.monotonic_ms();
  if (now_ms - verified_ms_ < options_.verify_ms) return;
  verified_ms_ = now_ms;
  for (std::size_t slot = 0; slot < slots; ++slot) {
    std::optional<wire::SnapshotManifest> manifest;
    {
      const std::lock_guard lock{mutex_};
      manifest = kept_.at(slot);
    }
    if (!manifest || has_hash(options_.vfs, file_of(slot, ".zst"), *manifest).value_or(false)) continue;
    const std::lock_guard lock{mutex_};
    kept_.at(slot).reset();
  }
}

base::Result<bool> SnapshotShelf::refresh() {
  verify_kept();
  MILLPOND_TRY(const bool needed, due());
  if (needed) {
    MILLPOND_TRY_DO(make());
    offer();
  }
  MILLPOND_TRY_DO(forget_tombstones());
  return needed;
}

base::Result<> SnapshotShelf::make() {
  std::size_t slot = 0;
  {
    const std::lock_guard lock{mutex_};
    const auto newest_one = newest_slot();
    slot = newest_one ? (*newest_one + 1) % slots : 0;
    kept_.at(slot).reset();
  }
  // Without a manifest the file is nobody's, so a crash on the way leaves nothing half made on the shelf.
  MILLPOND_TRY_DO(sqlite::remove_file(options_.vfs, file_of(slot, ".manifest")));
  MILLPOND_TRY(const auto manifest, core_.write_snapshot(file_of(slot, ".zst"), options_.vfs));
  MILLPOND_TRY_DO(write_small(options_.vfs, file_of(slot, ".manifest"), wire::encode(manifest)));
  const std::lock_guard lock{mutex_};
  kept_.at(slot) = manifest;
  return {};
}

void SnapshotShelf::offer() {
  const auto manifest = newest();
  if (manifest) core_.offer_snapshot(manifest->cursor, options_.rows_min);
}

// What somebody's row was must not stay because little happens: old tombstones that a kept snapshot has the rows of, or
// that no snapshot covers, wait for another one, and for one more while the first is kept beside it.
base::Result<> SnapshotShelf::forget_tombstones() {
  std::optional<std::uint64_t> through;
  {
    const std::lock_guard lock{mutex_};
    for (const auto& manifest : kept_) {
      if (manifest) through = std::min(through.value_or(UINT64_MAX), manifest->cursor.hub_seq);
    }
  }
  MILLPOND_TRY(const auto purged,
               core_.purge_tombstones(through.value_or(0), clock_.wall_ms() - options_.tombstone_ms));
  const std::lock_guard lock{mutex_};
  tombstones_wait_ = purged.waiting;
  return {};
}

std::optional<wire::SnapshotManifest> SnapshotShelf::newest() const {
  const std::lock_guard lock{mutex_};
  const auto slot = newest_slot();
  return slot ? kept_.at(*slot) : std::nullopt;
}

base::Result<std::uint64_t> SnapshotShelf::bytes_of(const base::Hash& hash) const {
  const std::lock_guard lock{mutex_};
  for (const auto& manifest : kept_) {
    if (manifest && manifest->hash == hash) return manifest->bytes;
  }
  return Error{Code::not_found, "find snapshot", "no such file, any more"};
}

base::Result<base::Bytes> SnapshotShelf::read(const base::Hash& hash, std::uint64_t offset, std::uint64_t bytes) const {
  std::unique_ptr<sqlite::File> file;
  std::uint64_t size = 0;
  {
    const std::lock_guard lock{mutex_};
    for (std::size_t slot = 0; slot < slots; ++slot) {
      if (!kept_.at(slot) || kept_.at(slot)->hash != hash) continue;
      size = kept_.at(slot)->bytes;
      MILLPOND_TRY(file, sqlite::File::open(options_.vfs, file_of(slot, ".zst"), sqlite::FileUse::read));
    }
  }
  if (!file) return Error{Code::not_found, "read snapshot", "no such file, any more"};
  if (offset >= size) return Error{Code::bad_input, "read snapshot", "it ends before"};
  const auto room = std::min<std::uint64_t>(snapshot_piece_bytes_max, size - offset);
  base::Bytes piece(static_cast<std::size_t>(std::min(bytes, room)));
  MILLPOND_TRY_DO(file->read(offset, piece));
  return piece;
}

}  // namespace millpond::hub
