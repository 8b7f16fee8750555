// SPDX-License-Identifier: Apache-2.0
// Forks: two histories under one epoch. What is held stays; the other one is kept as evidence, and the terminal is
// suspected of living twice until a person chooses.
#include "sync/hub/core/sqlite_store.h"

namespace millpond::hub {
namespace {

// A clone goes on sending; one batch of each history is proof enough, and a signed batch is worth keeping whole or not
// at all.
constexpr std::int64_t evidence_max = 16;  // of a terminal
constexpr std::size_t evidence_bytes_max = 1U << 20;

struct Branch {
  base::Seq common_through;
  base::Hash value{};  // the first chain value that differs
};

// Of a batch that begins while both are the same.
Branch find_branch(const CheckedBatch& batch, const std::vector<base::Hash>& ours) {
  std::size_t equal = 0;
  while (equal + 1 < ours.size() && ours[equal + 1] == batch.chain[equal]) ++equal;
  return {{batch.first_seq.value - 1 + equal}, batch.chain[equal]};
}

}  // namespace

base::Result<IngestOutcome> SqliteHubStore::note_fork(const CheckedBatch& batch, const base::Hash& chain_start,
                                                      Marked at) {
  const auto last_common = std::min(batch.last_seq().value, at.mark.through.value);
  std::vector<base::Hash> ours{at.mark.head};
  if (at.lane) { MILLPOND_TRY(ours, chain_between(*at.lane, chain_start, batch.first_seq.value - 1, last_common)); }
  if (ours.front() != batch.chain_before) return ask_further_back(batch, chain_start, std::move(at));
  const auto branch = find_branch(batch, ours);
  bool changed = false;
  MILLPOND_TRY(const auto known,
               database_->query_integer("SELECT 1 FROM forks WHERE terminal=?1 AND epoch=?2 AND branch=?3",
                                        batch.terminal, batch.epoch, branch.value));
  MILLPOND_TRY(const auto kept,
               database_->query_integer("SELECT count(*) FROM forks WHERE terminal=?1", batch.terminal));
  if (!known && kept.value_or(0) < evidence_max) {
    const bool fits = batch.raw.size() <= evidence_bytes_max;
    MILLPOND_TRY_DO(database_->run(
        "INSERT INTO forks(terminal, epoch, first_seq, last_seq, common_through, branch, chain_head, "
        "received_ms, raw) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        batch.terminal, batch.epoch, batch.first_seq, batch.last_seq(), branch.common_through, branch.value,
        batch.chain.back(), batch.received_ms, fits ? base::ByteView{batch.raw} : base::ByteView{}));
    // A history that nobody knew when somebody chose asks for a new choice.
    MILLPOND_TRY(changed, suspect(batch.terminal, batch.epoch, true, batch.received_ms));
  } else {
    MILLPOND_TRY(changed, suspect(batch.terminal, batch.epoch, false, batch.received_ms));
  }
  if (at.lane && !at.mark.forked) {
    MILLPOND_TRY_DO(database_->run("UPDATE epochs SET forked=1 WHERE lane=?1", *at.lane));
    at.mark.forked = true;
  }
  return IngestOutcome{wire::UpStatus::fork, at.mark, branch.common_through, changed};
}

// Chain values prove that histories are the same, never where they part; only facts do. No evidence is kept yet: it
// comes with the batch that shows the place.
base::Result<IngestOutcome> SqliteHubStore::ask_further_back(const CheckedBatch& batch, const base::Hash& chain_start,
                                                             Marked at) {
  const auto back = (batch.first_seq.value - 1) / 2;
  MILLPOND_TRY(const bool changed, suspect(batch.terminal, batch.epoch, false, batch.received_ms));
  auto mark = at.mark;
  mark.through = {back};
  mark.head = chain_start;
  if (at.lane) {
    MILLPOND_TRY(const auto values, chain_between(*at.lane, chain_start, back, back));
    mark.head = values.front();
  }
  return IngestOutcome{wire::UpStatus::gap, mark, {}, changed};
}

base::Result<Standing> SqliteHubStore::read_standing(base::TerminalId terminal) {
  MILLPOND_TRY(auto row, database_->prepare("SELECT suspected_ms, kept FROM standings WHERE terminal=?1"));
  MILLPOND_TRY_DO(row.bind(terminal));
  MILLPOND_TRY(const bool found, row.step());
  if (!found) return Standing{};
  return Standing{row.integer(0), {static_cast<std::uint32_t>(row.integer(1))}};
}

base::Result<bool> SqliteHubStore::suspect(base::TerminalId terminal, base::Epoch epoch, bool anew,
                                           std::int64_t now_ms) {
  MILLPOND_TRY(const auto standing, read_standing(terminal));
  const bool chosen_again = anew && standing.kept == epoch && standing.kept;
  if (standing.suspected_ms != 0 && !chosen_again) return false;
  const auto since = standing.suspected_ms != 0 ? standing.suspected_ms : std::max<std::int64_t>(now_ms, 1);
  MILLPOND_TRY_DO(
      database_->run("INSERT INTO standings(terminal, suspected_ms, kept) VALUES(?1, ?2, 0) "
                     "ON CONFLICT(terminal) DO UPDATE SET suspected_ms=excluded.suspected_ms, kept=0",
                     terminal, since));
  base::Bytes content;
  base::append_big_endian(content, terminal.value, 4);
  base::append_big_endian(content, epoch.value, 4);
  MILLPOND_TRY_DO(append_log("copies_suspected", content, now_ms));
  return true;
}

base::Result<> SqliteHubStore::keep_copy(base::TerminalId terminal, base::Epoch epoch, std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(const auto lane,
               database_->query_integer("SELECT lane FROM epochs WHERE terminal=?1 AND epoch=?2", terminal, epoch));
  if (!lane) {
    return base::Error{base::Code::not_found, "keep copy",
                       "no epoch " + std::to_string(epoch.value) + " of terminal " + std::to_string(terminal.value)};
  }
  MILLPOND_TRY_DO(
      database_->run("INSERT INTO standings(terminal, suspected_ms, kept) VALUES(?1, 0, ?2) "
                     "ON CONFLICT(terminal) DO UPDATE SET kept=excluded.kept",
                     terminal, epoch));
  base::Bytes content;
  base::append_big_endian(content, terminal.value, 4);
  base::append_big_endian(content, epoch.value, 4);
  MILLPOND_TRY_DO(append_log("copy_kept", content, now_ms));
  return transaction.commit();
}

}  // namespace millpond::hub
