// SPDX-License-Identifier: Apache-2.0
// HoldKeeper: gives back coupons that were kept for a basket nobody paid, when their time is over. A thread that sleeps
// until the next end; whatever a till keeps wakes it. At the start it gives back what ended while the machine was off.
#pragma once

#include "sync/terminal/coupon_desk.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace millpond::service {

class HoldKeeper {
 public:
  // The desk is borrowed and outlives it.
  explicit HoldKeeper(terminal::CouponDesk& desk);
  ~HoldKeeper();
  HoldKeeper(const HoldKeeper&) = delete;
  HoldKeeper& operator=(const HoldKeeper&) = delete;

  void wake();  // something is kept; any thread; never blocks for long

 private:
  void run();

  terminal::CouponDesk& desk_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;     // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace millpond::service
