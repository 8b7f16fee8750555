// SPDX-License-Identifier: Apache-2.0
// What people behind the counter did: approved something, entered a PIN. Part of facts.h, which has the rules for all
// of them.
#pragma once

#include "sync/base/ids.h"

#include <cstdint>
#include <string>

namespace millpond::model {

// What needs a person who may do it. Persisted: never renumber.
enum class Act : std::uint8_t {
  manual_lookup = 1,      // a member by phone, without a code
  identity_approved = 2,  // a cashier says that this is the member
  late_provisional = 3,   // a coupon after a day without the hub
  pin_set = 4,
  pin_unlocked = 5,
  card_reprinted = 6,
  member_exported = 7,
  member_erased = 8,
  sale_corrected = 9,
};

struct ActApproved {
  Act act{};
  base::StaffId by;
  base::StaffId asked_by;   // 0: the same person
  base::MemberId member;    // 0: about no member
  std::uint64_t subject{};  // a coupon, a person, a sale's seq, as the act says
  std::string reason;
  friend bool operator==(const ActApproved&, const ActApproved&) = default;
};

enum class StaffCheck : std::uint8_t { passed = 1, missed = 2, locked = 3, left = 4 };

// A PIN was entered, or a person left. The count of misses is durable before the PIN is looked at.
struct StaffChecked {
  base::StaffId staff;
  StaffCheck outcome{};
  friend bool operator==(const StaffChecked&, const StaffChecked&) = default;
};

}  // namespace millpond::model
