// SPDX-License-Identifier: Apache-2.0
#include "hardware/sim/frame_scene.h"

#include "hardware/sim/backdrop.h"
#include "hardware/sim/canvas.h"
#include "hardware/sim/other_screens.h"
#include "hardware/sim/phone.h"
#include "sync/base/check.h"

#include <algorithm>
#include <cmath>

namespace millpond::sim {

ports::GrayFrame render(const FrameScene& scene) {
  MILLPOND_CHECK(scene.width >= 16 && scene.width <= ports::frame_side_max);
  MILLPOND_CHECK(scene.height >= 16 && scene.height <= ports::frame_side_max);
  auto canvas = draw_backdrop(scene.width, scene.height, scene.shop_seed, scene.shopper);
  draw_other_screens(canvas, scene.other_screens, scene.shop_seed);
  if (scene.phone) draw_phone(canvas, scene);
  // Glass and sensor cut before lens and hand blur in truth; the other way round looks the same and keeps one buffer.
  for (auto& level : canvas.levels) level = std::min(level, 255.0F);
  blur(canvas, scene.defocus_px);
  smear(canvas, scene.motion_px, scene.motion_deg);
  vignette(canvas, 0.28F);
  const auto contrast = static_cast<float>(scene.contrast);
  const auto brightness = static_cast<float>(scene.brightness_levels);
  constexpr float middle_level = 128;
  for (auto& level : canvas.levels) level = (level - middle_level) * contrast + middle_level + brightness;
  base::SeededRng rng{scene.seed};
  auto frame = expose(canvas, scene.noise_levels, rng);
  frame.taken_at_ms = scene.at_ms;
  return frame;
}

}  // namespace millpond::sim
