// SPDX-License-Identifier: Apache-2.0
// millpond-kiosk as a program against a service of the test's own: attach, show, press, read codes, lose the link.
#include "hardware/image/image.h"
#include "hardware/scan/encode.h"
#include "kiosk/link/link.h"
#include "tests/support/kiosk_process.h"
#include "tests/support/sample_views.h"
#include "tests/support/serial_ends.h"
#include "tests/support/temp_dir.h"
#include "tests/support/x_server.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <condition_variable>
#include <iostream>
#include <memory>
#include <mutex>
#include <thread>

using namespace millpond;
using namespace millpond::tests;

namespace {

constexpr auto patience = std::chrono::seconds{20};

class Service {
 public:
  explicit Service(const std::filesystem::path& socket) {
    link::ServerEvents events;
    events.on_message = [this](link::ConnectionId connection, link::Message message) {
      const std::lock_guard lock{mutex_};
      connection_ = connection;
      heard_.push_back(std::move(message));
      changed_.notify_all();
    };
    events.on_closed = [](link::ConnectionId) {};
    server_ = link::Server::start({socket}, std::move(events)).value();
  }

  void send(const link::Message& message) {
    link::ConnectionId connection = 0;
    {
      const std::lock_guard lock{mutex_};
      connection = connection_;
    }
    server_->send(connection, message);
  }

  // Waits for the first message that is a T and drops everything up to it.
  template <class T>
  std::optional<T> next() {
    std::unique_lock lock{mutex_};
    std::optional<T> found;
    changed_.wait_for(lock, patience, [&] {
      while (!heard_.empty() && !found) {
        if (const T* message = std::get_if<T>(&heard_.front())) found = *message;
        heard_.erase(heard_.begin());
      }
      return found.has_value();
    });
    return found;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  link::ConnectionId connection_{};
  std::vector<link::Message> heard_;
  std::unique_ptr<link::Server> server_;
};

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator{folder, ignored})
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

bool wait_for_file(const std::filesystem::path& path) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!std::filesystem::exists(path)) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  return true;
}

void show_code(const std::filesystem::path& folder, const std::string& name, const std::string& text) {
  const auto modules = scan::encode_qr(text).value();
  constexpr int module = 6;
  const int side = (modules.size + 8) * module;
  image::GrayImage picture{side, side, std::vector<std::uint8_t>(static_cast<std::size_t>(side * side), 255)};
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      if (modules.get(x / module - 4, y / module - 4)) picture.pixels[static_cast<std::size_t>(y * side + x)] = 0;
    }
  }
  REQUIRE(image::save_png(folder / ("." + name), picture));
  std::filesystem::rename(folder / ("." + name), folder / name);
}

link::Show show(const std::string& name) { return {sample_view(name, flow::Locale::zh_cn)}; }

}  // namespace

TEST_CASE("a screen attaches, shows what it is told, presses what it is told to, and leaves on SIGTERM") {
  const TempDir temp;
  Service service{temp / "socket"};
  std::filesystem::create_directory(temp / "camera");
  KioskProcess kiosk{{"--socket", temp / "socket", "--screen-id", "kiosk-7", "--headless", "--commands", "--size",
                      "540x960", "--shots", temp / "shots", "--camera", "folder:" + (temp / "camera").string()}};
  const auto hello = service.next<link::Hello>();
  REQUIRE(hello);
  CHECK(hello->screen_id == "kiosk-7");

  service.send(show("attract"));
  kiosk.say("tap start_scan");
  const auto tap = service.next<link::Tap>();
  REQUIRE(tap);
  CHECK(tap->target == flow::Target::start_scan);

  service.send(show("scan"));
  show_code(temp / "camera", "1.png", sample_code_text());
  const auto code = service.next<link::Code>();
  REQUIRE(code);
  CHECK(code->text == sample_code_text());

  show_code(temp / "camera", "2.png", "134567890123456789");
  CHECK(service.next<link::PaymentCode>());

  // A press that comes too early waits for its screen.
  kiosk.say("tap done");
  service.send(show("card"));
  const auto done = service.next<link::Tap>();
  REQUIRE(done);
  CHECK(done->target == flow::Target::done);

  CHECK(wait_for_file(temp / "shots/03-card-zh-CN.png"));
  CHECK(kiosk.stop() == 0);
  const auto shots = names_in(temp / "shots");
  REQUIRE(shots == std::vector<std::string>{"01-attract-zh-CN.png", "02-scan-zh-CN.png", "03-card-zh-CN.png"});
  const auto picture = image::load_rgba(temp / "shots" / shots[2]);
  REQUIRE(picture);
  CHECK(picture->width == 540);
  CHECK(picture->height == 960);
}

TEST_CASE("a screen that loses its service shows that, and comes back under its name") {
  const TempDir temp;
  auto service = std::make_unique<Service>(temp / "socket");
  KioskProcess kiosk{{"--socket", temp / "socket", "--headless", "--size", "540x960", "--shots", temp / "shots"}};
  REQUIRE(service->next<link::Hello>());
  service->send(show("card"));
  REQUIRE(wait_for_file(temp / "shots/01-card-zh-CN.png"));
  service.reset();
  REQUIRE(wait_for_file(temp / "shots/02-notice-zh-CN.png"));

  Service again{temp / "socket"};
  const auto hello = again.next<link::Hello>();
  REQUIRE(hello);
  CHECK(hello->screen_id == "kiosk-1");
  again.send(show("attract"));
  CHECK(wait_for_file(temp / "shots/03-attract-zh-CN.png"));
  CHECK(kiosk.stop() == 0);
}

TEST_CASE("a hand scanner is read for the screen, shared with the till, and found again when it was unplugged") {
  const TempDir temp;
  Service service{temp / "socket"};
  SerialScannerEnd scanner{temp / "scanner"};
  KioskProcess kiosk{{"--socket", temp / "socket", "--role", "cashier", "--headless", "--scanner",
                      "serial:" + (temp / "scanner").string() + ":115200", "--till-line", temp / "till"}};
  REQUIRE(service.next<link::Hello>());
  const TillEnd till{temp / "till"};
  // Before the screen has anything to do, a code is nobody's.
  service.send(show("scan"));
  // The window needs a moment for the first screen; a person scans again.
  std::optional<link::Code> code;
  std::jthread person{[&scanner](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      scanner.send("]Q1K1:MEMBER\r\n");
      std::this_thread::sleep_for(std::chrono::milliseconds{100});
    }
  }};
  code = service.next<link::Code>();
  person.request_stop();
  person.join();
  REQUIRE(code);
  CHECK(code->text == "K1:MEMBER");

  scanner.send("6901234567892\r");
  CHECK(till.line() == "6901234567892");
  // A payment code is the till's, and nobody else hears of it.
  scanner.send("134567890123456789\r");
  CHECK(till.line() == "134567890123456789");

  scanner.unplug();
  std::optional<link::Scanner> state;
  do { state = service.next<link::Scanner>(); } while (state && state->state != ports::DeviceState::absent);
  REQUIRE(state);
  scanner.plug_in();
  do { state = service.next<link::Scanner>(); } while (state && state->state != ports::DeviceState::ok);
  REQUIRE(state);
  scanner.send("K1:AGAIN\r");
  while (code && code->text == "K1:MEMBER") code = service.next<link::Code>();
  REQUIRE(code);
  CHECK(code->text == "K1:AGAIN");
  CHECK_FALSE(till.has_something());
  CHECK(kiosk.stop() == 0);
  CHECK_FALSE(std::filesystem::exists(std::filesystem::symlink_status(temp / "till")));
}

TEST_CASE("options that make no sense and a display that is not there are refused") {
  const TempDir temp;
  const std::string socket = temp / "socket";
  struct Row {
    std::vector<std::string> arguments;
  };
  const std::vector<Row> table{{{"--socket", socket, "--headless", "--size", "banana"}},
                               {{"--socket", socket, "--headless", "--size", "1x1"}},
                               {{"--socket", socket, "--headless", "--camera", "eye"}},
                               {{"--socket", socket, "--headless", "--scanner", "usb"}},
                               {{"--socket", socket, "--headless", "--till-line", temp / "till"}},
                               {{"--headless"}}};
  for (const Row& row : table) CHECK(KioskProcess{row.arguments}.wait() != 0);
}

TEST_CASE("a window opens under an X server, shows screens and closes on SIGTERM") {
  if (!XServer::is_installed()) {
    std::cout << "left out: Xvfb is not installed\n";
    SUCCEED("no Xvfb");
    return;
  }
  const TempDir temp;
  const XServer server{1280, 1024};
  Service service{temp / "socket"};
  KioskProcess kiosk{{"--socket", temp / "socket", "--commands", "--shots", temp / "shots"}, server.name()};
  REQUIRE(service.next<link::Hello>());
  service.send(show("attract"));
  kiosk.say("tap start_scan");
  CHECK(service.next<link::Tap>());
  CHECK(wait_for_file(temp / "shots/01-attract-zh-CN.png"));
  service.send(show("issued"));
  CHECK(wait_for_file(temp / "shots/02-issued-zh-CN.png"));
  CHECK(kiosk.stop() == 0);
}
