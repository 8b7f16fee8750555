// SPDX-License-Identifier: Apache-2.0
// DeviceState: what is the matter with a device, as a closed code. Never a sentence: `present` writes one for the
// cashier and one for the technician. Pure values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millpond::ports {

// X(name, retryable): retryable means that trying again without a person can help. Names are stable: doctor, settings
// and string tables refer to them as device.<name>. Never rename.
#define MILLPOND_DEVICE_STATES(X) \
  X(not_configured, false)        \
  X(absent, true)                 \
  X(permission_denied, false)     \
  X(busy, true)                   \
  X(offline, true)                \
  X(cover_open, false)            \
  X(paper_out, false)             \
  X(paper_low, true)              \
  X(cutter_error, false)          \
  X(timeout, true)                \
  X(protocol_mismatch, false)     \
  X(unsupported, false)           \
  X(status_unknown, true)         \
  X(ok, true)

enum class DeviceState : std::uint8_t {
#define MILLPOND_STATE(name, retryable) name,
  MILLPOND_DEVICE_STATES(MILLPOND_STATE)
#undef MILLPOND_STATE
};

// "paper_out".
[[nodiscard]] std::string_view state_name(DeviceState state);
// Nothing for a name that is not in the list.
[[nodiscard]] std::optional<DeviceState> state_from_name(std::string_view name);

[[nodiscard]] bool is_retryable(DeviceState state);

// True for ok and for paper_low, which still prints. status_unknown is not usable knowledge, so it is false: a printer
// that says nothing may have no paper.
[[nodiscard]] bool is_known_good(DeviceState state);

}  // namespace millpond::ports
