// SPDX-License-Identifier: Apache-2.0
#include "hardware/ports/device_state.h"

#include "sync/base/check.h"

#include <array>
#include <cstddef>

namespace millpond::ports {
namespace {

struct Row {
  DeviceState state;
  std::string_view name;
  bool retryable;
};

constexpr auto rows = std::to_array<Row>({
#define MILLPOND_STATE(name, retryable) {DeviceState::name, #name, retryable},
    MILLPOND_DEVICE_STATES(MILLPOND_STATE)
#undef MILLPOND_STATE
});

const Row& row_of(DeviceState state) {
  const auto at = static_cast<std::size_t>(state);
  MILLPOND_CHECK(at < rows.size());
  return rows[at];
}

}  // namespace

std::string_view state_name(DeviceState state) { return row_of(state).name; }

std::optional<DeviceState> state_from_name(std::string_view name) {
  for (const auto& row : rows) {
    if (row.name == name) return row.state;
  }
  return std::nullopt;
}

bool is_retryable(DeviceState state) { return row_of(state).retryable; }

bool is_known_good(DeviceState state) { return state == DeviceState::ok || state == DeviceState::paper_low; }

}  // namespace millpond::ports
