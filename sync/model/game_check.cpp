// SPDX-License-Identifier: Apache-2.0
#include "sync/model/game_check.h"

#include "sync/base/check.h"

#include <algorithm>
#include <array>
#include <utility>

namespace millpond::model {
namespace {

std::string prize_place(std::size_t row, std::string_view member) {
  return "/prizes/" + std::to_string(row) + "/" + std::string{member};
}

bool complete(const LocalizedText& words) { return !words.zh_cn.empty() && !words.en.empty(); }

struct NoticeItem {
  const char* pointer;
  LocalizedText GameNotice::*words;
};
constexpr std::array notice_items{
    NoticeItem{"/notice/conditions", &GameNotice::conditions},
    NoticeItem{"/notice/draw_method", &GameNotice::draw_method},
    NoticeItem{"/notice/redemption_method", &GameNotice::redemption_method},
    NoticeItem{"/notice/organiser", &GameNotice::organiser},
    NoticeItem{"/notice/contact", &GameNotice::contact},
};

class Findings {
 public:
  void add_if(bool wrong, GameFault fault, std::string pointer) {
    if (wrong) found_.push_back({fault, std::move(pointer)});
  }
  [[nodiscard]] std::vector<GameFinding> take() { return std::move(found_); }

 private:
  std::vector<GameFinding> found_;
};

void check_deck(const Game& game, Findings& findings) {
  const auto terms = deck_terms(game, {}, 0);
  const auto refusal = why_no_deck(terms);
  if (!refusal) {
    const auto counts = card_counts(terms);
    for (std::size_t row = 0; row < counts.size(); ++row) {
      const auto& quantity = game.prizes[row].quantity;
      findings.add_if(quantity && *quantity < counts[row], GameFault::quantity_below_cards,
                      prize_place(row, "quantity"));
    }
    return;
  }
  switch (refusal->fault) {
    case DeckFault::no_prizes:
      return findings.add_if(true, GameFault::no_prizes, "/prizes");
    case DeckFault::prize_twice:
      return findings.add_if(true, GameFault::prize_twice, prize_place(refusal->row, "number"));
    case DeckFault::weights_do_not_sum:
      return findings.add_if(true, GameFault::weights_do_not_sum, "/prizes");
    case DeckFault::size_out_of_range:
      return findings.add_if(true, GameFault::deck_size, "/deck");
    case DeckFault::weight_without_card:
      return findings.add_if(true, GameFault::weight_without_card, prize_place(refusal->row, "weight_ppm"));
    case DeckFault::rare_exceeds_online:
      return findings.add_if(true, GameFault::rare_exceeds_online, "/deck/online_cards");
  }
}

void check_prizes(const Game& game, const GameLaw& law, Findings& findings) {
  for (std::size_t row = 0; row < game.prizes.size(); ++row) {
    const auto& prize = game.prizes[row];
    const bool wins = prize.kind != PrizeKind::nothing;
    findings.add_if(prize.value_minor > law.top_prize_minor_max, GameFault::top_prize_above_cap,
                    prize_place(row, "value_minor"));
    findings.add_if(wins && prize.value_minor <= 0, GameFault::value_missing, prize_place(row, "value_minor"));
    findings.add_if(prize.weight_ppm == 0 && prize.number != game.fallback, GameFault::chance_missing,
                    prize_place(row, "weight_ppm"));
  }
}

// --- changes

class Comparison {
 public:
  Comparison(const Game& before, const Game& after) : before_{before}, after_{after} {}

  void identity() {
    add_if(after_.version <= before_.version, WorseKind::not_newer, "/version");
    add_if(after_.campaign != before_.campaign, WorseKind::another_game, "/campaign");
    add_if(after_.kind != before_.kind, WorseKind::another_game, "/kind");
    add_if(after_.country != before_.country, WorseKind::another_game, "/country");
    add_if(after_.currency != before_.currency, WorseKind::another_game, "/currency");
  }

  void terms() {
    const auto daily = [](const Game& game) { return std::uint32_t{game.draws_a_member_day_max - 1}; };  // 0: no limit
    add_if(after_.name != before_.name, WorseKind::words_changed, "/name");
    add_if(after_.starts > before_.starts, WorseKind::shorter, "/starts");
    add_if(after_.ends < before_.ends, WorseKind::shorter, "/ends");
    add_if(after_.redeem_by < before_.redeem_by, WorseKind::shorter, "/redeem_by");
    add_if(after_.age_min > before_.age_min, WorseKind::fewer_may_draw, "/age_min");
    add_if(after_.chance_days < before_.chance_days, WorseKind::shorter, "/chance_days");
    add_if(daily(after_) < daily(before_), WorseKind::fewer_may_draw, "/draws_a_member_day_max");
    add_if(after_.winners_shown_above_minor > before_.winners_shown_above_minor, WorseKind::less_shown,
           "/winners_shown_above_minor");
  }

  void prizes() {
    for (std::size_t row = 0; row < before_.prizes.size(); ++row) {
      const auto& old = before_.prizes[row];
      const auto at = std::ranges::find(after_.prizes, old.number, &Prize::number);
      if (at == after_.prizes.end()) {
        add_if(true, WorseKind::prize_gone, prize_place(row, "number"));
      } else {
        prize(old, *at, static_cast<std::size_t>(at - after_.prizes.begin()));
      }
    }
    const auto* const old = prize_of(before_, before_.fallback);
    const auto* const now = prize_of(after_, after_.fallback);
    add_if(old != nullptr && (now == nullptr || now->value_minor < old->value_minor), WorseKind::prize_worth_less,
           "/fallback");
  }

  void chances() {
    const auto old_deck = deck_terms(before_, {}, 0);
    const auto new_deck = deck_terms(after_, {}, 0);
    if (why_no_deck(old_deck) || why_no_deck(new_deck)) return add_if(true, WorseKind::chance_lower, "/deck");
    for (const auto where : {CardsOf::whole_deck, CardsOf::online, CardsOf::offline}) {
      const auto old_sectors = sectors(old_deck, where);
      const auto new_sectors = sectors(new_deck, where);
      if (old_sectors.empty()) continue;  // nobody could draw there
      if (new_sectors.empty()) {
        add_if(true, WorseKind::chance_lower, where == CardsOf::online ? "/deck/online_cards" : "/deck/cards");
        continue;
      }
      for (std::size_t row = 0; row < after_.prizes.size(); ++row) {
        const auto value = after_.prizes[row].value_minor;
        add_if(at_least(after_, new_sectors, value) < at_least(before_, old_sectors, value), WorseKind::chance_lower,
               prize_place(row, "weight_ppm"));
      }
      // Values that only the old document had.
      for (const auto& old : before_.prizes) {
        const auto same = std::ranges::find(after_.prizes, old.value_minor, &Prize::value_minor);
        if (same != after_.prizes.end()) continue;
        add_if(at_least(after_, new_sectors, old.value_minor) < at_least(before_, old_sectors, old.value_minor),
               WorseKind::chance_lower, "/prizes");
      }
    }
  }

  void notice() {
    for (const auto& item : notice_items) {
      add_if(after_.notice.*item.words != before_.notice.*item.words, WorseKind::words_changed, item.pointer);
    }
  }

  [[nodiscard]] std::vector<Worse> take() { return std::move(worse_); }

 private:
  void add_if(bool worse, WorseKind kind, std::string pointer) {
    Worse found{kind, std::move(pointer)};
    if (worse && std::ranges::find(worse_, found) == worse_.end()) worse_.push_back(std::move(found));
  }

  void prize(const Prize& old, const Prize& now, std::size_t row) {
    const auto pieces = [](const Prize& of) { return of.quantity.value_or(INT64_MAX); };
    add_if(now.name != old.name, WorseKind::words_changed, prize_place(row, "name"));
    add_if(now.kind != old.kind, WorseKind::prize_other, prize_place(row, "kind"));
    add_if(now.coupon != old.coupon, WorseKind::prize_other, prize_place(row, "coupon"));
    add_if(now.points < old.points, WorseKind::prize_worth_less, prize_place(row, "points"));
    add_if(now.value_minor < old.value_minor, WorseKind::prize_worth_less, prize_place(row, "value_minor"));
    add_if(pieces(now) < pieces(old), WorseKind::prize_fewer, prize_place(row, "quantity"));
    // Of the same value: a dearer prize may well be taxed with more.
    add_if(withheld_minor(now.tax, old.value_minor) > withheld_minor(old.tax, old.value_minor),
           WorseKind::prize_worth_less, prize_place(row, "tax"));
  }

  static std::uint32_t at_least(const Game& game, const std::vector<Sector>& shown, std::int64_t value_minor) {
    std::uint32_t ppm = 0;
    for (std::size_t row = 0; row < shown.size(); ++row) {
      if (game.prizes[row].value_minor >= value_minor) ppm += shown[row].ppm;
    }
    return ppm;
  }

  const Game& before_;
  const Game& after_;
  std::vector<Worse> worse_;
};

}  // namespace

std::optional<GameLaw> game_law(const Country& chain, std::string_view country) {
  return country == chain.code ? chain.games : std::nullopt;
}

std::string_view words_of(GameFault fault) {
  switch (fault) {
    case GameFault::country_without_law:
      return "no law of this country is known";
    case GameFault::currency_not_of_law:
      return "is not the currency of the country's law";
    case GameFault::ends_before_it_starts:
      return "must not be before starts";
    case GameFault::redeemed_before_it_ends:
      return "must not be before ends";
    case GameFault::age_below_law:
      return "is below the age that the law asks";
    case GameFault::winners_not_shown:
      return "is above the value from which winners have to be published";
    case GameFault::no_prizes:
      return "must have 1 to 64 prizes";
    case GameFault::prize_twice:
      return "is used twice";
    case GameFault::weights_do_not_sum:
      return "weights must sum to exactly 1,000,000";
    case GameFault::deck_size:
      return "online_cards must not be more than cards";
    case GameFault::weight_without_card:
      return "is too little for a single card of this deck; say so with may_be_absent or deal more cards";
    case GameFault::rare_exceeds_online:
      return "is too little for all rare cards";
    case GameFault::top_prize_above_cap:
      return "is above the highest prize that the law allows";
    case GameFault::value_missing:
      return "must name what the prize is worth";
    case GameFault::chance_missing:
      return "must be above 0 for all but the fallback";
    case GameFault::quantity_below_cards:
      return "is less than one deck promises";
    case GameFault::fallback_unknown:
      return "is no prize of the game";
    case GameFault::fallback_limited:
      return "must be a prize without a quantity that is not rare";
    case GameFault::notice_item_missing:
      return "is missing in the notice";
  }
  MILLPOND_CHECK(false);
  return {};
}

std::vector<GameFinding> check_game(const Game& game, const GameLaw& law) {
  Findings findings;
  findings.add_if(game.country != law.country, GameFault::country_without_law, "/country");
  findings.add_if(game.currency != law.currency, GameFault::currency_not_of_law, "/currency");
  findings.add_if(game.ends < game.starts, GameFault::ends_before_it_starts, "/ends");
  findings.add_if(game.redeem_by < game.ends, GameFault::redeemed_before_it_ends, "/redeem_by");
  findings.add_if(game.age_min < law.age_min, GameFault::age_below_law, "/age_min");
  findings.add_if(game.winners_shown_above_minor > law.winners_shown_above_minor_max, GameFault::winners_not_shown,
                  "/winners_shown_above_minor");
  check_deck(game, findings);
  check_prizes(game, law, findings);
  const auto* const fallback = prize_of(game, game.fallback);
  findings.add_if(fallback == nullptr, GameFault::fallback_unknown, "/fallback");
  findings.add_if(fallback != nullptr && (fallback->quantity || fallback->rare), GameFault::fallback_limited,
                  "/fallback");
  for (const auto& item : notice_items) {
    findings.add_if(!complete(game.notice.*item.words), GameFault::notice_item_missing, item.pointer);
  }
  return findings.take();
}

base::Result<Game> parse_game(base::ByteView json, const Country& chain) {
  MILLPOND_TRY(auto game, read_game(json));
  const auto law = game_law(chain, game.country);
  const auto findings =
      law ? check_game(game, *law) : std::vector<GameFinding>{{GameFault::country_without_law, "/country"}};
  if (findings.empty()) return game;
  return base::Error{base::Code::programme_invalid, "read game",
                     findings.front().pointer + ": " + std::string{words_of(findings.front().fault)}};
}

std::vector<Worse> what_got_worse(const Game& before, const Game& after, base::LocalDate today) {
  Comparison comparison{before, after};
  comparison.identity();
  if (today >= before.starts) {
    comparison.terms();
    comparison.prizes();
    comparison.chances();
    comparison.notice();
  }
  return comparison.take();
}

}  // namespace millpond::model
