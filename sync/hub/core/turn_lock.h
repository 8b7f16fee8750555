// SPDX-License-Identifier: Apache-2.0
// TurnLock: a mutex that lets requests pass before background work. A plain mutex would let a projector that locks
// again at once starve every upload. Any thread; holds no time.
#pragma once

#include <condition_variable>
#include <mutex>

namespace millpond::hub {

class TurnLock {
 public:
  // For requests. Blocks until the holder is done; background work that waits comes after.
  void lock() {
    std::unique_lock guard{mutex_};
    ++waiting_;
    changed_.wait(guard, [this] { return !held_; });
    --waiting_;
    held_ = true;
  }
  // For background work: blocks until nobody holds it and no request waits.
  void lock_patiently() {
    std::unique_lock guard{mutex_};
    changed_.wait(guard, [this] { return !held_ && waiting_ == 0; });
    held_ = true;
  }
  void unlock() {
    {
      const std::lock_guard guard{mutex_};
      held_ = false;
    }
    changed_.notify_all();
  }
  // Whether a request waits for the holder.
  [[nodiscard]] bool wanted() {
    const std::lock_guard guard{mutex_};
    return waiting_ > 0;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned waiting_{};  // guarded by mutex_
  bool held_{};         // guarded by mutex_
};

// Holds a TurnLock as background work does.
class PatientGuard {
 public:
  explicit PatientGuard(TurnLock& lock) : lock_{lock} { lock_.lock_patiently(); }
  ~PatientGuard() { lock_.unlock(); }
  PatientGuard(const PatientGuard&) = delete;
  PatientGuard& operator=(const PatientGuard&) = delete;

 private:
  TurnLock& lock_;
};

}  // namespace millpond::hub
