// SPDX-License-Identifier: Apache-2.0
// Listing and verification of the whole chain: ring first, then what is queued.
#include "sync/store/sqlite_journal.h"
#include "sync/wire/canonical.h"

#include <algorithm>

namespace millpond::store {

// One pass over an epoch's links.
struct SqliteJournal::Walk {
  const EpochState& epoch;
  Verification& result;
  base::Seq next{1};
  std::optional<base::Hash> chain{};  // after next - 1; unknown before the first kept batch of a pruned ring

  void broken(base::Seq at) {
    if (!result.broken_at) result.broken_at = at;
  }
  void link(base::ByteView canonical) {
    chain = wire::chain_next(*chain, canonical);
    const auto fact = wire::decode_fact(canonical);
    const bool other = fact && (fact->stamp.seq != next || fact->stamp.epoch != epoch.epoch);
    if (other || (!fact && fact.error().code != base::Code::newer_release)) broken(next);
    ++result.facts;
    ++next.value;
  }
};

base::Result<> SqliteJournal::verify_ring(Walk& walk) {
  MILLPOND_TRY(auto query, db_->prepare("SELECT batch FROM ring WHERE first_position > ?1 AND last_position <= ?2 "
                                        "ORDER BY first_position"));
  MILLPOND_TRY_DO(query.bind(walk.epoch.base, walk.epoch.position(walk.epoch.acked)));
  bool first = true;
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) break;
    const auto batch = wire::decode_up_request(query.bytes(0));
    if (!batch) {
      walk.broken(walk.next);
      return {};
    }
    if (first) walk.next = batch->first_seq;
    const bool joins = walk.chain ? batch->chain_before == *walk.chain && batch->first_seq == walk.next : true;
    if (!joins) walk.broken(walk.next);
    if (first && batch->first_seq.value == 1 &&
        batch->chain_before != wire::chain_start(options_.owner.brand, options_.owner.terminal, walk.epoch.epoch)) {
      walk.broken(walk.next);
    }
    walk.next = batch->first_seq;
    walk.chain = batch->chain_before;
    for (const auto& fact : batch->rows) walk.link(fact.canonical);
    if (*walk.chain != batch->chain_head) walk.broken({walk.next.value - 1});
    first = false;
  }
  if (walk.epoch.acked_chain == base::Hash{}) return {};  // what led there went to the quarantine, or is not kept
  if (walk.chain && (*walk.chain != walk.epoch.acked_chain || walk.next.value != walk.epoch.acked.value + 1)) {
    walk.broken(walk.next);
  }
  return {};
}

base::Result<> SqliteJournal::verify_outbox(Walk& walk) {
  MILLPOND_TRY(auto query, db_->prepare("SELECT position, canonical, chain, sum, notes FROM outbox "
                                        "WHERE position BETWEEN ?1 AND ?2 ORDER BY position"));
  MILLPOND_TRY_DO(query.bind(walk.epoch.position(walk.epoch.acked) + 1, walk.epoch.position(walk.epoch.head)));
  walk.chain = walk.epoch.acked_chain;
  walk.next = {walk.epoch.acked.value + 1};
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) break;
    if (query.unsigned_integer(0) != walk.epoch.position(walk.next)) walk.broken(walk.next);
    walk.next = {query.unsigned_integer(0) - walk.epoch.base};
    const auto at = walk.next;
    walk.link(query.bytes(1));
    MILLPOND_TRY(const auto stored, query.array<32>(2));
    const auto sum = query.unsigned_integer(3);
    if (*walk.chain != stored || sum_of(query.bytes(1)) != sum) walk.broken(at);
    if (!query.is_null(4) && !decode_notes(query.bytes(4), sum)) walk.broken(at);
    walk.chain = stored;
  }
  if (walk.next.value != walk.epoch.head.value + 1) walk.broken(walk.next);
  return {};
}

base::Result<Verification> SqliteJournal::verify() {
  MILLPOND_TRY_DO(ready());
  Verification result;
  MILLPOND_TRY(const auto check, db_->query_text("PRAGMA integrity_check(1)"));
  result.sqlite_ok = check.value_or("") == "ok";  // g++ 12 at -O2 takes == on the optional for an uninitialised read
  if (!result.sqlite_ok) damage_told_ = true;
  MILLPOND_TRY(result.changed_rows, each_changed_row(*db_, ChangedRows::count));
  for (const auto& epoch : epochs_) {
    Walk walk{epoch, result};
    MILLPOND_TRY_DO(verify_ring(walk));
    MILLPOND_TRY_DO(verify_outbox(walk));
    if (walk.chain) result.head = *walk.chain;
  }
  return result;
}

base::Result<> SqliteJournal::add_ring_entries(std::size_t limit, std::vector<JournalEntry>& newest_first) {
  MILLPOND_TRY(auto query, db_->prepare("SELECT batch FROM ring ORDER BY first_position DESC"));
  for (std::size_t left = limit; left > 0;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) break;
    const auto batch = wire::decode_up_request(query.bytes(0));
    if (!batch) break;
    std::vector<JournalEntry> entries;
    auto chain = batch->chain_before;
    for (const auto& sent : batch->rows) {
      chain = wire::chain_next(chain, sent.canonical);
      if (auto fact = wire::decode_fact(sent.canonical)) entries.push_back({std::move(*fact), chain, true});
    }
    const auto taken = std::min(left, entries.size());
    newest_first.insert(newest_first.end(), std::make_move_iterator(entries.rbegin()),
                        std::make_move_iterator(entries.rbegin() + static_cast<std::ptrdiff_t>(taken)));
    left -= taken;
  }
  return {};
}

base::Result<std::vector<JournalEntry>> SqliteJournal::entries(std::size_t limit, bool queued_only) {
  MILLPOND_TRY_DO(ready());
  std::vector<JournalEntry> found;
  MILLPOND_TRY(auto query, db_->prepare("SELECT canonical, chain FROM outbox ORDER BY position DESC LIMIT ?1"));
  MILLPOND_TRY_DO(query.bind(limit));
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) break;
    auto fact = wire::decode_fact(query.bytes(0));
    if (!fact) continue;  // written by a later release: nothing here can say what it is
    MILLPOND_TRY(const auto chain, query.array<32>(1));
    found.push_back({std::move(*fact), chain, false});
  }
  if (!queued_only) MILLPOND_TRY_DO(add_ring_entries(limit, found));
  const auto position = [this](const JournalEntry& entry) {
    const auto* const epoch = find_epoch(entry.fact.stamp.epoch);
    return epoch == nullptr ? 0 : epoch->position(entry.fact.stamp.seq);
  };
  std::sort(found.begin(), found.end(), [&](const auto& a, const auto& b) { return position(a) < position(b); });
  if (found.size() > limit) found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(limit));
  return found;
}

}  // namespace millpond::store
