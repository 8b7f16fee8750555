// SPDX-License-Identifier: Apache-2.0
// HoldKeeper: the shop's one keeper of coupons for baskets that are not paid yet: it quotes them, has the hub confirm
// what must be, and gives back what nobody paid when its time is over. Its thread sleeps until the next end; whatever
// is kept wakes it. At the start it gives back what ended while the machine was off. Tills and cashiers' screens share
// it. Any thread but the journal's; errors are those of terminal::CouponDesk.
#pragma once

#include "sync/client/redeem_line.h"
#include "sync/terminal/coupon_desk.h"
#include "sync/terminal/staff_desk.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace millpond::service {

class HoldKeeper {
 public:
  // Both are borrowed and outlive it.
  HoldKeeper(terminal::Terminal& terminal, client::RedeemLine& line);
  ~HoldKeeper();
  HoldKeeper(const HoldKeeper&) = delete;
  HoldKeeper& operator=(const HoldKeeper&) = delete;

  [[nodiscard]] base::Result<terminal::Quote> quote(const terminal::BasketRequest& request);
  // Blocks for the hub's word, as long as a till may wait for it.
  [[nodiscard]] base::Result<terminal::Quote> keep(const terminal::BasketRequest& request, std::int64_t keep_for_ms);
  [[nodiscard]] base::Result<std::optional<terminal::CouponDesk::Kept>> kept_for(std::string_view till,
                                                                                 std::string_view name);
  [[nodiscard]] base::Result<> release(std::string_view till, std::string_view name);

 private:
  void run();
  void wake();

  terminal::CouponDesk desk_;
  client::RedeemLine& line_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;     // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

// Somebody's PIN that comes with a basket: a manager's lets coupons be used though the hub is long silent, and theirs
// or a cashier's says that whoever shows the card is the member. Errors: those of StaffDesk::check_pin(), role_missing
// (good for neither).
[[nodiscard]] base::Result<> take_word(terminal::StaffDesk& desk, base::StaffId staff, std::string_view pin,
                                       terminal::BasketRequest& request);

// Whether a coupon of it still waits for a manager.
[[nodiscard]] bool waits_for_manager(const terminal::Quote& quote);

}  // namespace millpond::service
