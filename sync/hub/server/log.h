// SPDX-License-Identifier: Apache-2.0
// Log: one JSON object a line on standard error. Never personal data, never codes, keys or bodies: fields are numbers,
// error codes and technical details. Thread-safe; never blocks longer than standard error does.
#pragma once

#include "sync/base/error.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace millpond::hub {

enum class Level : std::uint8_t { info, warning, error };
using LogValue = std::variant<std::int64_t, std::string>;
using LogField = std::pair<std::string_view, LogValue>;

void log(Level level, std::string_view event, std::initializer_list<LogField> fields = {});
// The same with the error's code, operation, detail and hint.
void log_error(std::string_view event, const base::Error& error);

}  // namespace millpond::hub
