// SPDX-License-Identifier: Apache-2.0
// Programme: the one document a brand publishes about points and coupons, as values parsed from JSON. Immutable and
// versioned; the hub signs the bytes, and whoever parses them has checked the signature. Pure; no clock, no I/O.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/base/money.h"
#include "sync/base/result.h"
#include "sync/model/document.h"

#include <string>
#include <vector>

namespace millpond::model {

// Points for money: floor(base * points / per_minor), once per sale.
struct EarnRule {
  std::int64_t points{};
  std::int64_t per_minor{};  // > 0
  friend bool operator==(const EarnRule&, const EarnRule&) = default;
};

// A coupon after payment (支付有礼): a sale of at least threshold_minor issues one.
struct Campaign {
  base::CampaignId id;
  LocalizedText name;
  base::LocalDate starts;
  base::LocalDate ends;                     // last day
  std::int64_t threshold_minor{};           // inclusive, on the sale's eligible amount
  std::int64_t coupon_value_minor{};        // amount off
  std::int64_t coupon_threshold_minor{};    // inclusive, on the sale it is used in
  std::int32_t coupon_valid_days{};         // the last good day is issue + this
  std::int32_t coupon_starts_after_days{};  // 0: at once
  friend bool operator==(const Campaign&, const Campaign&) = default;
};

struct Tier {
  LocalizedText name;
  std::int64_t threshold_minor{};  // qualifying net spend, inclusive
  friend bool operator==(const Tier&, const Tier&) = default;
};

// From this moment on the store's clock is offset_min ahead of UTC. Documents carry the transitions, because machines
// disagree about zone databases and unequal ones would give unequal facts.
struct ZoneTransition {
  std::int64_t from_ms{};
  std::int32_t offset_min{};
  friend bool operator==(const ZoneTransition&, const ZoneTransition&) = default;
};

struct Programme {
  std::uint32_t version{};
  LocalizedText brand_name;
  base::Currency currency;
  EarnRule earn;
  std::vector<ZoneTransition> zone;  // ascending, at least one
  std::vector<Tier> tiers;           // ascending thresholds, first 0; may be empty
  std::vector<Campaign> campaigns;
  LocalizedText membership_notice;  // the words a member consents to
  LocalizedText marketing_notice;
  friend bool operator==(const Programme&, const Programme&) = default;
};

// Parses a document: {version, brand_name, currency, earn{points, per_minor}, zone[{from, offset_min}],
// tiers[{name, threshold_minor}], campaigns[{id, name, starts, ends, threshold_minor, coupon{value_minor,
// threshold_minor, valid_days, starts_after_days}}], notices{membership, marketing}}. All of it is required; words are
// {"zh-CN", "en"}, `from` is RFC 3339, dates are 2026-11-21. Error: programme_invalid with the JSON pointer of the
// offending place as detail. Unknown keys, contradictory campaigns (ends before it starts, worth more than its
// threshold, no days) and repeated ids are refused.
[[nodiscard]] base::Result<Programme> parse_programme(base::ByteView json);

// Minutes ahead of UTC at this moment: the last transition at or before it, else the first one.
[[nodiscard]] std::int32_t offset_at(const Programme& programme, std::int64_t wall_ms);

}  // namespace millpond::model
