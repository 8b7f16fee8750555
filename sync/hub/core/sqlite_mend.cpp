// SPDX-License-Identifier: Apache-2.0
// A stored batch that changed on the disk is asked of its terminal again, whose ring keeps what it sent. It comes back
// in batches of any length, each signed: they are kept as they came, and the one that changed is made again of their
// facts, in its own place, so that a rebuild still replays everything in the order in which it arrived. Meanwhile the
// terminal is told that less is held; what stage 2 has applied stays applied.
#include "sync/hub/core/sqlite_store.h"
#include "sync/wire/batch_chain.h"

#include <algorithm>

namespace millpond::hub {

using base::Code;

struct SqliteHubStore::Wanted {
  std::uint64_t no{};
  base::Seq from;
  base::Seq last;
  base::Seq through;    // came back so far; before `from`: nothing has
  base::Hash head{};    // chain value at `through`
  base::Hash before{};  // the same before `from`
};

base::Result<bool> SqliteHubStore::ask_again(const StoredBatch& broken, const base::Hash& chain_start,
                                             std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  std::uint64_t no = 0;
  Lane lane = 0;
  {
    MILLPOND_TRY(auto row, database_->prepare("SELECT b.no, b.lane FROM batches b JOIN epochs e ON e.lane=b.lane WHERE "
                                              "e.terminal=?1 AND e.epoch=?2 AND b.from_seq=?3 AND b.last_seq=?4"));
    MILLPOND_TRY_DO(row.bind(broken.terminal, broken.epoch, broken.from_seq, broken.last_seq));
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return false;
    no = row.unsigned_integer(0);
    lane = row.integer(1);
  }
  auto before = chain_start;
  if (broken.from_seq.value > 1) {
    MILLPOND_TRY(auto row, database_->prepare("SELECT chain_head FROM batches WHERE lane=?1 AND last_seq=?2"));
    MILLPOND_TRY_DO(row.bind(lane, broken.from_seq.value - 1));
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return false;
    MILLPOND_TRY(before, row.array<32>(0));
  }
  MILLPOND_TRY_DO(
      database_->run("INSERT INTO wanted(no, lane, from_seq, last_seq, through, head, before, asked_ms) "
                     "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7) ON CONFLICT(no) DO NOTHING",
                     no, lane, broken.from_seq, broken.last_seq, broken.from_seq.value - 1, before, now_ms));
  const bool is_new = database_->changes() > 0;
  if (is_new) {
    // Whatever is left of it is a person's to look at.
    MILLPOND_TRY_DO(
        database_->run("INSERT INTO mended(batch, received_ms, raw) SELECT no, 0, raw FROM batches WHERE no=?1", no));
  }
  MILLPOND_TRY_DO(transaction.commit());
  return is_new;
}

base::Result<> SqliteHubStore::put_right(const StoredBatch& batch, std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY_DO(database_->run(
      "UPDATE batches SET first_seq=?2, last_seq=?3, chain_before=?4, chain_head=?5 WHERE no=?1 AND from_seq>=?2",
      batch.no, batch.first_seq, batch.last_seq, batch.chain_before, batch.chain_head));
  MILLPOND_TRY_DO(append_log("batch_mended", base::view_of(std::to_string(batch.no)), now_ms));
  return transaction.commit();
}

base::Result<std::optional<SqliteHubStore::Wanted>> SqliteHubStore::find_wanted(Lane lane) {
  std::optional<Wanted> none;
  MILLPOND_TRY(auto row, database_->prepare("SELECT no, from_seq, last_seq, through, head, before FROM wanted "
                                            "WHERE lane=?1 ORDER BY from_seq LIMIT 1"));
  MILLPOND_TRY_DO(row.bind(lane));
  MILLPOND_TRY(const bool found, row.step());
  if (!found) return none;
  Wanted wanted{
      row.unsigned_integer(0), {row.unsigned_integer(1)}, {row.unsigned_integer(2)}, {row.unsigned_integer(3)}, {}, {}};
  MILLPOND_TRY(wanted.head, row.array<32>(4));
  MILLPOND_TRY(wanted.before, row.array<32>(5));
  return std::optional{wanted};
}

base::Result<> SqliteHubStore::hold_back(base::TerminalId terminal, std::vector<Watermark>& marks) {
  MILLPOND_TRY(auto row, database_->prepare("SELECT e.epoch, min(w.through) FROM wanted w JOIN epochs e ON "
                                            "e.lane=w.lane WHERE e.terminal=?1 GROUP BY e.epoch"));
  MILLPOND_TRY_DO(row.bind(terminal));
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return {};
    const base::Epoch epoch{static_cast<std::uint32_t>(row.integer(0))};
    for (auto& mark : marks) {
      if (mark.epoch == epoch) mark.through = std::min(mark.through, base::Seq{row.unsigned_integer(1)});
    }
  }
}

base::Result<std::optional<IngestOutcome>> SqliteHubStore::take_again(const CheckedBatch& batch, const Marked& at) {
  MILLPOND_TRY(const auto wanted, find_wanted(*at.lane));
  if (!wanted) return std::optional<IngestOutcome>{};
  MILLPOND_TRY(auto outcome, take_wanted(batch, at, *wanted));
  return std::optional{std::move(outcome)};
}

base::Result<IngestOutcome> SqliteHubStore::take_wanted(const CheckedBatch& batch, const Marked& at,
                                                        const Wanted& wanted) {
  const auto held = wanted.through.value;
  const auto first = batch.first_seq.value;
  const auto last = std::min(batch.last_seq(), wanted.last).value;
  auto mark = at.mark;
  mark.through = wanted.through;
  mark.head = wanted.head;
  if (first > held + 1) return IngestOutcome{wire::UpStatus::gap, mark, {}};
  if (last <= held) return IngestOutcome{wire::UpStatus::accepted, mark, {}};
  if ((held < first ? batch.chain_before : batch.chain[held - first]) != wanted.head)
    return another_history(batch, mark);
  const auto& head = batch.chain[last - first];
  if (last == wanted.last.value) {
    MILLPOND_TRY(const bool same, ends_as_held(*at.lane, wanted, head));
    if (!same) return another_history(batch, mark);
  }
  MILLPOND_TRY_DO(database_->run("INSERT INTO mended(batch, received_ms, raw) VALUES(?1, ?2, ?3)", wanted.no,
                                 batch.received_ms, batch.raw));
  MILLPOND_TRY_DO(database_->run("UPDATE wanted SET through=?2, head=?3 WHERE no=?1", wanted.no, last, head));
  mark.through = {last};
  mark.head = head;
  if (last == wanted.last.value) {
    MILLPOND_TRY(const bool whole, make_again(wanted, head));
    if (!whole) {  // what had come changed on the disk as well
      MILLPOND_TRY_DO(database_->run("DELETE FROM mended WHERE batch=?1 AND received_ms<>0", wanted.no));
      MILLPOND_TRY_DO(database_->run("UPDATE wanted SET through=from_seq-1, head=before WHERE no=?1", wanted.no));
      mark.through = {wanted.from.value - 1};
      mark.head = wanted.before;
      return IngestOutcome{wire::UpStatus::gap, mark, {}};
    }
    MILLPOND_TRY_DO(database_->run("DELETE FROM wanted WHERE no=?1", wanted.no));
    MILLPOND_TRY_DO(append_log("batch_mended", base::view_of(std::to_string(wanted.no)), batch.received_ms));
    MILLPOND_TRY(const auto next, find_wanted(*at.lane));
    mark = at.mark;
    if (next) {
      mark.through = next->through;
      mark.head = next->head;
    }
  }
  return IngestOutcome{wire::UpStatus::accepted, mark, {}};
}

// Facts that lead to another chain value than the one that was held are another copy's.
base::Result<IngestOutcome> SqliteHubStore::another_history(const CheckedBatch& batch, const Watermark& mark) {
  MILLPOND_TRY(const bool changed, suspect(batch.terminal, batch.epoch, false, batch.received_ms));
  return IngestOutcome{wire::UpStatus::fork, mark, mark.through, changed};
}

// What changed may be the chain value that stands beside the batch: then whatever follows it knows better.
base::Result<bool> SqliteHubStore::ends_as_held(Lane lane, const Wanted& wanted, const base::Hash& head) {
  MILLPOND_TRY(auto row, database_->prepare("SELECT chain_head FROM batches WHERE no=?1 UNION ALL "
                                            "SELECT chain_before FROM batches WHERE lane=?2 AND first_seq=?3+1 AND "
                                            "from_seq=?3+1 UNION ALL SELECT head FROM epochs WHERE lane=?2 AND "
                                            "through=?3"));
  MILLPOND_TRY_DO(row.bind(wanted.no, lane, wanted.last));
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return false;
    if (std::ranges::equal(row.bytes(0), head)) return true;
  }
}

base::Result<std::vector<base::Bytes>> SqliteHubStore::mended_from(std::uint64_t no) {
  std::vector<base::Bytes> parts;
  MILLPOND_TRY(auto row, database_->prepare("SELECT raw FROM mended WHERE batch=?1 AND received_ms<>0 ORDER BY id"));
  MILLPOND_TRY_DO(row.bind(no));
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return parts;
    const auto raw = row.bytes(0);
    parts.emplace_back(raw.begin(), raw.end());
  }
}

// False when what came does not make it up.
base::Result<bool> SqliteHubStore::make_again(const Wanted& wanted, const base::Hash& head) {
  MILLPOND_TRY(const auto parts, mended_from(wanted.no));
  wire::UpRequest whole;
  auto next = wanted.from.value;
  for (const auto& raw : parts) {
    auto part = wire::decode_up_request(raw);
    if (!part || part->first_seq.value > next) return false;
    if (whole.rows.empty()) {
      whole = *part;
      whole.rows.clear();
    }
    for (; next <= wanted.last.value && next < part->first_seq.value + part->rows.size(); ++next) {
      whole.rows.push_back(std::move(part->rows[next - part->first_seq.value]));
    }
  }
  whole.first_seq = wanted.from;
  whole.chain_before = wanted.before;
  whole.chain_head = head;
  whole.signature = {};  // those of the parts hold
  if (next != wanted.last.value + 1 || !wire::check_batch_chain(whole)) return false;
  MILLPOND_TRY_DO(
      database_->run("UPDATE batches SET first_seq=from_seq, chain_before=?2, chain_head=?3, raw=?4 WHERE no=?1",
                     wanted.no, wanted.before, head, wire::encode(whole)));
  return true;
}

}  // namespace millpond::hub
