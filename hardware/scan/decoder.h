// SPDX-License-Identifier: Apache-2.0
// Decoder: the code in one gray frame, by a ladder of passes from cheap to thorough. Pure but for its buffers: the
// same frame gives the same text. Not a stream (scan_stream.h) and verifies nothing: a misread carries no valid
// signature. One thread per decoder. Texts are personal data and never logged.
#pragma once

#include "hardware/ports/camera.h"
#include "hardware/scan/preprocess.h"
#include "hardware/scan/zxing_adapter.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace millpond::scan {

// One pass over one frame. In order of cost at 720p: about 1, 5, 2, 2, 8, 8 and 50 ms of CPU on an empty frame.
enum class Rung : std::uint8_t {
  half,                // 2x2 averages, QR only: reads most codes, more than the full size when the camera is noisy
  full,                // QR only
  mean_half,           // local-mean threshold at half size: low contrast
  mean_half_inverted,  // light modules on dark ground
  mean_full,
  mean_full_inverted,
  thorough,  // every symbology that we read, every option of the library: for files, not for streams
};

[[nodiscard]] std::string_view rung_name(Rung rung);

inline constexpr std::array half_then_full{Rung::half, Rung::full};
inline constexpr std::array full_ladder{
    Rung::half, Rung::full, Rung::mean_half, Rung::mean_half_inverted, Rung::mean_full, Rung::mean_full_inverted};
inline constexpr std::array file_ladder{
    Rung::half,    Rung::full, Rung::mean_half, Rung::mean_half_inverted, Rung::mean_full, Rung::mean_full_inverted,
    Rung::thorough};

struct Decoded {
  std::string text;  // UTF-8
  ports::Symbology symbology{};
  Corners corners{};  // in pixels of the frame
  Rung rung{};
  double cpu_ms{};  // this thread's CPU time over all rungs tried, this one included
};

class Decoder {
 public:
  // Climbs until a rung reads something; nothing when none does or the frame is not sound.
  [[nodiscard]] std::optional<Decoded> decode(const ports::GrayFrame& frame, std::span<const Rung> ladder);

  // One rung; a stream spreads the heavier ones over frames.
  [[nodiscard]] std::optional<Decoded> try_rung(const ports::GrayFrame& frame, Rung rung);

 private:
  [[nodiscard]] std::optional<RawRead> read(const LumaView& frame, Rung rung);

  LocalMean local_mean_;
  LumaBuffer half_;
  LumaBuffer binary_;
};

// This thread's CPU time so far, for measuring what a pass costs.
[[nodiscard]] double thread_cpu_ms();

}  // namespace millpond::scan
