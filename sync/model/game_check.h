// SPDX-License-Identifier: Apache-2.0
// GameCheck: what publication refuses in a game by the law of its country, and what may no longer change once a game
// has begun. Not legal advice: it holds a document to the rules that are written down here, and cannot read its words.
// Pure; any thread.
//
// China: 规范促销行为暂行规定 (State Administration for Market Regulation, order 32 of 2020), articles 13 to 18: the
// top prize at most 50,000 yuan at market value; kinds, values, quantities or chances, conditions, times and ways of
// drawing and redeeming published beforehand and not changed afterwards but in the customers' favour; winners of more
// than 500 yuan published; records kept for two years. That nobody below 18 draws is the house rule of this product.
#pragma once

#include "sync/model/country.h"
#include "sync/model/game.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::model {

// The law of the country that a game is published in; nothing where that is not the chain's, or where the chain's
// country has none: nothing is published there.
[[nodiscard]] std::optional<GameLaw> game_law(const Country& chain, std::string_view country);

enum class GameFault : std::uint8_t {
  country_without_law,  // or the law given is another country's
  currency_not_of_law,
  ends_before_it_starts,
  redeemed_before_it_ends,  // the last day of redeeming lies before the last of drawing
  age_below_law,
  winners_not_shown,  // winners_shown_above_minor is above the law's
  no_prizes,
  prize_twice,
  weights_do_not_sum,
  deck_size,
  weight_without_card,
  rare_exceeds_online,
  top_prize_above_cap,
  value_missing,         // something is won, and its value is not told
  chance_missing,        // neither a chance nor being the fallback
  quantity_below_cards,  // one deck promises more pieces than there are
  fallback_unknown,      // no prize has its number
  fallback_limited,      // it could run out, or lies in the online slice alone
  notice_item_missing,   // in one of the languages
};

// One technical line for a document's error: "weights do not sum to 1,000,000".
[[nodiscard]] std::string_view words_of(GameFault fault);

struct GameFinding {
  GameFault fault{};
  std::string pointer;  // RFC 6901, into the document: "/prizes/2/value_minor"
  friend bool operator==(const GameFinding&, const GameFinding&) = default;
};

// Everything that publication refuses, in the order of the document's members; empty when the game may be published.
[[nodiscard]] std::vector<GameFinding> check_game(const Game& game, const GameLaw& law);

// What terminals and hub of a chain take: read_game(), and nothing for publication to refuse by the law of the chain's
// country. Error: programme_invalid, with the first finding's place and words.
[[nodiscard]] base::Result<Game> parse_game(base::ByteView json, const Country& chain);

// --- after the start

enum class WorseKind : std::uint8_t {
  not_newer,         // the version is not above the old one
  another_game,      // campaign, kind, country or currency
  shorter,           // begins later, ends earlier, redeems earlier, chances are good for fewer days
  fewer_may_draw,    // a higher age, fewer draws a day
  less_shown,        // fewer winners are published
  prize_gone,        // its number is no more
  prize_other,       // another kind of prize, another coupon: nobody can say that it is better
  prize_worth_less,  // value or points, or more tax
  prize_fewer,       // pieces
  chance_lower,      // of winning at least what this prize is worth
  words_changed,     // a name or the notice: a person has to say that it is no worse, and publish it as another game
};

struct Worse {
  WorseKind kind{};
  std::string pointer;  // into the new document; of a prize that is gone into the old one
  friend bool operator==(const Worse&, const Worse&) = default;
};

// What of the new document is not in the customers' favour; empty when it may take the old one's place. Before the
// first day everything may change that leaves it the same game in a newer version. Chances are compared as customers
// meet them, over the whole deck and for online and offline draws apart, to a millionth: the chance of winning at
// least the value of any prize must not fall. A prize may thus become more likely at the cost of a lesser one.
[[nodiscard]] std::vector<Worse> what_got_worse(const Game& before, const Game& after, base::LocalDate today);

}  // namespace millpond::model
