// SPDX-License-Identifier: Apache-2.0
#include "sync/model/points_rules.h"

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
    "version": 4,
    "before_tax": false,
    "gift_card_categories": ["gift-card", "card"],
    "excluded_categories": ["milk-powder"],
    "base": [{"id": 1, "points": 1, "per_minor": 100},
             {"id": 2, "points": 3, "per_minor": 100, "categories": ["tea", "cake"], "stores": [9, 7]}],
    "bonuses": [{"id": 5, "kind": "tier", "additive": true},
                {"id": 6, "kind": "birthday", "additive": false, "extra_basis_points": 10000},
                {"id": 7, "kind": "channel", "additive": true, "extra_points": 20, "channel": "app"}],
    "lots": {"pending_days": 7, "expiry": {"kind": "months", "count": 12}, "return_grace_days": 14}
  })");
}

base::Result<model::PointsRules> parse(const Json& json) {
  return model::parse_points_rules(base::view_of(json.dump()));
}

}  // namespace

TEST_CASE("A points document becomes values", "[points_rules]") {
  const auto rules = parse(good());
  REQUIRE(rules);
  CHECK(rules->version == 4);
  CHECK_FALSE(rules->before_tax);
  CHECK(rules->gift_card_categories == std::vector<std::string>{"card", "gift-card"});
  CHECK(rules->excluded_categories == std::vector<std::string>{"milk-powder"});
  REQUIRE(rules->base.size() == 2);
  CHECK(rules->base[1] == model::BaseRule{2, 3, 100, {"cake", "tea"}, {7, 9}});
  REQUIRE(rules->bonuses.size() == 3);
  CHECK(rules->bonuses[1] == model::BonusRule{6, model::BonusKind::birthday, false, 10'000, 0, ""});
  CHECK(rules->bonuses[2] == model::BonusRule{7, model::BonusKind::channel, true, 0, 20, "app"});
  CHECK(rules->lots == model::LotTerms{7, model::ExpiryKind::months, 12, 14});
}

TEST_CASE("What may be missing has its meaning", "[points_rules]") {
  auto json = good();
  json.erase("before_tax");
  json.erase("excluded_categories");
  json["lots"]["expiry"] = {{"kind", "never"}};
  const auto rules = parse(json);
  REQUIRE(rules);
  CHECK(rules->before_tax);
  CHECK(rules->excluded_categories.empty());
  CHECK(rules->lots.expiry == model::ExpiryKind::never);
}

TEST_CASE("A points document that contradicts itself is refused with the place", "[points_rules]") {
  struct Row {
    const char* patch;  // RFC 7396
    const char* place;
  };
  const std::vector<Row> rows{
      {R"({"version": 0})", "/version: "},
      {R"({"colour": 1})", "/colour: "},
      {R"({"gift_card_categories": null})", "/gift_card_categories: "},
      {R"({"base": []})", "/base: "},
      {R"({"base": [{"id": 1, "points": 0, "per_minor": 100}]})", "/base/0/points: "},
      {R"({"base": [{"id": 1, "points": 1, "per_minor": 0}]})", "/base/0/per_minor: "},
      {R"({"base": [{"id": 1, "points": 1, "per_minor": 5}, {"id": 1, "points": 1, "per_minor": 5}]})", "/base/1/id: "},
      {R"({"base": [{"id": 1, "points": 1, "per_minor": 5, "item": 1}]})", "/base/0/item: "},
      {R"({"bonuses": [{"id": 1, "kind": "moon", "additive": true}]})", "/bonuses/0/kind: "},
      {R"({"bonuses": [{"id": 1, "kind": "tier"}]})", "/bonuses/0/additive: "},
      {R"({"bonuses": [{"id": 1, "kind": "tier", "additive": true, "extra_basis_points": 5}]})",
       "/bonuses/0/extra_basis_points: "},
      {R"({"bonuses": [{"id": 1, "kind": "tier", "additive": true, "extra_points": 5}]})", "/bonuses/0/extra_points: "},
      {R"({"bonuses": [{"id": 1, "kind": "tier", "additive": true}, {"id": 2, "kind": "tier", "additive": true}]})",
       "/bonuses/1/kind: "},
      {R"({"bonuses": [{"id": 1, "kind": "birthday", "additive": true}]})", "/bonuses/0/extra_basis_points: "},
      {R"({"bonuses": [{"id": 1, "kind": "birthday", "additive": true, "extra_points": 5, "channel": "x"}]})",
       "/bonuses/0/channel: "},
      {R"({"bonuses": [{"id": 1, "kind": "channel", "additive": true, "extra_points": 5}]})", "/bonuses/0/channel: "},
      {R"({"lots": {"pending_days": -1}})", "/lots/pending_days: "},
      {R"({"lots": {"expiry": {"kind": "never"}}})", "/lots/expiry/count: "},
      {R"({"lots": {"expiry": {"count": 0}}})", "/lots/expiry/count: "},
      {R"({"lots": {"pending_days": 7, "expiry": {"kind": "days", "count": 7}}})", "/lots/pending_days: "},
      {R"({"lots": {"pending_days": 1, "expiry": {"kind": "year_end", "count": 0}}})", "/lots/pending_days: "},
      {R"({"lots": {"return_grace_days": null}})", "/lots/return_grace_days: "},
  };
  for (const auto& row : rows) {
    CAPTURE(row.patch);
    auto json = good();
    json.merge_patch(Json::parse(row.patch));
    const auto rules = parse(json);
    REQUIRE_FALSE(rules);
    CHECK(rules.error().code == base::Code::programme_invalid);
    CHECK_THAT(rules.error().detail, StartsWith(row.place));
  }
}

TEST_CASE("No damage to a points document is more than an error", "[points_rules]") {
  base::SeededRng rng{33};
  const auto text = good().dump();
  int refused = 0;
  for (int round = 0; round < 2'000; ++round) {
    auto damaged = text;
    damaged[rng.below(damaged.size())] = static_cast<char>(rng.below(256));
    const auto rules = model::parse_points_rules(base::view_of(damaged));
    if (rules) continue;
    ++refused;
    REQUIRE(rules.error().code == base::Code::programme_invalid);
  }
  CHECK(refused > 1'000);
}
