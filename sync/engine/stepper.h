// SPDX-License-Identifier: Apache-2.0
// Stepper: one step() of the engine, spelled out by what happened. Inside `engine` only; lives for one step.
#pragma once

#include "sync/engine/engine.h"

namespace millpond::engine {

class Stepper {
 public:
  Stepper(State& state, std::int64_t now_ms, base::Rng& rng, const Limits& limits)
      : s_{state}, now_ms_{now_ms}, rng_{rng}, limits_{limits} {}

  // engine.cpp
  void on(const Started&);
  void on(const Tick&);
  void on(const BytesMoved& input);
  void on(const BulkWindow& input);
  void on(const Resumed&);
  // What is due now, and a timer for what is due next.
  [[nodiscard]] std::vector<Action> finish();

  // uplink.cpp
  void on(const OutboxChanged& input);
  void on(const UpAccepted& input);
  void on(const UpGap& input);
  void on(const UpForked& input);
  void on(const UpRefused& input);
  void on(const UpFailed& input);
  void on(const UpWithdrawn&);

  // downlink.cpp
  void on(const DownArrived& input);
  void on(const DownFailed& input);
  void on(const DownRefused& input);
  void on(const SnapshotProgress& input);
  void on(const ErrandDone& input);
  void on(const SnapshotAdopted&);
  void on(const PollNow&);

 private:
  // engine.cpp
  [[nodiscard]] std::int64_t bounded(std::int64_t wait_ms) const;
  [[nodiscard]] std::int64_t jitter_ms(std::uint32_t failures);
  [[nodiscard]] std::int64_t timeout_ms(std::uint32_t timeouts) const;
  void stop(const base::Error& error);
  void go_on();
  void draw_next_question();
  void failed_line(const base::Error& error);
  void set_line(Line line, std::string_view reason);
  void tell_line(Line line, std::string_view reason);

  // uplink.cpp
  void came_up();
  [[nodiscard]] bool wants_up() const;
  [[nodiscard]] bool held_as_bulk() const;
  [[nodiscard]] std::int64_t up_due_ms();
  [[nodiscard]] std::uint32_t batch_bytes() const;
  [[nodiscard]] bool came_of(const Awaited& awaited, const OutboxChanged& input) const;
  void back_off_up(std::int64_t retry_after_ms);
  void change_store(Awaited::Kind kind, std::vector<base::EpochMark> marks);
  void go_back(Awaited::Kind kind, std::vector<base::EpochMark> marks);
  void send_up();

  // downlink.cpp
  [[nodiscard]] bool wants_down() const;
  [[nodiscard]] bool fetches_snapshot() const;
  [[nodiscard]] std::int64_t down_due_ms() const;
  [[nodiscard]] std::int64_t poll_interval_ms() const;
  [[nodiscard]] std::int64_t slot_ms() const;
  [[nodiscard]] std::uint64_t down_share_bytes() const;
  void came_down(std::uint32_t failures);
  void arrived(std::uint32_t failures);
  void ask_down();

  State& s_;
  const std::int64_t now_ms_;
  base::Rng& rng_;
  const Limits& limits_;
  std::vector<Action> actions_;
};

}  // namespace millpond::engine
