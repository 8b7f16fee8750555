// SPDX-License-Identifier: Apache-2.0
// Rights: who may honour a coupon, and what happens when two did. One holder has the right: the terminal that issued
// the coupon, from the issue to its RightsReleased; then the hub. Whoever holds it confirms; anybody else may honour
// provisionally, within limits that the hub has set, so that a cut line costs a known amount and not a customer.
// Terminal and hub run this same code. Pure: no clock, no I/O. Any thread.
//
// Why the release stands in the issuer's own log: a simulated protocol that released on the hub's acknowledgement
// confirmed 2,628 coupons twice in 5.4 million events, one that released before it sent, without a fact, 653 in 6.0
// million; with the fact in the log it was 0 in 4.4 million. tests/unit/model/rights_property_test.cpp repeats the
// comparison.
#pragma once

#include "sync/base/error.h"
#include "sync/model/facts.h"
#include "sync/model/rules.h"
#include "sync/model/spending.h"

#include <optional>

namespace millpond::model {

// --- at a terminal

// What the hub lets one terminal honour without asking, over all campaigns. A document of the hub for one terminal;
// nothing is honoured provisionally without one. The bound on what a cut line costs is outstanding_minor_max.
struct HonourLimits {
  std::uint32_t version{};
  std::int64_t value_minor_max{};        // of one coupon
  std::int64_t outstanding_minor_max{};  // of all that the hub has not acknowledged
  std::uint32_t outstanding_uses_max{};
  std::int64_t approval_after_ms{};  // without the hub; from then on a manager approves each
  std::int64_t refuse_after_ms{};    // without the hub; from then on nobody does
  std::uint32_t uses_a_member_day_max{};
  std::int64_t card_minor_max{card_coupon_minor};  // what a card alone brings to one sale, whoever has its right
  friend bool operator==(const HonourLimits&, const HonourLimits&) = default;
};

// What a new brand begins with: 10.00 a coupon, 100.00 and 20 uses outstanding, 24 and 72 hours, 2 a member and day.
[[nodiscard]] HonourLimits default_limits();

// Provisional uses of this terminal: those that the hub has not acknowledged, and of one member today.
struct Outstanding {
  std::int64_t minor{};
  std::uint32_t uses{};
  std::uint32_t uses_of_member_today{};
  friend bool operator==(const Outstanding&, const Outstanding&) = default;
};

// What the hub said about one redemption, if it was asked in time.
enum class HubWord : std::uint8_t {
  not_asked,  // the right is here, or there was no line
  silent,     // asked, and no answer came in time: it may have said yes
  unknown,    // it does not hold the right (yet)
  confirmed,
  refused,  // with a code
};

struct HonourCase {
  CouponTerms terms;
  std::int64_t value_minor{};
  bool confirmed_only{};  // of high value: never provisional
  bool held_here{};       // issued in the live epoch of this journal, and not released since
  bool spent_here{};      // this terminal has honoured it in any way
  HubWord hub{HubWord::not_asked};
  base::Code hub_refusal{};  // with HubWord::refused
  bool value_suspended{};    // two copies of this terminal live
  bool time_trusted{};
  std::int64_t since_hub_ms{};  // since a signed answer of the hub
  bool approved{};              // by a manager, for this coupon
  std::optional<HonourLimits> limits;
  Outstanding outstanding;
  Outstanding open{};          // with HubWord::unknown: what the hub has heard of, of rights that others keep from it
  base::MemberId member;       // who shows it
  std::int64_t goods_minor{};  // as for why_not()
  base::LocalDate today;
};

enum class Honour : std::uint8_t { own_right, confirmed, provisional, declined };

struct HonourDecision {
  Honour honour{};
  WhyNot why;  // of declined
  friend bool operator==(const HonourDecision&, const HonourDecision&) = default;
};

// What no limit heals comes first: spent, suspended, a clock that cannot judge dates, dates and terms; then the right;
// then the limits, and a manager is asked last, when nothing else stands in the way.
[[nodiscard]] HonourDecision decide_honour(const HonourCase& of);

// The most that this terminal may still honour provisionally, for "up to 45.00 offline" and for a till's quote.
[[nodiscard]] std::int64_t provisional_minor_left(const std::optional<HonourLimits>& limits,
                                                  const Outstanding& outstanding);

// The name of one redemption, the same however often and wherever a till tells it: the first 8 bytes of a BLAKE2b-256
// over brand, the sale's key and the coupon. Persisted in facts: never change. Not 0.
[[nodiscard]] std::uint64_t redemption_id(const base::BrandId& brand, const SaleKey& sale, base::CouponId coupon);

// The same for a coupon that is kept for a basket whose sale nobody can name yet: over brand, terminal, hold and
// coupon.
[[nodiscard]] std::uint64_t hold_redemption_id(const base::BrandId& brand, base::TerminalId terminal,
                                               std::uint64_t hold, base::CouponId coupon);

// --- at the hub

enum class UseKind : std::uint8_t { own_right = 1, confirmed = 2, provisional = 3 };  // persisted

struct Use {
  UseKind kind{};
  std::uint64_t redemption{};  // 0 for own_right
  base::TerminalId terminal;
  base::Epoch epoch;  // with seq: the fact; 0 for a confirmation whose fact has not come
  base::Seq seq;
  friend bool operator==(const Use&, const Use&) = default;
};

// What the hub knows of one coupon's right.
struct Booking {
  bool issuer_holds{};          // no release of the issuer has been applied, and nobody broke the right
  std::optional<Use> standing;  // the use that counts
  friend bool operator==(const Booking&, const Booking&) = default;
};

// A use that does not count is over-redeemed: the customer keeps the discount, the value is booked as an offline loss,
// and its terminal, cashier and member are flagged.
struct Booked {
  bool counts{};                 // the new one stands; a repetition of the standing one does too
  std::optional<Use> displaced;  // what stood before and is over-redeemed now
  bool breach{};                 // a terminal used a right that it had released: it is broken or dishonest
  friend bool operator==(const Booked&, const Booked&) = default;
};

// Books a use that a fact tells; facts of one terminal come in its order. CONFIRMED, by the issuer's own right or by
// the hub's word, wins over provisional; among provisional ones the first stands. `by_issuer`: the fact stands in the
// log of the coupon's issuer and epoch.
[[nodiscard]] Booked book_use(Booking& booking, const Use& use, bool by_issuer);

// Answers a terminal that asks: confirmed at once booked, so that nobody else can get it. The same redemption gets the
// same answer again.
struct HubAnswer {
  HubWord word{};        // confirmed, unknown or refused
  base::Code refusal{};  // coupon_spent
  friend bool operator==(const HubAnswer&, const HubAnswer&) = default;
};
[[nodiscard]] HubAnswer confirm_use(Booking& booking, std::uint64_t redemption, base::TerminalId terminal);

// The sale never came. Only a confirmation whose own terminal takes it back is undone; true when it was.
[[nodiscard]] bool cancel_use(Booking& booking, std::uint64_t redemption, base::TerminalId terminal);

}  // namespace millpond::model
