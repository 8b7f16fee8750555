// SPDX-License-Identifier: Apache-2.0
#include "sync/model/programme.h"

#include "sync/base/rng.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

using namespace millpond;
using Catch::Matchers::StartsWith;
using Json = nlohmann::json;

namespace {

Json good() {
  return Json::parse(R"({
    "version": 3,
    "brand_name": {"zh-CN": "磨坊", "en": "Millpond"},
    "currency": "CNY",
    "earn": {"points": 1, "per_minor": 100},
    "zone": [{"from": "2020-01-01T00:00:00Z", "offset_min": 480}, {"from": "2030-01-01T00:00:00Z", "offset_min": 540}],
    "tiers": [{"name": {"zh-CN": "会员", "en": "Member"}, "threshold_minor": 0},
              {"name": {"zh-CN": "金卡", "en": "Gold"}, "threshold_minor": 100000}],
    "coupons": [{"id": 7, "name": {"zh-CN": "满减券", "en": "Five off"}, "type": "amount_off", "value_minor": 500,
                 "threshold_minor": 2000, "valid": {"days": 30, "starts_after_days": 1}}],
    "packs": [{"id": 3, "name": {"zh-CN": "礼包", "en": "Pack"}, "coupons": [{"coupon": 7, "count": 2}]}],
    "campaigns": [{"id": 7, "name": {"zh-CN": "支付有礼", "en": "Thank you"}, "trigger": {"on": "sale_paid"},
                   "starts": "2026-01-01", "ends": "2026-12-31", "when": {"paid_at_least_minor": 3000},
                   "offline": "decide", "actions": [{"coupon": 7}, {"pack": 3}]}],
    "notices": {"membership": {"zh-CN": "入会须知", "en": "Terms"}, "marketing": {"zh-CN": "消息", "en": "News"}}
  })");
}

base::Result<model::Programme> parse(const std::string& text) { return model::parse_programme(base::view_of(text)); }

}  // namespace

TEST_CASE("A programme says how long points are good, where it says so", "[programme]") {
  CHECK_FALSE(parse(good().dump())->lots);
  auto document = good();
  document["lots"] = {{"pending_days", 7}, {"expiry", {{"kind", "months"}, {"count", 12}}}, {"return_grace_days", 14}};
  CHECK(parse(document.dump())->lots == model::LotTerms{7, model::ExpiryKind::months, 12, 14});

  struct Row {
    const char* place;
    Json value;
    const char* expected;
  };
  for (const auto& [place, value, expected] : {
           Row{"/lots", 7, "/lots:"},
           Row{"/lots/pending_days", 91, "/lots/pending_days:"},
           Row{"/lots/expiry/kind", "weeks", "/lots/expiry/kind:"},
           Row{"/lots/expiry/count", 0, "/lots/expiry/count:"},
           Row{"/lots/expiry", Json{{"kind", "days"}, {"count", 7}}, "/lots/pending_days: must end before"},
           Row{"/lots/grace", 1, "/lots/grace:"},
       }) {
    auto wrong = document;
    wrong[Json::json_pointer{place}] = value;
    INFO(place);
    const auto refused = parse(wrong.dump());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Code::programme_invalid);
    CHECK_THAT(refused.error().detail, StartsWith(expected));
  }
}

TEST_CASE("A programme document becomes values", "[programme]") {
  const auto programme = parse(good().dump());
  REQUIRE(programme);
  CHECK(programme->version == 3);
  CHECK(programme->brand_name == model::LocalizedText{"磨坊", "Millpond"});
  CHECK(programme->currency == base::parse_currency("CNY"));
  CHECK(programme->earn == model::EarnRule{1, 100});
  REQUIRE(programme->zone.size() == 2);
  CHECK(programme->zone[0] == model::ZoneTransition{1'577'836'800'000, 480});
  REQUIRE(programme->tiers.size() == 2);
  CHECK(programme->tiers[1].threshold_minor == 100'000);
  REQUIRE(programme->campaigns.size() == 1);
  const auto& campaign = programme->campaigns[0];
  CHECK(campaign.id == base::CampaignId{7});
  CHECK(campaign.name == model::LocalizedText{"支付有礼", "Thank you"});
  CHECK(campaign.trigger == model::Trigger::sale_paid);
  CHECK(campaign.starts == *base::parse_date("2026-01-01"));
  CHECK(campaign.ends == *base::parse_date("2026-12-31"));
  CHECK(campaign.least_paid_minor == 3000);
  CHECK(campaign.offline == model::OfflinePolicy::decide);
  REQUIRE(campaign.actions.size() == 2);
  CHECK(campaign.actions[0] == model::CampaignAction{model::ActionKind::coupon, 7, 1, {}});
  CHECK(campaign.actions[1] == model::CampaignAction{model::ActionKind::pack, 3, 1, {}});
  REQUIRE(programme->coupons.size() == 1);
  const auto& offer = programme->coupons[0];
  CHECK(offer.type == model::CouponType::amount_off);
  CHECK(offer.value_minor == 500);
  CHECK(offer.threshold_minor == 2000);
  CHECK(model::good_days(offer.days, *base::parse_date("2026-11-21")) ==
        model::GoodDays{*base::parse_date("2026-11-22"), *base::parse_date("2026-12-21")});
  REQUIRE(programme->packs.size() == 1);
  CHECK(programme->packs[0].coupons == std::vector<model::BenefitPack::Coupons>{{base::CampaignId{7}, 2}});
  CHECK(programme->membership_notice.zh_cn == "入会须知");
  CHECK(programme->marketing_notice.en == "News");
}

TEST_CASE("A document that is wrong somewhere names the place", "[programme]") {
  struct Row {
    std::string patch;  // RFC 6902
    std::string detail;
  };
  const std::vector<Row> rows{
      {R"([{"op":"add","path":"/points","value":1}])", "/points: is not known"},
      {R"([{"op":"add","path":"/earn/rate","value":1}])", "/earn/rate: is not known"},
      {R"([{"op":"add","path":"/brand_name/fr","value":"x"}])", "/brand_name/fr: is not known"},
      {R"([{"op":"add","path":"/zone/0/name","value":"x"}])", "/zone/0/name: is not known"},
      {R"([{"op":"add","path":"/coupons/0/cap","value":1}])", "/coupons/0/cap: is not known"},
      {R"([{"op":"add","path":"/notices/extra","value":1}])", "/notices/extra: is not known"},
      {R"([{"op":"remove","path":"/version"}])", "/version: is missing"},
      {R"([{"op":"remove","path":"/earn"}])", "/earn: is missing"},
      {R"([{"op":"remove","path":"/notices/marketing/en"}])", "/notices/marketing/en: is missing"},
      {R"([{"op":"remove","path":"/campaigns/0/ends"}])", "/campaigns/0/ends: is missing"},
      {R"([{"op":"replace","path":"/version","value":0}])", "/version: must be a whole number"},
      {R"([{"op":"replace","path":"/version","value":4294967296}])", "/version: must be a whole number"},
      {R"([{"op":"replace","path":"/version","value":1.0}])", "/version: must be a whole number"},
      {R"([{"op":"replace","path":"/version","value":"1"}])", "/version: must be a whole number"},
      {R"([{"op":"replace","path":"/currency","value":"XXX"}])", "/currency: is not a currency"},
      {R"([{"op":"replace","path":"/currency","value":"cny"}])", "/currency: is not a currency"},
      {R"([{"op":"replace","path":"/earn/per_minor","value":0}])", "/earn/per_minor: must be a whole number"},
      {R"([{"op":"replace","path":"/earn/points","value":-1}])", "/earn/points: must be a whole number"},
      {R"([{"op":"replace","path":"/earn/points","value":18446744073709551615}])",
       "/earn/points: must be a whole number"},
      {R"([{"op":"replace","path":"/earn","value":[]}])", "/earn: must be an object"},
      {R"([{"op":"replace","path":"/zone","value":[]}])", "/zone: must name at least one"},
      {R"([{"op":"replace","path":"/zone","value":{}}])", "/zone: must be a list"},
      {R"([{"op":"replace","path":"/zone/0/from","value":"2026-01-01"}])", "/zone/0/from: must be a moment"},
      {R"([{"op":"replace","path":"/zone/1/from","value":"2019-01-01T00:00:00Z"}])", "/zone/1/from: must be later"},
      {R"([{"op":"replace","path":"/zone/0/offset_min","value":841}])", "/zone/0/offset_min: must be a whole number"},
      {R"([{"op":"replace","path":"/tiers/0/threshold_minor","value":1}])", "/tiers/0/threshold_minor: must be 0"},
      {R"([{"op":"replace","path":"/tiers/1/threshold_minor","value":0}])", "/tiers/1/threshold_minor: must be above"},
      {R"([{"op":"replace","path":"/tiers/1/name/en","value":""}])", "/tiers/1/name/en: must be a text"},
      {R"([{"op":"replace","path":"/campaigns/0/id","value":0}])", "/campaigns/0/id: must be a whole number"},
      {R"([{"op":"copy","from":"/campaigns/0","path":"/campaigns/1"}])", "/campaigns/1/id: is used twice"},
      {R"([{"op":"replace","path":"/campaigns/0/starts","value":"2026-02-30"}])",
       "/campaigns/0/starts: must be a date"},
      {R"([{"op":"replace","path":"/campaigns/0/ends","value":"2025-12-31"}])",
       "/campaigns/0/ends: must not be before"},
      {R"([{"op":"replace","path":"/campaigns/0/ends","value":"2149-06-01"}])", "/campaigns/0/ends: is so late"},
      {R"([{"op":"replace","path":"/coupons/0/value_minor","value":2001}])",
       "/coupons/0/value_minor: must not be more"},
      {R"([{"op":"replace","path":"/coupons/0/value_minor","value":0}])",
       "/coupons/0/value_minor: must be a whole number"},
      {R"([{"op":"replace","path":"/coupons/0/valid/days","value":0}])",
       "/coupons/0/valid/days: must be a whole number"},
      {R"([{"op":"replace","path":"/coupons/0/valid/starts_after_days","value":31}])",
       "/coupons/0/valid/starts_after_days: must not be after"},
      {R"([{"op":"replace","path":"/campaigns/0","value":null}])", "/campaigns/0: must be an object"},
      {R"([{"op":"add","path":"/coupons/0/basis_points","value":5}])", "/coupons/0/basis_points: is not known"},
      {R"([{"op":"copy","from":"/coupons/0","path":"/coupons/1"}])", "/coupons/1/id: is used twice"},
      {R"([{"op":"replace","path":"/coupons/0/type","value":"stamp"}])", "/coupons/0/type: must be one of amount_off"},
      {R"([{"op":"replace","path":"/coupons/0/valid","value":{"from":"2026-02-01","through":"2026-01-01"}}])",
       "/coupons/0/valid/through: must not be before"},
      {R"([{"op":"add","path":"/coupons/0/scope","value":{"tiers":[2]}}])",
       "/coupons/0/scope/tiers/0: must be a whole number from 0 to 1"},
      {R"([{"op":"add","path":"/coupons/0/funders","value":[{"partner":"bank","basis_points":9999}]}])",
       "/coupons/0/funders: must sum to 10,000"},
      {R"([{"op":"add","path":"/coupons/0/weekdays","value":[]}])", "/coupons/0/weekdays: must name at least one"},
      {R"([{"op":"add","path":"/coupons/0/hours","value":{"from":"10:00","to":"10:00"}}])",
       "/coupons/0/hours/to: must differ"},
      {R"([{"op":"replace","path":"/coupons/0","value":{"id":7,"name":{"zh-CN":"a","en":"a"},"type":"percent_off",
           "threshold_minor":0,"basis_points":10001,"cap_minor":1,"valid":{"days":1}}}])",
       "/coupons/0/basis_points: must be a whole number from 1 to 10000"},
      {R"([{"op":"replace","path":"/coupons/0","value":{"id":7,"name":{"zh-CN":"a","en":"a"},"type":"gift",
           "threshold_minor":0,"rewards":[],"cap_minor":1,"valid":{"days":1}}}])",
       "/coupons/0/rewards: must name at least one"},
      {R"([{"op":"replace","path":"/packs/0/coupons/0/coupon","value":8}])",
       "/packs/0/coupons/0/coupon: is not one of the coupons"},
      {R"([{"op":"replace","path":"/packs/0/coupons","value":[]}])", "/packs/0/coupons: must name at least one"},
      {R"([{"op":"replace","path":"/campaigns/0/trigger/on","value":"rain"}])",
       "/campaigns/0/trigger/on: must be one of enrolment"},
      {R"([{"op":"add","path":"/campaigns/0/trigger/days","value":3}])", "/campaigns/0/trigger/days: is not known"},
      {R"([{"op":"replace","path":"/campaigns/0/trigger","value":{"on":"tier_entered","tier":2}}])",
       "/campaigns/0/trigger/tier: must be a whole number from 1 to 1"},
      {R"([{"op":"remove","path":"/campaigns/0/offline"}])", "/campaigns/0/offline: is missing"},
      {R"([{"op":"replace","path":"/campaigns/0/actions","value":[]}])",
       "/campaigns/0/actions: must name at least one"},
      {R"([{"op":"replace","path":"/campaigns/0/actions/0","value":{"gold":1}}])",
       "/campaigns/0/actions/0/gold: must be one of points"},
      {R"([{"op":"replace","path":"/campaigns/0/actions/0/coupon","value":9}])",
       "/campaigns/0/actions: names a coupon that is not"},
      {R"([{"op":"replace","path":"/campaigns/0/actions/1/pack","value":9}])",
       "/campaigns/0/actions: names a pack that is not"},
      {R"([{"op":"replace","path":"/campaigns/0/when","value":{}}])", "/campaigns/0/when/: must name a condition"},
      {R"([{"op":"replace","path":"/campaigns/0/when","value":{"moon":"full"}}])",
       "/campaigns/0/when/moon: is not a condition"},
      {R"([{"op":"replace","path":"/campaigns/0/when","value":{"all":[]}}])",
       "/campaigns/0/when/all: must hold at least one"},
      {R"([{"op":"replace","path":"/campaigns/0/when","value":{"all":[{"not":{"tags":[]}}]}}])",
       "/campaigns/0/when/all/0/not/tags: must name at least one"},
      {R"([{"op":"replace","path":"/campaigns/0/when","value":{"visits_at_least":1,"tags":["a"]}}])",
       "/campaigns/0/when/visits_at_least: is not known"},
      {R"([{"op":"add","path":"/campaigns/0/experiment","value":{"variants":[]}}])",
       "/campaigns/0/experiment/variants: must sum to 10,000"},
      {R"([{"op":"add","path":"/campaigns/0/experiment","value":{"holdout_basis_points":0,"variants":[]}}])",
       "/campaigns/0/experiment/holdout_basis_points: must be a whole number from 1"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.patch);
    const auto programme = parse(good().patch(Json::parse(row.patch)).dump());
    REQUIRE_FALSE(programme);
    CHECK(programme.error().code == base::Code::programme_invalid);
    CHECK_THAT(programme.error().detail, StartsWith(row.detail));
  }
}

TEST_CASE("A text that is no programme is refused as such", "[programme]") {
  struct Row {
    std::string text;
    std::string detail;
  };
  const std::vector<Row> rows{
      {"", "/: is not JSON"},
      {"<!DOCTYPE html>", "/: is not JSON"},
      {"[]", "/: must be an object"},
      {"\"x\"", "/: must be an object"},
      {R"({"version": 1, "version": 2})", "/: \"version\" occurs twice"},
      {R"({"brand_name": {"en": "a", "en": "b"}})", "/: \"en\" occurs twice"},
      {"{\"version\": \"\xff\"}", "/: is not JSON"},
      {std::string((2U << 20) + 1, ' '), "/: is larger"},
      {std::string(100'000, '['), "/: is nested deeper than 32"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text.substr(0, 60));
    const auto programme = parse(row.text);
    REQUIRE_FALSE(programme);
    CHECK(programme.error().code == base::Code::programme_invalid);
    CHECK_THAT(programme.error().detail, StartsWith(row.detail));
  }
}

TEST_CASE("No change of a few bytes makes the parser fall over", "[programme]") {
  base::SeededRng rng{7};
  const auto text = good().dump();
  for (int i = 0; i < 3'000; ++i) {
    auto changed = text;
    for (std::uint64_t n = 0; n <= rng.below(4); ++n)
      changed[rng.below(changed.size())] = static_cast<char>(rng.below(256));
    const auto programme = parse(changed);
    if (programme)
      CHECK(programme->zone.size() == 2);
    else
      CHECK(programme.error().code == base::Code::programme_invalid);
  }
}

TEST_CASE("The store's offset is the last transition's at or before a moment, else the first one's", "[programme]") {
  const auto programme = parse(good().dump());
  REQUIRE(programme);
  const auto turn = *base::parse_rfc3339("2030-01-01T00:00:00Z");
  CHECK(model::offset_at(*programme, 0) == 480);
  CHECK(model::offset_at(*programme, turn - 1) == 480);
  CHECK(model::offset_at(*programme, turn) == 540);
  CHECK(model::offset_at(*programme, turn * 2) == 540);
  CHECK(model::offset_at(model::Programme{}, turn) == 0);
}
