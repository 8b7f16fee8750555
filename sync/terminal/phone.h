// SPDX-License-Identifier: Apache-2.0
// Phone numbers as people type them, to the one form that is sealed and hashed. Personal data: no error repeats a
// digit. Pure; any thread.
#pragma once

#include "sync/base/result.h"

#include <string>
#include <string_view>

namespace millpond::terminal {

// E.164: "138 0013 8000" and "+86-138-0013-8000" become "+8613800138000"; other countries need their plus sign. Spaces
// and hyphens are ignored. Error: phone_malformed, also for a number of mainland China that is no mobile one.
[[nodiscard]] base::Result<std::string> normalise_phone(std::string_view typed);

// Whether a text at a till is a phone that somebody typed, with spaces or not, and no code of any kind.
[[nodiscard]] bool is_typed_phone(std::string_view text);

}  // namespace millpond::terminal
