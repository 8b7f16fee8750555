// SPDX-License-Identifier: Apache-2.0
// A signing key that is the same at every run: its seed is one byte, 32 times.
#pragma once

#include "sync/crypto/sign.h"

namespace millpond::tests {

inline crypto::SigningKey seeded_key(std::uint8_t byte) {
  std::array<std::uint8_t, 32> seed{};
  seed.fill(byte);
  return crypto::SigningKey::from_seed(seed);
}

}  // namespace millpond::tests
