// SPDX-License-Identifier: Apache-2.0
// UinputKeyboard: a keyboard of our making, for a till on this machine that reads from keyboards only. The kernel's
// uinput hands its keys to whatever window has the focus, as it would a scanner's. Owns the device. One thread.
#pragma once

#include "hardware/scan/key_relay.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

namespace millpond::scan {

struct UinputSettings {
  std::filesystem::path device = "/dev/uinput";
  std::function<int(int fd, unsigned long request, const void* argument)> control{};  // ioctl(2) when empty
  std::function<void(std::int64_t us)> pause{};                                       // sleeps when empty
};

class UinputKeyboard final : public KeyOutlet {
 public:
  // Errors: device_absent (no such device: the kernel's module uinput is not loaded), permission_denied (this user may
  // not write it), device_failed, unsupported.
  [[nodiscard]] static base::Result<std::unique_ptr<UinputKeyboard>> make(UinputSettings settings = {});
  ~UinputKeyboard() override;
  UinputKeyboard(const UinputKeyboard&) = delete;
  UinputKeyboard& operator=(const UinputKeyboard&) = delete;

  // In small groups with a pause of 2 ms between them: whoever reads the device has room for 64 events, and loses keys
  // that come faster than it looks. A code of 18 digits takes 10 ms.
  [[nodiscard]] base::Result<> press(std::span<const KeyEvent> keys) override;

 private:
  UinputKeyboard(UinputSettings settings, int fd);
  [[nodiscard]] base::Result<> create() const;

  const UinputSettings settings_;
  const int fd_;
  bool created_ = false;
};

// What the kernel shows the device as.
inline constexpr std::string_view uinput_keyboard_name = "Millpond keys for the till";

}  // namespace millpond::scan
