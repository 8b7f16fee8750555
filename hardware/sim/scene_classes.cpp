// SPDX-License-Identifier: Apache-2.0
#include "hardware/sim/scene_classes.h"

#include "sync/base/check.h"
#include "sync/base/rng.h"

#include <algorithm>

namespace millpond::sim {
namespace {

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : rng_{seed} {}
  double between(double low, double high) {
    return low + (high - low) * static_cast<double>(rng_.below(1'000'000)) / 1e6;
  }
  [[nodiscard]] std::uint64_t seed() { return rng_.next(); }
  bool half() { return rng_.chance(1, 2); }

 private:
  base::SeededRng rng_;
};

}  // namespace

void make_hard(FrameScene& scene, SceneClass kind, std::uint64_t seed) {
  MILLPOND_CHECK(scene.phone.has_value());
  Draw draw{seed};
  auto& pose = *scene.phone;
  switch (kind) {
    case SceneClass::plain:
      break;
    case SceneClass::rotated:
      pose.rotation_deg += draw.between(-180, 180);
      break;
    case SceneClass::perspective:
      pose.tilt_x_deg += draw.between(-38, 38);
      pose.tilt_y_deg += draw.between(-38, 38);
      break;
    case SceneClass::far:
      pose.height *= draw.between(0.52, 0.68);
      break;
    case SceneClass::defocus:
      scene.defocus_px = std::max(scene.defocus_px, draw.between(1.2, 3.2));
      break;
    case SceneClass::motion:
      scene.motion_px = std::max(scene.motion_px, draw.between(4, 13));
      scene.motion_deg = draw.between(0, 180);
      break;
    case SceneClass::noise:
      scene.noise_levels = std::max(scene.noise_levels, draw.between(14, 42));
      break;
    case SceneClass::glare:
      scene.glare = draw.between(0.3, 1);
      break;
    case SceneClass::low_contrast:
      scene.contrast = draw.between(0.07, 0.25);
      scene.brightness_levels = draw.between(-60, 60);
      break;
    case SceneClass::inverted:
      scene.inverted = true;
      break;
    case SceneClass::moire:
      scene.moire = draw.between(0.12, 0.4);
      break;
    case SceneClass::low_brightness:
      scene.screen_light = draw.between(0.12, 0.4);
      scene.glare = draw.between(0, 0.15);
      break;
    case SceneClass::cracked:
      scene.cracks = draw.between(0.3, 1);
      break;
    case SceneClass::other_screens:
      scene.other_screens = 2 + static_cast<int>(draw.between(0, 3));
      break;
    case SceneClass::mixed:
      pose.tilt_x_deg += draw.between(-20, 20);
      pose.tilt_y_deg += draw.between(-20, 20);
      scene.defocus_px = std::max(scene.defocus_px, draw.between(0, 1.4));
      scene.motion_px = std::max(scene.motion_px, draw.between(0, 4));
      scene.noise_levels = std::max(scene.noise_levels, draw.between(3, 14));
      scene.glare = draw.half() ? draw.between(0, 0.4) : 0;
      scene.contrast = draw.between(0.35, 1);
      scene.moire = draw.between(0, 0.15);
      scene.inverted = draw.half() && draw.half();
      scene.motion_deg = draw.between(0, 180);
      break;
  }
}

std::string_view scene_class_name(SceneClass kind) {
  switch (kind) {
    case SceneClass::plain:
      return "plain";
    case SceneClass::rotated:
      return "rotated";
    case SceneClass::perspective:
      return "perspective";
    case SceneClass::far:
      return "far";
    case SceneClass::defocus:
      return "defocus";
    case SceneClass::motion:
      return "motion";
    case SceneClass::noise:
      return "noise";
    case SceneClass::glare:
      return "glare";
    case SceneClass::low_contrast:
      return "low_contrast";
    case SceneClass::inverted:
      return "inverted";
    case SceneClass::moire:
      return "moire";
    case SceneClass::low_brightness:
      return "low_brightness";
    case SceneClass::cracked:
      return "cracked";
    case SceneClass::other_screens:
      return "other_screens";
    case SceneClass::mixed:
      break;
  }
  return "mixed";
}

FrameScene draw_scene(SceneClass kind, const ports::QrModules& code, std::uint64_t seed) {
  Draw draw{seed};
  FrameScene scene;
  scene.code = code;
  scene.shopper = 1;
  scene.seed = draw.seed();
  scene.shop_seed = draw.seed();
  scene.noise_levels = draw.between(1, 4);
  PhonePose pose;
  pose.height = draw.between(0.74, 0.95);
  pose.center_x = draw.between(0.4, 0.6);
  pose.center_y = draw.between(0.46, 0.54);
  pose.rotation_deg = draw.between(-8, 8);
  pose.tilt_x_deg = draw.between(-8, 8);
  pose.tilt_y_deg = draw.between(-8, 8);
  scene.phone = pose;
  make_hard(scene, kind, draw.seed());
  return scene;
}

}  // namespace millpond::sim
