// SPDX-License-Identifier: Apache-2.0
// Shopper: what is known of a member where a rule is decided. A terminal without a line does not know everything, and
// what it does not know is absent here, not zero: conditions answer "unknown" then (conditions.h). Never a name, a
// phone number or anything else that a rule has no business with. Pure values.
#pragma once

#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/model/member_facts.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millpond::model {

// A birthday without a year: no rule may know an age by it.
struct MonthDay {
  std::int32_t month{};  // 1 .. 12
  std::int32_t day{};    // 1 .. 31
  friend auto operator<=>(const MonthDay&, const MonthDay&) = default;
};

struct Shopper {
  base::MemberId member;                         // 0: nobody identified; then nothing else is looked at
  std::optional<std::size_t> tier;               // index into the programme's tiers
  std::optional<std::vector<std::string>> tags;  // ascending, no repetitions
  std::optional<std::string> rfm;                // the class's name
  std::optional<Channel> origin;                 // where the member first came from
  std::optional<std::int64_t> spend_minor;       // qualifying net spend of the tier window
  std::optional<std::int64_t> visits;            // paid sales before this one; 0: this is the first
  std::optional<base::LocalDate> last_visit;     // before this one; only read when visits is known and not 0
  std::optional<MonthDay> birthday;
  friend bool operator==(const Shopper&, const Shopper&) = default;
};

}  // namespace millpond::model
