// SPDX-License-Identifier: Apache-2.0
// The chain of the hub's own log. Inside `hub/core` only.
#pragma once

#include "sync/base/bytes.h"
#include "sync/sqlite/connection.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace millpond::hub {

// What stands beside an entry; all zero before the first.
[[nodiscard]] base::Hash next_link(const base::Hash& before, std::int64_t at_ms, std::uint64_t after_batch,
                                   std::string_view what, base::ByteView content);
// The first number of the hub's own log at which its chain does not hold, or that is gone though stage 2 has applied
// it.
[[nodiscard]] base::Result<std::optional<std::uint64_t>> hub_log_broken_at(sqlite::Connection& database);

}  // namespace millpond::hub
