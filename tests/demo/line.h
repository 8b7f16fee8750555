// SPDX-License-Identifier: Apache-2.0
// Line: the shop's connection to the hub, which can be cut and restored. Forwards TCP on 127.0.0.1; while cut, running
// connections break in the middle and new ones are refused, as after a digger found the cable.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace millpond::demo {

class Line {
 public:
  explicit Line(std::uint16_t hub_port);
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  void cut();
  void restore();
  [[nodiscard]] std::uint64_t connections() const { return connections_; }

 private:
  void listen_again();
  void accept_loop();
  void forward(int from_terminal);

  const std::uint16_t hub_port_;
  std::uint16_t port_ = 0;
  std::atomic<int> listener_ = -1;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::uint64_t> connections_ = 0;
  std::mutex mutex_;
  std::set<int> open_;                 // guarded by mutex_; sockets to break on cut()
  std::vector<std::thread> forwards_;  // guarded by mutex_
  std::thread acceptor_;
};

}  // namespace millpond::demo
