// SPDX-License-Identifier: Apache-2.0
#include "hardware/till/request_check.h"

#include "sync/crypto/hash.h"

#include <charconv>

namespace millpond::till {
namespace {

using base::Code;
using base::Error;
using base::Result;

Error unauthorized(std::string detail) { return {Code::unauthorized, "check till's signature", std::move(detail)}; }

bool is_nonce(std::string_view nonce) {
  if (nonce.size() < 8 || nonce.size() > 64) return false;
  for (const char c : nonce) {
    if (c <= ' ' || c > '~') return false;
  }
  return true;
}

std::optional<std::int64_t> seconds_of(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size() || seconds < 0 || seconds > 100'000'000'000)
    return std::nullopt;
  return seconds;
}

}  // namespace

std::string sign_request(const Key& key, std::string_view timestamp, std::string_view nonce, std::string_view method,
                         std::string_view target, base::ByteView body) {
  std::string message;
  for (const auto part : {timestamp, nonce, method, target}) message.append(part).append("\n");
  message += base::to_hex(crypto::sha256(body));
  return base::to_hex(crypto::hmac_sha256(key.secret, base::view_of(message)));
}

void RequestCheck::add_key(Key key) {
  const std::lock_guard lock{mutex_};
  if (const auto before = keys_.find(key.id); before != keys_.end()) std::erase(tills_[before->second.till], key.id);
  auto& ids = tills_[key.till];
  ids.push_back(key.id);
  if (ids.size() > Gateway::keys_per_till_max) {
    keys_.erase(ids.front());
    ids.erase(ids.begin());
  }
  auto id = key.id;
  keys_.insert_or_assign(std::move(id), std::move(key));
}

Result<Key> RequestCheck::verify(const http::Request& request) {
  const std::lock_guard lock{mutex_};
  return verify_locked(request);
}

Result<Key> RequestCheck::verify_locked(const http::Request& request) const {
  const auto timestamp = request.header(header_timestamp);
  const auto nonce = request.header(header_nonce);
  const auto known = keys_.find(request.header(header_key));
  if (known == keys_.end()) return unauthorized("no or unknown key");
  if (!seconds_of(timestamp) || !is_nonce(nonce)) return unauthorized("timestamp or nonce is malformed");
  const auto expected = sign_request(known->second, timestamp, nonce, request.method, request.target, request.body);
  if (!crypto::equal_constant_time(base::view_of(expected), base::view_of(request.header(header_signature)))) {
    return unauthorized("wrong signature");
  }
  return known->second;
}

Result<Key> RequestCheck::check(const http::Request& request) {
  const std::lock_guard lock{mutex_};
  MILLPOND_TRY(auto key, verify_locked(request));
  const auto seconds = seconds_of(request.header(header_timestamp));
  const auto now = clock_.wall_ms();
  const auto skew = *seconds * 1000 - now;
  if (skew > skew_max_ms || skew < -skew_max_ms) {
    return Error{Code::clock_skew, "check till's signature", "clocks differ by " + std::to_string(skew / 1000) + " s"};
  }
  MILLPOND_TRY_DO(remember(key.id + '\n' + std::string{request.header(header_nonce)}, now));
  return key;
}

// A nonce is remembered as long as its timestamp could still pass.
Result<> RequestCheck::remember(const std::string& nonce, std::int64_t now_ms) {
  while (!expiries_.empty() && expiries_.begin()->first < now_ms) {
    nonces_.erase(expiries_.begin()->second);
    expiries_.erase(expiries_.begin());
  }
  if (nonces_.size() >= nonces_max) return Error{Code::overloaded, "check till's signature", "too many requests"};
  const auto until = now_ms + 2 * skew_max_ms;
  if (!nonces_.emplace(nonce, until).second) return Error{Code::replayed, "check till's signature", "nonce was used"};
  expiries_.emplace(until, nonce);
  return {};
}

}  // namespace millpond::till
