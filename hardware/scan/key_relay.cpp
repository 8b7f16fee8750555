// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/key_relay.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace millpond::scan {
namespace {

constexpr std::int32_t up = 0;
constexpr std::size_t keys_max = 16'384;  // four for each character of the longest text, and as many for modifiers

}  // namespace

KeyRelay::KeyRelay(KeyShare share, std::int64_t pause_max_ms) : share_{std::move(share)}, pause_max_ms_{pause_max_ms} {}

KeyRelay::~KeyRelay() { forget(); }

// Overwritten, because it may be a payment code.
void KeyRelay::forget() {
  std::fill(keys_.begin(), keys_.end(), KeyEvent{});
  keys_.clear();
}

bool KeyRelay::heard(KeyEvent key, std::int64_t at_ms, bool ended, const std::optional<std::string>& text) {
  if (at_ms - last_ms_ > pause_max_ms_) {
    forget();
    spoilt_ = false;
  }
  last_ms_ = at_ms;
  // The key that ended the scan before comes up in this one.
  const bool stray = key.value == up && std::none_of(keys_.begin(), keys_.end(), [&key](const KeyEvent& pressed) {
                       return pressed.code == key.code && pressed.value != up;
                     });
  if (!stray && !spoilt_) keys_.push_back(key);
  if (keys_.size() > keys_max) lose();
  if (!ended) return false;
  const bool goes_on = !spoilt_ && !(text && share_.is_ours(*text));
  if (goes_on) pass_on();
  forget();
  spoilt_ = false;
  return goes_on;
}

void KeyRelay::pass_on() {
  // What is still down comes up, or the till would hold it for ever.
  std::vector<std::uint16_t> down;
  for (const auto& key : keys_) {
    std::erase(down, key.code);
    if (key.value != up) down.push_back(key.code);
  }
  for (const auto code : down) keys_.push_back({code, up});
  if (auto pressed = share_.outlet->press(keys_); !pressed) fault_ = std::move(pressed).error();
}

void KeyRelay::lose() {
  forget();
  spoilt_ = true;
}

std::optional<base::Error> KeyRelay::take_fault() { return std::exchange(fault_, std::nullopt); }

}  // namespace millpond::scan
