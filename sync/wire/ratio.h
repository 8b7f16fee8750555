// SPDX-License-Identifier: Apache-2.0
// Ratio: the share that one amount is of another throughout a batch (points of a base, tax of a total), found by its
// writer and carried as a fraction, so that the reader evaluates a formula and no rules. Inside `wire` only. Pure.
#pragma once

#include <cstdint>

namespace millpond::wire {

struct Ratio {
  std::uint64_t numerator{};
  std::uint64_t denominator{1};
  friend bool operator==(const Ratio&, const Ratio&) = default;
};

// floor(amount * ratio), and the same rounded half up; 0 for amounts below 1 and a denominator of 0. Modulo 2^64.
// Part of schema_columns: never change.
[[nodiscard]] std::uint64_t share_floor(std::int64_t amount, const Ratio& ratio);
[[nodiscard]] std::uint64_t share_round(std::int64_t amount, const Ratio& ratio);

// Narrows down the fractions that explain all pairs seen, and gives the simplest of them. A pair that contradicts the
// others is left out; when those become the majority, it begins again with them.
class RatioFinder {
 public:
  void add_floored(std::int64_t amount, std::int64_t share);
  void add_rounded(std::int64_t amount, std::int64_t share);
  [[nodiscard]] Ratio simplest() const;  // 0 without a pair

 private:
  void add(const Ratio& low, const Ratio& high);

  Ratio low_;   // inclusive
  Ratio high_;  // exclusive
  std::uint64_t trust_{};
};

}  // namespace millpond::wire
