// SPDX-License-Identifier: Apache-2.0
// A keyboard scanner that is shared with a till by keys: recorded events in, the till's keys out, and a kernel's uinput
// played by a pipe; with the real one where this machine has it.
#include "hardware/scan/key_relay.h"
#include "hardware/scan/evdev_scanner.h"
#include "hardware/scan/uinput_keyboard.h"
#include "sync/base/file.h"
#include "tests/support/temp_dir.h"
#include "tests/support/typed_keys.h"

#include <catch2/catch_test_macros.hpp>
#include <fcntl.h>
#include <linux/uinput.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace millpond;
using scan::KeyboardLayout;
using scan::KeyEvent;

namespace {

struct TillKeys final : scan::KeyOutlet {
  explicit TillKeys(std::vector<KeyEvent>& pressed) : keys{pressed} {}
  base::Result<> press(std::span<const KeyEvent> pressed) override {
    if (broken) return base::Error{base::Code::device_failed, "press", ""};
    keys.insert(keys.end(), pressed.begin(), pressed.end());
    return {};
  }
  std::vector<KeyEvent>& keys;
  bool broken = false;
};

// A scanner's events at a time of the test's.
struct Desk {
  Desk() {
    auto keys = std::make_unique<TillKeys>(till);
    outlet = keys.get();
    relay.emplace(scan::KeyShare{std::move(keys), [](std::string_view text) { return text.starts_with("K1:"); }});
  }
  void press(std::uint16_t code, std::int32_t value) {
    const auto bytes = tests::recorded(EV_KEY, code, value);
    scan::take_key_events(bytes, at_ms, decoder, scans, &*relay);
    sent.push_back({code, value});
  }
  void scan_code(std::string_view text, std::uint16_t end = KEY_ENTER) {
    tests::type(KeyboardLayout::us, text, end, [this](std::uint16_t code, std::int32_t value) { press(code, value); });
  }
  // What the till's decoder makes of what it heard.
  std::vector<std::string> till_texts() const {
    scan::KeyboardDecoder its{KeyboardLayout::us};
    std::vector<std::string> texts;
    for (const auto& key : till) {
      if (auto text = its.key(key.code, key.value, 0)) texts.push_back(*text);
    }
    return texts;
  }

  std::vector<KeyEvent> till;
  std::vector<KeyEvent> sent;
  TillKeys* outlet{};
  std::optional<scan::KeyRelay> relay;
  scan::KeyboardDecoder decoder{KeyboardLayout::us};
  std::deque<ports::Scan> scans;
  std::int64_t at_ms = 1'000;
};

bool nothing_is_down(const std::vector<KeyEvent>& keys) {
  std::vector<std::uint16_t> down;
  for (const auto& key : keys) {
    std::erase(down, key.code);
    if (key.value != 0) down.push_back(key.code);
  }
  return down.empty();
}

}  // namespace

TEST_CASE("a shared scanner keeps what is ours and types the rest for the till, key for key") {
  Desk desk;
  desk.scan_code("K1:MEMBER");
  REQUIRE(desk.scans.size() == 1);
  CHECK(desk.scans[0].text == "K1:MEMBER");
  CHECK(desk.till.empty());
  desk.sent.clear();
  desk.scan_code("134567890123456789");
  CHECK(desk.scans.size() == 1);
  CHECK(desk.till == desk.sent);
  desk.scan_code("6901234567892", KEY_TAB);
  desk.scan_code("K1:ANOTHER");
  CHECK(desk.scans.size() == 2);
  CHECK(desk.till_texts() == std::vector<std::string>{"134567890123456789", "6901234567892"});
  CHECK(nothing_is_down(desk.till));
  // Its ends are as they were.
  CHECK(std::count(desk.till.begin(), desk.till.end(), KeyEvent{KEY_TAB, 1}) == 1);
}

TEST_CASE("a scan that we cannot read is the till's, and half a scan is nobody's") {
  Desk desk;
  desk.press(KEY_F8, 1);  // what this till's scanners begin with
  desk.press(KEY_F8, 0);
  desk.scan_code("K1:NOT OURS");
  CHECK(desk.scans.empty());
  CHECK(desk.till == desk.sent);
  desk.till.clear();

  tests::type(KeyboardLayout::us, "6901234", KEY_RIGHTSHIFT,
              [&desk](std::uint16_t code, std::int32_t value) { desk.press(code, value); });
  desk.at_ms += 1'000;
  desk.scan_code("567892");
  CHECK(desk.till_texts() == std::vector<std::string>{"567892"});
  desk.till.clear();

  // The kernel's buffer ran over.
  desk.press(KEY_6, 1);
  scan::take_key_events(tests::recorded(EV_SYN, SYN_DROPPED, 0), desk.at_ms, desk.decoder, desk.scans, &*desk.relay);
  desk.scan_code("901234567892");
  CHECK(desk.till.empty());
  desk.scan_code("6901234567892");
  CHECK(desk.till_texts() == std::vector<std::string>{"6901234567892"});
  // And a scanner that never ends.
  desk.till.clear();
  for (int i = 0; i < 20'000; ++i) desk.press(KEY_1, i % 2 == 0 ? 1 : 0);
  desk.press(KEY_ENTER, 1);
  CHECK(desk.till.empty());
  CHECK(desk.scans.empty());
}

TEST_CASE("what the till could not be told is told once") {
  Desk desk;
  desk.outlet->broken = true;
  desk.scan_code("6901234567892");
  CHECK(desk.relay->take_fault()->code == base::Code::device_failed);
  CHECK_FALSE(desk.relay->take_fault());
  CHECK(desk.scans.empty());
}

TEST_CASE("uinput is told of a keyboard, gets keys in groups that its readers have room for, and is told of the end") {
  const tests::TempDir folder;
  const auto path = folder / "uinput";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const int kernel = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  REQUIRE(kernel >= 0);
  std::vector<unsigned long> asked;
  std::vector<std::uintptr_t> keys;
  std::string name;
  std::vector<std::size_t> groups;
  std::vector<KeyEvent> heard;
  const auto read_all = [&] {
    input_event event{};
    std::size_t count = 0;
    while (::read(kernel, &event, sizeof event) == static_cast<ssize_t>(sizeof event)) {
      ++count;
      if (event.type == EV_KEY) heard.push_back({event.code, event.value});
    }
    groups.push_back(count);
  };
  const scan::UinputSettings settings{path,
                                      [&](int, unsigned long request, const void* argument) {
                                        asked.push_back(request);
                                        if (request == UI_SET_KEYBIT) {
                                          keys.push_back(reinterpret_cast<std::uintptr_t>(argument));
                                        }
                                        if (request == UI_DEV_SETUP) {
                                          name = static_cast<const uinput_setup*>(argument)->name;
                                        }
                                        return 0;
                                      },
                                      [&](std::int64_t us) {
                                        CHECK(us > 0);
                                        read_all();
                                      }};
  std::vector<KeyEvent> pressed;
  {
    const auto keyboard = scan::UinputKeyboard::make(settings);
    REQUIRE(keyboard);
    CHECK(name == scan::uinput_keyboard_name);
    CHECK(keys.front() == KEY_ESC);
    CHECK(std::count(keys.begin(), keys.end(), std::uintptr_t{KEY_KPENTER}) == 1);
    CHECK(asked.back() == UI_DEV_CREATE);
    tests::type(KeyboardLayout::us, "134567890123456789", KEY_ENTER, [&](std::uint16_t code, std::int32_t value) {
      pressed.push_back({code, value});
    });
    pressed.push_back({0x2FF, 1});  // a button, which a keyboard does not have
    REQUIRE((*keyboard)->press(pressed));
    read_all();
  }
  pressed.pop_back();
  CHECK(heard == pressed);
  for (const auto count : groups) CHECK(count <= 16);
  CHECK(asked.back() == UI_DEV_DESTROY);
  ::close(kernel);

  // A driver that refuses, and a device that takes nothing.
  auto refusing = settings;
  refusing.control = [](int, unsigned long, const void*) {
    errno = EINVAL;
    return -1;
  };
  const int again = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  CHECK(scan::UinputKeyboard::make(refusing).error().code == base::Code::unsupported);
  ::close(again);
  CHECK(scan::UinputKeyboard::make({folder / "none"}).error().code == base::Code::device_absent);
}

TEST_CASE("the kernel's own uinput hands the keys to whoever reads keyboards") {
  if (::access("/dev/uinput", W_OK) != 0) SKIP("this machine has no /dev/uinput that we may write (modprobe uinput)");
  auto keyboard = scan::UinputKeyboard::make();
  REQUIRE(keyboard);
  std::filesystem::path device;
  for (int tries = 0; tries < 100 && device.empty(); ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    std::error_code cause;
    for (const auto& entry : std::filesystem::directory_iterator{"/sys/class/input", cause}) {
      const auto name = base::read_file(entry.path() / "device" / "name");
      const bool is_event = entry.path().filename().string().starts_with("event");
      if (!is_event || !name || !base::text_of(*name).starts_with(scan::uinput_keyboard_name)) continue;
      if (::access(("/dev/input" / entry.path().filename()).c_str(), R_OK) == 0) {
        device = "/dev/input" / entry.path().filename();
      }
    }
  }
  if (device.empty()) SKIP("the keyboard was made, and this user may not read its events");
  scan::EvdevScanner till{{device}, base::system_clock()};
  REQUIRE(till.open());
  std::vector<KeyEvent> pressed;
  tests::type(KeyboardLayout::us, "6901234567892", KEY_ENTER, [&](std::uint16_t code, std::int32_t value) {
    pressed.push_back({code, value});
  });
  REQUIRE((*keyboard)->press(pressed));
  const auto scan = till.next(5'000);
  REQUIRE(scan);
  REQUIRE(*scan);
  CHECK((*scan)->text == "6901234567892");
}
