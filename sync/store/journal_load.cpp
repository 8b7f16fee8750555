// SPDX-License-Identifier: Apache-2.0
// What the journal keeps in memory, read from its file, and the rows that hold it.
#include "sync/crypto/hash.h"
#include "sync/store/sqlite_journal.h"

namespace millpond::store {
namespace {

std::uint64_t first_bytes(const base::Hash& hash) { return base::read_big_endian(base::ByteView{hash}.first(8)); }

constexpr std::uint64_t still_alive = ~std::uint64_t{0};

}  // namespace

std::uint64_t sum_of(base::ByteView content) { return first_bytes(crypto::blake2b(content)); }
std::uint64_t sum_of(base::ByteView first, base::ByteView second) {
  return first_bytes(crypto::blake2b(first, second));
}

std::uint64_t sum_of(const EpochState& epoch) {
  base::Bytes content;
  base::append_big_endian(content, static_cast<std::uint64_t>(epoch.ordinal), 8);
  base::append_big_endian(content, epoch.epoch.value, 4);
  base::append_big_endian(content, epoch.base, 8);
  base::append_big_endian(content, epoch.acked.value, 8);
  base::append_big_endian(content, epoch.ended ? epoch.head.value : still_alive, 8);
  return sum_of(content, epoch.acked_chain);
}

base::Result<> SqliteJournal::put_meta(std::string_view name, std::int64_t value) {
  return db_->run("INSERT INTO meta(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
                  name, value);
}

base::Result<std::int64_t> SqliteJournal::meta(std::string_view name) {
  MILLPOND_TRY(const auto value, db_->query_integer("SELECT value FROM meta WHERE name = ?1", name));
  return value.value_or(0);
}

base::Result<> SqliteJournal::put_epoch(const EpochState& epoch) {
  const auto head = epoch.ended ? std::optional{epoch.head} : std::nullopt;
  return db_->run(
      "INSERT INTO epochs(ordinal, epoch, base, acked, acked_chain, head, sum) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) "
      "ON CONFLICT(ordinal) DO UPDATE SET acked = excluded.acked, acked_chain = excluded.acked_chain, "
      "head = excluded.head, sum = excluded.sum",
      epoch.ordinal, epoch.epoch, epoch.base, epoch.acked, epoch.acked_chain, head, sum_of(epoch));
}

base::Result<> SqliteJournal::load_epochs() {
  std::vector<EpochState> epochs;
  MILLPOND_TRY(auto query, db_->prepare("SELECT ordinal, epoch, base, acked, acked_chain, head, sum FROM epochs "
                                        "ORDER BY ordinal"));
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) break;
    EpochState epoch{query.integer(0),
                     {static_cast<std::uint32_t>(query.integer(1))},
                     query.unsigned_integer(2),
                     {query.unsigned_integer(3)},
                     {},
                     {query.unsigned_integer(5)},
                     !query.is_null(5)};
    MILLPOND_TRY(epoch.acked_chain, query.array<32>(4));
    if (sum_of(epoch) != query.unsigned_integer(6)) {
      return base::Error{base::Code::store_corrupt, "read epochs", "an epoch changed on the disk",
                         options_.path.string()};
    }
    epochs.push_back(epoch);
  }
  epochs_ = std::move(epochs);
  return {};
}

base::Result<> SqliteJournal::load_ring() {
  ring_ = {};
  MILLPOND_TRY(const auto bytes, db_->query_integer("SELECT sum(length(batch)) FROM ring"));
  ring_.bytes = static_cast<std::uint64_t>(bytes.value_or(0));
  MILLPOND_TRY(ring_.hub_ms, meta("hub_ms"));
  MILLPOND_TRY(ring_.swept_day, meta("swept_day"));
  MILLPOND_TRY(const auto cut, meta("ring_cut"));
  ring_.cut_position = static_cast<std::uint64_t>(cut);
  MILLPOND_TRY(ring_.cut_acked_at_ms, meta("ring_cut_acked_at_ms"));
  MILLPOND_TRY(const auto quarantined, db_->query_integer("SELECT count(*) FROM quarantine"));
  quarantined_ = static_cast<std::uint64_t>(quarantined.value_or(0));
  return {};
}

base::Result<> SqliteJournal::load() {
  stale_ = true;
  MILLPOND_TRY_DO(load_epochs());
  MILLPOND_TRY_DO(load_ring());
  MILLPOND_TRY(const auto counter, meta("id_counter"));
  growth_ = {{}, {}, static_cast<std::uint32_t>(counter)};
  if (!epochs_.empty()) {
    auto& live = epochs_.back();
    if (!live.ended) {
      MILLPOND_TRY(const auto last,
                   db_->query_integer("SELECT max(position) FROM outbox WHERE position > ?1", live.base));
      live.head = last ? base::Seq{static_cast<std::uint64_t>(*last) - live.base} : live.acked;
    }
    growth_.head = live.head;
    if (auto chain = chain_at(live, live.head)) growth_.chain = *chain;
  }
  stale_ = false;
  return {};
}

// A page that was lost takes rows with it that nothing else misses.
base::Result<> SqliteJournal::find_gaps() {
  for (const auto& epoch : epochs_) {
    const auto expected = epoch.head.value - epoch.acked.value;
    if (expected == 0) continue;
    MILLPOND_TRY(const auto there, db_->query_integer("SELECT count(*) FROM outbox WHERE position BETWEEN ?1 AND ?2",
                                                      epoch.position(epoch.acked) + 1, epoch.position(epoch.head)));
    if (static_cast<std::uint64_t>(there.value_or(0)) != expected) damaged_.insert(epoch.epoch);
  }
  return {};
}

}  // namespace millpond::store
