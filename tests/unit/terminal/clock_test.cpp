// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/terminal/shop.h"

using namespace millpond;
using base::Code;
using tests::Brand;
using tests::noon_ms;
using tests::Shop;

namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t year_ms = 3'652'425 * day_ms / 10'000;

// A shop with a member who holds two coupons of today, good for 30 days.
struct Counter {
  Brand brand;
  Shop shop{brand};
  base::MemberId member = shop.enrol("13800138000");
  std::string first = shop.post(shop.sale_of("T-0", 4200, member)).issued.at(0).code_text;
  std::string second = shop.post(shop.sale_of("T-1", 4200, member)).issued.at(0).code_text;
  int number = 1;

  Counter() { shop.hub_says_time(noon_ms); }

  void start_with_clock_at(std::int64_t wall_ms, const std::string& boot) {
    shop.close();
    shop.boot_id = boot;
    shop.clock.set_wall_ms(wall_ms);
    shop.clock.set_monotonic_ms(5'000);
    shop.open();
  }
  terminal::SaleOutcome sell(const std::string& coupon = {}) {
    auto request = shop.sale_of("T-" + std::to_string(++number), 4'200, member);
    if (!coupon.empty()) request.redemptions = {coupon};
    return shop.post(request);
  }
};

std::string refusal_of(const terminal::SaleOutcome& outcome) {
  return outcome.refused.empty() ? std::string{} : std::string{base::code_name(outcome.refused.front().code)};
}

}  // namespace

TEST_CASE("A clock that goes wrong while the machine runs neither honours nor refuses a coupon by it", "[clock]") {
  for (const auto wrong_ms : {noon_ms + 10 * year_ms, noon_ms - 10 * year_ms, std::int64_t{0}, noon_ms - 5 * day_ms}) {
    CAPTURE(wrong_ms);
    Counter counter;
    counter.shop.clock.advance_ms(29 * day_ms);
    counter.shop.clock.set_wall_ms(wrong_ms);
    const auto on_a_good_day = counter.sell(counter.first);
    CHECK(on_a_good_day.redeemed.size() == 1);
    REQUIRE_FALSE(on_a_good_day.issued.empty());
    CHECK(on_a_good_day.issued.at(0).coupon.not_before == base::LocalDate{20'778 + 29});
    CHECK(counter.shop.facts().back().stamp.local_date == base::LocalDate{20'778 + 29});
    counter.shop.clock.set_monotonic_ms(counter.shop.clock.monotonic_ms() + 2 * day_ms);
    CHECK(refusal_of(counter.sell(counter.second)) == "code_expired");
  }
}

TEST_CASE("A terminal that starts without a line and without the time earns and judges no coupon", "[clock]") {
  for (const auto wrong_ms : {noon_ms + 10 * year_ms, noon_ms - 10 * year_ms, std::int64_t{0}, noon_ms - 5 * day_ms}) {
    CAPTURE(wrong_ms);
    Counter counter;
    counter.start_with_clock_at(wrong_ms, "boot-2");
    const auto refused = counter.sell(counter.first);
    CHECK(refused.kind == terminal::SaleOutcome::Kind::recorded);
    CHECK(refused.points_earned == 42);
    CHECK(refusal_of(refused) == "time_unknown");
    CHECK(refused.issued.empty());
    const auto booked = counter.shop.facts_of<model::CouponOverRedeemed>();
    REQUIRE(booked.size() == 1);
    CHECK(booked.front().reason == "time_unknown");
    // what needs no date is told as ever
    CHECK(counter.shop.terminal->member(counter.member)->coupons.size() == 2);
    REQUIRE(counter.shop.enrol("13900139000"));

    counter.shop.time->hear(noon_ms + day_ms);
    const auto honoured = counter.sell(counter.first);
    CHECK(honoured.redeemed.size() == 1);
    CHECK_FALSE(honoured.issued.empty());
  }
}

TEST_CASE("Setting the clock right is enough", "[clock]") {
  Counter counter;
  counter.start_with_clock_at(0, "boot-2");
  CHECK(refusal_of(counter.sell(counter.first)) == "time_unknown");
  counter.shop.clock.set_wall_ms(noon_ms + 2 * day_ms);
  CHECK(counter.sell(counter.first).redeemed.size() == 1);
}

TEST_CASE("A coupon that is spent is called spent on any day", "[clock]") {
  Counter counter;
  REQUIRE(counter.sell(counter.first).redeemed.size() == 1);
  counter.start_with_clock_at(0, "boot-2");
  CHECK(refusal_of(counter.sell(counter.first)) == "coupon_spent");
}

TEST_CASE("A terminal that never heard a hub goes by the days of its certificate", "[clock]") {
  Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  CHECK_FALSE(shop.post(shop.sale_of("T-1", 4'200, member)).issued.empty());
  shop.clock.set_wall_ms(0);
  const auto outcome = shop.post(shop.sale_of("T-2", 4'200, member));
  CHECK(outcome.issued.empty());
  CHECK(outcome.points_earned == 42);
}
