// SPDX-License-Identifier: Apache-2.0
#include "sync/model/tier_rules.h"

#include <algorithm>
#include <limits>

namespace millpond::model {
namespace {

constexpr std::size_t document_bytes_max = 64U << 10;
constexpr std::size_t levels_max = 20;
constexpr std::int64_t id_max = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t months_max = 60;
constexpr std::int64_t lead_days_max = 31;
constexpr std::int64_t multiplier_max = 1'000'000;
constexpr int months_a_year = 12;

base::CampaignId campaign_or_none(ObjectReader& object, const char* key) {
  return base::CampaignId{static_cast<std::uint32_t>(object.integer_or(key, 0, 1, id_max))};
}

TierBenefits read_benefits(ObjectReader object, const std::vector<TierLevel>& below) {
  TierBenefits benefits;
  benefits.multiplier_basis_points = object.integer_or("multiplier_basis_points", 10'000, 10'000, multiplier_max);
  if (!below.empty() && benefits.multiplier_basis_points < below.back().benefits.multiplier_basis_points) {
    object.report("multiplier_basis_points", "must not be less than in the tier before");
  }
  benefits.entry_pack = campaign_or_none(object, "entry_pack");
  benefits.monthly_pack = campaign_or_none(object, "monthly_pack");
  benefits.birthday_gift = campaign_or_none(object, "birthday_gift");
  if (object.has("exclusive_offers")) {
    for (const auto id : object.integers("exclusive_offers", 1, id_max)) {
      benefits.exclusive_offers.push_back(base::CampaignId{static_cast<std::uint32_t>(id)});
    }
    std::ranges::sort(benefits.exclusive_offers);
  }
  object.finish();
  return benefits;
}

void check_beside(ObjectReader& object, const std::vector<TierLevel>& below, const TierLevel& level) {
  if (std::ranges::find(below, level.id, &TierLevel::id) != below.end()) object.report("id", "is used twice");
  if (below.empty()) {
    if (level.threshold != 0) object.report("threshold", "must be 0 for the first tier");
    return;
  }
  if (level.threshold <= below.back().threshold) object.report("threshold", "must be above the one before");
}

void read_window(ObjectReader object, TierRules& rules) {
  rules.window = static_cast<TierWindow>(object.choice("kind", {"rolling", "calendar"}));
  rules.months = static_cast<std::int32_t>(object.integer("months", 1, months_max));
  if (rules.window == TierWindow::rolling) {
    rules.hold_months = static_cast<std::int32_t>(object.integer("hold_months", 1, months_max));
  } else if (months_a_year % rules.months != 0) {
    object.report("months", "must divide a year: 1, 2, 3, 4, 6 or 12");
  }
  object.finish();
}

}  // namespace

base::Result<TierRules> parse_tier_rules(base::ByteView json) {
  Document file{json, document_bytes_max, "read tier rules"};
  auto document = file.root();
  TierRules rules;
  rules.version = static_cast<std::uint32_t>(document.integer("version", 1, id_max));
  rules.measure = static_cast<TierMeasure>(document.choice("measure", {"net_spend", "visits"}));
  read_window(document.object("window"), rules);
  rules.birthday_lead_days = static_cast<std::int32_t>(document.integer_or("birthday_lead_days", 0, 0, lead_days_max));
  document.each(
      "levels",
      [&](ObjectReader& object) {
        TierLevel level;
        level.id = static_cast<std::uint32_t>(object.integer("id", 1, id_max));
        level.name = object.localized("name");
        level.threshold = object.integer("threshold", 0, amount_minor_max);
        level.benefits = read_benefits(object.object("benefits"), rules.levels);
        check_beside(object, rules.levels, level);
        rules.levels.push_back(std::move(level));
      },
      levels_max);
  if (rules.levels.empty()) document.report("levels", "must have at least one tier");
  document.finish();
  if (const auto problem = file.problem()) return *problem;
  return rules;
}

}  // namespace millpond::model
