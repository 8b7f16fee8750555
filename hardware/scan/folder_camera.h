// SPDX-License-Identifier: Apache-2.0
// FolderCamera: a folder of PNG and JPEG pictures as a camera, in name order at a given rate, for tests, support and
// the demo. Pictures that appear later are played too, each name once while it is there; names that start with a dot or
// end otherwise are not pictures, so a writer renames a finished picture into place. Owns no clock. One thread.
#pragma once

#include "hardware/ports/camera.h"
#include "sync/base/clock.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

namespace millpond::scan {

struct FolderCameraSettings {
  std::filesystem::path folder;
  std::int64_t interval_ms = 33;  // from one picture to the next; 0 plays as fast as it is asked
  bool loop = false;              // after the last picture the first again
};

class FolderCamera final : public ports::Camera {
 public:
  FolderCamera(FolderCameraSettings settings, const base::Clock& clock);

  // Errors: device_absent when there is no such folder, permission_denied.
  base::Result<> open() override;
  // Waits for the next picture's turn, looking into the folder every 20 ms. An error about one picture names its file
  // and that picture is not tried again.
  base::Result<std::optional<ports::GrayFrame>> next(std::int64_t timeout_ms) override;
  [[nodiscard]] ports::DeviceState state() const override { return state_; }

 private:
  [[nodiscard]] base::Result<std::optional<std::string>> next_name();
  [[nodiscard]] base::Result<std::optional<ports::GrayFrame>> play(const std::string& name);

  const FolderCameraSettings settings_;
  const base::Clock& clock_;
  std::set<std::string> played_;
  std::optional<std::int64_t> last_ms_;
  ports::DeviceState state_ = ports::DeviceState::not_configured;
};

}  // namespace millpond::scan
