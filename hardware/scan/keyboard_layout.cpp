// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/keyboard_layout.h"

#include <linux/input-event-codes.h>

#include <array>
#include <cstddef>

namespace millpond::scan {
namespace {

// Keys in rows from their first code; a space writes nothing here.
struct Row {
  std::uint16_t first;
  std::string_view plain;
  std::string_view shifted;
  std::string_view alt_gr;
};
using Layout = std::array<Row, 6>;

constexpr Layout us{Row{KEY_1, "1234567890-=", "!@#$%^&*()_+", ""},
                    Row{KEY_Q, "qwertyuiop[]", "QWERTYUIOP{}", ""},
                    Row{KEY_A, "asdfghjkl;'`", "ASDFGHJKL:\"~", ""},
                    Row{KEY_BACKSLASH, "\\zxcvbnm,./", "|ZXCVBNM<>?", ""},
                    Row{KEY_SPACE, " ", " ", ""},
                    Row{KEY_102ND, "\\", "|", ""}};
constexpr Layout german{Row{KEY_1, "1234567890  ", "!\" $%&/()=? ", "      {[]}\\ "},
                        Row{KEY_Q, "qwertzuiop +", "QWERTZUIOP *", "@          ~"},
                        Row{KEY_A, "asdfghjkl  ^", "ASDFGHJKL   ", ""},
                        Row{KEY_BACKSLASH, "#yxcvbnm,.-", "'YXCVBNM;:_", ""},
                        Row{KEY_SPACE, " ", " ", ""},
                        Row{KEY_102ND, "<", ">", "|"}};
constexpr Layout french{Row{KEY_1, "& \"'(- _  )=", "1234567890 +", " ~#{[|`\\^@]}"},
                        Row{KEY_Q, "azertyuiop^$", "AZERTYUIOP  ", ""},
                        Row{KEY_A, "qsdfghjklm  ", "QSDFGHJKLM% ", ""},
                        Row{KEY_BACKSLASH, "*wxcvbn,;:!", " WXCVBN?./ ", ""},
                        Row{KEY_SPACE, " ", " ", ""},
                        Row{KEY_102ND, "<", ">", ""}};

const Layout& rows_of(KeyboardLayout layout) {
  switch (layout) {
    case KeyboardLayout::german:
      return german;
    case KeyboardLayout::french:
      return french;
    case KeyboardLayout::us:
      break;
  }
  return us;
}

// The number block writes the same everywhere.
std::optional<char> keypad_character(std::uint16_t key) {
  struct Key {
    std::uint16_t code;
    char character;
  };
  constexpr std::array keys{Key{KEY_KP0, '0'},   Key{KEY_KP1, '1'},     Key{KEY_KP2, '2'},       Key{KEY_KP3, '3'},
                            Key{KEY_KP4, '4'},   Key{KEY_KP5, '5'},     Key{KEY_KP6, '6'},       Key{KEY_KP7, '7'},
                            Key{KEY_KP8, '8'},   Key{KEY_KP9, '9'},     Key{KEY_KPMINUS, '-'},   Key{KEY_KPPLUS, '+'},
                            Key{KEY_KPDOT, '.'}, Key{KEY_KPSLASH, '/'}, Key{KEY_KPASTERISK, '*'}};
  for (const auto& entry : keys) {
    if (entry.code == key) return entry.character;
  }
  return std::nullopt;
}

}  // namespace

std::optional<KeyboardLayout> layout_from_name(std::string_view name) {
  if (name == "us") return KeyboardLayout::us;
  if (name == "de") return KeyboardLayout::german;
  if (name == "fr") return KeyboardLayout::french;
  return std::nullopt;
}

std::string_view layout_name(KeyboardLayout layout) {
  switch (layout) {
    case KeyboardLayout::german:
      return "de";
    case KeyboardLayout::french:
      return "fr";
    case KeyboardLayout::us:
      break;
  }
  return "us";
}

std::optional<char> key_character(KeyboardLayout layout, std::uint16_t key, Modifiers modifiers) {
  for (const auto& row : rows_of(layout)) {
    if (key < row.first || key >= row.first + row.plain.size()) continue;
    const std::size_t at = key - row.first;
    const char plain = row.plain[at];
    const bool letter = plain >= 'a' && plain <= 'z';
    const bool upper = letter ? modifiers.shift != modifiers.caps : modifiers.shift;
    const auto& level = modifiers.alt_gr ? row.alt_gr : upper ? row.shifted : row.plain;
    if (at >= level.size()) return std::nullopt;
    const char character = level[at];
    if (character == ' ' && key != KEY_SPACE) return std::nullopt;
    return character;
  }
  return keypad_character(key);
}

}  // namespace millpond::scan
