// SPDX-License-Identifier: Apache-2.0
// The downlink: pages of changed rows, with the marks of the terminal that asks.
#include "sync/hub/core/sqlite_store.h"

#include <algorithm>
#include <span>

namespace millpond::hub {
namespace {

// What stage 1 holds of every epoch, and through where the rows of a page include the facts of the copy that asks.
// A copy that is not known yet hears about the newest epoch that stage 2 has begun.
void put_marks(wire::DownPage& page, const std::vector<Watermark>& marks, base::Epoch asking) {
  if (marks.empty()) return;
  const auto own = std::ranges::find(marks, asking, &Watermark::epoch);
  const auto projected =
      std::find_if(marks.rbegin(), marks.rend(), [](const Watermark& mark) { return mark.projected.value > 0; });
  const auto& newest = projected == marks.rend() ? marks.back() : *projected;
  const auto& mark = own != marks.end() && own->projected.value > 0 ? *own : newest;
  page.includes_epoch = mark.epoch;
  page.includes_your_seq = mark.projected;
  const auto known = std::span{marks}.last(std::min(marks.size(), wire::epoch_marks_max));
  for (const auto& each : known) page.accepted.push_back({each.epoch, each.through});
}

// Fills a page up to its bounds.
class PageWriter {
 public:
  PageWriter(wire::DownPage& page, const DownAsk& ask) : page_{page}, ask_{ask} {}

  // Takes (kind, key, deleted_ms, body) at column 1 and says whether there was room.
  bool take(const sqlite::Statement& row) {
    auto key = row.bytes(2);
    if (row.integer(1) == static_cast<int>(wire::RowKind::profile)) key = key.first(profile_key_bytes);
    const auto body = row.bytes(4);
    bytes_ += key.size() + body.size();
    if (page_.rows.size() == ask_.rows_max || (bytes_ > ask_.bytes_max && !page_.rows.empty())) return false;
    page_.rows.push_back({static_cast<std::uint8_t>(row.integer(1)),
                          {key.begin(), key.end()},
                          row.integer(3) != 0,
                          {body.begin(), body.end()}});
    return true;
  }

 private:
  wire::DownPage& page_;
  const DownAsk& ask_;
  std::size_t bytes_{};
};

constexpr std::string_view some_rows =
    "SELECT hub_seq, kind, key, deleted_ms, body FROM feed INDEXED BY feed_for_some "
    "WHERE (store<>0 OR terminal<>0) AND store=?1 AND terminal=0 AND hub_seq>?3 AND hub_seq<=?4 "
    "UNION ALL SELECT hub_seq, kind, key, deleted_ms, body FROM feed INDEXED BY feed_for_some "
    "WHERE (store<>0 OR terminal<>0) AND store=0 AND terminal=?2 AND hub_seq>?3 AND hub_seq<=?4 "
    "UNION ALL SELECT hub_seq, kind, key, deleted_ms, body FROM feed INDEXED BY feed_for_some "
    "WHERE (store<>0 OR terminal<>0) AND store=?6 AND terminal=0 AND hub_seq>?3 AND hub_seq<=?4 "
    "ORDER BY hub_seq LIMIT ?5";

constexpr std::string_view own_rows =
    "SELECT hub_seq, kind, key, deleted_ms, body FROM feed INDEXED BY feed_for_all "
    "WHERE store=0 AND terminal=0 AND hub_seq>?3 "
    "UNION ALL SELECT hub_seq, kind, key, deleted_ms, body FROM feed INDEXED BY feed_for_some "
    "WHERE (store<>0 OR terminal<>0) AND store=?1 AND terminal=0 AND hub_seq>?3 "
    "UNION ALL SELECT hub_seq, kind, key, deleted_ms, body FROM feed INDEXED BY feed_for_some "
    "WHERE (store<>0 OR terminal<>0) AND store=0 AND terminal=?2 AND hub_seq>?3 "
    "UNION ALL SELECT hub_seq, kind, key, deleted_ms, body FROM feed INDEXED BY feed_for_some "
    "WHERE (store<>0 OR terminal<>0) AND store=?5 AND terminal=0 AND hub_seq>?3 "
    "ORDER BY hub_seq LIMIT ?4";

// The group of stores whose rows come on top of the store's own; 0, which no row has, when that is the store itself.
std::uint64_t group_of(const TerminalRecord& record, const DownAsk& ask) {
  return ask.place == record.store.value ? 0 : ask.place;
}

// Rows for this store or terminal that a snapshot did not bring. False when the page is full.
base::Result<bool> add_scoped(sqlite::Connection& database, const TerminalRecord& record, const DownAsk& ask,
                              wire::DownPage& page, PageWriter& writer) {
  MILLPOND_TRY(auto row, database.prepare(some_rows));
  MILLPOND_TRY_DO(row.bind(record.store, record.terminal, page.next.scoped_seq, page.next.hub_seq,
                           std::int64_t{ask.rows_max} + 1, group_of(record, ask)));
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) break;
    if (!writer.take(row)) return false;
    page.next.scoped_seq = row.unsigned_integer(0);
  }
  page.next.scoped_seq = page.next.hub_seq;
  return true;
}

base::Result<bool> add_rows(sqlite::Connection& database, const TerminalRecord& record, const DownAsk& ask,
                            wire::DownPage& page, PageWriter& writer) {
  MILLPOND_TRY(auto row, database.prepare(own_rows));
  MILLPOND_TRY_DO(row.bind(record.store, record.terminal, page.next.hub_seq, std::int64_t{ask.rows_max} + 1,
                           group_of(record, ask)));
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return true;
    if (!writer.take(row)) return false;
    page.next.hub_seq = page.next.scoped_seq = row.unsigned_integer(0);
  }
}

}  // namespace

base::Result<wire::DownPage> SqliteHubStore::down(base::TerminalId terminal, const DownAsk& ask) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_, sqlite::Begin::deferred));
  MILLPOND_TRY(const auto counters, load_counters(*database_));
  MILLPOND_TRY(const auto record, read_terminal(terminal));
  if (!record) {
    return base::Error{base::Code::unauthorized, "read downlink", "no terminal " + std::to_string(terminal.value)};
  }
  wire::DownPage page;
  page.schema_max = wire::schema_max;
  MILLPOND_TRY(auto marks, read_marks(terminal));
  MILLPOND_TRY_DO(hold_back(terminal, marks));
  put_marks(page, marks, ask.epoch);
  MILLPOND_TRY(const auto standing, read_standing(terminal));
  page.value_suspended = standing.suspends(ask.epoch);
  const auto& cursor = ask.cursor;
  const bool went_back = cursor.generation == counters.generation && cursor.hub_seq > counters.hub_seq;
  if (went_back) {  // kept, because the terminal begins anew and nobody may ask like that again
    MILLPOND_TRY_DO(database_->run("UPDATE hub SET went_back=1 WHERE went_back=0"));
    MILLPOND_TRY_DO(transaction.commit());
  }
  if (went_back || cursor.generation != counters.generation) {
    page.restart = true;
    page.more = true;
    page.next = {counters.generation, 0, 0};
    return page;
  }
  page.next = cursor;
  MILLPOND_TRY(page.snapshot_required, needs_snapshot(ask, counters));
  if (page.snapshot_required) return page;
  page.more = true;
  PageWriter writer{page, ask};
  if (cursor.scoped_seq < cursor.hub_seq) {
    MILLPOND_TRY(const bool room, add_scoped(*database_, *record, ask, page, writer));
    if (!room) return page;
  }
  MILLPOND_TRY(const bool room, add_rows(*database_, *record, ask, page, writer));
  if (!room) return page;
  page.more = false;
  page.next.hub_seq = page.next.scoped_seq = counters.hub_seq;
  page.checkpoint = wire::Checkpoint{counters.member_count, counters.member_checksum};
  return page;
}

// Below the horizon deletions would be missed. At 0 nothing would, but a long feed is quicker to fetch whole.
base::Result<bool> SqliteHubStore::needs_snapshot(const DownAsk& ask, const Counters& counters) {
  if (ask.cursor.hub_seq < counters.horizon) return true;
  if (ask.cursor.hub_seq != 0 || ask.snapshot_rows_min >= counters.hub_seq) return false;
  MILLPOND_TRY(const auto rows,
               database_->query_integer("SELECT count(*) FROM (SELECT 1 FROM feed INDEXED BY feed_for_all "
                                        "WHERE store=0 AND terminal=0 LIMIT ?1)",
                                        ask.snapshot_rows_min + 1));
  return static_cast<std::uint64_t>(rows.value_or(0)) > ask.snapshot_rows_min;
}

base::Result<FeedHead> SqliteHubStore::feed_head() {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(const auto counters, load_counters(*database_));
  MILLPOND_TRY(const auto went_back, database_->query_integer("SELECT went_back FROM hub"));
  return FeedHead{counters.generation, counters.hub_seq, counters.horizon, went_back.value_or(0) != 0};
}

}  // namespace millpond::hub
