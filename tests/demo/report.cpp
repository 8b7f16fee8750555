// SPDX-License-Identifier: Apache-2.0
#include "tests/demo/report.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

namespace millpond::demo {

double Report::elapsed_s() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
}

void Report::step(const std::string& text) {
  if (quiet_) return;
  std::printf("[%5.1f s] %s\n", elapsed_s(), text.c_str());
  std::fflush(stdout);
}

void Report::expect(const std::string& name, bool held, const std::string& detail) {
  ++checks_;
  const auto line = name + (detail.empty() ? "" : ": " + detail);
  if (held) return step("  ok    " + line);
  failed_.push_back(line);
  std::printf("[%5.1f s]   FAILED %s\n", elapsed_s(), line.c_str());
  std::fflush(stdout);
}

void Report::figure(const std::string& name, const std::string& value) { figures_.push_back({name, value}); }

void Report::print_summary() const {
  std::printf("\n");
  for (const auto& [name, value] : figures_) std::printf("  %-38s %s\n", name.c_str(), value.c_str());
  std::printf("  %-38s %zu of %zu\n", "checks that held", checks_ - failed_.size(), checks_);
  for (const auto& line : failed_) std::printf("  FAILED: %s\n", line.c_str());
  std::fflush(stdout);
}

void Report::write_json(const std::filesystem::path& file) const {
  nlohmann::ordered_json summary;
  for (const auto& [name, value] : figures_) summary[name] = value;
  summary["checks"] = checks_;
  summary["failed"] = failed_;
  std::ofstream{file} << summary.dump(2) << '\n';
}

}  // namespace millpond::demo
