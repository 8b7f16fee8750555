// SPDX-License-Identifier: Apache-2.0
// Points rules: what a brand publishes about earning points and how long they are good, as values parsed from JSON.
// Immutable and versioned; whoever parses the bytes has checked their signature. What they mean is in earning.h and
// lot_terms.h. Pure; no clock, no I/O.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"
#include "sync/model/lot_terms.h"

#include <cstdint>
#include <string>
#include <vector>

namespace millpond::model {

inline constexpr std::int64_t earn_points_max = 1'000'000;
inline constexpr std::int64_t bonus_basis_points_max = 1'000'000;  // a hundred times as many again
inline constexpr std::size_t bonuses_max = 50;

// floor(base * points / per_minor) over the lines in scope. An empty list restricts nothing; lists are ascending.
struct BaseRule {
  std::uint32_t id{};
  std::int64_t points{};
  std::int64_t per_minor{};  // > 0
  std::vector<std::string> categories;
  std::vector<std::uint32_t> stores;
  friend bool operator==(const BaseRule&, const BaseRule&) = default;
};

enum class BonusKind : std::uint8_t { tier, birthday, first_purchase, channel };

// More points for a reason. Of those that are not additive the best one counts; additive ones are added to it.
struct BonusRule {
  std::uint32_t id{};
  BonusKind kind{};
  bool additive{};
  std::int64_t extra_basis_points{};  // 10,000: as many again; tier: comes with the tier (tiers.h), 0 here
  std::int64_t extra_points{};        // besides; a fixed number
  std::string channel;                // channel: which one
  friend bool operator==(const BonusRule&, const BonusRule&) = default;
};

struct PointsRules {
  std::uint32_t version{};
  bool before_tax{true};
  std::vector<std::string> gift_card_categories;  // goods that are money: their sale earns nothing
  std::vector<std::string> excluded_categories;   // other goods that earn nothing
  std::vector<BaseRule> base;                     // at least one
  std::vector<BonusRule> bonuses;
  LotTerms lots;
  friend bool operator==(const PointsRules&, const PointsRules&) = default;
};

// {version, before_tax (true), gift_card_categories[], excluded_categories[] ([]), base[{id, points, per_minor,
// categories[] ([]), stores[] ([])}], bonuses[{id, kind: tier | birthday | first_purchase | channel, additive,
// extra_basis_points, extra_points, channel}], lots{pending_days, expiry{kind: never | days | months | year_end,
// count}, return_grace_days}}. What stands in parentheses is meant when the member is missing. Error: programme_invalid
// with "POINTER: what is wrong". Refused besides: ids used twice, a bonus that brings nothing, a tier bonus with a rate
// of its own, two tier bonuses, points that would expire before they are good.
[[nodiscard]] base::Result<PointsRules> parse_points_rules(base::ByteView json);

}  // namespace millpond::model
