// SPDX-License-Identifier: Apache-2.0
// Programme: the one document a brand publishes about points and coupons, as values parsed from JSON. Immutable and
// versioned; the hub signs the bytes, and whoever parses them has checked the signature. Pure; no clock, no I/O.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/base/money.h"
#include "sync/base/result.h"
#include "sync/model/campaign.h"
#include "sync/model/country.h"
#include "sync/model/coupon_offer.h"
#include "sync/model/document.h"
#include "sync/model/lot_terms.h"
#include "sync/model/member_facts.h"

#include <optional>
#include <string>
#include <vector>

namespace millpond::model {

// Points for money: floor(base * points / per_minor), once per sale.
struct EarnRule {
  std::int64_t points{};
  std::int64_t per_minor{};  // > 0
  friend bool operator==(const EarnRule&, const EarnRule&) = default;
};

// Coupons that are given together, on entering a tier or by a campaign.
struct BenefitPack {
  struct Coupons {
    base::CampaignId offer;
    std::int64_t count{1};
    friend bool operator==(const Coupons&, const Coupons&) = default;
  };
  std::uint32_t id{};
  LocalizedText name;
  std::vector<Coupons> coupons;  // at least one
  friend bool operator==(const BenefitPack&, const BenefitPack&) = default;
};

struct Tier {
  LocalizedText name;
  std::int64_t threshold_minor{};  // qualifying net spend, inclusive
  friend bool operator==(const Tier&, const Tier&) = default;
};

struct Programme {
  std::uint32_t version{};
  LocalizedText brand_name;
  base::Currency currency;
  EarnRule earn;
  std::vector<ZoneTransition> zone;  // ascending, at least one
  std::vector<Tier> tiers;           // ascending thresholds, first 0; may be empty
  std::vector<CouponOffer> coupons;  // numbers are unique; an offer may bear its campaign's
  std::vector<BenefitPack> packs;    // may be empty
  std::vector<Campaign> campaigns;   // numbers are unique
  LocalizedText membership_notice;   // the words a member consents to
  LocalizedText marketing_notice;
  LocalizedText profiling_notice{};  // empty: the brand does not ask for it
  LocalizedText partners_notice{};   // likewise
  Country country{china()};          // whose law the chain's terminals and the hub go by
  std::optional<LotTerms> lots{};    // none: points are good at once and for ever
  friend bool operator==(const Programme&, const Programme&) = default;
};

// Parses a document: {version, brand_name, currency, earn{points, per_minor}, zone[{from, offset_min}],
// tiers[{name, threshold_minor}], coupons[...], packs[{id, name, coupons[{coupon, count}]}], campaigns[...],
// notices{membership, marketing, profiling?, partners?}, country? (country.h; China's where it is not there), lots?
// (lot_terms.h)}; coupon_offer.h, campaign.h and conditions.h say what their parts are, and
// assets/schema/programme.json says all of it to an editor. Words are {"zh-CN", "en"}, moments are RFC 3339, dates are
// 2026-11-21. Error: programme_invalid with the JSON pointer of the offending place as detail. Refused are unknown
// members, repeated numbers, actions that name what is not there, and what contradicts itself.
[[nodiscard]] base::Result<Programme> parse_programme(base::ByteView json);

// The words that somebody agrees to for this purpose; empty where the brand does not ask for it.
[[nodiscard]] const LocalizedText& notice_of(const Programme& programme, Purpose purpose);

// Minutes ahead of UTC at this moment: the last transition at or before it, else the first one.
[[nodiscard]] std::int32_t offset_at(const Programme& programme, std::int64_t wall_ms);

}  // namespace millpond::model
