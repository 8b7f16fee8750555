// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/change_gate.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace millpond::scan {
namespace {

constexpr int step_px = 8;
constexpr int run_px = 4;       // pixels of a sample: their mean has half the noise of one
constexpr int none_at = 1024;   // where no difference is counted
constexpr int levels = run_px;  // of a sample, to one of a pixel

constexpr int moved_min = 3 * levels;
constexpr int object_min = 10 * levels;
// Of the median difference: four standard deviations, which one sample of 16,000 passes by chance.
constexpr float above_noise = 6;
constexpr float noise_falls = 1.0F / 8;
constexpr float noise_rises = 1.0F / 64;       // slower than anybody moves before the whole picture
constexpr std::size_t moved_share = 200;       // one sample in so many: a hand at the edge of the picture
constexpr std::size_t object_share = 100;      // a phone at arm's length
constexpr float background_part = 1 / 512.0F;  // of a frame: what stays is background after three minutes at 5 Hz

}  // namespace

// How many samples differ by more than noise when a change that all have in common is left out: lamps flicker, and
// cameras answer to light.
ChangeGate::Difference ChangeGate::compare(const std::vector<std::uint16_t>& before, int threshold_min) {
  counts_.fill(0);
  const std::size_t count = current_.size();
  for (std::size_t i = 0; i < count; ++i) {
    ++counts_[static_cast<std::size_t>(none_at + int{current_[i]} - int{before[i]})];
  }
  int common = -none_at;
  for (std::size_t sum = 0; common < none_at; ++common) {
    sum += counts_[static_cast<std::size_t>(none_at + common)];
    if (2 * sum >= count) break;
  }
  const auto at = [this, common](int difference) -> std::size_t {
    const int place = none_at + common + difference;
    return place >= 0 && place < 2 * none_at ? counts_[static_cast<std::size_t>(place)] : 0;
  };
  // The median, as if a count were spread evenly over its level, or a quiet camera's noise would be 0 or 1.
  float median = 0;
  std::size_t below = 0;
  for (int d = 0; d < 2 * none_at; ++d) {
    const std::size_t here = d == 0 ? at(0) : at(d) + at(-d);
    if (2 * (below + here) >= count) {
      const float inside = static_cast<float>(count) / 2 - static_cast<float>(below);
      median = static_cast<float>(d) - 0.5F + inside / static_cast<float>(std::max<std::size_t>(1, here));
      break;
    }
    below += here;
  }
  median = std::max(0.0F, median);
  const float noise = noise_.value_or(median);
  const int threshold = std::max(threshold_min, static_cast<int>(above_noise * noise));
  if (&before == &previous_) { noise_ = noise + (median - noise) * (median < noise ? noise_falls : noise_rises); }
  std::size_t changed = 0;
  for (int place = 0; place < 2 * none_at; ++place) {
    if (std::abs(place - none_at - common) > threshold) changed += counts_[static_cast<std::size_t>(place)];
  }
  return {changed, count};
}

bool ChangeGate::moved(const ports::GrayView& frame) {
  previous_.swap(current_);
  current_.clear();
  for (int y = 0; y < frame.height; y += step_px) {
    const auto* row = frame.row(y);
    for (int x = 0; x + run_px <= frame.width; x += step_px) {
      const auto* run = row + static_cast<std::ptrdiff_t>(x) * frame.step;
      const int sum = run[0] + run[frame.step] + run[2 * frame.step] + run[3 * frame.step];
      current_.push_back(static_cast<std::uint16_t>(sum));
    }
  }
  if (current_.size() != previous_.size() || current_.empty()) {
    background_.clear();
    slow_.clear();
    noise_.reset();
    return true;
  }
  const auto difference = compare(previous_, moved_min);
  return difference.changed * moved_share > difference.samples;
}

std::optional<bool> ChangeGate::holds_object() {
  if (background_.empty() || background_.size() != current_.size()) return std::nullopt;
  const auto difference = compare(background_, object_min);
  return difference.changed * object_share > difference.samples;
}

void ChangeGate::learn_background() {
  if (slow_.size() != current_.size()) {
    slow_.assign(current_.begin(), current_.end());
  } else {
    for (std::size_t i = 0; i < slow_.size(); ++i) {
      slow_[i] += (static_cast<float>(current_[i]) - slow_[i]) * background_part;
    }
  }
  background_.resize(slow_.size());
  std::transform(slow_.begin(), slow_.end(), background_.begin(),
                 [](float level) { return static_cast<std::uint16_t>(level + 0.5F); });
}

}  // namespace millpond::scan
