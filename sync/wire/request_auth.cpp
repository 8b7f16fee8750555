// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/request_auth.h"

#include "sync/crypto/hash.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace millpond::wire {
namespace {

constexpr std::size_t nonce_digits = 32;

base::Error unauthorized(const char* detail) { return {base::Code::unauthorized, "read signature headers", detail}; }

// As std::to_string() writes it: every value has one text.
template <class Number>
bool parse_number(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && std::to_string(value) == text;
}

// Lengths go first, so that no two requests have the same signed bytes.
void append_text(base::Bytes& to, std::string_view text) {
  base::append_big_endian(to, text.size(), 4);
  base::append(to, base::view_of(text));
}

}  // namespace

base::Bytes request_signed_bytes(std::string_view method, std::string_view target, base::TerminalId terminal,
                                 std::int64_t wall_ms, std::string_view nonce, base::ByteView body) {
  base::Bytes bytes;
  append_text(bytes, method);
  append_text(bytes, target);
  base::append_big_endian(bytes, terminal.value, 4);
  base::append_big_endian(bytes, static_cast<std::uint64_t>(wall_ms), 8);
  append_text(bytes, nonce);
  base::append(bytes, crypto::blake2b(body));
  return bytes;
}

base::Bytes answer_signed_bytes(std::string_view method, std::string_view target, base::TerminalId terminal,
                                std::string_view request_nonce, int status, base::ByteView body) {
  base::Bytes bytes;
  append_text(bytes, method);
  append_text(bytes, target);
  base::append_big_endian(bytes, terminal.value, 4);
  append_text(bytes, request_nonce);
  base::append_big_endian(bytes, static_cast<std::uint64_t>(status), 4);
  base::append(bytes, crypto::blake2b(body));
  return bytes;
}

std::vector<std::pair<std::string, std::string>> to_headers(const RequestAuth& auth) {
  return {{std::string{header_terminal}, std::to_string(auth.terminal.value)},
          {std::string{header_time}, std::to_string(auth.wall_ms)},
          {std::string{header_nonce}, auth.nonce},
          {std::string{header_signature}, base::to_hex(auth.signature)}};
}

base::Result<RequestAuth> parse_auth(std::string_view terminal, std::string_view time, std::string_view nonce,
                                     std::string_view signature) {
  RequestAuth auth;
  if (!parse_number(terminal, auth.terminal.value) || !auth.terminal || auth.terminal.value > base::terminal_id_max) {
    return unauthorized("terminal");
  }
  if (!parse_number(time, auth.wall_ms)) return unauthorized("time");
  if (nonce.size() != nonce_digits || !base::from_hex(nonce)) return unauthorized("nonce");
  auth.nonce = nonce;
  const auto bytes = base::from_hex(signature);
  const auto fixed = bytes ? crypto::signature_of(*bytes) : std::nullopt;
  if (!fixed || base::to_hex(*bytes) != signature) return unauthorized("signature");
  auth.signature = *fixed;
  return auth;
}

bool is_timely(std::int64_t signed_at_ms, std::int64_t wall_ms) {
  return signed_at_ms >= wall_ms - request_skew_max_ms && signed_at_ms <= wall_ms + request_skew_max_ms;
}

void NonceCache::forget_oldest() {
  seen_.erase(by_age_.front().nonce);
  by_age_.pop_front();
}

bool NonceCache::remember(base::TerminalId terminal, std::string_view nonce, std::int64_t signed_at_ms, Now now) {
  // The clock was put back behind it: it says nothing of requests of now.
  if (forgotten_through_ms_ > now.wall_ms + request_skew_max_ms) {
    forgotten_through_ms_ = std::numeric_limits<std::int64_t>::min();
  }
  if (signed_at_ms <= forgotten_through_ms_) return false;
  auto key = std::to_string(terminal.value) + ':' + std::string{nonce};
  if (!seen_.insert(key).second) return false;
  by_age_.push_back({std::move(key), signed_at_ms, now.monotonic_ms});
  const auto is_past = [&now](const Used& used) {
    return used.heard_at_ms < now.monotonic_ms - 2 * request_skew_max_ms && !is_timely(used.signed_at_ms, now.wall_ms);
  };
  while (is_past(by_age_.front())) forget_oldest();
  while (by_age_.size() > capacity_) {
    const auto through_ms = by_age_.front().signed_at_ms;
    if (is_timely(through_ms, now.wall_ms)) forgotten_through_ms_ = std::max(forgotten_through_ms_, through_ms);
    forget_oldest();
  }
  return true;
}

}  // namespace millpond::wire
