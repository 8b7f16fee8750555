// SPDX-License-Identifier: Apache-2.0
// ScannerDevice: an open, non-blocking descriptor of a hand scanner and what its failures mean. Knows no protocol. Owns
// and closes the descriptor. One thread.
#pragma once

#include "hardware/scan/device_error.h"
#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <cstdint>
#include <filesystem>
#include <span>

namespace millpond::scan {

class ScannerDevice {
 public:
  ScannerDevice() = default;  // closed
  ~ScannerDevice() { close(); }
  ScannerDevice(const ScannerDevice&) = delete;
  ScannerDevice& operator=(const ScannerDevice&) = delete;

  // Errors as device_error. `flags` as open(2), beside O_NONBLOCK and O_CLOEXEC.
  [[nodiscard]] base::Result<> open(const std::filesystem::path& device, int flags);
  void close();
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  [[nodiscard]] int fd() const { return fd_; }

  // What has come, at most `room` bytes; 0 when nothing came within timeout_ms. Errors: device_absent for an unplug,
  // which a descriptor tells as its end, as a hang-up or as ENODEV; device_failed.
  [[nodiscard]] base::Result<std::size_t> read(std::span<std::uint8_t> room, std::int64_t timeout_ms);

 private:
  int fd_ = -1;
  std::filesystem::path path_;
};

}  // namespace millpond::scan
