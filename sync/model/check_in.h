// SPDX-License-Identifier: Apache-2.0
// CheckIn (打卡): a member comes by and says so, once per store-local date, and days in a row bring rewards. What is
// due follows from the set of days alone, so that late news in any order ends in the same; what was given on the way
// stays given, and where it should not have been, that is listed for a person to decide on. Not a ledger: the caller
// stores rows and grants. Pure: no clock, no I/O; terminal and hub run this same code. Any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/base/result.h"
#include "sync/model/document.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

namespace millpond::model {

// --- the document

enum class CheckInKind : std::uint8_t { points = 1, coupon = 2, chance = 3 };  // persisted

struct CheckInReward {
  std::uint32_t number{};  // from 1; grants name it
  std::int32_t days{};     // in a row, at least 1
  bool repeats{};          // again after each further `days`; else once in a streak
  CheckInKind kind{};
  std::int64_t points{};      // of points
  base::CampaignId campaign;  // of coupon and chance: whose
  friend bool operator==(const CheckInReward&, const CheckInReward&) = default;
};

struct CheckInRules {
  base::CampaignId campaign;
  std::uint32_t version{};
  LocalizedText name;
  base::LocalDate starts;
  base::LocalDate ends;  // last day; days outside count for nothing
  std::vector<CheckInReward> rewards;
  friend bool operator==(const CheckInRules&, const CheckInRules&) = default;
};

inline constexpr std::int32_t check_in_days_max = 3'660;  // of one game, and so of one streak: ten years

// Reads {version, campaign, name, starts, ends, rewards[{number, days, repeats?, kind: points | coupon | chance,
// points | campaign}]}. Error: programme_invalid; contradictory dates, a repeated number and a reward that no streak
// within the dates can reach are refused.
[[nodiscard]] base::Result<CheckInRules> parse_check_in(base::ByteView json);

// --- days

// A fact of the kind "checked in", which is still missing: member, store, and of its stamp the local date.
struct CheckInDay {
  base::LocalDate date;  // at the store
  base::StoreId store;
  base::TerminalId terminal;
  base::Epoch epoch;
  base::Seq seq;
  friend auto operator<=>(const CheckInDay&, const CheckInDay&) = default;
};

// A member's days, ascending, one row a date whichever store it was at: of several the one with the smallest store,
// terminal, epoch and seq stands, so that the order in which they come does not matter.
using CheckInDays = std::vector<CheckInDay>;

enum class CheckInWord : std::uint8_t {
  counted,
  known,    // that date is taken; the row may now be that of another store
  outside,  // before the first day or after the last
};
[[nodiscard]] CheckInWord check_in(const CheckInRules& rules, CheckInDays& days, const CheckInDay& day);

struct Streak {
  base::LocalDate first;
  std::int32_t days{};
  [[nodiscard]] base::LocalDate last() const { return {first.days + days - 1}; }
  friend bool operator==(const Streak&, const Streak&) = default;
};

// Days in a row, as long as they go, in order.
[[nodiscard]] std::vector<Streak> streaks(const CheckInDays& days);
// Days in a row that end today, or yesterday when today has none yet: what a screen shows.
[[nodiscard]] std::int32_t streak_on(const CheckInDays& days, base::LocalDate today);

// --- rewards

// A reward on the day that brought it. Unique: a reward is given once for a date.
struct EarnedReward {
  std::uint32_t reward{};
  base::LocalDate on;
  friend auto operator<=>(const EarnedReward&, const EarnedReward&) = default;
};

// What these days bring, ascending: of each streak, a reward of n days on its n-th day, and if it repeats on each
// further n-th. O(days * rewards).
[[nodiscard]] std::vector<EarnedReward> rewards_due(const CheckInRules& rules, const CheckInDays& days);

// The same reward of the same streak, due on another day than it was given for, because an earlier day came late.
struct MovedReward {
  EarnedReward given;
  base::LocalDate to;
  friend bool operator==(const MovedReward&, const MovedReward&) = default;
};

// What a recomputation leaves to do. Nothing is taken back here.
struct CheckInChanges {
  std::vector<EarnedReward> grant;    // due and not given
  std::vector<MovedReward> move;      // nothing changes hands: the row gets another date
  std::vector<EarnedReward> not_due;  // given and not due any more: listed until a person settles it
  friend bool operator==(const CheckInChanges&, const CheckInChanges&) = default;
};

// `given`: every reward the member was ever given and that nobody took back, with moves applied, ascending. Empty lists
// when all is as it should be: applying the changes and asking again gives no more grants and no more moves. All lists
// ascend.
[[nodiscard]] CheckInChanges recompute(const CheckInRules& rules, const CheckInDays& days,
                                       const std::vector<EarnedReward>& given);

// `given` as it is afterwards: grants added, moves made, what is not due kept. Ascending.
[[nodiscard]] std::vector<EarnedReward> apply(const std::vector<EarnedReward>& given, const CheckInChanges& changes);

// One cause per campaign, member, reward and date, for the ledger that it is booked in. Persisted: never change.
[[nodiscard]] base::Hash check_in_cause(const base::BrandId& brand, base::CampaignId campaign, base::MemberId member,
                                        const EarnedReward& reward);

}  // namespace millpond::model
