// SPDX-License-Identifier: Apache-2.0
#include "kiosk/cli/output.h"

#include "hardware/ports/device_state.h"
#include "sync/base/file.h"
#include "tests/support/paths.h"

#include <catch2/catch_test_macros.hpp>
#include <set>
#include <string>

using namespace millpond;

TEST_CASE("Every state of a device has a next step of its own, and the page about printers has a row for it") {
  const auto page = base::read_file(tests::source_dir() / "docs/printers.md");
  REQUIRE(page);
  const std::string text{base::text_of(*page)};
  std::set<std::string_view> steps;
  std::size_t states = 0;
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(ports::DeviceState::ok); ++i, ++states) {
    const auto state = static_cast<ports::DeviceState>(i);
    const auto name = ports::state_name(state);
    CAPTURE(name);
    CHECK(text.find("| `" + std::string{name} + "` |") != std::string::npos);
    const auto step = cli::device_next_step(name);
    CHECK(step.empty() == (state == ports::DeviceState::ok));
    if (!step.empty()) CHECK(steps.insert(step).second);
  }
  CHECK(states == 14);
  CHECK(cli::device_next_step("on_fire").empty());
}
