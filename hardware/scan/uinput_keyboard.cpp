// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/uinput_keyboard.h"

#include "hardware/scan/device_error.h"

#include <fcntl.h>
#include <linux/uinput.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <thread>
#include <utility>

namespace millpond::scan {
namespace {

constexpr const char* operation = "pass scan on to the till";
constexpr std::uint16_t last_key = KEY_MICMUTE;  // above are buttons, and what no scanner has
constexpr std::size_t keys_at_once = 8;          // 16 events of the 64
constexpr std::int64_t pause_us = 2'000;

input_event event_of(std::uint16_t type, std::uint16_t code, std::int32_t value) {
  input_event event{};  // the kernel stamps it
  event.type = type;
  event.code = code;
  event.value = value;
  return event;
}

}  // namespace

UinputKeyboard::UinputKeyboard(UinputSettings settings, int fd) : settings_{std::move(settings)}, fd_{fd} {}

UinputKeyboard::~UinputKeyboard() {
  if (created_) settings_.control(fd_, UI_DEV_DESTROY, nullptr);
  ::close(fd_);
}

base::Result<std::unique_ptr<UinputKeyboard>> UinputKeyboard::make(UinputSettings settings) {
  if (!settings.control) {
    settings.control = [](int fd, unsigned long request, const void* argument) {
      return ::ioctl(fd, request, argument);
    };
  }
  if (!settings.pause) {
    settings.pause = [](std::int64_t us) { std::this_thread::sleep_for(std::chrono::microseconds{us}); };
  }
  const int fd = ::open(settings.device.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return device_error(errno, operation, settings.device);
  std::unique_ptr<UinputKeyboard> keyboard{new UinputKeyboard{std::move(settings), fd}};
  MILLPOND_TRY_DO(keyboard->create());
  keyboard->created_ = true;
  return keyboard;
}

base::Result<> UinputKeyboard::create() const {
  const auto ask = [this](unsigned long request, const void* argument) {
    return settings_.control(fd_, request, argument) >= 0;
  };
  // uinput takes numbers in the place of a pointer.
  const auto ask_for = [&ask](unsigned long request, std::uintptr_t number) {
    return ask(request, reinterpret_cast<const void*>(number));
  };
  bool made = ask_for(UI_SET_EVBIT, EV_KEY);
  for (std::uintptr_t code = KEY_ESC; made && code <= last_key; ++code) made = ask_for(UI_SET_KEYBIT, code);
  uinput_setup setup{};
  setup.id.bustype = BUS_VIRTUAL;
  const auto name_bytes = std::min(uinput_keyboard_name.size(), sizeof setup.name - 1);
  std::copy_n(uinput_keyboard_name.begin(), name_bytes, std::begin(setup.name));
  made = made && ask(UI_DEV_SETUP, &setup) && ask(UI_DEV_CREATE, nullptr);
  if (!made) return device_error(errno, operation, settings_.device);
  return {};
}

base::Result<> UinputKeyboard::press(std::span<const KeyEvent> keys) {
  for (std::size_t from = 0; from < keys.size(); from += keys_at_once) {
    if (from > 0) settings_.pause(pause_us);
    std::array<input_event, 2 * keys_at_once> events{};
    std::size_t count = 0;
    for (const auto& key : keys.subspan(from, std::min(keys_at_once, keys.size() - from))) {
      if (key.code == 0 || key.code > last_key) continue;
      events[count++] = event_of(EV_KEY, key.code, key.value);
      events[count++] = event_of(EV_SYN, SYN_REPORT, 0);
    }
    const auto bytes = count * sizeof(input_event);
    ssize_t written = 0;
    do { written = ::write(fd_, events.data(), bytes); } while (written < 0 && errno == EINTR);
    events.fill({});
    if (written != static_cast<ssize_t>(bytes)) {
      return base::Error{base::Code::device_failed, operation, "not every key was taken", settings_.device.string()};
    }
  }
  return {};
}

}  // namespace millpond::scan
