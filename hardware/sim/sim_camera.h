// SPDX-License-Identifier: Apache-2.0
// SimCamera: a camera that plays a script of frames, scenes and faults, then shows nothing more. Owns no clock. One
// thread.
#pragma once

#include "hardware/ports/camera.h"
#include "hardware/sim/frame_scene.h"
#include "sync/base/clock.h"

#include <cstddef>
#include <variant>
#include <vector>

namespace millpond::sim {

// An Error with device_absent unplugs the camera until it is opened again; other errors are passed on once.
using CameraStep = std::variant<ports::GrayFrame, FrameScene, base::Error>;

class SimCamera final : public ports::Camera {
 public:
  SimCamera(std::vector<CameraStep> script, const base::Clock& clock);

  base::Result<> open() override;
  // The next step at once; frames are stamped with the clock's time. After the script: nothing, without waiting.
  base::Result<std::optional<ports::GrayFrame>> next(std::int64_t timeout_ms) override;
  [[nodiscard]] ports::DeviceState state() const override { return state_; }

 private:
  const std::vector<CameraStep> script_;
  const base::Clock& clock_;
  std::size_t at_ = 0;
  ports::DeviceState state_ = ports::DeviceState::not_configured;
};

}  // namespace millpond::sim
