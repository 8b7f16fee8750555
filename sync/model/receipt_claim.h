// SPDX-License-Identifier: Apache-2.0
// Receipt claims: a member who forgot the code gets a sale's points later by the receipt's number or QR: once, within
// seven days, and only when the sale is nobody else's. And "undo last" for half a minute. Not the points themselves:
// those are the ones that the sale would have earned then, by the rules it was rated with. Pure.
#pragma once

#include "sync/base/clock.h"
#include "sync/base/ids.h"

#include <cstdint>
#include <optional>

namespace millpond::model {

inline constexpr std::int32_t claim_days_max = 7;  // after the business date, inclusive

enum class ClaimVerdict : std::uint8_t {
  granted,
  pending,       // nobody here knows the sale, and no hub was heard: it decides, and the slip says so
  repeated,      // the same member's own, claimed or identified before: success, nothing is given twice
  other_member,  // somebody else's, and whose is not told
  too_late,
  in_future,  // the receipt is of a day that has not come: one of two clocks is wrong
  nothing,    // training, or refunded in full
  unknown,    // the hub knows no such sale
};

// What is known of the sale whose SaleKey the receipt names. From SaleRecorded, or the hub's answer.
struct ClaimedSale {
  base::LocalDate business_date;  // SaleKey::business_date
  base::MemberId member;          // root of SaleRecorded::member; 0: nobody was identified
  base::MemberId claimed_by;      // root of an earlier claim's (missing fact: receipt_claimed); 0: none
  bool training{};
  bool refunded{};  // in full
};

struct ClaimCase {
  base::MemberId member;  // who claims, root of the aliases
  base::LocalDate today;  // at the store, when the claim was made; the hub judges a late upload by it too
  base::LocalDate receipt_date;
  std::optional<ClaimedSale> sale;
  bool hub_heard{};  // it was asked and knows all that was told so far
};

// Repeated and other_member come before everything that time decides, so that a second try after a week still hears
// what became of the first.
[[nodiscard]] ClaimVerdict decide_claim(const ClaimCase& of);

// --- undo last

inline constexpr std::int64_t undo_ms_max = 30'000;

enum class UndoVerdict : std::uint8_t { undone, too_late, not_last, used, undone_before };

struct UndoCase {
  std::int64_t done_monotonic_ms{};  // of one boot: after another one nothing can be undone here
  std::int64_t now_monotonic_ms{};
  bool same_boot{};
  bool is_last{};        // nothing was done at this terminal since
  bool used{};           // what it gave has been spent or redeemed
  bool undone_before{};  // the same request again: success, nothing happens twice
};

[[nodiscard]] UndoVerdict decide_undo(const UndoCase& of);

}  // namespace millpond::model
