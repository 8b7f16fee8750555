// SPDX-License-Identifier: Apache-2.0
#include "sync/sqlite/migrate.h"

#include "sync/sqlite/transaction.h"

namespace millpond::sqlite {

base::Result<> migrate(Connection& connection, std::span<const std::string_view> steps) {
  MILLPOND_TRY(const auto stored, connection.query_integer("PRAGMA user_version"));
  const auto version = static_cast<std::size_t>(stored.value_or(0));
  if (version == steps.size()) return {};
  if (version > steps.size()) {
    return base::Error{base::Code::store_newer, "migrate",
                       "version " + std::to_string(version) + ", this program knows " + std::to_string(steps.size()),
                       connection.path().string()};
  }
  MILLPOND_TRY(auto transaction, Transaction::begin(connection));
  for (const auto step : steps.subspan(version)) MILLPOND_TRY_DO(connection.execute(step));
  MILLPOND_TRY_DO(connection.execute("PRAGMA user_version = " + std::to_string(steps.size())));
  return transaction.commit();
}

}  // namespace millpond::sqlite
