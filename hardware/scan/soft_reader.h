// SPDX-License-Identifier: Apache-2.0
// SoftReader: reads QR symbols that hard decisions lose, under reflections, out of focus and smeared: it finds the
// finders, fits the grid, undoes the blur by what the fixed patterns teach, takes doubt to the error correction, and
// adds up what several frames of a stream saw of one symbol. One thread.
#pragma once

#include "hardware/scan/qr_equalizer.h"
#include "hardware/scan/qr_finder.h"
#include "hardware/scan/zxing_adapter.h"

#include <cstdint>
#include <optional>

namespace millpond::scan {

class SoftReader {
 public:
  // `half` is the picture at half size, `binary` the same as dark or light, of the polarity that is looked for. `at_ms`
  // orders the frames of a stream; frames that belong to nothing have none, and then nothing is added up.
  [[nodiscard]] std::optional<RawRead> read(const LumaView& luma, const LumaBuffer& half, const LumaBuffer& binary,
                                            bool inverted, std::optional<std::int64_t> at_ms);

  // Where the last read saw what is probably a symbol, whether or not it could be read.
  [[nodiscard]] const std::optional<Corners>& suspected() const { return suspected_; }
  void forget() { sum_ = {}; }

 private:
  [[nodiscard]] std::optional<std::string> read_fit(const LumaView& luma, const QrFit& fit, bool inverted,
                                                    std::optional<std::int64_t> at_ms);
  [[nodiscard]] std::optional<std::string> add_up(const SoftModules& modules, float match, std::int64_t at_ms);

  FinderSearch search_;
  SoftModules sum_;  // of the frames before; size 0: none
  std::int64_t sum_at_ms_ = 0;
  std::optional<Corners> suspected_;
};

}  // namespace millpond::scan
