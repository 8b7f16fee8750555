// SPDX-License-Identifier: Apache-2.0
// The downlink: pages of changed rows, with the marks of the terminal that asks.
#include "sync/hub/core/sqlite_store.h"

#include <algorithm>
#include <span>

namespace millpond::hub {
namespace {

// What stage 1 holds of every epoch, and the newest epoch that stage 2 has begun: what the rows of a page can include.
void put_marks(wire::DownPage& page, const std::vector<Watermark>& marks) {
  if (marks.empty()) return;
  const auto projected =
      std::find_if(marks.rbegin(), marks.rend(), [](const Watermark& mark) { return mark.projected.value > 0; });
  const auto& mark = projected == marks.rend() ? marks.back() : *projected;
  page.includes_epoch = mark.epoch;
  page.includes_your_seq = mark.projected;
  const auto known = std::span{marks}.last(std::min(marks.size(), wire::epoch_marks_max));
  for (const auto& each : known) page.accepted.push_back({each.epoch, each.through});
}

}  // namespace

base::Result<wire::DownPage> SqliteHubStore::down(base::TerminalId terminal, wire::DownCursor cursor,
                                                  std::uint32_t rows_max, std::size_t bytes_max) {
  const std::lock_guard lock{mutex_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_, sqlite::Begin::deferred));
  MILLPOND_TRY(const auto counters, load_counters(*database_));
  MILLPOND_TRY(const auto record, read_terminal(terminal));
  if (!record) {
    return base::Error{base::Code::unauthorized, "read downlink", "no terminal " + std::to_string(terminal.value)};
  }
  wire::DownPage page;
  MILLPOND_TRY(const auto marks, read_marks(terminal));
  put_marks(page, marks);
  if (cursor.generation != counters.generation || cursor.hub_seq > counters.hub_seq) {
    page.restart = true;
    page.more = true;
    page.next = {counters.generation, 0, 0};
    return page;
  }

  MILLPOND_TRY(auto row, database_->prepare("SELECT kind, key, body, hub_seq FROM feed WHERE hub_seq>?1 "
                                            "AND store IN (0, ?2) AND terminal IN (0, ?3) ORDER BY hub_seq LIMIT ?4"));
  MILLPOND_TRY_DO(row.bind(cursor.hub_seq, record->store, terminal, std::int64_t{rows_max} + 1));
  page.next = cursor;
  std::size_t bytes = 0;
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) break;
    const auto key = row.bytes(1);
    const auto body = row.bytes(2);
    bytes += key.size() + body.size();
    if (page.rows.size() == rows_max || (bytes > bytes_max && !page.rows.empty())) {
      page.more = true;
      return page;
    }
    page.rows.push_back(
        {static_cast<std::uint8_t>(row.integer(0)), {key.begin(), key.end()}, false, {body.begin(), body.end()}});
    page.next.hub_seq = page.next.scoped_seq = row.unsigned_integer(3);
  }
  page.next.hub_seq = page.next.scoped_seq = counters.hub_seq;
  page.checkpoint = wire::Checkpoint{counters.member_count, counters.member_checksum};
  return page;
}

}  // namespace millpond::hub
