// SPDX-License-Identifier: Apache-2.0
#include "sync/store/rebuild.h"

#include "sync/sqlite/leaf_scan.h"
#include "sync/wire/batch_chain.h"
#include "sync/wire/canonical.h"

#include <algorithm>

namespace millpond::store {
namespace {

constexpr std::uint64_t position_margin = 1ULL << 20;  // over what was found: the lost end of a queue may have gone on
constexpr std::int64_t counter_margin = 4'096;

}  // namespace

base::Result<> Rebuild::set_apart(std::uint64_t position, std::string_view kind, base::ByteView content) {
  return db_.run("INSERT INTO quarantine(position, kind, content) VALUES(?1, ?2, ?3)", position, kind, content);
}

base::Result<> Rebuild::drop(const char* sql, const std::vector<std::uint64_t>& keys) {
  for (const auto key : keys) MILLPOND_TRY_DO(db_.run(sql, key));
  return {};
}

base::Result<> Rebuild::judge_outbox() {
  std::vector<std::uint64_t> changed;
  MILLPOND_TRY(auto query, db_.prepare("SELECT position, canonical, sum FROM outbox ORDER BY position"));
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) break;
    const auto position = query.unsigned_integer(0);
    if (sum_of(query.bytes(1)) != query.unsigned_integer(2)) {
      changed.push_back(position);
      MILLPOND_TRY_DO(set_apart(position, "fact", query.bytes(1)));
      continue;
    }
    ++facts_;
    const auto fact = wire::decode_fact(query.bytes(1));
    if (!fact || fact->stamp.seq.value > position) continue;
    auto& epoch = found_[fact->stamp.epoch];
    epoch.base = position - fact->stamp.seq.value;
    epoch.first_queued = std::min(epoch.first_queued, position);
    epoch.last_queued = std::max(epoch.last_queued, position);
  }
  return drop("DELETE FROM outbox WHERE position = ?1", changed);
}

base::Result<> Rebuild::judge_payloads() {
  std::vector<std::uint64_t> changed;
  MILLPOND_TRY(auto query, db_.prepare("SELECT position, member, salt, box, sum FROM payloads"));
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) break;
    const base::MemberId member{query.unsigned_integer(1)};
    if (sum_of_payload(member, query.bytes(2), query.bytes(3)) == query.unsigned_integer(4)) continue;
    changed.push_back(query.unsigned_integer(0));
    MILLPOND_TRY_DO(set_apart(changed.back(), "payload", query.bytes(3)));
  }
  return drop("DELETE FROM payloads WHERE position = ?1", changed);
}

base::Result<> Rebuild::judge_ring() {
  std::vector<std::uint64_t> changed;
  MILLPOND_TRY(auto query, db_.prepare("SELECT first_position, batch FROM ring ORDER BY first_position"));
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) break;
    const auto first = query.unsigned_integer(0);
    const auto batch = wire::decode_up_request(query.bytes(1));
    if (!batch || !wire::check_batch_chain(*batch) || batch->first_seq.value > first) {
      changed.push_back(first);
      MILLPOND_TRY_DO(set_apart(first, "batch", query.bytes(1)));
      continue;
    }
    facts_ += batch->rows.size();
    auto& epoch = found_[batch->epoch];
    epoch.base = first - batch->first_seq.value;
    epoch.last_acked = first + batch->rows.size() - 1;
    epoch.ring_head = batch->chain_head;
  }
  return drop("DELETE FROM ring WHERE first_position = ?1", changed);
}

// Facts that no tree leads to any more. Pages that were given back still hold old ones: only what an epoch's row says
// is still queued counts.
base::Result<> Rebuild::find_strays(const std::filesystem::path& file) {
  return sqlite::scan_leaves(options_.vfs, file, 5, [this](const sqlite::LeafRow& row) -> base::Result<> {
    const auto* const canonical = std::get_if<base::Bytes>(&row.values[1]);
    const auto* const chain = std::get_if<base::Bytes>(&row.values[2]);
    const auto* const sum = std::get_if<std::int64_t>(&row.values[3]);
    if (canonical == nullptr || chain == nullptr || sum == nullptr || chain->size() != 32) return {};
    if (sum_of(*canonical) != static_cast<std::uint64_t>(*sum)) return {};
    const auto fact = wire::decode_fact(*canonical);
    if (!fact) return {};
    const auto epoch = std::ranges::find(epochs_, fact->stamp.epoch, &EpochState::epoch);
    if (epoch == epochs_.end() || fact->stamp.seq <= epoch->acked) return {};
    if (epoch->ended && fact->stamp.seq > epoch->head) return {};
    const auto* const notes = std::get_if<base::Bytes>(&row.values[4]);
    return db_.run("INSERT OR IGNORE INTO outbox(position, canonical, chain, sum, notes) VALUES(?1, ?2, ?3, ?4, ?5)",
                   epoch->position(fact->stamp.seq), *canonical, *chain, *sum,
                   notes == nullptr ? std::nullopt : std::optional{*notes});
  });
}

// What stands in the ring was acknowledged, whatever an older page of the epochs says; and what was acknowledged is
// queued no more.
base::Result<> Rebuild::settle_acknowledged(EpochState& epoch) {
  const auto found = found_.find(epoch.epoch);
  if (found != found_.end() && found->second.base == epoch.base &&
      found->second.last_acked > epoch.position(epoch.acked)) {
    epoch.acked = {found->second.last_acked - epoch.base};
    epoch.acked_chain = found->second.ring_head;
    epoch.head = std::max(epoch.head, epoch.acked);
  }
  const auto acked = epoch.position(epoch.acked);
  MILLPOND_TRY_DO(set_strangers_apart(epoch));
  MILLPOND_TRY_DO(db_.run("DELETE FROM outbox WHERE position BETWEEN ?1 AND ?2", epoch.base + 1, acked));
  // Of another epoch that was given the same positions.
  MILLPOND_TRY_DO(
      db_.run("INSERT INTO quarantine(position, kind, content) SELECT first_position, 'batch', batch "
              "FROM ring WHERE first_position BETWEEN ?1 AND ?2",
              acked + 1, last_of(epoch)));
  return db_.run("DELETE FROM ring WHERE first_position BETWEEN ?1 AND ?2", acked + 1, last_of(epoch));
}

// Facts of another epoch at positions that this one had acknowledged: nobody knows whether the hub has them.
base::Result<> Rebuild::set_strangers_apart(const EpochState& epoch) {
  MILLPOND_TRY(auto query, db_.prepare("SELECT position, canonical FROM outbox WHERE position BETWEEN ?1 AND ?2"));
  MILLPOND_TRY_DO(query.bind(epoch.base + 1, epoch.position(epoch.acked)));
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) return {};
    const auto fact = wire::decode_fact(query.bytes(1));
    if (fact && fact->stamp.epoch == epoch.epoch) continue;
    MILLPOND_TRY_DO(set_apart(query.unsigned_integer(0), "fact", query.bytes(1)));
  }
}

// Where the epoch ends, by its row when it has ended and else by its facts.
std::uint64_t Rebuild::last_of(const EpochState& epoch) const {
  if (epoch.ended) return epoch.position(epoch.head);
  const auto found = found_.find(epoch.epoch);
  return std::max(epoch.position(epoch.acked), found == found_.end() ? 0 : found->second.last_queued);
}

// Rows that hold are taken at their word; of the others everything follows from the facts, but for the link that leads
// to the first queued one when the ring does not end there. Every epoch has ended: the next start begins a new one.
base::Result<> Rebuild::rebuild_epochs() {
  for (const auto& [id, facts] : found_) {
    const auto known = std::ranges::find(epochs_, id, &EpochState::epoch);
    if (known != epochs_.end()) continue;
    EpochState epoch;
    epoch.epoch = id;
    epoch.base = facts.base;
    const auto before_queue = facts.last_queued == 0 ? facts.last_acked : facts.first_queued - 1;
    epoch.acked = {before_queue - facts.base};
    if (before_queue == facts.last_acked) epoch.acked_chain = facts.ring_head;
    epochs_.push_back(epoch);
  }
  std::ranges::sort(epochs_, {}, &EpochState::base);
  MILLPOND_TRY_DO(db_.execute("DELETE FROM epochs"));
  std::int64_t ordinal = 0;
  for (auto& epoch : epochs_) {
    epoch.ordinal = ordinal++;
    MILLPOND_TRY_DO(settle_acknowledged(epoch));
    epoch.head = {last_of(epoch) - epoch.base};
    epoch.ended = true;
    MILLPOND_TRY_DO(put_epoch(db_, epoch));
  }
  return {};
}

base::Result<> Rebuild::rebuild_meta(std::uint64_t number) {
  const auto put = [this](std::string_view name, std::int64_t value) {
    return db_.run("INSERT OR REPLACE INTO meta(name, value) VALUES(?1, ?2)", name, value);
  };
  std::uint64_t last = 0;
  for (const auto* const sql :
       {"SELECT max(position) FROM outbox", "SELECT max(last_position) FROM ring", "SELECT max(position) FROM sales",
        "SELECT max(position) FROM deltas", "SELECT max(position) FROM coupons", "SELECT max(position) FROM payloads",
        "SELECT max(position) FROM lease_uses", "SELECT max(position) FROM gifts",
        "SELECT max(base + head) FROM epochs"}) {
    MILLPOND_TRY(const auto most, db_.query_integer(sql));
    last = std::max(last, static_cast<std::uint64_t>(most.value_or(0)));
  }
  // What a mark says was there, and so was what an earlier salvage left free.
  for (const auto* const mark : {"settled", "released"}) {
    MILLPOND_TRY(const auto position, read_mark(db_, mark));
    last = std::max(last, position.value_or(0));
  }
  MILLPOND_TRY(const auto free, db_.query_integer("SELECT value FROM meta WHERE name = 'begin_base'"));
  last = std::max(last, static_cast<std::uint64_t>(free.value_or(0)));
  // A replica that knows old positions must never see them again for other facts.
  const auto base = last == 0 ? number << 40U : last + position_margin;
  const auto reason = epochs_.empty() ? model::EpochReason::journal_lost : model::EpochReason::damaged;
  MILLPOND_TRY_DO(put("begin_base", static_cast<std::int64_t>(base)));
  MILLPOND_TRY_DO(put("begin_reason", static_cast<std::int64_t>(reason)));
  MILLPOND_TRY(const auto counter, db_.query_integer("SELECT value FROM meta WHERE name = 'id_counter'"));
  if (!counter) {
    MILLPOND_TRY(const auto used,
                 db_.query_integer("SELECT max(id & 16777215) FROM (SELECT member AS id FROM members UNION ALL "
                                   "SELECT coupon FROM coupons)"));
    if (used) MILLPOND_TRY_DO(put("id_counter", std::min<std::int64_t>(*used + counter_margin, base::id_counter_max)));
  }
  // Rights go with every new epoch, and the file is another one. Without a mark the next start goes through all facts
  // again and puts back the effects that the damage took from the tables.
  MILLPOND_TRY_DO(db_.execute("UPDATE coupons SET ordinal = -1; DELETE FROM meta WHERE name IN ('inode', 'settled')"));
  MILLPOND_TRY_DO(
      db_.run("INSERT OR IGNORE INTO meta(name, value) VALUES('brand', ?1)", base::to_hex(options_.owner.brand.bytes)));
  return db_.run("INSERT OR IGNORE INTO meta(name, value) VALUES('terminal', ?1)", options_.owner.terminal);
}

base::Result<std::uint64_t> Rebuild::run(std::uint64_t number) {
  MILLPOND_TRY(auto rows, read_epochs(db_));
  epochs_ = std::move(rows.whole);
  MILLPOND_TRY_DO(find_strays(options_.path));
  MILLPOND_TRY_DO(judge_outbox());
  MILLPOND_TRY_DO(judge_payloads());
  MILLPOND_TRY_DO(judge_ring());
  // What facts prove is made again from them at the next start.
  MILLPOND_TRY(const auto changed, each_changed_row(db_, ChangedRows::drop));
  static_cast<void>(changed);
  MILLPOND_TRY_DO(rebuild_epochs());
  MILLPOND_TRY_DO(rebuild_meta(number));
  return facts_;
}

}  // namespace millpond::store
