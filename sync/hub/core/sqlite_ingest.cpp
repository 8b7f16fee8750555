// SPDX-License-Identifier: Apache-2.0
// Stage 1: raw batches and watermarks.
#include "sync/hub/core/sqlite_store.h"
#include "sync/wire/canonical.h"

namespace millpond::hub {
namespace {

constexpr std::string_view mark_columns = "SELECT epoch, through, head, projected, forked, lane FROM epochs ";

base::Result<Watermark> read_mark(const sqlite::Statement& row) {
  MILLPOND_TRY(const auto head, row.array<32>(2));
  return Watermark{{static_cast<std::uint32_t>(row.integer(0))},
                   {row.unsigned_integer(1)},
                   head,
                   {row.unsigned_integer(3)},
                   row.integer(4) != 0};
}

StoredBatch stored_batch(const sqlite::Statement& row, const base::Hash& head) {
  const auto raw = row.bytes(6);
  return {{static_cast<std::uint32_t>(row.integer(1))},
          {static_cast<std::uint32_t>(row.integer(2))},
          {row.unsigned_integer(3)},
          {row.unsigned_integer(4)},
          head,
          {raw.begin(), raw.end()},
          row.integer(7),
          {}};
}

base::Result<std::optional<StoredBatch>> next_batch(sqlite::Statement& row, std::uint64_t& position) {
  MILLPOND_TRY_DO(row.bind(position));
  MILLPOND_TRY(const bool found, row.step());
  if (!found) return std::optional<StoredBatch>{};
  MILLPOND_TRY(const auto head, row.array<32>(5));
  position = row.unsigned_integer(0);
  return std::optional{stored_batch(row, head)};
}

}  // namespace

base::Result<IngestOutcome> SqliteHubStore::ingest(const CheckedBatch& batch, const base::Hash& chain_start) {
  MILLPOND_CHECK(!batch.chain.empty());
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(auto at, find_mark(batch.terminal, batch.epoch, chain_start));
  if (at.lane) {
    MILLPOND_TRY(auto outcome, take_again(batch, at));
    if (outcome) {
      MILLPOND_TRY_DO(transaction.commit());
      return std::move(*outcome);
    }
  }
  const auto held = at.mark.through.value;
  const auto first = batch.first_seq.value;
  const auto last = batch.last_seq().value;
  if (first > held + 1) return IngestOutcome{wire::UpStatus::gap, at.mark, {}};

  // One equal chain value proves equal histories up to it, so the last position that both sides hold decides.
  const auto common = std::min(last, held);
  const auto& theirs = common < first ? batch.chain_before : batch.chain[common - first];
  auto ours = at.mark.head;
  if (common < held) {
    MILLPOND_TRY(const auto values, chain_between(*at.lane, chain_start, common, common));
    ours = values.front();
  }
  if (theirs != ours) {
    MILLPOND_TRY(auto outcome, note_fork(batch, chain_start, std::move(at)));
    MILLPOND_TRY_DO(transaction.commit());
    return outcome;
  }
  if (last <= held) return IngestOutcome{wire::UpStatus::accepted, at.mark, {}};

  MILLPOND_TRY(const bool suspected, insert_batch(batch, at));
  MILLPOND_TRY_DO(transaction.commit());
  at.mark.through = batch.last_seq();
  at.mark.head = batch.chain.back();
  return IngestOutcome{wire::UpStatus::accepted, at.mark, {}, suspected};
}

base::Result<bool> SqliteHubStore::insert_batch(const CheckedBatch& batch, const Marked& at) {
  const auto from = at.mark.through.value + 1;
  MILLPOND_TRY(const auto lane, move_mark(batch, at));
  MILLPOND_TRY_DO(
      database_->run("INSERT INTO batches(lane, first_seq, from_seq, last_seq, chain_before, chain_head, received_ms, "
                     "raw) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                     lane, batch.first_seq, from, batch.last_seq(), batch.chain_before, batch.chain.back(),
                     batch.received_ms, batch.raw));
  for (const auto& payload : batch.payloads) {
    if (payload.seq.value < from) continue;
    MILLPOND_TRY_DO(database_->run("INSERT INTO payloads(lane, seq, salt, box) VALUES(?1, ?2, ?3, ?4)", lane,
                                   payload.seq, payload.salt, payload.box));
  }
  // An epoch that goes on after a newer one has begun: two machines live.
  MILLPOND_TRY(const auto newest,
               database_->query_integer("SELECT max(lane) FROM epochs WHERE terminal=?1", batch.terminal));
  if (newest.value_or(lane) == lane) return false;
  return suspect(batch.terminal, batch.epoch, false, batch.received_ms);
}

base::Result<Lane> SqliteHubStore::move_mark(const CheckedBatch& batch, const Marked& at) {
  const auto& head = batch.chain.back();
  if (at.lane) {
    MILLPOND_TRY_DO(database_->run("UPDATE epochs SET through=?2, head=?3, received_ms=?4, offset_ms=?5 WHERE lane=?1",
                                   *at.lane, batch.last_seq(), head, batch.received_ms, batch.clock_offset_ms));
    return *at.lane;
  }
  MILLPOND_TRY_DO(
      database_->run("INSERT INTO epochs(terminal, epoch, through, head, projected, forked, received_ms, "
                     "offset_ms) VALUES(?1, ?2, ?3, ?4, 0, 0, ?5, ?6)",
                     batch.terminal, batch.epoch, batch.last_seq(), head, batch.received_ms, batch.clock_offset_ms));
  MILLPOND_TRY(const auto lane, database_->query_integer("SELECT last_insert_rowid()"));
  return lane.value_or(0);
}

base::Result<SqliteHubStore::Marked> SqliteHubStore::find_mark(base::TerminalId terminal, base::Epoch epoch,
                                                               const base::Hash& chain_start) {
  MILLPOND_TRY(auto row, database_->prepare(std::string{mark_columns} + "WHERE terminal=?1 AND epoch=?2"));
  MILLPOND_TRY_DO(row.bind(terminal, epoch));
  MILLPOND_TRY(const bool found, row.step());
  if (!found) return Marked{std::nullopt, {epoch, {}, chain_start, {}, false}};
  MILLPOND_TRY(const auto mark, read_mark(row));
  return Marked{row.integer(5), mark};
}

// Recomputed from the raw batches, which hold chain values of their ends only.
base::Result<std::vector<base::Hash>> SqliteHubStore::chain_between(Lane lane, const base::Hash& chain_start,
                                                                    std::uint64_t from, std::uint64_t to) {
  std::vector<base::Hash> values;
  if (from == 0) values.push_back(chain_start);
  MILLPOND_TRY(auto row, database_->prepare("SELECT first_seq, from_seq, last_seq, chain_before, chain_head, raw "
                                            "FROM batches WHERE lane=?1 AND from_seq<=?2 AND from_seq>=coalesce("
                                            "(SELECT max(from_seq) FROM batches WHERE lane=?1 AND from_seq<=?3), 1) "
                                            "ORDER BY from_seq"));
  MILLPOND_TRY_DO(row.bind(lane, to, from));
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) break;
    const auto last = row.unsigned_integer(2);
    if (last == from && last == to) {  // no need to look inside
      MILLPOND_TRY(const auto head, row.array<32>(4));
      return std::vector{head};
    }
    MILLPOND_TRY(auto hash, row.array<32>(3));
    MILLPOND_TRY(const auto request, wire::decode_up_request(row.bytes(5)));
    auto seq = row.unsigned_integer(0);
    for (const auto& fact : request.rows) {
      hash = wire::chain_next(hash, fact.canonical);
      if (seq >= row.unsigned_integer(1) && seq >= from && seq <= to) values.push_back(hash);
      ++seq;
    }
  }
  if (values.size() == to - from + 1) return values;
  return base::Error{base::Code::store_corrupt, "read chain", "no batch holds every seq to " + std::to_string(to)};
}

base::Result<std::vector<Watermark>> SqliteHubStore::read_marks(base::TerminalId terminal) {
  MILLPOND_TRY(auto row, database_->prepare(std::string{mark_columns} + "WHERE terminal=?1 ORDER BY lane"));
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
  const std::lock_guard lock{lock_};
  return read_marks(terminal);
}

base::Result<std::optional<StoredBatch>> SqliteHubStore::batch_after(std::uint64_t& position) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto row, database_->prepare("SELECT b.no, e.terminal, e.epoch, b.from_seq, b.last_seq, b.chain_head, "
                                            "b.raw, b.received_ms, b.first_seq, b.chain_before FROM batches b JOIN "
                                            "epochs e ON e.lane=b.lane WHERE b.no>?1 ORDER BY b.no LIMIT 1"));
  MILLPOND_TRY(auto batch, next_batch(row, position));
  if (!batch) return batch;
  batch->no = position;
  batch->first_seq = {row.unsigned_integer(8)};
  MILLPOND_TRY(batch->chain_before, row.array<32>(9));
  MILLPOND_TRY(batch->mended_from, mended_from(position));
  return batch;
}

base::Result<std::optional<StoredBatch>> SqliteHubStore::fork_after(std::uint64_t& position) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto row, database_->prepare("SELECT no, terminal, epoch, first_seq, last_seq, chain_head, raw, "
                                            "received_ms FROM forks WHERE no>?1 ORDER BY no LIMIT 1"));
  return next_batch(row, position);
}

}  // namespace millpond::hub
