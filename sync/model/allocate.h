// SPDX-License-Identifier: Apache-2.0
// Allocate: a whole amount spread over shares so that nothing is lost or made, and a percentage rounded once. Used for
// discounts and points over lines, and for settlement over funders. Not a rule: it does not know what it spreads.
// Pure; integers only; exact for every input that fits its type. Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace millpond::model {

inline constexpr std::int64_t basis_points_whole = 10'000;

// Largest remainder (Hamilton): every share is |total| * weight / sum of weights rounded down, and the units that are
// left go to the largest remainders, ties to the lower index. The parts add up to total and no part is further than one
// unit from its exact share; a weight of zero gets nothing. A negative total gives the mirror image of its positive
// one, so that what was spread can be taken back part by part. A negative weight counts as zero. When all weights are
// zero they count as equal. No weights, no parts: only then does the sum differ from total. O(n log n).
[[nodiscard]] std::vector<std::int64_t> allocate(std::int64_t total, std::span<const std::int64_t> weights);

// amount * basis_points / 10,000 to the nearest unit, halves away from zero, so that what is taken back is what was
// given. Held within the type.
[[nodiscard]] std::int64_t percent_half_up(std::int64_t amount, std::int64_t basis_points);

// a + b, held within the type.
[[nodiscard]] std::int64_t add_held(std::int64_t a, std::int64_t b);
[[nodiscard]] std::int64_t multiply_held(std::int64_t a, std::int64_t b);  // of numbers that are not negative

}  // namespace millpond::model
