// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/reed_solomon.h"

#include "sync/base/check.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace millpond::scan {
namespace {

using Byte = std::uint8_t;

struct Field {
  std::array<Byte, 512> power{};  // of the generator 2; twice the period, so that sums of logarithms need no modulo
  std::array<int, 256> log{};

  constexpr Field() {
    int value = 1;
    for (int i = 0; i < 255; ++i) {
      power[static_cast<std::size_t>(i)] = static_cast<Byte>(value);
      power[static_cast<std::size_t>(i) + 255] = static_cast<Byte>(value);
      log[static_cast<std::size_t>(value)] = i;
      value <<= 1;
      if ((value & 0x100) != 0) value ^= 0x11D;
    }
  }
  [[nodiscard]] constexpr Byte times(Byte a, Byte b) const {
    return a == 0 || b == 0 ? Byte{0} : power[static_cast<std::size_t>(log[a] + log[b])];
  }
  [[nodiscard]] constexpr Byte over(Byte a, Byte b) const {
    return a == 0 ? Byte{0} : power[static_cast<std::size_t>(log[a] + 255 - log[b])];
  }
};
constexpr Field field;

// Polynomials with the constant term first.
using Polynomial = std::vector<Byte>;

Byte value_at(std::span<const Byte> polynomial, Byte x) {
  Byte sum = 0;
  for (auto term = polynomial.rbegin(); term != polynomial.rend(); ++term) sum = field.times(sum, x) ^ *term;
  return sum;
}

int degree(const Polynomial& polynomial) {
  int top = static_cast<int>(polynomial.size()) - 1;
  while (top > 0 && polynomial[static_cast<std::size_t>(top)] == 0) --top;
  return top;
}

Polynomial syndromes_of(std::span<const Byte> codeword, int check_count) {
  Polynomial syndromes(static_cast<std::size_t>(check_count));
  for (std::size_t i = 0; i < syndromes.size(); ++i) {
    Byte sum = 0;
    for (const Byte byte : codeword) sum = field.times(sum, field.power[i]) ^ byte;
    syndromes[i] = sum;
  }
  return syndromes;
}

// X of a place: the generator to the power of its distance from the end.
Byte locator(std::size_t length, std::size_t place) { return field.power[length - 1 - place]; }

// Berlekamp and Massey, begun with the locator of the doubtful places (Blahut's form).
Polynomial find_locators(const Polynomial& syndromes, std::span<const int> doubtful, std::size_t length) {
  Polynomial locators(syndromes.size() + 1);
  locators[0] = 1;
  for (std::size_t i = 0; i < doubtful.size(); ++i) {
    const Byte x = locator(length, static_cast<std::size_t>(doubtful[i]));
    for (std::size_t k = i + 1; k > 0; --k) locators[k] ^= field.times(x, locators[k - 1]);
  }
  auto correction = locators;
  int order = static_cast<int>(doubtful.size());
  for (int r = order + 1; r <= static_cast<int>(syndromes.size()); ++r) {
    Byte discrepancy = 0;
    for (int i = 0; i < r; ++i) {
      discrepancy ^= field.times(locators[static_cast<std::size_t>(i)], syndromes[static_cast<std::size_t>(r - 1 - i)]);
    }
    correction.insert(correction.begin(), 0);
    correction.pop_back();
    if (discrepancy == 0) continue;
    auto next = locators;
    for (std::size_t i = 0; i < next.size(); ++i) next[i] ^= field.times(discrepancy, correction[i]);
    if (2 * order <= r + static_cast<int>(doubtful.size()) - 1) {
      order = r + static_cast<int>(doubtful.size()) - order;
      for (std::size_t i = 0; i < correction.size(); ++i) correction[i] = field.over(locators[i], discrepancy);
    }
    locators = std::move(next);
  }
  return locators;
}

}  // namespace

bool correct_errors(std::span<std::uint8_t> codeword, int check_count, std::span<const int> doubtful, int spare) {
  MILLPOND_CHECK(codeword.size() <= 255 && check_count > 0 && static_cast<std::size_t>(check_count) < codeword.size());
  const auto syndromes = syndromes_of(codeword, check_count);
  if (std::all_of(syndromes.begin(), syndromes.end(), [](Byte s) { return s == 0; })) return true;
  if (static_cast<int>(doubtful.size()) > check_count - spare) return false;
  const auto locators = find_locators(syndromes, doubtful, codeword.size());
  const int found = degree(locators);
  const int errors = found - static_cast<int>(doubtful.size());
  if (errors < 0 || 2 * errors + static_cast<int>(doubtful.size()) > check_count - spare) return false;

  // The evaluator: syndromes times locators, without the terms from check_count on.
  Polynomial evaluator(syndromes.size());
  for (std::size_t i = 0; i < evaluator.size(); ++i) {
    for (std::size_t k = 0; k <= i; ++k) evaluator[i] ^= field.times(syndromes[i - k], locators[k]);
  }
  // The formal derivative keeps the odd terms.
  Polynomial derivative(locators.size());
  for (std::size_t i = 1; i < locators.size(); i += 2) derivative[i - 1] = locators[i];

  std::vector<Byte> corrected{codeword.begin(), codeword.end()};
  int roots = 0;
  for (std::size_t place = 0; place < codeword.size(); ++place) {
    const Byte x = locator(codeword.size(), place);
    const Byte inverse = field.over(1, x);
    if (value_at(locators, inverse) != 0) continue;
    const Byte slope = value_at(derivative, inverse);
    if (slope == 0) return false;
    corrected[place] ^= field.times(x, field.over(value_at(evaluator, inverse), slope));
    ++roots;
  }
  if (roots != found) return false;
  const auto left = syndromes_of(corrected, check_count);
  if (!std::all_of(left.begin(), left.end(), [](Byte s) { return s == 0; })) return false;
  std::copy(corrected.begin(), corrected.end(), codeword.begin());
  return true;
}

}  // namespace millpond::scan
