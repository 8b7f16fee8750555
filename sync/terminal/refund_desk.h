// SPDX-License-Identifier: Apache-2.0
// RefundDesk: a till says that goods of a sale came back. The money was given back already, so a refund is always
// recorded: what the sale had brought is taken back, what it had cost in points and coupons is returned, by what the
// sale had recorded and never by today's rules (model/refund.h). A sale that is not known here makes a claim that the
// hub settles. Any thread but the journal's own; blocks for a commit. Borrows the terminal, which outlives it.
#pragma once

#include "sync/terminal/terminal.h"

namespace millpond::terminal {

struct RefundRequest {
  model::SaleKey key;                      // the refund's own: sales and refunds of a till share their numbers
  model::SaleKey of;                       // the sale's
  base::Currency currency;                 // none: the sale's
  std::int64_t total_minor{};              // of the sale's total; ignored for `whole` of a sale that is known here
  bool whole{};                            // a void, or everything that was left
  std::vector<model::RefundedLine> lines;  // may be empty
  bool training{};
  base::Hash body_hash{};  // SHA-256 of what the till posted
  std::string slip_locale{"zh-CN"};
  std::string operator_id{};    // who stood at the till, in its words
  base::StaffId approved_by{};  // whose PIN was checked; recorded with it as Act::sale_corrected. 0: nobody was asked
};

struct VoidedCoupon {
  base::CouponId coupon;
  std::int64_t value_minor{};
  bool used{};  // before it could be taken back: its value is lost
};

struct RefundOutcome {
  enum class Kind : std::uint8_t { recorded, repeated, changed } kind{};
  base::Seq seq;      // of SaleRefunded
  bool sale_known{};  // otherwise the hub settles it, and all below is 0
  std::int64_t total_minor{};
  std::int64_t paid_minor{};  // of it, what had been paid with money: less coupons and points
  std::int64_t points_taken{};
  std::int64_t points_returned{};
  std::int64_t excess_minor{};  // more came back than the sale was
  std::vector<VoidedCoupon> voided;
  std::vector<IssuedCoupon> returned;  // in the place of those that the sale had used
  // Why a coupon that should have come back is not among them: code_expired, coupon_unknown, time_unknown,
  // certificate_expired.
  std::optional<base::Code> coupon_refused;
  base::Bytes answer;  // as SaleOutcome::answer
};

class RefundDesk {
 public:
  using Compose = std::function<base::Bytes(const RefundOutcome&)>;

  explicit RefundDesk(Terminal& terminal) : terminal_{terminal} {}

  // Same key and body: `repeated` with the stored answer. Same key, other body, or the key of a sale: `changed`, kept
  // for review with a SaleDisputed fact. compose makes the till's answer inside the action, on the journal's thread.
  // A training refund is recorded and does nothing else. Errors only when nothing was committed, as Terminal::sale().
  [[nodiscard]] base::Result<RefundOutcome> refund(const RefundRequest& request, const Compose& compose);

  struct Standing {
    std::int64_t total_minor{};
    std::int64_t returned_minor{};  // of it, before
  };
  // A sale that a refund would find known here; nothing for any other. Errors: the journal's.
  [[nodiscard]] base::Result<std::optional<Standing>> look(const model::SaleKey& sale);

 private:
  Terminal& terminal_;
};

}  // namespace millpond::terminal
