// SPDX-License-Identifier: Apache-2.0
// Members that the hub found to be one person.
#include "tests/unit/terminal/shop.h"

using namespace millpond;
using tests::Brand;
using tests::Shop;

namespace {

// What the hub sends after a merge: the sum under one number, and whose the others are.
std::vector<wire::DownRow> merged_rows(base::MemberId member, base::MemberId alias, std::int64_t points) {
  wire::MemberRow sum{member, points, 50'000, 9};
  sum.aliases = {alias};
  wire::MemberRow other{alias};
  other.same_as = member;
  return {tests::row_of(wire::RowKind::member, alias.value, wire::encode(other)),
          tests::row_of(wire::RowKind::member, member.value, wire::encode(sum))};
}

}  // namespace

TEST_CASE("A card of an alias shows the person: the sum, what is pending under every number, every coupon",
          "[person]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  const auto alias = shop.enrol("13900139000");
  const auto old_card = shop.terminal->member_code(alias);
  const auto first = shop.post(shop.sale_of("A-1", 4'000, member));
  const auto second = shop.post(shop.sale_of("A-2", 6'000, alias));
  REQUIRE(first.points_earned > 0);
  REQUIRE(second.points_earned > 0);
  REQUIRE_FALSE((first.issued.empty() || second.issued.empty()));

  // The hub merged them before it had these two sales; its word is of before them.
  shop.hub_says(merged_rows(member, alias, 300));
  for (const auto& code : {old_card, shop.terminal->member_code(member)}) {
    const auto view = shop.terminal->identify(code);
    REQUIRE(view);
    CHECK(view->member == member);
    CHECK(view->points == 300);
    CHECK(view->qualifying_minor == 50'000);
    CHECK(view->points_pending == first.points_earned + second.points_earned);
    CHECK(view->coupons.size() == 2);
  }

  // A sale with the old card is the person's from the start, and pays with either's coupon.
  auto sale = shop.sale_of("A-3", 9'000);
  sale.member_code = old_card;
  sale.redemptions = {first.issued.at(0).code_text};
  const auto third = shop.post(sale);
  CHECK(third.member == member);
  CHECK(third.redeemed.size() == 1);
  CHECK(third.refused.empty());
  CHECK(third.balance == 300 + first.points_earned + second.points_earned + third.points_earned);
  CHECK(shop.facts_of<model::SaleRecorded>().back().member == member);
  auto fourth = shop.sale_of("A-4", 9'000, member);
  fourth.redemptions = {second.issued.at(0).code_text};
  CHECK(shop.post(fourth).redeemed.size() == 1);
}

TEST_CASE("An undone merge makes two of them again", "[person]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  const auto alias = shop.enrol("13900139000");
  shop.hub_says(merged_rows(member, alias, 300));
  CHECK(shop.terminal->member(alias)->member == member);
  shop.hub_says({tests::member_row(alias, 120), tests::member_row(member, 180)});
  CHECK(shop.terminal->member(alias)->member == alias);
  CHECK(shop.terminal->member(alias)->points == 120);
  CHECK(shop.terminal->member(member)->points == 180);
}

TEST_CASE("An alias whose member has not come yet stands for itself", "[person]") {
  const Brand brand;
  Shop shop{brand};
  const base::MemberId member{77};
  const auto alias = shop.enrol("13900139000");
  const auto sale = shop.post(shop.sale_of("A-1", 4'000, alias));
  shop.hub_says({merged_rows(member, alias, 300).front()});
  const auto view = shop.terminal->member(alias);
  REQUIRE(view);
  CHECK(view->member == alias);
  CHECK(view->points == 0);
  CHECK(view->points_pending == sale.points_earned);
}
