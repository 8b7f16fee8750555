// SPDX-License-Identifier: Apache-2.0
// What the routes of AdminApi read from a body. Private to this room. Pure; any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/ids.h"
#include "sync/base/result.h"

#include <string>

namespace millpond::hub {

// A member of the body that must be a whole number from 1 to max. Error: bad_input.
[[nodiscard]] base::Result<std::uint32_t> number_in(base::ByteView body, const char* name, std::uint64_t max);
// A member of the body that is a text; empty when there is none.
[[nodiscard]] std::string text_in(base::ByteView body, const char* name);
// A member's number, as in "M-4K7Q-...". Error: bad_input.
[[nodiscard]] base::Result<base::MemberId> member_in(base::ByteView body, const char* name);

}  // namespace millpond::hub
