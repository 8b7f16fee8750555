// SPDX-License-Identifier: Apache-2.0
#include "sync/model/programme.h"

#include <algorithm>
#include <limits>

namespace millpond::model {
namespace {

constexpr std::size_t document_bytes_max = 2U << 20;
constexpr std::size_t notice_bytes_max = 20'000;
constexpr std::int64_t offset_min_max = 14 * 60;                    // Kiribati, the farthest zone there is
constexpr int day_max = std::numeric_limits<std::uint16_t>::max();  // a coupon code has 2 bytes for a day

constexpr std::size_t rules_max = 5'000;  // coupons, campaigns
constexpr std::int64_t number_max = std::numeric_limits<std::uint32_t>::max();

std::uint32_t number_of(std::uint32_t id) { return id; }
std::uint32_t number_of(base::CampaignId id) { return id.value; }

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

template <class List>
bool has_id(const List& list, std::uint32_t id) {
  return std::any_of(list.begin(), list.end(), [id](const auto& each) { return number_of(each.id) == id; });
}

// The last coupon's last day still fits a code.
void check_days(ObjectReader& object, const CouponOffer& offer, base::LocalDate last_issue) {
  if (!offer.days.from && last_issue.days > day_max - offer.days.valid_days) {
    object.report("ends", "is so late that its coupon would end too far in the future");
  }
}

void read_coupons(ObjectReader& document, Programme& programme) {
  document.each(
      "coupons",
      [&](ObjectReader& object) {
        auto offer = read_coupon_offer(object, programme.tiers.size());
        if (has_id(programme.coupons, offer.id.value)) object.report("id", "is used twice");
        programme.coupons.push_back(std::move(offer));
      },
      rules_max);
}

void read_packs(ObjectReader& document, Programme& programme) {
  if (!document.has("packs")) return;
  document.each("packs", [&](ObjectReader& object) {
    BenefitPack pack;
    pack.id = static_cast<std::uint32_t>(object.integer("id", 1, number_max));
    pack.name = object.localized("name");
    object.each("coupons", [&](ObjectReader& each) {
      BenefitPack::Coupons coupons;
      coupons.offer.value = static_cast<std::uint32_t>(each.integer("coupon", 1, number_max));
      coupons.count = each.integer_or("count", 1, 1, 20);
      if (!has_id(programme.coupons, coupons.offer.value)) each.report("coupon", "is not one of the coupons");
      pack.coupons.push_back(coupons);
    });
    if (pack.coupons.empty()) object.report("coupons", "must name at least one");
    if (has_id(programme.packs, pack.id)) object.report("id", "is used twice");
    programme.packs.push_back(std::move(pack));
  });
}

// What an action names is there, and ends in time.
void check_action(ObjectReader& object, const Programme& programme, const Campaign& campaign,
                  const CampaignAction& action) {
  const auto number = static_cast<std::uint32_t>(action.number);
  const auto check_offer = [&](base::CampaignId id) {
    const auto offer = std::find_if(programme.coupons.begin(), programme.coupons.end(),
                                    [id](const CouponOffer& each) { return each.id == id; });
    if (offer == programme.coupons.end())
      return object.report("actions", "names a coupon that is not one of the coupons");
    check_days(object, *offer, campaign.ends);
  };
  if (action.kind == ActionKind::coupon) check_offer({number});
  if (action.kind != ActionKind::pack) return;
  const auto pack = std::find_if(programme.packs.begin(), programme.packs.end(),
                                 [number](const BenefitPack& each) { return each.id == number; });
  if (pack == programme.packs.end()) return object.report("actions", "names a pack that is not one of the packs");
  for (const auto& each : pack->coupons) check_offer(each.offer);
}

void read_campaigns(ObjectReader& document, Programme& programme) {
  document.each(
      "campaigns",
      [&](ObjectReader& object) {
        auto campaign = read_campaign(object, programme.tiers.size());
        if (has_id(programme.campaigns, campaign.id.value)) object.report("id", "is used twice");
        for (const auto& action : campaign.actions) check_action(object, programme, campaign, action);
        if (campaign.experiment) {
          for (const auto& variant : campaign.experiment->variants) {
            for (const auto& action : variant.actions) check_action(object, programme, campaign, action);
          }
        }
        programme.campaigns.push_back(std::move(campaign));
      },
      rules_max);
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
  read_coupons(document, programme);
  read_packs(document, programme);
  read_campaigns(document, programme);
  auto notices = document.object("notices");
  programme.membership_notice = notices.localized("membership", notice_bytes_max);
  programme.marketing_notice = notices.localized("marketing", notice_bytes_max);
  if (notices.has("profiling")) programme.profiling_notice = notices.localized("profiling", notice_bytes_max);
  if (notices.has("partners")) programme.partners_notice = notices.localized("partners", notice_bytes_max);
  notices.finish();
  if (document.has("country")) programme.country = read_country(document.object("country"));
  if (document.has("lots")) programme.lots = read_lot_terms(document.object("lots"));
  document.finish();
  if (const auto problem = source.problem()) return *problem;
  return programme;
}

const LocalizedText& notice_of(const Programme& programme, Purpose purpose) {
  switch (purpose) {
    case Purpose::membership:
      return programme.membership_notice;
    case Purpose::marketing:
      return programme.marketing_notice;
    case Purpose::profiling:
      return programme.profiling_notice;
    case Purpose::partners:
      break;
  }
  return programme.partners_notice;
}

std::int32_t offset_at(const Programme& programme, std::int64_t wall_ms) {
  std::int32_t offset = programme.zone.empty() ? 0 : programme.zone.front().offset_min;
  for (const auto& transition : programme.zone) {
    if (transition.from_ms <= wall_ms) offset = transition.offset_min;
  }
  return offset;
}

}  // namespace millpond::model
