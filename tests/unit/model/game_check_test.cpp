// SPDX-License-Identifier: Apache-2.0
#include "sync/model/game_check.h"

#include "tests/unit/model/sample_game.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using model::day;
using model::Game;
using model::GameFault;
using model::GameFinding;
using model::WorseKind;

namespace {

const auto during = *base::parse_date("2026-11-10");

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("Publication refuses what the law of China does not allow", "[game]") {
  const auto law = *model::game_law(model::china(), "CN");
  CHECK(law.top_prize_minor_max == 5'000'000);
  CHECK_FALSE(model::game_law(model::china(), "XX"));
  CHECK(model::check_game(model::sample_game(), law).empty());
  struct Row {
    void (*spoil)(Game&);
    std::vector<GameFinding> findings;
  };
  const std::vector<Row> rows{
      {[](Game& g) { g.country = "JP"; }, {{GameFault::country_without_law, "/country"}}},
      {[](Game& g) { g.currency = *base::parse_currency("JPY"); }, {{GameFault::currency_not_of_law, "/currency"}}},
      {[](Game& g) { g.ends = day("2026-10-31"); }, {{GameFault::ends_before_it_starts, "/ends"}}},
      {[](Game& g) { g.ends = g.redeem_by = g.starts; }, {}},  // one day
      {[](Game& g) { g.redeem_by = day("2026-11-29"); }, {{GameFault::redeemed_before_it_ends, "/redeem_by"}}},
      {[](Game& g) { g.age_min = 17; }, {{GameFault::age_below_law, "/age_min"}}},
      {[](Game& g) { g.age_min = 21; }, {}},
      {[](Game& g) { g.winners_shown_above_minor = 50'001; },
       {{GameFault::winners_not_shown, "/winners_shown_above_minor"}}},
      {[](Game& g) { g.prizes[0].value_minor = 5'000'000; }, {}},
      {[](Game& g) { g.prizes[0].value_minor = 5'000'001; },
       {{GameFault::top_prize_above_cap, "/prizes/0/value_minor"}}},
      {[](Game& g) { g.prizes[3].weight_ppm = 499'999; }, {{GameFault::weights_do_not_sum, "/prizes"}}},
      {[](Game& g) { g.prizes[3].weight_ppm = 500'001; }, {{GameFault::weights_do_not_sum, "/prizes"}}},
      {[](Game& g) { g.prizes.clear(); },
       {{GameFault::no_prizes, "/prizes"}, {GameFault::fallback_unknown, "/fallback"}}},
      {[](Game& g) { g.prizes[3].number = 1; }, {{GameFault::prize_twice, "/prizes/3/number"}}},
      {[](Game& g) { g.online_cards = 1'001; }, {{GameFault::deck_size, "/deck"}}},
      {[](Game& g) { g.online_cards = 0; }, {{GameFault::rare_exceeds_online, "/deck/online_cards"}}},
      {[](Game& g) { g.deck_cards = 400; }, {{GameFault::weight_without_card, "/prizes/0/weight_ppm"}}},
      {[](Game& g) {
         g.deck_cards = 400;
         g.prizes[0].may_be_absent = true;
       },
       {}},
      {[](Game& g) { g.prizes[1].value_minor = 0; }, {{GameFault::value_missing, "/prizes/1/value_minor"}}},
      {[](Game& g) { g.prizes[1].quantity = 99; }, {{GameFault::quantity_below_cards, "/prizes/1/quantity"}}},
      {[](Game& g) { g.prizes[1].quantity = 100; }, {}},
      {[](Game& g) {
         g.prizes[3].weight_ppm = 0;
         g.prizes[2].weight_ppm = 899'000;
       },
       {{GameFault::chance_missing, "/prizes/3/weight_ppm"}}},
      {[](Game& g) {
         g.prizes[2].weight_ppm = 0;  // the fallback needs no card
         g.prizes[3].weight_ppm = 899'000;
       },
       {}},
      {[](Game& g) { g.fallback = 9; }, {{GameFault::fallback_unknown, "/fallback"}}},
      {[](Game& g) { g.fallback = 2; }, {{GameFault::fallback_limited, "/fallback"}}},
      {[](Game& g) { g.prizes[2].quantity = 1'000'000; }, {{GameFault::fallback_limited, "/fallback"}}},
      {[](Game& g) { g.notice.conditions = {}; }, {{GameFault::notice_item_missing, "/notice/conditions"}}},
      {[](Game& g) { g.notice.draw_method.en = ""; }, {{GameFault::notice_item_missing, "/notice/draw_method"}}},
      {[](Game& g) { g.notice.redemption_method = {}; },
       {{GameFault::notice_item_missing, "/notice/redemption_method"}}},
      {[](Game& g) { g.notice.organiser.zh_cn = ""; }, {{GameFault::notice_item_missing, "/notice/organiser"}}},
      {[](Game& g) {
         g.age_min = 0;
         g.prizes[0].value_minor = 6'000'000;
         g.notice.contact = {};
       },
       {{GameFault::age_below_law, "/age_min"},
        {GameFault::top_prize_above_cap, "/prizes/0/value_minor"},
        {GameFault::notice_item_missing, "/notice/contact"}}},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(i);
    auto game = model::sample_game();
    rows[i].spoil(game);
    CHECK(model::check_game(game, law) == rows[i].findings);
  }
}

TEST_CASE("A document that publication refuses is no game for anybody", "[game]") {
  CHECK(model::parse_game(base::view_of(model::sample_game_json), model::china()));
  struct Row {
    std::string from, to, detail;
  };
  for (const auto& row : std::vector<Row>{
           {R"("country": "CN")", R"("country": "XX")", "/country: no law of this country is known"},
           {R"("weight_ppm": 500000)", R"("weight_ppm": 500001)", "/prizes: weights must sum to exactly 1,000,000"},
           {R"("value_minor": 88800)", R"("value_minor": 5000001)",
            "/prizes/0/value_minor: is above the highest prize that the law allows"},
           {R"("organiser")", R"("organizer")", "/notice/organizer: is not known"},
           {R"("redeem_by": "2026-12-31")", R"("redeem_by": "2026-11-01")", "/redeem_by: must not be before ends"},
           {R"(,
    "contact": {"zh-CN": "400 000 0000", "en": "400 000 0000"})",
            "", "/notice/contact: is missing in the notice"},
       }) {
    CAPTURE(row.to);
    const auto json = replaced(model::sample_game_json, row.from, row.to);
    const auto game = model::parse_game(base::view_of(json), model::china());
    REQUIRE_FALSE(game);
    CHECK(game.error().code == base::Code::programme_invalid);
    CHECK(game.error().detail == row.detail);
  }
}

TEST_CASE("Every fault has words of its own", "[game]") {
  std::vector<std::string_view> seen;
  for (int fault = 0; fault <= static_cast<int>(GameFault::notice_item_missing); ++fault) {
    const auto words = model::words_of(static_cast<GameFault>(fault));
    CHECK_FALSE(words.empty());
    seen.push_back(words);
  }
  CHECK(seen.size() == 19);
}

TEST_CASE("After the start only what is in the customers' favour may change", "[game]") {
  struct Row {
    void (*change)(Game&);
    std::vector<model::Worse> worse;
  };
  const std::vector<Row> rows{
      // In their favour.
      {[](Game&) {}, {}},
      {[](Game& g) { g.starts = day("2026-10-01"); }, {}},
      {[](Game& g) { g.ends = g.redeem_by = day("2027-01-31"); }, {}},
      {[](Game& g) { g.age_min = 0; }, {}},  // publication refuses it for another reason
      {[](Game& g) { g.draws_a_member_day_max = 0; }, {}},
      {[](Game& g) { g.prizes[0].value_minor = 99'900; }, {}},
      {[](Game& g) { g.prizes[0].quantity.reset(); }, {}},
      {[](Game& g) { g.prizes[1].quantity = 400; }, {}},
      {[](Game& g) { g.prizes[0].tax.rate_bp = 1'000; }, {}},
      {[](Game& g) {
         g.prizes[3].weight_ppm -= 100'000;  // less of nothing, more of points
         g.prizes[2].weight_ppm += 100'000;
       },
       {}},
      {[](Game& g) { std::swap(g.prizes[1], g.prizes[2]); }, {}},
      {[](Game& g) {
         auto tea = g.prizes[1];
         tea.number = 5;
         tea.value_minor = 2'000;
         tea.weight_ppm = 50'000;
         g.prizes.push_back(tea);
         g.prizes[3].weight_ppm -= 50'000;
       },
       {}},
      {[](Game& g) { g.fallback = 2; }, {}},
      {[](Game& g) { g.winners_shown_above_minor = 0; }, {}},
      // Not.
      {[](Game& g) { g.version = 3; }, {{WorseKind::not_newer, "/version"}}},
      {[](Game& g) { g.campaign = {8}; }, {{WorseKind::another_game, "/campaign"}}},
      {[](Game& g) { g.kind = model::GameKind::golden_egg; }, {{WorseKind::another_game, "/kind"}}},
      {[](Game& g) { g.starts = day("2026-11-02"); }, {{WorseKind::shorter, "/starts"}}},
      {[](Game& g) { g.ends = day("2026-11-29"); }, {{WorseKind::shorter, "/ends"}}},
      {[](Game& g) { g.redeem_by = day("2026-12-30"); }, {{WorseKind::shorter, "/redeem_by"}}},
      {[](Game& g) { g.chance_days = 6; }, {{WorseKind::shorter, "/chance_days"}}},
      {[](Game& g) { g.age_min = 19; }, {{WorseKind::fewer_may_draw, "/age_min"}}},
      {[](Game& g) { g.draws_a_member_day_max = 2; }, {{WorseKind::fewer_may_draw, "/draws_a_member_day_max"}}},
      {[](Game& g) { g.winners_shown_above_minor = 60'000; }, {{WorseKind::less_shown, "/winners_shown_above_minor"}}},
      {[](Game& g) { g.name.en = "Wheel"; }, {{WorseKind::words_changed, "/name"}}},
      {[](Game& g) { g.notice.contact.en = "nobody"; }, {{WorseKind::words_changed, "/notice/contact"}}},
      {[](Game& g) { g.prizes[0].name.en = "A set"; }, {{WorseKind::words_changed, "/prizes/0/name"}}},
      {[](Game& g) { g.prizes[1].coupon = {13}; }, {{WorseKind::prize_other, "/prizes/1/coupon"}}},
      {[](Game& g) { g.prizes[0].kind = model::PrizeKind::points; }, {{WorseKind::prize_other, "/prizes/0/kind"}}},
      {[](Game& g) { g.prizes[2].points = 9; }, {{WorseKind::prize_worth_less, "/prizes/2/points"}}},
      {[](Game& g) { g.prizes[0].quantity = 4; }, {{WorseKind::prize_fewer, "/prizes/0/quantity"}}},
      {[](Game& g) { g.prizes[2].quantity = 1'000'000; }, {{WorseKind::prize_fewer, "/prizes/2/quantity"}}},
      {[](Game& g) { g.prizes[0].tax.rate_bp = 2'001; }, {{WorseKind::prize_worth_less, "/prizes/0/tax"}}},
      {[](Game& g) { g.prizes[0].tax.free_up_to_minor = 88'800; }, {}},
      {[](Game& g) { g.fallback = 4; }, {{WorseKind::prize_worth_less, "/fallback"}}},
      {[](Game& g) { g.prizes[0].value_minor = 80'000; },
       {{WorseKind::prize_worth_less, "/prizes/0/value_minor"}, {WorseKind::chance_lower, "/prizes"}}},
      {[](Game& g) {
         g.prizes[1].weight_ppm -= 1'000;  // more points, less tea
         g.prizes[2].weight_ppm += 1'000;
       },
       {{WorseKind::chance_lower, "/prizes/1/weight_ppm"}}},
      {[](Game& g) {
         g.prizes[1].rare = true;  // as likely as before over the whole deck, and never offline
         g.online_cards = 200;
       },
       {{WorseKind::chance_lower, "/prizes/0/weight_ppm"},  // the online slice is larger by now
        {WorseKind::chance_lower, "/prizes/1/weight_ppm"},
        {WorseKind::chance_lower, "/prizes/2/weight_ppm"}}},
      {[](Game& g) { g.online_cards = g.deck_cards; },
       {{WorseKind::chance_lower, "/prizes/0/weight_ppm"},
        {WorseKind::chance_lower, "/prizes/1/weight_ppm"},
        {WorseKind::chance_lower, "/prizes/2/weight_ppm"},
        {WorseKind::chance_lower, "/deck/cards"}}},
      {[](Game& g) {
         g.prizes[1].weight_ppm += g.prizes[0].weight_ppm;
         g.prizes.erase(g.prizes.begin());
       },
       {{WorseKind::prize_gone, "/prizes/0/number"},
        {WorseKind::chance_lower, "/prizes"},
        {WorseKind::chance_lower, "/prizes/0/weight_ppm"},  // online, where the rare one lay
        {WorseKind::chance_lower, "/prizes/1/weight_ppm"}}},
      {[](Game& g) { g.prizes[3].weight_ppm = 0; }, {{WorseKind::chance_lower, "/deck"}}},
  };
  const auto before = model::sample_game();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(i);
    auto after = before;
    after.version = 4;
    rows[i].change(after);
    const auto found = model::what_got_worse(before, after, during);
    std::vector<std::string> places;
    for (const auto& worse : found) places.push_back(std::to_string(static_cast<int>(worse.kind)) + worse.pointer);
    CAPTURE(places);
    CHECK(found == rows[i].worse);
  }
}

TEST_CASE("Before the first day everything may change but which game it is", "[game]") {
  const auto before = model::sample_game();
  auto after = before;
  after.version = 4;
  after.prizes[0].value_minor = 1;
  after.ends = after.starts;
  CHECK(model::what_got_worse(before, after, day("2026-10-31")).empty());
  CHECK_FALSE(model::what_got_worse(before, after, day("2026-11-01")).empty());
  after.version = 3;
  CHECK(model::what_got_worse(before, after, day("2026-10-31")) ==
        std::vector<model::Worse>{{WorseKind::not_newer, "/version"}});
}
