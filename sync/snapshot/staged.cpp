// SPDX-License-Identifier: Apache-2.0
#include "sync/snapshot/staged.h"

#include "sync/crypto/hash.h"
#include "sync/snapshot/download_file.h"
#include "sync/snapshot/tables.h"
#include "sync/sqlite/transaction.h"
#include "sync/wire/compress_stream.h"

#include <algorithm>

namespace millpond::snapshot {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t piece_bytes = 256U << 10;

// A crash makes the file useless and the next start removes it, so it needs no journal; what settles it is synced.
constexpr std::string_view pragmas =
    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL; "
    "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000; PRAGMA trusted_schema = OFF";

// Whether the bytes are at fault, and not this machine.
bool blames_bytes(Code code) {
  return code == Code::bad_input || code == Code::too_large || code == Code::store_corrupt;
}

bool is_set(const std::atomic<bool>* flag) { return flag != nullptr && flag->load(); }

Error given_up() { return Error{Code::cancelled, "stage snapshot", "the program ends"}; }

// Hands every byte of the compressed file to the sink.
base::Result<> read_download(sqlite::File& file, std::uint64_t bytes, const std::atomic<bool>* cancelled,
                             const wire::PieceSink& sink) {
  base::Bytes piece(piece_bytes);
  for (std::uint64_t at = 0; at < bytes; at += piece.size()) {
    if (is_set(cancelled)) return given_up();
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, bytes - at)));
    MILLPOND_TRY_DO(file.read(download_begin + at, piece));
    MILLPOND_TRY_DO(sink(piece));
  }
  return {};
}

class SqliteStaged final : public Staged {
 public:
  SqliteStaged(const Place& place, const wire::SnapshotManifest& manifest, const std::atomic<bool>* cancelled)
      : place_{place}, manifest_{manifest}, cancelled_{cancelled} {}

  ~SqliteStaged() override {
    db_.reset();
    if (!adopted_) (void)sqlite::remove_file(place_.vfs, place_.incoming());  // else the next start does it
  }
  SqliteStaged(const SqliteStaged&) = delete;
  SqliteStaged& operator=(const SqliteStaged&) = delete;

  [[nodiscard]] base::Result<> prepare() {
    {
      MILLPOND_TRY(const auto file, sqlite::File::open(place_.vfs, place_.download(), sqlite::FileUse::read));
      MILLPOND_TRY_DO(check_hash(*file));
      MILLPOND_TRY_DO(unpack(*file));
    }
    MILLPOND_TRY(db_, sqlite::Connection::open(
                          {.path = place_.incoming(), .vfs = place_.vfs, .create = false, .cancelled = cancelled_}));
    MILLPOND_TRY_DO(db_->execute(pragmas));
    MILLPOND_TRY_DO(check_file(*db_));
    MILLPOND_TRY(const auto pages, db_->query_integer("PRAGMA page_count"));
    MILLPOND_TRY(const auto page_bytes, db_->query_integer("PRAGMA page_size"));
    const auto size = static_cast<std::uint64_t>(pages.value_or(0) * page_bytes.value_or(0));
    if (size != manifest_.raw_bytes) return Error{Code::bad_input, "stage snapshot", "the last page is not whole"};
    MILLPOND_TRY(state_, load_state(*db_));
    if (state_.cursor == manifest_.cursor && state_.members == manifest_.members) return {};
    return Error{Code::bad_input, "stage snapshot", "the file is as of another moment than its manifest"};
  }

  [[nodiscard]] base::Result<std::vector<wire::DownRow>> documents() override {
    std::vector<wire::DownRow> rows;
    for (const auto kind : journal_kinds) {
      MILLPOND_TRY(auto more, read_others(*db_, kind));
      std::ranges::move(more, std::back_inserter(rows));
    }
    return rows;
  }

  [[nodiscard]] base::Result<base::EpochMark> includes(base::TerminalId terminal) override {
    MILLPOND_TRY(const auto marks, read_marks(*db_, terminal));
    const auto newest =
        std::find_if(marks.rbegin(), marks.rend(), [](const auto& mark) { return mark.through.value > 0; });
    return newest == marks.rend() ? base::EpochMark{} : *newest;
  }

  [[nodiscard]] const wire::SnapshotManifest& manifest() const override { return manifest_; }
  [[nodiscard]] const Place& place() const override { return place_; }

  [[nodiscard]] base::Result<> settle(std::uint64_t as_of_position) override {
    state_.as_of_position = as_of_position;
    state_.complete = false;
    state_.cursor.scoped_seq = 0;
    {
      MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*db_));
      MILLPOND_TRY_DO(db_->execute("DELETE FROM marks"));
      for (const auto kind : journal_kinds) MILLPOND_TRY_DO(db_->run("DELETE FROM others WHERE kind=?1", kind));
      MILLPOND_TRY_DO(save_state(*db_, state_));
      MILLPOND_TRY_DO(transaction.commit());
    }
    db_.reset();
    return {};
  }

  void adopted() override {
    adopted_ = true;
    (void)sqlite::remove_file(place_.vfs, place_.download());  // else the next start finds it stale
  }

 private:
  [[nodiscard]] base::Result<> check_hash(sqlite::File& file) {
    crypto::Hasher hasher;
    MILLPOND_TRY_DO(read_download(file, manifest_.bytes, cancelled_, [&](base::ByteView piece) -> base::Result<> {
      hasher.add(piece);
      return {};
    }));
    if (hasher.finish() == manifest_.hash) return {};
    return Error{Code::bad_input, "stage snapshot", "the file is not the one that the hub named"};
  }

  [[nodiscard]] base::Result<> unpack(sqlite::File& from) {
    MILLPOND_TRY_DO(sqlite::remove_file(place_.vfs, place_.incoming()));
    MILLPOND_TRY(const auto to, sqlite::File::open(place_.vfs, place_.incoming(), sqlite::FileUse::write));
    std::uint64_t written = 0;
    const wire::PieceSink keep = [&](base::ByteView piece) -> base::Result<> {
      MILLPOND_TRY_DO(to->write(written, piece));
      written += piece.size();
      return {};
    };
    wire::StreamDecompressor decompressor{manifest_.raw_bytes};
    MILLPOND_TRY_DO(read_download(from, manifest_.bytes, cancelled_,
                                  [&](base::ByteView piece) { return decompressor.add(piece, keep); }));
    return decompressor.finish();
  }

  Place place_;
  wire::SnapshotManifest manifest_;
  const std::atomic<bool>* cancelled_;
  std::unique_ptr<sqlite::Connection> db_;
  State state_;
  bool adopted_ = false;
};

}  // namespace

base::Result<std::unique_ptr<Staged>> Staged::open(std::unique_ptr<Download> download,
                                                   const std::atomic<bool>* cancelled) {
  if (!download->finished()) { return Error{Code::bad_input, "stage snapshot", "the download is not whole"}; }
  const auto place = download->place();
  auto staged = std::make_unique<SqliteStaged>(place, download->manifest(), cancelled);
  download.reset();
  const auto prepared = staged->prepare();
  if (prepared) return std::unique_ptr<Staged>{std::move(staged)};
  // An interrupted check says nothing about the file.
  if (is_set(cancelled)) return given_up();
  auto error = prepared.error();
  if (blames_bytes(error.code)) {
    MILLPOND_TRY_DO(sqlite::remove_file(place.vfs, place.download()));
    error.code = Code::bad_input;
  }
  return error;
}

}  // namespace millpond::snapshot
