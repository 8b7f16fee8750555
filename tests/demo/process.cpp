// SPDX-License-Identifier: Apache-2.0
#include "tests/demo/process.h"

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace millpond::demo {
namespace {

using SteadyClock = std::chrono::steady_clock;

[[noreturn]] void execute(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

int status_of(int raw) { return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw); }

struct Pipe {
  int read_end = -1;
  int write_end = -1;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error{"no pipe"};
    read_end = ends[0];
    write_end = ends[1];
  }
};

// Reads what is there; false at the end.
bool drain(int fd, std::string& into) {
  char buffer[4096];
  const auto got = ::read(fd, buffer, sizeof buffer);
  if (got > 0) into.append(buffer, static_cast<std::size_t>(got));
  return got > 0;
}

}  // namespace

Process::Process(const std::vector<std::string>& command, const std::filesystem::path& log, bool talk,
                 Lifetime lifetime) {
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  Pipe input;
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(input.read_end, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    if (lifetime == Lifetime::ends_with_us) ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (lifetime == Lifetime::stays) ::setsid();
    execute(command);
  }
  ::close(output);
  ::close(input.read_end);
  input_ = input.write_end;
  if (!talk) ::close(std::exchange(input_, -1));
  if (pid_ < 0) throw std::runtime_error{"no process"};
}

Process::~Process() { stop(); }

Process::Process(Process&& other) noexcept
    : pid_{std::exchange(other.pid_, -1)}, input_{std::exchange(other.input_, -1)} {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    stop();
    pid_ = std::exchange(other.pid_, -1);
    input_ = std::exchange(other.input_, -1);
  }
  return *this;
}

void Process::say(const std::string& line) {
  const auto text = line + '\n';
  if (::write(input_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error{"a program does not listen any more"};
  }
}

bool Process::running() {
  if (pid_ < 0) return false;
  int raw = 0;
  if (::waitpid(pid_, &raw, WNOHANG) == 0) return true;
  pid_ = -1;
  return false;
}

int Process::stop(int timeout_ms) {
  if (input_ >= 0) ::close(std::exchange(input_, -1));
  if (pid_ < 0) return 0;
  ::kill(pid_, SIGTERM);
  const auto until = SteadyClock::now() + std::chrono::milliseconds{timeout_ms};
  int raw = 0;
  while (::waitpid(pid_, &raw, WNOHANG) == 0) {
    if (SteadyClock::now() > until) ::kill(pid_, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  pid_ = -1;
  return status_of(raw);
}

void Process::kill_now() {
  if (input_ >= 0) ::close(std::exchange(input_, -1));
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void Process::let_go() {
  if (input_ >= 0) ::close(std::exchange(input_, -1));
  pid_ = -1;
}

Finished run(const std::vector<std::string>& command, int timeout_ms) {
  Pipe output;
  Pipe errors;
  const auto pid = ::fork();
  if (pid == 0) {
    ::dup2(output.write_end, STDOUT_FILENO);
    ::dup2(errors.write_end, STDERR_FILENO);
    execute(command);
  }
  ::close(output.write_end);
  ::close(errors.write_end);
  if (pid < 0) throw std::runtime_error{"no process"};
  Finished finished;
  const auto until = SteadyClock::now() + std::chrono::milliseconds{timeout_ms};
  pollfd ends[2]{{output.read_end, POLLIN, 0}, {errors.read_end, POLLIN, 0}};
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - SteadyClock::now()).count();
    if (left <= 0 || ::poll(ends, 2, static_cast<int>(left)) < 0) {
      ::kill(pid, SIGKILL);
      break;
    }
    if (ends[0].revents != 0 && !drain(ends[0].fd, finished.output)) ends[0].fd = -1;
    if (ends[1].revents != 0 && !drain(ends[1].fd, finished.errors)) ends[1].fd = -1;
  }
  ::close(output.read_end);
  ::close(errors.read_end);
  int raw = 0;
  ::waitpid(pid, &raw, 0);
  finished.status = status_of(raw);
  return finished;
}

}  // namespace millpond::demo
