// SPDX-License-Identifier: Apache-2.0
// Tier benefits: which packs and gifts a member's tiers bring, and on which date. Each has a cause, so that it is
// granted once however often this is computed, at whichever machine, and although late events may move the dates. Not
// granting: whoever grants looks the cause up first. Pure; any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/model/tier_rules.h"
#include "sync/model/tiers.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace millpond::model {

enum class BenefitKind : std::uint8_t { entry_pack = 1, monthly_pack = 2, birthday_gift = 3 };  // persisted in causes

struct DueBenefit {
  base::LocalDate due;
  BenefitKind kind{};
  std::size_t level{};    // held on that date
  base::CampaignId pack;  // what to grant
  base::Hash cause{};
  friend bool operator==(const DueBenefit&, const DueBenefit&) = default;
};

// From the sealed profile, at the hub only; without a year.
struct BirthDay {
  std::int32_t month{};
  std::int32_t day{};
};

struct BenefitCase {
  base::BrandId brand;
  base::MemberId member;  // of the person: merged numbers share causes by sharing this
  std::optional<BirthDay> birthday;
};

// What is due in [from, to), by date and kind.
// Entry packs: on the day a tier is reached from below, of that tier alone. The n-th entry into a tier is one cause,
// whatever its date. Monthly packs: on the first of each month, of the tier held then, except on the day of entry; one
// cause a month, whatever the tier. Birthday gifts: birthday_lead_days before the day, or the day of joining when that
// is between the two, of the tier held then; one cause a year of birthdays, whatever the day: who changes the birthday
// gets no second gift. 29 February is the 28th in a year without one.
[[nodiscard]] std::vector<DueBenefit> due_benefits(const TierRules& rules, const TierState& state,
                                                   const BenefitCase& of, base::LocalDate from, base::LocalDate to);

// Whether a member of this tier may have the offer: one that no tier lists is for everybody.
[[nodiscard]] bool is_open_to(const TierRules& rules, std::size_t level, base::CampaignId offer);

}  // namespace millpond::model
