// SPDX-License-Identifier: Apache-2.0
// MemberRow: what every terminal is told of a member (messages.h). Values; pure functions.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/base/result.h"
#include "sync/model/campaign_times.h"
#include "sync/model/member_facts.h"
#include "sync/model/member_marks.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace millpond::wire {

inline constexpr std::size_t member_aliases_max = 31;
inline constexpr std::size_t member_pending_max = 16;

// A person who was enrolled more than once is one member with aliases. The member's row is the sum of all of them and
// names them; the row of an alias only says whose it is. Both ways, so that a reader needs no search.
//
// `points` are all that the person has, less debt. Of a programme with lots (lot_terms.h) the row says besides which of
// them are not good yet, each from a day on, and how many end first; points_on() is for days that came since.
struct PendingPoints {
  std::int32_t active_day{};  // the first on which they may be spent, in the programme's zone
  std::int64_t points{};
  friend bool operator==(const PendingPoints&, const PendingPoints&) = default;
};
struct MemberRow {
  base::MemberId member;
  std::int64_t points{};
  std::int64_t qualifying_minor{};
  std::uint32_t version{};                // another one whenever the row is another one
  base::MemberId same_as{};               // of an alias: whose it is, never an alias itself; points are 0 then
  std::vector<base::MemberId> aliases{};  // up to member_aliases_max, ascending
  std::int32_t told_age_min{};            // years that the person has said to be at least; 0: not told
  std::vector<PendingPoints> pending{};   // ascending days, up to member_pending_max; more are told with the last one
  std::int32_t expires_day{};             // the last on which expiring_points are good; 0: none will expire
  std::int64_t expiring_points{};         // also pending ones
  std::optional<std::int64_t> visits{};   // sales that did not come back whole; nothing: not told
  std::int32_t last_visit_day{};          // of the latest; 0: none, or not told
  model::Channel came_by{};               // how they enrolled; 0: not told
  model::MemberMarks marks{};
  // By campaigns that are capped by member; ascending, up to model::campaign_times_max.
  std::vector<model::CampaignTimes> given{};
  friend bool operator==(const MemberRow&, const MemberRow&) = default;
};

// What a row comes to on a day in the programme's zone, when nobody has told of the days since.
struct PointsOnDay {
  std::int64_t points{};   // that the member has; below zero while there is debt
  std::int64_t pending{};  // of them, not good yet
  friend bool operator==(const PointsOnDay&, const PointsOnDay&) = default;
};
[[nodiscard]] PointsOnDay points_on(const MemberRow& row, base::LocalDate today);

[[nodiscard]] base::Bytes encode(const MemberRow& row);
// Errors: too_large past a limit, bad_input otherwise.
[[nodiscard]] base::Result<MemberRow> decode_member_row(base::ByteView bytes);

}  // namespace millpond::wire
