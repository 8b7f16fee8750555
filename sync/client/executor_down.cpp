// SPDX-License-Identifier: Apache-2.0
// Pages of the downlink, and what they say about what the hub holds of ours.
#include "sync/client/documents.h"
#include "sync/client/executor.h"
#include "sync/client/refusals.h"

#include <algorithm>

namespace millpond::client {
namespace {

using base::Code;
using base::Error;

// The epochs of which the hub holds less than it had acknowledged: it was restored from a backup. A hub that has more
// to name than a page takes leaves the oldest out, which says nothing about them.
std::vector<base::EpochMark> epochs_behind(const std::vector<store::EpochMark>& held, const wire::DownPage& page) {
  std::vector<base::EpochMark> behind;
  for (const auto& ours : held) {
    const auto named = std::ranges::find(page.accepted, ours.epoch, &base::EpochMark::epoch);
    if (named == page.accepted.end() && page.accepted.size() >= wire::epoch_marks_max) continue;
    const auto through = named == page.accepted.end() ? base::Seq{} : named->through;
    if (through < ours.acked) behind.push_back({ours.epoch, through});
  }
  return behind;
}

engine::DownArrived arrived(const Outgoing& outgoing, const wire::DownPage& page) {
  engine::DownArrived input;
  input.more = page.more;
  // A hub also answers when the feed went on by rows for others; it is not without a slot because of that.
  input.news = !page.rows.empty() || page.next != outgoing.cursor;
  input.behind = epochs_behind(outgoing.held, page);
  input.value_suspended = page.value_suspended;
  input.poll_ms = page.credit.poll_ms;
  input.poll_slot_ms = page.credit.poll_slot_ms;
  return input;
}

engine::DownArrived wants_snapshot(const Outgoing& outgoing, const wire::DownPage& page) {
  auto input = arrived(outgoing, page);
  input.more = false;
  input.news = false;
  input.snapshot = engine::Snapshot::urgent;
  return input;
}

}  // namespace

Outcome Executor::ask_down(const engine::AskDown& action) {
  // A mark that cannot be saved now stays due, and no question waits for it.
  if (time_.save_is_due()) (void)ask_journal([&](store::Journal& journal) { return time_.save(journal); });
  if (auto errand = next_errand(action.timeout_ms - action.wait_ms)) return {{}, std::move(errand)};
  if (const auto mended = mend_replica(); !mended) return {{engine::DownFailed{mended.error(), 0}}, {}};
  const auto cursor = replica_.cursor();
  if (!cursor) return {{engine::DownFailed{cursor.error(), 0}}, {}};
  Outgoing outgoing;
  outgoing.cursor = *cursor;
  base::Epoch live;
  bool suspended = false;
  const auto asked = ask_journal([&](store::Journal& journal) -> base::Result<> {
    MILLPOND_TRY(outgoing.held, journal.epochs());
    MILLPOND_TRY(suspended, read_standing(journal));
    if (!outgoing.held.empty()) live = outgoing.held.back().epoch;
    return {};
  });
  if (!asked) return {{engine::DownFailed{asked.error(), 0}}, {}};
  std::erase_if(outgoing.held, [](const store::EpochMark& mark) { return !mark.kept_from || !mark.acked; });
  // A question that is only to hear what the hub holds: no rows are wanted and nobody is to wait for news.
  const auto rows_max = refetch_ ? 1U : action.rows_max;
  const auto wait_ms = refetch_ ? 0 : action.wait_ms;
  auto target = "/v1/down?cursor=" + std::to_string(cursor->generation) + "." + std::to_string(cursor->hub_seq) + "." +
                std::to_string(cursor->scoped_seq) + "&epoch=" + std::to_string(live.value);
  if (suspended) target += "&suspended=1";
  if (wait_ms > 0) target += "&wait=" + std::to_string(wait_ms);
  if (rows_max < wire::page_rows_max) target += "&limit=" + std::to_string(rows_max);
  outgoing.signed_request = line_.sign("GET", std::move(target), {}, action.timeout_ms);
  outgoing.signed_request.http.held_ms = wait_ms;
  outgoing.asked_ms = clock_.monotonic_ms();
  return {{}, std::move(outgoing)};
}

engine::Input Executor::answered_down(const Outgoing& outgoing, const HubWord& word) {
  if (word.status != 200) return refused_down(word);
  const auto page = wire::decode_down_page(word.body);
  if (!page) return engine::DownFailed{page.error(), 0};
  hub_schema_max_ = page->schema_max;
  time_.hear(page->hub_wall_ms);
  hub_holds_.clear();
  for (const auto& mark : page->accepted) hub_holds_[mark.epoch] = mark.through;
  hub_told_ms_ = outgoing.asked_ms;
  auto applied = apply_page(outgoing, *page);
  if (!applied) return engine::DownFailed{applied.error(), 0};
  const auto* const taken = std::get_if<engine::DownArrived>(&*applied);
  if (taken != nullptr && !taken->more && taken->snapshot == engine::Snapshot::none) {
    retention_.caught_up(page->hub_wall_ms);
  }
  if (auto* const input = std::get_if<engine::DownArrived>(&*applied)) input->ahead = hub_is_ahead();
  return std::move(applied).value();
}

// Compared with the journal as it is now: it only grows, and what it held when the page was asked for may have been
// sent since.
std::optional<base::EpochMark> Executor::hub_is_ahead() {
  std::optional<base::EpochMark> ahead;
  (void)ask_journal([&](store::Journal& journal) -> base::Result<> {
    MILLPOND_TRY(const auto status, journal.outbox());
    const auto held = hub_holds_.find(status.live_epoch);
    if (held != hub_holds_.end() && held->second > status.live_head) {
      ahead = base::EpochMark{status.live_epoch, status.live_head};
    }
    return {};
  });
  return ahead;
}

engine::Input Executor::refused_down(const HubWord& word) {
  const auto refusal = HubLine::refusal_of(word);
  adopt_time(refusal);
  if (stops(word, refusal.error)) return engine::DownRefused{refusal.error};
  return engine::DownFailed{refusal.error, word.retry_after_ms};
}

// A replica that changed on the disk serves what can still be read of it until a snapshot takes its place. One that
// another journal stood beside is emptied at once, because its balances are as of that one's facts; the journal
// remembers it only once the empty replica is on the disk.
base::Result<> Executor::mend_replica() {
  bool ours = replica_known_;
  if (!ours) {
    MILLPOND_TRY_DO(ask_journal([&](store::Journal& journal) -> base::Result<> {
      MILLPOND_TRY(ours, knows_replica(journal));
      return {};
    }));
  }
  const bool damaged = replica_.damaged();
  if (!ours || damaged) {
    const auto cursor = replica_.cursor();
    if (ours && cursor)
      refetch_ = cursor->generation;
    else
      MILLPOND_TRY_DO(empty_replica(cursor ? cursor->generation : 0));
  }
  if (!ours) {
    MILLPOND_TRY_DO(replica_.checkpoint_to_disk());
    MILLPOND_TRY_DO(ask_journal([](store::Journal& journal) { return remember_replica(journal); }));
  }
  replica_known_ = true;
  return {};
}

base::Result<engine::Input> Executor::apply_page(const Outgoing& outgoing, const wire::DownPage& page) {
  // A journal that went back holds rights that it may have used: none counts until its epoch has ended.
  const bool suspended = page.value_suspended || hub_is_ahead().has_value();
  MILLPOND_TRY_DO(ask_journal([&](store::Journal& journal) { return keep_standing(suspended, journal); }));
  if (page.restart) return begin_again(outgoing, page);
  if (refetch_) return engine::Input{wants_snapshot(outgoing, page)};
  if (page.snapshot_required) {
    MILLPOND_TRY(const bool usable, replica_.complete());
    auto input = arrived(outgoing, page);
    input.more = false;
    input.snapshot = usable ? engine::Snapshot::wanted : engine::Snapshot::urgent;
    return engine::Input{std::move(input)};
  }
  MILLPOND_TRY_DO(check_cursor(outgoing, page));
  // Documents first: were the cursor to advance before them, a crash between the two would skip them for good.
  std::optional<std::uint32_t> kept;
  std::uint64_t position = 0;
  MILLPOND_TRY_DO(ask_journal([&](store::Journal& journal) -> base::Result<> {
    MILLPOND_TRY(kept, keep_documents(page, line_.credentials(), journal, time_.now().wall_ms));
    MILLPOND_TRY(position, journal.position_of(page.includes_epoch, page.includes_your_seq));
    return {};
  }));
  if (kept) new_programme_ = kept;
  // One that takes the place of another has appended what was left of that.
  leases_came_ = std::ranges::any_of(
      page.rows, [](const auto& row) { return row.kind == static_cast<std::uint8_t>(wire::RowKind::lease); });
  MILLPOND_TRY_DO(believe_keys(page));
  MILLPOND_TRY_DO(forget_erased(outgoing, page, position));
  MILLPOND_TRY_DO(replica_.apply(page, position));
  MILLPOND_TRY(seen_.as_of_ms, replica_.as_of_ms());
  if (!page.more) {
    MILLPOND_TRY(const bool equal, reached_checkpoint(page, position));
    if (!equal) return begin_again(outgoing, page);
  }
  return engine::Input{arrived(outgoing, page)};
}

// Tombstones name them. Where rows came without tombstones, in a snapshot or from the beginning of a feed, those whose
// facts the rows include and who have no row are erased. A hub that was restored includes less than it says, until it
// was refilled.
base::Result<> Executor::forget_erased(const Outgoing& outgoing, const wire::DownPage& page, std::uint64_t position) {
  std::vector<base::MemberId> erased;
  std::set<base::MemberId> live;
  for (const auto& row : page.rows) {
    if (row.kind != static_cast<std::uint8_t>(wire::RowKind::member) || row.key.size() != 8) continue;
    const base::MemberId member{base::read_big_endian(row.key)};
    if (row.deleted)
      erased.push_back(member);
    else
      live.insert(member);
  }
  MILLPOND_TRY(const bool complete, replica_.complete());
  if (page.checkpoint && !complete && epochs_behind(outgoing.held, page).empty()) {
    std::vector<base::MemberId> remembered;
    MILLPOND_TRY_DO(ask_journal([&](store::Journal& journal) -> base::Result<> {
      MILLPOND_TRY(remembered, journal.remembered(position));
      return {};
    }));
    for (const auto member : remembered) {
      if (live.contains(member)) continue;
      MILLPOND_TRY(const auto row, replica_.find_member(member));
      if (!row) erased.push_back(member);
    }
  }
  if (erased.empty()) return {};
  return ask_journal([&](store::Journal& journal) { return journal.forget_members(erased); });
}

base::Result<> Executor::believe_keys(const wire::DownPage& page) {
  for (const auto& row : page.rows) {
    const bool is_key = row.kind == static_cast<std::uint8_t>(wire::RowKind::hub_key) && !row.deleted;
    if (is_key) MILLPOND_TRY_DO(line_.believe(row.body));
    if (row.deleted || row.kind != static_cast<std::uint8_t>(wire::RowKind::issuer)) continue;
    MILLPOND_TRY(const auto issuer, wire::decode_issuer_row(row.body));
    if (issuer.revoked_from_seq != 0) line_.credentials().withdrawn->add(issuer.issuer);
  }
  return {};
}

base::Result<> Executor::check_cursor(const Outgoing& outgoing, const wire::DownPage& page) {
  if (page.next.generation != outgoing.cursor.generation) {
    if (outgoing.cursor != wire::DownCursor{}) {
      return Error{Code::protocol_mismatch, "apply page", "another generation without a restart"};
    }
    return replica_.restart(page.next.generation);
  }
  if (page.next.hub_seq < outgoing.cursor.hub_seq || page.next.scoped_seq < outgoing.cursor.scoped_seq) {
    return Error{Code::protocol_mismatch, "apply page", "the cursor goes backward"};
  }
  return {};
}

base::Result<bool> Executor::reached_checkpoint(const wire::DownPage& page, std::uint64_t position) {
  if (page.checkpoint) {
    MILLPOND_TRY(const auto ours, replica_.checksum());
    if (ours != *page.checkpoint) return false;
  }
  fresh_starts_ = 0;
  if (position <= pruned_through_) return true;
  // Local deltas go only after the rows that include them are on disk: the replica may lose its newest transactions.
  MILLPOND_TRY_DO(replica_.checkpoint_to_disk());
  MILLPOND_TRY_DO(ask_journal([&](store::Journal& journal) { return journal.prune_deltas(position); }));
  pruned_through_ = position;
  return true;
}

// What is here serves on while a snapshot is fetched; no_snapshot() empties it when the hub has none. The first fresh
// start follows at once. When they differ again it is emptied, because the snapshot may be what is wrong, and a hub and
// a replica that never agree get pauses instead of a loop.
base::Result<engine::Input> Executor::begin_again(const Outgoing& outgoing, const wire::DownPage& page) {
  if (++fresh_starts_ > 1) {
    MILLPOND_TRY_DO(empty_replica(page.next.generation));
    return Error{Code::store_corrupt, "compare replica", "differs from the hub's checkpoint again"};
  }
  refetch_ = page.next.generation;
  return engine::Input{wants_snapshot(outgoing, page)};
}

base::Result<> Executor::empty_replica(std::uint64_t generation) {
  MILLPOND_TRY_DO(replica_.restart(generation));
  refetch_.reset();
  return {};
}

}  // namespace millpond::client
