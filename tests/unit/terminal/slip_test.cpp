// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/terminal.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>

using namespace millpond;

namespace {

terminal::Slip full_slip() {
  const terminal::MemberCoupon coupon{base::CouponId{std::numeric_limits<std::uint64_t>::max()},
                                      base::CampaignId{7},
                                      500,
                                      2000,
                                      base::LocalDate{20'778},
                                      base::LocalDate{20'808},
                                      true};
  terminal::Slip slip;
  slip.kind = terminal::Slip::Kind::sale;
  slip.total_minor = 4200;
  slip.at_ms = 1'795'233'600'000;
  slip.seq = base::Seq{17};
  slip.member = base::MemberId{0xffff'ffff'ffff'fffeULL};
  slip.points_earned = 42;
  slip.balance = -3;
  slip.redeemed = {coupon, coupon};
  slip.issued = {{coupon, "K1:ABC $%*+-./:"}};
  slip.promised = {{7}, {9}};
  slip.lines = {{{"乌龙茶", "2", 4400, false}, {"gift card", "", -200, true}}, 3, 700};
  return slip;
}

}  // namespace

TEST_CASE("A sale's slip comes back as it was queued", "[slip]") {
  const auto slip = full_slip();
  const auto back = terminal::decode_slip(terminal::encode_slip(slip));
  REQUIRE(back);
  CHECK(back->kind == slip.kind);
  CHECK(back->total_minor == slip.total_minor);
  CHECK(back->at_ms == slip.at_ms);
  CHECK(back->seq == slip.seq);
  CHECK(back->member == slip.member);
  CHECK(back->points_earned == slip.points_earned);
  CHECK(back->balance == slip.balance);
  CHECK(back->promised == slip.promised);
  REQUIRE(back->redeemed.size() == 2);
  CHECK(back->redeemed[1].coupon == slip.redeemed[1].coupon);
  CHECK(back->redeemed[1].expires == slip.redeemed[1].expires);
  REQUIRE_FALSE(back->issued.empty());
  CHECK(back->issued.at(0).code_text == slip.issued.at(0).code_text);
  CHECK(back->issued.at(0).coupon.threshold_minor == 2000);
  CHECK(back->issued.at(0).coupon.issued_here);
  CHECK(back->lines == slip.lines);
  CHECK(terminal::encode_slip(*back) == terminal::encode_slip(slip));
}

TEST_CASE("A card's slip comes back as it was queued", "[slip]") {
  terminal::Slip slip;
  slip.kind = terminal::Slip::Kind::card;
  slip.member = base::MemberId{5};
  slip.member_code_text = "K1:MEMBER";
  const auto back = terminal::decode_slip(terminal::encode_slip(slip));
  REQUIRE(back);
  CHECK(back->kind == terminal::Slip::Kind::card);
  CHECK(back->member_code_text == "K1:MEMBER");
  CHECK(back->issued.empty());
  CHECK(back->lines == terminal::SlipLines{});
}

TEST_CASE("Bytes that are no slip are refused by name", "[slip]") {
  struct Row {
    std::string_view text;
    base::Code code;
  };
  const std::vector<Row> rows{
      {"", base::Code::bad_input},
      {"[1]", base::Code::bad_input},
      {"{}", base::Code::newer_release},
      {R"({"version": 2})", base::Code::newer_release},
      {R"({"version": 1})", base::Code::bad_input},
      {R"({"version": 1, "kind": 5})", base::Code::bad_input},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto slip = terminal::decode_slip(base::view_of(row.text));
    REQUIRE_FALSE(slip);
    CHECK(slip.error().code == row.code);
  }
}
