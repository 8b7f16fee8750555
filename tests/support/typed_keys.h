// SPDX-License-Identifier: Apache-2.0
// What a scanner that pretends to be a keyboard does with a text: key events, and the kernel's records of them.
#pragma once

#include "hardware/scan/keyboard_layout.h"
#include "sync/base/bytes.h"

#include <catch2/catch_test_macros.hpp>
#include <linux/input.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <string_view>

namespace millpond::tests {

struct Stroke {
  std::uint16_t code;
  scan::Modifiers modifiers;
};

// The key that writes a character, found by asking the layout: what a scanner's firmware does.
inline Stroke stroke_for(scan::KeyboardLayout layout, char character) {
  for (const bool shift : {false, true}) {
    for (const bool alt_gr : {false, true}) {
      for (std::uint16_t code = 1; code < 120; ++code) {
        const scan::Modifiers modifiers{.shift = shift, .alt_gr = alt_gr};
        if (scan::key_character(layout, code, modifiers) == character) return {code, modifiers};
      }
    }
  }
  FAIL("no key writes '" << character << "'");
  return {};
}

using Press = std::function<void(std::uint16_t code, std::int32_t value)>;

inline void type(scan::KeyboardLayout layout, std::string_view text, std::uint16_t end, const Press& press) {
  for (const char character : text) {
    const auto stroke = stroke_for(layout, character);
    if (stroke.modifiers.shift) press(KEY_LEFTSHIFT, 1);
    if (stroke.modifiers.alt_gr) press(KEY_RIGHTALT, 1);
    press(stroke.code, 1);
    press(stroke.code, 0);
    if (stroke.modifiers.alt_gr) press(KEY_RIGHTALT, 0);
    if (stroke.modifiers.shift) press(KEY_LEFTSHIFT, 0);
  }
  press(end, 1);
  press(end, 0);
}

inline base::Bytes recorded(std::uint16_t type, std::uint16_t code, std::int32_t value) {
  input_event event{};
  event.type = type;
  event.code = code;
  event.value = value;
  base::Bytes bytes(sizeof(event));
  std::memcpy(bytes.data(), &event, sizeof(event));
  return bytes;
}

}  // namespace millpond::tests
