// SPDX-License-Identifier: Apache-2.0
// VideoDevice: the system calls that a V4L2 camera is made of, so that a test can be the driver. Knows nothing of
// pictures. Owned by one V4l2Camera; its thread.
#pragma once

#include "sync/base/result.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

namespace millpond::scan {

class VideoDevice {
 public:
  virtual ~VideoDevice() = default;  // closes

  // ioctl(2), again when a signal interrupts it: 0, or errno.
  [[nodiscard]] virtual int control(unsigned long request, void* argument) = 0;
  // True when a picture is ready, or the device has something to say; false when nothing came within timeout_ms.
  // Errors: as errno of poll(2).
  [[nodiscard]] virtual base::Result<bool> wait(int timeout_ms) = 0;
  // A driver's buffer in our memory, until it is unmapped; null with errno.
  [[nodiscard]] virtual std::uint8_t* map(std::size_t length, std::int64_t offset) = 0;
  virtual void unmap(std::uint8_t* start, std::size_t length) = 0;
  // Of CLOCK_MONOTONIC, which drivers stamp pictures with.
  [[nodiscard]] virtual std::int64_t now_us() const = 0;
};

using OpenVideoDevice = std::function<base::Result<std::unique_ptr<VideoDevice>>(const std::filesystem::path&)>;

// Errors: device_absent, permission_denied, device_busy, device_failed.
[[nodiscard]] base::Result<std::unique_ptr<VideoDevice>> open_video_device(const std::filesystem::path& device);

}  // namespace millpond::scan
