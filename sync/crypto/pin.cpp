// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/pin.h"

#include "sync/crypto/hash.h"

#include <algorithm>
#include <array>
#include <sodium.h>

namespace millpond::crypto {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Every digit is that many above the one before it.
bool runs_by(std::string_view pin, int step) {
  for (std::size_t i = 1; i < pin.size(); ++i) {
    if (pin[i] - pin[i - 1] != step) return false;
  }
  return true;
}

bool repeats_every(std::string_view pin, std::size_t length) {
  if (pin.size() % length != 0 || pin.size() == length) return false;
  return std::equal(pin.begin() + static_cast<std::ptrdiff_t>(length), pin.end(), pin.begin());
}

// argon2id gets the keyed hash as hexadecimal text, because it takes the password as a string.
std::string keyed(std::string_view pin, std::uint64_t person, const SecretKey& key) {
  base::Bytes message;
  base::append_big_endian(message, person, 8);
  base::append(message, base::view_of(pin));
  auto text = base::to_hex(hmac_sha256(key.bytes(), message));
  sodium_memzero(message.data(), message.size());
  return text;
}

}  // namespace

base::Result<> check_new_pin(std::string_view pin) {
  const auto refusal = [](base::Code code, const char* why) { return base::Error{code, "choose PIN", why}; };
  if (pin.size() < pin_digits_min || pin.size() > pin_digits_max || !std::ranges::all_of(pin, is_digit)) {
    return refusal(base::Code::pin_malformed, "not six to twelve digits");
  }
  if (runs_by(pin, 0) || runs_by(pin, 1) || runs_by(pin, -1)) return refusal(base::Code::pin_too_simple, "a run");
  if (repeats_every(pin, 2) || repeats_every(pin, 3)) return refusal(base::Code::pin_too_simple, "repeated");
  return {};
}

base::Result<std::string> hash_pin(std::string_view pin, std::uint64_t person, const SecretKey& key, PinCost cost) {
  std::array<char, crypto_pwhash_STRBYTES> text{};
  auto secret = keyed(pin, person, key);
  const int failed = crypto_pwhash_str_alg(text.data(), secret.data(), secret.size(), cost.passes, cost.memory_bytes,
                                           crypto_pwhash_ALG_ARGON2ID13);
  sodium_memzero(secret.data(), secret.size());
  if (failed != 0) return base::Error{base::Code::internal, "hash PIN", "no memory"};
  return std::string{text.data()};
}

bool pin_fits(std::string_view stored, std::string_view pin, std::uint64_t person, const SecretKey& key) {
  // The library reads a fixed array that ends in zeros.
  std::array<char, crypto_pwhash_STRBYTES> text{};
  if (stored.size() >= text.size()) return false;
  std::ranges::copy(stored, text.begin());
  auto secret = keyed(pin, person, key);
  const bool fits = crypto_pwhash_str_verify(text.data(), secret.data(), secret.size()) == 0;
  sodium_memzero(secret.data(), secret.size());
  return fits;
}

}  // namespace millpond::crypto
