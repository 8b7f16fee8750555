// SPDX-License-Identifier: Apache-2.0
#include "sync/store/rows.h"

#include "sync/crypto/hash.h"

namespace millpond::store {
namespace {

std::uint64_t first_bytes(const base::Hash& hash) { return base::read_big_endian(base::ByteView{hash}.first(8)); }

constexpr std::uint64_t still_alive = ~std::uint64_t{0};

std::uint64_t sum_of_epoch(const EpochState& epoch) {
  base::Bytes content;
  base::append_big_endian(content, static_cast<std::uint64_t>(epoch.ordinal), 8);
  base::append_big_endian(content, epoch.epoch.value, 4);
  base::append_big_endian(content, epoch.base, 8);
  base::append_big_endian(content, epoch.acked.value, 8);
  base::append_big_endian(content, epoch.ended ? epoch.head.value : still_alive, 8);
  return sum_of(content, epoch.acked_chain);
}

}  // namespace

std::uint64_t sum_of(base::ByteView content) { return first_bytes(crypto::blake2b(content)); }
std::uint64_t sum_of(base::ByteView first, base::ByteView second) {
  return first_bytes(crypto::blake2b(first, second));
}

base::Result<EpochRows> read_epochs(sqlite::Connection& db) {
  EpochRows rows;
  MILLPOND_TRY(auto query, db.prepare("SELECT ordinal, epoch, base, acked, acked_chain, head, sum FROM epochs "
                                      "ORDER BY ordinal"));
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) return rows;
    EpochState epoch{query.integer(0),
                     {static_cast<std::uint32_t>(query.integer(1))},
                     query.unsigned_integer(2),
                     {query.unsigned_integer(3)},
                     {},
                     {query.unsigned_integer(5)},
                     !query.is_null(5)};
    const auto chain = query.array<32>(4);
    if (chain) epoch.acked_chain = *chain;
    if (chain && sum_of_epoch(epoch) == query.unsigned_integer(6)) {
      rows.whole.push_back(epoch);
    } else {
      ++rows.changed;
    }
  }
}

base::Result<> put_epoch(sqlite::Connection& db, const EpochState& epoch) {
  const auto head = epoch.ended ? std::optional{epoch.head} : std::nullopt;
  return db.run(
      "INSERT INTO epochs(ordinal, epoch, base, acked, acked_chain, head, sum) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) "
      "ON CONFLICT(ordinal) DO UPDATE SET acked = excluded.acked, acked_chain = excluded.acked_chain, "
      "head = excluded.head, sum = excluded.sum",
      epoch.ordinal, epoch.epoch, epoch.base, epoch.acked, epoch.acked_chain, head, sum_of_epoch(epoch));
}

}  // namespace millpond::store
