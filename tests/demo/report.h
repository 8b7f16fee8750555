// SPDX-License-Identifier: Apache-2.0
// Report: what the demo did and whether it held, told as it goes and summed up at the end as a table and as JSON.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace millpond::demo {

class Report {
 public:
  explicit Report(bool quiet = false) : quiet_{quiet} {}

  void step(const std::string& text);  // "[  3.2 s] ..."
  void expect(const std::string& name, bool held, const std::string& detail = {});
  void figure(const std::string& name, const std::string& value);  // a row of the summary
  void figure(const std::string& name, std::int64_t value) { figure(name, std::to_string(value)); }

  [[nodiscard]] bool all_held() const { return failed_.empty(); }
  [[nodiscard]] std::size_t checks() const { return checks_; }
  [[nodiscard]] double elapsed_s() const;

  void print_summary() const;
  void write_json(const std::filesystem::path& file) const;

 private:
  struct Figure {
    std::string name;
    std::string value;
  };

  const bool quiet_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::vector<Figure> figures_;
  std::vector<std::string> failed_;
  std::size_t checks_ = 0;
};

}  // namespace millpond::demo
