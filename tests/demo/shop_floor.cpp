// SPDX-License-Identifier: Apache-2.0
#include "tests/demo/shop_floor.h"

#include "hardware/image/image.h"
#include "hardware/scan/decode_file.h"
#include "hardware/scan/encode.h"
#include "hardware/sim/presentation.h"
#include "sync/base/file.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

namespace millpond::demo {
namespace {

using nlohmann::json;

constexpr int camera_frames_per_s = 10;

void pause_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds{ms}); }

json parse_answer(const std::vector<std::string>& command, const Finished& finished) {
  auto answer = json::parse(finished.output, nullptr, false);
  if (finished.status == 0 && !answer.is_discarded()) return answer;
  std::string line;
  for (const auto& word : command) line += word + ' ';
  throw Stuck{line + "ended with " + std::to_string(finished.status) + ": " + finished.errors + finished.output};
}

std::string read_line(const std::filesystem::path& file) {
  const auto content = base::read_file(file);
  if (!content) return {};
  const auto text = base::text_of(*content);
  return std::string{text.substr(0, text.find('\n'))};
}

}  // namespace

ShopFloor::ShopFloor(FloorPlan plan) : plan_{std::move(plan)} {
  for (const auto* name : {"hub", "terminal", "camera", "screens", "logs"}) {
    std::filesystem::create_directories(plan_.folder / name);
  }
}

void ShopFloor::start_hub() {
  const auto made = run({program("millpond-hub"), "init", "--dir", hub_folder().string()});
  if (made.status != 0) throw Stuck{"millpond-hub init: " + made.errors};
  run_hub("0");
  const auto port_file = hub_folder() / "port";
  wait_until("the hub to listen", [&] { return !read_line(port_file).empty(); });
  line_ = std::make_unique<Line>(static_cast<std::uint16_t>(std::stoi(read_line(port_file))));
}

void ShopFloor::run_hub(const std::string& port) {
  const std::vector<std::string> command{program("millpond-hub"), "serve",  "--dir",
                                         hub_folder().string(),   "--port", port};
  hub_ = Process{command, plan_.folder / "logs/hub.log", false, lifetime_};
}

void ShopFloor::publish_programme() {
  const auto done =
      run({program("millpond-hub"), "campaign", "publish", "--dir", hub_folder().string(), plan_.programme.string()});
  if (done.status != 0) throw Stuck{"millpond-hub campaign publish: " + done.errors + done.output};
}

void ShopFloor::start_terminal() {
  const auto settings = terminal_folder() / "terminal.toml";
  constexpr std::string_view content =
      "[gateway]\nport = 0\n[printer]\nkind = \"file\"\ntarget = \"receipts\"\npreview = \"receipts\"\n[hub]\npoll_ms "
      "= 1000\n";
  if (const auto written = base::write_file(settings, base::view_of(content)); !written) {
    throw Stuck{base::describe(written.error())};
  }
  const std::vector<std::string> command{program("millpond-terminal"), "--dir", terminal_folder().string()};
  terminal_ = Process{command, plan_.folder / "logs/terminal.log", false, lifetime_};
  wait_until("the terminal to answer", [&] {
    return run({program("millpond"), "--dir", terminal_folder().string(), "status", "--json"}).status == 0;
  });
}

void ShopFloor::provision() {
  const auto code = ask_hub({"terminal", "add", "--store", "1"}).at("code").get<std::string>();
  const auto report =
      ask_terminal({"provision", "--hub", "http://127.0.0.1:" + std::to_string(line_->port()), "--code", code});
  if (report.at("digits").get<std::string>().size() != 6) throw Stuck{"no matching digits"};
}

int ShopFloor::employ_cashier(const std::string& pin) {
  const auto file = plan_.folder / "cashier.pin";
  const auto line = pin + "\n";
  if (const auto written = base::write_file(file, base::view_of(line), base::Privacy::owner); !written) {
    throw Stuck{base::describe(written.error())};
  }
  const std::vector<std::string> command{"/bin/sh",
                                         "-c",
                                         "exec \"$0\" staff add --store 1 --role cashier --dir \"$1\" --json < \"$2\"",
                                         program("millpond-hub"),
                                         hub_folder().string(),
                                         file.string()};
  const auto number = parse_answer(command, run(command)).at("staff").get<int>();
  wait_until("the terminal to know the cashier", [&] { return !ask_terminal({"staff", "list"}).at("staff").empty(); });
  return number;
}

void ShopFloor::start_kiosk() {
  std::error_code ignored;  // a new kiosk would see old pictures again
  std::filesystem::remove_all(camera_folder(), ignored);
  std::filesystem::create_directories(camera_folder());
  const auto shots = plan_.folder / "screens" / std::to_string(++kiosk_starts_);
  std::filesystem::create_directories(shots);
  std::vector<std::string> command{program("millpond-kiosk"),
                                   "--socket",
                                   (terminal_folder() / "terminal.sock").string(),
                                   "--screen-id",
                                   "kiosk-1",
                                   "--camera",
                                   "folder:" + camera_folder().string(),
                                   "--commands",
                                   "--shots",
                                   shots.string()};
  if (plan_.headless) command.emplace_back("--headless");
  kiosk_ = Process{command, plan_.folder / "logs/kiosk.log", true, lifetime_};
  wait_until("the kiosk to attach", [&] { return !screen().empty(); });
}

void ShopFloor::touch(const std::string& target) { kiosk_.say("tap " + target); }

void ShopFloor::look() { pause_ms(plan_.headless ? 800 : 2'000); }

void ShopFloor::type_phone(const std::string& digits) {
  for (const char digit : digits) {
    touch(std::string{"digit_"} + digit);
    pause_ms(plan_.headless ? 40 : 120);
  }
}

void ShopFloor::show_code(const std::string& text) {
  const auto modules = scan::encode_qr(text);
  if (!modules) throw Stuck{"a code that cannot be drawn: " + base::describe(modules.error())};
  write_frames(*modules);
}

void ShopFloor::write_frames(const ports::QrModules& modules) {
  const auto scenes = sim::presentation(
      modules, {.width = 640, .height = 360, .frames_per_s = camera_frames_per_s, .seed = plan_.seed + frames_});
  for (const auto& scene : scenes) {
    const auto frame = sim::render(scene);
    image::GrayImage picture{frame.width, frame.height, {}};
    for (int y = 0; y < frame.height; ++y) {
      const auto row = frame.bytes.begin() + std::ptrdiff_t{y} * frame.stride;
      picture.pixels.insert(picture.pixels.end(), row, row + frame.width);
    }
    char name[32];
    std::snprintf(name, sizeof name, "frame-%06llu.png", static_cast<unsigned long long>(++frames_));
    if (const auto saved = image::save_png(camera_folder() / name, picture); !saved) {
      throw Stuck{base::describe(saved.error())};
    }
  }
}

std::string ShopFloor::screen() {
  const auto answer = ask_terminal({"screens"});
  for (const auto& shown : answer.at("screens")) {
    if (shown.at("id") == "kiosk-1" && shown.at("attached").get<bool>()) return shown.at("screen").get<std::string>();
  }
  return {};
}

void ShopFloor::wait_for_screen(const std::string& name, int timeout_ms) {
  wait_until(
      "the kiosk to show " + name, [&] { return screen() == name; }, timeout_ms);
  look();
}

// Event numbers of the slips on paper. Cards that were asked for again have an identity instead, far above any event.
std::vector<std::uint64_t> ShopFloor::slips() {
  std::vector<std::uint64_t> numbers;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator{terminal_folder() / "receipts", ignored}) {
    const auto name = entry.path().stem().string();
    if (entry.path().extension() == ".escpos" && name.starts_with("event-"))
      numbers.push_back(std::stoull(name.substr(6)));
  }
  return numbers;
}

std::size_t ShopFloor::slip_count() { return slips().size(); }

std::uint64_t ShopFloor::newest_slip(int timeout_ms, std::uint64_t after) {
  constexpr std::uint64_t identities_from = 1ULL << 40;
  std::uint64_t newest = 0;
  const auto look_for_newer = [&] {
    for (const auto number : slips()) {
      if (number < identities_from) newest = std::max(newest, number);
    }
    return newest > after;
  };
  wait_until("a slip to be printed", look_for_newer, timeout_ms);
  return newest;
}

std::string ShopFloor::code_on_slip(std::uint64_t event, int timeout_ms) {
  const auto picture = terminal_folder() / "receipts" / ("event-" + std::to_string(event) + ".png");
  wait_until(
      "the slip of event " + std::to_string(event), [&] { return std::filesystem::exists(picture); }, timeout_ms);
  const auto decoded = scan::decode_file(picture);
  if (!decoded || !decoded->found) throw Stuck{"no code can be read from " + picture.string()};
  return decoded->found->text;
}

// Cards have an identity, which counts up, far above any event.
std::string ShopFloor::code_on_card() {
  const auto numbers = slips();
  if (numbers.empty()) throw Stuck{"no card is printed"};
  return code_on_slip(*std::max_element(numbers.begin(), numbers.end()));
}

json ShopFloor::ask_terminal(const std::vector<std::string>& command) {
  std::vector<std::string> words{program("millpond"), "--dir", terminal_folder().string()};
  words.insert(words.end(), command.begin(), command.end());
  words.emplace_back("--json");
  return parse_answer(words, run(words));
}

json ShopFloor::ask_hub(const std::vector<std::string>& command) {
  std::vector<std::string> words{program("millpond-hub")};
  words.insert(words.end(), command.begin(), command.end());
  words.insert(words.end(), {"--dir", hub_folder().string(), "--json"});
  return parse_answer(words, run(words));
}

void ShopFloor::wait_until(const std::string& what, const std::function<bool()>& holds, int timeout_ms) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds{timeout_ms};
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) {
      throw Stuck{"waited " + std::to_string(timeout_ms / 1000) + " s in vain for " + what + "; see " +
                  (plan_.folder / "logs").string()};
    }
    pause_ms(50);
  }
}

void ShopFloor::kill_kiosk() { kiosk_.kill_now(); }
void ShopFloor::kill_terminal() { terminal_.kill_now(); }

void ShopFloor::connect_terminal_to(const std::string& hub_url) {
  const auto path = terminal_folder() / "identity.json";
  const auto content = base::read_file(path);
  auto identity = content ? json::parse(*content, nullptr, false) : json{};
  if (!identity.is_object()) throw Stuck{"the terminal's identity cannot be read"};
  identity["hub_url"] = hub_url;
  const auto text = identity.dump();
  const auto written = base::write_file(path, base::view_of(text), base::Privacy::owner);
  if (!written) throw Stuck{base::describe(written.error())};
}

std::vector<pid_t> ShopFloor::leave_running() {
  const auto port = read_line(hub_folder() / "port");
  stop();
  lifetime_ = Lifetime::stays;
  connect_terminal_to("http://127.0.0.1:" + port);
  run_hub(port);
  start_terminal();
  start_kiosk();
  const std::vector<pid_t> pids{hub_.pid(), terminal_.pid(), kiosk_.pid()};
  kiosk_.let_go();
  terminal_.let_go();
  hub_.let_go();
  return pids;
}

void ShopFloor::stop() {
  kiosk_.stop();
  terminal_.stop();
  hub_.stop();
}

}  // namespace millpond::demo
