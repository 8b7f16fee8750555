// SPDX-License-Identifier: Apache-2.0
// V4l2Camera: a Linux video device by raw V4L2 streaming (mmap), in the layouts whose luma is free to take: YUYV, NV12,
// GREY; in MJPEG where none of them comes 25 times a second at that size, because unpacking it costs more than decoding
// the code (capture_choice.h). Owns the device while open. One thread.
#pragma once

#include "hardware/ports/camera.h"
#include "hardware/scan/video_device.h"
#include "sync/base/clock.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace millpond::scan {

struct CameraIdentity {
  std::string card;  // what its driver calls it
  std::string bus;   // where it is plugged in
  friend bool operator==(const CameraIdentity&, const CameraIdentity&) = default;
};

struct V4l2Settings {
  std::filesystem::path device = "/dev/video0";  // better a /dev/v4l/by-id name, which stays with the camera
  int width = 1280;                              // at the most of use; a camera that is slow there gives less
  int height = 720;
  std::filesystem::path devices = "/dev";  // whose video* are looked through for a camera that moved
  // Of the camera that streamed last. Cameras made of copies of these settings share it, on one thread.
  std::shared_ptr<std::optional<CameraIdentity>> last = std::make_shared<std::optional<CameraIdentity>>();
};

class V4l2Camera final : public ports::Camera {
 public:
  V4l2Camera(V4l2Settings settings, const base::Clock& clock, OpenVideoDevice open_device = open_video_device);
  ~V4l2Camera() override;
  V4l2Camera(const V4l2Camera&) = delete;
  V4l2Camera& operator=(const V4l2Camera&) = delete;

  // Errors: device_absent (no such device), permission_denied (user not in group video), device_busy (another program
  // streams), unsupported (not a capture device, or none of our layouts), device_failed. A camera that was open before
  // and now has another name is found by what its driver calls it and where it is plugged in; when it is nowhere, what
  // has the name now is taken.
  base::Result<> open() override;
  // What the driver filled while nobody asked is thrown away: it shows who stood there then. A frame's time is when the
  // driver stamped it. device_failed also when no whole picture came for three seconds of asking.
  base::Result<std::optional<ports::GrayFrame>> next(std::int64_t timeout_ms) override;
  // In the driver's buffer, which it has back afterwards; of MJPEG in one of ours. Four buffers: a slow `use` costs no
  // picture but those that it would not have looked at.
  base::Result<> look(std::int64_t timeout_ms, const std::function<void(const ports::GrayView&)>& use) override;
  void heed(const ports::FrameUse& use, std::int64_t at_ms) override;
  [[nodiscard]] ports::DeviceState state() const override { return state_; }

 private:
  class Stream;
  static base::Result<CameraIdentity> identity_of(VideoDevice& device);
  [[nodiscard]] std::unique_ptr<VideoDevice> find_moved() const;  // null: nowhere

  base::Error fault(base::Error error);

  const V4l2Settings settings_;
  const base::Clock& clock_;
  const OpenVideoDevice open_device_;
  std::unique_ptr<Stream> stream_;  // null while closed
  ports::DeviceState state_ = ports::DeviceState::not_configured;
};

}  // namespace millpond::scan
