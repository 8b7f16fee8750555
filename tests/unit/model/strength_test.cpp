// SPDX-License-Identifier: Apache-2.0
#include "sync/model/strength.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

using namespace millpond;
using model::Strength;
using model::Surface;

namespace {

// "points coupon number balance": what may stand there.
std::string words(const model::Shown& shown) {
  std::string words;
  const auto say = [&](bool may, const char* word) {
    if (!may) return;
    if (!words.empty()) words += ' ';
    words += word;
  };
  say(shown.points_of_sale, "points");
  say(shown.coupon_of_sale, "coupon");
  say(shown.number, "number");
  say(shown.balance, "balance");
  say(shown.name, "name");
  say(shown.tier_and_coupons, "coupons");
  say(shown.code, "code");
  return words;
}

}  // namespace

TEST_CASE("What each surface shows follows from how the member identified themselves") {
  struct Row {
    Surface surface;
    const char* nobody;
    const char* typed;
    const char* known;  // by a code, a cashier's word, a message or their own phone
  };
  for (const auto& row :
       std::vector<Row>{{Surface::kiosk_screen, "", "points coupon", "points coupon number balance name coupons code"},
                        {Surface::sale_slip, "", "points coupon", "points coupon number balance"},
                        {Surface::card_slip, "", "", "number name code"},
                        {Surface::till_answer, "", "points coupon", "points coupon number balance coupons"},
                        {Surface::command_line, "", "", "number balance coupons code"}}) {
    CAPTURE(static_cast<int>(row.surface));
    CHECK(words(model::shown(Strength::nobody, row.surface)) == row.nobody);
    CHECK(words(model::shown(Strength::phone_typed, row.surface)) == row.typed);
    for (const auto strength :
         {Strength::member_code, Strength::vouched, Strength::phone_verified, Strength::rotating_code}) {
      CHECK(words(model::shown(strength, row.surface)) == row.known);
    }
  }
}
