// SPDX-License-Identifier: Apache-2.0
// Engine: the pure state machine that decides what a terminal sends and asks next. It owns no socket, timer, thread or
// file: step() takes what happened and the time, and returns what to do. The runner in `client` executes the actions;
// the simulator runs this very code under a virtual clock.
//
// It keeps one upload and one downlink request under way at most, each on a lane of its own, and while anything is
// queued and nothing is stopped either an upload is under way or a timer is set, so the queue drains without any new
// local write. A stop (authentication, certificate, a fork that nobody can place) ends the upload; the downlink goes on
// unless it was refused itself, so that documents and revocations still arrive.
//
// After Limits::stop_retry_ms what was refused is asked once more, by a page without a slot or by a small batch: a hub
// that was restored from before it knew this terminal, and is mended later, gets its terminals back without anybody
// coming to the shops. Until one is answered well the line stays stopped and says why. Resumed asks at once, and is the
// only way on after an answer that no hub takes back: terminal_revoked, grant_invalid, grant_expired.
//
// A fork does not stop: what the hub lacks is reissued under a new epoch and goes on. Bytes a second are kept by
// counting what moved and waiting until it is paid for, so that one request may exceed them and the average does not.
#pragma once

#include "sync/base/rng.h"
#include "sync/engine/messages.h"

#include <optional>

namespace millpond::engine {

// What the store was told to do and has not reported yet. Nothing is sent meanwhile.
struct Awaited {
  enum class Kind : std::uint8_t { acknowledge, rewind, reissue } kind{};
  std::vector<base::EpochMark> marks;
  std::int64_t give_up_ms{};  // a report lost for longer is not waited for
};

struct State {
  Line line{Line::unknown};
  std::string reason;  // of the line's state; empty when online
  std::string notice;
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
  std::vector<base::EpochMark> behind;  // to rewind once no upload is under way
  std::uint32_t batch_events{};
  std::optional<std::uint32_t> credit_events;  // nothing: the hub has not said
  std::uint32_t credit_bytes{};                // 0: the hub has not said
  std::uint32_t failures{};                    // in a row, of uploads
  std::uint32_t up_timeouts{};                 // in a row
  std::int64_t up_not_before_ms{};
  std::int64_t up_floor_ms{};  // what the hub asked for; better news from the line does not shorten it
  std::int64_t up_sent_ms{};
  std::int64_t up_paid_ms{};  // when the bytes sent so far are paid for
  std::optional<base::Error> stopped;
  std::optional<std::int64_t> again_ms;  // while stopped: when the hub is asked again; nothing while it is, or never
  // Downlink.
  bool down_in_flight{};
  std::int64_t asked_ms{};
  std::int64_t asked_wait_ms{};
  std::uint32_t down_rows{};
  std::uint32_t down_failures{};
  std::uint32_t down_timeouts{};
  std::int64_t down_not_before_ms{};
  std::int64_t down_floor_ms{};
  std::int64_t down_paid_ms{};
  std::uint32_t poll_ms{};
  std::int64_t slot_ms{};      // granted by the last page
  std::int64_t slot_cap_ms{};  // how long a silent request has been seen to survive
  bool down_stopped{};
  Snapshot snapshot{};  // pages wait until one is adopted
  // Of people.
  bool forked{};           // since the last page
  bool value_suspended{};  // as the last page said
  bool bulk_open{true};
  std::int64_t bulk_check_ms{};

  bool started{};
  std::optional<std::int64_t> timer_ms;  // set and not yet fired
};

// Applies one input. Deterministic: the same state, time, input and random numbers give the same actions. Never blocks.
// An acknowledgement covers at most what the batch under way held; one past everything this terminal ever recorded says
// that another copy of it wrote more, a notice and no stop. The caller hands in the answer to the request under
// way only (it knows them by their nonce); an answer while none is under way changes nothing.
[[nodiscard]] std::vector<Action> step(State& state, std::int64_t now_ms, const Input& input, base::Rng& rng,
                                       const Limits& limits = {});

}  // namespace millpond::engine
