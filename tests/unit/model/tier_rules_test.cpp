// SPDX-License-Identifier: Apache-2.0
#include "sync/model/tier_rules.h"

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
    "version": 2,
    "measure": "net_spend",
    "window": {"kind": "rolling", "months": 12, "hold_months": 6},
    "birthday_lead_days": 7,
    "levels": [
      {"id": 1, "name": {"zh-CN": "会员", "en": "Member"}, "threshold": 0, "benefits": {}},
      {"id": 2, "name": {"zh-CN": "金卡", "en": "Gold"}, "threshold": 100000,
       "benefits": {"multiplier_basis_points": 15000, "entry_pack": 21, "monthly_pack": 22, "birthday_gift": 23,
                    "exclusive_offers": [31, 30]}}]
  })");
}

base::Result<model::TierRules> parse(const Json& json) { return model::parse_tier_rules(base::view_of(json.dump())); }

}  // namespace

TEST_CASE("A tier document becomes values", "[tier_rules]") {
  const auto rules = parse(good());
  REQUIRE(rules);
  CHECK(rules->version == 2);
  CHECK(rules->measure == model::TierMeasure::net_spend);
  CHECK(rules->window == model::TierWindow::rolling);
  CHECK(rules->months == 12);
  CHECK(rules->hold_months == 6);
  CHECK(rules->birthday_lead_days == 7);
  REQUIRE(rules->levels.size() == 2);
  CHECK(rules->levels[0] == model::TierLevel{1, {"会员", "Member"}, 0, {}});
  CHECK(rules->levels[1] == model::TierLevel{2,
                                             {"金卡", "Gold"},
                                             100'000,
                                             {15'000,
                                              base::CampaignId{21},
                                              base::CampaignId{22},
                                              base::CampaignId{23},
                                              {base::CampaignId{30}, base::CampaignId{31}}}});
  auto calendar = good();
  calendar["window"] = {{"kind", "calendar"}, {"months", 6}};
  calendar["measure"] = "visits";
  calendar.erase("birthday_lead_days");
  const auto by_half_year = parse(calendar);
  REQUIRE(by_half_year);
  CHECK(by_half_year->window == model::TierWindow::calendar);
  CHECK(by_half_year->measure == model::TierMeasure::visits);
}

TEST_CASE("A tier document that contradicts itself is refused with the place", "[tier_rules]") {
  struct Row {
    const char* patch;  // RFC 6902
    const char* place;
  };
  const std::vector<Row> rows{
      {R"([{"op": "replace", "path": "/version", "value": 0}])", "/version: "},
      {R"([{"op": "add", "path": "/x", "value": 0}])", "/x: "},
      {R"([{"op": "replace", "path": "/measure", "value": "balance"}])", "/measure: "},
      {R"([{"op": "replace", "path": "/window/months", "value": 0}])", "/window/months: "},
      {R"([{"op": "remove", "path": "/window/hold_months"}])", "/window/hold_months: "},
      {R"([{"op": "replace", "path": "/window", "value": {"kind": "calendar", "months": 5}}])", "/window/months: "},
      {R"([{"op": "replace", "path": "/window/kind", "value": "calendar"}])", "/window/hold_months: "},
      {R"([{"op": "replace", "path": "/levels", "value": []}])", "/levels: "},
      {R"([{"op": "replace", "path": "/levels/0/threshold", "value": 1}])", "/levels/0/threshold: "},
      {R"([{"op": "replace", "path": "/levels/1/threshold", "value": 0}])", "/levels/1/threshold: "},
      {R"([{"op": "replace", "path": "/levels/1/id", "value": 1}])", "/levels/1/id: "},
      {R"([{"op": "replace", "path": "/levels/1/benefits/multiplier_basis_points", "value": 9999}])",
       "/levels/1/benefits/multiplier_basis_points: "},
      {R"([{"op": "replace", "path": "/levels/0/benefits", "value": {"multiplier_basis_points": 20000}}])",
       "/levels/1/benefits/multiplier_basis_points: "},
      {R"([{"op": "replace", "path": "/levels/1/benefits/entry_pack", "value": 0}])",
       "/levels/1/benefits/entry_pack: "},
      {R"([{"op": "replace", "path": "/levels/1/benefits/exclusive_offers", "value": [5, 5]}])",
       "/levels/1/benefits/exclusive_offers"},
      {R"([{"op": "remove", "path": "/levels/1/name/en"}])", "/levels/1/name/en: "},
      {R"([{"op": "add", "path": "/birthday_lead_days", "value": 99}])", "/birthday_lead_days: "},
  };
  for (const auto& row : rows) {
    CAPTURE(row.patch);
    const auto rules = parse(good().patch(Json::parse(row.patch)));
    REQUIRE_FALSE(rules);
    CHECK(rules.error().code == base::Code::programme_invalid);
    CHECK_THAT(rules.error().detail, StartsWith(row.place));
  }
}

TEST_CASE("No damage to a tier document is more than an error", "[tier_rules]") {
  base::SeededRng rng{42};
  const auto text = good().dump();
  int refused = 0;
  for (int round = 0; round < 2'000; ++round) {
    auto damaged = text;
    damaged[rng.below(damaged.size())] = static_cast<char>(rng.below(256));
    const auto rules = model::parse_tier_rules(base::view_of(damaged));
    if (rules) continue;
    ++refused;
    REQUIRE(rules.error().code == base::Code::programme_invalid);
  }
  CHECK(refused > 1'000);
}
