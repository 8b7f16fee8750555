// SPDX-License-Identifier: Apache-2.0
// Honouring: what journal, replica and hub know about a coupon that is shown, gathered for the pure rules of
// model/rights.h. Decides nothing. Inside `terminal` only; but for read_honouring() on the journal's thread, which any
// thread may call.
#pragma once

#include "sync/codes/payload.h"
#include "sync/terminal/terminal.h"

namespace millpond::terminal {

// The same for every coupon of a sale.
struct Honouring {
  bool suspended{};                           // the hub has seen another copy of this terminal
  std::optional<model::HonourLimits> limits;  // what the hub lets this terminal honour without asking
  std::int64_t silent_ms{INT64_MAX};          // since the hub's last word
  std::vector<HubReply> replies;              // by redemption
  base::StaffId approved_by;
};

// What a card alone may bring into one basket: all its coupons together, in their order, or many cheap ones would be
// what a dear one may not be.
class CardFloor {
 public:
  CardFloor(const Honouring& honouring, model::Strength strength)
      : left_minor_{honouring.limits ? honouring.limits->card_minor_max : model::card_coupon_minor},
        strength_{strength} {}

  // Whether whoever is no more certain than this may not have the next one too. It then takes nothing.
  [[nodiscard]] bool is_too_dear(bool by_own_code, std::int64_t takes_minor) {
    const auto deed = model::using_coupon(by_own_code, takes_minor, left_minor_);
    if (deed == model::Deed::spend_much) return model::too_weak(strength_, deed).has_value();
    if (!by_own_code) left_minor_ -= takes_minor;
    return false;
  }

 private:
  std::int64_t left_minor_;
  model::Strength strength_;
};

// From the journal's documents as they were published last. Limits that cannot be read are none. Until the
// hub has spoken to a terminal `by_grant`, the first day of the grant is its last word. Once the hub has spoken, a
// replica that was lost, is damaged or is not complete yet turns the limits off: what others were told of a coupon
// stands nowhere else, and whoever deletes a file must gain nothing by it.
[[nodiscard]] Honouring read_honouring(const store::JournalThread& journal, store::Replica& replica,
                                       const store::HubTime& time, bool by_grant);

// In a coupon code's flags: too valuable to honour without the hub's word.
inline constexpr std::uint8_t flag_confirmed_only = 1;

struct Shown {
  MemberCoupon coupon;
  base::MemberId member;  // whose it is; 0: bearer. Whoever shows it, when that is the same person
  bool known{};           // issued here, as the journal has it
  bool held{};
  bool used{};             // here, in any way
  bool spent_elsewhere{};  // as the hub told
  bool told_unread{};      // what the hub told of it cannot be read: it may be spent
  bool voided{};
  bool confirmed_only{};
  HubReply reply;
};

// The terms of the journal or, for a coupon of another terminal, of the replica; of one that neither knows what the
// code says, with the threshold of its campaign. Errors: the journal's own.
[[nodiscard]] base::Result<Shown> look_at(store::Transaction& transaction, store::Replica& replica,
                                          const model::Programme* programme, const codes::CouponCode& code,
                                          base::MemberId shower);

// Without time and outstanding uses, which the caller fills in.
[[nodiscard]] model::HonourCase case_of(const Honouring& honouring, const Shown& shown,
                                        const model::SaleRecorded& sale);

}  // namespace millpond::terminal
