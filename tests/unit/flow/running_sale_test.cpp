// SPDX-License-Identifier: Apache-2.0
// What a customer beside the till sees while their goods are rung up.
#include "tests/unit/flow/people.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace millpond;
using namespace millpond::flow;
using namespace millpond::tests;

namespace {

BasketTold told(std::uint64_t member = lin) {
  BasketTold basket{
      "till-1", {{"1", "oolong", "2", "drinks", 4400, 0}, {"2", "", "1", "food", 2450, 0}}, {}, {}, "B-1"};
  basket.member = base::MemberId{member};
  basket.weighed.total_minor = 6850;
  basket.weighed.discount_minor = 800;
  basket.weighed.coupons = {
      {coupon(3, 500, day(12, 3)), false, {}, base::Code::coupon_held},
      {coupon(1, 800, day(12, 21)), true, {}, {}},
      {coupon(2, 1500, day(12, 1)), false, model::CouponRefused{1, model::Hurdle::threshold, 1150, {}, 0, {}},
       base::Code::coupon_threshold}};
  return basket;
}

const BillView& bill(const ViewModel& view) {
  REQUIRE(std::holds_alternative<BillView>(view.screen));
  return std::get<BillView>(view.screen);
}

bool shows_bill_now(const Model& model, std::int64_t now_ms = 1) {
  return std::holds_alternative<BillView>(present(model, now_ms, noon_ms).screen);
}

}  // namespace

TEST_CASE("The bill lists goods, the coupons that are taken, the dearest that is not, and what there is to pay") {
  auto model = kiosk();
  feed(model, told(), 1);
  const auto view = present(model, 1, noon_ms);
  const auto& shown = bill(view);
  REQUIRE(shown.lines.size() == 2);
  CHECK(shown.lines[0].what == "oolong");
  CHECK(shown.lines[1].what == "2");  // the till's number of a line that it says nothing else about
  CHECK(shown.total.value == "¥60.50");
  CHECK(shown.sums.back().value == "−¥8.00");
  REQUIRE(shown.coupons.size() == 2);
  CHECK(shown.coupons[0].taken);
  CHECK(shown.coupons[0].coupon.value == "¥8");
  CHECK_FALSE(shown.coupons[1].taken);
  CHECK(shown.coupons[1].coupon.value == "¥15");
  CHECK(shown.coupons[1].says.find("11.50") != std::string::npos);
  CHECK_FALSE(shown.start);  // somebody is named already
  CHECK_FALSE(view.personal);
}

TEST_CASE("More goods than there is room for are counted, and nobody named may still show a code") {
  auto model = kiosk();
  auto many = told(0);
  for (int i = 0; i < 20; ++i) many.lines.push_back({std::to_string(i), "bun", "1", "", 100, 0});
  feed(model, many, 1);
  feed(model, CameraChanged{ports::DeviceState::ok}, 1);
  const auto view = present(model, 1, noon_ms);
  CHECK(bill(view).lines.size() == 7);
  CHECK(bill(view).more.find("15") != std::string::npos);
  REQUIRE(bill(view).start);
  feed(model, Tapped{Target::start_scan}, 2);
  CHECK(model.place == Place::scan);
  CHECK_FALSE(shows_bill_now(model));
  feed(model, CameraChanged{ports::DeviceState::absent}, 3);
  feed(model, Tapped{Target::back}, 4);
  CHECK(shows_bill_now(model));
  CHECK_FALSE(bill(present(model, 4, noon_ms)).start);
}

TEST_CASE("A bill goes when it is paid or let go, and by itself when its till says nothing more") {
  struct Row {
    const char* what;
    BasketGone gone;
    bool goes;
  };
  const std::vector<Row> table{{"paid", {"till-1", {}}, true},
                               {"let go", {"till-1", "B-1"}, true},
                               {"another basket of this till", {"till-1", "B-2"}, false},
                               {"another till's", {"till-2", {}}, false}};
  for (const Row& row : table) {
    INFO(row.what);
    auto model = kiosk();
    feed(model, told(), 1);
    const auto revision = model.revision;
    feed(model, row.gone, 2);
    CHECK(shows_bill_now(model) != row.goes);
    CHECK((model.revision > revision) == row.goes);
  }
  auto model = kiosk();
  feed(model, told(), 1);
  CHECK(model.next_tick_ms == 1 + basket_ms);
  feed(model, told(), 1'000);
  feed(model, Ticked{}, 1 + basket_ms);
  CHECK(shows_bill_now(model));  // it was told again meanwhile
  feed(model, Ticked{}, 1'000 + basket_ms);
  CHECK_FALSE(shows_bill_now(model));
  CHECK(model.next_tick_ms < 1'000 + basket_ms + 60'000);  // of what the first screen promises
}

TEST_CASE("Whoever does something at the screen is not disturbed, and the bill is there again after them") {
  auto model = kiosk();
  feed(model, CodeRead{"K1:lin"}, 1);
  feed(model, MemberFound{card_of(lin), model.ticket}, 2);
  feed(model, told(), 3);
  CHECK(model.place == Place::card);
  CHECK_FALSE(shows_bill_now(model));
  feed(model, Tapped{Target::exit}, 4);
  CHECK(shows_bill_now(model));
  // Somebody who has no code joins beside the bill, when the cashier asks.
  CHECK(may_be_invited(model));
  feed(model, Invited{7}, 5);
  CHECK(model.place == Place::phone);
}
