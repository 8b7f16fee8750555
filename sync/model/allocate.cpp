// SPDX-License-Identifier: Apache-2.0
#include "sync/model/allocate.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>

namespace millpond::model {
namespace {

__extension__ using Wide = unsigned __int128;

// The least number has no opposite in its own type.
Wide magnitude(std::int64_t number) { return number < 0 ? Wide{0} - static_cast<Wide>(number) : Wide(number); }

// Of a magnitude that fits, or the nearest end of the type.
std::int64_t with_sign(Wide magnitude, bool negative) {
  constexpr Wide largest{std::numeric_limits<std::int64_t>::max()};
  if (!negative) return static_cast<std::int64_t>(std::min(magnitude, largest));
  if (magnitude > largest) return std::numeric_limits<std::int64_t>::min();
  return -static_cast<std::int64_t>(magnitude);
}

// Negative ones as nothing, and none but nothing as equal.
std::vector<Wide> usable_weights(std::span<const std::int64_t> weights) {
  std::vector<Wide> usable;
  usable.reserve(weights.size());
  for (const auto weight : weights) usable.push_back(Wide(std::max<std::int64_t>(weight, 0)));
  const bool all_zero = std::ranges::all_of(usable, [](Wide weight) { return weight == 0; });
  if (all_zero) std::ranges::fill(usable, Wide{1});
  return usable;
}

}  // namespace

std::vector<std::int64_t> allocate(std::int64_t total, std::span<const std::int64_t> weights) {
  const auto usable = usable_weights(weights);
  const auto sum = std::accumulate(usable.begin(), usable.end(), Wide{0});
  const auto whole = magnitude(total);
  std::vector<Wide> parts(usable.size());
  std::vector<Wide> remainders(usable.size());
  auto left = whole;
  for (std::size_t i = 0; i < usable.size(); ++i) {
    const auto product = whole * usable[i];  // below 2^127
    parts[i] = product / sum;
    remainders[i] = product % sum;
    left -= parts[i];
  }
  std::vector<std::size_t> order(usable.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
  // What is left is the sum of the remainders over the sum of the weights: fewer units than remainders above zero.
  for (std::size_t i = 0; i < order.size() && left > 0; ++i, --left) parts[order[i]] += 1;
  std::vector<std::int64_t> signed_parts;
  signed_parts.reserve(parts.size());
  for (const auto part : parts) signed_parts.push_back(with_sign(part, total < 0));
  return signed_parts;
}

std::int64_t percent_half_up(std::int64_t amount, std::int64_t basis_points) {
  const auto product = magnitude(amount) * magnitude(basis_points);
  const auto rounded = (product + basis_points_whole / 2) / Wide{basis_points_whole};
  return with_sign(rounded, (amount < 0) != (basis_points < 0));
}

std::int64_t add_held(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a < 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
}

std::int64_t multiply_held(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<std::int64_t>::max() : product;
}

}  // namespace millpond::model
