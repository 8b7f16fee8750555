// SPDX-License-Identifier: Apache-2.0
// ProfileBook: what terminals are told of who somebody is (a masked name, versions of profile fields and consents), and
// which stores are told: where they enrolled or bought in the last months, and no other. Runs inside the projector's
// transaction; private to this room. Projections only: a rebuild makes the same of the same facts.
#pragma once

#include "sync/hub/core/feed_rows.h"

#include <vector>

namespace millpond::hub {

class ProfileBook {
 public:
  // A store is noted again once so many days have passed, so that a regular guest costs a row a week.
  static constexpr std::int32_t noted_again_days = 7;

  ProfileBook(sqlite::Connection& database, FeedRows& feed) : database_{database}, feed_{feed} {}

  // The row as terminals have it; only with the name empty while nothing of it was told.
  [[nodiscard]] base::Result<wire::ProfileRow> row(base::MemberId member);
  // From now on this is what every store is told that sees the member.
  [[nodiscard]] base::Result<> tell(const wire::ProfileRow& row);
  // The member was in a store, on a day of that store's clock.
  [[nodiscard]] base::Result<> see(base::MemberId member, base::StoreId store, base::LocalDate day);
  // Stores that have not seen somebody since a day are not told any more, until they see them again.
  [[nodiscard]] base::Result<> leave(base::LocalDate since, std::int64_t now_ms);
  [[nodiscard]] base::Result<> remove(base::MemberId member, std::int64_t now_ms);

 private:
  base::Result<std::vector<base::StoreId>> stores_of(base::MemberId member);

  sqlite::Connection& database_;
  FeedRows& feed_;
};

// The feed has one row of a key; a profile has one for each store that sees its member. What terminals get is the
// member's number alone.
inline constexpr std::size_t profile_key_bytes = 8;

}  // namespace millpond::hub
