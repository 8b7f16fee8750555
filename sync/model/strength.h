// SPDX-License-Identifier: Apache-2.0
// Strength: how certain it is that the person in front of us is the member, what that is enough for, and what it lets a
// screen, a slip or a till show. A phone number can be overheard and guessed, a printed code can be photographed, a
// code that changes every few seconds cannot. Pure.
#pragma once

#include "sync/base/error.h"

#include <cstdint>
#include <optional>

namespace millpond::model {

// In order of certainty; travels between service and screens, and is never stored.
enum class Strength : std::uint8_t {
  nobody = 0,
  phone_typed = 1,     // at a kiosk or till, by anybody
  member_code = 2,     // printed or a picture: what it shows may be a copy
  vouched = 3,         // a cashier looked and said so; in the audit
  phone_verified = 4,  // a message or the payment's provider proved the number; nothing here makes it yet
  rotating_code = 5,   // the member's own phone, a moment ago
};

enum class Deed : std::uint8_t {
  earn,
  see,           // name, balance, coupons, history; print a card
  spend_little,  // coupons by their own codes, those of a card up to a floor, and points up to theirs
  spend_much,    // what is above (spending.h)
};

// Points up to which a code that may be a copy is enough, until a programme says otherwise.
inline constexpr std::int64_t spend_floor_points = 500;

[[nodiscard]] constexpr Strength strength_needed(Deed deed) {
  switch (deed) {
    case Deed::earn:
      return Strength::phone_typed;
    case Deed::see:
    case Deed::spend_little:
      return Strength::member_code;
    case Deed::spend_much:
      break;
  }
  return Strength::vouched;
}

// identity_too_weak, or nothing.
[[nodiscard]] constexpr std::optional<base::Code> too_weak(Strength strength, Deed deed) {
  if (strength >= strength_needed(deed)) return std::nullopt;
  return base::Code::identity_too_weak;
}

// Where words about a member stand.
enum class Surface : std::uint8_t { kiosk_screen, sale_slip, card_slip, till_answer, command_line };

// What may stand there. Of a number that was typed only what the sale itself brought, which is the same for a known
// number and for one that was new a moment ago. Also the member's number stays away: it tells where and when it was
// given out.
struct Shown {
  bool points_of_sale{};
  bool coupon_of_sale{};  // which then belongs to whoever holds it
  bool number{};
  bool balance{};
  bool name{};
  bool tier_and_coupons{};
  bool code{};
  friend bool operator==(const Shown&, const Shown&) = default;
};

[[nodiscard]] constexpr Shown shown(Strength strength, Surface surface) {
  const bool of_a_sale = surface != Surface::card_slip && surface != Surface::command_line;
  Shown shown;
  shown.points_of_sale = shown.coupon_of_sale = of_a_sale && !too_weak(strength, Deed::earn);
  if (too_weak(strength, Deed::see)) return shown;
  shown.number = true;
  shown.balance = surface != Surface::card_slip;
  shown.name = surface == Surface::kiosk_screen || surface == Surface::card_slip;
  shown.tier_and_coupons = surface != Surface::sale_slip && surface != Surface::card_slip;
  shown.code = surface == Surface::kiosk_screen || surface == Surface::card_slip || surface == Surface::command_line;
  return shown;
}

}  // namespace millpond::model
