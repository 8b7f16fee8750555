// SPDX-License-Identifier: Apache-2.0
// Leases as actions see them: the hub's newest of each thing, with what facts here have used of it.
#include "sync/store/action_transaction.h"
#include "sync/wire/lease_rows.h"

#include <limits>

namespace millpond::store {
namespace {

// Documents of this kind are encoded leases; their version is the number, which grows.
std::string document_of(model::LeaseKind kind, std::uint64_t subject) {
  return "lease:" + std::to_string(static_cast<int>(kind)) + ":" + std::to_string(subject);
}

}  // namespace

base::Result<> ActionTransaction::put_lease(const model::Lease& lease) {
  return put_document(document_of(lease.kind, lease.subject), lease.id.value, wire::encode(lease));
}

base::Result<std::vector<HeldLease>> ActionTransaction::leases(base::MemberId member) {
  std::vector<HeldLease> held;
  {
    MILLPOND_TRY(auto query, db_.prepare("SELECT content FROM documents WHERE kind >= 'lease:' AND kind < 'lease;' "
                                         "ORDER BY kind"));
    for (;;) {
      MILLPOND_TRY(const bool row, query.step());
      if (!row) break;
      const auto lease = wire::decode_lease(query.bytes(0));  // one that changed on the disk is none
      if (lease) held.push_back({*lease, {}, live().epoch});
    }
  }
  std::vector<HeldLease> kept;
  for (auto& each : held) {
    MILLPOND_TRY(const bool returned, fold_lease(each, member));
    if (!returned) kept.push_back(each);
  }
  return kept;
}

base::Result<std::optional<HeldLease>> ActionTransaction::lease_of(model::LeaseKind kind, std::uint64_t subject,
                                                                   base::MemberId member) {
  const std::optional<HeldLease> none;
  std::optional<HeldLease> held;
  {
    MILLPOND_TRY(auto query, db_.prepare("SELECT content FROM documents WHERE kind = ?1"));
    MILLPOND_TRY_DO(query.bind(document_of(kind, subject)));
    MILLPOND_TRY(const bool row, query.step());
    if (!row) return none;
    const auto lease = wire::decode_lease(query.bytes(0));
    if (!lease) return none;
    held = HeldLease{*lease, {}, live().epoch};
  }
  MILLPOND_TRY(const bool returned, fold_lease(*held, member));
  return returned ? none : held;
}

// What a row said that changed on the disk nobody knows: then everything is used. True when it was given back.
base::Result<bool> ActionTransaction::fold_lease(HeldLease& held, base::MemberId member) {
  bool returned = false;
  const auto add = [&](const LeaseUsed& used) {
    returned = returned || !used.member;
    held.use.used += used.amount;
    if (used.member == member) held.use.used_by_member += used.amount;
  };
  for (const auto& row : journal_.unsettled_.lease_uses) {
    if (row.used.lease == held.lease.id) add(row.used);
  }
  MILLPOND_TRY(auto query, db_.prepare("SELECT lease, member, amount, sum FROM lease_uses WHERE lease = ?1"));
  MILLPOND_TRY_DO(query.bind(held.lease.id));
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) return returned;
    const auto used = lease_used_of_row(query);
    if (sum_of_lease_used(used) != query.unsigned_integer(3)) {
      held.use = {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::max()};
      return false;
    }
    add(used);
  }
}

}  // namespace millpond::store
