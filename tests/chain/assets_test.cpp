// SPDX-License-Identifier: Apache-2.0
// The documents of assets/chain are one chain: what one names is in the others.
#include "sync/base/file.h"
#include "sync/model/campaign_check.h"
#include "sync/model/check_in.h"
#include "sync/model/game_check.h"
#include "sync/model/gift_catalogue.h"
#include "sync/model/item_code.h"
#include "sync/model/points_rules.h"
#include "sync/model/referral.h"
#include "sync/model/tier_rules.h"
#include "tests/chain/shop.h"
#include "tests/support/paths.h"

#include <catch2/catch_test_macros.hpp>
#include <set>

using namespace millpond;

namespace {

base::Bytes bytes_of(const char* name) {
  const auto bytes = base::read_file((tests::source_dir() / "assets/chain" / name).string(), 1U << 20);
  REQUIRE(bytes);
  return *bytes;
}

template <class T>
T good(base::Result<T> parsed) {
  CAPTURE(parsed ? std::string{} : parsed.error().detail);
  REQUIRE(parsed);
  return *std::move(parsed);
}

model::Programme programme() { return good(model::parse_programme(bytes_of("programme.json"))); }
chain::Menu menu() { return good(chain::parse_menu(bytes_of("menu.json"))); }
chain::Stores stores() { return good(chain::parse_stores(bytes_of("stores.json"))); }

std::set<std::string> skus(const chain::Menu& menu) {
  std::set<std::string> all;
  for (const auto& item : menu.items) all.insert(item.sku);
  return all;
}

}  // namespace

TEST_CASE("The chain has 200 goods, 20 stores in five cities, and 12 campaigns", "[chain]") {
  CHECK(menu().items.size() == 200);
  CHECK(menu().categories.size() == 11);
  const auto of = stores();
  CHECK(of.stores.size() == 20);
  CHECK(of.cities.size() == 5);
  std::set<std::size_t> cities;
  std::set<chain::StoreKind> kinds;
  for (const auto& store : of.stores) {
    cities.insert(store.city);
    kinds.insert(store.kind);
  }
  CHECK(cities.size() == of.cities.size());
  CHECK(kinds.size() == chain::store_kinds);
  CHECK(programme().campaigns.size() == 12);
}

TEST_CASE("The campaigns show every offline policy, an experiment with a holdout, and every type of coupon",
          "[chain]") {
  const auto of = programme();
  std::set<model::Trigger> triggers;
  std::set<model::OfflinePolicy> policies;
  std::set<model::ActionKind> actions;
  std::size_t experiments = 0;
  for (const auto& campaign : of.campaigns) {
    triggers.insert(campaign.trigger);
    policies.insert(campaign.offline);
    for (const auto& action : campaign.actions) actions.insert(action.kind);
    if (campaign.experiment && campaign.experiment->holdout_bp == 1'000) ++experiments;
  }
  CHECK(triggers.size() == 9);
  CHECK(policies.size() == 3);
  CHECK(actions.size() == 7);
  CHECK(experiments == 1);
  std::set<model::CouponType> types;
  std::size_t partners = 0;
  for (const auto& offer : of.coupons) {
    types.insert(offer.type);
    if (!offer.issuer.empty()) ++partners;
  }
  CHECK(types.size() == 5);
  CHECK(partners == 1);
}

// The chain's programme asks for more than this release does: that is said, and it is no fault of the promises.
TEST_CASE("`campaign check` says of the chain's promises what is not looked at yet, and nothing else", "[chain]") {
  using model::CampaignFault;
  std::size_t not_started = 0;
  for (const auto& finding : model::check_campaigns(programme())) {
    const bool to_come = finding.fault == CampaignFault::not_started || finding.fault == CampaignFault::not_carried_out;
    if (!to_come) FAIL_CHECK(finding.pointer << " " << model::words_of(finding.fault));
    not_started += finding.fault == CampaignFault::not_started ? 1 : 0;
  }
  CHECK(not_started == 5);
}

TEST_CASE("Coupons name goods, categories and stores that there are", "[chain]") {
  const auto goods = skus(menu());
  std::set<std::string> categories;
  for (const auto& category : menu().categories) categories.insert(category.id);
  std::set<std::uint32_t> numbers;
  for (const auto& store : stores().stores) numbers.insert(store.id.value);
  const auto of = programme();
  for (const auto& offer : of.coupons) {
    CAPTURE(offer.name.en);
    for (const auto& sku : offer.rewards) CHECK(goods.contains(sku));
    for (const auto& sku : offer.scope.items) CHECK(goods.contains(sku));
    for (const auto& sku : offer.scope.not_items) CHECK(goods.contains(sku));
    for (const auto& category : offer.scope.categories) CHECK(categories.contains(category));
    for (const auto store : offer.scope.stores) CHECK(numbers.contains(store));
  }
  for (const auto& campaign : of.campaigns) {
    for (const auto store : campaign.only_stores) CHECK(numbers.contains(store));
  }
}

TEST_CASE("Tiers, games, gifts and codes name what the programme has", "[chain]") {
  const auto of = programme();
  std::set<std::uint32_t> offers;
  std::set<std::uint32_t> packs;
  for (const auto& offer : of.coupons) offers.insert(offer.id.value);
  for (const auto& pack : of.packs) packs.insert(pack.id);

  const auto tiers = good(model::parse_tier_rules(bytes_of("tiers.json")));
  REQUIRE(tiers.levels.size() == of.tiers.size());
  for (std::size_t i = 0; i < tiers.levels.size(); ++i) {
    CHECK(tiers.levels[i].name == of.tiers[i].name);
    CHECK(tiers.levels[i].threshold == of.tiers[i].threshold_minor);
    const auto& benefits = tiers.levels[i].benefits;
    for (const auto pack : {benefits.entry_pack, benefits.monthly_pack, benefits.birthday_gift})
      CHECK((!pack || packs.contains(pack.value)));
  }
  const auto wheel = good(model::parse_game(bytes_of("wheel.json"), model::china()));
  const auto egg = good(model::parse_game(bytes_of("golden_egg.json"), model::china()));
  const std::set games{wheel.campaign.value, egg.campaign.value};
  for (const auto& game : {wheel, egg}) {
    for (const auto& prize : game.prizes) CHECK((!prize.coupon || offers.contains(prize.coupon.value)));
  }
  for (const auto& campaign : of.campaigns) {
    for (const auto& action : campaign.actions) {
      if (action.kind == model::ActionKind::chance) CHECK(games.contains(static_cast<std::uint32_t>(action.number)));
    }
  }
  for (const auto& reward : good(model::parse_check_in(bytes_of("check_in.json"))).rewards) {
    if (reward.kind == model::CheckInKind::coupon) CHECK(offers.contains(reward.campaign.value));
    if (reward.kind == model::CheckInKind::chance) CHECK(games.contains(reward.campaign.value));
  }
  for (const auto& gift : good(model::parse_gifts(bytes_of("gifts.json"))).gifts)
    CHECK(gift.tier_min < of.tiers.size());
  const auto goods = skus(menu());
  for (const auto& batch : good(model::parse_items(bytes_of("item_codes.json"))).batches) {
    CHECK(goods.contains(batch.sku));
    CHECK((!batch.coupon || offers.contains(batch.coupon.value)));
  }
  const auto referral = good(model::parse_referral_rules(bytes_of("referral.json")));
  CHECK(packs.contains(referral.referee_pack.value));
  const auto points = good(model::parse_points_rules(bytes_of("points.json")));
  CHECK(points.base.front().points * of.earn.per_minor == of.earn.points * points.base.front().per_minor);
}

TEST_CASE("A menu or a list of stores that is wrong names the place", "[chain]") {
  const auto of_menu = [](std::string_view json) {
    const auto parsed = chain::parse_menu(base::view_of(json));
    return parsed ? std::string{} : parsed.error().detail;
  };
  const std::string begin =
      R"({"version": 1, "currency": "CNY", "categories": [{"id": "tea", "name": {"zh-CN": "茶", "en": "Tea"}}],
          "options": [], "items": [)";
  const std::string oolong = R"({"sku": "oolong", "name": {"zh-CN": "乌龙", "en": "Oolong"}, "category": "tea",
                                 "price_minor": 1200, "popularity": 5)";
  CHECK(of_menu(begin + oolong + "}]}") == "");
  CHECK(of_menu(begin + oolong + "}, " + oolong + "}]}") == "/items/1/sku: is used twice");
  CHECK(of_menu(begin + oolong + R"(, "options": ["sugar"]}]})") == "/items/0/options: \"sugar\" is not there");
  CHECK(of_menu(begin + "]}") == "/items: must have at least one");
  CHECK(of_menu(begin + oolong + R"(, "months": [13]}]})") == "/items/0/months/0: must be a whole number from 1 to 12");
  const auto stores_problem = [](std::string_view hours) {
    const auto parsed = chain::parse_stores(base::view_of(
        R"({"version": 1, "name": {"zh-CN": "檐下", "en": "Eaves"}, "utc_offset_min": 480,
            "cities": [{"id": "suzhou", "name": {"zh-CN": "苏州", "en": "Suzhou"}}], "holidays": [],
            "stores": [{"store": 1, "name": {"zh-CN": "一", "en": "One"}, "city": "suzhou", "kind": "mall",
                        "weekdays": )" +
        std::string{hours} + R"(, "weekends": {"from": "10:00", "to": "22:00"}, "weight": 5, "terminals": 1,
                        "opened": "2020-01-01"}]})"));
    return parsed ? std::string{} : parsed.error().detail;
  };
  CHECK(stores_problem(R"({"from": "10:00", "to": "22:00"})") == "");
  CHECK(stores_problem(R"({"from": "10:00", "to": "10:00"})") == "/stores/0/weekdays/to: must be later than from");
}
