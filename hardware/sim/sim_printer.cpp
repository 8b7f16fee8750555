// SPDX-License-Identifier: Apache-2.0
#include "hardware/sim/sim_printer.h"

#include <cstddef>
#include <string>
#include <utility>

namespace millpond::sim {
namespace {

using ports::DeviceState;
using ports::PrintOutcome;

DeviceState state_before(PrintFault fault) {
  switch (fault) {
    case PrintFault::paper_out:
      return DeviceState::paper_out;
    case PrintFault::cover_open:
      return DeviceState::cover_open;
    case PrintFault::absent:
      return DeviceState::absent;
    case PrintFault::timeout:
      return DeviceState::timeout;
    case PrintFault::silent:
      return DeviceState::status_unknown;
    case PrintFault::none:
    case PrintFault::breaks_off:
    case PrintFault::paper_out_midway:
      break;
  }
  return DeviceState::ok;
}

base::Code refusal(DeviceState state) {
  if (state == DeviceState::absent) return base::Code::device_absent;
  if (state == DeviceState::timeout) return base::Code::timeout;
  return base::Code::device_failed;
}

}  // namespace

SimPrinter::SimPrinter(std::deque<PrintFault> script) : script_{std::move(script)} {}

PrintFault SimPrinter::next_fault() {
  if (script_.empty()) return PrintFault::none;
  const auto fault = script_.front();
  script_.pop_front();
  return fault;
}

base::Result<ports::PrintReport> SimPrinter::submit(const ports::PrintJob& job) {
  const auto fault = next_fault();
  state_ = state_before(fault);
  if (state_ != DeviceState::ok && state_ != DeviceState::status_unknown) {
    return base::Error{refusal(state_), "print", std::string{ports::state_name(state_)}};
  }
  auto kept = job;
  if (fault == PrintFault::breaks_off) kept.bytes.resize(job.bytes.size() / 2);
  received_.push_back(std::move(kept));
  if (fault == PrintFault::breaks_off) {
    state_ = DeviceState::offline;
    return ports::PrintReport{PrintOutcome::uncertain, state_, "line broke in the middle"};
  }
  if (fault == PrintFault::paper_out_midway) {
    state_ = DeviceState::paper_out;
    return ports::PrintReport{PrintOutcome::uncertain, state_, "paper_out during the job"};
  }
  const auto outcome = fault == PrintFault::silent ? PrintOutcome::sent : PrintOutcome::confirmed;
  return ports::PrintReport{outcome, state_, {}};
}

base::Result<ports::DrawerReport> SimPrinter::kick_drawer() {
  const auto fault = next_fault();
  state_ = state_before(fault);
  if (state_ == DeviceState::absent || state_ == DeviceState::timeout) {
    return base::Error{refusal(state_), "open drawer", std::string{ports::state_name(state_)}};
  }
  if (fault == PrintFault::breaks_off) {
    state_ = DeviceState::offline;
    return ports::DrawerReport{ports::DrawerOutcome::uncertain, state_, "line broke in the middle"};
  }
  ++drawer_kicks_;
  const auto outcome = fault == PrintFault::silent ? ports::DrawerOutcome::sent : ports::DrawerOutcome::moved;
  return ports::DrawerReport{outcome, state_, {}};
}

DeviceState SimPrinter::probe() {
  state_ = script_.empty() ? DeviceState::ok : state_before(script_.front());
  return state_;
}

}  // namespace millpond::sim
