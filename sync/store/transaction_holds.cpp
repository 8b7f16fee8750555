// SPDX-License-Identifier: Apache-2.0
// What is kept for baskets that are not paid yet.
#include "sync/store/action_transaction.h"

namespace millpond::store {
namespace {

std::uint64_t sum_of_hold(std::uint64_t id, std::int64_t until_ms, base::ByteView content) {
  base::Bytes head;
  base::append_big_endian(head, id, 8);
  base::append_big_endian(head, static_cast<std::uint64_t>(until_ms), 8);
  return sum_of(head, content);
}

}  // namespace

base::Result<std::vector<Hold>> ActionTransaction::holds() {
  MILLPOND_TRY(auto query, db_.prepare("SELECT id, until_ms, content, sum FROM holds ORDER BY id"));
  std::vector<Hold> holds;
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) return holds;
    const auto content = query.bytes(2);
    Hold hold{query.unsigned_integer(0), query.integer(1), {content.begin(), content.end()}};
    if (sum_of_hold(hold.id, hold.until_ms, hold.content) == query.unsigned_integer(3))
      holds.push_back(std::move(hold));
  }
}

base::Result<> ActionTransaction::put_hold(const Hold& hold) {
  MILLPOND_TRY_DO(writable("put hold"));
  return db_.run("INSERT OR REPLACE INTO holds(id, until_ms, content, sum) VALUES(?1, ?2, ?3, ?4)", hold.id,
                 hold.until_ms, hold.content, sum_of_hold(hold.id, hold.until_ms, hold.content));
}

base::Result<> ActionTransaction::drop_hold(std::uint64_t id) {
  MILLPOND_TRY_DO(writable("drop hold"));
  return db_.run("DELETE FROM holds WHERE id = ?1", id);
}

}  // namespace millpond::store
