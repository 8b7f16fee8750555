// SPDX-License-Identifier: Apache-2.0
#include "sync/model/rights.h"

#include "sync/crypto/hash.h"

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <set>
#include <vector>

using namespace millpond;
using base::Code;
using model::Honour;
using model::HonourCase;
using model::HubWord;
using model::UseKind;

namespace {

constexpr std::int64_t hour_ms = 3'600'000;
constexpr base::LocalDate today{20'800};

// Honoured provisionally as it stands; each row of the tables changes one thing.
HonourCase a_case() {
  HonourCase of;
  of.terms = {base::MemberId{7}, 3'000, {20'790}, {20'820}};
  of.value_minor = 800;
  of.hub = HubWord::silent;
  of.time_trusted = true;
  of.since_hub_ms = hour_ms;
  of.limits = model::default_limits();
  of.member = base::MemberId{7};
  of.goods_minor = 5'000;
  of.today = today;
  return of;
}

struct Row {
  const char* what;
  std::function<void(HonourCase&)> change;
  Honour honour;
  Code why{};
};

void check(const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    CAPTURE(row.what);
    auto of = a_case();
    row.change(of);
    const auto decision = model::decide_honour(of);
    CHECK(decision.honour == row.honour);
    if (row.honour == Honour::declined) CHECK(decision.why.code == row.why);
  }
}

}  // namespace

TEST_CASE("Who holds the right confirms, and anybody else honours provisionally", "[rights]") {
  check({
      {"no answer came", [](auto&) {}, Honour::provisional},
      {"nobody could be asked", [](auto& of) { of.hub = HubWord::not_asked; }, Honour::provisional},
      {"the hub does not hold it yet", [](auto& of) { of.hub = HubWord::unknown; }, Honour::provisional},
      {"the hub says yes", [](auto& of) { of.hub = HubWord::confirmed; }, Honour::confirmed},
      {"the hub says no",
       [](auto& of) {
         of.hub = HubWord::refused;
         of.hub_refusal = Code::coupon_spent;
       },
       Honour::declined, Code::coupon_spent},
      {"issued here", [](auto& of) { of.held_here = true; }, Honour::own_right},
      {"issued here, years offline, no limits left",
       [](auto& of) {
         of.held_here = true;
         of.since_hub_ms = 20'000 * hour_ms;
         of.limits.reset();
       },
       Honour::own_right},
      {"the hub says yes and no clock is right",
       [](auto& of) {
         of.hub = HubWord::confirmed;
         of.time_trusted = false;
       },
       Honour::confirmed},
      {"of high value, confirmed",
       [](auto& of) {
         of.confirmed_only = true;
         of.hub = HubWord::confirmed;
       },
       Honour::confirmed},
      {"of high value, issued here", [](auto& of) { of.confirmed_only = of.held_here = true; }, Honour::own_right},
  });
}

TEST_CASE("What no limit heals is told first", "[rights]") {
  check({
      {"spent here", [](auto& of) { of.spent_here = of.held_here = true; }, Honour::declined, Code::coupon_spent},
      {"spent here, and the hub says yes",
       [](auto& of) {
         of.spent_here = true;
         of.hub = HubWord::confirmed;
       },
       Honour::declined, Code::coupon_spent},
      {"two copies of this terminal", [](auto& of) { of.value_suspended = of.held_here = true; }, Honour::declined,
       Code::value_suspended},
      {"no clock is right, issued here",
       [](auto& of) {
         of.held_here = true;
         of.time_trusted = false;
       },
       Honour::declined, Code::time_unknown},
      {"expired", [](auto& of) { of.today = {20'821}; }, Honour::declined, Code::code_expired},
      {"not yet", [](auto& of) { of.today = {20'789}; }, Honour::declined, Code::code_not_yet_valid},
      {"another member", [](auto& of) { of.member = base::MemberId{8}; }, Honour::declined, Code::coupon_other_member},
      {"too small a basket", [](auto& of) { of.goods_minor = 2'999; }, Honour::declined, Code::coupon_threshold},
      {"of high value", [](auto& of) { of.confirmed_only = true; }, Honour::declined, Code::coupon_online_only},
  });
}

TEST_CASE("Limits are inclusive to the last unit, and a manager is asked when nothing else stands in the way",
          "[rights]") {
  check({
      {"no limits", [](auto& of) { of.limits.reset(); }, Honour::declined, Code::coupon_elsewhere},
      {"the highest value", [](auto& of) { of.value_minor = 1'000; }, Honour::provisional},
      {"more than that", [](auto& of) { of.value_minor = 1'001; }, Honour::declined, Code::coupon_cap_value},
      {"the last of B", [](auto& of) { of.outstanding.minor = 9'200; }, Honour::provisional},
      {"one unit more", [](auto& of) { of.outstanding.minor = 9'201; }, Honour::declined, Code::coupon_cap_terminal},
      {"the twentieth use", [](auto& of) { of.outstanding.uses = 19; }, Honour::provisional},
      {"the one after", [](auto& of) { of.outstanding.uses = 20; }, Honour::declined, Code::coupon_cap_terminal},
      {"the last of B with what is open at the hub",
       [](auto& of) {
         of.hub = HubWord::unknown;
         of.open.minor = 5'000;
         of.outstanding.minor = 4'200;
       },
       Honour::provisional},
      {"one unit more there",
       [](auto& of) {
         of.hub = HubWord::unknown;
         of.open.minor = 5'001;
         of.outstanding.minor = 4'200;
       },
       Honour::declined, Code::coupon_cap_terminal},
      {"one use more there",
       [](auto& of) {
         of.hub = HubWord::unknown;
         of.open.uses = 12;
         of.outstanding.uses = 8;
       },
       Honour::declined, Code::coupon_cap_terminal},
      {"open there, as it was told before the line was cut",
       [](auto& of) {
         of.hub = HubWord::silent;
         of.open.uses = 20;
       },
       Honour::provisional},
      {"the member's second today", [](auto& of) { of.outstanding.uses_of_member_today = 1; }, Honour::provisional},
      {"the member's third", [](auto& of) { of.outstanding.uses_of_member_today = 2; }, Honour::declined,
       Code::coupon_cap_member},
      {"nobody's third",
       [](auto& of) {
         of.terms.member = of.member = {};
         of.outstanding.uses_of_member_today = 2;
       },
       Honour::provisional},
      {"just before a day", [](auto& of) { of.since_hub_ms = 24 * hour_ms - 1; }, Honour::provisional},
      {"a day", [](auto& of) { of.since_hub_ms = 24 * hour_ms; }, Honour::declined, Code::approval_required},
      {"a day, approved",
       [](auto& of) {
         of.since_hub_ms = 24 * hour_ms;
         of.approved = true;
       },
       Honour::provisional},
      {"three days, approved",
       [](auto& of) {
         of.since_hub_ms = 72 * hour_ms;
         of.approved = true;
       },
       Honour::declined, Code::coupon_cap_age},
      {"a day, and B used up",
       [](auto& of) {
         of.since_hub_ms = 24 * hour_ms;
         of.outstanding.minor = 10'000;
       },
       Honour::declined, Code::coupon_cap_terminal},
  });
}

TEST_CASE("What may still be honoured offline is never negative", "[rights]") {
  const auto limits = model::default_limits();
  CHECK(model::provisional_minor_left(std::nullopt, {}) == 0);
  CHECK(model::provisional_minor_left(limits, {}) == 10'000);
  CHECK(model::provisional_minor_left(limits, {9'999, 3, 0}) == 1);
  CHECK(model::provisional_minor_left(limits, {10'001, 3, 0}) == 0);
  CHECK(model::provisional_minor_left(limits, {0, 20, 0}) == 0);
}

TEST_CASE("A redemption has one name wherever it is told", "[rights]") {
  const base::BrandId brand{{1, 2, 3}};
  const model::SaleKey key{{12}, "till-1", {20'775}, "T-0001"};
  const auto id = model::redemption_id(brand, key, base::CouponId{9});
  CHECK(id == model::redemption_id(brand, key, base::CouponId{9}));
  std::set<std::uint64_t> others{id};
  auto other = key;
  other.store = {13};
  CHECK(others.insert(model::redemption_id(brand, other, {9})).second);
  other = key;
  other.till = "till-";
  other.transaction = "1T-0001";  // the same letters, parted elsewhere
  CHECK(others.insert(model::redemption_id(brand, other, {9})).second);
  other = key;
  other.business_date = {20'776};
  CHECK(others.insert(model::redemption_id(brand, other, {9})).second);
  CHECK(others.insert(model::redemption_id(brand, key, {10})).second);
  CHECK(others.insert(model::redemption_id({{1, 2, 4}}, key, {9})).second);
}

namespace {

constexpr base::TerminalId issuer{1};
constexpr base::TerminalId second{2};
constexpr base::TerminalId third{3};

model::Use own(std::uint64_t seq) { return {UseKind::own_right, 0, issuer, {11}, {seq}}; }
model::Use provisional(base::TerminalId terminal, std::uint64_t redemption) {
  return {UseKind::provisional, redemption, terminal, {22}, {redemption}};
}
model::Use confirmed(base::TerminalId terminal, std::uint64_t redemption) {
  return {UseKind::confirmed, redemption, terminal, {33}, {redemption}};
}

}  // namespace

TEST_CASE("The issuer's own right wins over a provisional use that came first", "[rights]") {
  model::Booking booking{true, {}};
  CHECK(model::book_use(booking, provisional(second, 5), false) == model::Booked{true, {}, false});
  CHECK(model::book_use(booking, own(9), true) == model::Booked{true, provisional(second, 5), false});
  CHECK(booking.standing == own(9));
  CHECK(model::book_use(booking, provisional(third, 6), false) == model::Booked{false, {}, false});
}

TEST_CASE("Among provisional uses the first at the hub stands, after the release as well", "[rights]") {
  model::Booking booking{true, {}};
  CHECK(model::book_use(booking, provisional(second, 5), false).counts);
  CHECK_FALSE(model::book_use(booking, provisional(third, 6), false).counts);
  booking.issuer_holds = false;
  CHECK(model::confirm_use(booking, 7, third) == model::HubAnswer{HubWord::refused, Code::coupon_spent});
  CHECK(booking.standing == provisional(second, 5));
}

TEST_CASE("The hub confirms only what it holds, once, and to the same question again", "[rights]") {
  model::Booking booking{true, {}};
  CHECK(model::confirm_use(booking, 5, second).word == HubWord::unknown);
  CHECK_FALSE(booking.standing);
  booking.issuer_holds = false;
  CHECK(model::confirm_use(booking, 5, second).word == HubWord::confirmed);
  CHECK(model::confirm_use(booking, 5, second).word == HubWord::confirmed);
  CHECK(model::confirm_use(booking, 6, third) == model::HubAnswer{HubWord::refused, Code::coupon_spent});
  // Its fact arrives, by the terminal that asked or by one that the till failed over to.
  CHECK(model::book_use(booking, confirmed(second, 5), false) == model::Booked{true, {}, false});
  CHECK(booking.standing == confirmed(second, 5));
  CHECK_FALSE(model::book_use(booking, provisional(third, 6), false).counts);
}

TEST_CASE("A yes that was never heard and the provisional use after it are one use", "[rights]") {
  model::Booking booking{false, {}};
  CHECK(model::confirm_use(booking, 5, second).word == HubWord::confirmed);
  CHECK(model::book_use(booking, provisional(second, 5), false) == model::Booked{true, {}, false});
  CHECK(booking.standing->kind == UseKind::confirmed);
  CHECK_FALSE(model::book_use(booking, provisional(third, 6), false).counts);
}

TEST_CASE("While the issuer holds the right, a provisional use does not become confirmed by asking again", "[rights]") {
  model::Booking booking{true, {}};
  CHECK(model::book_use(booking, provisional(second, 5), false).counts);
  CHECK(model::confirm_use(booking, 5, second).word == HubWord::unknown);
  CHECK(booking.standing->kind == UseKind::provisional);
  booking.issuer_holds = false;
  CHECK(model::confirm_use(booking, 5, second).word == HubWord::confirmed);
}

TEST_CASE("Only the terminal that was told yes takes it back, and only once", "[rights]") {
  model::Booking booking{false, {}};
  CHECK(model::confirm_use(booking, 5, second).word == HubWord::confirmed);
  CHECK_FALSE(model::cancel_use(booking, 5, third));
  CHECK_FALSE(model::cancel_use(booking, 6, second));
  CHECK_FALSE(model::cancel_use(booking, 0, second));
  CHECK(model::cancel_use(booking, 5, second));
  CHECK_FALSE(model::cancel_use(booking, 5, second));
  CHECK(model::confirm_use(booking, 6, third).word == HubWord::confirmed);
}

TEST_CASE("A right that was released, or never held, counts as a provisional use and is told as a breach", "[rights]") {
  model::Booking released{false, {}};
  const auto booked = model::book_use(released, own(9), true);
  CHECK(booked.counts);
  CHECK(booked.breach);
  CHECK(released.standing->kind == UseKind::provisional);

  model::Booking elsewhere{true, {}};
  CHECK(model::book_use(elsewhere, {UseKind::own_right, 0, second, {22}, {1}}, false).breach);
  CHECK(model::book_use(elsewhere, own(9), true).displaced.has_value());

  model::Booking confirmed_before{false, confirmed(second, 5)};
  const auto late = model::book_use(confirmed_before, own(9), true);
  CHECK_FALSE(late.counts);
  CHECK(late.breach);
}
