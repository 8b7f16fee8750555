// SPDX-License-Identifier: Apache-2.0
// DeviceWatch: says that a device of some kind was plugged in or pulled out, so that nobody has to ask again and again.
// Does not open devices and does not know whose they are: whoever hears it looks for its own, by its own name. Listens
// to udev where it runs, because the names that stay with a device (/dev/serial/by-id) are there only after it; to the
// kernel where it does not. One thread of its own.
#pragma once

#include "sync/base/result.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace millpond::plug {

class DeviceWatch {
 public:
  // subsystems: of the kernel, as in /sys/class: "usbmisc" (USB printers), "tty", "input", "video4linux". changed:
  // called on the watch's thread, after each; must not block, nor end the watch. Error: unsupported (this system tells
  // nobody).
  [[nodiscard]] static base::Result<std::unique_ptr<DeviceWatch>> start(std::vector<std::string> subsystems,
                                                                        std::function<void()> changed);
  virtual ~DeviceWatch() = default;  // afterwards nothing is called any more
};

}  // namespace millpond::plug
