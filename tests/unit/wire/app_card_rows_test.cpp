// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/app_card_rows.h"

#include <catch2/catch_test_macros.hpp>
#include <functional>

using namespace millpond;
using wire::AppCards;

namespace {

crypto::PublicKey key_of(std::uint8_t byte) {
  crypto::PublicKey key;
  key.fill(byte);
  return key;
}

}  // namespace

TEST_CASE("Withdrawn app cards travel as the bytes they always had") {
  const AppCards cards{{0x0102'0304'0506'0708}, 2, 4, {key_of(7)}, 20'810};
  CHECK(base::to_hex(wire::encode(cards)) ==
        "090807060504030201"
        "1002"
        "1804"
        "22200707070707070707070707070707070707070707070707070707070707070707"
        "2894c502");
  CHECK(wire::decode_app_cards(wire::encode(cards)).value() == cards);
  CHECK(base::to_hex(wire::app_cards_key(cards.member)) == "0102030405060708");
}

TEST_CASE("A row about printed cards says from which day they are good, and one of before says nothing of them") {
  AppCards cards{{9}, 2, 3, {}};
  const auto before = wire::encode(cards);
  CHECK(wire::decode_app_cards(before)->cards_from_day == 0);
  cards.cards_from_day = 20'811;
  CHECK(base::to_hex(wire::encode(cards)) == base::to_hex(before) + "3096c502");
  CHECK(wire::decode_app_cards(wire::encode(cards)).value() == cards);
}

TEST_CASE("A card is withdrawn by its generation or by its app's key") {
  const AppCards none{{9}, 0, wire::app_cards_first_generation, {}};
  CHECK_FALSE(wire::withdraws(none, wire::app_cards_first_generation, key_of(1)));
  const AppCards cards{{9}, 3, 5, {key_of(7)}};
  CHECK(wire::withdraws(cards, 4, key_of(1)));
  CHECK_FALSE(wire::withdraws(cards, 5, key_of(1)));
  CHECK(wire::withdraws(cards, 5, key_of(7)));
  CHECK(wire::withdraws(cards, 6, key_of(7)));
}

TEST_CASE("What names no withdrawn card does not decode") {
  struct Row {
    const char* what;
    std::function<void(AppCards&)> change;
  };
  for (const Row& row :
       {Row{"nobody", [](auto& of) { of.member = {}; }}, Row{"no version", [](auto& of) { of.version = 0; }},
        Row{"paper's generation", [](auto& of) { of.generation = 2; }},
        Row{"too many keys", [](auto& of) { of.keys.assign(17, key_of(1)); }}}) {
    CAPTURE(row.what);
    AppCards cards{{9}, 1, 3, {}};
    row.change(cards);
    CHECK(wire::decode_app_cards(wire::encode(cards)).error().code == base::Code::bad_input);
  }
  // A key of another size, and a generation that no card can have.
  CHECK(wire::decode_app_cards(*base::from_hex("09090000000000000010011803220107")).error().code ==
        base::Code::bad_input);
  CHECK(wire::decode_app_cards(*base::from_hex("0909000000000000001001188002")).error().code == base::Code::bad_input);
}
