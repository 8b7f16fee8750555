// SPDX-License-Identifier: Apache-2.0
// What the engine is told and what it answers, as values, and the limits it keeps. Times are monotonic milliseconds
// unless they say otherwise. Pure; any thread.
#pragma once

#include "sync/base/epoch_mark.h"
#include "sync/base/error.h"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace millpond::engine {

// Every bound of sending, asking and waiting, and the one place where limits of the line are set. Batches and pages
// grow by doubling after a success and shrink after a failure. A 0 in bytes a second or events of bulk is no limit.
struct Limits {
  std::uint32_t batch_events_min{100};  // where batches begin; only a line too slow for that goes below
  std::uint32_t batch_events_max{10'000};
  std::uint32_t batch_bytes_max{4U << 20};
  std::uint32_t down_rows_max{2'000};
  std::uint32_t snapshot_piece_bytes_max{4U << 20};
  std::int64_t backoff_base_ms{500};  // full jitter: uniform in [0, base * 2^n]
  std::int64_t backoff_max_ms{60'000};
  std::int64_t request_timeout_ms{20'000};
  std::int64_t request_timeout_max_ms{600'000};  // doubles after each time-out in a row, so that a drip gets through
  std::int64_t poll_default_ms{10'000};
  std::int64_t poll_slot_max_ms{55'000};  // below the minute after which lines in between forget a silent connection
  std::int64_t poll_gap_ms{200};          // between two questions of a slot holder, however much happens
  // After a stop, uniform in [half, whole]. The hub refused, so it is not pestered: 5,000 terminals that a restored hub
  // refused at one moment ask it 17 small questions a second at most, and all are back ten minutes after it is mended.
  std::int64_t stop_retry_ms{600'000};
  // Of Retry-After, credit waits and poll intervals: whoever stands in between must not silence a terminal for good.
  std::int64_t wait_max_ms{3'600'000};
  std::uint64_t up_bytes_per_s{};
  std::uint64_t down_bytes_per_s{};
  std::uint64_t bulk_events_min{};     // a queue of this many is bulk, which waits for BulkWindow
  std::int64_t bulk_check_ms{60'000};  // bulk that waits looks again after this
};

enum class Line : std::uint8_t { unknown, online, offline, stopped };

// Whether pages would take too long; urgent when this terminal has no usable replica, so that no window is waited for.
enum class Snapshot : std::uint8_t { none, wanted, urgent };

// --- what happened
struct Started {};  // the runner is ready; call once
struct Tick {};     // the timer of SetTimer fired
// Of the epoch to send; queued counts all epochs.
struct OutboxChanged {
  base::Epoch epoch;
  base::Seq acked;
  base::Seq head;
  std::uint64_t queued;
};
struct UpAccepted {
  base::Epoch epoch;
  base::Seq through;      // what it has taken of what was sent: never past the batch's last fact
  base::Seq hub_through;  // all that it holds of the epoch, perhaps another history's
  std::uint32_t retry_ms;
  std::uint32_t credit_events;
  std::uint32_t credit_bytes;
};
// Hub holds less than our first_seq - 1: resend from there.
struct UpGap {
  base::Epoch epoch;
  base::Seq through;
};
// The hub holds another history of this epoch after common_through: another copy of this terminal sent it.
struct UpForked {
  base::Epoch epoch;
  base::Seq common_through;
};
// Unauthorized, certificate, a fork that the hub cannot place.
struct UpRefused {
  base::Error error;
};
struct UpFailed {
  base::Error error;
  std::int64_t retry_after_ms;
};
// Nothing was sent: the store found damage in what it was to read and set it aside. OutboxChanged follows.
struct UpWithdrawn {};
// Applied and durable.
struct DownArrived {
  bool more{};
  bool news{};  // it held rows, or its cursor went on
  std::vector<base::EpochMark>
      behind{};  // epochs of which the hub holds less than it had acknowledged when it was asked
  // Where the live epoch ends here, when the hub holds more of it: this journal went back, or has a copy that goes on.
  std::optional<base::EpochMark> ahead{};
  bool value_suspended{};
  std::uint32_t poll_ms{};
  std::uint32_t poll_slot_ms{};
  Snapshot snapshot{};
};
struct DownFailed {
  base::Error error;
  std::int64_t retry_after_ms;
};
struct DownRefused {
  base::Error error;
};
// Its description is known, or a part of it is kept; ask for the next.
struct SnapshotProgress {
  bool part;
};
struct ErrandDone {};       // something else was asked on the downlink's lane; pages go on at once
struct SnapshotAdopted {};  // the replica is the snapshot's now; pages go on from there
// What went over the line for the request that was just answered, whatever came of it. Comes before its answer.
struct BytesMoved {
  std::uint64_t up;
  std::uint64_t down;
};
// Whether the hour allows bulk; open until the first one says otherwise.
struct BulkWindow {
  bool open;
};
struct PollNow {};  // a person or the service asks for fresh data
struct Resumed {};  // an operator cleared a stop; the hub is asked at once

using Input = std::variant<Started, Tick, OutboxChanged, UpAccepted, UpGap, UpForked, UpRefused, UpFailed, UpWithdrawn,
                           DownArrived, DownFailed, DownRefused, SnapshotProgress, ErrandDone, SnapshotAdopted,
                           BytesMoved, BulkWindow, PollNow, Resumed>;

// --- what to do
struct SendUp {
  base::Epoch epoch;
  base::Seq from;
  std::uint32_t events_max;
  std::uint32_t bytes_max;
  std::int64_t timeout_ms;
};
// One store transaction; then report OutboxChanged.
struct Acknowledge {
  base::Epoch epoch;
  base::Seq through;
};
// Put ring rows after each mark back, or what is left of them; then report OutboxChanged.
struct Rewind {
  std::vector<base::EpochMark> marks;
};
// Begin a new epoch with what follows common_through in the old one, perhaps nothing; then report OutboxChanged.
struct Reissue {
  base::Epoch epoch;
  base::Seq common_through;
};
// wait_ms: the hub may hold the request that long until there is news.
struct AskDown {
  std::uint32_t rows_max;
  std::int64_t wait_ms;
  std::int64_t timeout_ms;
};
// The next step towards a snapshot: its description, a piece of it, or its adoption.
struct FetchSnapshot {
  std::uint32_t piece_bytes_max;
  std::int64_t timeout_ms;
};
// Replaces the previous one.
struct SetTimer {
  std::int64_t at_ms;
};
// Reason is a base::code_name while offline or stopped. Notice is one as long as somebody must look at something
// although the line works: hub_fork while another copy of this terminal is about.
struct LineChanged {
  Line line;
  std::string reason;
  std::string notice;
};

using Action = std::variant<SendUp, Acknowledge, Rewind, Reissue, AskDown, FetchSnapshot, SetTimer, LineChanged>;

}  // namespace millpond::engine
