// SPDX-License-Identifier: Apache-2.0
// Process: a program of ours, started, spoken to over its standard input, and ended by its own pid. Its output goes to
// a log file of the run. Ends the program when it goes out of scope, and the program ends by itself when this one is
// killed, so that no run leaves anything behind unless it means to.
#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace millpond::demo {

enum class Lifetime : unsigned char { ends_with_us, stays };

class Process {
 public:
  Process() = default;
  // Starts at once; a program that cannot be executed exits with 127. Standard input is a pipe when `talk` is set.
  Process(const std::vector<std::string>& command, const std::filesystem::path& log, bool talk = false,
          Lifetime lifetime = Lifetime::ends_with_us);
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;

  void say(const std::string& line);  // to its standard input
  [[nodiscard]] bool running();
  int stop(int timeout_ms = 10'000);  // SIGTERM, later SIGKILL; its exit status, or 128 + signal
  void kill_now();                    // SIGKILL, as a power cut would
  void let_go();                      // not ours to end any more; only with Lifetime::stays
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
