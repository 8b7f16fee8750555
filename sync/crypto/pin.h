// SPDX-License-Identifier: Apache-2.0
// PINs of people behind the counter. Six digits are a million guesses, so what is stored is argon2id over a keyed hash:
// a copy of the file without the key tells nothing, and with the key every guess costs what a check costs. Counting
// misses and making people wait is the caller's business, and comes before the check. Any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"
#include "sync/crypto/secret_key.h"

#include <string>
#include <string_view>

namespace millpond::crypto {

inline constexpr std::size_t pin_digits_min = 6;
inline constexpr std::size_t pin_digits_max = 12;

// How dear a check is. The default takes 64 MiB and should take 250 to 500 ms (`millpond-bench crypto`): a pass took
// 98 ms on an idle virtual machine.
struct PinCost {
  std::uint64_t passes{3};
  std::size_t memory_bytes{64U << 20};
};

// Six to twelve digits, and not what everybody tries first: one digit repeated, a run up or down ("123456", "987654"),
// a pair or a triple repeated ("121212"). Errors: pin_malformed, pin_too_simple.
[[nodiscard]] base::Result<> check_new_pin(std::string_view pin);

// What is stored: algorithm, cost, salt and hash in one line of text. `person` binds it, so that one cannot be put in
// another's place. Error: internal when there is no memory for it.
[[nodiscard]] base::Result<std::string> hash_pin(std::string_view pin, std::uint64_t person, const SecretKey& key,
                                                 PinCost cost = {});

// Takes as long as hash_pin() did, whether it fits or not; false at once for a stored text that hash_pin() never made.
[[nodiscard]] bool pin_fits(std::string_view stored, std::string_view pin, std::uint64_t person, const SecretKey& key);

}  // namespace millpond::crypto
