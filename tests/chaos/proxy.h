// SPDX-License-Identifier: Apache-2.0
// Proxy: a line between terminals and a hub that does what lines do on bad days. Listens on 127.0.0.1, forwards HTTP
// exchanges to a port of this machine, and lets at most one fault strike each connection, after which it ends. What
// strikes which connection is decided by the seed and the connection's number alone, so a seed replays the faults.
// Not a cache and not a filter: it understands where a message ends and nothing else.
//
// A thread a connection. All methods from any thread; the destructor ends every connection within about a second.
#pragma once

#include "tests/chaos/exchange.h"

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace millpond::chaos {

enum class Fault : std::uint8_t {
  none,
  delay,             // the request waits
  reorder,           // the request waits until another connection's has overtaken it
  lose_request,      // never forwarded, never answered
  lose_answer,       // forwarded; the answer never comes
  duplicate,         // forwarded twice in a row
  late_duplicate,    // forwarded, answered, and forwarded again later
  truncate_request,  // the hub gets the beginning of it
  truncate_answer,   // the client gets the beginning of it
  reset,             // RST in the middle of the answer
  portal,            // a login page with status 200
  unavailable,       // 503 with Retry-After
  replay,            // an earlier answer from the same door
  drip,              // the request or the answer goes byte by byte
};
inline constexpr std::size_t fault_count = 14;

[[nodiscard]] std::string_view name_of(Fault fault);  // "late_duplicate"

struct Settings {
  std::uint64_t seed{1};
  // Of connections, how many meet each fault, in parts of the sum. All zero: a quiet line, also for connections that
  // had a fault coming.
  std::array<std::uint32_t, fault_count> weights{};
  std::uint32_t exchanges_before_max{3};  // whole exchanges before the fault
  int delay_ms_max{300};
  int hold_ms_max{2'000};  // how long a lost request is left waiting, and a dripping one dripping
  int drip_bytes_per_s{400};
  bool drips_both_ways{};  // otherwise the request or the answer
  int retry_after_s{1};
};

struct Plan {
  Fault fault{Fault::none};
  std::uint32_t at_exchange{};  // from 0
  double place{};               // where in the message, from 0 to 1
  int delay_ms{};
  friend bool operator==(const Plan&, const Plan&) = default;
};

// Pure: the same settings and number give the same plan.
[[nodiscard]] Plan plan_for(const Settings& settings, std::uint64_t connection);

struct Counts {
  std::uint64_t connections{};
  std::uint64_t requests{};
  std::array<std::uint64_t, fault_count> faults{};  // that struck; `none` stays 0
};

class Proxy {
 public:
  // Throws std::runtime_error when it cannot listen. port 0: any free one.
  Proxy(std::uint16_t target_port, Settings settings, std::uint16_t port = 0);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  void aim(std::uint16_t target_port);  // for connections to the hub from now on
  void set(Settings settings);          // for connections from now on
  [[nodiscard]] Counts counts() const;

 private:
  struct Worker {
    std::atomic<bool> done{};
    std::thread thread;
  };
  struct Connection;

  void accept_loop();
  void launch(std::function<void()> work);
  void serve(Socket client, std::uint64_t number);
  void strike(Connection& connection, const std::string& request);
  void mistime(Connection& connection, const std::string& request, std::uint64_t passed_before);
  void spoil(Connection& connection, const std::string& request);
  void drip_exchange(Connection& connection, const std::string& request);
  bool forward(Connection& connection, const std::string& request);
  std::optional<std::string> ask(Connection& connection, std::string_view request);
  bool drip(Socket& to, std::string_view bytes, const Settings& settings);
  void wait_to_be_overtaken(std::uint64_t passed_before, int hold_ms);
  void repeat_later(std::string request, int delay_ms);
  void remember(const std::string& request, const std::string& answer);
  [[nodiscard]] std::string earlier_answer(const std::string& request);
  void hold(int ms);  // less when the line becomes quiet
  [[nodiscard]] bool quiet() const;
  [[nodiscard]] GoOn while_running() const;

  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<std::uint16_t> target_port_;
  std::atomic<bool> stopping_{false};

  mutable std::mutex mutex_;
  std::condition_variable passed_changed_;
  Settings settings_;  // guarded by mutex_, as everything below
  Counts counts_;
  std::uint64_t passed_ = 0;                                // requests that went to the hub
  std::map<std::string, std::deque<std::string>> earlier_;  // answers by door, oldest first
  std::list<Worker> workers_;

  std::thread acceptor_;
};

}  // namespace millpond::chaos
