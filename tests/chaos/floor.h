// SPDX-License-Identifier: Apache-2.0
// Floor: a hub and terminals, all of them the real programs in a folder of this run, with a chaos proxy on every line:
// from each terminal to the hub, and from the tills to each terminal. Starts, kills and asks; decides nothing.
// One thread starts and stops, because a program ends with the thread that started it; questions from any thread.
#pragma once

#include "tests/chaos/proxy.h"
#include "tests/demo/process.h"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

namespace millpond::chaos {

// The run cannot go on, which is a finding of its own.
struct Stuck : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct FloorPlan {
  std::filesystem::path programs;   // where millpond-hub and the others were built
  std::filesystem::path programme;  // assets/shop/programme.json
  std::filesystem::path folder;     // of this run; exists
  std::size_t terminals{2};
  std::vector<std::string> terminal_prefix{};  // words before the terminal's command, for example env with settings
  bool direct{};                               // no proxy between terminals and hub; the hub must not be started again
  std::string hub_settings{"[sync]\npoll_ms = 500\n"};   // hub.toml
  std::string terminal_hub_settings{"poll_ms = 500\n"};  // of [hub] in terminal.toml
  std::string hub_scheme{"http"};                        // https only where nothing reads along: direct
};

void wait_until(const std::string& what, const std::function<bool()>& holds, int timeout_ms = 30'000);

class Floor {
 public:
  explicit Floor(FloorPlan plan);
  ~Floor();  // ends every program
  Floor(const Floor&) = delete;
  Floor& operator=(const Floor&) = delete;

  // Makes a brand, publishes the programme, starts and provisions every terminal over quiet lines.
  void open();

  void start_hub();
  void start_terminal(std::size_t number);
  void kill_hub() { hub_.kill_now(); }
  void kill_terminal(std::size_t number) { terminals_.at(number).process.kill_now(); }
  int stop_hub() { return hub_.stop(); }
  int stop_terminal(std::size_t number) { return terminals_.at(number).process.stop(); }
  [[nodiscard]] bool hub_runs() { return hub_.running(); }
  [[nodiscard]] bool terminal_runs(std::size_t number) { return terminals_.at(number).process.running(); }

  [[nodiscard]] pid_t hub_pid() const { return hub_.pid(); }
  [[nodiscard]] pid_t terminal_pid(std::size_t number) const { return terminals_.at(number).process.pid(); }

  [[nodiscard]] std::size_t terminals() const { return terminals_.size(); }
  [[nodiscard]] Proxy& line(std::size_t number) { return *terminals_.at(number).line; }        // to the hub
  [[nodiscard]] Proxy& counter(std::size_t number) { return *terminals_.at(number).counter; }  // of the tills
  [[nodiscard]] std::filesystem::path hub_folder() const { return plan_.folder / "hub"; }
  [[nodiscard]] std::filesystem::path terminal_folder(std::size_t number) const;
  [[nodiscard]] std::string log_of(std::size_t number) const;
  void use_prefix(std::vector<std::string> words) { plan_.terminal_prefix = std::move(words); }

  // Throw Stuck when the program answers with an error.
  [[nodiscard]] nlohmann::json ask_hub(const std::vector<std::string>& command) const;
  [[nodiscard]] nlohmann::json ask_terminal(std::size_t number, const std::vector<std::string>& command) const;

  // What a terminal shows of a member, by their number: with a cashier's PIN the first time, by the card's code then.
  // Throws Stuck for one whom it does not know yet.
  [[nodiscard]] nlohmann::json look_up(std::size_t number, const std::string& member);

  // The terminal has sent everything and heard the hub's word on it.
  [[nodiscard]] bool drained(std::size_t number) const;

 private:
  struct Counter {
    demo::Process process;
    std::unique_ptr<Proxy> line;
    std::unique_ptr<Proxy> counter;
  };

  [[nodiscard]] std::string program(const std::string& name) const { return (plan_.programs / name).string(); }
  void provision(std::size_t number);
  void employ_cashier();
  [[nodiscard]] nlohmann::json ask_with_pin(std::vector<std::string> words) const;

  FloorPlan plan_;
  demo::Process hub_;
  std::vector<Counter> terminals_;
  int cashier_{};
  std::map<std::string, std::string> codes_;  // by member's number
};

}  // namespace millpond::chaos
