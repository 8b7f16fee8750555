// SPDX-License-Identifier: Apache-2.0
// FrameScene: what a kiosk's camera would see of a phone with a code held up in a shop, and how well, as numbers; and
// its drawing as a gray frame. For tests, benchmarks and the demo; no recording of anybody. Pure: the same scene gives
// the same frame on the same machine. Any thread; about 130 ms of CPU at 720p.
#pragma once

#include "hardware/ports/camera.h"
#include "hardware/ports/qr_modules.h"

#include <cstdint>
#include <optional>

namespace millpond::sim {

// Where the phone is. Lengths are shares of the frame, so that a scene means the same at every resolution.
struct PhonePose {
  double center_x = 0.5;
  double center_y = 0.5;
  double height = 0.86;     // of the phone, as a share of the frame's height
  double rotation_deg = 0;  // clockwise in the picture
  double tilt_x_deg = 0;    // top away from the camera
  double tilt_y_deg = 0;    // right edge away from the camera
};

struct FrameScene {
  int width = 1280;
  int height = 720;
  ports::QrModules code{};           // drawn on the phone's screen; nothing is drawn there when it is not sound
  std::optional<PhonePose> phone{};  // an empty shop without
  double shopper = 0;                // 0 nobody .. 1 stands in front of the camera
  double defocus_px = 0;             // standard deviation of the blur
  double motion_px = 0;              // length of the smear
  double motion_deg = 0;             // its direction: 0 downwards, 90 to the right
  double noise_levels = 2.0;         // standard deviation
  double glare = 0;                  // 0 none .. 1 a lamp's full reflection in the glass
  double contrast = 1;               // 1 full .. 0.1 hardly any
  double brightness_levels = 0;      // added after contrast
  double moire = 0;                  // share of the screen's light that its own grid modulates
  bool inverted = false;             // dark theme: light modules on a dark card
  std::uint64_t seed = 1;            // of the noise
  std::uint64_t shop_seed = 1;       // of the place behind the phone
  double screen_light = 1;           // of the phone: 1 full .. 0.1 in a pocket's saving mode
  double cracks = 0;                 // 0 whole glass .. 1 hardly holds together; where they run is in shop_seed
  double glare_x_mm = 0;             // how far the reflection has moved over the glass
  double glare_y_mm = 0;
  int other_screens = 0;   // other people's, sharp and without codes
  std::int64_t at_ms = 0;  // from the start of a presentation; becomes the frame's time
};

// Sides must be within 16 .. ports::frame_side_max.
[[nodiscard]] ports::GrayFrame render(const FrameScene& scene);

}  // namespace millpond::sim
