// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/camera_controls.h"

#include <linux/videodev2.h>

namespace millpond::scan {
namespace {

// A control that the driver has and lets be set.
std::optional<v4l2_queryctrl> query(VideoDevice& device, std::uint32_t control) {
  v4l2_queryctrl asked{};
  asked.id = control;
  if (device.control(VIDIOC_QUERYCTRL, &asked) != 0) return std::nullopt;
  constexpr std::uint32_t unusable = V4L2_CTRL_FLAG_DISABLED | V4L2_CTRL_FLAG_READ_ONLY;
  if ((asked.flags & unusable) != 0) return std::nullopt;
  return asked;
}

}  // namespace

CameraControls::CameraControls(VideoDevice& device) : device_{device} {
  const auto mode = query(device_, V4L2_CID_EXPOSURE_AUTO);
  const auto time = query(device_, V4L2_CID_EXPOSURE_ABSOLUTE);
  if (mode && time) {
    // Which of the automatic modes a camera has differs; none has manual for its default but one that was left so.
    automatic_mode_ =
        mode->default_value == V4L2_EXPOSURE_MANUAL ? V4L2_EXPOSURE_APERTURE_PRIORITY : mode->default_value;
    ExposureLimits limits{time->minimum, time->maximum, 0, 0};
    if (const auto gain = query(device_, V4L2_CID_GAIN)) {
      limits.gain_min = gain->minimum;
      limits.gain_max = gain->maximum;
      has_gain_ = true;
    }
    exposure_.emplace(limits);
    set(V4L2_CID_EXPOSURE_AUTO, automatic_mode_);
    if (query(device_, V4L2_CID_EXPOSURE_AUTO_PRIORITY)) set(V4L2_CID_EXPOSURE_AUTO_PRIORITY, 0);
  }
  has_focus_ = query(device_, V4L2_CID_FOCUS_AUTO).has_value();
  if (has_focus_) set(V4L2_CID_FOCUS_AUTO, 1);
}

CameraControls::~CameraControls() {
  if (exposure_) set(V4L2_CID_EXPOSURE_AUTO, automatic_mode_);
  if (has_focus_) set(V4L2_CID_FOCUS_AUTO, 1);
}

void CameraControls::heed(const ports::FrameUse& use, std::int64_t at_ms) {
  if (exposure_) {
    Exposure automatic;
    if (use.unread) {
      automatic.time_100us = value_of(V4L2_CID_EXPOSURE_ABSOLUTE, 0);
      if (has_gain_) automatic.gain = value_of(V4L2_CID_GAIN, 0);
    }
    if (const auto wanted = exposure_->next(use, at_ms, automatic)) apply(*wanted);
  }
  if (!has_focus_) return;
  if (const auto focus = focus_.next(use, at_ms)) set(V4L2_CID_FOCUS_AUTO, *focus ? 1 : 0);
}

void CameraControls::apply(const Exposure& exposure) {
  if (exposure.automatic) return set(V4L2_CID_EXPOSURE_AUTO, automatic_mode_);
  set(V4L2_CID_EXPOSURE_AUTO, V4L2_EXPOSURE_MANUAL);
  set(V4L2_CID_EXPOSURE_ABSOLUTE, exposure.time_100us);
  if (has_gain_) set(V4L2_CID_GAIN, exposure.gain);
}

void CameraControls::set(std::uint32_t control, int value) {
  v4l2_control wanted{control, value};
  static_cast<void>(device_.control(VIDIOC_S_CTRL, &wanted));
}

int CameraControls::value_of(std::uint32_t control, int otherwise) {
  v4l2_control asked{control, otherwise};
  return device_.control(VIDIOC_G_CTRL, &asked) == 0 ? asked.value : otherwise;
}

}  // namespace millpond::scan
