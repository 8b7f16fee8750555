// SPDX-License-Identifier: Apache-2.0
// CameraControls: exposure and focus of an open video device, where its driver has them. What it lacks is left alone,
// and what it refuses is no fault: it stays as the camera likes. One thread, that of its device.
#pragma once

#include "hardware/scan/exposure_plan.h"
#include "hardware/scan/video_device.h"

#include <cstdint>
#include <optional>

namespace millpond::scan {

class CameraControls {
 public:
  // Begins with everything automatic, but pictures as often as were asked for: many cameras give half as many in a dim
  // shop. The device outlives it; at its end everything is automatic again.
  explicit CameraControls(VideoDevice& device);
  ~CameraControls();
  CameraControls(const CameraControls&) = delete;
  CameraControls& operator=(const CameraControls&) = delete;

  // As ports::Camera::heed; a call of the driver or two.
  void heed(const ports::FrameUse& use, std::int64_t at_ms);

 private:
  void set(std::uint32_t control, int value);
  [[nodiscard]] int value_of(std::uint32_t control, int otherwise);
  void apply(const Exposure& exposure);

  VideoDevice& device_;
  int automatic_mode_ = 0;
  bool has_gain_ = false;
  bool has_focus_ = false;
  std::optional<ExposurePlan> exposure_;  // nothing for a camera whose exposure cannot be set
  FocusPlan focus_;
};

}  // namespace millpond::scan
