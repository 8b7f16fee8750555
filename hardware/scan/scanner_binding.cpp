// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/scanner_binding.h"

#include "hardware/scan/device_error.h"

#include <fcntl.h>
#include <linux/input.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <system_error>

namespace millpond::scan {
namespace {

constexpr std::array layouts{KeyboardLayout::us, KeyboardLayout::german, KeyboardLayout::french};

}  // namespace

std::optional<BoundScanner> ScannerBinding::key(std::size_t device, std::uint16_t code, std::int32_t value,
                                                std::int64_t at_ms) {
  auto& decoders = decoders_[device];
  if (decoders.empty()) {
    decoders.reserve(layouts.size());
    for (const auto layout : layouts) decoders.emplace_back(layout);
  }
  std::optional<BoundScanner> bound;
  for (std::size_t i = 0; i < layouts.size(); ++i) {
    const auto text = decoders[i].key(code, value, at_ms);
    if (text == expected_ && !bound) bound = BoundScanner{device, layouts[i]};
  }
  return bound;
}

base::Result<HeldKeyboards> HeldKeyboards::hold(const std::vector<std::filesystem::path>& devices) {
  HeldKeyboards held{{}};
  held.owned_ = true;
  base::Error refused{base::Code::device_absent, "find keyboards", "none is connected"};
  for (const auto& device : devices) {
    constexpr int grab = 1;
    const int fd = ::open(device.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && ::ioctl(fd, EVIOCGRAB, grab) == 0) {
      held.keyboards_.emplace_back(device, fd);
      continue;
    }
    const auto error = device_error(errno, "hold keyboard", device);
    if (fd >= 0) ::close(fd);
    if (refused.hint.empty()) refused = error;
  }
  if (held.keyboards_.empty()) return refused;
  return held;
}

HeldKeyboards::~HeldKeyboards() {
  for (const auto& [device, fd] : keyboards_) {
    if (owned_) ::close(fd);
  }
}

base::Result<HeldKeyboards::Found> HeldKeyboards::find(const std::string& expected, std::int64_t timeout_ms,
                                                       const base::Clock& clock) {
  ScannerBinding binding{expected};
  std::vector<pollfd> waiting;
  for (const auto& [device, fd] : keyboards_) waiting.push_back({fd, POLLIN, 0});
  const auto deadline_ms = clock.monotonic_ms() + timeout_ms;
  const auto is_there = [](const pollfd& one) { return one.fd >= 0; };
  while (std::any_of(waiting.begin(), waiting.end(), is_there)) {
    const auto left_ms =
        std::clamp<std::int64_t>(deadline_ms - clock.monotonic_ms(), 0, std::numeric_limits<int>::max());
    if (left_ms == 0) return base::Error{base::Code::timeout, "find scanner", "nothing was scanned"};
    if (::poll(waiting.data(), waiting.size(), static_cast<int>(left_ms)) <= 0) continue;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i].revents == 0) continue;
      std::array<input_event, 64> events{};
      const auto count = ::read(waiting[i].fd, events.data(), sizeof(events));
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (count <= 0) waiting[i].fd = -1;  // unplugged: poll passes it over
      for (std::size_t k = 0; count > 0 && (k + 1) * sizeof(input_event) <= static_cast<std::size_t>(count); ++k) {
        const auto& event = events[k];
        if (event.type != EV_KEY) continue;
        if (event.code == KEY_ESC) return base::Error{base::Code::cancelled, "find scanner", "Esc was pressed"};
        const auto bound = binding.key(i, event.code, event.value, clock.monotonic_ms());
        if (bound) return Found{keyboards_[bound->device].first, bound->layout};
      }
    }
  }
  return base::Error{base::Code::device_absent, "find scanner", "unplugged"};
}

std::vector<std::filesystem::path> keyboards_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  std::error_code cause;
  std::filesystem::directory_iterator entry{folder, cause};
  for (; !cause && entry != std::filesystem::directory_iterator{}; entry.increment(cause)) {
    if (entry->path().filename().string().ends_with("-event-kbd")) found.push_back(entry->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace millpond::scan
