// SPDX-License-Identifier: Apache-2.0
// compare: what tills were told against what the hub booked, sale by sale, and against both sides' own checks. Asks
// running programs first, then stops the hub and reads its database, so that no answer of the hub is taken on trust.
#pragma once

#include "tests/chaos/tills.h"

#include <string>
#include <vector>

namespace millpond::chaos {

struct Finding {
  std::string name;
  bool held{};
  std::string detail;
};

struct Comparison {
  std::uint64_t acknowledged{};  // sales and enrolments that a till was told of
  std::uint64_t lost{};          // of these, what the hub does not have
  std::uint64_t twice{};         // booked more than once, or booked without having been told
  std::vector<Finding> findings;
  [[nodiscard]] bool holds() const;
};

// Everything must have drained. Leaves the hub stopped.
[[nodiscard]] Comparison compare(Floor& floor, const Told& told);

}  // namespace millpond::chaos
