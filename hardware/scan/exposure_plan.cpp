// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/exposure_plan.h"

#include <algorithm>

namespace millpond::scan {
namespace {

constexpr float white_share_max = 0.05F;  // of a symbol; its error correction bears little more
constexpr int bright_level_min = 90;
constexpr int still_time_100us = 80;
constexpr std::int64_t settle_ms = 150;  // until frames show what was set
constexpr std::int64_t automatic_after_ms = 3'000;
constexpr std::int64_t unread_ms = 700;
constexpr std::int64_t locked_ms = 60'000;

}  // namespace

Exposure ExposurePlan::darker(Exposure from) const {
  const int step = (limits_.gain_max - limits_.gain_min + 3) / 4;
  if (from.gain > limits_.gain_min) {
    from.gain = std::max(limits_.gain_min, from.gain - step);
  } else {
    from.time_100us = std::max(limits_.time_min_100us, from.time_100us / 2);
  }
  return from;
}

Exposure ExposurePlan::brighter(Exposure from) const {
  const int longest = std::min(limits_.time_max_100us, still_time_100us);
  const int step = (limits_.gain_max - limits_.gain_min + 3) / 4;
  if (from.time_100us < longest) {
    from.time_100us = std::min(longest, std::max(1, from.time_100us) * 2);
  } else {
    from.gain = std::min(limits_.gain_max, from.gain + step);
  }
  return from;
}

std::optional<Exposure> ExposurePlan::next(const ports::FrameUse& use, std::int64_t at_ms, const Exposure& automatic) {
  if (use.read || use.unread) symbol_at_ms_ = at_ms;
  auto wanted = set_;
  if (use.unread && at_ms - set_at_ms_ >= settle_ms) {
    if (set_.automatic) wanted = automatic;
    if (use.unread->white > white_share_max) {
      wanted = darker(wanted);
    } else if (use.unread->bright_level < bright_level_min) {
      wanted = brighter(wanted);
    } else {
      return std::nullopt;
    }
    wanted.automatic = false;
    if (wanted.time_100us == automatic.time_100us && wanted.gain == automatic.gain && set_.automatic)
      return std::nullopt;
  } else if (at_ms - symbol_at_ms_ > automatic_after_ms) {
    wanted = {};
  }
  if (wanted == set_) return std::nullopt;
  set_ = wanted;
  set_at_ms_ = at_ms;
  return set_;
}

std::optional<bool> FocusPlan::next(const ports::FrameUse& use, std::int64_t at_ms) {
  if (use.read) {
    read_at_ms_ = at_ms;
    unread_since_ms_.reset();
  } else if (use.unread && !unread_since_ms_) {
    unread_since_ms_ = at_ms;
  }
  const bool blurred = unread_since_ms_ && use.unread && at_ms - *unread_since_ms_ >= unread_ms;
  const bool wanted = use.read ? false : automatic_ || blurred || at_ms - read_at_ms_ > locked_ms;
  if (wanted) unread_since_ms_.reset();
  if (wanted == automatic_) return std::nullopt;
  automatic_ = wanted;
  return automatic_;
}

}  // namespace millpond::scan
