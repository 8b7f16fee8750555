// SPDX-License-Identifier: Apache-2.0
#include "sync/model/game_draw.h"

#include "sync/base/check.h"
#include "sync/crypto/hash.h"

#include <algorithm>

namespace millpond::model {
namespace {

// Persisted in facts: never change. A sale and a fact cannot have the same cause.
constexpr std::string_view sale_context = "MILLPOND-CHANCE-SALE1";
constexpr std::string_view fact_context = "MILLPOND-CHANCE-FACT1";

void append_text(base::Bytes& to, std::string_view text) {
  base::append_big_endian(to, text.size(), 4);
  base::append(to, base::view_of(text));
}

base::Bytes cause_head(std::string_view context, const base::BrandId& brand, base::CampaignId campaign) {
  base::Bytes bytes;
  base::append(bytes, base::view_of(context));
  base::append(bytes, brand.bytes);
  base::append_big_endian(bytes, campaign.value, 4);
  return bytes;
}

std::optional<DrawRefused> why_not_draw(const Game& game, const DrawState& state, const DrawCase& of) {
  const auto refused = [](DrawRefusal why, base::LocalDate date = {}) { return DrawRefused{why, date}; };
  if (of.is_staff) return refused(DrawRefusal::staff);
  if (of.age == PlayerAge::younger) return refused(DrawRefusal::too_young);
  if (state.chance.voided) return refused(DrawRefusal::chance_void);
  if (!of.today) return refused(DrawRefusal::time_unknown);
  if (*of.today > state.chance.expires) return refused(DrawRefusal::chance_expired, state.chance.expires);
  if (*of.today < game.starts) return refused(DrawRefusal::game_not_begun, game.starts);
  if (*of.today > game.ends) return refused(DrawRefusal::game_over, game.ends);
  if (of.age == PlayerAge::not_asked) return refused(DrawRefusal::age_not_asked);
  if (game.draws_a_member_day_max > 0 && state.draws_of_member_today >= game.draws_a_member_day_max) {
    return refused(DrawRefusal::drawn_enough_today);
  }
  if (state.cards.cards == 0) return refused(DrawRefusal::no_cards_here);
  const bool is_next = of.card && of.card->deck == state.deck && of.card->index == state.cards.first;
  if (!is_next || prize_of(game, of.card->prize) == nullptr) return refused(DrawRefusal::card_unreadable);
  return std::nullopt;
}

// Takes a piece of the card's prize, or gives the fallback, which has no limit.
const Prize& take_prize(const Game& game, std::uint32_t card, std::vector<PrizeStock>& stock) {
  const auto* const wanted = prize_of(game, card);
  const auto* const fallback = prize_of(game, game.fallback);
  MILLPOND_CHECK(wanted != nullptr && fallback != nullptr);
  if (card == game.fallback) return *fallback;
  const auto left = pieces_left(*wanted, stock);
  if (!left) return *wanted;
  if (*left == 0) return *fallback;
  std::ranges::find(stock, card, &PrizeStock::prize)->left -= 1;
  return *wanted;
}

}  // namespace

base::Hash chance_cause(const base::BrandId& brand, base::CampaignId campaign, const SaleKey& payment,
                        std::uint32_t ordinal) {
  auto bytes = cause_head(sale_context, brand, campaign);
  base::append_big_endian(bytes, payment.store.value, 4);
  append_text(bytes, payment.till);
  base::append_big_endian(bytes, static_cast<std::uint32_t>(payment.business_date.days), 4);
  append_text(bytes, payment.transaction);
  base::append_big_endian(bytes, ordinal, 4);
  return crypto::blake2b(bytes);
}

base::Hash chance_cause(const base::BrandId& brand, base::CampaignId campaign, base::TerminalId terminal,
                        base::Epoch epoch, base::Seq seq, std::uint32_t ordinal) {
  auto bytes = cause_head(fact_context, brand, campaign);
  base::append_big_endian(bytes, terminal.value, 4);
  base::append_big_endian(bytes, epoch.value, 4);
  base::append_big_endian(bytes, seq.value, 8);
  base::append_big_endian(bytes, ordinal, 4);
  return crypto::blake2b(bytes);
}

std::optional<Chance> chance_of(const Game& game, const base::Hash& cause, base::MemberId member,
                                base::LocalDate today) {
  if (!member || today < game.starts || today > game.ends) return std::nullopt;
  const base::LocalDate last{today.days + game.chance_days};
  return Chance{game.campaign, cause, member, std::min(last, game.ends), false, {}};
}

GrantWord grant_chance(std::optional<Chance>& row, const Chance& chance) {
  if (!row) {
    row = chance;
    return GrantWord::granted;
  }
  MILLPOND_CHECK(row->campaign == chance.campaign && row->cause == chance.cause);
  return row->member == chance.member ? GrantWord::known : GrantWord::clash;
}

bool void_chance(Chance& chance) {
  if (chance.draw) return false;
  chance.voided = true;
  return true;
}

std::variant<Drawn, DrawRefused> draw(const Game& game, const DrawState& state, const DrawCase& of) {
  const auto& chance = state.chance;
  if (!of.member || chance.member != of.member || chance.campaign != game.campaign) {
    return DrawRefused{DrawRefusal::not_your_chance, {}};
  }
  if (chance.draw) return Drawn{state, *chance.draw, true};
  if (const auto refused = why_not_draw(game, state, of)) return *refused;

  Drawn drawn{state, {}, false};
  const auto& prize = take_prize(game, of.card->prize, drawn.after.stock);
  drawn.record = {game.campaign,
                  game.version,
                  chance.cause,
                  of.member,
                  state.deck,
                  of.card->index,
                  of.card->prize,
                  prize.number,
                  prize.kind,
                  prize.points,
                  prize.coupon,
                  prize.value_minor,
                  prize.tax.tax_class,
                  withheld_minor(prize.tax, prize.value_minor),
                  prize.value_minor > game.winners_shown_above_minor,
                  *of.today,
                  game.redeem_by,
                  register_until(game)};
  drawn.after.chance.draw = drawn.record;
  drawn.after.cards = {state.cards.first + 1, state.cards.cards - 1};
  drawn.after.draws_of_member_today += 1;
  return drawn;
}

base::LocalDate register_until(const Game& game) {
  auto date = base::to_civil(game.redeem_by);
  date.year += register_years;
  // 29 February becomes 1 March: a day longer, never a day less.
  return base::to_local_date(date);
}

}  // namespace millpond::model
