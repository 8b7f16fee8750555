// SPDX-License-Identifier: Apache-2.0
// SoftReader: reads QR symbols that hard decisions lose, under reflections, out of focus and smeared: it finds the
// finders, fits the grid, learns the blur from the fixed patterns and finds the modules that explain the picture, takes
// doubt to the error correction, and adds up what several frames of a stream saw of one symbol. One thread.
#pragma once

#include "hardware/scan/qr_finder.h"
#include "hardware/scan/qr_grid.h"
#include "hardware/scan/qr_soft.h"
#include "hardware/scan/zxing_adapter.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millpond::scan {

// A frame, or a part of one, of the polarity that is looked for. Borrowed, as long as a call.
struct SoftPart {
  const ports::GrayView& luma;
  bool inverted{};
  Point origin{};                          // of the part, in the frame
  const std::vector<Corners>& overlooked;  // outlines in the frame that are passed over
};

// The part at the size that finders are looked for in.
struct SoftSearch {
  const ports::GrayView& luma;
  const LumaBuffer& binary;  // the same as dark or light
  int scale;                 // pixels of the part on a side of one of its
  FinderSearch::Lines lines;
};

// How far a read came, so that one can tell why a symbol was not read.
struct SoftTrace {
  int triples{};  // of finders, that were looked at
  float match{};  // of the fixed patterns, where they match best
  int blocks{};   // of the error correction in the best try; 0: no format
  int mended{};   // of them; all of them: the text was refused

  void note(const SoftRead& read);
};

class SoftReader {
 public:
  // `at_ms` orders the frames of a stream; frames that belong to nothing have none, and then nothing is added up.
  [[nodiscard]] std::optional<RawRead> read(const SoftPart& part, const SoftSearch& where,
                                            std::optional<std::int64_t> at_ms);

  // Where the last read saw what is probably a symbol, whether or not it could be read.
  [[nodiscard]] const std::optional<Corners>& suspected() const { return suspected_; }
  // And how far it came with the symbol that it came furthest with.
  [[nodiscard]] const SoftTrace& trace() const { return trace_; }
  void forget() { sums_ = {}; }

 private:
  // What frames of one symbol have added up to. Two people may hold up symbols of one size.
  struct Sum {
    SoftModules modules;  // size 0: none
    bool inverted{};
    Point middle{};  // of the symbol, in pixels of the frame
    float side{};
    std::int64_t at_ms{};
  };

  [[nodiscard]] std::optional<std::string> read_fit(const SoftPart& part, const QrFit& fit,
                                                    std::optional<std::int64_t> at_ms);
  [[nodiscard]] std::optional<std::string> add_up(const SoftModules& modules, float match, Sum place);
  [[nodiscard]] Sum& sum_for(const SoftModules& modules, const Sum& place);

  FinderSearch search_;
  std::array<Sum, 2> sums_;
  std::optional<Corners> suspected_;
  SoftTrace trace_;
};

}  // namespace millpond::scan
