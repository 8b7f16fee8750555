// SPDX-License-Identifier: Apache-2.0
#include "kiosk/cli/output.h"

#include "hardware/ports/device_state.h"
#include "sync/text/report.h"

#include <array>
#include <iostream>

namespace millpond::cli {

int fail(const base::Error& error) {
  std::cerr << text::report(error, text::environment_language());
  return 1;
}

std::string_view device_next_step(std::string_view state_name) {
  static constexpr std::array keys{
#define MILLPOND_NEXT_KEY(name, retryable) text::Key::device_next_##name,
      MILLPOND_DEVICE_STATES(MILLPOND_NEXT_KEY)
#undef MILLPOND_NEXT_KEY
  };
  const auto state = ports::state_from_name(state_name);
  if (!state || *state == ports::DeviceState::ok) return {};
  return text::get(keys.at(static_cast<std::size_t>(*state)), text::environment_language());
}

}  // namespace millpond::cli
