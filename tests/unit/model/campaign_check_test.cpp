// SPDX-License-Identifier: Apache-2.0
#include "sync/model/campaign_check.h"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

using namespace millpond;
using model::CampaignFault;
using Json = nlohmann::json;

namespace {

Json good() {
  return Json::parse(R"({
    "version": 3, "brand_name": {"zh-CN": "磨坊", "en": "Millpond"}, "currency": "CNY",
    "earn": {"points": 1, "per_minor": 100}, "zone": [{"from": "2020-01-01T00:00:00Z", "offset_min": 480}], "tiers": [],
    "coupons": [{"id": 7, "name": {"zh-CN": "满减券", "en": "Five off"}, "type": "amount_off", "value_minor": 500,
                 "threshold_minor": 2000, "valid": {"days": 30}}],
    "packs": [{"id": 3, "name": {"zh-CN": "礼包", "en": "Pack"}, "coupons": [{"coupon": 7, "count": 2}]}],
    "campaigns": [{"id": 7, "name": {"zh-CN": "支付有礼", "en": "Thank you"}, "trigger": {"on": "sale_paid"},
                   "starts": "2026-01-01", "ends": "2026-12-31", "when": {"paid_at_least_minor": 3000},
                   "offline": "decide", "actions": [{"coupon": 7}, {"pack": 3}, {"points": 20}]}],
    "notices": {"membership": {"zh-CN": "入会须知", "en": "Terms"}, "marketing": {"zh-CN": "消息", "en": "News"}}
  })");
}

model::Programme programme_of(const Json& document) {
  auto programme = model::parse_programme(base::view_of(document.dump()));
  CAPTURE(programme ? "" : programme.error().detail);
  REQUIRE(programme);
  return *programme;
}

}  // namespace

TEST_CASE("A programme that promises what it keeps may be published", "[campaign_check]") {
  CHECK(model::check_campaigns(programme_of(good())).empty());
}

TEST_CASE("What would hurt customers, or the brand in court, is named by its place", "[campaign_check]") {
  struct Row {
    std::string patch;
    std::vector<model::CampaignFinding> findings;
  };
  const std::vector<Row> rows{
      {R"([{"op":"replace","path":"/campaigns/0/name/zh-CN","value":"本店保留最终解释权"}])",
       {{CampaignFault::final_interpretation, "/campaigns/0/name/zh-CN"}}},
      {R"([{"op":"replace","path":"/coupons/0/name/en","value":"The Final Interpretation is ours"}])",
       {{CampaignFault::final_interpretation, "/coupons/0/name/en"}}},
      {R"([{"op":"replace","path":"/coupons/0/name/zh-CN","value":"全场满减"},
           {"op":"add","path":"/coupons/0/scope","value":{"not_items":["cake"]}},
           {"op":"add","path":"/coupons/0/goods","value":{"zh-CN":"蛋糕除外","en":"anything but cakes"}}])",
       {{CampaignFault::everything_but, "/coupons/0/name/zh-CN"}}},
      {R"([{"op":"replace","path":"/coupons/0/name/zh-CN","value":"全场满减"}])", {}},
      {R"([{"op":"replace","path":"/campaigns/0/name/en","value":"Everything must go"},
           {"op":"add","path":"/coupons/0/scope","value":{"stores":[4]}}])",
       {{CampaignFault::everything_but, "/campaigns/0/name/en"}}},
      {R"([{"op":"replace","path":"/packs/0/name/zh-CN","value":"原价 30 元"}])",
       {{CampaignFault::original_price, "/packs/0/name/zh-CN"}}},
      {R"([{"op":"replace","path":"/campaigns/0/name/zh-CN","value":"全网第一好茶"}])",
       {{CampaignFault::superlative, "/campaigns/0/name/zh-CN"}}},
      {R"([{"op":"replace","path":"/campaigns/0/name/en","value":"THE BEST tea"}])",
       {{CampaignFault::superlative, "/campaigns/0/name/en"}}},
      {R"([{"op":"replace","path":"/campaigns/0/name/en","value":"the bestseller"}])", {}},
      {R"([{"op":"replace","path":"/campaigns/0/name/zh-CN","value":"Thank you"}])",
       {{CampaignFault::not_translated, "/campaigns/0/name"}}},
      {R"([{"op":"replace","path":"/coupons/0/valid","value":{"from":"2026-01-01","through":"2026-12-30"}}])",
       {{CampaignFault::over_before_given, "/campaigns/0/ends"},
        {CampaignFault::over_before_given, "/campaigns/0/ends"}}},
      {R"([{"op":"add","path":"/coupons/0/scope","value":{"stores":[4]}},
           {"op":"replace","path":"/campaigns/0/when","value":{"stores":[5]}},
           {"op":"remove","path":"/campaigns/0/actions/1"}])",
       {{CampaignFault::taken_nowhere, "/campaigns/0/when"}}},
      {R"([{"op":"replace","path":"/coupons/0","value":{"id":7,"name":{"zh-CN":"免运费","en":"Free delivery"},
           "type":"free_delivery","cap_minor":900,"threshold_minor":0,"valid":{"days":9}}},
           {"op":"remove","path":"/campaigns/0/actions/1"}])",
       {}},
      {R"([{"op":"add","path":"/coupons/0/scope","value":{"items":["cake"]}}])",
       {{CampaignFault::goods_not_named, "/coupons/0/goods"}}},
      {R"([{"op":"replace","path":"/coupons/0","value":{"id":7,"name":{"zh-CN":"送茶","en":"Tea on us"},"type":"gift",
           "rewards":["oolong"],"cap_minor":900,"threshold_minor":0,"valid":{"days":9}}}])",
       {{CampaignFault::goods_not_named, "/coupons/0/reward"}}},
      {R"([{"op":"replace","path":"/coupons/0","value":{"id":7,"name":{"zh-CN":"送茶","en":"Tea on us"},"type":"gift",
           "rewards":["oolong"],"reward":{"zh-CN":"乌龙茶","en":"the best oolong"},"cap_minor":900,"threshold_minor":0,
           "valid":{"days":9}}}])",
       {{CampaignFault::superlative, "/coupons/0/reward/en"}}},
      {R"([{"op":"replace","path":"/campaigns/0/trigger","value":{"on":"check_in"}}])",
       {{CampaignFault::unlimited_offline, "/campaigns/0/offline"},
        {CampaignFault::not_started, "/campaigns/0/trigger"}}},
      {R"([{"op":"replace","path":"/campaigns/0/trigger","value":{"on":"first_visit","which":"mini_program"}},
           {"op":"add","path":"/campaigns/0/caps","value":{"per_member":1}}])",
       {{CampaignFault::not_started, "/campaigns/0/trigger"}}},
      {R"([{"op":"replace","path":"/campaigns/0/trigger","value":{"on":"first_visit","which":"shop"}},
           {"op":"add","path":"/campaigns/0/caps","value":{"per_member":1}}])",
       {}},
      {R"([{"op":"replace","path":"/campaigns/0/trigger","value":{"on":"lapsed","days":30}},
           {"op":"add","path":"/campaigns/0/caps","value":{"per_member":1}}])",
       {}},
      {R"([{"op":"add","path":"/campaigns/0/actions/3","value":{"staff_task":"host"}},
           {"op":"add","path":"/campaigns/0/actions/4","value":{"tag":"regular"}}])",
       {{CampaignFault::not_carried_out, "/campaigns/0/actions/3"}}},
      {R"([{"op":"replace","path":"/campaigns/0/trigger","value":{"on":"enrolment"}},
           {"op":"add","path":"/campaigns/0/caps","value":{"per_member":1}}])",
       {}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.patch);
    const auto findings = model::check_campaigns(programme_of(good().patch(Json::parse(row.patch))));
    CHECK(findings == row.findings);
    for (const auto& finding : findings) CHECK_FALSE(model::words_of(finding.fault).empty());
  }
  CHECK(model::refuses(CampaignFault::superlative));
  CHECK_FALSE(model::refuses(CampaignFault::not_translated));
  CHECK_FALSE(model::refuses(CampaignFault::not_started));
}

TEST_CASE("What a campaign may cost is what its limits allow", "[campaign_check]") {
  const auto open = model::exposures(programme_of(good()));
  REQUIRE(open.size() == 1);
  CHECK(open[0] == model::CampaignExposure{base::CampaignId{7}, 1'500, 20, std::nullopt, std::nullopt});
  auto document = good();
  document["coupons"][0]["times_max"] = 3;
  CHECK(model::exposures(programme_of(document))[0].each_minor == 4'500);
  document = good();
  document["campaigns"][0]["caps"] = {{"count", 100}};
  CHECK(model::exposures(programme_of(document))[0].money_max_minor == 150'000);
  document["campaigns"][0]["caps"] = {{"count", 100}, {"money_minor", 90'000}};
  CHECK(model::exposures(programme_of(document))[0].money_max_minor == 90'000);
  CHECK(model::exposures(programme_of(document))[0].count_max == 100);
}
