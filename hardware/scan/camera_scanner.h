// SPDX-License-Identifier: Apache-2.0
// CameraScanner: any camera as a scanner, for terminals without a hand scanner. Screens that show the picture feed a
// ScanStream themselves instead. Owns neither camera nor clock; both outlive it. One thread.
#pragma once

#include "hardware/ports/camera.h"
#include "hardware/ports/scanner.h"
#include "hardware/scan/scan_stream.h"
#include "sync/base/clock.h"

namespace millpond::scan {

class CameraScanner final : public ports::Scanner {
 public:
  CameraScanner(ports::Camera& camera, const base::Clock& clock, StreamSettings settings = {})
      : camera_{camera}, clock_{clock}, stream_{settings} {}

  base::Result<> open() override { return camera_.open(); }
  // Reads frames until one holds a new code or timeout_ms is over. A single unreadable picture is passed over, as a
  // scanner passes over a smudge; the camera's state tells of it.
  base::Result<std::optional<ports::Scan>> next(std::int64_t timeout_ms) override;
  [[nodiscard]] ports::DeviceState state() const override { return camera_.state(); }

 private:
  ports::Camera& camera_;
  const base::Clock& clock_;
  ScanStream stream_;
};

}  // namespace millpond::scan
