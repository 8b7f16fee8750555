// SPDX-License-Identifier: Apache-2.0
// Gestures: what a cashier may give away without asking: rounding down, a taste, a small present. Bounded by a leased
// budget of the day and by a cap for one member; beyond either a supervisor's PIN decides. Not a discount: a gesture
// has a reason and a name, and the shift report lists it. Pure.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/result.h"
#include "sync/model/leases.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millpond::model {

enum class GestureKind : std::uint8_t { round_down = 1, taste = 2, present = 3 };  // persisted

// The document.
struct GesturePolicy {
  std::uint32_t version{};
  std::vector<std::string> reasons;  // ids whose words the document's editor keeps: "waited_long"
  std::int64_t round_step_minor{1};  // sums are rounded down to a multiple of it; positive
  std::int64_t a_member_max_minor{};
  std::int32_t a_member_days{};  // of the cap: so many local dates that end with today
  friend bool operator==(const GesturePolicy&, const GesturePolicy&) = default;
};

// {version, reasons: ["waited_long"], round_step_minor, a_member: {max_minor, days}}; all of it is required. Error:
// programme_invalid; also without a reason.
[[nodiscard]] base::Result<GesturePolicy> parse_gesture_policy(base::ByteView json);

// What rounding down a sum to the policy's step gives away; 0 for a sum that is not positive.
[[nodiscard]] std::int64_t rounding_of(const GesturePolicy& policy, std::int64_t total_minor);

// A gesture as it was made (missing fact: gesture_made, with lease, kind, reason, cost, staff, approved_by, member).
struct GestureMade {
  base::MemberId member;
  base::LocalDate date;
  std::int64_t cost_minor{};
};

struct GestureCase {
  GestureKind kind{};
  std::string reason;
  std::int64_t cost_minor{};   // positive; of goods what the brand says they cost
  std::int64_t total_minor{};  // of the sale; a rounding is not more than rounding_of() it
  base::MemberId member;       // 0: nobody identified, and only the budget bounds it
  base::LocalDate today;
  std::vector<GestureMade> made;  // that this terminal knows of
  // The budget of this day at this terminal (missing: LeaseKind::gesture_budget; amount in minor units, expires with
  // the local day). Its `wanted` is taken from cost_minor. Nothing: no budget was dealt.
  std::optional<LeaseCase> budget;
  base::StaffId cashier;
  base::StaffId approved_by;  // a supervisor whose PIN was right; 0: nobody
};

struct GestureDecision {
  std::optional<base::Code> refused;
  bool from_budget{};            // the lease pays; otherwise it is booked without one
  bool needed_approval{};        // also when it was given
  std::int64_t missing_minor{};  // of budget or cap, the larger; 0 when nothing is
  friend bool operator==(const GestureDecision&, const GestureDecision&) = default;
};

// Refusals in order: bad_input (a reason that is not listed, a cost that is none, a rounding that is none of the
// policy's), value_suspended, approval_required (beyond budget or cap, and nobody but the cashier stands for it).
[[nodiscard]] GestureDecision decide_gesture(const GesturePolicy& policy, const GestureCase& of);

}  // namespace millpond::model
