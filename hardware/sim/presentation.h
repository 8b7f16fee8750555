// SPDX-License-Identifier: Apache-2.0
// A presentation: how a shopper comes, holds a code before the camera and leaves, as a sequence of scenes. Pure.
#pragma once

#include "hardware/ports/qr_modules.h"
#include "hardware/sim/frame_scene.h"
#include "hardware/sim/scene_classes.h"

#include <cstdint>
#include <vector>

namespace millpond::sim {

struct PresentationOptions {
  int width = 1280;
  int height = 720;
  int frames_per_s = 15;
  std::uint64_t seed = 1;
  SceneClass kind = SceneClass::plain;  // what makes this stream hard, the same in all its frames
};

// About four seconds: an empty shop, a shopper steps up, the phone rises, smeared and out of focus, settles, is held
// with a hand's tremor for a good second, and goes. A reflection wanders over the glass as the hand turns it. at_ms
// counts from 0. Render frames one by one: all of them at once are tens of megabytes.
[[nodiscard]] std::vector<FrameScene> presentation(const ports::QrModules& code,
                                                   const PresentationOptions& options = {});

}  // namespace millpond::sim
