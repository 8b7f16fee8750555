// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/process_figures.h"

#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>

namespace millpond::bench {

ProcessFigures figures_of(pid_t pid) {
  const auto folder = "/proc/" + std::to_string(pid);
  ProcessFigures figures;
  std::string line;
  if (std::ifstream stat{folder + "/stat"}; std::getline(stat, line)) {
    // The name in brackets may hold anything; user and system time are the 12th and 13th word behind it.
    std::istringstream words{line.substr(line.rfind(')') + 1)};
    std::string skipped;
    for (int i = 0; i < 11; ++i) words >> skipped;
    double user = 0;
    double system = 0;
    words >> user >> system;
    figures.cpu_s = (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  }
  std::ifstream status{folder + "/status"};
  while (std::getline(status, line)) {
    if (line.starts_with("VmHWM:")) figures.rss_max_bytes = std::stoull(line.substr(6)) * 1024;
  }
  return figures;
}

}  // namespace millpond::bench
