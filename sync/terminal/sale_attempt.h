// SPDX-License-Identifier: Apache-2.0
// Terminal::Attempt: one sale on its way to its action: what was read before it, without waiting for the journal, and
// what may happen once only however often the action runs. Inside `terminal` only. The request must outlive it.
#pragma once

#include "sync/terminal/honouring.h"
#include "sync/terminal/joining.h"
#include "sync/terminal/rules.h"
#include "sync/terminal/sale_action.h"
#include "sync/terminal/terminal.h"
#include "sync/terminal/verified_code.h"

#include <optional>
#include <vector>

namespace millpond::terminal {

struct Terminal::Attempt {
  struct Coupon {
    base::Result<codes::CouponCode> read;
    std::optional<codes::CouponCode> unchecked;  // of an issuer whom this terminal does not know
  };

  const SaleRequest& request;
  std::shared_ptr<const Rules> rules{};  // of the whole attempt; null: unrated
  SaleAction::Compose compose{};
  std::optional<base::Result<ReadCode>> shown{};  // of a member's code
  std::optional<base::Result<Joining>> typed{};   // of a phone
  std::vector<Coupon> coupons{};                  // by redemption
  Honouring honouring{};                          // without replies and approvals
  HubAnswers answers{};
  bool asked{};
  bool recorded{};                          // before this one
  std::optional<HubQuestions> questions{};  // the hub is asked, and the action runs again
  std::optional<SaleRequest::Session> claimed{};
  std::optional<model::Strength> fresh{};  // of a rotating code, which was used up for it
  std::optional<base::StaffId> vouched_by{};
  std::optional<base::Code> not_joined{};  // why the phone could not be enrolled; its action was undone
  std::optional<SaleAction> action{};      // as it ran last
};

}  // namespace millpond::terminal
