// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/keyboard_decoder.h"

#include <linux/input-event-codes.h>

#include <utility>

namespace millpond::scan {
namespace {

bool ends_scan(std::uint16_t code) { return code == KEY_ENTER || code == KEY_KPENTER || code == KEY_TAB; }

}  // namespace

std::optional<std::string> KeyboardDecoder::key(std::uint16_t code, std::int32_t value, std::int64_t at_ms) {
  constexpr std::int32_t up = 0;
  if (code == KEY_LEFTSHIFT || code == KEY_RIGHTSHIFT) {
    modifiers_.shift = value != up;
    return std::nullopt;
  }
  if (code == KEY_RIGHTALT) {
    modifiers_.alt_gr = value != up;
    return std::nullopt;
  }
  constexpr std::int32_t down = 1;
  if (value != down) return std::nullopt;  // a scanner does not hold keys, so repetitions are not its
  if (code == KEY_CAPSLOCK) {
    modifiers_.caps = !modifiers_.caps;
    return std::nullopt;
  }
  if (at_ms - last_ms_ > pause_max_ms_) {
    text_.clear();
    too_long_ = false;
  }
  last_ms_ = at_ms;
  if (ends_scan(code)) {
    const bool whole = !text_.empty() && !too_long_;
    auto text = std::exchange(text_, {});
    too_long_ = false;
    return whole ? std::optional{std::move(text)} : std::nullopt;
  }
  const auto character = key_character(layout_, code, modifiers_);
  if (!character || too_long_) return std::nullopt;
  too_long_ = text_.size() == scan_text_max;
  if (!too_long_) text_ += *character;
  return std::nullopt;
}

void KeyboardDecoder::reset() {
  text_.clear();
  too_long_ = false;
  modifiers_ = {};
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
