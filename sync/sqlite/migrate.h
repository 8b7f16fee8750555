// SPDX-License-Identifier: Apache-2.0
// Migrations: numbered SQL steps that only ever grow. A file's version is its `user_version`; the oldest version whose
// programs may still use it stands in its `application_id`.
#pragma once

#include "sync/sqlite/connection.h"

#include <span>

namespace millpond::sqlite {

struct Step {
  // The lowest version whose programs can still read and write the file once this step has run. A step that only adds
  // what older programs may leave alone (a table, a column with a default) keeps the number of the step before it.
  std::uint16_t oldest_reader{};
  std::string_view sql;
};

// Brings the file to version steps.size(): runs the missing steps and sets the version in one transaction, so that a
// power cut leaves the old or the new schema. Step i makes version i + 1; released steps are never edited. A file of a
// later version is used as it is when its steps say that this program can. Safe to repeat. Error: store_newer when they
// say that it cannot; the file is left as it was.
[[nodiscard]] base::Result<> migrate(Connection& connection, std::span<const Step> steps);
// For files that no older program ever opens: any later version is store_newer.
[[nodiscard]] base::Result<> migrate(Connection& connection, std::span<const std::string_view> steps);

}  // namespace millpond::sqlite
