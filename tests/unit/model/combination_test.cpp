// SPDX-License-Identifier: Apache-2.0
#include "sync/model/combination.h"

#include "sync/model/allocate.h"
#include "tests/unit/model/offers.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <numeric>

using namespace millpond;
using model::CouponType;
using model::Hurdle;
using tests::day_of;
using tests::held_of;
using tests::line_of;
using tests::offer_of;
using tests::sunday_afternoon;

namespace {

const model::Shopper anybody{};

model::Basket basket_of(std::vector<model::BasketLine> lines, std::int64_t delivery_minor = 0) {
  return {base::StoreId{4}, std::move(lines), delivery_minor};
}

std::vector<std::int64_t> lines_off(const model::Combination& combination, std::size_t lines) {
  std::vector<std::int64_t> sums(lines);
  for (const auto& taken : combination.taken) {
    for (std::size_t i = 0; i < lines; ++i) sums[i] += taken.by_line[i];
  }
  return sums;
}

}  // namespace

TEST_CASE("Each type of coupon takes off what it says", "[combination]") {
  const auto basket =
      basket_of({line_of("oolong", 2'800), line_of("latte", 4'500, 2), line_of("cake", 1'900, 1, "food")}, 600);
  struct Row {
    std::string_view what;
    model::CouponOffer offer;
    std::int64_t discount;
    std::vector<std::int64_t> by_line;
  };
  auto amount = offer_of(1, CouponType::amount_off, 1'000);
  amount.threshold_minor = 9'200;
  auto every = amount;
  every.threshold_minor = 3'000;
  every.times_max = 5;
  auto every_twice = every;
  every_twice.times_max = 2;
  auto of_food = offer_of(1, CouponType::amount_off, 5'000);
  of_food.scope.categories = {"food"};
  auto tenth = offer_of(1, CouponType::percent_off, 1'000);
  auto tenth_capped = tenth;
  tenth_capped.cap_minor = 500;
  auto of_latte = offer_of(1, CouponType::percent_off, 3'333);
  of_latte.scope.items = {"latte"};
  auto not_cake = offer_of(1, CouponType::percent_off, 5'000);
  not_cake.scope.not_items = {"cake"};
  auto gift = offer_of(1, CouponType::gift, 10'000);
  gift.rewards = {"cake", "latte"};
  auto gift_capped = gift;
  gift_capped.cap_minor = 2'000;
  auto exchange = offer_of(1, CouponType::exchange, 10'000);
  exchange.rewards = {"cake"};
  exchange.exchange_minor = 900;
  auto delivery = offer_of(1, CouponType::free_delivery, 1'000);
  auto delivery_capped = offer_of(1, CouponType::free_delivery, 400);
  const std::vector<Row> rows{
      {"an amount, its threshold just reached", amount, 1'000, {304, 489, 207}},
      {"every 3,000 of 9,200", every, 3'000, {913, 1'467, 620}},
      {"every 3,000, at most twice", every_twice, 2'000, {609, 978, 413}},
      {"an amount of one category takes no more than there is", of_food, 1'900, {0, 0, 1'900}},
      {"a tenth off", tenth, 920, {280, 450, 190}},
      {"a tenth off, capped", tenth_capped, 500, {152, 245, 103}},
      {"a third off one item, rounded once", of_latte, 1'500, {0, 1'500, 0}},
      {"half off all but cake", not_cake, 3'650, {1'400, 2'250, 0}},
      {"the dearer unit of the gifts", gift, 2'250, {0, 2'250, 0}},
      {"a gift up to its cap", gift_capped, 2'000, {0, 2'000, 0}},
      {"an item for an added price", exchange, 1'000, {0, 0, 1'000}},
      {"free delivery", delivery, 600, {0, 0, 0}},
      {"free delivery up to its cap", delivery_capped, 400, {0, 0, 0}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    const std::vector shown{held_of(row.offer, 1)};
    const auto combination = model::best_combination(basket, shown, anybody, sunday_afternoon);
    CHECK(combination.discount_minor == row.discount);
    CHECK(lines_off(combination, 3) == row.by_line);
    CHECK(combination.refused.empty());
  }
}

TEST_CASE("Why a coupon does not apply is said with what is missing", "[combination]") {
  const auto basket = basket_of({line_of("oolong", 2'800)});
  struct Row {
    std::string_view what;
    model::CouponOffer offer;
    model::HeldCoupon held;
    model::CouponRefused refused;
  };
  const auto plain = [] { return offer_of(1, CouponType::amount_off, 100); };
  std::vector<Row> rows;
  const auto row = [&](std::string_view what, model::CouponRefused refused, auto change) {
    Row made{what, plain(), {}, refused};
    made.held = held_of(made.offer, 1);
    change(made.offer, made.held);
    rows.push_back(std::move(made));
  };
  using Offer = model::CouponOffer;
  using Held = model::HeldCoupon;
  row("its days are over", {.why = Hurdle::expired, .date = day_of("2026-11-21")},
      [](Offer&, Held& held) { held.days.last = day_of("2026-11-21"); });
  row("another member's", {.why = Hurdle::other_member}, [](Offer&, Held& held) { held.member.value = 9; });
  row("another store's", {.why = Hurdle::store}, [](Offer& offer, Held&) { offer.scope.stores = {3, 5}; });
  row("a tier that is not known", {.why = Hurdle::tier}, [](Offer& offer, Held&) { offer.scope.tiers = {1}; });
  row("a tag that is not known", {.why = Hurdle::tag}, [](Offer& offer, Held&) { offer.scope.tags = {"student"}; });
  row("used as often as a member may", {.why = Hurdle::used_up, .missing = 2}, [](Offer& offer, Held& held) {
    offer.caps.per_member = 2;
    held.use.by_member = 2;
  });
  row("used up today", {.why = Hurdle::used_up, .missing = 1}, [](Offer& offer, Held& held) {
    offer.caps.per_member_day = 1;
    held.use.by_member_today = 1;
  });
  row("the offer's money is gone", {.why = Hurdle::used_up, .missing = 500}, [](Offer& offer, Held& held) {
    offer.caps.money_minor = 500;
    held.use.money_minor = 500;
  });
  row("not yet good", {.why = Hurdle::not_yet, .date = day_of("2026-11-23")},
      [](Offer&, Held& held) { held.days.first = day_of("2026-11-23"); });
  row("not on Sundays", {.why = Hurdle::weekday, .date = day_of("2026-11-23")},
      [](Offer& offer, Held&) { offer.hours.weekdays = 0x1f; });
  row("no good weekday before it ends", {.why = Hurdle::weekday}, [](Offer& offer, Held& held) {
    offer.hours.weekdays = 0x01;
    held.days.last = day_of("2026-11-22");
  });
  row("not at this hour", {.why = Hurdle::hours, .minute = 900}, [](Offer& offer, Held&) {
    offer.hours.from_min = 900;
    offer.hours.to_min = 960;
  });
  row("its last minute is over", {.why = Hurdle::hours, .minute = 600}, [](Offer& offer, Held&) {
    offer.hours.from_min = 600;
    offer.hours.to_min = 870;  // half-open: 14:30 is out
  });
  row("no goods of its kind", {.why = Hurdle::no_goods},
      [](Offer& offer, Held&) { offer.scope.categories = {"food"}; });
  row("4.20 short", {.why = Hurdle::threshold, .missing = 420},
      [](Offer& offer, Held&) { offer.threshold_minor = 3'220; });
  row("no gift in the basket", {.why = Hurdle::no_reward}, [](Offer& offer, Held&) {
    offer.type = CouponType::gift;
    offer.rewards = {"cake"};
    offer.cap_minor = 100;
  });
  for (auto& each : rows) {
    CAPTURE(each.what);
    each.held.offer = &each.offer;
    const std::vector shown{each.held};
    const auto combination = model::best_combination(basket, shown, anybody, sunday_afternoon);
    CHECK(combination.taken.empty());
    REQUIRE(combination.refused.size() == 1);
    CHECK(combination.refused[0] == each.refused);
  }
}

TEST_CASE("A window that passes midnight holds on both sides of it", "[combination]") {
  const model::WeekHours night{0x7f, 22 * 60, 2 * 60};
  CHECK(model::within_hours(night, {{}, 22 * 60}));
  CHECK(model::within_hours(night, {{}, 0}));
  CHECK(model::within_hours(night, {{}, 119}));
  CHECK_FALSE(model::within_hours(night, {{}, 120}));
  CHECK_FALSE(model::within_hours(night, {{}, 21 * 60 + 59}));
}

TEST_CASE("A member of the tier and with the tag may use what others may not", "[combination]") {
  const auto basket = basket_of({line_of("oolong", 2'800)});
  auto offer = offer_of(1, CouponType::amount_off, 100);
  offer.scope.tiers = {1, 2};
  offer.scope.tags = {"staff", "student"};
  offer.scope.stores = {4};
  model::Shopper shopper;
  shopper.member.value = 7;
  shopper.tier = 2;
  shopper.tags = std::vector<std::string>{"early", "student"};
  const std::vector shown{held_of(offer, 1)};
  CHECK(model::best_combination(basket, shown, shopper, sunday_afternoon).discount_minor == 100);
  shopper.tier = 0;
  CHECK(model::best_combination(basket, shown, shopper, sunday_afternoon).refused[0].why == Hurdle::tier);
}

TEST_CASE("Coupons that do not go together leave the better one", "[combination]") {
  const auto basket = basket_of({line_of("oolong", 10'000)});
  auto five = offer_of(1, CouponType::amount_off, 500);
  auto eight = offer_of(2, CouponType::amount_off, 800);
  auto twelve = offer_of(3, CouponType::amount_off, 1'200);
  const auto best = [&](std::vector<model::HeldCoupon> shown) {
    return model::best_combination(basket, shown, anybody, sunday_afternoon);
  };

  SECTION("of one group") {
    five.stack_group = eight.stack_group = "order";
    const auto both = best({held_of(five, 1), held_of(eight, 2)});
    CHECK(both.discount_minor == 800);
    REQUIRE(both.refused.size() == 1);
    CHECK(both.refused[0] == model::CouponRefused{.coupon = 0, .why = Hurdle::stack_group, .other = base::CouponId{2}});
  }
  SECTION("an exclusive one must be worth strictly more") {
    auto thirteen = offer_of(4, CouponType::amount_off, 1'300);
    thirteen.exclusive = true;
    const auto equal = best({held_of(thirteen, 1, "2026-11-22"), held_of(five, 2), held_of(eight, 3)});
    CHECK(equal.taken.size() == 2);
    CHECK(equal.refused[0] == model::CouponRefused{.coupon = 0, .why = Hurdle::exclusive});
    thirteen.value_minor = 1'301;
    const auto more = best({held_of(thirteen, 1), held_of(five, 2), held_of(eight, 3)});
    REQUIRE(more.taken.size() == 1);
    CHECK(more.discount_minor == 1'301);
    CHECK(more.refused[0] == model::CouponRefused{.coupon = 1, .why = Hurdle::exclusive});
  }
  SECTION("among equals the one that ends earlier, then the smaller number") {
    auto other = offer_of(5, CouponType::amount_off, 500);
    five.stack_group = other.stack_group = "order";
    CHECK(best({held_of(five, 1, "2026-12-02"), held_of(other, 9, "2026-12-01")}).taken[0].coupon == 1);
    CHECK(best({held_of(five, 3, "2026-12-01"), held_of(other, 2, "2026-12-01")}).taken[0].coupon == 1);
  }
  SECTION("one coupon shown twice is one coupon") {
    const auto twice = best({held_of(five, 1), held_of(five, 1)});
    CHECK(twice.discount_minor == 500);
    CHECK(twice.refused[0].why == Hurdle::per_sale);
  }
  SECTION("more of an offer than one sale takes") {
    five.caps.per_sale = 2;
    const auto three = best({held_of(five, 1), held_of(five, 2), held_of(five, 3)});
    CHECK(three.discount_minor == 1'000);
    REQUIRE(three.refused.size() == 1);
    CHECK(three.refused[0] == model::CouponRefused{.coupon = 2, .why = Hurdle::per_sale, .missing = 2});
  }
  SECTION("the offer's money ends within the sale") {
    twelve.caps.money_minor = 2'000;
    CHECK(best({held_of(twelve, 1), held_of(twelve, 2)}).discount_minor == 1'200);
  }
  SECTION("what leaves nothing of its goods") {
    auto all = offer_of(6, CouponType::amount_off, 10'000);
    all.priority = 9;
    const auto rest = best({held_of(five, 1), held_of(all, 2)});
    CHECK(rest.discount_minor == 10'000);
    CHECK(rest.refused[0].why == Hurdle::no_rest);
  }
  SECTION("the sixth waits") {
    std::vector<model::HeldCoupon> shown;
    for (std::uint64_t i = 1; i <= 5; ++i) shown.push_back(held_of(eight, i));
    shown.insert(shown.begin(), held_of(five, 99));
    const auto six = best(shown);
    CHECK(six.discount_minor == 4'000);
    REQUIRE(six.refused.size() == 1);
    CHECK(six.refused[0] == model::CouponRefused{.coupon = 0, .why = Hurdle::too_many});
  }
}

TEST_CASE("Many alike coupons leave the others room", "[combination]") {
  // What a regular guest holds who was thanked after every visit.
  auto thanks = offer_of(6, CouponType::amount_off, 600);
  thanks.caps.per_sale = 1;
  const auto birthday = offer_of(7, CouponType::amount_off, 800);
  const auto delivery = offer_of(8, CouponType::free_delivery, 9'999);
  const auto basket = basket_of({line_of("oolong", 6'000)}, 500);
  std::vector<model::HeldCoupon> shown;
  for (std::uint64_t i = 1; i <= 6; ++i) shown.push_back(held_of(thanks, i));
  shown.push_back(held_of(birthday, 7));
  shown.push_back(held_of(delivery, 8));
  const auto combination = model::best_combination(basket, shown, anybody, sunday_afternoon);
  CHECK(combination.discount_minor == 800 + 600 + 500);
  REQUIRE(combination.refused.size() == 5);
  for (const auto& each : combination.refused) {
    CHECK(each.why == Hurdle::per_sale);
    CHECK(each.missing == 1);
  }
  REQUIRE(combination.taken.size() == 3);

  SECTION("and so do many that are of one group, or go with no other") {
    std::vector<model::CouponOffer> offers;
    for (std::uint32_t i = 0; i < 20; ++i) {
      offers.push_back(offer_of(20 + i, CouponType::amount_off, 700 - static_cast<std::int64_t>(i)));
      offers.back().stack_group = "x";
      offers.push_back(offer_of(50 + i, CouponType::amount_off, 1'500 - static_cast<std::int64_t>(i)));
      offers.back().exclusive = true;
    }
    for (const auto& offer : offers) shown.push_back(held_of(offer, offer.id.value));
    const auto more = model::best_combination(basket, shown, anybody, sunday_afternoon);
    CHECK(more.discount_minor == 800 + 600 + 500 + 700);
    CHECK(more.taken.size() + more.refused.size() == shown.size());
  }
}

TEST_CASE("A unit is given away or exchanged once", "[combination]") {
  auto small_gift = offer_of(1, CouponType::gift, 2'000);
  small_gift.rewards = {"latte"};
  auto other_gift = offer_of(2, CouponType::gift, 2'000);
  other_gift.rewards = {"latte"};
  const auto one_cup = basket_of({line_of("latte", 2'800)});
  const auto one = model::best_combination(one_cup, std::vector{held_of(small_gift, 1), held_of(other_gift, 2)},
                                           anybody, sunday_afternoon);
  CHECK(one.discount_minor == 2'000);
  REQUIRE(one.refused.size() == 1);
  CHECK(one.refused[0].why == Hurdle::no_rest);

  auto exchange = offer_of(3, CouponType::exchange, 0);
  exchange.exchange_minor = 300;
  exchange.cap_minor = 9'999;
  exchange.rewards = {"latte"};
  const auto two_cups = basket_of({line_of("latte", 2'000, 2)});
  const auto three =
      model::best_combination(two_cups, std::vector{held_of(exchange, 1), held_of(exchange, 2), held_of(exchange, 3)},
                              anybody, sunday_afternoon);
  CHECK(three.discount_minor == 2 * 700);
  CHECK(three.taken.size() == 2);
}

TEST_CASE("What a till excludes counts for no coupon", "[combination]") {
  auto card = line_of("card", 10'000);
  card.excluded = true;
  auto tenth = offer_of(1, CouponType::percent_off, 1'000);
  tenth.cap_minor = 5'000;
  auto from_fifty = offer_of(2, CouponType::amount_off, 800);
  from_fifty.threshold_minor = 5'000;
  auto gift = offer_of(3, CouponType::gift, 9'999);
  gift.rewards = {"card"};
  const auto basket = basket_of({line_of("latte", 2'000), card});
  const auto weighed = model::best_combination(
      basket, std::vector{held_of(tenth, 1), held_of(from_fifty, 2), held_of(gift, 3)}, anybody, sunday_afternoon);
  CHECK(weighed.discount_minor == 200);
  REQUIRE(weighed.taken.size() == 1);
  CHECK(weighed.taken[0].by_line == std::vector<std::int64_t>{200, 0});
  REQUIRE(weighed.refused.size() == 2);
  CHECK(weighed.refused[0].why == Hurdle::threshold);
  CHECK(weighed.refused[0].missing == 3'000);
  CHECK(weighed.refused[1].why == Hurdle::no_reward);
  const auto nothing =
      model::best_combination(basket_of({card}), std::vector{held_of(tenth, 1)}, anybody, sunday_afternoon);
  REQUIRE(nothing.refused.size() == 1);
  CHECK(nothing.refused[0].why == Hurdle::no_goods);
}

TEST_CASE("Gifts come first, then items, then the order, amounts before percentages", "[combination]") {
  const auto basket = basket_of({line_of("oolong", 3'000), line_of("latte", 5'000, 2)}, 500);
  auto order_percent = offer_of(1, CouponType::percent_off, 1'000);
  auto order_amount = offer_of(2, CouponType::amount_off, 1'000);
  auto item_amount = offer_of(3, CouponType::amount_off, 700);
  item_amount.scope.items = {"latte"};
  auto gift = offer_of(4, CouponType::gift, 9'999);
  gift.rewards = {"latte"};
  const auto delivery = offer_of(5, CouponType::free_delivery, 9'999);
  const std::vector shown{held_of(order_percent, 1), held_of(order_amount, 2), held_of(item_amount, 3),
                          held_of(gift, 4), held_of(delivery, 5)};
  const auto combination = model::best_combination(basket, shown, anybody, sunday_afternoon);
  std::vector<std::size_t> order;
  for (const auto& taken : combination.taken) order.push_back(taken.coupon);
  CHECK(order == std::vector<std::size_t>{3, 2, 1, 0, 4});
  // 8,000 - 2,500 gift - 700 latte - 1,000 order = 3,800; a tenth of it is 380; delivery 500.
  CHECK(combination.discount_minor == 2'500 + 700 + 1'000 + 380 + 500);
  CHECK(lines_off(combination, 2) == std::vector<std::int64_t>{625 + 238, 2'500 + 700 + 375 + 142});
}

TEST_CASE("Amounts at the end of their type do not overflow", "[combination]") {
  constexpr auto huge = std::numeric_limits<std::int64_t>::max();
  const auto basket = basket_of({line_of("a", huge), line_of("b", huge), line_of("c", -5)}, huge);
  auto amount = offer_of(1, CouponType::amount_off, huge);
  amount.threshold_minor = 1;
  amount.times_max = 1'000;
  const auto percent = offer_of(2, CouponType::percent_off, 10'000);
  const auto delivery = offer_of(3, CouponType::free_delivery, huge);
  const std::vector shown{held_of(amount, 1), held_of(percent, 2), held_of(delivery, 3)};
  const auto combination = model::best_combination(basket, shown, anybody, sunday_afternoon);
  CHECK(combination.discount_minor >= 0);
  const auto off = lines_off({{combination.taken[0]}, {}, 0}, 3);
  CHECK(off[2] == 0);
  for (const auto each : off) CHECK(each >= 0);
}
