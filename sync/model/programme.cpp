// SPDX-License-Identifier: Apache-2.0
#include "sync/model/programme.h"

#include <algorithm>
#include <limits>

namespace millpond::model {
namespace {

constexpr std::size_t document_bytes_max = 256U << 10;
constexpr std::size_t notice_bytes_max = 20'000;
constexpr std::int64_t value_minor_max = std::numeric_limits<std::uint32_t>::max();  // a coupon code has 4 bytes for it
constexpr std::int64_t valid_days_max = 3'660;                                       // ten years
constexpr std::int64_t offset_min_max = 14 * 60;                    // Kiribati, the farthest zone there is
constexpr int day_max = std::numeric_limits<std::uint16_t>::max();  // a coupon code has 2 bytes for a day

EarnRule read_earn(ObjectReader object) {
  const EarnRule earn{object.integer("points", 0, 1'000'000), object.integer("per_minor", 1, amount_minor_max)};
  object.finish();
  return earn;
}

void read_zone(ObjectReader& document, std::vector<ZoneTransition>& zone) {
  document.each("zone", [&](ObjectReader& object) {
    const auto from = object.moment_ms("from");
    const auto offset = object.integer("offset_min", -offset_min_max, offset_min_max);
    if (!zone.empty() && from <= zone.back().from_ms) object.report("from", "must be later than the one before");
    zone.push_back({from, static_cast<std::int32_t>(offset)});
  });
  if (zone.empty()) document.report("zone", "must name at least one offset");
}

void read_tiers(ObjectReader& document, std::vector<Tier>& tiers) {
  document.each("tiers", [&](ObjectReader& object) {
    Tier tier{object.localized("name", name_bytes_max), object.integer("threshold_minor", 0, amount_minor_max)};
    if (tiers.empty() && tier.threshold_minor != 0) object.report("threshold_minor", "must be 0 for the first tier");
    if (!tiers.empty() && tier.threshold_minor <= tiers.back().threshold_minor) {
      object.report("threshold_minor", "must be above the one before");
    }
    tiers.push_back(std::move(tier));
  });
}

void read_coupon(ObjectReader object, Campaign& campaign) {
  campaign.coupon_value_minor = object.integer("value_minor", 1, value_minor_max);
  campaign.coupon_threshold_minor = object.integer("threshold_minor", 1, amount_minor_max);
  campaign.coupon_valid_days = static_cast<std::int32_t>(object.integer("valid_days", 1, valid_days_max));
  campaign.coupon_starts_after_days = static_cast<std::int32_t>(object.integer("starts_after_days", 0, valid_days_max));
  object.finish();
  if (campaign.coupon_value_minor > campaign.coupon_threshold_minor) {
    object.report("value_minor", "must not be more than threshold_minor: the coupon would pay for the whole sale");
  }
  if (campaign.coupon_starts_after_days > campaign.coupon_valid_days) {
    object.report("starts_after_days", "must not be after the last good day");
  }
  // The last coupon's last day still fits a code.
  if (campaign.ends.days > day_max - campaign.coupon_valid_days)
    object.report("valid_days", "ends too far in the future");
}

void read_campaigns(ObjectReader& document, std::vector<Campaign>& campaigns) {
  document.each("campaigns", [&](ObjectReader& object) {
    Campaign campaign;
    campaign.id.value = static_cast<std::uint32_t>(object.integer("id", 1, std::numeric_limits<std::uint32_t>::max()));
    campaign.name = object.localized("name", name_bytes_max);
    campaign.starts = object.date("starts");
    campaign.ends = object.date("ends");
    campaign.threshold_minor = object.integer("threshold_minor", 0, amount_minor_max);
    read_coupon(object.object("coupon"), campaign);
    if (campaign.ends < campaign.starts) object.report("ends", "must not be before starts");
    const auto same_id = [&](const Campaign& other) { return other.id == campaign.id; };
    if (std::any_of(campaigns.begin(), campaigns.end(), same_id)) object.report("id", "is used twice");
    campaigns.push_back(std::move(campaign));
  });
}

base::Currency read_currency(ObjectReader& document) {
  const auto currency = base::parse_currency(document.text("currency", 3));
  if (!currency) document.report("currency", "is not a currency that Millpond knows");
  return currency.value_or(base::Currency{});
}

}  // namespace

base::Result<Programme> parse_programme(base::ByteView json) {
  Document source{json, document_bytes_max, "read programme"};
  Programme programme;
  auto document = source.root();
  programme.version =
      static_cast<std::uint32_t>(document.integer("version", 1, std::numeric_limits<std::uint32_t>::max()));
  programme.brand_name = document.localized("brand_name", name_bytes_max);
  programme.currency = read_currency(document);
  programme.earn = read_earn(document.object("earn"));
  read_zone(document, programme.zone);
  read_tiers(document, programme.tiers);
  read_campaigns(document, programme.campaigns);
  auto notices = document.object("notices");
  programme.membership_notice = notices.localized("membership", notice_bytes_max);
  programme.marketing_notice = notices.localized("marketing", notice_bytes_max);
  notices.finish();
  document.finish();
  if (const auto problem = source.problem()) return *problem;
  return programme;
}

std::int32_t offset_at(const Programme& programme, std::int64_t wall_ms) {
  std::int32_t offset = programme.zone.empty() ? 0 : programme.zone.front().offset_min;
  for (const auto& transition : programme.zone) {
    if (transition.from_ms <= wall_ms) offset = transition.offset_min;
  }
  return offset;
}

}  // namespace millpond::model
