// SPDX-License-Identifier: Apache-2.0
// KeyboardDecoder: the scans in a keyboard scanner's key events. Pure but for its state: events and times come in,
// texts come out, so recorded events are its tests. Never logs what was typed. One thread.
#pragma once

#include "hardware/scan/keyboard_layout.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace millpond::scan {

inline constexpr std::size_t scan_text_max = 1024;  // above any code that is issued

class KeyboardDecoder {
 public:
  explicit KeyboardDecoder(KeyboardLayout layout, std::int64_t pause_max_ms = 300)
      : layout_{layout}, pause_max_ms_{pause_max_ms} {}

  // A key's code and value (0 up, 1 down, 2 repeated) at a monotonic time. The text when this ended a scan: ENTER,
  // KPENTER or TAB. Control characters are typed with CTRL, or by their number with ALT on the number block. A pause
  // longer than pause_max_ms drops what was typed before it, as half a scan names somebody else; so do, to the scan's
  // end, a key that writes nothing we know and a text above scan_text_max.
  [[nodiscard]] std::optional<std::string> key(std::uint16_t code, std::int32_t value, std::int64_t at_ms);

  // Whether the last key ended a scan, whole or not.
  [[nodiscard]] bool ended() const { return ended_; }

  // Forgets a half-typed text and held keys: after an unplug.
  void reset();
  // Some events were lost: the scan in hand is dropped to its end.
  void lose();

 private:
  [[nodiscard]] bool hold(std::uint16_t code, bool down);
  [[nodiscard]] std::optional<char> typed(std::uint16_t code);
  void add(std::optional<char> character);
  [[nodiscard]] std::optional<std::string> end();

  const KeyboardLayout layout_;
  const std::int64_t pause_max_ms_;
  Modifiers modifiers_;
  bool ctrl_ = false;
  bool alt_ = false;
  std::string number_;  // typed while ALT is held
  std::string text_;
  bool spoilt_ = false;
  bool ended_ = false;
  std::int64_t last_ms_ = 0;
};

// The same for the bytes of a serial scanner, whose scans end with a carriage return, a line feed or both.
class LineDecoder {
 public:
  explicit LineDecoder(std::int64_t pause_max_ms = 300) : pause_max_ms_{pause_max_ms} {}

  [[nodiscard]] std::optional<std::string> byte(std::uint8_t value, std::int64_t at_ms);
  void reset();

 private:
  const std::int64_t pause_max_ms_;
  std::string text_;
  bool too_long_ = false;
  std::int64_t last_ms_ = 0;
};

}  // namespace millpond::scan
