// SPDX-License-Identifier: Apache-2.0
// Sales that terminals could not rate and what the hub gives for them, and points that end.
#pragma once

#include "sync/hub/core/fact_place.h"
#include "sync/model/facts.h"

#include <array>
#include <string_view>
#include <vector>

namespace millpond::hub {

// Why points are given or taken by hand; words of the command. No free text: the log outlives the member's data.
enum class AdjustReason : std::uint8_t {  // persisted
  our_error = 1,                          // something was booked wrongly
  goodwill = 2,                           // a complaint was right
  misuse = 3,                             // they were not come by honestly
  other_system = 4,                       // brought over from elsewhere
};
inline constexpr std::array<std::string_view, 4> adjust_reasons{"our-error", "goodwill", "misuse", "other-system"};

struct UnratedSales {
  std::vector<model::Fact> sales;
  FactPlace last;  // what was looked at up to here
  bool more{};     // some are behind it
};

// Points that the hub gives for a sale: `points` is a PointsEarned whose stamp lacks only the place.
struct Rating {
  model::Stamp sale;
  model::Fact points;
};

// A page of members whose points have ended.
struct DuePoints {
  std::uint64_t noted{};
  bool more{};              // some are behind it
  std::int64_t ended_ms{};  // the last that was looked at
  base::MemberId member;
  std::uint64_t log_through{};  // the log at the first page
  std::uint64_t generation{};   // 0: none before
};

}  // namespace millpond::hub
