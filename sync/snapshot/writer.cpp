// SPDX-License-Identifier: Apache-2.0
#include "sync/snapshot/writer.h"

#include "sync/crypto/hash.h"
#include "sync/snapshot/tables.h"
#include "sync/sqlite/file.h"
#include "sync/sqlite/migrate.h"
#include "sync/sqlite/transaction.h"
#include "sync/wire/compress_stream.h"

#include <map>

namespace millpond::snapshot {
namespace {

constexpr std::size_t piece_bytes = 256U << 10;

// Nothing of the raw file needs to survive: whoever crashes begins again. So it has no journal and no sync, and the one
// sync is that of the compressed file.
constexpr std::string_view pragmas =
    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA page_size = 4096; "
    "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA cache_size = -16000";
constexpr std::string_view index_of_coupons = "CREATE INDEX coupons_member";

class SqliteWriter final : public Writer {
 public:
  explicit SqliteWriter(const WriterOptions& options) : options_{options}, raw_{options.path} {
    raw_ += ".raw";
    state_.cursor = {options.cursor.generation, options.cursor.hub_seq, 0};
    state_.as_of_ms = options.hub_wall_ms;
  }

  ~SqliteWriter() override {
    transaction_.reset();
    db_.reset();
    // Who could be told that a left-over stays? The next writer replaces it.
    (void)sqlite::remove_file(options_.vfs, raw_);
    if (!finished_) (void)sqlite::remove_file(options_.vfs, options_.path);
  }
  SqliteWriter(const SqliteWriter&) = delete;
  SqliteWriter& operator=(const SqliteWriter&) = delete;

  [[nodiscard]] base::Result<> begin() {
    MILLPOND_TRY_DO(sqlite::remove_file(options_.vfs, raw_));
    MILLPOND_TRY_DO(sqlite::remove_file(options_.vfs, options_.path));
    MILLPOND_TRY(db_, sqlite::Connection::open({.path = raw_, .vfs = options_.vfs}));
    MILLPOND_TRY_DO(db_->execute(pragmas));
    MILLPOND_TRY_DO(sqlite::migrate(*db_, schema));
    MILLPOND_TRY_DO(db_->execute("DROP INDEX coupons_member"));
    MILLPOND_TRY(transaction_, begun());
    return {};
  }

  [[nodiscard]] base::Result<> add(std::uint8_t kind, base::ByteView key, base::ByteView body) override {
    return add_row(*db_, state_, kind, key, body);
  }

  [[nodiscard]] base::Result<> add_mark(base::TerminalId terminal, base::EpochMark projected) override {
    return snapshot::add_mark(*db_, terminal, ordinals_[terminal.value]++, projected);
  }

  [[nodiscard]] base::Result<wire::SnapshotManifest> finish() override {
    MILLPOND_TRY_DO(save_state(*db_, state_));
    // Made at the end from sorted entries: a tenth of what it costs to keep it up to date row by row.
    const auto index = schema.front().substr(schema.front().find(index_of_coupons));
    MILLPOND_TRY_DO(db_->execute(index));
    MILLPOND_TRY_DO(transaction_->commit());
    transaction_.reset();
    db_.reset();
    wire::SnapshotManifest manifest;
    manifest.schema = schema_version;
    manifest.cursor = state_.cursor;
    manifest.members = state_.members;
    MILLPOND_TRY_DO(compress(manifest));
    finished_ = true;
    return manifest;
  }

 private:
  [[nodiscard]] base::Result<std::unique_ptr<sqlite::Transaction>> begun() {
    MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*db_));
    return std::make_unique<sqlite::Transaction>(std::move(transaction));
  }

  [[nodiscard]] base::Result<> compress(wire::SnapshotManifest& manifest) {
    MILLPOND_TRY(const auto from, sqlite::File::open(options_.vfs, raw_, sqlite::FileUse::read));
    MILLPOND_TRY(const auto to, sqlite::File::open(options_.vfs, options_.path, sqlite::FileUse::write));
    MILLPOND_TRY(manifest.raw_bytes, from->size());
    crypto::Hasher hasher;
    const wire::PieceSink keep = [&](base::ByteView piece) -> base::Result<> {
      hasher.add(piece);
      MILLPOND_TRY_DO(to->write(manifest.bytes, piece));
      manifest.bytes += piece.size();
      return {};
    };
    wire::StreamCompressor compressor{options_.level, manifest.raw_bytes};
    base::Bytes piece(piece_bytes);
    for (std::uint64_t at = 0; at < manifest.raw_bytes; at += piece.size()) {
      piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, manifest.raw_bytes - at)));
      MILLPOND_TRY_DO(from->read(at, piece));
      MILLPOND_TRY_DO(compressor.add(piece, keep));
    }
    MILLPOND_TRY_DO(compressor.finish(keep));
    manifest.hash = hasher.finish();
    return to->sync();
  }

  WriterOptions options_;
  std::filesystem::path raw_;
  std::unique_ptr<sqlite::Connection> db_;
  std::unique_ptr<sqlite::Transaction> transaction_;
  State state_;
  std::map<std::uint32_t, std::uint32_t> ordinals_;  // next one by terminal
  bool finished_ = false;
};

}  // namespace

base::Result<std::unique_ptr<Writer>> Writer::create(const WriterOptions& options) {
  auto writer = std::make_unique<SqliteWriter>(options);
  MILLPOND_TRY_DO(writer->begin());
  return std::unique_ptr<Writer>{std::move(writer)};
}

}  // namespace millpond::snapshot
