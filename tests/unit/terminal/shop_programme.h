// SPDX-License-Identifier: Apache-2.0
// The programme of the tests' shop.
#pragma once

#include <cstdint>
#include <string>

namespace millpond::tests {

// Members of a programme: a country where nobody agrees for somebody younger, and all the words there can be.
inline constexpr const char* strict_country =
    R"(, "country": {"code": "DE", "joining": {"age_min": 16, "guardians_agree": false}, "phone": {"calling_code": "49",
      "trunk": "0", "digits_min": 10, "digits_max": 11, "leads": ["15", "16", "17"]}, "profile_days": 14,
      "breach_told_hours": 72})";

inline std::string programme_json(std::uint32_t version = 1, const std::string& more = {}) {
  return R"({"version": )" + std::to_string(version) + R"(,
    "brand_name": {"zh-CN": "磨坊", "en": "Millpond"}, "currency": "CNY", "earn": {"points": 1, "per_minor": 100},
    "zone": [{"from": "2020-01-01T00:00:00Z", "offset_min": 480}], "tiers": [],
    "coupons": [{"id": 7, "name": {"zh-CN": "满减券", "en": "Five off"}, "type": "amount_off", "value_minor": 500,
      "threshold_minor": 2000, "valid": {"days": 30}}],
    "campaigns": [{"id": 7, "name": {"zh-CN": "支付有礼", "en": "Thank you"}, "trigger": {"on": "sale_paid"},
      "starts": "2026-01-01", "ends": "2027-12-31", "when": {"paid_at_least_minor": 3000}, "offline": "decide",
      "actions": [{"coupon": 7}]}],
    "notices": {"membership": {"zh-CN": "须知", "en": "Terms"}, "marketing": {"zh-CN": "消息", "en": "News"})" +
         (more.empty()
              ? std::string{"}"}
              : R"(, "profiling": {"zh-CN": "推荐", "en": "Yours"}, "partners": {"zh-CN": "合作方", "en": "Partners"}})" +
                    more) +
         "}";
}

}  // namespace millpond::tests
