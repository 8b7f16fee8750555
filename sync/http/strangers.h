// SPDX-License-Identifier: Apache-2.0
// Strangers: how many requests of callers who have not proved who they are are looked at, by address and in all. Who
// has proved a name from an address is no stranger there for an hour, so that a flood from behind the same proxy does
// not lock out whoever is served; a request that names somebody known and is not signed by them counts as a stranger's
// all the same. Forgets with the program. Thread-safe; bounded by known_max and RateLimit. Time is the caller's
// monotonic clock.
#pragma once

#include "sync/http/rate_limit.h"

#include <string>
#include <string_view>

namespace millpond::http {

struct StrangerLimits {
  std::uint32_t per_s{50};  // of one address, refill
  std::uint32_t burst{500};
  std::uint32_t total_per_s{500};  // of all addresses
  std::uint32_t total_burst{5'000};
};

class Strangers {
 public:
  static constexpr std::size_t known_max = 100'000;
  static constexpr std::int64_t known_ms = 3'600'000;

  explicit Strangers(const StrangerLimits& limits)
      : by_address_{static_cast<double>(limits.per_s), static_cast<double>(limits.burst)},
        total_{static_cast<double>(limits.total_per_s), static_cast<double>(limits.total_burst), 1} {}

  // 0 when a request of `name` (empty: of nobody) from this address may be looked at; otherwise milliseconds until one
  // may. Takes nothing.
  [[nodiscard]] std::int64_t wait_ms(const std::string& address, std::string_view name, std::int64_t now_ms);
  // It was a stranger's.
  void count(const std::string& address, std::int64_t now_ms);
  // It was signed by whom it names.
  void know(const std::string& address, std::string_view name, std::int64_t now_ms);

 private:
  RateLimit by_address_;
  RateLimit total_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::int64_t> known_;  // "NAME@ADDRESS" to when; guarded by mutex_
};

// The address of a peer "127.0.0.1:51234", "[::1]:51234" or "unix:uid=0"; of IPv6 in the internet its network of 64
// bits.
[[nodiscard]] std::string address_of_peer(std::string_view peer);

}  // namespace millpond::http
