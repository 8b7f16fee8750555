// SPDX-License-Identifier: Apache-2.0
// Queue<T>: a bounded queue between threads that states what happens when it is full. Any number of producers and
// consumers. Not durable: what must not be lost is committed before it is queued here.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace millpond::base {

enum class Overflow : unsigned char {
  refuse,       // push returns false: the producer answers "busy"
  drop_oldest,  // push makes room: only the newest matter (camera frames, status)
};

template <class T>
class Queue {
 public:
  Queue(std::size_t capacity, Overflow overflow) : capacity_{capacity}, overflow_{overflow} {}

  // False when the queue is closed, or full under Overflow::refuse. Never blocks.
  [[nodiscard]] bool push(T value) {
    {
      const std::lock_guard lock{mutex_};
      if (closed_) return false;
      if (items_.size() >= capacity_) {
        if (overflow_ == Overflow::refuse) return false;
        items_.pop_front();
      }
      items_.push_back(std::move(value));
    }
    ready_.notify_one();
    return true;
  }

  // The next item, or nothing after timeout_ms, or at once when closed and empty.
  std::optional<T> pop(std::int64_t timeout_ms) {
    std::unique_lock lock{mutex_};
    ready_.wait_for(lock, std::chrono::milliseconds{timeout_ms}, [this] { return closed_ || !items_.empty(); });
    return take();
  }

  // The next item; blocks until there is one or the queue is closed and empty.
  std::optional<T> pop() {
    std::unique_lock lock{mutex_};
    ready_.wait(lock, [this] { return closed_ || !items_.empty(); });
    return take();
  }

  std::optional<T> try_pop() {
    const std::lock_guard lock{mutex_};
    return take();
  }

  // Refuses further items; what is queued can still be taken.
  void close() {
    {
      const std::lock_guard lock{mutex_};
      closed_ = true;
    }
    ready_.notify_all();
  }

  [[nodiscard]] bool closed() const {
    const std::lock_guard lock{mutex_};
    return closed_;
  }

  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock{mutex_};
    return items_.size();
  }

 private:
  std::optional<T> take() {
    if (items_.empty()) return std::nullopt;
    std::optional<T> item{std::move(items_.front())};
    items_.pop_front();
    return item;
  }

  const std::size_t capacity_;
  const Overflow overflow_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<T> items_;  // guarded by mutex_
  bool closed_ = false;  // guarded by mutex_
};

}  // namespace millpond::base
