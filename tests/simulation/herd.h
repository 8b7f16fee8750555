// SPDX-License-Identifier: Apache-2.0
// Herd: thousands of terminals that come back to one hub in the same millisecond, each with a few facts to send. The
// shipped engine decides when each of them asks, the shipped hub core answers, and in between stands a server that
// serves so many requests a second, keeps so many waiting and sheds the rest, as sync/http does. Terminals are light:
// their facts are in memory. One of them is broken and sends what no hub takes. No fault happens but the crowd itself.
// The same options give the same history. One thread.
#pragma once

#include "tests/simulation/faults.h"

#include <cstdint>
#include <string>
#include <vector>

namespace millpond::simulation {

struct HerdOptions {
  std::uint64_t seed{1};
  std::uint32_t terminals{5'000};
  std::uint32_t facts{6};  // of each
  std::uint32_t requests_per_s{400};
  std::uint32_t waiting_max{256};
  bool jitter{true};  // false: the bug to find, all draw the same pauses
};

struct HerdReport {
  std::uint64_t served{};
  std::uint64_t shed{};
  std::uint64_t facts_held{};
  std::int64_t first_drained_ms{};
  std::int64_t last_drained_ms{};
  std::int64_t least_ms{};          // what the server needs when it is never idle
  std::uint64_t crowd_peak{};       // most requests within a tenth of a second, after the first second
  double crowd_mean{};              // of the tenths until the last one drained
  std::uint64_t broken_refusals{};  // of the broken one
  std::vector<std::string> violations;
};

[[nodiscard]] HerdReport stampede(const HerdOptions& options);

}  // namespace millpond::simulation
