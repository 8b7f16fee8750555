// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/sightings.h"

#include <algorithm>
#include <cstddef>

namespace millpond::scan {
namespace {

constexpr std::size_t sightings_max = 8;               // more codes than lie before one camera
constexpr std::int64_t hangs_after_ms = 10'000;        // longer than anybody holds a phone up in vain
constexpr std::int64_t taken_down_after_ms = 600'000;  // a customer may stand before a poster for minutes
// What nobody touched is where it was; but a movement may be missed, and who comes back must be read in the end.
constexpr std::int64_t undisturbed_max_ms = 30'000;

}  // namespace

void Sightings::watch(std::int64_t at_ms, bool moved) {
  const bool watched = started_ && at_ms >= now_ms_ && at_ms - now_ms_ <= rules_.watched_gap_ms;
  started_ = true;
  now_ms_ = at_ms;
  for (auto& sighting : sightings_) {
    sighting.disturbed = sighting.disturbed || moved;
    if (watched) continue;
    sighting.absent_since_ms = rules_.single_pictures ? sighting.seen_ms : -1;
  }
  std::erase_if(sightings_, [this](const Sighting& sighting) { return is_gone(sighting); });
}

bool Sightings::saw(const Decoded& found) {
  auto known = std::find_if(sightings_.begin(), sightings_.end(),
                            [&found](const Sighting& sighting) { return sighting.text == found.text; });
  const bool is_new = known == sightings_.end();
  if (is_new) {
    if (sightings_.size() >= sightings_max) {
      sightings_.erase(std::min_element(sightings_.begin(), sightings_.end(), [](const auto& one, const auto& other) {
        return one.seen_ms < other.seen_ms;
      }));
    }
    known = sightings_.insert(sightings_.end(), {found.text, {}, {}, 0, now_ms_});
  }
  known->outline = found.corners;
  known->rung = found.rung;
  known->seen_ms = now_ms_;
  known->absent_since_ms = -1;
  known->disturbed = false;
  return is_new;
}

void Sightings::missed_the_rest() {
  for (auto& sighting : sightings_) {
    if (sighting.seen_ms == now_ms_ || sighting.absent_since_ms >= 0) continue;
    if (sighting.disturbed || now_ms_ - sighting.seen_ms > undisturbed_max_ms) sighting.absent_since_ms = now_ms_;
  }
}

bool Sightings::is_gone(const Sighting& sighting) const {
  if (sighting.absent_since_ms < 0) return false;
  const auto wait_ms = is_part_of_shop(sighting) ? taken_down_after_ms : rules_.hold_off_ms;
  return now_ms_ - sighting.absent_since_ms >= wait_ms;
}

const Sighting* Sightings::find(std::string_view text) const {
  const auto known = std::find_if(sightings_.begin(), sightings_.end(),
                                  [text](const Sighting& sighting) { return sighting.text == text; });
  return known == sightings_.end() ? nullptr : &*known;
}

bool Sightings::is_new(std::string_view text) const { return find(text) == nullptr; }

void Sightings::ignore(std::string_view text) {
  for (auto& sighting : sightings_) sighting.ignored = sighting.ignored || sighting.text == text;
}

bool Sightings::is_part_of_shop(const Sighting& sighting) const {
  return sighting.ignored && sighting.seen_ms - sighting.stands_since_ms >= hangs_after_ms;
}

bool Sightings::is_part_of_shop(std::string_view text) const {
  const auto* sighting = find(text);
  return sighting != nullptr && is_part_of_shop(*sighting);
}

std::vector<Corners> Sightings::outlines(std::int64_t within_ms) const {
  std::vector<Corners> outlines;
  for (const auto& sighting : sightings_) {
    if (now_ms_ - sighting.seen_ms <= within_ms) outlines.push_back(sighting.outline);
  }
  return outlines;
}

const Sighting* Sightings::hard_one(std::int64_t within_ms) const {
  const Sighting* last = nullptr;
  for (const auto& sighting : sightings_) {
    if (sighting.rung == Rung::half || now_ms_ - sighting.seen_ms > within_ms) continue;
    if (last == nullptr || sighting.seen_ms > last->seen_ms) last = &sighting;
  }
  return last;
}

}  // namespace millpond::scan
