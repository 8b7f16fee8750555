// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/question_rows.h"

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <vector>

using namespace millpond;
using base::Code;
using model::HubWord;

namespace {

const model::Lease lease{{9}, model::LeaseKind::points, 0, {5}, 2'000, 500, 1'795'000'000'000};

template <class Value, class Decode>
bool refused(const Value& value, const Decode& decode) {
  const auto decoded = decode(wire::encode(value));
  return !decoded && decoded.error().code == Code::bad_input;
}

}  // namespace

TEST_CASE("Questions and answers come back as they were") {
  const wire::PointsAsk points{7, {8}, {5}, 600};
  CHECK(*wire::decode_points_ask(wire::encode(points)) == points);
  const wire::CardAsk card{"K1:ABC", {5}};
  CHECK(*wire::decode_card_ask(wire::encode(card)) == card);
  for (const auto& word : {wire::PointsWord{7, HubWord::confirmed, {}, lease, 1},
                           wire::PointsWord{7, HubWord::refused, Code::points_short, std::nullopt, 1},
                           wire::PointsWord{7, HubWord::unknown, {}, std::nullopt, 1}}) {
    CHECK(*wire::decode_points_word(wire::encode(word)) == word);
  }
  const wire::MemberRow row{{8}, 500, 12'300, 4, {}, {{9}}};
  for (const auto& word : {wire::CardWord{HubWord::confirmed, {}, row, {41}, 1},
                           wire::CardWord{HubWord::confirmed, {}, std::nullopt, {}, 1},
                           wire::CardWord{HubWord::confirmed, {}, row, {41}, 1, true},
                           wire::CardWord{HubWord::refused, Code::code_forged, std::nullopt, {}, 1}}) {
    CHECK(*wire::decode_card_word(wire::encode(word)) == word);
  }
}

TEST_CASE("What asks for nothing, or grants without saying what, is no message") {
  CHECK(refused(wire::PointsAsk{0, {8}, {5}, 600}, wire::decode_points_ask));
  CHECK(refused(wire::PointsAsk{7, {}, {5}, 600}, wire::decode_points_ask));
  CHECK(refused(wire::PointsAsk{7, {8}, {5}, 0}, wire::decode_points_ask));
  CHECK(refused(wire::PointsAsk{7, {8}, {5}, -1}, wire::decode_points_ask));
  CHECK(refused(wire::CardAsk{"", {5}}, wire::decode_card_ask));
  CHECK(refused(wire::CardAsk{std::string(wire::card_code_chars_max + 1, 'A'), {5}}, wire::decode_card_ask));
  CHECK(refused(wire::PointsWord{7, HubWord::confirmed, {}, std::nullopt, 1}, wire::decode_points_word));
  CHECK(refused(wire::PointsWord{7, HubWord::silent, {}, std::nullopt, 1}, wire::decode_points_word));
  auto stock = lease;
  stock.kind = model::LeaseKind::game_stock;
  CHECK(refused(wire::PointsWord{7, HubWord::confirmed, {}, stock, 1}, wire::decode_points_word));
  CHECK(refused(wire::CardWord{HubWord::unknown, {}, std::nullopt, {}, 1}, wire::decode_card_word));
  CHECK(refused(wire::CardWord{HubWord::confirmed, {}, wire::MemberRow{{}, 5, 0, 1, {}, {}}, {}, 1},
                wire::decode_card_word));
}
