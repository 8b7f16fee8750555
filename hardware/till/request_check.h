// SPDX-License-Identifier: Apache-2.0
// RequestCheck: who signed a till's request, once. Holds the keys and the nonces of the last ten minutes. Thread-safe.
#pragma once

#include "hardware/till/gateway.h"
#include "sync/http/server.h"

#include <map>
#include <mutex>

namespace millpond::till {

class RequestCheck {
 public:
  static constexpr std::size_t nonces_max = 100'000;  // 160 requests/s for ten minutes; more is refused as overloaded

  explicit RequestCheck(const base::Clock& clock) : clock_{clock} {}

  void add_key(Key key);
  // The key that signed it. Errors: unauthorized (no, unknown or wrong signature), clock_skew, replayed, overloaded.
  [[nodiscard]] base::Result<Key> check(const http::Request& request);
  // The same without a look at the clock: whoever signed it did so at some time, perhaps before. For files, which lie
  // until somebody reads them, and whose sales are told apart by their key. Error: unauthorized.
  [[nodiscard]] base::Result<Key> verify(const http::Request& request);

 private:
  [[nodiscard]] base::Result<Key> verify_locked(const http::Request& request) const;
  [[nodiscard]] base::Result<> remember(const std::string& nonce, std::int64_t now_ms);

  const base::Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Key, std::less<>> keys_;           // guarded by mutex_; by id
  std::map<std::string, std::vector<std::string>> tills_;  // guarded by mutex_; ids by till, oldest first
  std::map<std::string, std::int64_t> nonces_;             // guarded by mutex_; forgotten after
  std::multimap<std::int64_t, std::string> expiries_;      // guarded by mutex_
};

}  // namespace millpond::till
