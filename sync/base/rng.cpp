// SPDX-License-Identifier: Apache-2.0
#include "sync/base/rng.h"

#include "sync/base/check.h"

namespace millpond::base {

std::uint64_t Rng::below(std::uint64_t bound) {
  MILLPOND_CHECK(bound > 0);
  const std::uint64_t unfair = (0 - bound) % bound;  // 2^64 mod bound: the draws that would favour small values
  for (;;) {
    const auto draw = next();
    if (draw >= unfair) return draw % bound;
  }
}

void Rng::fill(std::span<std::uint8_t> bytes) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i % 8 == 0) word = next();
    bytes[i] = static_cast<std::uint8_t>(word >> (8 * (i % 8)));
  }
}

std::uint64_t SeededRng::next() {
  state_ += 0x9E3779B97F4A7C15U;
  auto z = state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

}  // namespace millpond::base
