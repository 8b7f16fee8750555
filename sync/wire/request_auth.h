// SPDX-License-Identifier: Apache-2.0
// Signed requests and answers over HTTP, so that they survive proxies and can be kept with the events. Signing covers
// method, path with query, terminal, time, nonce and BLAKE2b-256 of the body; an answer covers the request's nonce and
// its own body. TLS is a separate matter. Pure; any thread.
#pragma once

#include "sync/base/clock.h"
#include "sync/base/result.h"
#include "sync/crypto/sign.h"

#include <deque>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::wire {

inline constexpr std::int64_t request_skew_max_ms = 300'000;

// HTTP header names and values of a signed request, in order.
struct RequestAuth {
  base::TerminalId terminal;
  std::int64_t wall_ms{};
  std::string nonce;  // 32 hex digits
  crypto::Signature signature{};
};

inline constexpr std::string_view header_terminal = "Millpond-Terminal";
inline constexpr std::string_view header_time = "Millpond-Time";
inline constexpr std::string_view header_nonce = "Millpond-Nonce";
inline constexpr std::string_view header_signature = "Millpond-Signature";
// The number of a hub key: in a request the newest that the terminal knows, in an answer the one that signed it.
inline constexpr std::string_view header_hub_key = "Millpond-Hub-Key";
// Hexadecimal vouch_hub_key() of that one, when the terminal named another.
inline constexpr std::string_view header_hub_key_vouched = "Millpond-Hub-Key-Vouched";
inline constexpr std::string_view header_hub_signature = "Millpond-Hub-Signature";

[[nodiscard]] base::Bytes request_signed_bytes(std::string_view method, std::string_view target,
                                               base::TerminalId terminal, std::int64_t wall_ms, std::string_view nonce,
                                               base::ByteView body);
// Over what was asked as well, so that nobody inside the line passes an answer to one question for that to another.
[[nodiscard]] base::Bytes answer_signed_bytes(std::string_view method, std::string_view target,
                                              base::TerminalId terminal, std::string_view request_nonce, int status,
                                              base::ByteView body);

[[nodiscard]] std::vector<std::pair<std::string, std::string>> to_headers(const RequestAuth& auth);
// get(name) returns the header's value or an empty view. Error: unauthorized when a field is missing or malformed.
template <class Get>
[[nodiscard]] base::Result<RequestAuth> from_headers(Get get);
[[nodiscard]] base::Result<RequestAuth> parse_auth(std::string_view terminal, std::string_view time,
                                                   std::string_view nonce, std::string_view signature);

template <class Get>
base::Result<RequestAuth> from_headers(Get get) {
  return parse_auth(get(header_terminal), get(header_time), get(header_nonce), get(header_signature));
}

// Remembers nonces until their requests cannot pass by their time any more, so that a captured request is refused: for
// twice the skew on the monotonic clock, and while the wall clock, which may be set, would still let them in. Bounded:
// when full, the oldest go first, and a request that is no younger than one of those is refused too. One thread.
class NonceCache {
 public:
  explicit NonceCache(std::size_t capacity = 200'000) : capacity_{capacity} {}
  struct Now {
    std::int64_t wall_ms{};
    std::int64_t monotonic_ms{};
  };
  // False when this terminal used the nonce already. signed_at_ms is the request's own time, whose distance from our
  // clock was checked before.
  [[nodiscard]] bool remember(base::TerminalId terminal, std::string_view nonce, std::int64_t signed_at_ms, Now now);

 private:
  struct Used {
    std::string nonce;
    std::int64_t signed_at_ms{};
    std::int64_t heard_at_ms{};  // monotonic
  };
  void forget_oldest();

  std::size_t capacity_;
  std::set<std::string> seen_;
  std::deque<Used> by_age_;
  std::int64_t forgotten_through_ms_{std::numeric_limits<std::int64_t>::min()};
};

// Whether a request of that time passes by its time alone.
[[nodiscard]] bool is_timely(std::int64_t signed_at_ms, std::int64_t wall_ms);

}  // namespace millpond::wire
