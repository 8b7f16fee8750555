// SPDX-License-Identifier: Apache-2.0
// ScanStream: which decoder passes run on which frame of a camera, and when a read is a new scan. Not a thread and not
// a camera: the caller feeds frames, the newest only. Its clock is the frames' own time. One thread.
#pragma once

#include "hardware/ports/camera.h"
#include "hardware/scan/change_gate.h"
#include "hardware/scan/decoder.h"
#include "hardware/scan/hint.h"
#include "hardware/scan/sightings.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace millpond::scan {

// Parts of the reading that can be left out, to measure what each gives.
struct StreamParts {
  bool sums = true;        // frames of one symbol are added up
  bool regions = true;     // a suspicion has every second frame
  bool own_reader = true;  // soft rungs
};

struct StreamSettings {
  std::int64_t idle_interval_ms = 200;  // while nothing moves: five passes a second
  std::int64_t active_hold_ms = 1500;   // how long after the last movement every frame is still read
  bool items = false;                   // codes of goods too; codes of people are QR alone
  std::int64_t hint_after_ms = 2000;    // something was held up for so long and not read
  std::int64_t hold_off_ms = 2000;      // a text is one scan until its absence was watched for this long
  bool single_pictures = false;         // not a camera's: what happens between two pictures needs no watching
  StreamParts parts{};
};

struct StreamStep {
  std::optional<Decoded> seen;  // the code in this frame, for the outline on the screen; a new one before others
  bool is_new = false;          // seen, and for the first time since its absence was watched: a scan
  std::vector<Decoded> others;  // what else was read in this frame
  bool active = false;          // something moves or moved just now
  std::optional<ports::PartLight> unread{};  // of a symbol that was suspected in this frame and not read
  Hint hint = Hint::none;  // what would help, when nothing was read for a while although something is there
};

class ScanStream {
 public:
  explicit ScanStream(StreamSettings settings = {})
      : settings_{settings},
        sights_{{.hold_off_ms = settings.hold_off_ms, .single_pictures = settings.single_pictures}} {}

  // At most a half pass and one heavier rung: so p99 of a frame stays below a light decoder's while the rate over a
  // stream is the whole ladder's. Where a symbol is suspected every second frame reads its surroundings only, with the
  // rung that saw it; a code that is known takes no time from others. While nothing moves five frames a second are
  // read, with a heavier rung too when something stands there that was not there before. A torn frame sees nothing.
  // About 1 to 10 ms of CPU at 720p.
  [[nodiscard]] StreamStep feed(const ports::GrayView& frame);

  // A text that was read and means nothing here, as of a poster: once it has hung in the picture for ten seconds it is
  // not `seen` any more, and new only when it was away for ten minutes.
  void ignore(std::string_view text) { sights_.ignore(text); }

  // At the end of a session, for privacy: forgets what frames of codes have added up to. Texts leave by themselves when
  // their absence was watched; until then they are kept, or a phone that still lies there would be a new scan.
  void forget();

 private:
  // Where a symbol is suspected, which rung saw it, and when.
  struct Suspicion {
    Corners outline;
    Rung rung;
    std::int64_t at_ms;
    std::int64_t since_ms;
  };
  void read_moving(const ports::GrayView& frame, StreamStep& step);
  void read_still(const ports::GrayView& frame, StreamStep& step);
  [[nodiscard]] bool read_half(const ports::GrayView& frame, StreamStep& step);
  void read_whole(const ports::GrayView& frame, Rung rung, StreamStep& step);
  void read_around(const ports::GrayView& frame, const Corners& outline, Rung rung, StreamStep& step);
  void take(Decoded found, StreamStep& step);
  void suspect(const ports::GrayView& frame, Rung rung);
  [[nodiscard]] Hint advise(const ports::GrayView& frame, bool moved, const StreamStep& step);

  const StreamSettings settings_;
  ChangeGate gate_;
  Decoder decoder_{settings_.parts.sums ? Decoder::Frames::follow : Decoder::Frames::follow_apart};
  Sightings sights_;
  std::optional<Suspicion> suspicion_;
  std::optional<Suspicion> stubborn_;  // one that could not be read for long, and is looked at now and then only
  std::uint64_t active_frames_ = 0;
  std::uint64_t still_frames_ = 0;
  std::uint64_t still_passes_ = 0;
  std::optional<bool> object_;  // something stands there; nothing while that is not known
  std::optional<std::int64_t> last_movement_ms_;
  std::optional<std::int64_t> waiting_since_ms_;  // something is there since then, and nothing read
  std::optional<std::int64_t> last_idle_read_ms_;
};

}  // namespace millpond::scan
