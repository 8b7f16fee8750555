// SPDX-License-Identifier: Apache-2.0
// App cards: what the hub signs for a member's phone, as a terminal of the brand reads the codes made of it.
#include "sync/codes/payload.h"
#include "sync/hub/core/hub_core.h"
#include "sync/hub/core/sqlite_open.h"
#include "sync/wire/app_card_rows.h"
#include "tests/support/pretend_terminal.h"
#include "tests/support/seeded_key.h"
#include "tests/unit/terminal/shop.h"

#include <algorithm>

using namespace millpond;
using base::Code;

namespace {

constexpr base::MemberId member{4'711};
constexpr std::int64_t day_ms = 86'400'000;

// One brand with both ends: a hub that knows a member, and a shop that the hub has told of them.
struct Chain {
  tests::Brand brand{.root = tests::seeded_key(70), .hub = tests::seeded_key(71)};
  tests::Shop shop{brand};
  crypto::SigningKey app = tests::seeded_key(72);
  std::unique_ptr<hub::HubCore> core;

  // second_from: the first day of a second hub key; 0: there is none.
  explicit Chain(std::uint16_t second_from = 0) : core{make_core(second_from)} {
    auto key = crypto::SigningKey::generate();
    const auto code = core->add_terminal({1});
    REQUIRE(code);
    REQUIRE(core->provision({code->code, key.public_key()}));
    tests::PretendTerminal teller{brand.id, code->terminal, {5}, std::move(key)};
    teller.begin_epoch();
    teller.enrol(member, {1});
    REQUIRE(core->ingest(teller.id(), wire::encode(teller.all())));
    REQUIRE(core->project());
    shop.hub_says({tests::member_row(member, 2'000)});
    shop.hub_says_time(tests::noon_ms);
  }

  [[nodiscard]] std::string outcome(base::ByteView card) {
    const auto made_s = static_cast<std::uint32_t>(shop.clock.wall_ms() / 1'000);
    const auto view = shop.terminal->identify(codes::compose_rotating(card, made_s, app, brand.id));
    if (!view) return std::string{base::code_name(view.error().code)};
    CHECK(view->member == member);
    return view->strength == model::Strength::rotating_code ? "rotating" : "weaker";
  }
  // As the downlink brings it.
  void hears(const wire::AppCards& cards) {
    REQUIRE(shop.journal->commit([&](store::Transaction& transaction) {
      return transaction.put_document(wire::app_cards_document(cards.member), cards.version, wire::encode(cards));
    }));
  }
  void restart(std::uint16_t second_from) {
    core.reset();
    core = make_core(second_from);
  }
  void go_to(std::int64_t wall_ms) {
    shop.clock.set_wall_ms(wall_ms);
    shop.hub_says_time(wall_ms);
  }

 private:
  std::unique_ptr<hub::HubCore> make_core(std::uint16_t second_from) {
    hub::HubKeys keys;
    keys.root = brand.root.public_key();
    keys.brand = brand.id;
    keys.pairs.push_back({brand.hub_key, wire::vouch_hub_key(brand.hub_key, brand.root), tests::seeded_key(71),
                          crypto::OpeningKey::generate()});
    if (second_from > 0) {
      auto opening = crypto::OpeningKey::generate();
      const wire::HubKey second{2, tests::seeded_key(73).public_key(), opening.public_key(), second_from, 60'000};
      keys.pairs.push_back(
          {second, wire::vouch_hub_key(second, brand.root), tests::seeded_key(73), std::move(opening)});
    }
    keys.phone_key.assign(hub::phone_key_bytes, 7);
    auto store = hub::open_sqlite_store({.path = shop.folder / "hub.db", .generation = 1});
    REQUIRE(store);
    auto made = hub::HubCore::create(std::move(*store), std::move(keys), shop.clock, shop.rng);
    REQUIRE(made);
    return std::move(*made);
  }
};

}  // namespace

TEST_CASE(
    "A card that the hub signs makes codes that a terminal takes for the member's own phone, until its last day") {
  Chain chain;
  const auto made = chain.core->sign_app_card(member, chain.app.public_key());
  REQUIRE(made);
  CHECK(made->card.size() == codes::app_card_bytes);
  const auto today = base::local_date_at(tests::noon_ms, 0);
  CHECK(made->last_day.days == today.days + hub::app_card_days);
  CHECK(chain.outcome(made->card) == "rotating");
  CHECK(chain.outcome(made->card) == "code_shown_before");
  // The shop is 480 minutes ahead: its days end at 16:00 UTC, and the last one is good to its last minute.
  const auto end_ms = (std::int64_t{made->last_day.days} + 1) * day_ms - 480LL * 60'000;
  chain.go_to(end_ms - 60'000);
  CHECK(chain.outcome(made->card) == "rotating");
  chain.go_to(end_ms);
  CHECK(chain.outcome(made->card) == "code_expired");
  // The next card is of today, and does not need another key.
  const auto next = chain.core->sign_app_card(member, chain.app.public_key());
  REQUIRE(next);
  CHECK(chain.outcome(next->card) == "rotating");
}

TEST_CASE("The days of a card are those of the shops once there is a programme") {
  Chain chain;
  REQUIRE(chain.core->publish_programme(base::view_of(tests::programme_json(1))));
  chain.go_to(tests::noon_ms +
              11 * 3'600'000);  // 23:00 in Shanghai; two hours later it is tomorrow there, and not in UTC
  const auto before = chain.core->sign_app_card(member, chain.app.public_key());
  chain.go_to(tests::noon_ms + 13 * 3'600'000);
  const auto after = chain.core->sign_app_card(member, chain.app.public_key());
  REQUIRE(before);
  REQUIRE(after);
  CHECK(after->last_day.days == before->last_day.days + 1);
}

TEST_CASE("Nobody gets a card for a member who is unknown or gone, or for a key that is none") {
  Chain chain;
  const auto code_of = [&](base::MemberId whom, const crypto::PublicKey& key) {
    const auto made = chain.core->sign_app_card(whom, key);
    return made ? std::string{"signed"} : std::string{base::code_name(made.error().code)};
  };
  CHECK(code_of({4'712}, chain.app.public_key()) == "not_found");
  CHECK(code_of({}, chain.app.public_key()) == "not_found");
  CHECK(code_of(member, {}) == "bad_input");
  const auto card = chain.core->sign_app_card(member, chain.app.public_key());
  REQUIRE(card);
  REQUIRE(chain.core->remove_member(member));
  REQUIRE(chain.core->project());
  CHECK(code_of(member, chain.app.public_key()) == "not_found");
  // What was signed before ends with the tombstone that every terminal gets.
  auto tombstone = tests::member_row(member, 0);
  tombstone.deleted = true;
  tombstone.body.clear();
  chain.shop.hub_says({tombstone});
  CHECK(chain.outcome(card->card) == "member_unknown");
}

TEST_CASE("An operator takes cards back: one app's, or all that a member has until now") {
  Chain chain;
  const auto lost = chain.core->sign_app_card(member, chain.app.public_key());
  REQUIRE(lost);
  const auto hub_word = [&](base::ByteView card) {
    const auto made_s = static_cast<std::uint32_t>(chain.shop.clock.wall_ms() / 1'000);
    const auto word = chain.core->card(
        {1}, wire::encode(wire::CardAsk{codes::compose_rotating(card, made_s, chain.app, chain.brand.id), {5}}));
    REQUIRE(word);
    return word->word == model::HubWord::confirmed ? std::string{"confirmed"} : std::string{base::code_name(word->why)};
  };
  CHECK(chain.outcome(lost->card) == "rotating");
  CHECK(hub_word(lost->card) == "confirmed");
  REQUIRE(chain.core->withdraw_app_cards({4'712}, std::nullopt).error().code == Code::not_found);

  // One app's: the hub believes it no more at once, a terminal once it has heard of it.
  const auto first = chain.core->withdraw_app_cards(member, chain.app.public_key());
  REQUIRE(first);
  // By the clock, so that a hub restored from a backup goes on behind what terminals have.
  const auto version = static_cast<std::uint32_t>(chain.shop.clock.wall_ms() / 1'000);
  CHECK(first->version == version);
  CHECK(chain.core->withdraw_app_cards(member, chain.app.public_key())->version == version);  // told twice
  CHECK(hub_word(lost->card) == "code_withdrawn");
  chain.go_to(chain.shop.clock.wall_ms() + 60'000);
  CHECK(chain.outcome(lost->card) == "rotating");
  chain.hears(*first);
  CHECK(chain.outcome(lost->card) == "code_withdrawn");
  CHECK(chain.core->sign_app_card(member, chain.app.public_key()).error().code == Code::code_withdrawn);

  // A withdrawn phone is not even a picture of a card.
  auto sale = chain.shop.sale_of("T-1", 3'000);
  const auto made_s = static_cast<std::uint32_t>(chain.shop.clock.wall_ms() / 1'000);
  sale.member_code = codes::compose_rotating(lost->card, made_s, chain.app, chain.brand.id);
  sale.spend_points = 100;
  const auto outcome = chain.shop.post(sale);
  CHECK(outcome.member_problem == Code::code_withdrawn);
  CHECK_FALSE(outcome.member);
  CHECK(outcome.points_spent == 0);

  // The member's other app goes on, until all are taken back; the next card is of the next generation.
  chain.app = tests::seeded_key(74);
  const auto other = chain.core->sign_app_card(member, chain.app.public_key());
  REQUIRE(other);
  chain.go_to(chain.shop.clock.wall_ms() + 60'000);
  CHECK(chain.outcome(other->card) == "rotating");
  const auto all = chain.core->withdraw_app_cards(member, std::nullopt);
  REQUIRE(all);
  CHECK(all->version > version);
  chain.hears(*all);
  chain.go_to(chain.shop.clock.wall_ms() + 60'000);
  CHECK(chain.outcome(other->card) == "code_withdrawn");
  chain.go_to(chain.shop.clock.wall_ms() + 60'000);
  const auto found_again = chain.core->sign_app_card(member, chain.app.public_key());
  REQUIRE(found_again);
  CHECK(chain.outcome(found_again->card) == "rotating");
  CHECK(hub_word(found_again->card) == "confirmed");
  CHECK(hub_word(other->card) == "code_withdrawn");
}

TEST_CASE("A printed card that was lost is refused by its day, whoever signed it, and the next one is good at once") {
  Chain chain;
  const auto by_hub = [&] { return chain.core->sign_cards({member}).value().at(0); };
  const auto said = [&](const std::string& card) {
    const auto view = chain.shop.terminal->identify(card);
    return view ? std::string{"good"} : std::string{base::code_name(view.error().code)};
  };
  const auto hub_says = [&](const std::string& card) {
    const auto word = chain.core->card({1}, wire::encode(wire::CardAsk{card, {}})).value();
    return word.word == model::HubWord::refused ? std::string{base::code_name(word.why)} : std::string{"good"};
  };
  const auto printed_here = chain.shop.terminal->member_code(member);
  const auto printed_there = by_hub();
  REQUIRE(chain.shop.terminal->keep_cards({printed_there}));
  const auto phone = chain.core->sign_app_card(member, chain.app.public_key());
  for (const auto& card : {printed_here, printed_there}) CHECK(said(card) == "good");
  CHECK(chain.core->withdraw_cards({4'712}).error().code == Code::not_found);

  const auto withdrawn = chain.core->withdraw_cards(member);
  REQUIRE(withdrawn);
  CHECK(chain.core->withdraw_cards(member).value() == *withdrawn);  // told twice on one day
  CHECK(hub_says(printed_there) == "code_withdrawn");
  CHECK(said(printed_there) == "good");  // not heard of yet
  chain.hears(*withdrawn);
  for (const auto& card : {printed_here, printed_there}) CHECK(said(card) == "code_withdrawn");
  auto sale = chain.shop.sale_of("T-1", 3'000);
  sale.member_code = printed_there;
  CHECK(chain.shop.post(sale).member_problem == Code::code_withdrawn);

  const auto next_here = chain.shop.terminal->member_code(member);
  const auto next_there = by_hub();
  for (const auto& card : {next_here, next_there}) CHECK(said(card) == "good");
  CHECK(hub_says(next_there) == "good");
  REQUIRE(chain.shop.terminal->keep_cards({next_there}));
  CHECK(chain.shop.terminal->member_code(member) == next_there);
  CHECK(chain.outcome(phone->card) == "rotating");  // the phone was not lost

  // It stays withdrawn while phones come and go, for as long as there is such a card.
  const auto all = chain.core->withdraw_app_cards(member, std::nullopt);
  REQUIRE(all);
  CHECK(all->cards_from_day == withdrawn->cards_from_day);
  chain.go_to(tests::noon_ms + 400 * day_ms);
  REQUIRE(chain.core->purge_tombstones(UINT64_MAX, 0));
  CHECK(hub_says(printed_there) == "code_withdrawn");
  const auto head = chain.core->feed_head();
  const auto page = chain.core->down({1}, {head->generation, 0, 0}, wire::page_rows_max, {5});
  REQUIRE(page);
  CHECK(std::ranges::count(page->rows, static_cast<std::uint8_t>(wire::RowKind::app_cards), &wire::DownRow::kind) == 1);
}

TEST_CASE("A withdrawal is told as long as one of its cards could be good, and leaves with its member") {
  Chain chain;
  const auto key = wire::app_cards_key(member);
  const auto live = [&](std::uint64_t after = 0) {
    std::string outcome = "nothing";
    const auto head = chain.core->feed_head();
    REQUIRE(head);
    const auto page = chain.core->down({1}, {head->generation, after, after}, wire::page_rows_max, {5});
    REQUIRE(page);
    for (const auto& row : page->rows) {
      if (row.kind != static_cast<std::uint8_t>(wire::RowKind::app_cards) || row.key != key) continue;
      outcome = row.deleted ? "tombstone" : "told";
    }
    return outcome;
  };
  const auto given_at_provisioning = [&] {
    const auto code = chain.core->add_terminal({1});
    REQUIRE(code);
    const auto answer = chain.core->provision({code->code, crypto::SigningKey::generate().public_key()});
    REQUIRE(answer);
    return std::ranges::count(answer->documents, static_cast<std::uint8_t>(wire::RowKind::app_cards),
                              &wire::DownRow::kind);
  };
  const auto tidy = [&] { REQUIRE(chain.core->purge_tombstones(0, 0)); };
  const auto last = chain.core->sign_app_card(member, chain.app.public_key());
  REQUIRE(last);
  const auto withdrawn = chain.core->withdraw_app_cards(member, chain.app.public_key());
  REQUIRE(withdrawn);
  CHECK(withdrawn->last_day == last->last_day.days);
  tidy();
  CHECK(live() == "told");

  // Two days more than the card's, for clocks and zones.
  const auto over_ms = (std::int64_t{last->last_day.days} + 3) * day_ms;
  chain.go_to(over_ms - 1);
  tidy();
  CHECK(live() == "told");
  CHECK(given_at_provisioning() == 1);
  chain.go_to(over_ms);
  const auto before = chain.core->feed_head()->hub_seq;
  tidy();
  CHECK(live(before) == "tombstone");
  const auto after = chain.core->feed_head()->hub_seq;
  tidy();
  CHECK(chain.core->feed_head()->hub_seq == after);  // once
  CHECK(given_at_provisioning() == 0);
  // A terminal that has forgotten the withdrawal takes the phone for nobody's all the same, wherever it is shown.
  chain.go_to(over_ms + day_ms);
  CHECK(chain.outcome(last->card) == "code_expired");
  auto sale = chain.shop.sale_of("T-1", 3'000);
  const auto made_s = static_cast<std::uint32_t>(chain.shop.clock.wall_ms() / 1'000);
  sale.member_code = codes::compose_rotating(last->card, made_s, chain.app, chain.brand.id);
  const auto outcome = chain.shop.post(sale);
  CHECK(outcome.member_problem == Code::code_expired);
  CHECK_FALSE(outcome.member);
  // The hub itself does not forget for whom it signs no more, nor how often it was asked.
  CHECK(chain.core->sign_app_card(member, chain.app.public_key()).error().code == Code::code_withdrawn);
  const auto all = chain.core->withdraw_app_cards(member, std::nullopt);
  REQUIRE(all);
  CHECK(all->version > withdrawn->version);
  CHECK(all->generation == withdrawn->generation + 1);
  CHECK(live(after) == "told");

  // A rebuild tells it anew; then the member leaves, and with them what the hub knew.
  REQUIRE(chain.core->rebuild());
  CHECK(live() == "told");
  REQUIRE(chain.core->remove_member(member));
  for (int twice = 0; twice < 2; ++twice) REQUIRE(chain.core->project());
  CHECK(live() == "tombstone");
  CHECK(given_at_provisioning() == 0);
}

TEST_CASE("A card is of no use without the key that it was signed for") {
  Chain chain;
  const auto card = chain.core->sign_app_card(member, chain.app.public_key());
  REQUIRE(card);
  chain.app = tests::seeded_key(73);
  CHECK(chain.outcome(card->card) == "code_forged");
}

TEST_CASE("A hub key that somebody else has is withdrawn: no phone by it counts, and a card by it is a typed number") {
  const auto today = static_cast<std::uint16_t>(base::local_date_at(tests::noon_ms, 0).days);
  Chain chain{today};
  codes::RotatingCode stolen;
  stolen.card = {chain.brand.id.tag(), codes::Issuer::hub(1), member, 200, today, 0};
  stolen.app_key = chain.app.public_key();
  stolen.last_day = static_cast<std::uint16_t>(today + 30);
  const auto thief = tests::seeded_key(71);
  const auto phone = codes::sign_app_card(stolen, thief, chain.brand.id);
  const auto card = codes::compose(stolen.card, thief, chain.brand.id);
  CHECK(chain.outcome(phone) == "rotating");
  CHECK(chain.shop.terminal->identify(card)->strength == model::Strength::member_code);

  CHECK(chain.core->withdraw_hub_key(9).error().code == base::Code::not_found);
  CHECK(chain.core->withdraw_hub_key(2).error().code == base::Code::bad_input);  // it signs now
  REQUIRE(chain.core->withdraw_hub_key(1));
  REQUIRE(chain.core->withdraw_hub_key(1));
  const auto head = chain.core->feed_head();
  const auto page = chain.core->down({1}, {head->generation, 0, 0}, wire::page_rows_max, {});
  REQUIRE(page);
  for (const auto& row : page->rows) {
    if (row.kind != static_cast<std::uint8_t>(wire::RowKind::issuer)) continue;
    const auto issuer = *wire::decode_issuer_row(row.body);
    CHECK((issuer.revoked_from_seq != 0) == (issuer.issuer == 1));
    REQUIRE(chain.shop.journal->commit([&](store::Transaction& t) { return t.put_issuer(issuer); }));
  }
  chain.go_to(tests::noon_ms + 60'000);
  CHECK(chain.outcome(phone) == "code_withdrawn");
  CHECK(chain.shop.terminal->identify(card)->strength == model::Strength::phone_typed);
  CHECK(chain.shop.terminal->see(card).error().code == base::Code::identity_too_weak);
  // What the hub signs goes on, by the other key.
  const auto good = chain.core->sign_app_card(member, chain.app.public_key());
  REQUIRE(good);
  CHECK(chain.outcome(good->card) == "rotating");
  // The hub answers questions about either in the same way.
  const auto asked = [&](const std::string& code) {
    const auto word = chain.core->card({1}, wire::encode(wire::CardAsk{code, {}}));
    REQUIRE(word);
    return word->word == model::HubWord::refused ? std::string{base::code_name(word->why)}
                                                 : std::string{word->issuer_revoked ? "revoked" : "good"};
  };
  const auto made_s = static_cast<std::uint32_t>(chain.shop.clock.wall_ms() / 1'000);
  CHECK(asked(codes::compose_rotating(phone, made_s, chain.app, chain.brand.id)) == "code_withdrawn");
  CHECK(asked(codes::compose_rotating(good->card, made_s, chain.app, chain.brand.id)) == "good");
  CHECK(asked(card) == "revoked");
}

TEST_CASE("A key that was withdrawn before it began never signs, also after the hub was started again") {
  const auto today = static_cast<std::uint16_t>(base::local_date_at(tests::noon_ms, 0).days);
  Chain chain{static_cast<std::uint16_t>(today + 1)};
  CHECK(chain.core->hub_key_number() == 1);
  REQUIRE(chain.core->withdraw_hub_key(2));
  chain.go_to(tests::noon_ms + 5 * day_ms);
  CHECK(chain.core->hub_key_number() == 1);
  chain.restart(static_cast<std::uint16_t>(today + 1));
  CHECK(chain.core->hub_key_number() == 1);
}
