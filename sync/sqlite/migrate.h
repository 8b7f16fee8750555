// SPDX-License-Identifier: Apache-2.0
// Migrations: numbered SQL steps that only ever grow. A file's version is its `user_version`.
#pragma once

#include "sync/sqlite/connection.h"

#include <span>

namespace millpond::sqlite {

// Brings the file to version steps.size(): runs the missing steps and sets the version in one transaction, so that a
// power cut leaves the old or the new schema. Step i makes version i + 1; released steps are never edited. Safe to
// repeat. Error: store_newer when a later program wrote the file; it is left as it was.
[[nodiscard]] base::Result<> migrate(Connection& connection, std::span<const std::string_view> steps);

}  // namespace millpond::sqlite
