// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/evdev_scanner.h"

#include <fcntl.h>
#include <linux/input.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace millpond::scan {
namespace {

base::Result<> check_keys(int fd, const std::filesystem::path& device) {
  std::array<std::uint8_t, KEY_MAX / 8 + 1> keys{};
  if (::ioctl(fd, EVIOCGBIT(EV_KEY, keys.size()), keys.data()) < 0) return device_error(errno, "ask scanner", device);
  const bool has_enter = (keys[KEY_ENTER / 8] >> (KEY_ENTER % 8) & 1) != 0;
  if (!has_enter) return base::Error{base::Code::unsupported, "ask scanner", "has no ENTER key", device.string()};
  return {};
}

}  // namespace

void take_key_events(base::ByteView records, std::int64_t at_ms, KeyboardDecoder& decoder,
                     std::deque<ports::Scan>& scans, KeyRelay* relay) {
  for (std::size_t at = 0; at + sizeof(input_event) <= records.size(); at += sizeof(input_event)) {
    input_event event{};
    std::memcpy(&event, records.data() + at, sizeof(event));
    // The kernel's buffer ran over: what is missing nobody knows, so the scan in hand is dropped.
    if (event.type == EV_SYN && event.code == SYN_DROPPED) {
      decoder.lose();
      if (relay != nullptr) relay->lose();
    }
    if (event.type != EV_KEY) continue;
    auto text = decoder.key(event.code, event.value, at_ms);
    const bool is_tills = relay != nullptr && relay->heard({event.code, event.value}, at_ms, decoder.ended(), text);
    if (text && !is_tills) { scans.push_back({std::move(*text), ports::Symbology::unknown, at_ms}); }
  }
}

EvdevScanner::EvdevScanner(EvdevSettings settings, const base::Clock& clock, std::optional<KeyShare> share)
    : settings_{std::move(settings)}, clock_{clock}, decoder_{settings_.layout} {
  if (share) relay_.emplace(std::move(*share));
}

base::Error EvdevScanner::fault(base::Error error) {
  device_.close();
  state_ = device_state(error.code);
  return error;
}

base::Result<> EvdevScanner::open() {
  if (device_.is_open()) return {};
  decoder_.reset();
  if (relay_) relay_->lose();
  if (auto opened = device_.open(settings_.device, O_RDONLY); !opened) return fault(opened.error());
  if (auto checked = check_keys(device_.fd(), settings_.device); !checked) return fault(checked.error());
  constexpr int grab = 1;
  if (::ioctl(device_.fd(), EVIOCGRAB, grab) < 0) return fault(device_error(errno, "grab scanner", settings_.device));
  state_ = ports::DeviceState::ok;
  return {};
}

base::Result<std::optional<ports::Scan>> EvdevScanner::next(std::int64_t timeout_ms) {
  const auto deadline_ms = clock_.monotonic_ms() + timeout_ms;
  while (waiting_.empty()) {
    const auto left_ms = std::max<std::int64_t>(0, deadline_ms - clock_.monotonic_ms());
    std::array<std::uint8_t, 64 * sizeof(input_event)> room{};
    const auto count = device_.read(room, left_ms);
    if (!count) return fault(count.error());
    const auto now_ms = clock_.monotonic_ms();
    take_key_events(base::ByteView{room}.first(*count), now_ms, decoder_, waiting_, relay_ ? &*relay_ : nullptr);
    if (auto untold = relay_ ? relay_->take_fault() : std::nullopt) return std::move(*untold);
    if (waiting_.empty() && now_ms >= deadline_ms) return std::optional<ports::Scan>{};
  }
  auto scan = std::move(waiting_.front());
  waiting_.pop_front();
  return std::optional{std::move(scan)};
}

}  // namespace millpond::scan
