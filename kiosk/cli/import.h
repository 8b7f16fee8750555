// SPDX-License-Identifier: Apache-2.0
// `millpond import`: sales of a day's end from a file into the running service, with a report.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace millpond::cli {

struct ImportOptions {
  std::string folder;  // of the terminal
  std::string file;
  std::string columns;             // of CSV
  std::string store;               // as a POSLog names this store
  std::vector<std::string> tills;  // "1=till-1": a till's name in the file, and the one that came live
  bool dry_run{};
  bool json{};
};

// Exit status: 0 every sale counts, once; 1 something needs a person or could not be done.
[[nodiscard]] int import_file(const ImportOptions& options);
void add_import_command(CLI::App& app, ImportOptions& options, const std::string& folder, int& status);

}  // namespace millpond::cli
