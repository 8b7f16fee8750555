// SPDX-License-Identifier: Apache-2.0
// Engine: the pure state machine that decides what a terminal sends and asks next. It owns no socket, timer, thread or
// file: step() takes what happened and the time, and returns what to do. The runner in `client` executes the actions;
// the simulator runs this very code under a virtual clock.
//
// It keeps one upload and one downlink request under way at most, and while anything is queued and nothing is stopped
// either a request is under way or a timer is set, so the queue drains without any new local write. A stop (fork,
// authentication, certificate) ends the upload until an operator resumes it; the downlink goes on unless it was refused
// itself, so that documents and revocations still arrive.
#pragma once

#include "sync/base/error.h"
#include "sync/base/ids.h"
#include "sync/base/rng.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace millpond::engine {

// Bounds of a batch and of waiting. Batches grow by doubling after a success and halve after a failure.
struct Limits {
  std::uint32_t batch_events_min{100};
  std::uint32_t batch_events_max{10'000};
  std::uint32_t batch_bytes_max{4U << 20};
  std::int64_t backoff_base_ms{500};  // full jitter: uniform in [0, base * 2^n]
  std::int64_t backoff_max_ms{60'000};
  std::int64_t request_timeout_ms{20'000};
  std::int64_t poll_default_ms{10'000};
  // Of Retry-After, credit waits and poll intervals: whoever stands in between must not silence a terminal for good.
  std::int64_t wait_max_ms{3'600'000};
};

enum class Line : std::uint8_t { unknown, online, offline, stopped };

// --- what happened
struct Started {};  // the runner is ready; call once
struct Tick {};     // the timer of SetTimer fired
// Of the epoch to send.
struct OutboxChanged {
  base::Epoch epoch;
  base::Seq acked;
  base::Seq head;
  std::uint64_t queued;
};
struct UpAccepted {
  base::Epoch epoch;
  base::Seq through;
  std::uint32_t retry_ms;
  std::uint32_t credit_events;
};
// Hub holds less than our first_seq - 1: resend from there.
struct UpGap {
  base::Epoch epoch;
  base::Seq through;
};
// Fork, unauthorized, certificate, a rewind past what is kept.
struct UpRefused {
  base::Error error;
};
struct UpFailed {
  base::Error error;
  std::int64_t retry_after_ms;
};
// Applied and durable.
struct DownArrived {
  bool more;
  base::Epoch epoch;
  base::Seq accepted_through;
  std::uint32_t poll_ms;
};
struct DownFailed {
  base::Error error;
  std::int64_t retry_after_ms;
};
struct DownRefused {
  base::Error error;
};
struct PollNow {};  // a person or the service asks for fresh data
struct Resumed {};  // an operator cleared a stop

using Input = std::variant<Started, Tick, OutboxChanged, UpAccepted, UpGap, UpRefused, UpFailed, DownArrived,
                           DownFailed, DownRefused, PollNow, Resumed>;

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
// Put ring rows back; then report OutboxChanged.
struct Rewind {
  base::Epoch epoch;
  base::Seq through;
};
struct AskDown {
  std::int64_t timeout_ms;
};
// Monotonic; replaces the previous one.
struct SetTimer {
  std::int64_t at_ms;
};
// Reason is a base::code_name.
struct LineChanged {
  Line line;
  std::string reason;
};

using Action = std::variant<SendUp, Acknowledge, Rewind, AskDown, SetTimer, LineChanged>;

// What the store was told to do and has not reported yet. Nothing is sent meanwhile.
struct Awaited {
  base::Epoch epoch;
  base::Seq through;
  bool rewind{};              // else an acknowledgement
  std::int64_t give_up_ms{};  // monotonic; a report lost for longer is not waited for
};

struct State {
  Line line{Line::unknown};
  std::string reason;  // of the line's state; empty when online
  // The outbox as the store reported it last.
  base::Epoch epoch;
  base::Seq acked;
  base::Seq head;
  std::uint64_t queued{};
  // Uplink.
  bool up_in_flight{};
  base::Epoch sent_epoch;
  base::Seq sent_from;
  base::Seq sent_through;  // highest seq the batch under way may hold
  std::optional<Awaited> awaited;
  std::uint32_t batch_events{};
  std::optional<std::uint32_t> credit_events;  // nothing: the hub has not said
  std::uint32_t failures{};                    // in a row, of uploads
  std::int64_t up_not_before_ms{};
  std::int64_t up_floor_ms{};  // what the hub asked for; better news from the line does not shorten it
  std::optional<base::Error> stopped;
  // Downlink.
  bool down_in_flight{};
  base::Epoch asked_epoch;  // the outbox when the request left: a slower answer must not be held against later acks
  base::Seq asked_acked;
  std::uint32_t down_failures{};
  std::int64_t down_not_before_ms{};
  std::int64_t down_floor_ms{};
  std::uint32_t poll_ms{};
  bool down_stopped{};

  bool started{};
  std::optional<std::int64_t> timer_ms;  // set and not yet fired
};

// Applies one input. Deterministic: the same state, time, input and random numbers give the same actions. Never blocks.
// now_ms is monotonic. An acknowledgement covers at most what the batch under way held; one past everything this
// terminal ever recorded stops with hub_refused rather than being believed. The caller hands in the answer to the
// request under way only (it knows them by their nonce); an answer while none is under way changes nothing.
[[nodiscard]] std::vector<Action> step(State& state, std::int64_t now_ms, const Input& input, base::Rng& rng,
                                       const Limits& limits = {});

}  // namespace millpond::engine
