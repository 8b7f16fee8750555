// SPDX-License-Identifier: Apache-2.0
#include "sync/model/game.h"

#include "tests/unit/model/sample_game.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>

using namespace millpond;
using model::CardsOf;
using model::PrizeKind;
using model::Sector;

namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("A game's document is read as it stands there", "[game]") {
  const auto game = model::sample_game();
  CHECK(game.version == 3);
  CHECK(game.campaign.value == 7);
  CHECK(game.kind == model::GameKind::wheel);
  CHECK(game.country == "CN");
  CHECK(game.currency == base::parse_currency("CNY"));
  CHECK(game.name.en == "Lucky wheel");
  CHECK(game.starts == model::day("2026-11-01"));
  CHECK(game.ends == model::day("2026-11-30"));
  CHECK(game.redeem_by == model::day("2026-12-31"));
  CHECK(game.age_min == 18);
  CHECK(game.chance_days == 7);
  CHECK(game.draws_a_member_day_max == 3);
  CHECK(game.winners_shown_above_minor == 50'000);
  CHECK(game.fallback == 3);
  CHECK(game.notice.organiser.zh_cn == "磨坊池茶饮");
  REQUIRE(game.prizes.size() == 4);
  CHECK(game.prizes[0].rare);
  CHECK(game.prizes[0].quantity == 5);
  CHECK(game.prizes[0].tax == model::PrizeTax{model::TaxClass::incidental_income, 2'000, 80'000});
  CHECK(game.prizes[1].kind == PrizeKind::coupon);
  CHECK(game.prizes[1].coupon.value == 12);
  CHECK(game.prizes[2].points == 10);
  CHECK_FALSE(game.prizes[2].quantity);
  CHECK(game.prizes[3].tax == model::PrizeTax{});
  CHECK(model::prize_of(game, 2) == &game.prizes[1]);
  CHECK(model::prize_of(game, 5) == nullptr);

  const base::BrandId brand{{9}};
  const auto terms = model::deck_terms(game, brand, 4);
  CHECK(terms.brand == brand);
  CHECK(terms.campaign == game.campaign);
  CHECK(terms.deck == 4);
  CHECK(terms.prizes[0] == model::DeckPrize{1, 1'000, true, false});
  CHECK_FALSE(model::why_no_deck(terms));
}

TEST_CASE("What no game can be is refused with its place", "[game]") {
  struct Row {
    std::string from, to, detail;
  };
  for (const auto& row : std::vector<Row>{
           {R"("version": 3,)", "", "/version: is missing"},
           {R"("wheel")", R"("roulette")", "/kind: must be one of wheel, golden_egg"},
           {R"("CNY")", R"("XXX")", "/currency: is not a currency that Millpond knows"},
           {R"("2026-11-30")", R"("2026-11-31")", "/ends: must be a date like 2026-11-21"},
           {R"("age_min": 18)", R"("age_min": -1)", "/age_min: must be a whole number from 0 to 120"},
           {R"("cards": 1000)", R"("cards": 1000001)", "/deck/cards: must be a whole number from 1 to 1000000"},
           {R"("number": 2)", R"("number": 1)", "/prizes/1/number: is used twice"},
           {R"("points": 10)", R"("points": 0)", "/prizes/2/points: must be a whole number from 1 to 1000000000"},
           {R"("coupon": 12)", R"("points": 12)", "/prizes/1/coupon: is missing"},
           {R"("value_minor": 0)", R"("value_minor": 1)", "/prizes/3/value_minor: must be 0 where nothing is won"},
           {R"("weight_ppm": 500000)", R"("weight_ppm": 1000001)",
            "/prizes/3/weight_ppm: must be a whole number from 0 to 1000000"},
           {R"("quantity": 5)", R"("quantity": -1)", "/prizes/0/quantity: must be a whole number from 0 to 1000000000"},
           {R"("rate_bp": 2000)", R"("rate_bp": 10001)",
            "/prizes/0/tax/rate_bp: must be a whole number from 0 to 10000"},
           {R"("incidental_income")", R"("none")", "/prizes/0/tax/rate_bp: must be 0 where there is no tax"},
           {R"("rate_bp": 2000)", R"("rate": 20, "rate_bp": 2000)", "/prizes/0/tax/rate: is not known"},
           {R"("fallback": 3)", R"("price_minor": 100, "fallback": 3)", "/price_minor: is not known"},
           {R"("contact": {"zh-CN": "400 000 0000", )", R"("contact": {)", "/notice/contact/zh-CN: is missing"},
       }) {
    CAPTURE(row.to);
    const auto json = replaced(model::sample_game_json, row.from, row.to);
    const auto game = model::read_game(base::view_of(json));
    REQUIRE_FALSE(game);
    CHECK(game.error().code == base::Code::programme_invalid);
    CHECK(game.error().operation == "read game");
    CHECK(game.error().detail == row.detail);
  }
}

TEST_CASE("The chance of a prize that is gone is shown at the fallback and nowhere else", "[game]") {
  const auto game = model::sample_game();
  CHECK(model::wheel_sectors(game, CardsOf::whole_deck, {{{1, 5}, {2, 300}}}) ==
        std::vector<Sector>{{1, 1'000}, {2, 100'000}, {3, 399'000}, {4, 500'000}});
  CHECK(model::wheel_sectors(game, CardsOf::whole_deck, {{{1, 5}, {2, 0}}}) ==
        std::vector<Sector>{{1, 1'000}, {2, 0}, {3, 499'000}, {4, 500'000}});
  // A limited prize of which this place was given nothing.
  CHECK(model::wheel_sectors(game, CardsOf::whole_deck, {}) ==
        std::vector<Sector>{{1, 0}, {2, 0}, {3, 500'000}, {4, 500'000}});
  // 100, 399 and 500 of 999 common cards.
  CHECK(model::wheel_sectors(game, CardsOf::offline, {{{2, 1}}}) ==
        std::vector<Sector>{{1, 0}, {2, 100'100}, {3, 399'399}, {4, 500'501}});
  auto all_online = game;
  all_online.online_cards = all_online.deck_cards;
  CHECK(model::wheel_sectors(all_online, CardsOf::offline, {}).empty());
}

TEST_CASE("Tax is withheld from the first unit of a value above what is free, and never more than the value",
          "[game]") {
  constexpr auto huge = std::numeric_limits<std::int64_t>::max();
  using model::PrizeTax;
  using model::TaxClass;
  struct Row {
    PrizeTax tax;
    std::int64_t value, withheld;
  };
  for (const auto& row : std::vector<Row>{
           {{TaxClass::none, 0, 0}, 88'800, 0},
           {{TaxClass::incidental_income, 2'000, 80'000}, 80'000, 0},
           {{TaxClass::incidental_income, 2'000, 80'000}, 80'001, 16'000},
           {{TaxClass::incidental_income, 2'000, 0}, 88'800, 17'760},
           {{TaxClass::other, 5'000, 0}, 1, 1},  // half up; JPY has no smaller unit
           {{TaxClass::other, 10'000, 0}, huge, huge},
           {{TaxClass::other, 0, 0}, huge, 0},
           {{TaxClass::employment_income, 10'000, 0}, 0, 0},
       }) {
    CAPTURE(row.value, row.tax.rate_bp);
    CHECK(model::withheld_minor(row.tax, row.value) == row.withheld);
  }
}
