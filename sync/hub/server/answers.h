// SPDX-License-Identifier: Apache-2.0
// Answers that carry an Error: its HTTP status and the JSON {code, what, next, hub_wall_ms}. Pure; any thread.
#pragma once

#include "sync/base/error.h"
#include "sync/http/server.h"

#include <string_view>

namespace millpond::hub {

// 400 for a wrong request, 401 and 403 for a wrong sender, 404, 409, 413, 429 and 503 for what passes, 500 otherwise.
[[nodiscard]] int status_of(base::Code code);

enum class Audience : std::uint8_t {
  terminal,   // the code and its sentences
  operator_,  // also operation, detail and hint: only on the hub's own socket
};

// What status and readiness say of LastCheck and HubStatus::went_back.
inline constexpr std::string_view check_broken_words =
    "this hub's file changed on its disk. Batches that their terminals still keep come back by themselves; if "
    "millpond-hub verify still says so in an hour, put a backup back (docs/backup.md)";
inline constexpr std::string_view went_back_words = "this hub went back: run millpond-hub restored (docs/backup.md)";

[[nodiscard]] http::Response error_response(const base::Error& error, Audience audience, std::int64_t hub_wall_ms);

}  // namespace millpond::hub
