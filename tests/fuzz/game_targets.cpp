// SPDX-License-Identifier: Apache-2.0
// Documents of games, check-ins, gifts and item codes.
#include "sync/base/check.h"
#include "sync/model/check_in.h"
#include "sync/model/game_check.h"
#include "sync/model/game_draw.h"
#include "sync/model/gift_catalogue.h"
#include "sync/model/item_code.h"
#include "tests/fuzz/target.h"
#include "tests/unit/model/sample_game.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace millpond::fuzz {
namespace {

using base::Bytes;
using base::ByteView;
using base::Result;

constexpr auto huge = std::numeric_limits<std::int64_t>::max();

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

std::vector<Bytes> game_seeds() { return {bytes_of(model::sample_game_json)}; }

// A game that publication accepts can be dealt, shows chances that are whole, and gives a prize for every card.
Result<> run_game(ByteView input) {
  MILLPOND_TRY(const auto game, model::parse_game(input, model::china()));
  const auto terms = model::deck_terms(game, {}, 1);
  MILLPOND_CHECK(!model::why_no_deck(terms));
  for (const auto where : {model::CardsOf::whole_deck, model::CardsOf::online, model::CardsOf::offline}) {
    const auto shown = model::wheel_sectors(game, where, {});
    std::uint64_t sum = 0;
    for (const auto& sector : shown) sum += sector.ppm;
    MILLPOND_CHECK(shown.empty() || sum == model::ppm_whole);
  }
  const auto chance = model::chance_of(game, {}, {5}, game.starts);
  MILLPOND_CHECK(chance && chance->expires >= game.starts && chance->expires <= game.ends);
  for (const auto& prize : game.prizes) {
    const model::DrawState state{*chance, 1, {0, 1}, {{prize.number, 1}}, 0};
    const model::DealtCard card{1, 0, prize.number};
    const auto result = model::draw(game, state, {{5}, false, model::PlayerAge::old_enough, game.starts, card});
    const auto* const drawn = std::get_if<model::Drawn>(&result);
    MILLPOND_CHECK(drawn != nullptr && drawn->record.prize == prize.number);
    MILLPOND_CHECK(drawn->record.withheld_minor >= 0 && drawn->record.withheld_minor <= prize.value_minor);
  }
  MILLPOND_CHECK(model::what_got_worse(game, game, game.starts).size() == 1);  // it is not newer
  return {};
}

std::vector<Bytes> check_in_seeds() {
  return {bytes_of(R"({"version": 1, "campaign": 7, "name": {"zh-CN": "打卡", "en": "Check-in"}, "starts": "2026-11-01",
    "ends": "2026-12-31", "rewards": [{"number": 1, "days": 1, "repeats": true, "kind": "points", "points": 5},
    {"number": 2, "days": 7, "kind": "coupon", "campaign": 12}]})")};
}

// Every reward that a document names can be earned, and what was given once is not given again.
Result<> run_check_in(ByteView input) {
  MILLPOND_TRY(const auto rules, model::parse_check_in(input));
  model::CheckInDays days;
  for (auto date = rules.starts; date <= rules.ends; ++date.days) days.push_back({date, {1}, {}, {}, {}});
  const auto due = model::rewards_due(rules, days);
  for (const auto& reward : rules.rewards) {
    MILLPOND_CHECK(std::ranges::find(due, reward.number, &model::EarnedReward::reward) != due.end());
  }
  MILLPOND_CHECK(model::recompute(rules, days, due) == model::CheckInChanges{});
  return {};
}

std::vector<Bytes> gift_seeds() {
  return {bytes_of(R"({"version": 4, "currency": "JPY", "gifts": [{"number": 1, "name": {"zh-CN": "杯子", "en": "Cup"},
    "points": 500, "value_minor": 3900, "quantity": 20, "a_member_max": 2, "tier_min": 1, "starts": "2026-11-01",
    "ends": "2026-11-30", "tax": {"class": "other", "rate_bp": 1000}}]})")};
}

// No gift that was accepted overflows or costs nothing.
Result<> run_gifts(ByteView input) {
  MILLPOND_TRY(const auto catalogue, model::parse_gifts(input));
  for (const auto& gift : catalogue.gifts) {
    for (const std::uint32_t pieces : {1U, model::gift_pieces_max}) {
      const auto result =
          model::exchange(catalogue, {huge, huge, 0, {}}, {{}, {5}, gift.tier_min, gift.number, pieces, gift.starts});
      const auto* const done = std::get_if<model::Exchanged>(&result);
      MILLPOND_CHECK(done != nullptr || (gift.a_member_max > 0 && gift.a_member_max < pieces));
      if (done == nullptr) continue;
      MILLPOND_CHECK(done->record.points > 0 && done->after.balance == huge - done->record.points);
      MILLPOND_CHECK(done->record.withheld_minor >= 0 && done->record.withheld_minor <= done->record.value_minor);
    }
  }
  return {};
}

std::vector<Bytes> item_seeds() {
  return {bytes_of(R"({"version": 1, "batches": [{"batch": 1, "key_number": 3, "first": 1000, "last": 1999,
    "sku": "TEA-250", "product": {"zh-CN": "龙井", "en": "Longjing"}, "regions": ["ZJ", "SH"], "reward": "points",
    "points": 50, "claim_from": "2026-11-01", "claim_by": "2026-12-31"}]})")};
}

// Every number of a batch is that batch's, and is rewarded once.
Result<> run_items(ByteView input) {
  MILLPOND_TRY(const auto items, model::parse_items(input));
  for (const auto& batch : items.batches) {
    for (const auto number : {batch.first, batch.last}) {
      MILLPOND_CHECK(model::batch_of(items, batch.key_number, number)->batch == batch.batch);
    }
    model::ItemBooking booking;
    model::ItemScan scan;
    scan.member = {5};
    scan.local_date = batch.claim_from;
    for (const std::uint64_t seq : {std::uint64_t{1}, std::uint64_t{2}}) {
      scan.seq.value = seq;
      const auto answer = model::book_scan(items, batch.key_number, batch.first, true, booking, scan);
      const bool rewards = seq == 1 && !batch.closed && batch.reward != model::ItemReward::nothing;
      MILLPOND_CHECK((answer.word == model::ItemWord::claimed) == rewards);
    }
  }
  return {};
}

}  // namespace

std::vector<Target> game_targets() {
  return {
      {"check_in", check_in_seeds, run_check_in},
      {"game", game_seeds, run_game},
      {"gifts", gift_seeds, run_gifts},
      {"items", item_seeds, run_items},
  };
}

}  // namespace millpond::fuzz
