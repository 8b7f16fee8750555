// SPDX-License-Identifier: Apache-2.0
// Rows that prove themselves: the value of a row's `sum`, and an epoch with its row. Not a chain: a sum tells which row
// changed, never that one is missing. Values and reads; the journal's thread. Inside `store` only.
#pragma once

#include "sync/model/rights.h"
#include "sync/sqlite/connection.h"

namespace millpond::store {

struct EpochState {
  std::int64_t ordinal{};
  base::Epoch epoch;
  std::uint64_t base{};  // position of seq s is base + s
  base::Seq acked;
  base::Hash acked_chain{};  // all zero: not known, because what led there is no longer kept
  base::Seq head;
  bool ended{};  // head is for ever
  [[nodiscard]] std::uint64_t position(base::Seq seq) const { return base + seq.value; }
};

[[nodiscard]] std::uint64_t sum_of(base::ByteView content);
[[nodiscard]] std::uint64_t sum_of(base::ByteView first, base::ByteView second);

// Of projections. Positions are left out where reissuing changes them, but for balances, which it writes anew.
[[nodiscard]] std::uint64_t sum_of_points(base::MemberId member, std::uint64_t position, std::int64_t points);
[[nodiscard]] std::uint64_t sum_of_phone(base::ByteView key, base::MemberId member);
[[nodiscard]] std::uint64_t sum_of_payload(base::MemberId member, base::ByteView salt, base::ByteView box);
[[nodiscard]] std::uint64_t sum_of_sale(const model::SaleKey& key, base::ByteView body_hash, base::ByteView answer);
// The low three bits are the state, so that SQL can change both.
[[nodiscard]] std::uint64_t sum_of_coupon(const model::CouponIssued& coupon, std::int64_t state);

// A coupon that was honoured here although its right was not: with the hub's word, or provisionally.
struct CouponUse {
  base::CouponId coupon;
  model::UseKind kind{};
  base::MemberId member;  // who showed it
  base::LocalDate day;    // at the store
  std::int64_t value_minor{};
};
[[nodiscard]] std::uint64_t sum_of_use(const CouponUse& use);
// From columns coupon, kind, member, day, value_minor.
[[nodiscard]] CouponUse use_of_row(const sqlite::Statement& row);

// What a fact used of a lease; without a member it was given back.
struct LeaseUsed {
  base::LeaseId lease;
  base::MemberId member;
  std::int64_t amount{};
};
[[nodiscard]] std::uint64_t sum_of_lease_used(const LeaseUsed& used);
// From columns lease, member, amount.
[[nodiscard]] LeaseUsed lease_used_of_row(const sqlite::Statement& row);

// What a campaign gave a member.
struct GivenBy {
  base::MemberId member;
  base::CampaignId campaign;
  base::LocalDate day;       // at the store
  std::uint64_t occasion{};  // position of the sale that brought it, else the gift's own
};
[[nodiscard]] std::uint64_t sum_of_gift(std::uint64_t position, const GivenBy& gift);

// Goes through every projection that has sums and returns how many rows changed on the disk.
enum class ChangedRows : std::uint8_t { count, drop };
[[nodiscard]] base::Result<std::uint64_t> each_changed_row(sqlite::Connection& db, ChangedRows what);
// The terms of a coupon as columns 0 to 8: coupon, member, campaign, store, value_minor, threshold_minor,
// not_before_day, expires_day, cause.
inline constexpr const char* coupon_terms_columns =
    "coupon, member, campaign, store, value_minor, threshold_minor, not_before_day, expires_day, cause";
[[nodiscard]] model::CouponIssued coupon_terms(const sqlite::Statement& row);

// Every epoch whose row holds, by ordinal, and how many rows do not.
struct EpochRows {
  std::vector<EpochState> whole;
  std::uint64_t changed{};
};
[[nodiscard]] base::Result<EpochRows> read_epochs(sqlite::Connection& db);
// Adds the row or replaces what may change of it. Of an epoch that has not ended the head is in the outbox.
[[nodiscard]] base::Result<> put_epoch(sqlite::Connection& db, const EpochState& epoch);
// A position in meta: 0 when there is none, nothing when it changed on the disk.
[[nodiscard]] base::Result<std::optional<std::uint64_t>> read_mark(sqlite::Connection& db, std::string_view name);

}  // namespace millpond::store
