// SPDX-License-Identifier: Apache-2.0
#include "tests/support/printer_emulator.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace millpond::tests {
namespace {

constexpr int tick_ms = 10;
constexpr int quiet_ticks = 10;
constexpr int wait_ticks_max = 500;
constexpr int receive_buffer_bytes = 4096;  // small, so that a stall is felt by the sender soon

// Reads one command after another out of the bytes as they come.
class Interpreter {
 public:
  Interpreter(const EmulatorBehaviour& behaviour, EmulatorPaper& paper) : behaviour_{behaviour}, paper_{paper} {}

  // The answer that this byte completes, if any.
  std::vector<std::uint8_t> take(std::uint8_t byte) {
    command_.push_back(byte);
    const auto length = expected_length();
    if (length == 0 || command_.size() < length) return {};
    auto answer = run();
    command_.clear();
    return answer;
  }

 private:
  // The length of the command begun, 0 while it cannot be told yet.
  [[nodiscard]] std::size_t expected_length() const {
    const auto at = [this](std::size_t i) { return command_[i]; };
    const auto size = command_.size();
    if (at(0) != 0x1B && at(0) != 0x1D && at(0) != 0x10) return 1;
    if (size < 2) return 0;
    if (at(0) == 0x10) return 3;
    if (at(0) == 0x1B) return at(1) == '@' ? 2 : at(1) == 'p' ? 5 : 3;
    if (at(1) == 'r') return 3;
    if (at(1) == 'V') return size < 3 ? 0 : at(2) >= 65 ? 4 : 3;
    if (at(1) == 'v') {
      if (size < 8) return 0;
      return 8 + (at(4) + at(5) * std::size_t{256}) * (at(6) + at(7) * std::size_t{256});
    }
    return 2;
  }

  std::vector<std::uint8_t> run() {
    if (command_[0] == 0x10) return real_time();
    if (command_[0] == 0x1D && command_[1] == 'r') {
      if (behaviour_.answers_in_turn) return {behaviour_.in_turn};
      return {};
    }
    paper_.job_bytes.insert(paper_.job_bytes.end(), command_.begin(), command_.end());
    if (command_[0] == 0x1B && command_.size() == 5) ++paper_.drawer_kicks;
    if (command_[0] == 0x1D && command_[1] == 'V') ++paper_.cuts;
    if (command_[0] == 0x1D && command_[1] == 'v') print_raster();
    return {};
  }

  [[nodiscard]] std::vector<std::uint8_t> real_time() const {
    if (!behaviour_.answers_real_time || command_[1] != 4) return {};
    return {command_[2] == 2 ? behaviour_.offline_cause : behaviour_.paper};
  }

  void print_raster() {
    paper_.width_dots = (command_[4] + command_[5] * 256) * 8;
    for (std::size_t i = 8; i < command_.size(); ++i) {
      for (int bit = 7; bit >= 0; --bit) paper_.dots.push_back(static_cast<std::uint8_t>(command_[i] >> bit & 1));
    }
  }

  const EmulatorBehaviour& behaviour_;
  EmulatorPaper& paper_;
  std::vector<std::uint8_t> command_;
};

}  // namespace

class PrinterEmulator::Server {
 public:
  explicit Server(EmulatorBehaviour behaviour) : behaviour_{behaviour} {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    const bool listens =
        listener_ >= 0 &&
        ::setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes) == 0 &&
        ::bind(listener_, generic, length) == 0 && ::listen(listener_, 4) == 0 &&
        ::getsockname(listener_, generic, &length) == 0;
    if (!listens) throw std::runtime_error{"printer emulator cannot listen"};
    port_ = ::ntohs(address.sin_port);
    thread_ = std::thread{[this] { serve(); }};
  }

  ~Server() {
    stopping_ = true;
    thread_.join();
    ::close(listener_);
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

  EmulatorPaper paper() {
    for (int tick = 0, quiet = 0; tick < wait_ticks_max && quiet < quiet_ticks; ++tick) {
      const auto before = taken_.load();
      std::this_thread::sleep_for(std::chrono::milliseconds{tick_ms});
      quiet = taken_ == before && !busy_ ? quiet + 1 : 0;
      if (stalled_) break;
    }
    const std::lock_guard lock{mutex_};
    return paper_;
  }

 private:
  bool wait_readable(int fd) const {
    while (!stopping_) {
      pollfd waiting{fd, POLLIN, 0};
      if (::poll(&waiting, 1, tick_ms) > 0) return true;
    }
    return false;
  }

  void serve() {
    while (wait_readable(listener_)) {
      const int line = ::accept(listener_, nullptr, nullptr);
      if (line < 0) continue;
      busy_ = true;
      {
        const std::lock_guard lock{mutex_};
        ++paper_.connections;
      }
      if (behaviour_.half_closes) ::shutdown(line, SHUT_WR);
      serve_line(line);
      ::close(line);
      busy_ = false;
    }
  }

  void serve_line(int line) {
    Interpreter interpreter{behaviour_, paper_};
    std::size_t on_line = 0;
    while (wait_readable(line)) {
      std::array<std::uint8_t, 1024> bytes{};
      const auto count = ::recv(line, bytes.data(), bytes.size(), 0);
      if (count <= 0) return;
      on_line += static_cast<std::size_t>(count);
      taken_ += static_cast<std::size_t>(count);
      for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        std::vector<std::uint8_t> answer;
        {
          const std::lock_guard lock{mutex_};
          answer = interpreter.take(bytes[i]);
        }
        if (!answer.empty() && !behaviour_.half_closes) ::send(line, answer.data(), answer.size(), MSG_NOSIGNAL);
      }
      if (on_line >= behaviour_.resets_after) {
        const linger at_once{1, 0};
        ::setsockopt(line, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        return;
      }
      if (on_line >= behaviour_.stalls_after) {
        stalled_ = true;
        while (!stopping_) std::this_thread::sleep_for(std::chrono::milliseconds{tick_ms});
        return;
      }
    }
  }

  const EmulatorBehaviour behaviour_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> stalled_{false};
  std::atomic<bool> busy_{false};
  std::atomic<std::size_t> taken_{0};
  std::mutex mutex_;
  EmulatorPaper paper_;  // guarded by mutex_
  std::thread thread_;
};

PrinterEmulator::PrinterEmulator(EmulatorBehaviour behaviour) : server_{std::make_unique<Server>(behaviour)} {}
PrinterEmulator::~PrinterEmulator() = default;
std::uint16_t PrinterEmulator::port() const { return server_->port(); }
EmulatorPaper PrinterEmulator::paper() { return server_->paper(); }

}  // namespace millpond::tests
