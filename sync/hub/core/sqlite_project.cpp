// SPDX-License-Identifier: Apache-2.0
// Stage 2: facts in order of arrival become balances, coupons and downlink rows.
#include "sync/hub/core/effects.h"
#include "sync/hub/core/sqlite_store.h"
#include "sync/wire/canonical.h"

namespace millpond::hub {
namespace {

using base::Code;

struct Position {
  base::TerminalId terminal;
  base::Epoch epoch;
  base::Seq seq;
};

// Trouble of the database stops the projector, which tries again; anything else is the fact's own and gets a verdict.
bool is_storage_trouble(Code code) {
  return code == Code::disk_full || code == Code::disk_error || code == Code::store_locked ||
         code == Code::store_corrupt || code == Code::permission_denied || code == Code::commit_unknown;
}

base::Result<model::Fact> decode_at(base::ByteView canonical, const Position& at) {
  MILLPOND_TRY(auto fact, wire::decode_fact(canonical));
  if (fact.stamp.terminal != at.terminal || fact.stamp.epoch != at.epoch || fact.stamp.seq != at.seq) {
    return base::Error{Code::bad_input, "project", "the fact names another place than it was sent for"};
  }
  return fact;
}

// Applies one fact within its own savepoint. Returns what came of it; an error only for trouble of the database.
base::Result<Applied> apply_alone(sqlite::Connection& database, Counters& counters, Effects& effects,
                                  const base::Result<model::Fact>& fact) {
  if (!fact) return Applied{0, fact.error().code};
  const auto before = counters;
  MILLPOND_TRY(auto savepoint, sqlite::Savepoint::begin(database));
  auto applied = effects.apply(*fact);
  if (applied) {
    MILLPOND_TRY_DO(savepoint.release());
    return applied;
  }
  if (is_storage_trouble(applied.error().code)) return applied;
  counters = before;  // with the rows that the savepoint undoes
  return Applied{0, applied.error().code};
}

base::Result<> record(sqlite::Connection& database, Counters& counters, FeedRows& feed, const Position& at,
                      const base::Result<model::Fact>& fact, const Applied& applied) {
  counters.hub_seq += 1;
  const auto kind = fact ? static_cast<int>(model::kind_of(fact->body)) : 0;
  const auto member = fact ? model::member_of(fact->body) : base::MemberId{};
  MILLPOND_TRY_DO(
      database.run("INSERT INTO events(hub_seq, terminal, epoch, seq, kind, member, points) "
                   "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                   counters.hub_seq, at.terminal, at.epoch, at.seq, kind, member, applied.points));
  if (!applied.verdict) return {};
  const auto code = base::code_name(*applied.verdict);
  MILLPOND_TRY_DO(database.run("INSERT INTO verdicts(terminal, epoch, seq, code) VALUES(?1, ?2, ?3, ?4)", at.terminal,
                               at.epoch, at.seq, code));
  base::Bytes key;
  base::append_big_endian(key, at.terminal.value, 4);
  base::append_big_endian(key, at.epoch.value, 4);
  base::append_big_endian(key, at.seq.value, 8);
  const auto body = wire::encode(wire::VerdictRow{at.epoch, at.seq, std::string{code}});
  return feed.put(wire::RowKind::verdict, key, body, {.terminal = at.terminal});
}

}  // namespace

base::Result<ProjectOutcome> SqliteHubStore::project(std::size_t events_max, const PhoneOpener& open_phone) {
  const std::lock_guard lock{mutex_};
  ProjectOutcome outcome;
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(auto counters, load_counters(*database_));
  FeedRows feed{*database_, counters};
  Effects effects{*database_, feed, open_phone};
  for (;;) {
    MILLPOND_TRY(const auto batch, next_waiting());
    if (!batch) break;
    if (outcome.events >= events_max) {
      outcome.more = true;
      break;
    }
    MILLPOND_TRY(const auto* rows, rows_of(*batch));
    const auto room = std::uint64_t{events_max} - outcome.events;
    const auto count = std::min(room, batch->last.value - batch->next.value + 1);
    for (std::uint64_t i = 0; i < count; ++i) {
      const Position at{batch->terminal, batch->epoch, {batch->next.value + i}};
      const auto& canonical = (*rows)[at.seq.value - batch->first_seq.value].canonical;
      const auto fact = decode_at(canonical, at);
      MILLPOND_TRY(const auto applied, apply_alone(*database_, counters, effects, fact));
      MILLPOND_TRY_DO(record(*database_, counters, feed, at, fact, applied));
      outcome.verdicts += applied.verdict ? 1 : 0;
    }
    outcome.events += count;
    MILLPOND_TRY_DO(finish_part(*batch, {batch->next.value + count - 1}));
    if (batch->next.value + count - 1 == batch->last.value) {
      counters.projected_batch = batch->no;
      MILLPOND_TRY_DO(save_counters(*database_, counters));
    }
  }
  MILLPOND_TRY_DO(effects.publish_members());
  MILLPOND_TRY_DO(save_counters(*database_, counters));
  MILLPOND_TRY_DO(transaction.commit());
  return outcome;
}

// The first batch that has facts left; its rows before `next` are projected already.
base::Result<std::optional<SqliteHubStore::WaitingBatch>> SqliteHubStore::next_waiting() {
  MILLPOND_TRY(
      auto row,
      database_->prepare("SELECT b.no, b.terminal, b.epoch, b.first_seq, max(b.from_seq, e.projected+1), b.last_seq "
                         "FROM batches b JOIN epochs e ON e.terminal=b.terminal AND e.epoch=b.epoch "
                         "WHERE b.no>(SELECT projected_batch FROM hub) ORDER BY b.no LIMIT 1"));
  MILLPOND_TRY(const bool found, row.step());
  if (!found) return std::optional<WaitingBatch>{};
  return std::optional{WaitingBatch{row.unsigned_integer(0),
                                    {static_cast<std::uint32_t>(row.integer(1))},
                                    {static_cast<std::uint32_t>(row.integer(2))},
                                    {row.unsigned_integer(3)},
                                    {row.unsigned_integer(4)},
                                    {row.unsigned_integer(5)}}};
}

base::Result<const std::vector<wire::Row>*> SqliteHubStore::rows_of(const WaitingBatch& batch) {
  if (!decoded_ || decoded_->no != batch.no) {
    decoded_.reset();
    MILLPOND_TRY(auto row, database_->prepare("SELECT raw FROM batches WHERE no=?1"));
    MILLPOND_TRY_DO(row.bind(batch.no));
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return base::Error{Code::store_corrupt, "project", "batch " + std::to_string(batch.no) + " is missing"};
    MILLPOND_TRY(auto request, wire::decode_up_request(row.bytes(0)));
    decoded_ = BatchRows{batch.no, std::move(request.rows)};
  }
  const auto needed = batch.last.value - batch.first_seq.value + 1;
  if (batch.next < batch.first_seq || batch.next > batch.last || decoded_->rows.size() < needed) {
    return base::Error{Code::store_corrupt, "project", "batch " + std::to_string(batch.no) + " is too short"};
  }
  return &decoded_->rows;
}

base::Result<> SqliteHubStore::finish_part(const WaitingBatch& batch, base::Seq through) {
  return database_->run("UPDATE epochs SET projected=?3 WHERE terminal=?1 AND epoch=?2", batch.terminal, batch.epoch,
                        through);
}

base::Result<> SqliteHubStore::begin_rebuild(std::uint64_t generation) {
  MILLPOND_CHECK(generation != 0);
  const std::lock_guard lock{mutex_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY_DO(database_->execute(
      "DELETE FROM events; DELETE FROM members; DELETE FROM identities; DELETE FROM sales; DELETE FROM coupons; "
      "DELETE FROM uses; DELETE FROM losses; DELETE FROM disputes; DELETE FROM verdicts; DELETE FROM feed; "
      "UPDATE epochs SET projected=0"));
  Counters counters;
  counters.generation = generation;
  FeedRows feed{*database_, counters};
  {
    MILLPOND_TRY(auto row, database_->prepare("SELECT kind, key, body FROM published ORDER BY kind, key"));
    for (;;) {
      MILLPOND_TRY(const bool found, row.step());
      if (!found) break;
      MILLPOND_TRY_DO(feed.put(static_cast<wire::RowKind>(row.integer(0)), row.bytes(1), row.bytes(2)));
    }
  }
  MILLPOND_TRY_DO(save_counters(*database_, counters));
  return transaction.commit();
}

}  // namespace millpond::hub
