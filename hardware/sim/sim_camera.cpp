// SPDX-License-Identifier: Apache-2.0
#include "hardware/sim/sim_camera.h"

#include <optional>
#include <utility>

namespace millpond::sim {

SimCamera::SimCamera(std::vector<CameraStep> script, const base::Clock& clock)
    : script_{std::move(script)}, clock_{clock} {}

base::Result<> SimCamera::open() {
  state_ = ports::DeviceState::ok;
  return {};
}

base::Result<std::optional<ports::GrayFrame>> SimCamera::next(std::int64_t) {
  if (state_ != ports::DeviceState::ok) {
    return base::Error{base::Code::device_absent, "take simulated frame", "not open"};
  }
  if (at_ == script_.size()) return std::optional<ports::GrayFrame>{};
  const auto& step = script_[at_++];
  if (const auto* fault = std::get_if<base::Error>(&step)) {
    if (fault->code == base::Code::device_absent) state_ = ports::DeviceState::absent;
    return *fault;
  }
  const auto* scene = std::get_if<FrameScene>(&step);
  auto frame = scene != nullptr ? render(*scene) : std::get<ports::GrayFrame>(step);
  frame.taken_at_ms = clock_.monotonic_ms();
  return std::optional{std::move(frame)};
}

}  // namespace millpond::sim
