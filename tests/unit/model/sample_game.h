// SPDX-License-Identifier: Apache-2.0
// A tea shop's wheel that publication accepts, as a value and as a document, for tests to spoil.
#pragma once

#include "sync/model/game.h"

#include <string>

namespace millpond::model {

inline const std::string sample_game_json = R"({
  "version": 3, "campaign": 7, "kind": "wheel", "country": "CN", "currency": "CNY",
  "name": {"zh-CN": "幸运转盘", "en": "Lucky wheel"},
  "starts": "2026-11-01", "ends": "2026-11-30", "redeem_by": "2026-12-31",
  "age_min": 18, "chance_days": 7, "draws_a_member_day_max": 3, "winners_shown_above_minor": 50000,
  "deck": {"cards": 1000, "online_cards": 100, "slice_cards": 50},
  "prizes": [
    {"number": 1, "name": {"zh-CN": "茶具", "en": "Tea set"}, "kind": "gift", "value_minor": 88800, "quantity": 5,
     "weight_ppm": 1000, "rare": true,
     "tax": {"class": "incidental_income", "rate_bp": 2000, "free_up_to_minor": 80000}},
    {"number": 2, "name": {"zh-CN": "奶茶券", "en": "Milk tea"}, "kind": "coupon", "coupon": 12, "value_minor": 1800,
     "quantity": 300, "weight_ppm": 100000},
    {"number": 3, "name": {"zh-CN": "10 积分", "en": "10 points"}, "kind": "points", "points": 10, "value_minor": 10,
     "weight_ppm": 399000},
    {"number": 4, "name": {"zh-CN": "谢谢参与", "en": "Better luck next time"}, "kind": "nothing", "value_minor": 0,
     "weight_ppm": 500000}
  ],
  "fallback": 3,
  "notice": {
    "conditions": {"zh-CN": "每满 30 元一次", "en": "One draw for each 30.00"},
    "draw_method": {"zh-CN": "门店转盘", "en": "At the wheel in the shop"},
    "redemption_method": {"zh-CN": "门店领取", "en": "At the counter"},
    "organiser": {"zh-CN": "磨坊池茶饮", "en": "Millpond Tea"},
    "contact": {"zh-CN": "400 000 0000", "en": "400 000 0000"}
  }
})";

// Stops the test when the document above is no game.
inline Game sample_game() { return *read_game(base::view_of(sample_game_json)); }

inline base::LocalDate day(std::string_view text) { return *base::parse_date(text); }

}  // namespace millpond::model
