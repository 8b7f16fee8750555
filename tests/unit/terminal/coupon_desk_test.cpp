// SPDX-License-Identifier: Apache-2.0
// What a till hears about coupons before the payment, what is kept for a basket, and what its sale then books.
#include "tests/unit/terminal/coupon_counter.h"

using namespace millpond;
using namespace millpond::tests;
using model::Honour;

TEST_CASE("A quote takes the member's own coupons that are worth most together, line by line", "[coupon_desk]") {
  Counter counter;
  const auto quote = counter.desk.quote(counter.basket());
  REQUIRE(quote);
  CHECK(quote->member == counter.member);
  CHECK(quote->total_minor == 6'100);
  // The cake is free, the second one is left for the exchange; a fifth of the drink, five off the rest, delivery.
  CHECK(taken(*quote) == Discounts{{gift, 1'700}, {exchange, 1'500}, {percent, 400}, {amount, 500}, {delivery, 600}});
  CHECK(quote->discount_minor == 4'700);
  for (const auto& each : quote->taken) {
    std::int64_t sum = 0;
    REQUIRE(each.by_line.size() == 3);
    for (const auto part : each.by_line) sum += part;
    CHECK(sum == each.coupon.discount_minor);
    if (each.coupon.campaign.value == delivery) CHECK(each.by_line == std::vector<std::int64_t>{0, 0, 600});
    if (each.coupon.campaign.value == percent) CHECK(each.by_line == std::vector<std::int64_t>{400, 0, 0});
  }
  REQUIRE(quote->refused.size() == 1);
  CHECK(quote->refused[0].code == Code::coupon_not_for_this);
  CHECK(quote->refused[0].hurdle->why == model::Hurdle::weekday);
  CHECK(base::format_date(quote->refused[0].date) == "2026-11-23");
  CHECK(counter.shop.facts_of<model::CouponRedeemed>().empty());
}

TEST_CASE("A quote says of each code why it is not used, with what is missing", "[coupon_desk]") {
  Counter counter;
  auto request = counter.basket();
  request.session_member = {};
  request.lines = {{"1", "oolong", "1", "food", 900, 0}};
  request.codes = {counter.of(amount), "K1:NONSENSE", counter.of(amount)};
  auto quote = counter.desk.quote(request);
  REQUIRE(quote);
  std::map<std::size_t, Code> why;
  for (const auto& each : quote->refused) why[each.index] = each.code;
  CHECK(why == std::map<std::size_t, Code>{
                   {0, Code::coupon_other_member}, {1, Code::code_malformed}, {2, Code::coupon_spent}});

  request.member_code = counter.shop.terminal->member_code(counter.member);
  request.codes = {counter.of(amount)};
  quote = counter.desk.quote(request);
  const auto reasons = refused(*quote);
  CHECK(quote->taken.empty());
  CHECK(reasons == std::map<std::uint32_t, Code>{{amount, Code::coupon_threshold},
                                                 {percent, Code::coupon_not_for_this},
                                                 {gift, Code::coupon_not_for_this},
                                                 {exchange, Code::coupon_not_for_this},
                                                 {delivery, Code::coupon_not_combined},
                                                 {mondays, Code::coupon_not_for_this}});
  CHECK(quote->refused.at(0).missing_minor == 1'100);

  request.currency = *base::parse_currency("JPY");
  CHECK(counter.desk.quote(request).error().code == Code::currency_mismatch);
}

TEST_CASE("A number that somebody typed is quoted none of its member's coupons, and nobody is enrolled",
          "[coupon_desk]") {
  Counter counter;
  auto request = counter.basket();
  request.member_code = "13800138000";
  const auto quote = counter.desk.quote(request);
  REQUIRE(quote);
  CHECK(quote->taken.empty());
  CHECK(quote->refused.empty());
  CHECK_FALSE(quote->member);
  request.member_code = "13911112222";
  REQUIRE(counter.desk.quote(request));
  CHECK(counter.shop.facts_of<model::MemberEnrolled>().size() == 1);
}

TEST_CASE("What is kept for a basket is its sale's: discounts by line are booked as they were quoted",
          "[coupon_desk]") {
  Counter counter;
  const auto basket = counter.basket("B-1");
  const auto kept = counter.keep(basket);
  CHECK(kept.until_ms == tests::noon_ms + 300'000);
  CHECK(counter.asked == 0);  // all rights are here
  for (const auto& each : kept.taken) CHECK(each.honour == Honour::own_right);

  const auto sale = counter.paid(basket);
  const auto outcome = counter.shop.post(sale);
  CHECK(outcome.member == counter.member);  // whose coupons they are is whose sale it is
  CHECK(outcome.refused.empty());
  CHECK_FALSE(outcome.basket_problem);
  Discounts booked;
  for (const auto& fact : counter.shop.facts_of<model::CouponRedeemed>())
    booked[fact.campaign.value] = fact.value_minor;
  CHECK(booked == taken(kept));
  std::map<base::CouponId, std::vector<model::LineDiscount>> lines;
  for (const auto& fact : counter.shop.facts_of<model::CouponApplied>()) {
    CHECK(fact.sale == outcome.seq);
    lines[fact.coupon] = fact.lines;
  }
  CHECK(lines.size() == 5);
  CHECK(lines[counter.coupons[gift].coupon.coupon] == std::vector<model::LineDiscount>{{1, 1'700}});
  CHECK(lines[counter.coupons[delivery].coupon.coupon] == std::vector<model::LineDiscount>{{2, 600}});

  CHECK(counter.shop.post(sale).kind == terminal::SaleOutcome::Kind::repeated);
  CHECK(counter.desk.release("till-1", "B-1").error().code == Code::not_found);
  auto again = counter.paid(basket);
  CHECK(counter.shop.post(again).basket_problem == Code::hold_ended);
}

TEST_CASE("What is kept for one basket is refused to every other, until it is let go", "[coupon_desk]") {
  Counter counter;
  REQUIRE_FALSE(counter.keep(counter.basket("B-1")).taken.empty());
  auto other = counter.basket("B-1", "till-2");
  CHECK(refused(*counter.desk.quote(other)).at(gift) == Code::coupon_held);
  CHECK(counter.keep(other).taken.empty());

  auto sale = counter.paid(other);
  sale.basket.clear();
  sale.member_code = other.member_code;
  sale.redemptions = {counter.of(gift)};
  const auto outcome = counter.shop.post(sale);
  CHECK(outcome.redeemed.empty());
  REQUIRE(outcome.refused.size() == 1);
  CHECK(outcome.refused[0].code == Code::coupon_held);
  CHECK(counter.shop.facts_of<model::CouponOverRedeemed>().at(0).reason == "coupon_held");

  // A start in between forgets nothing.
  counter.shop.close();
  counter.shop.open();
  terminal::CouponDesk desk{*counter.shop.terminal};
  CHECK(refused(*desk.quote(other)).at(gift) == Code::coupon_held);
  SECTION("released") {
    REQUIRE(desk.release("till-1", "B-1"));
    CHECK(taken(*desk.quote(other)).contains(gift));
  }
  SECTION("over") {
    CHECK(*desk.let_go() == 300'000);
    counter.shop.clock.advance_ms(300'000);
    CHECK(taken(*desk.quote(other)).contains(gift));
    CHECK_FALSE(*desk.let_go());
    CHECK(desk.release("till-1", "B-1").error().code == Code::not_found);
  }
}

TEST_CASE("The same basket again takes the place of what was kept for it", "[coupon_desk]") {
  Counter counter;
  REQUIRE(counter.keep(counter.basket("B-1")).taken.size() == 5);
  auto smaller = counter.basket("B-1");
  smaller.lines.resize(1);
  const auto again = counter.keep(smaller, 60'000);
  CHECK(taken(again) == Discounts{{percent, 400}, {amount, 500}});
  CHECK(again.until_ms == tests::noon_ms + 60'000);
  CHECK(taken(*counter.desk.quote(counter.basket({}, "till-2"))).contains(gift));
}

TEST_CASE("A till that forgot the basket's name, and one whose basket changed, use what was kept", "[coupon_desk]") {
  Counter counter;
  auto basket = counter.basket("B-1");
  REQUIRE(counter.keep(basket).taken.size() == 5);
  SECTION("the name is forgotten") {
    auto sale = counter.paid(basket);
    sale.basket.clear();
    sale.session_member = basket.session_member;
    sale.session_strength = basket.session_strength;
    sale.redemptions = {counter.of(gift)};
    const auto outcome = counter.shop.post(sale);
    CHECK(outcome.redeemed.size() == 5);
    CHECK(outcome.refused.empty());
  }
  SECTION("other goods") {
    basket.lines[0].net_minor = 1'000;
    const auto outcome = counter.shop.post(counter.paid(basket));
    Discounts booked;
    for (const auto& each : outcome.redeemed) booked[each.campaign.value] = each.discount_minor;
    CHECK(booked.at(percent) == 200);
  }
  SECTION("after the end, when nobody else took them") {
    counter.shop.clock.advance_ms(600'000);
    CHECK(counter.shop.post(counter.paid(basket)).redeemed.size() == 5);
  }
}

TEST_CASE("A sale without a quote books what its coupons take off, and refuses what does not fit", "[coupon_desk]") {
  Counter counter;
  auto sale = counter.paid(counter.basket());
  sale.member_code = counter.shop.terminal->member_code(counter.member);
  sale.redemptions = {counter.of(percent), counter.of(mondays), counter.of(delivery)};
  const auto outcome = counter.shop.post(sale);
  Discounts booked;
  for (const auto& each : outcome.redeemed) booked[each.campaign.value] = each.discount_minor;
  CHECK(booked == Discounts{{percent, 400}, {delivery, 600}});
  REQUIRE(outcome.refused.size() == 1);
  CHECK(outcome.refused[0].code == Code::coupon_not_for_this);
  CHECK(outcome.refused[0].hurdle->why == model::Hurdle::weekday);
}

TEST_CASE("A manager's word for a basket reaches coupons that come by card, and its sale", "[coupon_desk]") {
  Counter counter;
  auto& shop = counter.shop;
  // Their right is the hub's, so that without its word each use is a provisional one.
  REQUIRE(shop.journal->commit([&](store::Transaction& t) -> base::Result<> {
    MILLPOND_TRY_DO(t.append(model::RightsReleased{}, tests::noon_ms, 480, 1));
    const model::HonourLimits wide{3, 5'000, 50'000, 50, 24 * 3'600'000, 72 * 3'600'000, 50};
    return t.put_document("allowance", 3, wire::encode(wide));
  }));
  shop.hub_has_said_all();
  shop.hub_says_time(tests::noon_ms);
  const auto soon = counter.keep(counter.basket("B-0"));
  for (const auto& [offer, code] : refused(soon)) UNSCOPED_INFO(offer << " " << base::code_name(code));
  CHECK(soon.taken.size() == 5);
  REQUIRE(counter.desk.release("till-1", "B-0"));
  shop.clock.advance_ms(25 * 3'600'000);
  auto asked = counter.basket("B-1");
  const auto without = counter.keep(asked);
  CHECK(without.taken.empty());
  CHECK(refused(without).at(percent) == Code::approval_required);
  asked.approved_by = {4};
  const auto with = counter.keep(asked);
  CHECK(with.taken.size() == 5);
  // The till rings up one more thing and asks for no PIN again; another basket has no such word.
  asked.approved_by = {};
  CHECK(taken(counter.keep(asked)) == taken(with));
  const auto elsewhere = counter.keep(counter.basket("B-2", "till-2"));
  CHECK(elsewhere.taken.empty());
  CHECK(refused(elsewhere).at(percent) == Code::coupon_held);

  const auto sold = shop.post(counter.paid(asked));
  CHECK(sold.honoured == std::vector(5, Honour::provisional));
  for (const auto& use : shop.facts_of<model::CouponProvisional>()) CHECK(use.approved_by == base::StaffId{4});
  CHECK(shop.facts_of<model::ActApproved>().size() == 5);
}

TEST_CASE("A card alone brings no coupons that together take off more than the hub lets it", "[coupon_desk]") {
  Counter counter;
  auto& shop = counter.shop;
  const auto basket = counter.by_card("B-1");
  const std::map<std::uint32_t, Code> dear{{gift, Code::identity_too_weak},
                                           {exchange, Code::identity_too_weak},
                                           {delivery, Code::identity_too_weak},
                                           {mondays, Code::coupon_not_for_this}};
  const auto quoted = counter.desk.quote(basket);
  REQUIRE(quoted);
  CHECK(refused(*quoted) == dear);
  const auto kept = counter.keep(basket);
  CHECK(refused(kept) == dear);
  CHECK(taken(kept) == Discounts{{percent, 400}, {amount, 500}});  // 10.00 together

  // Whoever holds its code has the coupon itself.
  auto with_code = basket;
  with_code.codes = {counter.of(gift)};
  CHECK(taken(counter.keep(with_code)).at(gift) == 1'700);
  CHECK(taken(counter.keep(basket)).at(gift) == 1'700);  // and had it for this basket already
  CHECK(shop.post(counter.paid(basket)).redeemed.size() == 3);

  struct Row {
    std::int64_t card_minor_max;
    std::set<std::uint32_t> refused;
  };
  for (const auto& row : {Row{10'000, {}}, Row{1'500, {gift, exchange}}, Row{1'499, {gift, exchange, delivery}},
                          Row{500, {percent, gift, exchange, delivery}}}) {
    CAPTURE(row.card_minor_max);
    Counter other;
    REQUIRE(other.shop.journal->commit([&](store::Transaction& t) {
      auto told = limits;
      told.card_minor_max = row.card_minor_max;
      return t.put_document("allowance", 3, wire::encode(told));
    }));
    std::set<std::uint32_t> weak;
    for (const auto& [offer, code] : refused(other.keep(other.by_card("B-1")))) {
      if (code == Code::identity_too_weak) weak.insert(offer);
    }
    CHECK(weak == row.refused);
  }
}

TEST_CASE("Somebody's word lets a card bring dear coupons into one basket, and stands in its sale", "[coupon_desk]") {
  Counter counter;
  auto& shop = counter.shop;
  constexpr base::StaffId cashier{3};
  int words = 0;
  auto basket = counter.by_card("B-1");
  basket.vouched_by = [&](base::MemberId member) {
    ++words;
    CHECK(member == counter.member);
    return cashier;
  };
  // Nobody is asked where more than a picture was shown, or nothing is dear.
  auto certain = counter.basket("B-1");
  certain.vouched_by = basket.vouched_by;
  CHECK(counter.keep(certain).taken.size() == 5);
  REQUIRE(counter.desk.release("till-1", "B-1"));
  auto cheap = basket;
  cheap.lines.resize(1);
  CHECK(counter.keep(cheap).taken.size() == 2);
  CHECK(words == 0);

  const auto kept = counter.keep(basket);
  CHECK(kept.taken.size() == 5);
  CHECK(words == 1);
  CHECK(taken(counter.keep(counter.by_card("B-1"))) == taken(kept));  // the till rings up without asking again
  CHECK(refused(counter.keep(counter.by_card("B-2", "till-2"))).at(gift) == Code::coupon_held);
  CHECK(shop.facts_of<model::ActApproved>().empty());

  auto sale = counter.paid(basket);
  sale.member_code = basket.member_code;
  const auto sold = shop.post(sale);
  CHECK(sold.redeemed.size() == 5);
  CHECK(
      shop.facts_of<model::ActApproved>() ==
      std::vector{model::ActApproved{model::Act::identity_approved, cashier, {}, counter.member, sold.seq.value, {}}});
}

TEST_CASE("A coupon that a card brought grows dear with the basket no further than the hub lets it", "[coupon_desk]") {
  Counter counter;
  REQUIRE(counter.shop.journal->commit([&](store::Transaction& t) {
    auto told = limits;
    told.card_minor_max = 900;
    return t.put_document("allowance", 3, wire::encode(told));
  }));
  auto basket = counter.by_card("B-1");
  CHECK(taken(counter.keep(basket)) == Discounts{{percent, 400}, {amount, 500}});
  basket.lines[0].net_minor = 2'700;  // of which the percentage would take 5.40
  const auto sold = counter.shop.post(counter.paid(basket));
  REQUIRE(sold.redeemed.size() == 1);
  CHECK(sold.redeemed[0].campaign.value == amount);
  REQUIRE(sold.refused.size() == 1);
  CHECK(sold.refused[0].code == Code::identity_too_weak);
}

TEST_CASE("What the hub confirms for a basket is used by its sale, or given back", "[coupon_desk]") {
  Elsewhere counter;
  counter.use_up_own();
  const auto gift_id = counter.coupons.at(gift).coupon.coupon;
  counter.words = {{gift_id.value, HubWord::confirmed},
                   {counter.coupons.at(percent).coupon.coupon.value, HubWord::confirmed}};
  const auto kept = counter.keep(counter.two());
  CHECK(taken(kept) == Discounts{{gift, 1'700}, {percent, 400}});
  CHECK(counter.asked == 2);
  for (const auto& each : kept.taken) CHECK(each.honour == Honour::confirmed);
  CHECK(counter.keep(counter.two()).taken.size() == 2);  // the till lost the answer
  CHECK(counter.asked == 2);

  SECTION("the sale comes, and asks nobody") {
    const auto sale = counter.paid(counter.two());
    const auto asks = counter.shop.terminal->questions(sale);
    REQUIRE(asks);
    for (const auto& ask : asks->coupons) CHECK_FALSE(ask);
    const auto outcome = counter.shop.post(sale);
    CHECK(outcome.honoured == std::vector{Honour::confirmed, Honour::confirmed});
    const auto facts = counter.shop.facts_of<model::CouponConfirmed>();
    REQUIRE(facts.size() == 2);
    CHECK(facts[0].coupon == gift_id);
    CHECK(facts[0].value_minor == 1'700);
    CHECK(facts[0].receipt.front() == 9);
    CHECK(facts[0].redemption != model::redemption_id(counter.brand.id, sale.sale.key, gift_id));
    CHECK(counter.shop.facts_of<model::RedemptionCancelled>().empty());
  }
  SECTION("it does not come") {
    counter.shop.clock.advance_ms(300'000);
    REQUIRE(counter.desk.let_go());
    CHECK(counter.shop.facts_of<model::RedemptionCancelled>().size() == 2);
    REQUIRE(counter.desk.let_go());
    CHECK(counter.shop.facts_of<model::RedemptionCancelled>().size() == 2);
  }
  SECTION("it is released") {
    REQUIRE(counter.desk.release("till-1", "B-1"));
    CHECK(counter.shop.facts_of<model::RedemptionCancelled>().size() == 2);
  }
  SECTION("the basket goes on without one of them") {
    auto less = counter.two();
    less.lines.resize(1);
    CHECK(taken(counter.keep(less)) == Discounts{{percent, 400}});
    REQUIRE(counter.shop.facts_of<model::RedemptionCancelled>().size() == 1);
    CHECK(counter.shop.facts_of<model::RedemptionCancelled>()[0].coupon == gift_id);
  }
}

TEST_CASE("What the hub refuses, or limits do not allow, is refused, and the rest is worked out anew",
          "[coupon_desk]") {
  Elsewhere counter;
  counter.use_up_own();
  const auto gift_id = counter.coupons.at(gift).coupon.coupon;
  SECTION("refused by the hub") {
    counter.words = {{gift_id.value, HubWord::refused},
                     {counter.coupons.at(percent).coupon.coupon.value, HubWord::confirmed}};
    const auto kept = counter.keep(counter.two());
    CHECK(taken(kept) == Discounts{{percent, 400}});
    CHECK(refused(kept).at(gift) == Code::coupon_spent);
  }
  SECTION("the hub is silent: within the limits only, and what it may have confirmed is given back") {
    const auto kept = counter.keep(counter.two());
    CHECK(taken(kept) == Discounts{{percent, 400}});
    CHECK(kept.taken.at(0).honour == Honour::provisional);
    CHECK(refused(kept).at(gift) == Code::coupon_cap_value);
    CHECK(counter.shop.facts_of<model::RedemptionCancelled>().size() == 1);
    const auto outcome = counter.shop.post(counter.paid(counter.two()));
    CHECK(outcome.honoured == std::vector{Honour::provisional});
    CHECK(counter.shop.facts_of<model::CouponProvisional>().at(0).value_minor == 400);
  }
}
