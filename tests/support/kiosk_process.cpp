// SPDX-License-Identifier: Apache-2.0
#include "tests/support/kiosk_process.h"

#include "tests/support/paths.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <sstream>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace millpond::tests {

KioskProcess::KioskProcess(std::vector<std::string> arguments, const std::string& display) {
  std::array<int, 2> input{};
  std::array<int, 2> output{};
  if (::pipe2(input.data(), O_CLOEXEC) != 0 || ::pipe2(output.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error{"no pipe"};
  }
  arguments.insert(arguments.begin(), (bin_dir() / "millpond-kiosk").string());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(input[0], STDIN_FILENO);
    ::dup2(output[1], STDOUT_FILENO);
    ::unsetenv("WAYLAND_DISPLAY");
    if (display.empty()) {
      ::unsetenv("DISPLAY");
    } else {
      ::setenv("DISPLAY", display.c_str(), 1);
      ::setenv("SDL_VIDEODRIVER", "x11", 1);
    }
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(input[0]);
  ::close(output[1]);
  input_ = input[1];
  output_ = output[0];
  if (pid_ < 0) throw std::runtime_error{"no process"};
}

KioskProcess::~KioskProcess() {
  kill_now();
  ::close(input_);
  ::close(output_);
}

void KioskProcess::say(const std::string& line) const {
  const std::string whole = line + "\n";
  if (::write(input_, whole.data(), whole.size()) != static_cast<ssize_t>(whole.size())) {
    throw std::runtime_error{"a screen that does not listen"};
  }
}

std::optional<KioskProcess::Place> KioskProcess::where(const std::string& target) const {
  constexpr int patience_ms = 5'000;
  say("where " + target);
  std::string line;
  pollfd ready{output_, POLLIN, 0};
  while (::poll(&ready, 1, patience_ms) == 1) {
    char letter = 0;
    if (::read(output_, &letter, 1) != 1) return std::nullopt;
    if (letter != '\n') {
      line += letter;
      continue;
    }
    Place place;
    std::istringstream words{line};
    std::string name;
    if (words >> name >> place.x >> place.y && name == target) return place;
    line.clear();
  }
  return std::nullopt;
}

int KioskProcess::stop() {
  ::kill(pid_, SIGTERM);
  return wait();
}

int KioskProcess::wait() {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void KioskProcess::kill_now() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace millpond::tests
