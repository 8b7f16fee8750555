// SPDX-License-Identifier: Apache-2.0
// `millpond capture`: a technician's side of printer capture. check and learn work on files and need no service;
// status, review and reload ask it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace millpond::cli {

struct CaptureOptions {
  std::string folder;  // of the terminal
  bool json{};
  std::string template_file;
  std::vector<std::string> samples;
  std::string code_page{"gb18030"};
  std::string again;
  std::string drop;
  std::string save;
  std::string record;
  std::string receipt;
  std::int64_t total_minor{};
  std::string date;
  std::string till;
  std::string out;
  std::string name;
  std::string currency{"CNY"};
  std::string numbers{"1,234.56"};
  std::string dates{"ymd"};
};

// Exit status: 0 every sample is read or known to be no sale, 1 otherwise.
[[nodiscard]] int check_capture(const CaptureOptions& options);
// Exit status 0: a template was written that reads every sample as it is marked.
[[nodiscard]] int learn_capture(const CaptureOptions& options);
[[nodiscard]] int capture_status(const CaptureOptions& options, const std::string& what);
[[nodiscard]] int review_captured(const CaptureOptions& options);

// The subcommands; options and folder, the terminal's, outlive app; status is set when one ran.
void add_capture_commands(CLI::App& app, CaptureOptions& options, const std::string& folder, int& status);

}  // namespace millpond::cli
