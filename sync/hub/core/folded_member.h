// SPDX-License-Identifier: Apache-2.0
// A member as stage 2 folds facts into them, in memory for the length of a turn; private to this room.
#pragma once

#include "sync/hub/core/fact_place.h"
#include "sync/model/member_facts.h"
#include "sync/wire/messages.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::hub {

// How often a campaign gave, and the sale (or other fact) of the last time, by which what one occasion brought is known
// to be one.
struct Given {
  model::CampaignTimes times;
  FactPlace occasion;
};
[[nodiscard]] std::vector<model::CampaignTimes> times_given(const std::vector<Given>& given);
// One column of a member's row; what does not decode was never given.
[[nodiscard]] base::Bytes given_column(const std::vector<Given>& given);
[[nodiscard]] std::vector<Given> given_in(base::ByteView column);

enum class Enrolled : std::uint8_t { awaited = 0, enrolled = 1, removed = 2 };  // persisted
struct FoldedMember {
  Enrolled enrolled{};
  base::StoreId store;
  std::int64_t points{};
  std::int64_t qualifying_minor{};
  std::uint32_t version{};  // 0: not stored yet
  Lane lane{};              // of the enrolment
  base::Seq seq;
  base::MemberId same_as;   // whose alias it was made, as it was told; 0: nobody's
  std::uint32_t aliases{};  // how many were made its aliases, as it was told
  std::int32_t told_age_min{};
  model::Channel came_by{};  // 0: not enrolled
  std::int64_t visits{};     // sales that did not come back whole
  std::int32_t last_day{};   // of the latest sale; 0: none
  base::StoreId seen_in{};   // the newest store and day that ProfileBook noted
  std::int32_t seen_day{};
  model::MemberMarks marks;
  std::vector<Given> given;  // ascending by campaign
  base::Bytes published;     // the downlink row as it is; of one that stands alone
  bool changed{};
  bool regrouped{};  // `published` is not known
  // What the figures say of it.
  bool counted{};
  Enrolled counted_as{};
  std::int64_t counted_points{};
  bool counted_alias{};
  [[nodiscard]] bool alone() const { return !same_as && aliases == 0; }
  [[nodiscard]] wire::MemberRow row(base::MemberId id) const {
    wire::MemberRow row{id, points, qualifying_minor, version, {}, {}, told_age_min};
    row.visits = visits;
    row.last_visit_day = last_day;
    row.came_by = came_by;
    row.marks = marks;
    row.given = times_given(given);
    return row;
  }
};

// A member's tags in one column, a line each; no tag has a control character (member_marks.h).
[[nodiscard]] inline std::string tags_column(const std::vector<std::string>& tags) {
  std::string column;
  for (const auto& tag : tags) column += column.empty() ? tag : "\n" + tag;
  return column;
}
[[nodiscard]] inline std::vector<std::string> tags_in(std::string_view column) {
  std::vector<std::string> tags;
  while (!column.empty()) {
    const auto end = std::min(column.find('\n'), column.size());
    tags.emplace_back(column.substr(0, end));
    column.remove_prefix(std::min(end + 1, column.size()));
  }
  return tags;
}

}  // namespace millpond::hub
