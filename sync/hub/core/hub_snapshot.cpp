// SPDX-License-Identifier: Apache-2.0
// The part of HubCore that makes snapshots and forgets what they replace.
#include "sync/hub/core/hub_state.h"
#include "sync/snapshot/writer.h"

namespace millpond::hub {
namespace {

constexpr std::uint32_t rows_a_step = 500;  // a millisecond of the store's lock
constexpr std::uint32_t tombstones_a_step = 500;
constexpr std::int32_t app_card_clock_days = 2;  // zones, and clocks of terminals that are ahead or behind

}  // namespace

base::Result<wire::SnapshotManifest> HubCore::write_snapshot(const std::filesystem::path& file,
                                                             const std::string& vfs) {
  auto& store = *state_->store;
  MILLPOND_TRY(const auto start, store.snapshot_start());
  snapshot::WriterOptions options;
  options.path = file;
  options.vfs = vfs;
  options.cursor = {start.head.generation, start.head.hub_seq, 0};
  options.hub_wall_ms = state_->clock.wall_ms();
  MILLPOND_TRY(const auto writer, snapshot::Writer::create(options));
  for (const auto& [terminal, mark] : start.marks) MILLPOND_TRY_DO(writer->add_mark(terminal, mark));
  FeedSlice slice;
  slice.more = true;
  while (slice.more) {
    MILLPOND_TRY(slice, store.feed_slice(slice.last_kind, slice.last_key, start.head.hub_seq, rows_a_step));
    for (const auto& row : slice.rows) MILLPOND_TRY_DO(writer->add(row.kind, row.key, row.body));
  }
  MILLPOND_TRY(const auto end, store.feed_head());
  if (end.generation != start.head.generation) {
    return base::Error{base::Code::cancelled, "write snapshot", "a rebuild began meanwhile"};
  }
  return writer->finish();
}

void HubCore::offer_snapshot(const wire::DownCursor& cursor, std::uint64_t rows_min) {
  const std::lock_guard lock{state_->offer_mutex};
  state_->offered = cursor;
  state_->offered_rows_min = rows_min;
}

// What withdraws only cards whose days are over is told nobody any more; printed ones have no days. What was published
// stays in the hub's own book: it says for which app no card is signed again, and from which generation on.
base::Result<> HubCore::State::end_app_cards() {
  MILLPOND_TRY(const auto rows, store->published_rows(wire::RowKind::app_cards));
  if (rows.empty()) return {};
  MILLPOND_TRY(const auto now, today());
  for (const auto& row : rows) {
    MILLPOND_TRY(const auto cards, wire::decode_app_cards(row.body));
    if (cards.cards_from_day != 0 || cards.last_day == 0 || cards.last_day + app_card_clock_days >= now.days) continue;
    MILLPOND_TRY(const bool is_live, store->has_row(wire::RowKind::app_cards, row.key));
    if (!is_live) continue;
    MILLPOND_TRY_DO(store->put_scoped({row.kind, row.key, true, {}}, 0, {}, clock.wall_ms()));
  }
  return {};
}

base::Result<Purged> HubCore::purge_tombstones(std::uint64_t through, std::int64_t before_ms) {
  MILLPOND_TRY_DO(state_->end_app_cards());
  for (std::uint64_t purged = 0;;) {
    MILLPOND_TRY(const auto step, state_->store->purge_tombstones(through, before_ms, tombstones_a_step));
    purged += step.gone;
    if (step.gone < tombstones_a_step) return Purged{purged, step.waiting};
  }
}

}  // namespace millpond::hub
