// SPDX-License-Identifier: Apache-2.0
// Process: a program of ours, started, spoken to over its standard input, and ended by its own pid. Its output goes to
// a log file of the run. Ends the program when it goes out of scope, so that a failed run leaves nothing behind.
#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace millpond::demo {

class Process {
 public:
  Process() = default;
  // Starts at once; a program that cannot be executed exits with 127. Standard input is a pipe when `talk` is set.
  Process(const std::vector<std::string>& command, const std::filesystem::path& log, bool talk = false);
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;

  void say(const std::string& line);  // to its standard input
  [[nodiscard]] bool running();
  int stop(int timeout_ms = 10'000);  // SIGTERM, later SIGKILL; its exit status, or 128 + signal
  void kill_now();                    // SIGKILL, as a power cut would
  void let_go();                      // it stays when we go (--keep)
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int input_ = -1;
};

struct Finished {
  int status{};
  std::string output;  // standard output
  std::string errors;  // standard error
};

// Runs a command to its end; at most timeout_ms, then it is killed and its status is 137.
[[nodiscard]] Finished run(const std::vector<std::string>& command, int timeout_ms = 30'000);

}  // namespace millpond::demo
