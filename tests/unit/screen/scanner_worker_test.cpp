// SPDX-License-Identifier: Apache-2.0
#include "kiosk/screen/scanner_worker.h"
#include "hardware/sim/sim_scanner.h"
#include "kiosk/screen/scanner_option.h"
#include "sync/base/file.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <vector>

using namespace millpond;
using namespace millpond::screen;

namespace {

// What was told, in order.
class Log {
 public:
  void add(std::string line) {
    const std::lock_guard lock{mutex_};
    lines_.push_back(std::move(line));
    changed_.notify_all();
  }
  [[nodiscard]] bool wait_for(const std::string& line) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, std::chrono::seconds{20},
                             [&] { return std::find(lines_.begin(), lines_.end(), line) != lines_.end(); });
  }
  [[nodiscard]] std::vector<std::string> lines() {
    const std::lock_guard lock{mutex_};
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

class LogOutlet final : public scan::TextOutlet {
 public:
  explicit LogOutlet(Log& log) : log_{log} {}
  base::Result<> pass_on(std::string_view text) override {
    log_.add("till " + std::string{text});
    return {};
  }
  base::Result<> drop_unread() override { return {}; }

 private:
  Log& log_;
};

// A worker with a scanner that the test holds codes before.
struct Subject {
  explicit Subject(bool shared, Looking how = Looking::decoding) {
    auto made = std::make_unique<sim::SimScanner>(base::system_clock());
    scanner = made.get();
    ScannerSettings settings;
    settings.scanner = std::move(made);
    if (shared) settings.till = std::make_unique<LogOutlet>(log);
    worker = std::make_unique<ScannerWorker>(
        std::move(settings),
        ScannerEvents{
            .code = [this](const std::string& text) { log.add("code " + text); },
            .payment_code = [this] { log.add("payment"); },
            .state = [this](ports::DeviceState state) { log.add("state " + std::string{ports::state_name(state)}); },
            .fault = [this](const base::Error&) { log.add("fault"); }});
    worker->look(how);
    REQUIRE(log.wait_for("state ok"));
  }
  Log log;
  sim::SimScanner* scanner{};
  std::unique_ptr<ScannerWorker> worker;
};

const std::string payment = "134567890123456789";

}  // namespace

TEST_CASE("a scanner of one screen tells every code but payment codes, with or without what scanners put before them") {
  Subject subject{false};
  for (const auto& text :
       std::vector<std::string>{"K1:ONE", "]Q1K1:TWO", "]C0" + payment, payment, "690123", "M-1234"}) {
    REQUIRE(subject.scanner->present(text));
  }
  REQUIRE(subject.log.wait_for("code M-1234"));
  CHECK(subject.log.lines() == std::vector<std::string>{"state ok", "code K1:ONE", "code K1:TWO", "payment", "payment",
                                                        "code 690123", "code M-1234"});
}

TEST_CASE("a scanner that is shared with the till passes on what is not ours as it came, and tells nobody") {
  Subject subject{true};
  for (const auto& text : std::vector<std::string>{"]C0690123", payment, "]Q1K1:TWO"}) {
    REQUIRE(subject.scanner->present(text));
  }
  REQUIRE(subject.log.wait_for("code K1:TWO"));
  CHECK(subject.log.lines() ==
        std::vector<std::string>{"state ok", "till ]C0690123", "till " + payment, "code K1:TWO"});
}

TEST_CASE("while the screen can use no code ours are lost and the till's go on") {
  Subject subject{true, Looking::away};
  REQUIRE(subject.scanner->present("K1:LOST"));
  REQUIRE(subject.scanner->present("690123"));
  REQUIRE(subject.log.wait_for("till 690123"));
  subject.worker->look(Looking::decoding);
  REQUIRE(subject.scanner->present("K1:READ"));
  REQUIRE(subject.log.wait_for("code K1:READ"));
  CHECK(subject.log.lines() == std::vector<std::string>{"state ok", "till 690123", "code K1:READ"});
}

TEST_CASE("a scanner that was unplugged is told once and opened again") {
  Subject subject{false};
  REQUIRE(subject.scanner->fail({base::Code::device_absent, "read", "unplugged"}));
  REQUIRE(subject.log.wait_for("state absent"));
  REQUIRE(subject.scanner->present("K1:BACK"));
  REQUIRE(subject.log.wait_for("code K1:BACK"));
  CHECK(subject.log.lines() ==
        std::vector<std::string>{"state ok", "state absent", "fault", "state ok", "code K1:BACK"});
}

TEST_CASE("a pause grows with failures, and ends when the name of the device is there again") {
  const tests::TempDir folder;
  ReopenPause pause{folder / "ttyACM0"};
  std::vector<std::int64_t> pauses;
  for (int i = 0; i < 7; ++i) pauses.push_back(pause.after_failure_ms());
  CHECK(pauses == std::vector<std::int64_t>{250, 500, 1'000, 2'000, 4'000, 5'000, 5'000});
  CHECK_FALSE(pause.is_back());
  REQUIRE(base::write_file(folder / "ttyACM0", base::view_of("")));
  CHECK(pause.is_back());
  CHECK_FALSE(pause.is_back());
  // It may not be opened yet, and is tried again soon; what was there all the time is no news.
  CHECK(pause.after_failure_ms() == 250);
  CHECK_FALSE(pause.is_back());
  pause.works();
  CHECK(pause.after_failure_ms() == 250);
  ReopenPause nameless;
  static_cast<void>(nameless.after_failure_ms());
  CHECK_FALSE(nameless.is_back());
}

TEST_CASE("a scanner is named by what it is, where it is and how it speaks") {
  struct Row {
    const char* option;
    bool fits;
  };
  for (const auto& row :
       {Row{"none", true}, Row{"evdev:/dev/input/by-id/usb-X-event-kbd", true},
        Row{"evdev:/dev/input/by-id/usb-X-event-kbd:de", true},
        Row{"evdev:/dev/input/by-path/pci-0000:00:14.0-usb-0:2:1.0-event-kbd", true}, Row{"serial:/dev/ttyACM0", true},
        Row{"serial:/dev/ttyUSB0:115200", true}, Row{"serial:/dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0", true},
        Row{"", false}, Row{"/dev/ttyACM0", false}, Row{"evdev:", false}, Row{"evdev:de", false},
        Row{"serial:ttyACM0:9600", false}, Row{"usb:/dev/x", false}}) {
    CAPTURE(row.option);
    const auto settings = parse_scanner(row.option, {}, base::system_clock());
    CHECK(settings.has_value() == row.fits);
    if (!settings) CHECK(settings.error().code == base::Code::bad_input);
  }
  const tests::TempDir folder;
  CHECK(parse_scanner("none", {folder / "till"}, base::system_clock()).error().code == base::Code::bad_input);
  REQUIRE(base::write_file({folder / "file"}, base::view_of("somebody's")));
  CHECK(parse_scanner("serial:/dev/ttyACM0", {folder / "file"}, base::system_clock()).error().code ==
        base::Code::already_exists);
  const auto shared = parse_scanner("serial:/dev/ttyACM0", {folder / "till"}, base::system_clock());
  REQUIRE(shared);
  CHECK(shared->device == "/dev/ttyACM0");
  CHECK(std::filesystem::is_symlink(folder / "till"));

  const scan::UinputSettings nowhere{folder / "uinput"};
  CHECK(parse_scanner("serial:/dev/ttyACM0", {"", true}, base::system_clock()).error().code == base::Code::bad_input);
  CHECK(parse_scanner("none", {"", true}, base::system_clock()).error().code == base::Code::bad_input);
  CHECK(parse_scanner("evdev:/dev/x", {folder / "till", true}, base::system_clock()).error().code ==
        base::Code::bad_input);
  CHECK(parse_scanner("evdev:/dev/x", {"", true, nowhere}, base::system_clock()).error().code ==
        base::Code::device_absent);
}
