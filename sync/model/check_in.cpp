// SPDX-License-Identifier: Apache-2.0
#include "sync/model/check_in.h"

#include "sync/crypto/hash.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace millpond::model {
namespace {

constexpr std::size_t document_bytes_max = 64U << 10;
constexpr std::size_t rewards_max = 64;
constexpr std::int64_t points_max = 1'000'000'000;
constexpr std::int64_t number_max = std::numeric_limits<std::uint32_t>::max();

void read_reward(ObjectReader& object, CheckInRules& rules) {
  CheckInReward reward;
  reward.number = static_cast<std::uint32_t>(object.integer("number", 1, number_max));
  reward.days = static_cast<std::int32_t>(object.integer("days", 1, check_in_days_max));
  reward.repeats = object.boolean_or("repeats", false);
  reward.kind = static_cast<CheckInKind>(object.choice("kind", {"points", "coupon", "chance"}) + 1);
  if (reward.kind == CheckInKind::points) {
    reward.points = object.integer("points", 1, points_max);
  } else {
    reward.campaign.value = static_cast<std::uint32_t>(object.integer("campaign", 1, number_max));
  }
  const auto same_number = [&](const CheckInReward& other) { return other.number == reward.number; };
  if (std::ranges::any_of(rules.rewards, same_number)) object.report("number", "is used twice");
  if (reward.days > rules.ends.days - rules.starts.days + 1) {
    object.report("days", "is more than there are from starts to ends");
  }
  rules.rewards.push_back(reward);
}

// Which streak a date lies in; their number when in none.
std::size_t streak_at(const std::vector<Streak>& all, base::LocalDate date) {
  const auto holds = [&](const Streak& streak) { return streak.first <= date && date <= streak.last(); };
  return static_cast<std::size_t>(std::ranges::find_if(all, holds) - all.begin());
}

std::vector<EarnedReward> without(const std::vector<EarnedReward>& all, const std::vector<EarnedReward>& some) {
  std::vector<EarnedReward> rest;
  std::ranges::set_difference(all, some, std::back_inserter(rest));
  return rest;
}

}  // namespace

base::Result<CheckInRules> parse_check_in(base::ByteView json) {
  Document document{json, document_bytes_max, "read check-in"};
  auto root = document.root();
  CheckInRules rules;
  rules.version = static_cast<std::uint32_t>(root.integer("version", 1, number_max));
  rules.campaign.value = static_cast<std::uint32_t>(root.integer("campaign", 1, number_max));
  rules.name = root.localized("name");
  rules.starts = root.date("starts");
  rules.ends = root.date("ends");
  if (rules.ends < rules.starts) root.report("ends", "must not be before starts");
  if (rules.ends.days - rules.starts.days >= check_in_days_max) root.report("ends", "is more than ten years later");
  root.each(
      "rewards", [&](ObjectReader& object) { read_reward(object, rules); }, rewards_max);
  if (rules.rewards.empty()) root.report("rewards", "must name at least one");
  root.finish();
  if (auto problem = document.problem()) return *std::move(problem);
  return rules;
}

CheckInWord check_in(const CheckInRules& rules, CheckInDays& days, const CheckInDay& day) {
  if (day.date < rules.starts || day.date > rules.ends) return CheckInWord::outside;
  const auto at = std::ranges::lower_bound(days, day.date, {}, &CheckInDay::date);
  if (at == days.end() || at->date != day.date) {
    days.insert(at, day);
    return CheckInWord::counted;
  }
  *at = std::min(*at, day);
  return CheckInWord::known;
}

std::vector<Streak> streaks(const CheckInDays& days) {
  std::vector<Streak> all;
  for (const auto& day : days) {
    if (!all.empty() && all.back().last().days + 1 == day.date.days) {
      all.back().days += 1;
    } else {
      all.push_back({day.date, 1});
    }
  }
  return all;
}

std::int32_t streak_on(const CheckInDays& days, base::LocalDate today) {
  const auto end = std::ranges::upper_bound(days, today, {}, &CheckInDay::date);
  const auto all = streaks({days.begin(), end});
  if (all.empty() || all.back().last().days < today.days - 1) return 0;
  return all.back().days;
}

std::vector<EarnedReward> rewards_due(const CheckInRules& rules, const CheckInDays& days) {
  std::vector<EarnedReward> due;
  for (const auto& streak : streaks(days)) {
    for (const auto& reward : rules.rewards) {
      const auto times = reward.repeats ? streak.days / reward.days : std::min(streak.days / reward.days, 1);
      for (std::int32_t time = 1; time <= times; ++time) {
        due.push_back({reward.number, {streak.first.days + time * reward.days - 1}});
      }
    }
  }
  std::ranges::sort(due);
  return due;
}

CheckInChanges recompute(const CheckInRules& rules, const CheckInDays& days, const std::vector<EarnedReward>& given) {
  const auto due = rewards_due(rules, days);
  const auto all = streaks(days);
  auto missing = without(due, given);
  CheckInChanges changes;
  for (const auto& extra : without(given, due)) {
    // The earliest missing one of the same reward and streak. A reward of another streak is another reward.
    const auto streak = streak_at(all, extra.on);
    const auto matches = [&](const EarnedReward& other) {
      return streak < all.size() && other.reward == extra.reward && streak_at(all, other.on) == streak;
    };
    const auto match = std::ranges::find_if(missing, matches);
    if (match == missing.end()) {
      changes.not_due.push_back(extra);
    } else {
      changes.move.push_back({extra, match->on});
      missing.erase(match);
    }
  }
  changes.grant = std::move(missing);
  return changes;
}

std::vector<EarnedReward> apply(const std::vector<EarnedReward>& given, const CheckInChanges& changes) {
  auto after = given;
  for (const auto& moved : changes.move) std::erase(after, moved.given);
  for (const auto& moved : changes.move) after.push_back({moved.given.reward, moved.to});
  after.insert(after.end(), changes.grant.begin(), changes.grant.end());
  std::ranges::sort(after);
  return after;
}

base::Hash check_in_cause(const base::BrandId& brand, base::CampaignId campaign, base::MemberId member,
                          const EarnedReward& reward) {
  base::Bytes bytes;
  base::append(bytes, base::view_of("MILLPOND-CHECKIN1"));
  base::append(bytes, brand.bytes);
  base::append_big_endian(bytes, campaign.value, 4);
  base::append_big_endian(bytes, member.value, 8);
  base::append_big_endian(bytes, reward.reward, 4);
  base::append_big_endian(bytes, static_cast<std::uint32_t>(reward.on.days), 4);
  return crypto::blake2b(bytes);
}

}  // namespace millpond::model
