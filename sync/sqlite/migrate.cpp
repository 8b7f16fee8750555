// SPDX-License-Identifier: Apache-2.0
#include "sync/sqlite/migrate.h"

#include "sync/sqlite/transaction.h"

#include <vector>

namespace millpond::sqlite {
namespace {

constexpr std::int64_t ours = 0x4D50LL << 16;  // "MP", above the number of the oldest version that may use the file

base::Result<std::int64_t> oldest_reader(Connection& connection) {
  MILLPOND_TRY(const auto stored, connection.query_integer("PRAGMA application_id"));
  const auto value = stored.value_or(0);
  return (value & ~0xFFFFLL) == ours ? value & 0xFFFF : INT64_MAX;
}

}  // namespace

base::Result<> migrate(Connection& connection, std::span<const Step> steps) {
  MILLPOND_TRY(const auto stored, connection.query_integer("PRAGMA user_version"));
  const auto version = static_cast<std::size_t>(stored.value_or(0));
  if (version == steps.size()) return {};
  if (version > steps.size()) {
    MILLPOND_TRY(const auto oldest, oldest_reader(connection));
    if (oldest <= static_cast<std::int64_t>(steps.size())) return {};
    return base::Error{base::Code::store_newer, "migrate",
                       "version " + std::to_string(version) + ", this program knows " + std::to_string(steps.size()),
                       connection.path().string()};
  }
  MILLPOND_TRY(auto transaction, Transaction::begin(connection));
  for (const auto& step : steps.subspan(version)) MILLPOND_TRY_DO(connection.execute(step.sql));
  MILLPOND_TRY_DO(connection.execute("PRAGMA user_version = " + std::to_string(steps.size())));
  MILLPOND_TRY_DO(connection.execute("PRAGMA application_id = " + std::to_string(ours | steps.back().oldest_reader)));
  return transaction.commit();
}

base::Result<> migrate(Connection& connection, std::span<const std::string_view> steps) {
  std::vector<Step> same;
  for (const auto sql : steps) same.push_back({static_cast<std::uint16_t>(same.size() + 1), sql});
  for (auto& step : same) step.oldest_reader = static_cast<std::uint16_t>(same.size());
  return migrate(connection, same);
}

}  // namespace millpond::sqlite
