// SPDX-License-Identifier: Apache-2.0
// PrinterEmulator: a network printer on 127.0.0.1 that understands the ESC/POS we send, keeps the dots, and misbehaves
// on command. Written from the commands' description, not from our encoder, so that each checks the other. Owns one
// thread; what it kept may be asked for from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

namespace millpond::tests {

struct EmulatorBehaviour {
  static constexpr std::size_t never = std::numeric_limits<std::size_t>::max();

  bool answers_real_time = true;      // DLE EOT n
  bool answers_in_turn = true;        // GS r 1
  std::uint8_t offline_cause = 0x12;  // what it answers to DLE EOT 2: all well
  std::uint8_t paper = 0x12;          // to DLE EOT 4
  std::uint8_t in_turn = 0x00;        // to GS r 1
  std::size_t stalls_after = never;   // bytes after which it stops reading and keeps the line open
  std::size_t resets_after = never;   // bytes after which it breaks the line
  bool half_closes = false;           // ends its own side at once and goes on reading
};

struct EmulatorPaper {
  std::vector<std::uint8_t> job_bytes;  // everything but questions
  int width_dots = 0;
  std::vector<std::uint8_t> dots;  // one byte a dot, 1 is black, row after row
  int cuts = 0;
  int drawer_kicks = 0;
  int connections = 0;
};

class PrinterEmulator {
 public:
  explicit PrinterEmulator(EmulatorBehaviour behaviour = {});  // throws when it cannot listen
  ~PrinterEmulator();
  PrinterEmulator(const PrinterEmulator&) = delete;
  PrinterEmulator& operator=(const PrinterEmulator&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  // What was printed until now; waits until the line is closed or quiet for a moment, at most a few seconds.
  [[nodiscard]] EmulatorPaper paper();

 private:
  class Server;
  std::unique_ptr<Server> server_;
};

}  // namespace millpond::tests
