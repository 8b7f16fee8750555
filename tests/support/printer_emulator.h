// SPDX-License-Identifier: Apache-2.0
// PrinterEmulator: a receipt printer on 127.0.0.1, on a pseudo terminal as a line printer, or on one as a serial line.
// It interprets what it is sent (tests/support/escpos_interpreter.h), keeps the paper, answers questions about its
// state and misbehaves on command. Owns one thread; what it kept may be asked for, and how it behaves be changed, from
// any thread.
#pragma once

#include "tests/support/escpos_interpreter.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>

namespace millpond::tests {

struct EmulatorBehaviour {
  static constexpr std::size_t never = std::numeric_limits<std::size_t>::max();

  EmulatorState state{};
  int width_dots = 576;                   // of the paper; from the start only
  std::size_t stalls_after = never;       // bytes on one line after which it stops reading and keeps the line open
  std::size_t resets_after = never;       // bytes on one line after which it breaks the line: an unplug
  std::size_t paper_out_after = never;    // bytes on one line after which it stands still without paper
  std::size_t cover_opens_after = never;  // the same with an open cover
  std::size_t bytes_per_s_max = never;    // a slow drip
  bool half_closes = false;               // ends its own side at once and goes on reading; TCP only
};

enum class EmulatorWire : std::uint8_t { tcp, line_printer, serial };

class PrinterEmulator {
 public:
  // Throws when it cannot listen.
  explicit PrinterEmulator(EmulatorBehaviour behaviour = {}, EmulatorWire wire = EmulatorWire::tcp);
  ~PrinterEmulator();
  PrinterEmulator(const PrinterEmulator&) = delete;
  PrinterEmulator& operator=(const PrinterEmulator&) = delete;

  [[nodiscard]] std::uint16_t port() const;            // of tcp
  [[nodiscard]] std::filesystem::path device() const;  // of the others: a link that goes with an unplug
  // What was printed until now; waits until the line is closed or quiet for a moment, at most a few seconds.
  [[nodiscard]] EmulatedPaper paper();
  // A person at the printer: new paper, a closed cover, a drawer pushed in.
  void change(const std::function<void(EmulatorBehaviour&)>& by);

 private:
  class Server;
  std::unique_ptr<Server> server_;
};

}  // namespace millpond::tests
