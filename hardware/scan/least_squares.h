// SPDX-License-Identifier: Apache-2.0
// LeastSquares: what weights of some inputs come nearest to what was seen, for one or several things seen at once.
// A ridge keeps what the examples do not tell apart near nothing. One thread; about n^3 / 6 steps to solve.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace millpond::scan {

class LeastSquares {
 public:
  explicit LeastSquares(std::size_t inputs, std::size_t outputs = 1);

  // One example: `inputs` and `seen` have as many as were said.
  void learn(std::span<const float> inputs, std::span<const float> seen, float weight);
  // Weights, those of the first output first. `ridge_share` is of the sum of the examples' weights.
  [[nodiscard]] std::vector<float> solve(double ridge_share) const;

 private:
  std::size_t inputs_;
  std::size_t outputs_;
  std::vector<float> products_;  // of inputs, lower triangle
  std::vector<float> targets_;
  float weight_sum_ = 0;
};

}  // namespace millpond::scan
