// SPDX-License-Identifier: Apache-2.0
// What the routes of AdminApi read from a body. Private to this room. Pure; any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/ids.h"
#include "sync/base/result.h"
#include "sync/http/server.h"

#include <string>

namespace millpond::hub {

// A member of the body that must be a whole number from 1 to max. Error: bad_input.
[[nodiscard]] base::Result<std::uint32_t> number_in(base::ByteView body, const char* name, std::uint64_t max);
// A member of the body that is a time in UTC, "2026-11-21" or "2026-11-21T08:30"; INT64_MAX when there is none. Error:
// bad_input.
[[nodiscard]] base::Result<std::int64_t> time_in(base::ByteView body, const char* name);
// A member of the body that is a text; empty when there is none.
[[nodiscard]] std::string text_in(base::ByteView body, const char* name);
// A member's number, as in "M-4K7Q-...". Error: bad_input.
[[nodiscard]] base::Result<base::MemberId> member_in(base::ByteView body, const char* name);

// Who asks for what, for the hub's log: "uid=0 /members/export member=M-...". Of the body only what is a number or a
// member's number under a name that is known to hold one, so that no PIN, phone or payer gets into it.
[[nodiscard]] std::string told_of(const http::Request& request);

}  // namespace millpond::hub
