// SPDX-License-Identifier: Apache-2.0
#include "sync/model/game.h"

#include "sync/base/check.h"

#include <algorithm>
#include <limits>

namespace millpond::model {
namespace {

constexpr std::size_t words_bytes_max = 4'000;
constexpr std::int64_t number_max = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t pieces_max = 1'000'000'000;
constexpr std::int64_t points_max = 1'000'000'000;
constexpr std::int64_t age_years_max = 120;
constexpr std::int64_t chance_days_max = 366;

template <class Number = std::uint32_t>
Number whole(ObjectReader& object, const char* key, std::int64_t least, std::int64_t most) {
  return static_cast<Number>(object.integer(key, least, most));
}

void read_reward(ObjectReader& object, Prize& prize) {
  prize.kind = static_cast<PrizeKind>(object.choice("kind", {"nothing", "points", "coupon", "gift"}) + 1);
  if (prize.kind == PrizeKind::points) prize.points = object.integer("points", 1, points_max);
  if (prize.kind == PrizeKind::coupon) prize.coupon.value = whole(object, "coupon", 1, number_max);
  prize.value_minor = object.integer("value_minor", 0, amount_minor_max);
  if (prize.kind == PrizeKind::nothing && prize.value_minor != 0) {
    object.report("value_minor", "must be 0 where nothing is won");
  }
}

void read_prizes(ObjectReader& document, std::vector<Prize>& prizes) {
  const auto read = [&](ObjectReader& object) {
    Prize prize;
    prize.number = whole(object, "number", 1, number_max);
    prize.name = object.localized("name");
    read_reward(object, prize);
    if (object.has("quantity")) prize.quantity = object.integer("quantity", 0, pieces_max);
    prize.weight_ppm = whole(object, "weight_ppm", 0, ppm_whole);
    prize.rare = object.boolean_or("rare", false);
    prize.may_be_absent = object.boolean_or("may_be_absent", false);
    prize.tax = read_tax(object);
    const auto same_number = [&](const Prize& other) { return other.number == prize.number; };
    if (std::ranges::any_of(prizes, same_number)) object.report("number", "is used twice");
    prizes.push_back(std::move(prize));
  };
  document.each("prizes", read, deck_prizes_max);
}

LocalizedText words_or_none(ObjectReader& object, const char* key) {
  return object.has(key) ? object.localized(key, words_bytes_max) : LocalizedText{};
}

GameNotice read_notice(ObjectReader object) {
  GameNotice notice{words_or_none(object, "conditions"), words_or_none(object, "draw_method"),
                    words_or_none(object, "redemption_method"), words_or_none(object, "organiser"),
                    words_or_none(object, "contact")};
  object.finish();
  return notice;
}

void read_deck(ObjectReader object, Game& game) {
  game.deck_cards = whole(object, "cards", 1, deck_cards_max);
  game.online_cards = whole(object, "online_cards", 0, deck_cards_max);
  game.slice_cards = whole(object, "slice_cards", 1, deck_cards_max);
  object.finish();
}

}  // namespace

const Prize* prize_of(const Game& game, std::uint32_t number) {
  const auto found = std::ranges::find(game.prizes, number, &Prize::number);
  return found == game.prizes.end() ? nullptr : &*found;
}

DeckTerms deck_terms(const Game& game, const base::BrandId& brand, std::uint32_t deck) {
  DeckTerms terms{brand, game.campaign, deck, game.deck_cards, game.online_cards, game.slice_cards, {}};
  for (const auto& prize : game.prizes) {
    terms.prizes.push_back({prize.number, prize.weight_ppm, prize.rare, prize.may_be_absent});
  }
  return terms;
}

base::Result<Game> read_game(base::ByteView json) {
  Document document{json, game_bytes_max, "read game"};
  auto root = document.root();
  Game game;
  game.version = whole(root, "version", 1, number_max);
  game.campaign.value = whole(root, "campaign", 1, number_max);
  game.kind = static_cast<GameKind>(root.choice("kind", {"wheel", "golden_egg"}) + 1);
  game.country = root.text("country", 2);
  const auto currency = base::parse_currency(root.text("currency", 3));
  if (!currency) root.report("currency", "is not a currency that Millpond knows");
  game.currency = currency.value_or(base::Currency{});
  game.name = root.localized("name");
  game.starts = root.date("starts");
  game.ends = root.date("ends");
  game.redeem_by = root.date("redeem_by");
  game.age_min = whole<std::int32_t>(root, "age_min", 0, age_years_max);
  game.chance_days = whole<std::int32_t>(root, "chance_days", 0, chance_days_max);
  game.draws_a_member_day_max = static_cast<std::uint32_t>(root.integer_or("draws_a_member_day_max", 0, 0, number_max));
  game.winners_shown_above_minor = root.integer("winners_shown_above_minor", 0, amount_minor_max);
  read_deck(root.object("deck"), game);
  read_prizes(root, game.prizes);
  game.fallback = whole(root, "fallback", 1, number_max);
  game.notice = read_notice(root.object("notice"));
  root.finish();
  if (auto problem = document.problem()) return *std::move(problem);
  return game;
}

std::optional<std::int64_t> pieces_left(const Prize& prize, std::span<const PrizeStock> stock) {
  if (!prize.quantity) return std::nullopt;
  const auto row = std::ranges::find(stock, prize.number, &PrizeStock::prize);
  return row == stock.end() ? 0 : std::max<std::int64_t>(row->left, 0);
}

std::vector<Sector> wheel_sectors(const Game& game, CardsOf where, std::span<const PrizeStock> stock) {
  auto shown = sectors(deck_terms(game, {}, 0), where);
  if (shown.empty()) return shown;
  const auto fallback = std::ranges::find(shown, game.fallback, &Sector::prize);
  MILLPOND_CHECK(fallback != shown.end());
  for (std::size_t row = 0; row < shown.size(); ++row) {
    if (shown[row].prize == game.fallback || pieces_left(game.prizes[row], stock).value_or(1) > 0) continue;
    fallback->ppm += shown[row].ppm;
    shown[row].ppm = 0;
  }
  return shown;
}

}  // namespace millpond::model
