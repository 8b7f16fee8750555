// SPDX-License-Identifier: Apache-2.0
// What SQLite's numbers mean here. Inside `sqlite` only.
#pragma once

#include "sync/base/error.h"

#include <filesystem>

namespace millpond::sqlite {

// extended: SQLite's extended result code; system_errno: what the system said last, 0 when unknown.
[[nodiscard]] base::Code code_of(int extended, int system_errno);
// What to do about it, with the file it is about.
[[nodiscard]] std::string hint_of(base::Code code, const std::filesystem::path& path);

}  // namespace millpond::sqlite
