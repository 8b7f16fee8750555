// SPDX-License-Identifier: Apache-2.0
// Stage 1: raw batches and watermarks.
#include "sync/hub/core/sqlite_store.h"
#include "sync/wire/canonical.h"

namespace millpond::hub {
namespace {

constexpr std::int64_t fork_evidence_max = 16;  // batches kept per epoch; a clone goes on sending

constexpr std::string_view mark_columns = "SELECT epoch, through, head, projected, quarantined FROM epochs ";

base::Result<Watermark> read_mark(const sqlite::Statement& row) {
  MILLPOND_TRY(const auto head, row.array<32>(2));
  return Watermark{{static_cast<std::uint32_t>(row.integer(0))},
                   {row.unsigned_integer(1)},
                   head,
                   {row.unsigned_integer(3)},
                   row.integer(4) != 0};
}

}  // namespace

base::Result<IngestOutcome> SqliteHubStore::ingest(const CheckedBatch& batch, const base::Hash& chain_start) {
  MILLPOND_CHECK(!batch.chain.empty());
  const std::lock_guard lock{mutex_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(const auto found, find_mark(batch.terminal, batch.epoch));
  auto mark = found.value_or(Watermark{batch.epoch, {}, chain_start, {}, false});
  const auto first = batch.first_seq.value;
  const auto last = batch.last_seq().value;
  if (first > mark.through.value + 1) return IngestOutcome{wire::UpStatus::gap, mark};

  // One equal chain value proves equal histories up to it, so the last position that both sides hold decides.
  const auto common = std::min(last, mark.through.value);
  const auto& theirs = common < first ? batch.chain_before : batch.chain[common - first];
  MILLPOND_TRY(const auto ours, common == mark.through.value ? base::Result<base::Hash>{mark.head}
                                                             : chain_at(batch.terminal, batch.epoch, {common}));
  if (theirs != ours || (mark.quarantined && last > mark.through.value)) {
    MILLPOND_TRY(auto outcome, quarantine(batch, mark));
    MILLPOND_TRY_DO(transaction.commit());
    return outcome;
  }
  if (last <= mark.through.value) return IngestOutcome{wire::UpStatus::accepted, mark};

  MILLPOND_TRY_DO(insert_batch(batch, mark));
  MILLPOND_TRY_DO(transaction.commit());
  mark.through = batch.last_seq();
  mark.head = batch.chain.back();
  return IngestOutcome{wire::UpStatus::accepted, mark};
}

base::Result<> SqliteHubStore::insert_batch(const CheckedBatch& batch, const Watermark& before) {
  const auto from = before.through.value + 1;
  const auto last = batch.last_seq();
  const auto& head = batch.chain.back();
  MILLPOND_TRY_DO(
      database_->run("INSERT INTO batches(terminal, epoch, first_seq, from_seq, last_seq, chain_before, "
                     "chain_head, received_ms, raw) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                     batch.terminal, batch.epoch, batch.first_seq, from, last, batch.chain_before, head,
                     batch.received_ms, batch.raw));
  for (const auto& payload : batch.payloads) {
    if (payload.seq.value < from) continue;
    MILLPOND_TRY_DO(database_->run("INSERT INTO payloads(terminal, epoch, seq, salt, box) VALUES(?1, ?2, ?3, ?4, ?5)",
                                   batch.terminal, batch.epoch, payload.seq, payload.salt, payload.box));
  }
  return database_->run(
      "INSERT INTO epochs(terminal, epoch, begun_no, through, head, projected, quarantined, received_ms) "
      "VALUES(?1, ?2, last_insert_rowid(), ?3, ?4, 0, 0, ?5) ON CONFLICT(terminal, epoch) DO UPDATE "
      "SET through=excluded.through, head=excluded.head, received_ms=excluded.received_ms",
      batch.terminal, batch.epoch, last, head, batch.received_ms);
}

base::Result<IngestOutcome> SqliteHubStore::quarantine(const CheckedBatch& batch, Watermark mark) {
  MILLPOND_TRY(const auto kept, database_->query_integer("SELECT count(*) FROM forks WHERE terminal=?1 AND epoch=?2",
                                                         batch.terminal, batch.epoch));
  if (kept.value_or(0) < fork_evidence_max) {
    MILLPOND_TRY_DO(
        database_->run("INSERT INTO forks(terminal, epoch, first_seq, received_ms, raw) VALUES(?1, ?2, ?3, ?4, ?5)",
                       batch.terminal, batch.epoch, batch.first_seq, batch.received_ms, batch.raw));
  }
  if (!mark.quarantined) {
    MILLPOND_TRY_DO(
        database_->run("UPDATE epochs SET quarantined=1 WHERE terminal=?1 AND epoch=?2", batch.terminal, batch.epoch));
    base::Bytes content;
    base::append_big_endian(content, batch.terminal.value, 4);
    base::append_big_endian(content, batch.epoch.value, 4);
    base::append_big_endian(content, batch.first_seq.value, 8);
    MILLPOND_TRY_DO(append_log("fork_seen", content, batch.received_ms));
  }
  mark.quarantined = true;
  return IngestOutcome{wire::UpStatus::fork, mark};
}

base::Result<std::optional<Watermark>> SqliteHubStore::find_mark(base::TerminalId terminal, base::Epoch epoch) {
  MILLPOND_TRY(auto row, database_->prepare(std::string{mark_columns} + "WHERE terminal=?1 AND epoch=?2"));
  MILLPOND_TRY_DO(row.bind(terminal, epoch));
  MILLPOND_TRY(const bool found, row.step());
  if (!found) return std::optional<Watermark>{};
  MILLPOND_TRY(const auto mark, read_mark(row));
  return std::optional{mark};
}

// The chain value at a position that stage 1 holds, recomputed from the raw batch when it is inside one.
base::Result<base::Hash> SqliteHubStore::chain_at(base::TerminalId terminal, base::Epoch epoch, base::Seq seq) {
  MILLPOND_TRY(auto row,
               database_->prepare("SELECT first_seq, last_seq, chain_before, chain_head, raw FROM batches "
                                  "WHERE terminal=?1 AND epoch=?2 AND from_seq<=?3 ORDER BY from_seq DESC LIMIT 1"));
  MILLPOND_TRY_DO(row.bind(terminal, epoch, seq));
  MILLPOND_TRY(const bool found, row.step());
  const base::Error missing{base::Code::store_corrupt, "read chain", "no batch holds seq " + std::to_string(seq.value)};
  if (!found || row.unsigned_integer(1) < seq.value) return missing;
  if (row.unsigned_integer(1) == seq.value) return row.array<32>(3);
  MILLPOND_TRY(auto hash, row.array<32>(2));
  MILLPOND_TRY(const auto request, wire::decode_up_request(row.bytes(4)));
  const auto count = seq.value - row.unsigned_integer(0) + 1;
  if (count > request.rows.size()) return missing;
  for (std::size_t i = 0; i < count; ++i) hash = wire::chain_next(hash, request.rows[i].canonical);
  return hash;
}

base::Result<std::vector<Watermark>> SqliteHubStore::read_marks(base::TerminalId terminal) {
  MILLPOND_TRY(auto row, database_->prepare(std::string{mark_columns} + "WHERE terminal=?1 ORDER BY begun_no"));
  MILLPOND_TRY_DO(row.bind(terminal));
  std::vector<Watermark> marks;
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return marks;
    MILLPOND_TRY(const auto mark, read_mark(row));
    marks.push_back(mark);
  }
}

base::Result<std::vector<Watermark>> SqliteHubStore::watermarks(base::TerminalId terminal) {
  const std::lock_guard lock{mutex_};
  return read_marks(terminal);
}

base::Result<std::optional<StoredBatch>> SqliteHubStore::batch_after(std::uint64_t& position) {
  const std::lock_guard lock{mutex_};
  MILLPOND_TRY(auto row,
               database_->prepare("SELECT no, terminal, epoch, from_seq, last_seq, chain_head, raw FROM batches "
                                  "WHERE no>?1 ORDER BY no LIMIT 1"));
  MILLPOND_TRY_DO(row.bind(position));
  MILLPOND_TRY(const bool found, row.step());
  if (!found) return std::optional<StoredBatch>{};
  MILLPOND_TRY(const auto head, row.array<32>(5));
  const auto raw = row.bytes(6);
  position = row.unsigned_integer(0);
  return std::optional{StoredBatch{{static_cast<std::uint32_t>(row.integer(1))},
                                   {static_cast<std::uint32_t>(row.integer(2))},
                                   {row.unsigned_integer(3)},
                                   {row.unsigned_integer(4)},
                                   head,
                                   base::Bytes{raw.begin(), raw.end()}}};
}

}  // namespace millpond::hub
