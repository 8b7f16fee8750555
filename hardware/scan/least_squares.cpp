// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/least_squares.h"

#include "sync/base/check.h"

#include <algorithm>
#include <cmath>

namespace millpond::scan {

LeastSquares::LeastSquares(std::size_t inputs, std::size_t outputs)
    : inputs_{inputs}, outputs_{outputs}, products_(inputs * inputs), targets_(inputs * outputs) {}

void LeastSquares::learn(std::span<const float> inputs, std::span<const float> seen, float weight) {
  MILLPOND_CHECK(inputs.size() == inputs_ && seen.size() == outputs_);
  for (std::size_t i = 0; i < inputs_; ++i) {
    const float weighted = weight * inputs[i];
    float* row = products_.data() + i * inputs_;
    for (std::size_t k = 0; k <= i; ++k) row[k] += weighted * inputs[k];
  }
  for (std::size_t output = 0; output < outputs_; ++output) {
    const float weighted = weight * seen[output];
    float* row = targets_.data() + output * inputs_;
    for (std::size_t k = 0; k < inputs_; ++k) row[k] += weighted * inputs[k];
  }
  weight_sum_ += weight;
}

// Cholesky.
std::vector<float> LeastSquares::solve(double ridge_share) const {
  const auto n = inputs_;
  std::vector<double> root(products_.begin(), products_.end());
  for (std::size_t i = 0; i < n; ++i) {
    root[i * n + i] += ridge_share * static_cast<double>(weight_sum_) + 1e-6;
    for (std::size_t k = 0; k <= i; ++k) {
      double sum = root[i * n + k];
      for (std::size_t j = 0; j < k; ++j) sum -= root[i * n + j] * root[k * n + j];
      root[i * n + k] = i == k ? std::sqrt(std::max(sum, 1e-9)) : sum / root[k * n + k];
    }
  }
  std::vector<float> weights(n * outputs_);
  std::vector<double> half(n);
  for (std::size_t output = 0; output < outputs_; ++output) {
    for (std::size_t i = 0; i < n; ++i) {
      auto sum = static_cast<double>(targets_[output * n + i]);
      for (std::size_t k = 0; k < i; ++k) sum -= root[i * n + k] * half[k];
      half[i] = sum / root[i * n + i];
    }
    for (std::size_t i = n; i-- > 0;) {
      double sum = half[i];
      for (std::size_t k = i + 1; k < n; ++k) sum -= root[k * n + i] * static_cast<double>(weights[output * n + k]);
      weights[output * n + i] = static_cast<float>(sum / root[i * n + i]);
    }
  }
  return weights;
}

}  // namespace millpond::scan
