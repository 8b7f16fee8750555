// SPDX-License-Identifier: Apache-2.0
// Scenes by what makes them hard, drawn at random from a seed: the classes of the decoder's tests and benchmark. Pure.
#pragma once

#include "hardware/ports/qr_modules.h"
#include "hardware/sim/frame_scene.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace millpond::sim {

enum class SceneClass : std::uint8_t {
  plain,
  rotated,
  perspective,
  far,
  defocus,
  motion,
  noise,
  glare,
  low_contrast,
  inverted,
  moire,
  low_brightness,  // a dimmed screen in a bright shop
  cracked,
  other_screens,  // the code, and other people's screens around it
  mixed,          // a little of everything
};

inline constexpr std::array all_scene_classes{
    SceneClass::plain,        SceneClass::rotated,       SceneClass::perspective, SceneClass::far,
    SceneClass::defocus,      SceneClass::motion,        SceneClass::noise,       SceneClass::glare,
    SceneClass::low_contrast, SceneClass::inverted,      SceneClass::moire,       SceneClass::low_brightness,
    SceneClass::cracked,      SceneClass::other_screens, SceneClass::mixed};

// One trouble each. The first eight are what decoders were compared by when the target of their ratio was set, the
// others what shops name: lamps in the glass, screens in every state, lenses and hands, and codes that are far away.
inline constexpr std::array target_scene_classes{
    SceneClass::perspective,  SceneClass::defocus,  SceneClass::noise, SceneClass::glare,
    SceneClass::low_contrast, SceneClass::inverted, SceneClass::moire, SceneClass::motion};
inline constexpr std::array shop_scene_classes{SceneClass::glare,   SceneClass::moire,    SceneClass::low_brightness,
                                               SceneClass::cracked, SceneClass::inverted, SceneClass::motion,
                                               SceneClass::defocus, SceneClass::far};

[[nodiscard]] std::string_view scene_class_name(SceneClass kind);

// Makes a scene that holds a phone as hard as its class says; what the scene has of it already stays where it is worse.
// The same seed makes every frame of a stream hard in the same way.
void make_hard(FrameScene& scene, SceneClass kind, std::uint64_t seed);

// The same class, code and seed give the same scene; 1280 x 720.
[[nodiscard]] FrameScene draw_scene(SceneClass kind, const ports::QrModules& code, std::uint64_t seed);

}  // namespace millpond::sim
