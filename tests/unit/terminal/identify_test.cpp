// SPDX-License-Identifier: Apache-2.0
#include "sync/codes/payload.h"
#include "tests/unit/terminal/shop.h"

using namespace millpond;
using base::Code;
using tests::Brand;
using tests::Shop;

namespace {

wire::CouponRow coupon_row(std::uint64_t id, base::MemberId member, std::int32_t expires_day, wire::CouponState state) {
  return {base::CouponId{id}, member, base::CampaignId{7}, base::StoreId{12}, base::TerminalId{2}, 500, 2000, 20'700,
          expires_day,        state};
}

}  // namespace

TEST_CASE("A member enrolled here is identified by the code of the card", "[identify]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  const auto view = shop.terminal->identify(shop.terminal->member_code(member));
  REQUIRE(view);
  CHECK(view->member == member);
  CHECK(view->points == 0);
  CHECK(view->points_pending == 0);
  CHECK(view->shown_name.empty());
}

TEST_CASE("A member of another shop is identified through the issuer directory and the replica", "[identify]") {
  const Brand brand;
  Shop here{brand, 1};
  Shop there{brand, 2};
  const auto member = there.enrol("13800138000");
  const auto code = there.terminal->member_code(member);

  const auto stranger = here.terminal->identify(code);
  REQUIRE_FALSE(stranger);
  CHECK(stranger.error().code == Code::code_unknown_issuer);

  const auto issuer = codes::Issuer::terminal(base::TerminalId{2}, 1).value;
  const auto add_issuer = [&](std::uint64_t revoked_from_seq) {
    return here.journal->commit([&](store::Transaction& t) {
      return t.put_issuer({issuer, there.identity().key.public_key(), revoked_from_seq});
    });
  };
  REQUIRE(add_issuer(0));
  const auto unknown = here.terminal->identify(code);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == Code::member_unknown);

  here.hub_says(
      {tests::member_row(member, 120, 4500),
       tests::row_of(wire::RowKind::profile, member.value, wire::encode(wire::ProfileRow{member, "138****8000"}))});
  const auto view = here.terminal->identify(code);
  REQUIRE(view);
  CHECK(view->member == member);
  CHECK(view->points == 120);
  CHECK(view->qualifying_minor == 4500);
  CHECK(view->shown_name == "138****8000");
  CHECK(view->as_of_ms == tests::noon_ms);

  REQUIRE(add_issuer(40));
  const auto revoked = here.terminal->identify(code);
  REQUIRE_FALSE(revoked);
  CHECK(revoked.error().code == Code::code_unknown_issuer);
}

TEST_CASE("A code of the hub's own key needs no directory", "[identify]") {
  const Brand brand;
  Shop shop{brand};
  const base::MemberId member{77};
  shop.hub_says({tests::member_row(member, 9)});
  const codes::MemberCode code{brand.id.tag(), codes::Issuer::hub(1), member, 1, 20'000, 0};
  const auto view = shop.terminal->identify(codes::compose(code, brand.hub, brand.id));
  REQUIRE(view);
  CHECK(view->points == 9);
}

TEST_CASE("Every scanned text that is not a usable member code is refused by name", "[identify]") {
  const Brand brand;
  const Brand rival;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  const auto good = shop.terminal->member_code(member);
  const auto issued = shop.post(shop.sale_of("T-1", 4200, member)).issued;
  REQUIRE(issued);
  const codes::MemberCode ours{brand.id.tag(), codes::Issuer::terminal(base::TerminalId{1}, 1), member, 1, 20'000, 0};
  auto unknown_hub = ours;
  unknown_hub.issuer = codes::Issuer::hub(9);
  auto nobody = ours;
  nobody.member = base::MemberId{4711};
  struct Row {
    std::string text;
    Code code;
  };
  const std::vector<Row> rows{
      {"134567890123456789", Code::code_payment},
      {"2812345678901234\r", Code::code_payment},
      {"6212345678901234567", Code::code_payment},
      {"", Code::code_unknown_kind},
      {"https://example.com", Code::code_unknown_kind},
      {base::format_id('M', member.value), Code::code_unknown_kind},
      {issued->code_text, Code::code_unknown_kind},
      {good.substr(0, good.size() - 1), Code::code_malformed},
      {good + "\n", Code::code_malformed},
      {codes::compose(ours, shop.identity().key, rival.id), Code::code_wrong_brand},
      {codes::compose(ours, rival.hub, brand.id), Code::code_forged},
      {codes::compose(unknown_hub, brand.hub, brand.id), Code::code_unknown_issuer},
      {codes::compose(nobody, shop.identity().key, brand.id), Code::member_unknown},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto view = shop.terminal->identify(row.text);
    REQUIRE_FALSE(view);
    CHECK(view.error().code == row.code);
    if (!row.text.empty()) CHECK(base::describe(view.error()).find(row.text) == std::string::npos);
  }
}

TEST_CASE("Points show the hub's word plus what was earned here since", "[identify]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  const auto first = shop.post(shop.sale_of("T-1", 1000, member));
  CHECK(first.balance == 10);
  auto view = shop.terminal->member(member);
  REQUIRE(view);
  CHECK(view->points == 0);
  CHECK(view->points_pending == 10);

  std::uint64_t position = 0;
  REQUIRE(shop.journal->with([&](store::Journal& journal) {
    const auto outbox = journal.outbox();
    if (outbox) position = journal.position_of(outbox->live_epoch, outbox->live_head).value_or(0);
  }));
  REQUIRE(position > 0);
  shop.hub_says({tests::member_row(member, 10)}, position);
  CHECK(shop.post(shop.sale_of("T-2", 2500, member)).balance == 35);
  view = shop.terminal->member(member);
  REQUIRE(view);
  CHECK(view->points == 10);
  CHECK(view->points_pending == 25);
}

TEST_CASE("Coupons of both sides show once, unspent and unexpired, nearest expiry first", "[identify]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  const auto issued = shop.post(shop.sale_of("T-1", 4200, member)).issued;  // good until day 20808
  REQUIRE(issued);
  const auto here = issued->coupon.coupon;
  const auto row = [&](std::uint64_t id, std::int32_t expires, wire::CouponState state) {
    return tests::row_of(wire::RowKind::coupon, id, wire::encode(coupon_row(id, member, expires, state)));
  };
  shop.hub_says({tests::member_row(member, 0), row(50, 20'790, wire::CouponState::issued),
                 row(51, 20'900, wire::CouponState::issued), row(52, 20'778, wire::CouponState::issued),
                 row(53, 20'777, wire::CouponState::issued), row(54, 20'790, wire::CouponState::redeemed),
                 row(here.value, 20'808, wire::CouponState::issued)});
  const auto ids = [&] {
    const auto view = shop.terminal->member(member);
    REQUIRE(view);
    std::vector<std::uint64_t> found;
    for (const auto& coupon : view->coupons) {
      found.push_back(coupon.coupon.value);
      CHECK(coupon.issued_here == (coupon.coupon == here));
    }
    return found;
  };
  CHECK(ids() == std::vector<std::uint64_t>{52, 50, here.value, 51});

  auto use = shop.sale_of("T-2", 2000, member);
  use.redemptions = {issued->code_text};
  REQUIRE(shop.post(use).redeemed.size() == 1);
  CHECK(ids() == std::vector<std::uint64_t>{52, 50, 51});
}
