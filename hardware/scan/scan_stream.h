// SPDX-License-Identifier: Apache-2.0
// ScanStream: which decoder passes run on which frame of a camera, and when a read is a new scan. Not a thread and not
// a camera: the caller feeds frames, the newest only. Its clock is the frames' own time. One thread.
#pragma once

#include "hardware/ports/camera.h"
#include "hardware/scan/change_gate.h"
#include "hardware/scan/decoder.h"
#include "hardware/scan/hint.h"

#include <cstdint>
#include <optional>
#include <string>

namespace millpond::scan {

struct StreamSettings {
  std::int64_t idle_interval_ms = 200;  // while nothing moves: a half pass at 5 Hz
  std::int64_t active_hold_ms = 1500;   // how long after the last movement every frame is still read
  bool items = false;                   // codes of goods too; codes of people are QR alone
  std::int64_t hint_after_ms = 2000;    // something was held up for so long and not read
  std::int64_t hold_off_ms = 2000;      // the same text is one scan until it was out of sight for this long
};

struct StreamStep {
  std::optional<Decoded> seen;  // the code in this frame, for the outline on the screen
  bool is_new = false;          // seen, and not within the hold-off of the same text: a scan
  bool active = false;          // something moves or moved just now
  Hint hint = Hint::none;       // what would help, when nothing was read for a while although something is there
};

class ScanStream {
 public:
  explicit ScanStream(StreamSettings settings = {}) : settings_{settings} {}

  // At most a half pass and one heavier rung: so p99 of a frame stays below a light decoder's while the rate over a
  // stream is the whole ladder's. Where a symbol was seen or suspected just now only its surroundings are read, with
  // the rung that saw it. A torn frame sees nothing. About 1 to 10 ms of CPU at 720p.
  [[nodiscard]] StreamStep feed(const ports::GrayFrame& frame);

  // Forgets what was seen, so that the next sight of the same code is new: at the end of a session, for privacy.
  void forget();

 private:
  [[nodiscard]] std::optional<Decoded> read(const ports::GrayFrame& frame);
  [[nodiscard]] std::optional<Decoded> read_in(const ports::GrayFrame& frame, const Region& region);
  void remember(const ports::GrayFrame& frame, const std::optional<Decoded>& found);
  [[nodiscard]] Hint advise(const ports::GrayFrame& frame, bool moved, const StreamStep& step);
  [[nodiscard]] bool note(const std::string& text, std::int64_t at_ms);

  const StreamSettings settings_;
  ChangeGate gate_;
  Decoder decoder_{Decoder::Frames::follow};
  // Where a symbol is or is suspected, which rung saw it, and when.
  struct Sight {
    Corners outline;
    Rung rung;
    std::int64_t at_ms;
    bool is_read;  // not only suspected
  };
  std::optional<Sight> sight_;
  std::uint64_t active_frames_ = 0;
  std::optional<std::int64_t> last_movement_ms_;
  std::optional<std::int64_t> waiting_since_ms_;  // active since then, and nothing read
  std::optional<std::int64_t> last_idle_read_ms_;
  std::string last_text_;
  std::int64_t last_seen_ms_ = 0;
};

}  // namespace millpond::scan
