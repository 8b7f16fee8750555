// SPDX-License-Identifier: Apache-2.0
// Where a QR symbol's three finder patterns may be in a picture of black and white, also when blur has bent their
// proportions. Lenient: what it proposes is proved or dropped by whoever reads the modules. One thread; about 0.4 ms at
// 640 x 360.
#pragma once

#include "hardware/scan/preprocess.h"

#include <cstdint>
#include <span>
#include <vector>

namespace millpond::scan {

struct Finder {
  float x{};  // of its middle, in pixels of the picture
  float y{};
  float unit{};   // width of a module
  int rows{};     // that run through it with the proportions of a finder
  float score{};  // rings' contrast in levels, less where few rows saw it
};

// Three that may belong to one symbol, and how many modules lie between them.
struct FinderTriple {
  Finder top_left{};
  Finder top_right{};
  Finder bottom_left{};
  float modules{};  // between middles: size - 7
  float doubt{};    // 0: as drawn
};

class FinderSearch {
 public:
  // The likeliest triples of the picture, best first; at most `triples_max`. `binary` has 0 for dark pixels and 255 for
  // the others; `luma` is what it was made of. The answer holds until the next search.
  // Finders within an outline of `overlooked`, in pixels of the picture too, are passed over.
  [[nodiscard]] const std::vector<FinderTriple>& search(const LumaBuffer& binary, const LumaBuffer& luma, bool inverted,
                                                        std::span<const Corners> overlooked = {});

  static constexpr std::size_t triples_max = 4;

 private:
  void scan_row(const LumaBuffer& binary, int y);
  void note(float x, float y, float unit);
  void close_before(float y);
  void keep_the_best(const LumaBuffer& luma, bool inverted);
  void pair_up();

  struct Cluster {
    Finder finder;
    float last_y;
  };
  std::vector<int> edges_;
  std::vector<Cluster> open_;  // that the next row may add to
  std::vector<Finder> finders_;
  std::vector<FinderTriple> triples_;
};

}  // namespace millpond::scan
