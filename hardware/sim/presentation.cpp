// SPDX-License-Identifier: Apache-2.0
#include "hardware/sim/presentation.h"

#include "sync/base/check.h"
#include "sync/base/rng.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace millpond::sim {
namespace {

// Seconds from the start.
constexpr double shopper_comes_s = 0.2;
constexpr double shopper_there_s = 0.8;
constexpr double phone_rises_s = 0.7;
constexpr double phone_there_s = 1.25;
constexpr double in_focus_min_s = 1.35;  // a camera that stays where it is sharp
constexpr double in_focus_max_s = 1.8;   // one that hunts
constexpr double phone_leaves_s = 3.1;
constexpr double phone_gone_s = 3.6;
constexpr double shopper_goes_s = 3.5;
constexpr double end_s = 4.1;

constexpr double below_picture = 1.75;  // the phone's middle when its top is out of sight
constexpr double tremor_deg = 0.8;
// A mirror doubles the angle; a lamp's image over half a metre moves 17 mm for a degree. Half of that, as lamps are
// wide.
constexpr double glare_mm_per_deg = 8;
constexpr double smear_share = 0.35;  // of the way between two frames, while the shutter is open

// From 0 to 1 between two moments, slow at both ends.
double eased(double now, double from, double to) {
  const double t = std::clamp((now - from) / (to - from), 0.0, 1.0);
  return t * t * (3 - 2 * t);
}

double center_y(double now) {
  const double up = eased(now, phone_rises_s, phone_there_s);
  const double down = eased(now, phone_leaves_s, phone_gone_s);
  return below_picture + (0.5 - below_picture) * (up - down);
}

}  // namespace

std::vector<FrameScene> presentation(const ports::QrModules& code, const PresentationOptions& options) {
  MILLPOND_CHECK(options.frames_per_s >= 1 && options.frames_per_s <= 120);
  base::SeededRng rng{options.seed};
  const double lean_deg = static_cast<double>(rng.below(1200)) / 100 - 6;
  const double tilt_deg = static_cast<double>(rng.below(1600)) / 100 - 8;
  const double phone_height = 0.84 + static_cast<double>(rng.below(80)) / 1000;
  const auto shop_seed = rng.next();
  const double in_focus_s =
      in_focus_min_s + (in_focus_max_s - in_focus_min_s) * static_cast<double>(rng.below(1000)) / 1000;
  const double frame_s = 1.0 / options.frames_per_s;

  std::vector<FrameScene> scenes;
  const int count = static_cast<int>(end_s * options.frames_per_s);
  for (int i = 0; i < count; ++i) {
    const double now = i * frame_s;
    FrameScene scene;
    scene.width = options.width;
    scene.height = options.height;
    scene.code = code;
    scene.seed = rng.next();
    scene.shop_seed = shop_seed;
    scene.at_ms = std::llround(now * 1000);
    scene.shopper = eased(now, shopper_comes_s, shopper_there_s) - eased(now, shopper_goes_s, end_s);
    if (now >= phone_rises_s && now <= phone_gone_s) {
      const double arrived = eased(now, phone_rises_s, in_focus_s);
      PhonePose pose;
      pose.center_x = 0.5 + 0.006 * std::sin(now * 5.1) + 0.03 * (1 - arrived);
      pose.center_y = center_y(now) + 0.006 * std::sin(now * 4.3 + 1);
      pose.height = phone_height;
      pose.rotation_deg = lean_deg + 14 * (1 - arrived) + 0.7 * std::sin(now * 3.7);
      const double turn_x_deg = 10 * (1 - arrived) + tremor_deg * std::sin(now * 6.1 + lean_deg);
      const double turn_y_deg = tremor_deg * std::sin(now * 4.9 + tilt_deg);
      pose.tilt_x_deg = tilt_deg + turn_x_deg;
      pose.tilt_y_deg = tilt_deg / 2 + turn_y_deg;
      scene.phone = pose;
      scene.motion_px = smear_share * options.height * std::abs(center_y(now) - center_y(now - frame_s));
      scene.defocus_px = 0.6 + 3.2 * (1 - eased(now, phone_there_s - 0.1, in_focus_s));
      scene.defocus_px *= options.height / 720.0;
      scene.glare_x_mm = glare_mm_per_deg * turn_y_deg;
      scene.glare_y_mm = glare_mm_per_deg * turn_x_deg;
      make_hard(scene, options.kind, options.seed);
    }
    scenes.push_back(scene);
  }
  return scenes;
}

}  // namespace millpond::sim
