// SPDX-License-Identifier: Apache-2.0
// PINs of people behind the counter. Six digits are a million guesses, so what is stored is argon2id over a keyed hash:
// a copy of the file without the key tells nothing, and with the key every guess costs what a check costs. Counting
// misses and making people wait is the caller's business, and comes before the check. Any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/result.h"
#include "sync/crypto/secret_key.h"

#include <string>
#include <string_view>

namespace millpond::crypto {

inline constexpr std::size_t pin_digits_min = 6;
inline constexpr std::size_t pin_digits_max = 12;

inline constexpr std::uint64_t pin_passes_min = 3;
// No check takes more than these, whatever a stored text asks for: whoever can change a hub's rows cannot hang a till.
inline constexpr std::uint64_t pin_passes_max = 16;
inline constexpr std::size_t pin_memory_bytes_max = 64U << 20;

// How dear a check is. The default is the least that a product's PIN gets.
struct PinCost {
  std::uint64_t passes{pin_passes_min};
  std::size_t memory_bytes{pin_memory_bytes_max};
  friend bool operator==(const PinCost&, const PinCost&) = default;
};

// As many passes over 64 MiB as take nearest to 350 ms (`millpond-bench crypto` holds a check to 250 to 500 ms) where
// one takes pass_us, and pin_passes_min to pin_passes_max of them. 0 or less: nothing was measured, so pin_passes_min.
// Pure.
[[nodiscard]] PinCost pin_cost_for(std::int64_t pass_us);
// What a pass takes on this machine now: the quicker of two hashes, because another program's turn only ever adds.
// Blocks for both; 0 when there is no memory for them. `sample`: what is hashed with, for tests.
[[nodiscard]] std::int64_t measure_pin_pass_us(const base::Clock& clock, PinCost sample = {});

// Six to twelve digits, and not what everybody tries first: one digit repeated, a run up or down ("123456", "987654"),
// a pair or a triple repeated ("121212"). Errors: pin_malformed, pin_too_simple.
[[nodiscard]] base::Result<> check_new_pin(std::string_view pin);

// What is stored: algorithm, cost, salt and hash in one line of text. `person` binds it, so that one cannot be put in
// another's place. Error: internal when there is no memory for it.
[[nodiscard]] base::Result<std::string> hash_pin(std::string_view pin, std::uint64_t person, const SecretKey& key,
                                                 PinCost cost = {});

// The cost that a stored text asks for. Error: unsupported when it is none of hash_pin()'s, or asks for more passes or
// memory than a check may take.
[[nodiscard]] base::Result<PinCost> pin_cost_of(std::string_view stored);

// Takes as long as hash_pin() did, whether it fits or not; false at once for a stored text that has no pin_cost_of().
[[nodiscard]] bool pin_fits(std::string_view stored, std::string_view pin, std::uint64_t person, const SecretKey& key);

}  // namespace millpond::crypto
