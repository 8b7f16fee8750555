// SPDX-License-Identifier: Apache-2.0
// Scanners and cameras of the kernel's own: a keyboard by uinput, one by USB, a USB serial line, a camera by vivid.
// Only in the machine that tests/machine/run starts.
#include "hardware/scan/evdev_scanner.h"
#include "hardware/scan/serial_scanner.h"
#include "hardware/scan/uinput_keyboard.h"
#include "hardware/scan/v4l2_camera.h"
#include "tests/machine/gadget.h"
#include "tests/support/typed_keys.h"

#include <catch2/catch_test_macros.hpp>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

using namespace millpond;
using ports::DeviceState;
using tests::GadgetKind;
using tests::UsbGadget;

namespace {

constexpr std::int64_t wait_ms = 5'000;
const std::string code = "K1:ABC-42";

const base::Clock& now() { return base::system_clock(); }

std::string text_of(const base::Result<std::optional<ports::Scan>>& scan) {
  REQUIRE(scan);
  return *scan ? (*scan)->text : std::string{};
}

// A file that a device is played through.
class End {
 public:
  explicit End(const std::filesystem::path& path) : fd_{::open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC)} {
    REQUIRE(fd_ >= 0);
    termios settings{};
    if (::tcgetattr(fd_, &settings) != 0) return;
    ::cfmakeraw(&settings);
    ::tcsetattr(fd_, TCSANOW, &settings);
  }
  ~End() { ::close(fd_); }
  End(const End&) = delete;
  End& operator=(const End&) = delete;
  void write(base::ByteView bytes) const {
    REQUIRE(::write(fd_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }

 private:
  int fd_;
};

// A key of a boot keyboard by its usage number, and whether Shift is held.
struct Usage {
  std::uint8_t number;
  bool shift;
};
Usage usage_of(char c) {
  if (c >= 'A' && c <= 'Z') return {static_cast<std::uint8_t>(0x04 + c - 'A'), true};
  if (c >= '1' && c <= '9') return {static_cast<std::uint8_t>(0x1E + c - '1'), false};
  if (c == ':') return {0x33, true};
  REQUIRE(c == '-');
  return {0x2D, false};
}

void type(const End& keyboard, const std::string& text) {
  const auto report = [&](Usage usage) {
    const std::array<std::uint8_t, 8> bytes{static_cast<std::uint8_t>(usage.shift ? 0x02 : 0), 0, usage.number};
    keyboard.write(bytes);
    std::this_thread::sleep_for(std::chrono::milliseconds{12});
  };
  for (const char c : text) {
    report(usage_of(c));
    report({});
  }
  report({0x28, false});  // ENTER
  report({});
}

}  // namespace

TEST_CASE("A keyboard by uinput is read alone, is nobody else's, and its unplug is seen") {
  auto keyboard = scan::UinputKeyboard::make();
  REQUIRE(keyboard);
  const auto device = tests::event_device_of(std::string{scan::uinput_keyboard_name});
  REQUIRE_FALSE(device.empty());
  scan::EvdevScanner scanner{{device}, now()};
  REQUIRE(scanner.open());
  CHECK(scanner.state() == DeviceState::ok);

  scan::EvdevScanner second{{device}, now()};
  const auto refused = second.open();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == base::Code::device_busy);
  CHECK(second.state() == DeviceState::busy);
  const int onlooker = ::open(device.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  REQUIRE(onlooker >= 0);

  std::vector<scan::KeyEvent> keys;
  tests::type(scan::KeyboardLayout::us, code, KEY_ENTER, [&](std::uint16_t key, std::int32_t value) {
    keys.push_back({key, value});
  });
  REQUIRE((*keyboard)->press(keys));
  CHECK(text_of(scanner.next(wait_ms)) == code);
  CHECK(text_of(scanner.next(50)).empty());
  input_event event{};
  CHECK(::read(onlooker, &event, sizeof event) < 0);  // grabbed: whoever else has it open hears nothing
  ::close(onlooker);

  keyboard->reset();
  const auto gone = scanner.next(wait_ms);
  REQUIRE_FALSE(gone);
  CHECK(gone.error().code == base::Code::device_absent);
  CHECK(scanner.state() == DeviceState::absent);
  CHECK(scanner.open().error().code == base::Code::device_absent);
}

TEST_CASE("What is not ours is typed again for the till, on a keyboard that the kernel knows") {
  auto hand = scan::UinputKeyboard::make();
  REQUIRE(hand);
  const auto device = tests::event_device_of(std::string{scan::uinput_keyboard_name});
  REQUIRE_FALSE(device.empty());
  scan::EvdevScanner scanner{{device}, now()};
  REQUIRE(scanner.open());
  std::vector<scan::KeyEvent> keys;
  tests::type(scan::KeyboardLayout::us, "6901234567892", KEY_KPENTER, [&](std::uint16_t key, std::int32_t value) {
    keys.push_back({key, value});
  });
  REQUIRE((*hand)->press(keys));
  CHECK(text_of(scanner.next(wait_ms)) == "6901234567892");
}

TEST_CASE("A USB scanner that is a keyboard comes back after it was pulled out") {
  UsbGadget gadget{GadgetKind::keyboard};
  for (int round = 0; round < 2; ++round) {
    CAPTURE(round);
    gadget.plug();
    const auto device = tests::event_device_of("Millpond test device");
    REQUIRE_FALSE(device.empty());
    REQUIRE(tests::comes(gadget.own_end()));
    scan::EvdevScanner scanner{{device}, now()};
    REQUIRE(scanner.open());
    // Read while it is typed, as a terminal does: the kernel keeps 64 events.
    std::thread hand{[&] { type(End{gadget.own_end()}, code); }};
    const auto scan = scanner.next(wait_ms);
    hand.join();
    CHECK(text_of(scan) == code);
    gadget.unplug();
    const auto gone = scanner.next(wait_ms);
    REQUIRE_FALSE(gone);
    CHECK(gone.error().code == base::Code::device_absent);
    CHECK(tests::goes(device));
  }
}

TEST_CASE("A USB scanner that is a serial line comes back after it was pulled out") {
  UsbGadget gadget{GadgetKind::serial};
  scan::SerialScanner scanner{{"/dev/ttyACM0"}, now()};
  CHECK(scanner.open().error().code == base::Code::device_absent);
  for (int round = 0; round < 2; ++round) {
    CAPTURE(round);
    gadget.plug();
    REQUIRE(tests::comes("/dev/ttyACM0"));
    REQUIRE(tests::comes(gadget.own_end()));
    REQUIRE(scanner.open());
    {
      const End hand{gadget.own_end()};
      const auto line = code + "\r\n";
      hand.write(base::view_of(line));
      CHECK(text_of(scanner.next(wait_ms)) == code);
    }
    gadget.unplug();
    const auto gone = scanner.next(wait_ms);
    REQUIRE_FALSE(gone);
    CHECK(gone.error().code == base::Code::device_absent);
    CHECK(tests::goes("/dev/ttyACM0"));
  }
}

TEST_CASE("A camera of the kernel's gives whole pictures, one after another") {
  scan::V4l2Camera camera{{.device = "/dev/video0"}, now()};
  REQUIRE(camera.open());
  CHECK(camera.state() == DeviceState::ok);
  std::int64_t last_ms = 0;
  int pictures = 0;
  for (int i = 0; i < 20 && pictures < 3; ++i) {
    const auto frame = camera.next(3'000);
    REQUIRE(frame);
    if (!*frame) continue;
    REQUIRE((*frame)->is_sound());
    CHECK((*frame)->width >= 320);
    CHECK((*frame)->taken_at_ms > last_ms);
    last_ms = (*frame)->taken_at_ms;
    const auto [dark, bright] = std::ranges::minmax_element((*frame)->bytes);
    CHECK(*bright - *dark > 100);  // its test picture has bars from black to white
    ++pictures;
  }
  CHECK(pictures == 3);
  scan::V4l2Camera second{{.device = "/dev/video0"}, now()};
  const auto refused = second.open();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == base::Code::device_busy);
}
