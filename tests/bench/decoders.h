// SPDX-License-Identifier: Apache-2.0
// The decoders that the scan benchmark compares, as they take turns on the same frames: ours, ZXing with its default
// options, and ZBar where it is built in. One thread.
#pragma once

#include "hardware/ports/camera.h"
#include "hardware/scan/decoder.h"
#include "tests/bench/bench.h"
#include "tests/bench/zbar_reader.h"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::bench {

enum class Who : std::size_t { ours, zxing, zbar };
inline constexpr std::array everybody{Who::ours, Who::zxing, Who::zbar};

[[nodiscard]] std::string_view decoder_name(Who who);
[[nodiscard]] bool takes_part(Who who);  // false for ZBar where it is not built in

struct Read {
  std::optional<std::string> text;
  double cpu_ms{};
  scan::SoftTrace trace{};  // of our own reader, where it came furthest
};

// What one decoder made of many frames.
struct Tally {
  std::vector<double> cpu_ms;
  std::size_t correct = 0;
  std::size_t wrong = 0;

  [[nodiscard]] double percentile(int percent) const;  // of cpu_ms; 0 when nothing was measured
  [[nodiscard]] double ratio_to(const Tally& other, int percent) const;
};

// Text as it is compared: without line ends, and without what is not ASCII, because texts beside photographs are in
// encodings of their own.
[[nodiscard]] std::string comparable(std::string_view text);

class Decoders {
 public:
  // One decoder on one frame, with our decoder's passes from `ladder`.
  [[nodiscard]] Read read(Who who, const ports::GrayFrame& frame, std::span<const scan::Rung> ladder);
  // Everybody on one frame; who begins changes from frame to frame, so that a cold cache is shared fairly. A frame
  // without a code has no truth: whatever is read in it is wrong.
  // Returns what ours came to.
  Read take_turns(const ports::GrayFrame& frame, const std::optional<std::string>& truth,
                  std::span<const scan::Rung> ladder, std::array<Tally, everybody.size()>& tallies);

 private:
  scan::Decoder ours_;
  ZbarReader zbar_;
  std::size_t turn_ = 0;
};

}  // namespace millpond::bench
