// SPDX-License-Identifier: Apache-2.0
#include "sync/http/rate_limit.h"

#include <algorithm>
#include <cmath>

namespace millpond::http {

double RateLimit::level(const Bucket& bucket, std::int64_t now_ms) const {
  const auto passed_s = static_cast<double>(std::max<std::int64_t>(0, now_ms - bucket.at_ms)) / 1000.0;
  return std::min(burst_, bucket.tokens + passed_s * tokens_per_s_);
}

std::int64_t RateLimit::until_one(double tokens) const {
  if (tokens >= 1.0) return 0;
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil((1.0 - tokens) / tokens_per_s_ * 1000.0)));
}

std::int64_t RateLimit::take(const std::string& key, std::int64_t now_ms) {
  const std::lock_guard lock{mutex_};
  if (buckets_.size() >= keys_max_ && !buckets_.contains(key)) forget_full(now_ms);
  auto& bucket = buckets_.try_emplace(key, Bucket{burst_, now_ms}).first->second;
  bucket = {level(bucket, now_ms), now_ms};
  const auto wait = until_one(bucket.tokens);
  if (wait == 0) bucket.tokens -= 1.0;
  return wait;
}

std::int64_t RateLimit::wait_ms(const std::string& key, std::int64_t now_ms) {
  const std::lock_guard lock{mutex_};
  const auto found = buckets_.find(key);
  return found == buckets_.end() ? 0 : until_one(level(found->second, now_ms));
}

// A full bucket says nothing that a new one would not. When none is full the oldest keys must go all the same.
void RateLimit::forget_full(std::int64_t now_ms) {
  std::erase_if(buckets_, [&](const auto& entry) { return level(entry.second, now_ms) >= burst_; });
  if (buckets_.size() >= keys_max_) buckets_.clear();
}

}  // namespace millpond::http
