// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/ratio.h"

namespace millpond::wire {
namespace {

__extension__ using Wide = unsigned __int128;

// Amounts above are left to themselves, so that no product below passes 128 bits.
constexpr std::int64_t amount_max = std::int64_t{1} << 40;

bool less(const Ratio& a, const Ratio& b) {
  return Wide{a.numerator} * b.denominator < Wide{b.numerator} * a.denominator;
}

// The fraction of the smallest denominator between two bounds, by their continued fractions. `high` may be infinite.
Ratio between(Ratio low, bool with_low, Ratio high, bool with_high) {
  const auto whole = low.numerator / low.denominator;
  const auto low_rest = low.numerator % low.denominator;
  if (low_rest == 0 && with_low) return {whole, 1};
  const Ratio next{whole + 1, 1};
  if (high.denominator == 0 || less(next, high) || (with_high && !less(high, next))) return next;
  // Both bounds are whole + something up to 1; what remains is the same question about the inverses.
  const Ratio inverse_low{high.denominator, high.numerator - whole * high.denominator};
  const Ratio inverse_high{low.denominator, low_rest};
  const auto rest = between(inverse_low, with_high, inverse_high, with_low);
  return {whole * rest.numerator + rest.denominator, rest.numerator};
}

}  // namespace

std::uint64_t share_floor(std::int64_t amount, const Ratio& ratio) {
  if (amount <= 0 || ratio.denominator == 0) return 0;
  return static_cast<std::uint64_t>(Wide{static_cast<std::uint64_t>(amount)} * ratio.numerator / ratio.denominator);
}

std::uint64_t share_round(std::int64_t amount, const Ratio& ratio) {
  if (amount <= 0 || ratio.denominator == 0) return 0;
  const auto product = Wide{static_cast<std::uint64_t>(amount)} * ratio.numerator;
  return static_cast<std::uint64_t>((product + ratio.denominator / 2) / ratio.denominator);
}

void RatioFinder::add_floored(std::int64_t amount, std::int64_t share) {
  if (amount <= 0 || amount > amount_max || share < 0 || share > amount_max) return;
  const auto base = static_cast<std::uint64_t>(amount);
  const auto part = static_cast<std::uint64_t>(share);
  add({part, base}, {part + 1, base});
}

void RatioFinder::add_rounded(std::int64_t amount, std::int64_t share) {
  if (amount <= 0 || amount > amount_max || share < 0 || share > amount_max) return;
  const auto base = static_cast<std::uint64_t>(amount);
  const auto part = static_cast<std::uint64_t>(share);
  add({part == 0 ? 0 : 2 * part - 1, 2 * base}, {2 * part + 1, 2 * base});
}

void RatioFinder::add(const Ratio& low, const Ratio& high) {
  const bool contradicts = trust_ > 0 && (!less(low, high_) || !less(low_, high));
  if (contradicts) {
    --trust_;
    return;
  }
  if (trust_ == 0 || less(low_, low)) low_ = low;
  if (trust_ == 0 || less(high, high_)) high_ = high;
  ++trust_;
}

Ratio RatioFinder::simplest() const {
  if (trust_ == 0) return {};
  return between(low_, true, high_, false);
}

}  // namespace millpond::wire
