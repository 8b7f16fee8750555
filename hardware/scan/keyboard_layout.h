// SPDX-License-Identifier: Apache-2.0
// What a keyboard scanner's keys mean: key codes of Linux to characters, by the layout that the scanner was configured
// to pretend. A table of our own, because the system's layout is a person's and a scanner's is another. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millpond::scan {

enum class KeyboardLayout : std::uint8_t { us, german, french };  // german and french need AltGr for some signs

[[nodiscard]] std::optional<KeyboardLayout> layout_from_name(std::string_view name);  // "us", "de", "fr"
[[nodiscard]] std::string_view layout_name(KeyboardLayout layout);

struct Modifiers {
  bool shift = false;
  bool alt_gr = false;
  bool caps = false;  // some scanners type capitals by caps lock
};

// ASCII only, which is all that our codes use; nothing for keys that write nothing there.
[[nodiscard]] std::optional<char> key_character(KeyboardLayout layout, std::uint16_t key, Modifiers modifiers);

}  // namespace millpond::scan
