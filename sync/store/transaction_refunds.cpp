// SPDX-License-Identifier: Apache-2.0
// What a refund needs: the facts of the sale, and what came back of it before.
#include "sync/store/action_transaction.h"
#include "sync/wire/canonical.h"

namespace millpond::store {
namespace {

constexpr std::size_t facts_bytes_max = 1U << 20;
constexpr std::size_t number_bytes = 8;

base::Bytes encode(const model::RefundSum& sum) {
  base::Bytes out;
  out.push_back(sum.whole ? 1 : 0);
  base::append_big_endian(out, static_cast<std::uint64_t>(sum.total_minor), number_bytes);
  for (const auto& [id, net_minor] : sum.lines) {
    base::append_big_endian(out, id.size(), 2);
    base::append(out, base::view_of(id));
    base::append_big_endian(out, static_cast<std::uint64_t>(net_minor), number_bytes);
  }
  return out;
}

// Whole, because the row's sum holds.
model::RefundSum decode(base::ByteView from) {
  model::RefundSum sum;
  sum.whole = from.front() != 0;
  sum.total_minor = static_cast<std::int64_t>(base::read_big_endian(from.subspan(1, number_bytes)));
  from = from.subspan(1 + number_bytes);
  while (!from.empty()) {
    const auto size = static_cast<std::size_t>(base::read_big_endian(from.first(2)));
    const std::string id{base::text_of(from.subspan(2, size))};
    sum.lines[id] = static_cast<std::int64_t>(base::read_big_endian(from.subspan(2 + size, number_bytes)));
    from = from.subspan(2 + size + number_bytes);
  }
  return sum;
}

}  // namespace

base::Result<std::vector<model::Fact>> ActionTransaction::facts_from(base::Epoch epoch, base::Seq seq,
                                                                     std::uint32_t facts_max) {
  MILLPOND_TRY(const auto batch, journal_.read_batch(epoch, seq, facts_max, facts_bytes_max));
  std::vector<model::Fact> facts;
  for (const auto& row : batch.rows) {
    MILLPOND_TRY(auto fact, wire::decode_fact(row.canonical));
    facts.push_back(std::move(fact));
  }
  return facts;
}

base::Result<model::RefundSum> ActionTransaction::refunds_of(const model::SaleKey& sale) {
  MILLPOND_TRY(auto query, db_.prepare("SELECT content, sum FROM refunds WHERE business_day = ?1 AND store = ?2 AND "
                                       "till = ?3 AND transaction_id = ?4"));
  MILLPOND_TRY_DO(query.bind(sale.business_date.days, sale.store, sale.till, sale.transaction));
  MILLPOND_TRY(const bool row, query.step());
  if (!row || sum_of_sale(sale, query.bytes(0), {}) != query.unsigned_integer(1)) return model::RefundSum{};
  return decode(query.bytes(0));
}

base::Result<> ActionTransaction::put_refunds(const model::SaleKey& sale, const model::RefundSum& sum) {
  MILLPOND_TRY_DO(writable("put refunds"));
  const auto content = encode(sum);
  return db_.run(
      "INSERT OR REPLACE INTO refunds(business_day, store, till, transaction_id, content, sum) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
      sale.business_date.days, sale.store, sale.till, sale.transaction, content, sum_of_sale(sale, content, {}));
}

}  // namespace millpond::store
