// SPDX-License-Identifier: Apache-2.0
// Where a QR symbol's three finder patterns may be in a picture of black and white, also when blur has bent their
// proportions. Lenient: what it proposes is proved or dropped by whoever reads the modules. One thread; about 0.4 ms at
// 640 x 360.
#pragma once

#include "hardware/scan/preprocess.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace millpond::scan {

struct Finder {
  float x{};  // of its middle, in pixels of the picture
  float y{};
  float unit{};   // width of a module
  int rows{};     // or columns, that run through it with the proportions of a finder
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
  // A smear along rows leaves no finder's proportions in them, and leaves them in the columns. Those cost as much
  // again: `rows_first` looks at them when no three were found.
  enum class Lines : std::uint8_t { rows_first, both };

  // The likeliest triples of the picture, best first; at most `triples_max`. `binary` has 0 for dark pixels and 255 for
  // the others; `luma` is what it was made of. The answer holds until the next search.
  // Finders within an outline of `overlooked`, in pixels of the picture too, are passed over.
  [[nodiscard]] const std::vector<FinderTriple>& search(const LumaBuffer& binary, const ports::GrayView& luma,
                                                        bool inverted, Lines lines,
                                                        std::span<const Corners> overlooked = {});

  static constexpr std::size_t triples_max = 4;

 private:
  // Pixels of a row, or of a column.
  struct Line {
    const std::uint8_t* first;
    std::ptrdiff_t step;
    int count;
  };
  void scan_rows(const LumaBuffer& binary);
  void scan_columns(const LumaBuffer& binary);
  void scan_line(const Line& line, int at);
  void note(float x, float y, float unit);
  void close_before(float y);
  void pass_over(std::span<const Corners> outlines);
  void keep_the_best(const ports::GrayView& luma, bool inverted);
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
