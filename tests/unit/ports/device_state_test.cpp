// SPDX-License-Identifier: Apache-2.0
#include "hardware/ports/device_state.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond::ports;

TEST_CASE("every device state has a stable name that reads back") {
  for (int i = 0; i <= static_cast<int>(DeviceState::ok); ++i) {
    const auto state = static_cast<DeviceState>(i);
    CAPTURE(state_name(state));
    CHECK(state_from_name(state_name(state)) == state);
  }
  CHECK_FALSE(state_from_name("fine").has_value());
}

TEST_CASE("an unknown status is not good, low paper still prints, and only people mend some faults") {
  struct Row {
    DeviceState state;
    bool good;
    bool retryable;
  };
  for (const auto& row : {Row{DeviceState::ok, true, true}, Row{DeviceState::paper_low, true, true},
                          Row{DeviceState::status_unknown, false, true}, Row{DeviceState::paper_out, false, false},
                          Row{DeviceState::timeout, false, true}, Row{DeviceState::permission_denied, false, false}}) {
    CAPTURE(state_name(row.state));
    CHECK(is_known_good(row.state) == row.good);
    CHECK(is_retryable(row.state) == row.retryable);
  }
}
