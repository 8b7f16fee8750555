// SPDX-License-Identifier: Apache-2.0
// EngineBench: the engine with its surroundings spelled out by a test.
#pragma once

#include "sync/engine/engine.h"

#include <string>

namespace millpond::tests {

using namespace engine;

inline constexpr base::Epoch epoch{7};

// The engine with its surroundings spelled out: what it was told, and what it answered, as short words.
struct EngineBench {
  State state;
  base::SeededRng rng{1};
  Limits limits;
  std::int64_t now_ms{1'000};
  std::vector<Action> last;

  std::string tell(const Input& input) {
    last = step(state, now_ms, input, rng, limits);
    return spell(last);
  }

  // Started, an answered first poll, and an outbox of `queued` facts after `acked`.
  void begin(std::uint64_t acked, std::uint64_t queued) {
    (void)tell(Started{});
    DownArrived arrived;
    arrived.poll_ms = 10'000;
    (void)tell(arrived);
    (void)tell(OutboxChanged{epoch, base::Seq{acked}, base::Seq{acked + queued}, queued});
  }

  static std::string spell(const std::vector<Action>& actions) {
    std::string words;
    for (const auto& action : actions) {
      if (!words.empty()) words += ' ';
      if (const auto* send = std::get_if<SendUp>(&action)) {
        words += "send:" + std::to_string(send->from.value) + "x" + std::to_string(send->events_max);
      } else if (const auto* ack = std::get_if<Acknowledge>(&action)) {
        words += "ack:" + std::to_string(ack->through.value);
      } else if (const auto* rewind = std::get_if<Rewind>(&action)) {
        words += "rewind:";
        for (const auto& mark : rewind->marks) {
          if (mark.epoch != epoch) words += std::to_string(mark.epoch.value) + "/";
          words += std::to_string(mark.through.value) + (&mark == &rewind->marks.back() ? "" : ",");
        }
      } else if (const auto* reissue = std::get_if<Reissue>(&action)) {
        words += "reissue:" + std::to_string(reissue->common_through.value);
      } else if (std::holds_alternative<FetchSnapshot>(action)) {
        words += "fetch";
      } else if (const auto* ask = std::get_if<AskDown>(&action)) {
        words += "down" + (ask->wait_ms > 0 ? "+" + std::to_string(ask->wait_ms) : "");
      } else if (std::holds_alternative<SetTimer>(action)) {
        words += "timer";
      } else if (const auto* line = std::get_if<LineChanged>(&action)) {
        constexpr const char* names[] = {"unknown", "online", "offline", "stopped"};
        words += "line:" + std::string{names[static_cast<int>(line->line)]};
        if (!line->reason.empty()) words += "(" + line->reason + ")";
        if (!line->notice.empty()) words += "!" + line->notice;
      }
    }
    return words;
  }
};

inline base::Error error(base::Code code) { return base::Error{code, "test", ""}; }
inline UpAccepted accepted(std::uint64_t through, std::uint32_t retry_ms = 0, std::uint32_t credit = 10'000,
                           std::uint32_t credit_bytes = 4U << 20) {
  return UpAccepted{epoch, base::Seq{through}, base::Seq{through}, retry_ms, credit, credit_bytes};
}
inline DownArrived page(std::uint32_t poll_ms = 10'000) {
  DownArrived arrived;
  arrived.poll_ms = poll_ms;
  return arrived;
}
inline DownArrived page_behind(std::vector<base::EpochMark> behind) {
  auto arrived = page();
  arrived.behind = std::move(behind);
  return arrived;
}
inline DownArrived page_with_slot(std::uint32_t slot_ms, bool news = false) {
  auto arrived = page();
  arrived.poll_slot_ms = slot_ms;
  arrived.news = news;
  return arrived;
}
inline OutboxChanged outbox(std::uint64_t acked, std::uint64_t head) {
  return OutboxChanged{epoch, base::Seq{acked}, base::Seq{head}, head - acked};
}

}  // namespace millpond::tests
