// SPDX-License-Identifier: Apache-2.0
#include "sync/model/replay.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

namespace {

model::Programme programme() {
  const auto parsed = model::parse_programme(base::view_of(std::string_view{R"({
    "version": 3, "brand_name": {"zh-CN": "磨坊", "en": "Millpond"}, "currency": "CNY",
    "earn": {"points": 1, "per_minor": 100}, "zone": [{"from": "2020-01-01T00:00:00Z", "offset_min": 480}],
    "tiers": [{"name": {"zh-CN": "a", "en": "b"}, "threshold_minor": 0},
              {"name": {"zh-CN": "c", "en": "d"}, "threshold_minor": 900}],
    "coupons": [{"id": 7, "name": {"zh-CN": "满减券", "en": "Five off"}, "type": "amount_off", "value_minor": 500,
                 "threshold_minor": 2000, "valid": {"days": 30}}],
    "campaigns": [
      {"id": 1, "name": {"zh-CN": "甲", "en": "A"}, "trigger": {"on": "sale_paid"},
       "starts": "2026-01-01", "ends": "2026-12-31",
       "when": {"paid_at_least_minor": 3000}, "offline": "decide",
       "actions": [{"coupon": 7}], "caps": {"per_member_day": 1}},
      {"id": 2, "name": {"zh-CN": "乙", "en": "B"}, "trigger": {"on": "sale_paid"},
       "starts": "2026-01-01", "ends": "2026-12-31",
       "when": {"tier_at_least": 1}, "offline": "defer", "actions": [{"points": 20}], "caps": {"count": 2}},
      {"id": 3, "name": {"zh-CN": "丙", "en": "C"}, "trigger": {"on": "enrolment"},
       "starts": "2026-01-01", "ends": "2026-12-31",
       "offline": "deny", "actions": [{"points": 1}]}],
    "notices": {"membership": {"zh-CN": "入会须知", "en": "Terms"}, "marketing": {"zh-CN": "消息", "en": "News"}}
  })"}));
  REQUIRE(parsed);
  return *parsed;
}

std::string sale(int number, const char* at, int member, int eligible_minor, const char* more = "") {
  return R"({"at": ")" + std::string{at} + R"(", "transaction": "T-)" + std::to_string(number) +
         R"(", "store": 4, "member": )" + std::to_string(member) + R"(, "eligible_minor": )" +
         std::to_string(eligible_minor) +
         R"(, "paid_with": ["wechat_pay"], "lines": [{"sku": "oolong", "quantity": "1", "net_minor": 100}])" + more +
         "}";
}

}  // namespace

TEST_CASE("Sales of the past are given what the programme would have given", "[replay]") {
  const auto of = programme();
  model::Replay replay{{}, of};
  const std::vector<std::string> sales{
      sale(1, "2026-11-21T09:00:00+08:00", 5, 3'000, R"(, "tier": 1)"),
      sale(2, "2026-11-21T18:00:00+08:00", 5, 4'000, R"(, "tier": 1)"),  // the same day: no second coupon
      sale(3, "2026-11-22T00:30:00+08:00", 5, 4'000, R"(, "tier": 1)"),  // the campaign of points gave both it has
      sale(4, "2026-11-22T09:00:00+08:00", 6, 2'999, R"(, "tier": 0)"),
      sale(5, "2026-11-22T09:10:00+08:00", 7, 9'000),
      sale(6, "2026-11-22T09:20:00+08:00", 0, 9'000),
  };
  for (const auto& each : sales) {
    const auto parsed = model::parse_past_event(base::view_of(each), 2);
    CAPTURE(each, parsed ? "" : parsed.error().detail);
    REQUIRE(parsed);
    replay.on(*parsed);
  }
  CHECK(replay.sales() == 6);
  CHECK(replay.eligible_minor() == 3'000 + 4'000 + 4'000 + 2'999 + 9'000 + 9'000);
  const auto& campaigns = replay.campaigns();
  CHECK(campaigns.at({1}) == model::ReplayedCampaign{.looked_at = 4,
                                                     .gave = 3,
                                                     .members = 2,
                                                     .coupons = 3,
                                                     .face_minor = 1'500,
                                                     .blind_gave = 4,  // nobody could say that it was the second
                                                     .blind_minor = 2'000});
  CHECK(campaigns.at({2}).gave == 2);
  CHECK(campaigns.at({2}).points == 40);
  CHECK_FALSE(campaigns.contains({3}));
}

TEST_CASE("A sale of the past that cannot be read names the place", "[replay]") {
  const auto problem = [](const std::string& json) {
    const auto parsed = model::parse_past_event(base::view_of(json), 2);
    return parsed ? std::string{} : parsed.error().detail;
  };
  CHECK(problem(sale(1, "2026-11-21", 5, 1)) == "/at: must be a moment like 2026-01-01T00:00:00+08:00");
  CHECK(problem(sale(1, "2026-11-21T09:00:00Z", 5, -1)).starts_with("/eligible_minor: must be a whole number"));
  CHECK(problem(sale(1, "2026-11-21T09:00:00Z", 5, 1, R"(, "tier": 2)")).starts_with("/tier: must be a whole number"));
  CHECK(problem(sale(1, "2026-11-21T09:00:00Z", 5, 1, R"(, "name": "x")")) == "/name: is not known");
  CHECK(problem("{") == "/: is not JSON");
}
