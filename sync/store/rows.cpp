// SPDX-License-Identifier: Apache-2.0
#include "sync/store/rows.h"

#include "sync/crypto/hash.h"

#include <array>
#include <string>

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

std::uint64_t sum_of_points(base::MemberId member, std::uint64_t position, std::int64_t points) {
  base::Bytes content;
  base::append_big_endian(content, member.value, 8);
  base::append_big_endian(content, position, 8);
  base::append_big_endian(content, static_cast<std::uint64_t>(points), 8);
  return sum_of(content);
}

std::uint64_t sum_of_gift(std::uint64_t position, const GivenBy& gift) {
  base::Bytes content;
  for (const auto value : {position, gift.member.value, std::uint64_t{gift.campaign.value},
                           static_cast<std::uint64_t>(gift.day.days), gift.occasion}) {
    base::append_big_endian(content, value, 8);
  }
  return sum_of(content);
}

std::uint64_t sum_of_phone(base::ByteView key, base::MemberId member) {
  base::Bytes content;
  base::append_big_endian(content, member.value, 8);
  return sum_of(content, key);
}

std::uint64_t sum_of_payload(base::MemberId member, base::ByteView salt, base::ByteView box) {
  base::Bytes content;
  base::append_big_endian(content, member.value, 8);
  base::append_big_endian(content, salt.size(), 8);
  base::append(content, salt);
  return sum_of(content, box);
}

std::uint64_t sum_of_sale(const model::SaleKey& key, base::ByteView body_hash, base::ByteView answer) {
  base::Bytes content;
  base::append_big_endian(content, static_cast<std::uint64_t>(key.business_date.days), 8);
  base::append_big_endian(content, key.store.value, 8);
  for (const auto part : {base::view_of(key.till), base::view_of(key.transaction), body_hash}) {
    base::append_big_endian(content, part.size(), 8);
    base::append(content, part);
  }
  return sum_of(content, answer);
}

std::uint64_t sum_of_coupon(const model::CouponIssued& coupon, std::int64_t state) {
  base::Bytes content;
  for (const auto value :
       {coupon.coupon.value, coupon.member.value, std::uint64_t{coupon.campaign.value},
        std::uint64_t{coupon.store.value}, static_cast<std::uint64_t>(coupon.value_minor),
        static_cast<std::uint64_t>(coupon.threshold_minor), static_cast<std::uint64_t>(coupon.not_before.days),
        static_cast<std::uint64_t>(coupon.expires.days)}) {
    base::append_big_endian(content, value, 8);
  }
  constexpr std::uint64_t state_bits = 7;
  return (sum_of(content, coupon.cause) & ~state_bits) | (static_cast<std::uint64_t>(state) & state_bits);
}

std::uint64_t sum_of_use(const CouponUse& use) {
  base::Bytes content;
  for (const auto value : {use.coupon.value, static_cast<std::uint64_t>(use.kind), use.member.value,
                           static_cast<std::uint64_t>(use.day.days), static_cast<std::uint64_t>(use.value_minor)}) {
    base::append_big_endian(content, value, 8);
  }
  return sum_of(content);
}

CouponUse use_of_row(const sqlite::Statement& row) {
  return {{row.unsigned_integer(0)},
          static_cast<model::UseKind>(row.integer(1)),
          {row.unsigned_integer(2)},
          {static_cast<std::int32_t>(row.integer(3))},
          row.integer(4)};
}

std::uint64_t sum_of_lease_used(const LeaseUsed& used) {
  base::Bytes content;
  for (const auto value : {used.lease.value, used.member.value, static_cast<std::uint64_t>(used.amount)}) {
    base::append_big_endian(content, value, 8);
  }
  return sum_of(content);
}

LeaseUsed lease_used_of_row(const sqlite::Statement& row) {
  return {{row.unsigned_integer(0)}, {row.unsigned_integer(1)}, row.integer(2)};
}

model::CouponIssued coupon_terms(const sqlite::Statement& row) {
  model::CouponIssued terms;
  terms.coupon = {row.unsigned_integer(0)};
  terms.member = {row.unsigned_integer(1)};
  terms.campaign = {static_cast<std::uint32_t>(row.integer(2))};
  terms.store = {static_cast<std::uint32_t>(row.integer(3))};
  terms.value_minor = row.integer(4);
  terms.threshold_minor = row.integer(5);
  terms.not_before = {static_cast<std::int32_t>(row.integer(6))};
  terms.expires = {static_cast<std::int32_t>(row.integer(7))};
  if (const auto cause = row.array<32>(8)) terms.cause = *cause;  // of another length: the sum tells
  return terms;
}

namespace {

model::SaleKey sale_key_of(const sqlite::Statement& row) {
  return {{static_cast<std::uint32_t>(row.integer(1))},
          std::string{row.text(2)},
          {static_cast<std::int32_t>(row.integer(0))},
          std::string{row.text(3)}};
}

struct Projection {
  std::string select;
  bool (*holds)(const sqlite::Statement& row);
  base::Result<> (*remove)(sqlite::Connection& db, const sqlite::Statement& row);
};

const std::array<Projection, 7>& projections() {
  static const std::array<Projection, 7> all{{
      {"SELECT member, position, points, sum FROM deltas",
       [](const sqlite::Statement& row) {
         return sum_of_points({row.unsigned_integer(0)}, row.unsigned_integer(1), row.integer(2)) ==
                row.unsigned_integer(3);
       },
       [](sqlite::Connection& db, const sqlite::Statement& row) {
         return db.run("DELETE FROM deltas WHERE member = ?1 AND position = ?2", row.integer(0), row.integer(1));
       }},
      {"SELECT member, position, campaign, day, occasion, sum FROM gifts",
       [](const sqlite::Statement& row) {
         const GivenBy gift{{row.unsigned_integer(0)},
                            {static_cast<std::uint32_t>(row.integer(2))},
                            {static_cast<std::int32_t>(row.integer(3))},
                            row.unsigned_integer(4)};
         return sum_of_gift(row.unsigned_integer(1), gift) == row.unsigned_integer(5);
       },
       [](sqlite::Connection& db, const sqlite::Statement& row) {
         return db.run("DELETE FROM gifts WHERE member = ?1 AND position = ?2", row.integer(0), row.integer(1));
       }},
      {"SELECT key, member, sum FROM phones",
       [](const sqlite::Statement& row) {
         return sum_of_phone(row.bytes(0), {row.unsigned_integer(1)}) == row.unsigned_integer(2);
       },
       [](sqlite::Connection& db, const sqlite::Statement& row) {
         const base::Bytes key{row.bytes(0).begin(), row.bytes(0).end()};
         return db.run("DELETE FROM phones WHERE key = ?1", key);
       }},
      {"SELECT business_day, store, till, transaction_id, body_hash, answer, sum FROM sales",
       [](const sqlite::Statement& row) {
         return sum_of_sale(sale_key_of(row), row.bytes(4), row.bytes(5)) == row.unsigned_integer(6);
       },
       [](sqlite::Connection& db, const sqlite::Statement& row) {
         const auto key = sale_key_of(row);
         return db.run("DELETE FROM sales WHERE business_day = ?1 AND store = ?2 AND till = ?3 AND transaction_id = ?4",
                       row.integer(0), row.integer(1), key.till, key.transaction);
       }},
      {std::string{"SELECT "} + coupon_terms_columns + ", state, sum FROM coupons",
       [](const sqlite::Statement& row) {
         return sum_of_coupon(coupon_terms(row), row.integer(9)) == row.unsigned_integer(10);
       },
       [](sqlite::Connection& db, const sqlite::Statement& row) {
         return db.run("DELETE FROM coupons WHERE coupon = ?1", row.integer(0));
       }},
      {"SELECT coupon, kind, member, day, value_minor, sum FROM coupon_uses",
       [](const sqlite::Statement& row) { return sum_of_use(use_of_row(row)) == row.unsigned_integer(5); },
       [](sqlite::Connection& db, const sqlite::Statement& row) {
         return db.run("DELETE FROM coupon_uses WHERE coupon = ?1", row.integer(0));
       }},
      {"SELECT lease, member, amount, sum, position FROM lease_uses",
       [](const sqlite::Statement& row) {
         return sum_of_lease_used(lease_used_of_row(row)) == row.unsigned_integer(3);
       },
       [](sqlite::Connection& db, const sqlite::Statement& row) {
         return db.run("DELETE FROM lease_uses WHERE position = ?1", row.integer(4));
       }},
  }};
  return all;
}

}  // namespace

base::Result<std::uint64_t> each_changed_row(sqlite::Connection& db, ChangedRows what) {
  std::uint64_t changed = 0;
  for (const auto& table : projections()) {
    MILLPOND_TRY(auto query, db.prepare(table.select));
    for (;;) {
      MILLPOND_TRY(const bool row, query.step());
      if (!row) break;
      if (table.holds(query)) continue;
      ++changed;
      if (what == ChangedRows::drop) MILLPOND_TRY_DO(table.remove(db, query));  // a row that was stepped to may go
    }
  }
  return changed;
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
