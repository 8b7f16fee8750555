// SPDX-License-Identifier: Apache-2.0
#include "sync/model/game_draw.h"

#include "sync/base/rng.h"
#include "tests/unit/model/sample_game.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <set>

using namespace millpond;
using model::PlayerAge;
using model::Chance;
using model::day;
using model::DrawCase;
using model::Drawn;
using model::DrawRefusal;
using model::DrawRefused;
using model::DrawState;
using model::GrantWord;

namespace {

const base::BrandId brand{{1, 2, 3}};
constexpr base::MemberId member{5};
const auto today = *base::parse_date("2026-11-21");

base::Hash cause_of(std::uint64_t seq) {
  return model::chance_cause(brand, {7}, base::TerminalId{1}, base::Epoch{1}, base::Seq{seq}, 0);
}

DrawState state_of(const model::Game& game) {
  return {*model::chance_of(game, cause_of(1), member, today), 4, {100, 50}, {{1, 2}, {2, 10}}, 0};
}

DrawCase case_of(std::uint32_t prize, std::uint32_t index = 100) {
  return {member, false, PlayerAge::old_enough, today, model::DealtCard{4, index, prize}};
}

Drawn drawn_of(const std::variant<Drawn, DrawRefused>& result) {
  REQUIRE(std::holds_alternative<Drawn>(result));
  return std::get<Drawn>(result);
}

}  // namespace

TEST_CASE("One draw spends the chance, the card and the piece, and records all of it", "[game]") {
  const auto game = model::sample_game();
  const auto state = state_of(game);
  const auto drawn = drawn_of(model::draw(game, state, case_of(1)));
  CHECK_FALSE(drawn.again);
  CHECK(drawn.record == model::DrawRecord{{7},
                                          3,
                                          cause_of(1),
                                          member,
                                          4,
                                          100,
                                          1,
                                          1,
                                          model::PrizeKind::gift,
                                          0,
                                          {},
                                          88'800,
                                          model::TaxClass::incidental_income,
                                          17'760,
                                          true,
                                          today,
                                          day("2026-12-31"),
                                          day("2028-12-31")});
  CHECK(drawn.after.chance.draw == drawn.record);
  CHECK(drawn.after.cards == model::CardRange{101, 49});
  CHECK(drawn.after.stock == std::vector<model::PrizeStock>{{1, 1}, {2, 10}});
  CHECK(drawn.after.draws_of_member_today == 1);
  CHECK(drawn.after.chance.cause == state.chance.cause);

  // After a power cut: the same draw, whatever the circumstances are by now.
  auto later = case_of(4, 101);
  later.today = day("2027-03-01");
  later.age = PlayerAge::not_asked;
  const auto again = drawn_of(model::draw(game, drawn.after, later));
  CHECK(again.again);
  CHECK(again.record == drawn.record);
  CHECK(again.after == drawn.after);

  // A prize of 500.00 and less is no larger winner.
  const auto tea = drawn_of(model::draw(game, state, case_of(2))).record;
  CHECK_FALSE(tea.shown_masked);
  CHECK(tea.kind == model::PrizeKind::coupon);
  CHECK(tea.coupon.value == 12);
  CHECK(drawn_of(model::draw(game, state, case_of(3))).record.points == 10);
  auto modest = game;
  modest.winners_shown_above_minor = 88'800;
  CHECK_FALSE(drawn_of(model::draw(modest, state, case_of(1))).record.shown_masked);
}

TEST_CASE("A prize that is gone gives the fallback and says so", "[game]") {
  const auto game = model::sample_game();
  struct Row {
    std::vector<model::PrizeStock> stock;
    std::uint32_t card, prize;
    std::vector<model::PrizeStock> after;
  };
  for (const auto& row : std::vector<Row>{
           {{{1, 1}}, 1, 1, {{1, 0}}},
           {{{1, 0}}, 1, 3, {{1, 0}}},
           {{{1, -4}}, 1, 3, {{1, -4}}},
           {{}, 1, 3, {}},                              // no row: this place was given none
           {{{1, 0}}, 4, 4, {{1, 0}}},                  // not limited
           {{{3, 0}, {4, 0}}, 3, 3, {{3, 0}, {4, 0}}},  // rows of what is not limited mean nothing
       }) {
    CAPTURE(row.card, row.prize);
    auto state = state_of(game);
    state.stock = row.stock;
    const auto drawn = drawn_of(model::draw(game, state, case_of(row.card)));
    CHECK(drawn.record.card == row.card);
    CHECK(drawn.record.prize == row.prize);
    CHECK(drawn.record.value_minor == model::prize_of(game, row.prize)->value_minor);
    CHECK(drawn.after.stock == row.after);
  }
}

TEST_CASE("A draw that may not be is refused by name and changes nothing", "[game]") {
  const auto game = model::sample_game();
  struct Row {
    std::string what;
    void (*spoil)(model::Game&, DrawState&, DrawCase&);
    DrawRefused refused;
  };
  using D = DrawState;
  using C = DrawCase;
  using G = model::Game;
  const std::vector<Row> rows{
      {"nobody", [](G&, D&, C& of) { of.member = {}; }, {DrawRefusal::not_your_chance, {}}},
      {"nobody's", [](G&, D& s, C& of) { s.chance.member = of.member = {}; }, {DrawRefusal::not_your_chance, {}}},
      {"another's", [](G&, D&, C& of) { of.member = {6}; }, {DrawRefusal::not_your_chance, {}}},
      {"another game", [](G&, D& s, C&) { s.chance.campaign = {8}; }, {DrawRefusal::not_your_chance, {}}},
      {"staff", [](G&, D&, C& of) { of.is_staff = true; }, {DrawRefusal::staff, {}}},
      {"a child", [](G&, D&, C& of) { of.age = PlayerAge::younger; }, {DrawRefusal::too_young, {}}},
      {"not asked", [](G&, D&, C& of) { of.age = PlayerAge::not_asked; }, {DrawRefusal::age_not_asked, {}}},
      {"refunded", [](G&, D& s, C&) { CHECK(model::void_chance(s.chance)); }, {DrawRefusal::chance_void, {}}},
      {"no time", [](G&, D&, C& of) { of.today.reset(); }, {DrawRefusal::time_unknown, {}}},
      {"too late",
       [](G&, D&, C& of) { of.today = day("2026-11-29"); },
       {DrawRefusal::chance_expired, day("2026-11-28")}},
      {"not begun",
       [](G&, D&, C& of) { of.today = day("2026-10-31"); },
       {DrawRefusal::game_not_begun, day("2026-11-01")}},
      {"over",
       [](G&, D& s, C& of) { of.today = s.chance.expires = day("2026-12-01"); },
       {DrawRefusal::game_over, day("2026-11-30")}},
      {"enough", [](G&, D& s, C&) { s.draws_of_member_today = 3; }, {DrawRefusal::drawn_enough_today, {}}},
      {"no cards", [](G&, D& s, C&) { s.cards.cards = 0; }, {DrawRefusal::no_cards_here, {}}},
      {"sealed", [](G&, D&, C& of) { of.card.reset(); }, {DrawRefusal::card_unreadable, {}}},
      {"not the next", [](G&, D&, C& of) { of.card->index = 101; }, {DrawRefusal::card_unreadable, {}}},
      {"other deck", [](G&, D&, C& of) { of.card->deck = 5; }, {DrawRefusal::card_unreadable, {}}},
      {"no prize", [](G&, D&, C& of) { of.card->prize = 9; }, {DrawRefusal::card_unreadable, {}}},
      {"staff who is young, late and unknown",
       [](G&, D&, C& of) {
         of.is_staff = true;
         of.age = PlayerAge::younger;
         of.today.reset();
         of.card.reset();
       },
       {DrawRefusal::staff, {}}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    auto spoilt = game;
    auto state = state_of(game);
    auto of = case_of(4);
    row.spoil(spoilt, state, of);
    const auto result = model::draw(spoilt, state, of);
    REQUIRE(std::holds_alternative<DrawRefused>(result));
    CHECK(std::get<DrawRefused>(result) == row.refused);
  }
  auto unlimited = game;
  unlimited.draws_a_member_day_max = 0;
  auto state = state_of(game);
  state.draws_of_member_today = 1'000;
  CHECK(drawn_of(model::draw(unlimited, state, case_of(4))).record.prize == 4);
  auto last_day = case_of(4);
  last_day.today = day("2026-11-28");
  CHECK(drawn_of(model::draw(game, state_of(game), last_day)).record.drawn_on == day("2026-11-28"));
}

TEST_CASE("A chance is granted once for one event, and one event of another kind is another", "[game]") {
  const auto game = model::sample_game();
  const auto chance = *model::chance_of(game, cause_of(1), member, today);
  CHECK(chance.expires == day("2026-11-28"));
  CHECK(model::chance_of(game, cause_of(1), member, day("2026-11-27"))->expires == day("2026-11-30"));
  CHECK(model::chance_of(game, cause_of(1), member, day("2026-11-30")));
  CHECK_FALSE(model::chance_of(game, cause_of(1), member, day("2026-12-01")));
  CHECK_FALSE(model::chance_of(game, cause_of(1), member, day("2026-10-31")));
  CHECK_FALSE(model::chance_of(game, cause_of(1), {}, today));

  std::optional<Chance> row;
  CHECK(model::grant_chance(row, chance) == GrantWord::granted);
  CHECK(model::grant_chance(row, chance) == GrantWord::known);
  auto other = chance;
  other.member = {6};
  CHECK(model::grant_chance(row, other) == GrantWord::clash);
  CHECK(row == chance);
  // Told again after the draw: it stays drawn.
  auto state = state_of(game);
  row = drawn_of(model::draw(game, state, case_of(4))).after.chance;
  CHECK(model::grant_chance(row, chance) == GrantWord::known);
  CHECK(row->draw);
  CHECK_FALSE(model::void_chance(*row));
  CHECK_FALSE(row->voided);

  const model::SaleKey sale{base::StoreId{1}, "till-1", today, "T-1"};
  const model::SaleKey shifted{base::StoreId{1}, "till-", today, "1T-1"};
  const std::set<base::Hash> causes{
      model::chance_cause(brand, {7}, sale, 0),
      model::chance_cause(brand, {7}, sale, 1),
      model::chance_cause(brand, {8}, sale, 0),
      model::chance_cause(base::BrandId{{9}}, {7}, sale, 0),
      model::chance_cause(brand, {7}, shifted, 0),
      model::chance_cause(brand, {7}, base::TerminalId{1}, base::Epoch{1}, base::Seq{1}, 0),
      model::chance_cause(brand, {7}, base::TerminalId{1}, base::Epoch{2}, base::Seq{1}, 0),
      model::chance_cause(brand, {7}, base::TerminalId{2}, base::Epoch{1}, base::Seq{1}, 0),
      model::chance_cause(brand, {7}, base::TerminalId{1}, base::Epoch{1}, base::Seq{1}, 1)};
  CHECK(causes.size() == 9);
  // Persisted: these never change. Computed a second time with Python's hashlib.
  CHECK(base::to_hex(model::chance_cause(brand, {7}, sale, 0)) ==
        "ddf52581ffb20ee882d8d227dc279b9f57898227a70125493308bc747cfa00f7");
  CHECK(base::to_hex(cause_of(1)) == "188166bca993b8255c583f350d097d48e5cf7715bd294a2c94a79e6498257078");
}

TEST_CASE("The register is kept for two years after the last day of redeeming", "[game]") {
  auto game = model::sample_game();
  for (const auto& [redeem_by, until] : std::vector<std::pair<std::string, std::string>>{
           {"2026-12-31", "2028-12-31"}, {"2028-02-29", "2030-03-01"}, {"2026-02-28", "2028-02-28"}}) {
    game.redeem_by = day(redeem_by);
    CHECK(model::register_until(game) == day(until));
  }
}

// Many members with one chance each, told any number of times, against decks of one game until the pieces are gone.
TEST_CASE("Over a million draws no piece is given twice, and every prize comes within its bounds", "[game]") {
  auto game = model::sample_game();
  game.draws_a_member_day_max = 0;
  game.prizes[0].rare = false;
  game.online_cards = 0;
  game.prizes[0].quantity = 900;
  game.prizes[1].quantity = 1'000'000;
  constexpr std::uint32_t decks = 1'000;
  DrawState state = state_of(game);
  state.stock = {{1, 900}, {2, 1'000'000}};
  base::SeededRng rng{11};
  std::map<std::uint32_t, std::uint64_t> given;
  std::map<std::uint32_t, std::uint64_t> dealt;
  std::map<std::uint32_t, std::uint64_t> first_hundred;
  std::uint64_t seq = 0;
  for (std::uint32_t deck = 1; deck <= decks; ++deck) {
    model::DeckSeed seed{};
    rng.fill(seed);
    const auto cards = model::deal(model::deck_terms(game, brand, deck), seed);
    state.deck = deck;
    state.cards = {0, game.deck_cards};
    for (std::uint32_t index = 0; index < cards.size(); ++index) {
      state.chance = {game.campaign, {}, member, game.ends, false, {}};
      base::Bytes bytes;
      base::append_big_endian(bytes, ++seq, 8);
      std::ranges::copy(bytes, state.chance.cause.begin());
      DrawCase of = case_of(cards[index], index);
      of.card->deck = deck;
      auto result = model::draw(game, state, of);
      auto* const drawn = std::get_if<Drawn>(&result);
      if (drawn == nullptr) FAIL("draw " << seq << " was refused");
      given[drawn->record.prize] += 1;
      dealt[drawn->record.card] += 1;
      if (index < 100) first_hundred[drawn->record.card] += 1;
      state = std::move(drawn->after);
    }
    CHECK(state.cards.cards == 0);
  }
  CHECK(seq == 1'000'000);
  CHECK(dealt == std::map<std::uint32_t, std::uint64_t>{{1, 1'000}, {2, 100'000}, {3, 399'000}, {4, 500'000}});
  // The last 100 tea sets were gone: points instead, and nothing else became more likely.
  CHECK(given == std::map<std::uint32_t, std::uint64_t>{{1, 900}, {2, 100'000}, {3, 399'100}, {4, 500'000}});
  CHECK(state.stock == std::vector<model::PrizeStock>{{1, 0}, {2, 900'000}});
  // 100 of 1,000 cards each: hypergeometric, so narrower than the binomial that is the bound here.
  for (const auto& prize : game.prizes) {
    const double share = prize.weight_ppm / 1e6;
    const auto sigma = std::sqrt(100'000 * share * (1 - share));
    CHECK(std::abs(static_cast<double>(first_hundred[prize.number]) - 100'000 * share) < 5 * sigma);
  }
}
