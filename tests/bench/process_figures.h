// SPDX-License-Identifier: Apache-2.0
// ProcessFigures: what another process has used so far, as the kernel counts it. Linux's /proc; zeros when it has gone.
#pragma once

#include <cstdint>
#include <sys/types.h>

namespace millpond::bench {

struct ProcessFigures {
  double cpu_s{};                 // user and system, all threads
  std::uint64_t rss_max_bytes{};  // the most it ever had resident
};

[[nodiscard]] ProcessFigures figures_of(pid_t pid);

// Of the later by the earlier: processor time in between, and the later's memory.
[[nodiscard]] inline ProcessFigures operator-(const ProcessFigures& later, const ProcessFigures& earlier) {
  return {later.cpu_s - earlier.cpu_s, later.rss_max_bytes};
}

}  // namespace millpond::bench
