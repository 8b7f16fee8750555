// SPDX-License-Identifier: Apache-2.0
// Decoder: the code in one gray frame, by a ladder of passes from cheap to thorough. Pure but for its buffers: the
// same frame gives the same text. Not a stream (scan_stream.h) and verifies nothing: a misread carries no valid
// signature. One thread per decoder. Texts are personal data and never logged.
#pragma once

#include "hardware/ports/camera.h"
#include "hardware/scan/preprocess.h"
#include "hardware/scan/soft_reader.h"
#include "hardware/scan/zxing_adapter.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millpond::scan {

// One pass over one frame. In order at 720p: about 1, 5, 2, 2, 3, 3, 8, 8, 10 and 50 ms of CPU on an empty frame.
enum class Rung : std::uint8_t {
  half,                // 2x2 averages, QR only: reads most codes, more than the full size when the camera is noisy
  full,                // QR only
  mean_half,           // local-mean threshold at half size: low contrast
  mean_half_inverted,  // light modules on dark ground
  soft,                // our own reader (soft_reader.h): reflections, defocus, motion
  soft_inverted,
  mean_full,
  mean_full_inverted,
  items,     // codes of goods, at full size
  thorough,  // every symbology that we read, every option of the library: for files, not for streams
};

[[nodiscard]] std::string_view rung_name(Rung rung);

inline constexpr std::array half_then_full{Rung::half, Rung::full};
inline constexpr std::array full_ladder{Rung::half, Rung::full,          Rung::mean_half, Rung::mean_half_inverted,
                                        Rung::soft, Rung::soft_inverted, Rung::mean_full, Rung::mean_full_inverted};
inline constexpr std::array file_ladder{Rung::half,    Rung::full,          Rung::mean_half, Rung::mean_half_inverted,
                                        Rung::soft,    Rung::soft_inverted, Rung::mean_full, Rung::mean_full_inverted,
                                        Rung::thorough};

struct Decoded {
  std::string text;  // UTF-8
  ports::Symbology symbology{};
  Corners corners{};  // in pixels of the frame
  Rung rung{};
  double cpu_ms{};  // this thread's CPU time over all rungs tried, this one included
};

// A part of a frame, in its pixels.
struct Region {
  int x{};
  int y{};
  int width{};
  int height{};
};

// The part of a frame around an outline, half as large again on each side; the whole frame when that is not much more.
[[nodiscard]] Region region_around(const Corners& outline, const ports::GrayView& frame);

class Decoder {
 public:
  // Frames that follow each other, of one camera, cost less each; and they may be added up.
  enum class Frames : std::uint8_t { single, follow, follow_apart };

  explicit Decoder(Frames frames = Frames::single) : frames_{frames} {}

  // Climbs until a rung reads something; nothing when none does or the frame is not sound.
  [[nodiscard]] std::optional<Decoded> decode(const ports::GrayView& frame, std::span<const Rung> ladder);

  // One rung; a stream spreads the heavier ones over frames.
  [[nodiscard]] std::optional<Decoded> try_rung(const ports::GrayView& frame, Rung rung);
  // The same in a part that lies within the frame; corners are the frame's.
  [[nodiscard]] std::optional<Decoded> try_rung(const ports::GrayView& frame, Rung rung, const Region& region);
  // One rung of the library's over the whole frame, with every symbol that it reads, at most `symbols_max`; a soft rung
  // gives one at most.
  [[nodiscard]] std::vector<Decoded> all_symbols(const ports::GrayView& frame, Rung rung, int symbols_max);

  // Outlines of symbols in the frame that soft rungs need not look at, until this is called again: they try few
  // symbols, and one that is known already is not worth its place.
  void overlook(std::vector<Corners> outlines) { overlooked_ = std::move(outlines); }

  // Where the last soft rung saw what is probably a symbol that it could not read.
  [[nodiscard]] const std::optional<Corners>& suspected() const { return suspected_; }
  // How far it came, zeros before any.
  [[nodiscard]] const SoftTrace& trace() const { return trace_; }
  // Forgets what frames have added up to.
  void forget();

 private:
  [[nodiscard]] std::vector<Decoded> read_region(const ports::GrayView& frame, Rung rung, const Region& region,
                                                 int symbols_max);
  [[nodiscard]] std::vector<RawRead> read(const ports::GrayView& part, const Region& region, Rung rung,
                                          int symbols_max);
  [[nodiscard]] std::vector<RawRead> read_softly(const ports::GrayView& part, const Region& region, bool inverted);

  [[nodiscard]] ports::GrayView at_scale(const ports::GrayView& part, int scale);

  const Frames frames_;
  std::optional<std::int64_t> at_ms_;  // of the frame in hand, when frames follow each other
  int frame_width_{};                  // of the frame in hand: modules are as wide in a part of it
  std::vector<Corners> overlooked_;
  std::optional<Corners> suspected_;
  SoftTrace trace_;
  SoftReader soft_reader_;
  LocalMean local_mean_;
  LumaBuffer half_;
  LumaBuffer quarter_;
  LumaBuffer binary_;
};

// This thread's CPU time so far, for measuring what a pass costs.
[[nodiscard]] double thread_cpu_ms();

}  // namespace millpond::scan
