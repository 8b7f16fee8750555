// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/pin.h"

#include "sync/crypto/hash.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
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

// Takes "NAME=NUMBER" and what ends it off the front of the text.
std::optional<std::uint64_t> take_number(std::string_view& text, std::string_view name, char end) {
  if (!text.starts_with(name)) return {};
  text.remove_prefix(name.size());
  std::uint64_t number = 0;
  const auto [after, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto size = static_cast<std::size_t>(after - text.data());
  if (failure != std::errc{} || size == text.size() || text[size] != end) return {};
  text.remove_prefix(size + 1);
  return number;
}

constexpr std::int64_t check_us = 350'000;  // between the 250 and the 500 ms, nearer to what nobody notices

}  // namespace

PinCost pin_cost_for(std::int64_t pass_us) {
  if (pass_us <= 0) return {};
  const auto nearest = static_cast<std::uint64_t>((check_us + pass_us / 2) / pass_us);
  return {std::clamp(nearest, pin_passes_min, pin_passes_max)};
}

std::int64_t measure_pin_pass_us(const base::Clock& clock, PinCost sample) {
  const auto key = SecretKey::generate();
  auto quickest_ms = std::numeric_limits<std::int64_t>::max();
  for (int twice = 0; twice < 2; ++twice) {
    const auto began_ms = clock.monotonic_ms();
    if (!hash_pin("803127", 1, key, sample)) return 0;
    quickest_ms = std::min(quickest_ms, clock.monotonic_ms() - began_ms);
  }
  return quickest_ms * 1'000 / static_cast<std::int64_t>(sample.passes);
}

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

base::Result<PinCost> pin_cost_of(std::string_view stored) {
  const auto refusal = [](const char* why) { return base::Error{base::Code::unsupported, "read stored PIN", why}; };
  const auto kibibytes = take_number(stored, "$argon2id$v=19$m=", ',');
  const auto passes = kibibytes ? take_number(stored, "t=", ',') : std::nullopt;
  if (!passes || !take_number(stored, "p=", '$')) return refusal("not as this program stores one");
  if (*kibibytes > pin_memory_bytes_max / 1'024) return refusal("it asks for more memory than a check may take");
  if (*passes > pin_passes_max) return refusal("it asks for more passes than a check may take");
  return PinCost{*passes, *kibibytes * 1'024};
}

bool pin_fits(std::string_view stored, std::string_view pin, std::uint64_t person, const SecretKey& key) {
  // The library reads a fixed array that ends in zeros.
  std::array<char, crypto_pwhash_STRBYTES> text{};
  if (stored.size() >= text.size() || !pin_cost_of(stored)) return false;
  std::ranges::copy(stored, text.begin());
  auto secret = keyed(pin, person, key);
  const bool fits = crypto_pwhash_str_verify(text.data(), secret.data(), secret.size()) == 0;
  sodium_memzero(secret.data(), secret.size());
  return fits;
}

}  // namespace millpond::crypto
