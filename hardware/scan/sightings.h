// SPDX-License-Identifier: Apache-2.0
// Sightings: which texts a camera has in sight, since when and where, and so which read is a new scan. A text is new
// again only after its absence was watched: time in which nobody looked proves nothing. Its clock is the frames' time.
// One thread. Texts are personal data: they leave when their absence is sure, and are never logged.
#pragma once

#include "hardware/scan/decoder.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::scan {

struct SightingRules {
  std::int64_t hold_off_ms = 2000;  // of absence, after which a text is new
  // Frames further apart were not watched in between. Of single pictures, as of a folder, time without one is absence.
  std::int64_t watched_gap_ms = 500;
  bool single_pictures = false;
};

struct Sighting {
  std::string text;
  Corners outline{};
  Rung rung{};  // that saw it last
  std::int64_t seen_ms{};
  std::int64_t stands_since_ms{};
  std::int64_t absent_since_ms = -1;  // -1: not known to be absent
  bool disturbed = false;             // something moved since it was seen
  bool ignored = false;
};

class Sightings {
 public:
  explicit Sightings(SightingRules rules) : rules_{rules} {}

  // Every frame, in order, before what was read in it is told. `moved`: it differs from the frame before.
  void watch(std::int64_t at_ms, bool moved);
  // Was read in the frame in hand. True when it is a new scan.
  bool saw(const Decoded& found);
  // The frame in hand was read, and nothing more was found in it.
  void missed_the_rest();

  [[nodiscard]] bool is_new(std::string_view text) const;
  // A text that means nothing here. Once it has hung in the picture for ten seconds it is part of the shop.
  void ignore(std::string_view text);
  [[nodiscard]] bool is_part_of_shop(std::string_view text) const;

  // Seen not longer ago than `within_ms`; outlines of all of them, and the one that only a heavier rung sees.
  [[nodiscard]] std::vector<Corners> outlines(std::int64_t within_ms) const;
  [[nodiscard]] const Sighting* hard_one(std::int64_t within_ms) const;

 private:
  [[nodiscard]] const Sighting* find(std::string_view text) const;
  [[nodiscard]] bool is_part_of_shop(const Sighting& sighting) const;
  [[nodiscard]] bool is_gone(const Sighting& sighting) const;

  const SightingRules rules_;
  std::vector<Sighting> sightings_;
  std::int64_t now_ms_ = 0;
  bool started_ = false;
};

}  // namespace millpond::scan
