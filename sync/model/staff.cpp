// SPDX-License-Identifier: Apache-2.0
#include "sync/model/staff.h"

#include "sync/model/typed_phone.h"

#include <algorithm>
#include <array>

namespace millpond::model {
namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::uint32_t free_misses = 4;
constexpr std::uint32_t misses_until_unlocking = 10;
constexpr std::array<std::int64_t, 5> waits_ms{minute_ms, 5 * minute_ms, 15 * minute_ms, 60 * minute_ms,
                                               60 * minute_ms};  // after the fifth, sixth, ... miss
static_assert(waits_ms.size() == misses_until_unlocking - free_misses - 1);

}  // namespace

bool may_approve(Role role, Act act) {
  if (act == act_phone_typed) return false;
  switch (act) {
    case Act::manual_lookup:
    case Act::identity_approved:
    case Act::card_reprinted:
      return role == Role::cashier || role == Role::manager;
    case Act::pin_set:
    case Act::late_provisional:
    case Act::pin_unlocked:
    case Act::member_exported:
    case Act::member_erased:
    case Act::sale_corrected:
      break;
  }
  return role == Role::manager;
}

PinGate gate_of(const PinMisses& misses, std::int64_t now_ms) {
  if (misses.count >= misses_until_unlocking) return {0, true};
  if (misses.count <= free_misses) return {};
  const auto wait_ms = waits_ms[misses.count - free_misses - 1];
  // A clock that stood still or went back makes nobody wait longer than the whole wait.
  const auto passed_ms = std::max<std::int64_t>(now_ms - misses.last_ms, 0);
  return {std::max<std::int64_t>(wait_ms - passed_ms, 0), false};
}

}  // namespace millpond::model
