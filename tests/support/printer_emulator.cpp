// SPDX-License-Identifier: Apache-2.0
#include "tests/support/printer_emulator.h"

#include "tests/support/temp_dir.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace millpond::tests {
namespace {

constexpr int tick_ms = 10;
constexpr int quiet_ticks = 10;
constexpr int wait_ticks_max = 500;
constexpr int receive_buffer_bytes = 4096;  // small, so that a stall is felt by the sender soon

void sleep_tick() { std::this_thread::sleep_for(std::chrono::milliseconds{tick_ms}); }

// A listening socket on any free port of the loopback.
int listen_on_loopback(std::uint16_t& port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool listens =
      listener >= 0 &&
      ::setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes) == 0 &&
      ::bind(listener, generic, length) == 0 && ::listen(listener, 4) == 0 &&
      ::getsockname(listener, generic, &length) == 0;
  if (!listens) throw std::runtime_error{"printer emulator cannot listen"};
  port = ::ntohs(address.sin_port);
  return listener;
}

// The far end of a pseudo terminal, and a link to the near one.
int open_pty(const std::filesystem::path& link) {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0) {
    throw std::runtime_error{"printer emulator has no pseudo terminal"};
  }
  std::filesystem::create_symlink(::ptsname(master), link);
  return master;
}

// A line printer's driver changes no byte; a terminal's does until it is told not to.
int keep_raw(const std::filesystem::path& link) {
  const int kept = ::open(link.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  termios settings{};
  if (kept < 0 || ::tcgetattr(kept, &settings) != 0) throw std::runtime_error{"printer emulator has no terminal"};
  ::cfmakeraw(&settings);
  ::tcsetattr(kept, TCSANOW, &settings);
  return kept;
}

}  // namespace

class PrinterEmulator::Server {
 public:
  Server(EmulatorBehaviour behaviour, EmulatorWire wire)
      : behaviour_{behaviour}, wire_{wire}, interpreter_{behaviour.width_dots} {
    if (wire_ == EmulatorWire::tcp) {
      end_ = listen_on_loopback(port_);
    } else {
      end_ = open_pty(device());
      if (wire_ == EmulatorWire::line_printer) kept_open_ = keep_raw(device());
    }
    thread_ = std::thread{[this] { serve(); }};
  }

  ~Server() {
    stopping_ = true;
    thread_.join();
    unplug();
    if (kept_open_ >= 0) ::close(kept_open_);
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::filesystem::path device() const { return folder_ / "printer"; }

  EmulatedPaper paper() {
    for (int tick = 0, quiet = 0; tick < wait_ticks_max && quiet < quiet_ticks; ++tick) {
      const auto before = taken_.load();
      sleep_tick();
      quiet = taken_ == before && !busy_ ? quiet + 1 : 0;
      if (stalled_) break;
    }
    const std::lock_guard lock{mutex_};
    return interpreter_.paper();
  }

  void change(const std::function<void(EmulatorBehaviour&)>& by) {
    const std::lock_guard lock{mutex_};
    by(behaviour_);
  }

 private:
  bool wait_readable(int fd) const {
    while (!stopping_) {
      pollfd waiting{fd, POLLIN, 0};
      if (::poll(&waiting, 1, tick_ms) > 0) return true;
    }
    return false;
  }

  void unplug() {
    if (end_ >= 0) ::close(end_);
    end_ = -1;
    std::error_code ignored;
    if (wire_ != EmulatorWire::tcp) std::filesystem::remove(device(), ignored);
  }

  void serve() {
    if (wire_ != EmulatorWire::tcp) return serve_line(end_);
    while (wait_readable(end_)) {
      const int line = ::accept(end_, nullptr, nullptr);
      if (line < 0) continue;
      busy_ = true;
      bool half_closes = false;
      {
        const std::lock_guard lock{mutex_};
        ++interpreter_.paper().connections;
        interpreter_.drop_job();
        half_closes = behaviour_.half_closes;
      }
      if (half_closes) ::shutdown(line, SHUT_WR);
      serve_line(line);
      ::close(line);
      busy_ = false;
    }
  }

  // Until the peer closes; a pseudo terminal until it is unplugged.
  void serve_line(int line) {
    std::size_t on_line = 0;
    while (wait_readable(line)) {
      std::array<std::uint8_t, 1024> bytes{};
      const auto limit = std::min(bytes.size(), bytes_at_once());
      const auto count = ::read(line, bytes.data(), limit);
      if (count < 0 && errno == EIO) {  // nobody has the near end open
        sleep_tick();
        continue;
      }
      if (count <= 0) return;
      for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) take(line, bytes[i], ++on_line);
      taken_ += static_cast<std::size_t>(count);
      if (!goes_on(line, on_line)) return;
    }
  }

  // A slow printer takes so many bytes each tick.
  std::size_t bytes_at_once() {
    const std::lock_guard lock{mutex_};
    if (behaviour_.bytes_per_s_max == EmulatorBehaviour::never) return EmulatorBehaviour::never;
    sleep_tick();
    return std::max<std::size_t>(1, behaviour_.bytes_per_s_max * tick_ms / 1000);
  }

  void take(int line, std::uint8_t byte, std::size_t on_line) {
    std::vector<std::uint8_t> answer;
    bool mute = false;
    {
      const std::lock_guard lock{mutex_};
      if (on_line > behaviour_.cover_opens_after) behaviour_.state.cover_open = true;
      if (on_line > behaviour_.paper_out_after) behaviour_.state.paper = PaperLeft::none;
      answer = interpreter_.take(byte, behaviour_.state);
      mute = behaviour_.half_closes;
    }
    if (mute || answer.empty()) return;
    if (wire_ == EmulatorWire::tcp)
      ::send(line, answer.data(), answer.size(), MSG_NOSIGNAL);
    else if (::write(line, answer.data(), answer.size()) < 0)
      sleep_tick();  // the near end has closed meanwhile and wants no answer
  }

  bool goes_on(int line, std::size_t on_line) {
    std::unique_lock lock{mutex_};
    if (on_line >= behaviour_.resets_after) {
      const linger at_once{1, 0};
      ::setsockopt(line, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      if (wire_ != EmulatorWire::tcp) unplug();
      return false;
    }
    if (on_line < behaviour_.stalls_after) return true;
    lock.unlock();
    stalled_ = true;
    while (!stopping_) sleep_tick();
    return false;
  }

  TempDir folder_;
  EmulatorBehaviour behaviour_;  // guarded by mutex_
  const EmulatorWire wire_;
  int end_ = -1;  // the listener, or the far end of the pseudo terminal
  int kept_open_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> stalled_{false};
  std::atomic<bool> busy_{false};
  std::atomic<std::size_t> taken_{0};
  std::mutex mutex_;
  EscposInterpreter interpreter_;  // guarded by mutex_
  std::thread thread_;
};

PrinterEmulator::PrinterEmulator(EmulatorBehaviour behaviour, EmulatorWire wire)
    : server_{std::make_unique<Server>(behaviour, wire)} {}
PrinterEmulator::~PrinterEmulator() = default;
std::uint16_t PrinterEmulator::port() const { return server_->port(); }
std::filesystem::path PrinterEmulator::device() const { return server_->device(); }
EmulatedPaper PrinterEmulator::paper() { return server_->paper(); }
void PrinterEmulator::change(const std::function<void(EmulatorBehaviour&)>& by) { server_->change(by); }

}  // namespace millpond::tests
