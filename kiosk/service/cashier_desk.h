// SPDX-License-Identifier: Apache-2.0
// CashierDesk: the use cases behind a cashier's screen: coupons for a sum, a sale recorded by hand under the till's own
// receipt number, a number that was typed, somebody's PIN, how the machine is, and the shift so far. Turns flow's
// values into the terminal's and back; decides nothing. A sale by hand has the same key as the till's own report of it,
// so the second of them is the same sale or a dispute, never another one. Any thread but the journal's; blocks for a
// commit, weigh() and record() for the hub's word before it, look_up() for a PIN's check. The shop is borrowed and
// outlives it.
#pragma once

#include "kiosk/flow/flow.h"
#include "kiosk/service/settings.h"
#include "kiosk/service/shop.h"

#include <functional>
#include <string>
#include <vector>

namespace millpond::service {

class CashierDesk {
 public:
  // till: under whose name sales by hand are recorded now: tills are added while the shop is open.
  CashierDesk(Shop& shop, std::function<std::string()> till, std::string language);

  // With somebody's PIN: for coupons that wait for their word; approval_problem says why it does not count. Errors:
  // no_programme, those of CouponDesk::keep().
  [[nodiscard]] base::Result<flow::Weighed> weigh(const flow::WeighBasket& basket);
  void drop(const std::string& basket);
  // Coupons whose time is over are kept again; where they cannot be, or take off something else now, the sale is
  // recorded without them and `refused` says hold_ended: the money is taken. Where till, capture or import told of the
  // receipt before with the same total, that sale stands as it is, what is kept for this one is let go, and `refused`
  // says sale_duplicate. Errors: no_programme, time_unknown, sale_changed (the receipt is recorded with another sum),
  // those of Terminal::sale().
  [[nodiscard]] base::Result<flow::SaleResult> record(const flow::RecordSale& sale);
  // Errors: those of Terminal::enrol().
  [[nodiscard]] base::Result<base::MemberId> name_by_phone(const std::string& typed);
  // Errors: those of StaffDesk::authorise() and Terminal::look_up().
  [[nodiscard]] base::Result<terminal::MemberView> look_up(const flow::LookUp& ask);

  // Without devices that only screens know of.
  [[nodiscard]] flow::ServiceStanding standing(const client::SyncStatus& sync) const;
  // Of today by the hub's time, from what the journal still holds, at most the newest facts_max facts. Without a
  // ticket.
  [[nodiscard]] base::Result<flow::ShiftTold> shift(std::size_t facts_max = shift_facts_max) const;
  static constexpr std::size_t shift_facts_max = 5'000;

 private:
  [[nodiscard]] base::Result<terminal::Quote> keep(const flow::WeighBasket& basket, std::optional<base::Code>& problem);
  [[nodiscard]] base::Result<bool> keep_again(const flow::RecordSale& sale, const terminal::SaleRequest& request);
  void say_told_before(const terminal::SaleRequest& request, flow::SaleResult& result);

  Shop& shop_;
  const std::function<std::string()> till_;
  const std::string language_;
};

// Under which till's name sales by hand are recorded now: the one that the settings name for it, else the one that is
// captured, else the only one that has a key in the folder, else "counter".
[[nodiscard]] std::string till_by_hand(const std::filesystem::path& folder, const Settings& settings);

// What a quote says, with the offers that explain it. cards: the member's own, where refused ones are looked up.
[[nodiscard]] flow::Weighed weighed_of(const terminal::Quote& quote, const std::vector<terminal::MemberCoupon>& coupons,
                                       const std::optional<model::Programme>& programme);

}  // namespace millpond::service
