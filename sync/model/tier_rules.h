// SPDX-License-Identifier: Apache-2.0
// Tier rules: what a brand publishes about its tiers, as values parsed from JSON. Immutable and versioned; whoever
// parses the bytes has checked their signature. What they mean is in tiers.h and tier_benefits.h. Pure; no clock, no
// I/O.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/ids.h"
#include "sync/base/result.h"
#include "sync/model/document.h"

#include <cstdint>
#include <vector>

namespace millpond::model {

struct TierBenefits {
  std::int64_t multiplier_basis_points{10'000};    // of points; 10,000: as everybody
  base::CampaignId entry_pack;                     // a set of coupons on entry; 0: none
  base::CampaignId monthly_pack;                   // and on the first of every month after it
  base::CampaignId birthday_gift;                  // once a year
  std::vector<base::CampaignId> exclusive_offers;  // ascending
  friend bool operator==(const TierBenefits&, const TierBenefits&) = default;
};

struct TierLevel {
  std::uint32_t id{};  // persisted in causes: never give a number to another tier
  LocalizedText name;
  std::int64_t threshold{};  // inclusive; minor units or visits
  TierBenefits benefits;
  friend bool operator==(const TierLevel&, const TierLevel&) = default;
};

enum class TierMeasure : std::uint8_t { net_spend, visits };

// rolling: what counts is the last `months` months up to today, and a tier holds for `hold_months` from its day of
// entry. calendar: what counts is the calendar's period of `months` months (12: the year), and a tier holds to the end
// of the period in which it was reached; what was reached in a period is kept through the next one.
enum class TierWindow : std::uint8_t { rolling, calendar };

struct TierRules {
  std::uint32_t version{};
  TierMeasure measure{};
  TierWindow window{};
  std::int32_t months{};              // 1 to 60; calendar: a divisor of 12
  std::int32_t hold_months{};         // rolling: 1 to 60
  std::int32_t birthday_lead_days{};  // the gift comes so many days before the day
  std::vector<TierLevel> levels;      // ascending thresholds, the first 0
  friend bool operator==(const TierRules&, const TierRules&) = default;
};

// {version, measure: net_spend | visits, window{kind: rolling | calendar, months, hold_months (rolling only)},
// birthday_lead_days (0), levels[{id, name, threshold, benefits{multiplier_basis_points (10000), entry_pack (0),
// monthly_pack (0), birthday_gift (0), exclusive_offers[] ([])}}]}. What stands in parentheses is meant when the member
// is missing. Error: programme_invalid with "POINTER: what is wrong". Refused besides: a first threshold that is not 0,
// thresholds that do not rise, ids used twice, a higher tier that multiplies less, a calendar period that does not
// divide the year.
[[nodiscard]] base::Result<TierRules> parse_tier_rules(base::ByteView json);

}  // namespace millpond::model
