// SPDX-License-Identifier: Apache-2.0
// Phone numbers as people type them, to the one form that is sealed and hashed. Personal data: no error repeats a
// digit. Pure; any thread.
#pragma once

#include "sync/base/result.h"
#include "sync/model/country.h"

#include <string>
#include <string_view>

namespace millpond::terminal {

// E.164, in the chain's country: in China "138 0013 8000" and "+86-138-0013-8000" become "+8613800138000"; other
// countries' numbers need their plus sign. Spaces and hyphens are ignored. Error: phone_malformed, also for a number of
// the country that is no mobile one.
[[nodiscard]] base::Result<std::string> normalise_phone(const model::PhoneShape& shape, std::string_view typed);

// Whether a text at a till is a phone that somebody typed, with spaces or not, and no code of any kind. Mobile numbers
// of the country come before vouchers of platforms, which are digits as well, and after payment codes.
[[nodiscard]] bool is_typed_phone(const model::PhoneShape& shape, std::string_view text);

}  // namespace millpond::terminal
