// SPDX-License-Identifier: Apache-2.0
// Disputes: which bodies under a key that has another one were noted already, so that a till that repeats one until it
// hears 200 fills no journal. The newest few thousand of this run; after a restart one is noted once more. Any thread.
#pragma once

#include "sync/base/bytes.h"

#include <cstddef>
#include <deque>
#include <mutex>
#include <set>

namespace millpond::terminal {

class Disputes {
 public:
  explicit Disputes(std::size_t capacity = 4'096) : capacity_{capacity} {}

  [[nodiscard]] bool knows(const base::Hash& body) const {
    const std::lock_guard lock{mutex_};
    return known_.contains(body);
  }
  // Once the note is durable.
  void remember(const base::Hash& body) {
    const std::lock_guard lock{mutex_};
    if (!known_.insert(body).second) return;
    by_age_.push_back(body);
    if (by_age_.size() <= capacity_) return;
    known_.erase(by_age_.front());
    by_age_.pop_front();
  }

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::set<base::Hash> known_;
  std::deque<base::Hash> by_age_;
};

}  // namespace millpond::terminal
