// SPDX-License-Identifier: Apache-2.0
// The gateway's own description for whoever writes a till: assets/gateway/openapi.json, as it was when this was built.
// Any thread.
#pragma once

#include <string_view>

namespace millpond::till {

inline constexpr std::string_view openapi_path = "/v1/openapi.json";

// OpenAPI 3.1, as JSON.
[[nodiscard]] std::string_view openapi_json();

}  // namespace millpond::till
