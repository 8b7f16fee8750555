// SPDX-License-Identifier: Apache-2.0
// Rng: randomness as an argument, so that one seed replays a run. SeededRng is for simulations, back-off and demos;
// keys, nonces, epochs and salts come from crypto::system_rng().
#pragma once

#include <cstdint>
#include <span>

namespace millpond::base {

class Rng {
 public:
  virtual ~Rng() = default;
  virtual std::uint64_t next() = 0;  // uniform over 64 bits

  // Uniform in [0, bound) without modulo bias; bound > 0.
  std::uint64_t below(std::uint64_t bound);
  // True in `numerator` of `denominator` draws.
  bool chance(std::uint64_t numerator, std::uint64_t denominator) { return below(denominator) < numerator; }
  void fill(std::span<std::uint8_t> bytes);
};

// SplitMix64 (Steele, Lea and Flood, 2014): tiny, passes BigCrush, and the same on every machine.
class SeededRng final : public Rng {
 public:
  explicit SeededRng(std::uint64_t seed) : state_{seed} {}
  std::uint64_t next() override;

 private:
  std::uint64_t state_;
};

}  // namespace millpond::base
