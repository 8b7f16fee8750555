// SPDX-License-Identifier: Apache-2.0
#include "tests/chaos/floor.h"

#include "sync/base/file.h"

#include <chrono>
#include <thread>

namespace millpond::chaos {
namespace {

using nlohmann::json;

std::string first_line(const std::filesystem::path& file) {
  const auto content = base::read_file(file);
  if (!content) return {};
  const auto text = base::text_of(*content);
  const auto end = text.find('\n');
  return end == std::string_view::npos ? std::string{} : std::string{text.substr(0, end)};
}

json parse_answer(const std::vector<std::string>& command, const demo::Finished& finished) {
  auto answer = json::parse(finished.output, nullptr, false);
  if (finished.status == 0 && !answer.is_discarded()) return answer;
  std::string line;
  for (const auto& word : command) line += word + ' ';
  throw Stuck{line + "ended with " + std::to_string(finished.status) + ": " + finished.errors + finished.output};
}

void must(const demo::Finished& finished, const std::string& what) {
  if (finished.status != 0) throw Stuck{what + ": " + finished.errors + finished.output};
}

}  // namespace

void wait_until(const std::string& what, const std::function<bool()>& holds, int timeout_ms) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds{timeout_ms};
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) {
      throw Stuck{"waited " + std::to_string(timeout_ms / 1000) + " s in vain for " + what};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

Floor::Floor(FloorPlan plan) : plan_{std::move(plan)}, terminals_(plan_.terminals) {}

Floor::~Floor() {
  for (auto& terminal : terminals_) terminal.process.stop();
  hub_.stop();
}

std::filesystem::path Floor::terminal_folder(std::size_t number) const {
  return plan_.folder / ("terminal-" + std::to_string(number + 1));
}

std::string Floor::log_of(std::size_t number) const {
  const auto content = base::read_file(plan_.folder / ("terminal-" + std::to_string(number + 1) + ".log"));
  return content ? std::string{base::text_of(*content)} : std::string{};
}

void Floor::open() {
  must(demo::run({program("millpond-hub"), "init", "--dir", hub_folder().string()}), "millpond-hub init");
  if (!base::write_file(hub_folder() / "hub.toml", base::view_of(plan_.hub_settings))) throw Stuck{"no hub.toml"};
  start_hub();
  must(demo::run(
           {program("millpond-hub"), "campaign", "publish", "--dir", hub_folder().string(), plan_.programme.string()}),
       "millpond-hub campaign publish");
  for (std::size_t i = 0; i < terminals_.size(); ++i) provision(i);
  employ_cashier();
}

// Programs read a PIN from a file, so that it stands in no list of processes.
json Floor::ask_with_pin(std::vector<std::string> words) const {
  words.insert(words.begin(), {"/bin/sh", "-c", "pin=$1; shift; exec \"$@\" < \"$pin\"", "sh",
                               (plan_.folder / "cashier.pin").string()});
  return parse_answer(words, demo::run(words, 120'000));
}

void Floor::employ_cashier() {
  if (!base::write_file(plan_.folder / "cashier.pin", base::view_of("825917\n"), base::Privacy::owner)) {
    throw Stuck{"no file for the cashier's PIN"};
  }
  cashier_ = ask_with_pin({program("millpond-hub"), "staff", "add", "--store", "1", "--role", "cashier", "--dir",
                           hub_folder().string(), "--json"})
                 .at("staff")
                 .get<int>();
  for (std::size_t i = 0; i < terminals_.size(); ++i) {
    wait_until("a terminal to know the cashier", [&] {
      return !ask_terminal(i, {"staff", "list"}).at("staff").empty();
    });
  }
}

json Floor::look_up(std::size_t number, const std::string& member) {
  const auto known = codes_.find(member);
  if (known != codes_.end()) return ask_terminal(number, {"member", known->second});
  auto view = ask_with_pin({program("millpond"), "--dir", terminal_folder(number).string(), "member", member, "--staff",
                            std::to_string(cashier_), "--json"});
  codes_[member] = view.at("code").get<std::string>();
  return view;
}

void Floor::provision(std::size_t number) {
  const auto hub_port = static_cast<std::uint16_t>(std::stoi(first_line(hub_folder() / "port")));
  auto& terminal = terminals_.at(number);
  terminal.line = std::make_unique<Proxy>(hub_port, Settings{});
  terminal.counter = std::make_unique<Proxy>(std::uint16_t{0}, Settings{});
  const auto folder = terminal_folder(number);
  std::filesystem::create_directories(folder);
  const auto settings = "[gateway]\nport = 0\n[printer]\nkind = \"none\"\n[hub]\n" + plan_.terminal_hub_settings;
  if (!base::write_file(folder / "terminal.toml", base::view_of(settings))) throw Stuck{"no terminal.toml"};
  start_terminal(number);
  const auto code = ask_hub({"terminal", "add", "--store", "1"}).at("code").get<std::string>();
  const auto hub = plan_.hub_scheme + "://127.0.0.1:" + std::to_string(plan_.direct ? hub_port : terminal.line->port());
  static_cast<void>(ask_terminal(number, {"provision", "--hub", hub, "--code", code}));
  wait_until("terminal's gateway", [&] { return !first_line(folder / "gateway.port").empty(); });
  terminal.counter->aim(static_cast<std::uint16_t>(std::stoi(first_line(folder / "gateway.port"))));
  wait_until("the programme", [&] { return ask_terminal(number, {"status"}).at("programme").get<int>() > 0; });
}

// A killed hub leaves its port file behind, and so does a killed terminal.
void Floor::start_hub() {
  const auto port_file = hub_folder() / "port";
  std::filesystem::remove(port_file);
  hub_ = demo::Process{{program("millpond-hub"), "serve", "--dir", hub_folder().string(), "--port", "0"},
                       plan_.folder / "hub.log"};
  wait_until("the hub to listen", [&] {
    if (!hub_.running()) throw Stuck{"the hub does not start; see hub.log"};
    return !first_line(port_file).empty();
  });
  const auto port = static_cast<std::uint16_t>(std::stoi(first_line(port_file)));
  for (auto& terminal : terminals_) {
    if (terminal.line) terminal.line->aim(port);
  }
}

void Floor::start_terminal(std::size_t number) {
  auto& terminal = terminals_.at(number);
  const auto folder = terminal_folder(number);
  const auto port_file = folder / "gateway.port";
  const bool provisioned = std::filesystem::exists(folder / "identity.json");
  std::filesystem::remove(port_file);
  auto command = plan_.terminal_prefix;
  command.insert(command.end(), {program("millpond-terminal"), "--dir", folder.string()});
  terminal.process = demo::Process{command, plan_.folder / ("terminal-" + std::to_string(number + 1) + ".log")};
  wait_until("a terminal to open", [&] {
    if (!terminal.process.running()) throw Stuck{"a terminal does not start: " + log_of(number)};
    return provisioned ? !first_line(port_file).empty() : std::filesystem::exists(folder / "terminal.sock");
  });
  if (provisioned) terminal.counter->aim(static_cast<std::uint16_t>(std::stoi(first_line(port_file))));
}

json Floor::ask_hub(const std::vector<std::string>& command) const {
  std::vector<std::string> words{program("millpond-hub")};
  words.insert(words.end(), command.begin(), command.end());
  words.insert(words.end(), {"--dir", hub_folder().string(), "--json"});
  return parse_answer(words, demo::run(words, 120'000));
}

json Floor::ask_terminal(std::size_t number, const std::vector<std::string>& command) const {
  std::vector<std::string> words{program("millpond"), "--dir", terminal_folder(number).string()};
  words.insert(words.end(), command.begin(), command.end());
  words.emplace_back("--json");
  return parse_answer(words, demo::run(words, 120'000));
}

bool Floor::drained(std::size_t number) const {
  const auto status = ask_terminal(number, {"status"});
  return status.at("queued").get<std::uint64_t>() == 0 && status.at("line") == "online";
}

}  // namespace millpond::chaos
