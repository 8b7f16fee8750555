// SPDX-License-Identifier: Apache-2.0
// UsbGadget: a USB device that this kernel plays to itself, through dummy_hcd: plugged in and pulled out by the test.
// Needs root, configfs and the drivers in modules.wanted. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace millpond::tests {

enum class GadgetKind : std::uint8_t { printer, serial, keyboard };

class UsbGadget {
 public:
  // Throws where the kernel does not do it. Not plugged in yet.
  explicit UsbGadget(GadgetKind kind);
  ~UsbGadget();  // pulled out and gone
  UsbGadget(const UsbGadget&) = delete;
  UsbGadget& operator=(const UsbGadget&) = delete;

  void plug();
  // Whoever plays the device closes its end first: usb_f_printer does not bear it otherwise.
  void unplug();
  // Where the device is played: /dev/g_printer0, /dev/ttyGS0, /dev/hidg0.
  [[nodiscard]] std::filesystem::path own_end() const;

 private:
  const GadgetKind kind_;
  std::filesystem::path folder_;
  bool plugged_ = false;
};

// Waits, ten seconds at most, until the path is there, or gone.
[[nodiscard]] bool comes(const std::filesystem::path& path);
[[nodiscard]] bool goes(const std::filesystem::path& path);
// The event device whose name begins so; empty when none came within ten seconds.
[[nodiscard]] std::filesystem::path event_device_of(const std::string& name);

}  // namespace millpond::tests
