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
    "campaigns": [{"id": 7, "name": {"zh-CN": "支付有礼", "en": "Thank you"}, "starts": "2026-01-01", "ends": "2026-12-31",
                   "threshold_minor": 3000,
                   "coupon": {"value_minor": 500, "threshold_minor": 2000, "valid_days": 30, "starts_after_days": 1}}],
    "notices": {"membership": {"zh-CN": "入会须知", "en": "Terms"}, "marketing": {"zh-CN": "消息", "en": "News"}}
  })");
}

base::Result<model::Programme> parse(const std::string& text) { return model::parse_programme(base::view_of(text)); }

}  // namespace

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
  const model::Campaign expected{base::CampaignId{7},
                                 {"支付有礼", "Thank you"},
                                 *base::parse_date("2026-01-01"),
                                 *base::parse_date("2026-12-31"),
                                 3000,
                                 500,
                                 2000,
                                 30,
                                 1};
  CHECK(programme->campaigns[0] == expected);
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
      {R"([{"op":"add","path":"/campaigns/0/coupon/cap","value":1}])", "/campaigns/0/coupon/cap: is not known"},
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
      {R"([{"op":"replace","path":"/campaigns/0/ends","value":"2149-06-01"}])",
       "/campaigns/0/coupon/valid_days: ends too far"},
      {R"([{"op":"replace","path":"/campaigns/0/coupon/value_minor","value":2001}])",
       "/campaigns/0/coupon/value_minor: must not be more"},
      {R"([{"op":"replace","path":"/campaigns/0/coupon/value_minor","value":0}])",
       "/campaigns/0/coupon/value_minor: must be a whole number"},
      {R"([{"op":"replace","path":"/campaigns/0/coupon/valid_days","value":0}])",
       "/campaigns/0/coupon/valid_days: must be a whole number"},
      {R"([{"op":"replace","path":"/campaigns/0/coupon/starts_after_days","value":31}])",
       "/campaigns/0/coupon/starts_after_days: must not be after"},
      {R"([{"op":"replace","path":"/campaigns/0","value":null}])", "/campaigns/0: must be an object"},
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
      {std::string(300'000, ' '), "/: is larger"},
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
