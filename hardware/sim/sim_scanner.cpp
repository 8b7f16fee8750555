// SPDX-License-Identifier: Apache-2.0
#include "hardware/sim/sim_scanner.h"

#include <optional>
#include <utility>

namespace millpond::sim {
namespace {

constexpr std::size_t waiting_max = 64;

}  // namespace

SimScanner::SimScanner(const base::Clock& clock) : clock_{clock}, waiting_{waiting_max, base::Overflow::refuse} {}

bool SimScanner::present(std::string text, ports::Symbology symbology) {
  return waiting_.push(ports::Scan{std::move(text), symbology, clock_.monotonic_ms()});
}

bool SimScanner::fail(base::Error error) { return waiting_.push(std::move(error)); }

base::Result<> SimScanner::open() {
  state_ = ports::DeviceState::ok;
  return {};
}

base::Result<std::optional<ports::Scan>> SimScanner::next(std::int64_t timeout_ms) {
  if (state_ != ports::DeviceState::ok) return base::Error{base::Code::device_absent, "read scanner", "not open"};
  auto step = waiting_.pop(timeout_ms);
  if (!step) return std::optional<ports::Scan>{};
  if (auto* scan = std::get_if<ports::Scan>(&*step)) return std::optional{std::move(*scan)};
  auto fault = std::get<base::Error>(std::move(*step));
  if (fault.code == base::Code::device_absent) state_ = ports::DeviceState::absent;
  return fault;
}

}  // namespace millpond::sim
