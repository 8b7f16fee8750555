// SPDX-License-Identifier: Apache-2.0
// PrinterStatus: what an ESC/POS printer says about itself, byte by byte: answers to DLE EOT 1 to 4 and GS r 1, and the
// automatic status (ASB) that some send unasked in between. Tables after the commands' public description; a byte that
// fits none of them means nothing. Asks nothing itself. Values; any thread.
#pragma once

#include "hardware/ports/device_state.h"
#include "sync/base/bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace millpond::print {

// n of DLE EOT n: answered at once, also in the middle of a job.
enum class RealTime : std::uint8_t { printer = 1, offline_cause = 2, error_cause = 3, paper = 4 };

[[nodiscard]] base::ByteView ask_real_time(RealTime question);
// GS r 1: answered in turn, after everything before it was processed: the only sign that a job came out.
[[nodiscard]] base::ByteView ask_in_turn();

// What an answer to this question says; nothing for a byte that is no such answer. `printer` and `offline_cause` say
// `offline` where another question knows why.
[[nodiscard]] std::optional<ports::DeviceState> read_real_time(RealTime question, std::uint8_t answer);
[[nodiscard]] std::optional<ports::DeviceState> read_in_turn(std::uint8_t answer);
// The level of the drawer's sensor in an answer to DLE EOT 1. Which level is "open" differs between drawers: only a
// change says something.
[[nodiscard]] std::optional<bool> read_drawer_sensor(std::uint8_t answer);
// The four bytes of an automatic status.
[[nodiscard]] std::optional<ports::DeviceState> read_automatic(const std::array<std::uint8_t, 4>& bytes);

// The one of two states that says more about why nothing can be printed.
[[nodiscard]] ports::DeviceState worse(ports::DeviceState one, ports::DeviceState other);

// Sorts what comes from a printer into answers. An automatic status never counts as an answer, wherever it comes.
class StatusReader {
 public:
  enum class Kind : std::uint8_t {
    nothing,    // flow control, or in the middle of an automatic status
    real_time,  // shaped like an answer to DLE EOT
    in_turn,    // shaped like an answer to GS r
    automatic,  // the last byte of an automatic status: see automatic()
    garbage,    // no printer says that
  };

  Kind take(std::uint8_t byte);
  // As the latest automatic status said.
  [[nodiscard]] std::optional<ports::DeviceState> automatic() const { return automatic_; }

 private:
  std::array<std::uint8_t, 4> status_{};
  std::size_t taken_ = 0;
  std::optional<ports::DeviceState> automatic_;
};

}  // namespace millpond::print
