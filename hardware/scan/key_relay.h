// SPDX-License-Identifier: Apache-2.0
// KeyRelay: what a grabbed scanner typed and is not ours, typed again for the till by the very same keys: its prefixes,
// its ends and characters that we have no letter for are the till's business. Until a scan ends nobody knows whose it
// is, so its keys wait that long, a tenth of a second, and are kept nowhere afterwards. Never logs what was typed. One
// thread.
#pragma once

#include "sync/base/result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace millpond::scan {

struct KeyEvent {
  std::uint16_t code{};
  std::int32_t value{};  // 0 up, 1 down, 2 repeated
  friend bool operator==(const KeyEvent&, const KeyEvent&) = default;
};

// Where the till hears keys.
class KeyOutlet {
 public:
  virtual ~KeyOutlet() = default;
  // All of them, in order. Errors: device_failed. Blocks as long as a scanner takes to type them.
  [[nodiscard]] virtual base::Result<> press(std::span<const KeyEvent> keys) = 0;
};

// Who shares a scanner's keys. `is_ours` decides by the text alone and keeps nothing.
struct KeyShare {
  std::unique_ptr<KeyOutlet> outlet;
  std::function<bool(std::string_view)> is_ours;
};

class KeyRelay {
 public:
  // `pause_max_ms` as of the decoder: keys before a longer pause are half a scan, which nobody gets.
  explicit KeyRelay(KeyShare share, std::int64_t pause_max_ms = 300);
  ~KeyRelay();
  KeyRelay(const KeyRelay&) = delete;
  KeyRelay& operator=(const KeyRelay&) = delete;

  // Every key event, after the decoder had it: whether it ended a scan, and the text when that was whole. True when the
  // scan went to the till: then it is no scan of ours. A scan that we cannot read is the till's.
  [[nodiscard]] bool heard(KeyEvent key, std::int64_t at_ms, bool ended, const std::optional<std::string>& text);
  // Events were lost: what is left of the scan in hand goes to nobody.
  void lose();
  // Why the last scan could not be passed on; once.
  [[nodiscard]] std::optional<base::Error> take_fault();

 private:
  void pass_on();
  void forget();

  const KeyShare share_;
  const std::int64_t pause_max_ms_;
  std::vector<KeyEvent> keys_;  // of the scan in hand
  bool spoilt_ = false;
  std::int64_t last_ms_ = 0;
  std::optional<base::Error> fault_;
};

}  // namespace millpond::scan
