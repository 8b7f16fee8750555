// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/keyboard_decoder.h"

#include <linux/input-event-codes.h>

#include <utility>

namespace millpond::scan {
namespace {

bool ends_scan(std::uint16_t code) { return code == KEY_ENTER || code == KEY_KPENTER || code == KEY_TAB; }

}  // namespace

// Keys that change what others write. True when this is one.
bool KeyboardDecoder::hold(std::uint16_t code, bool down) {
  switch (code) {
    case KEY_LEFTSHIFT:
    case KEY_RIGHTSHIFT:
      modifiers_.shift = down;
      return true;
    case KEY_RIGHTALT:
      modifiers_.alt_gr = down;
      return true;
    case KEY_LEFTCTRL:
    case KEY_RIGHTCTRL:
      ctrl_ = down;
      return true;
    case KEY_LEFTALT:
      if (alt_ && !down && !number_.empty()) {
        constexpr int ascii_end = 0x80;
        const int byte = number_.size() <= 4 ? std::stoi(std::exchange(number_, {})) : ascii_end;
        number_.clear();
        add(byte > 0 && byte < ascii_end ? std::optional{static_cast<char>(byte)} : std::nullopt);
      }
      alt_ = down;
      return true;
    default:
      return false;
  }
}

// What a key writes with what is held; nothing when that is no character that we know.
std::optional<char> KeyboardDecoder::typed(std::uint16_t code) {
  const auto character = key_character(layout_, code, modifiers_);
  if (!character || !ctrl_) return character;
  const char c = *character;
  const bool has_control = (c >= '@' && c <= '_') || (c >= 'a' && c <= 'z');
  return has_control ? std::optional{static_cast<char>(c & 0x1F)} : std::nullopt;
}

void KeyboardDecoder::add(std::optional<char> character) {
  spoilt_ = spoilt_ || !character || text_.size() == scan_text_max;
  if (!spoilt_) text_ += *character;
}

std::optional<std::string> KeyboardDecoder::end() {
  const bool whole = !text_.empty() && !spoilt_;
  auto text = std::exchange(text_, {});
  spoilt_ = false;
  ended_ = true;
  return whole ? std::optional{std::move(text)} : std::nullopt;
}

std::optional<std::string> KeyboardDecoder::key(std::uint16_t code, std::int32_t value, std::int64_t at_ms) {
  ended_ = false;
  constexpr std::int32_t up = 0;
  if (hold(code, value != up)) return std::nullopt;
  constexpr std::int32_t down = 1;
  if (value != down) return std::nullopt;  // a scanner does not hold keys, so repetitions are not its
  if (code == KEY_CAPSLOCK) modifiers_.caps = !modifiers_.caps;
  if (code == KEY_CAPSLOCK || code == KEY_NUMLOCK) return std::nullopt;
  if (at_ms - last_ms_ > pause_max_ms_) {
    text_.clear();
    spoilt_ = false;
  }
  last_ms_ = at_ms;
  if (ends_scan(code)) return end();
  if (alt_) {
    const auto digit = key_character(layout_, code, {});
    const bool on_the_number_block = code >= KEY_KP7 && code <= KEY_KP0 && digit && *digit >= '0' && *digit <= '9';
    if (on_the_number_block) {
      number_ += *digit;
    } else {
      add(std::nullopt);
    }
    return std::nullopt;
  }
  const auto character = typed(code);
  if (ctrl_ && character && (*character == '\r' || *character == '\n' || *character == '\t')) return end();
  add(character);
  return std::nullopt;
}

void KeyboardDecoder::reset() {
  text_.clear();
  number_.clear();
  spoilt_ = false;
  ctrl_ = false;
  alt_ = false;
  modifiers_ = {};
}

void KeyboardDecoder::lose() {
  reset();
  spoilt_ = true;
}

std::optional<std::string> LineDecoder::byte(std::uint8_t value, std::int64_t at_ms) {
  if (at_ms - last_ms_ > pause_max_ms_) reset();
  last_ms_ = at_ms;
  if (value == '\r' || value == '\n') {
    const bool whole = !text_.empty() && !too_long_;
    auto text = std::exchange(text_, {});
    too_long_ = false;
    return whole ? std::optional{std::move(text)} : std::nullopt;
  }
  if (too_long_) return std::nullopt;
  too_long_ = text_.size() == scan_text_max;
  if (!too_long_) text_ += static_cast<char>(value);
  return std::nullopt;
}

void LineDecoder::reset() {
  text_.clear();
  too_long_ = false;
}

}  // namespace millpond::scan
