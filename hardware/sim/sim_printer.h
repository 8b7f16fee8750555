// SPDX-License-Identifier: Apache-2.0
// SimPrinter: a printer that keeps what it was sent and fails as scripted. One thread.
#pragma once

#include "hardware/ports/printer.h"

#include <cstdint>
#include <deque>
#include <vector>

namespace millpond::sim {

// What happens to one job.
enum class PrintFault : std::uint8_t {
  none,              // confirmed
  silent,            // takes the job and tells nothing: sent
  paper_out,         // says so before the job: error, nothing left
  cover_open,        // the same
  absent,            // unplugged: error, nothing left
  timeout,           // takes not one byte in time: error
  breaks_off,        // takes half, then the line breaks: uncertain
  paper_out_midway,  // takes all and reports the end of paper after it: uncertain
};

class SimPrinter final : public ports::Printer {
 public:
  SimPrinter() = default;
  // One fault a job, in turn; none after the last.
  explicit SimPrinter(std::deque<PrintFault> script);
  void then(PrintFault fault) { script_.push_back(fault); }

  base::Result<ports::PrintReport> submit(const ports::PrintJob& job) override;
  // By the same script as jobs: absent and timeout are errors, breaks_off is uncertain, the rest opens it.
  base::Result<ports::DrawerReport> kick_drawer() override;
  // What the next job would meet.
  ports::DeviceState probe() override;
  [[nodiscard]] ports::DeviceState state() const override { return state_; }

  // What reached the paper, oldest first; a job that broke off is there with the bytes that left.
  [[nodiscard]] const std::vector<ports::PrintJob>& received() const { return received_; }
  [[nodiscard]] int drawer_kicks() const { return drawer_kicks_; }

 private:
  PrintFault next_fault();

  std::deque<PrintFault> script_;
  std::vector<ports::PrintJob> received_;
  int drawer_kicks_ = 0;
  ports::DeviceState state_ = ports::DeviceState::status_unknown;
};

}  // namespace millpond::sim
