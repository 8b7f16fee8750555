// SPDX-License-Identifier: Apache-2.0
// KioskProcess: millpond-kiosk as a program of its own, headless or on an X server, with its standard input in our
// hand. Killed when it goes out of scope. One thread.
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace millpond::tests {

class KioskProcess {
 public:
  // Starts at once; display: as DISPLAY has it, empty for none. Throws std::runtime_error when no process can be made.
  explicit KioskProcess(std::vector<std::string> arguments, const std::string& display = {});
  ~KioskProcess();
  KioskProcess(const KioskProcess&) = delete;
  KioskProcess& operator=(const KioskProcess&) = delete;

  void say(const std::string& line) const;  // to its standard input
  // Where a target lies in its window; nothing when no screen has it within a few seconds.
  struct Place {
    int x{};
    int y{};
  };
  [[nodiscard]] std::optional<Place> where(const std::string& target) const;
  // The exit status, after SIGTERM or when it ends by itself; -1 when a signal ended it.
  int stop();
  int wait();
  void kill_now();
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
};

}  // namespace millpond::tests
