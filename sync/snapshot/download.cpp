// SPDX-License-Identifier: Apache-2.0
#include "sync/snapshot/download.h"

#include "sync/crypto/hash.h"
#include "sync/snapshot/download_file.h"
#include "sync/snapshot/tables.h"

namespace millpond::snapshot {
namespace {

using base::Bytes;
using base::ByteView;
using base::Code;
using base::Error;

constexpr std::uint64_t recorded_every_bytes = 256U << 10;
constexpr std::uint64_t sector_bytes = 4'096;  // what a power cut can spoil together
constexpr std::size_t record_bytes = 32 + 8 + 8 + 8;
constexpr std::size_t record_check_bytes = 8;

Bytes encode_record(const DownloadRecord& record) {
  Bytes bytes{record.manifest.begin(), record.manifest.end()};
  base::append_big_endian(bytes, record.cursor.generation, 8);
  base::append_big_endian(bytes, record.cursor.hub_seq, 8);
  base::append_big_endian(bytes, record.received, 8);
  base::append(bytes, ByteView{crypto::blake2b(bytes)}.first(record_check_bytes));
  return bytes;
}

std::optional<DownloadRecord> decode_record(ByteView bytes) {
  const auto content = bytes.first(record_bytes);
  if (!std::ranges::equal(ByteView{crypto::blake2b(content)}.first(record_check_bytes), bytes.subspan(record_bytes))) {
    return std::nullopt;
  }
  DownloadRecord record;
  std::copy_n(content.begin(), record.manifest.size(), record.manifest.begin());
  record.cursor.generation = base::read_big_endian(content.subspan(32, 8));
  record.cursor.hub_seq = base::read_big_endian(content.subspan(40, 8));
  record.received = base::read_big_endian(content.subspan(48, 8));
  return record;
}

base::Result<> check_limits(const wire::SnapshotManifest& manifest) {
  if (manifest.schema > schema_version) {
    return Error{Code::store_newer, "fetch snapshot", "tables of version " + std::to_string(manifest.schema)};
  }
  if (manifest.bytes > wire::snapshot_bytes_max || manifest.raw_bytes > wire::snapshot_raw_bytes_max) {
    return Error{Code::too_large, "fetch snapshot", std::to_string(manifest.raw_bytes) + " bytes"};
  }
  return {};
}

class FileDownload final : public Download {
 public:
  FileDownload(const Place& place, const wire::SnapshotManifest& manifest) : place_{place}, manifest_{manifest} {}

  [[nodiscard]] base::Result<> begin() {
    MILLPOND_TRY(file_, sqlite::File::open(place_.vfs, place_.download(), sqlite::FileUse::write));
    MILLPOND_TRY(const auto size, file_->size());
    MILLPOND_TRY(const auto record, read_records(*file_));
    const bool ours = record && record->manifest == name_of(manifest_) && record->received <= manifest_.bytes &&
                      download_begin + record->received <= size;
    if (!ours) return file_->truncate(0);
    have_ = recorded_ = record->received;
    return {};
  }

  [[nodiscard]] std::uint64_t have() const override { return have_; }
  [[nodiscard]] bool finished() const override { return have_ == manifest_.bytes; }
  [[nodiscard]] const wire::SnapshotManifest& manifest() const override { return manifest_; }
  [[nodiscard]] const Place& place() const override { return place_; }

  [[nodiscard]] base::Result<> append(std::uint64_t offset, ByteView piece) override {
    if (offset != have_) {
      return Error{Code::bad_input, "append to download",
                   "bytes from " + std::to_string(offset) + ", not from " + std::to_string(have_)};
    }
    if (piece.size() > manifest_.bytes - have_) {
      return Error{Code::too_large, "append to download", "more than " + std::to_string(manifest_.bytes) + " bytes"};
    }
    MILLPOND_TRY_DO(file_->write(download_begin + have_, piece));
    const auto now = have_ + piece.size();
    if (now - recorded_ >= recorded_every_bytes || now == manifest_.bytes) MILLPOND_TRY_DO(record(now));
    have_ = now;
    return {};
  }

 private:
  // The bytes first: a record must not say more than what a power cut leaves.
  [[nodiscard]] base::Result<> record(std::uint64_t received) {
    MILLPOND_TRY_DO(file_->sync());
    // The next bytes share the last sector, and a power cut while they are written takes those before them along.
    if (received != manifest_.bytes) received -= received % sector_bytes;
    slot_ ^= 1U;
    MILLPOND_TRY_DO(write_record(*file_, slot_, {name_of(manifest_), manifest_.cursor, received}));
    recorded_ = received;
    return {};
  }

  Place place_;
  wire::SnapshotManifest manifest_;
  std::unique_ptr<sqlite::File> file_;
  std::uint64_t have_{};
  std::uint64_t recorded_{};
  unsigned slot_{};
};

}  // namespace

base::Hash name_of(const wire::SnapshotManifest& manifest) { return crypto::blake2b(wire::encode(manifest)); }

base::Result<> write_record(sqlite::File& file, unsigned slot, const DownloadRecord& record) {
  return file.write(slot * record_spacing, encode_record(record));
}

base::Result<std::optional<DownloadRecord>> read_records(sqlite::File& file) {
  std::optional<DownloadRecord> best;
  MILLPOND_TRY(const auto size, file.size());
  if (size < download_begin) return best;
  for (unsigned slot = 0; slot < 2; ++slot) {
    std::array<std::uint8_t, record_bytes + record_check_bytes> bytes{};
    MILLPOND_TRY_DO(file.read(slot * record_spacing, bytes));
    const auto record = decode_record(bytes);
    if (record && (!best || record->received > best->received)) best = record;
  }
  return best;
}

base::Result<std::unique_ptr<Download>> Download::open(const Place& place, const wire::SnapshotManifest& manifest) {
  MILLPOND_TRY_DO(check_limits(manifest));
  auto download = std::make_unique<FileDownload>(place, manifest);
  MILLPOND_TRY_DO(download->begin());
  return std::unique_ptr<Download>{std::move(download)};
}

base::Result<> drop_stale_download(const Place& place, const wire::DownCursor& cursor) {
  MILLPOND_TRY(const bool exists, sqlite::file_exists(place.vfs, place.download()));
  if (!exists) return {};
  {
    MILLPOND_TRY(const auto file, sqlite::File::open(place.vfs, place.download(), sqlite::FileUse::read));
    MILLPOND_TRY(const auto record, read_records(*file));
    const bool older =
        record && record->cursor.generation == cursor.generation && record->cursor.hub_seq <= cursor.hub_seq;
    if (record && !older) return {};
  }
  return sqlite::remove_file(place.vfs, place.download());
}

}  // namespace millpond::snapshot
