// SPDX-License-Identifier: Apache-2.0
// RateLimit: a token bucket per key. Not fair and not durable: it keeps one peer from crowding out the others.
// Thread-safe; bounded by keys_max, above which full buckets are forgotten first. Time is the caller's monotonic clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace millpond::http {

class RateLimit {
 public:
  RateLimit(double tokens_per_s, double burst, std::size_t keys_max = 100'000)
      : tokens_per_s_{tokens_per_s}, burst_{burst}, keys_max_{keys_max} {}

  // 0 when a token was taken; otherwise milliseconds until there is one.
  [[nodiscard]] std::int64_t take(const std::string& key, std::int64_t now_ms);
  // The same answer without taking.
  [[nodiscard]] std::int64_t wait_ms(const std::string& key, std::int64_t now_ms);

 private:
  struct Bucket {
    double tokens{};
    std::int64_t at_ms{};
  };
  double level(const Bucket& bucket, std::int64_t now_ms) const;
  std::int64_t until_one(double tokens) const;
  void forget_full(std::int64_t now_ms);

  const double tokens_per_s_;
  const double burst_;
  const std::size_t keys_max_;
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;  // guarded by mutex_
};

}  // namespace millpond::http
