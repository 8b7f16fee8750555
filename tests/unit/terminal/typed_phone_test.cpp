// SPDX-License-Identifier: Apache-2.0
// Whoever types a number learns nothing about whose it is: what a known number and a new one leave behind is compared.
#include "sync/model/typed_phone.h"
#include "tests/unit/terminal/shop.h"

#include <nlohmann/json.hpp>

using namespace millpond;
using base::Code;
using model::Strength;
using tests::Brand;
using tests::Shop;

namespace {

constexpr const char* phone = "13800138000";

enum class Before { nobody, enrolled_here, told_by_the_hub };

// Shops that differ in nothing but whether they know the number. Each has enrolled one.
struct Counter {
  Brand brand;
  Shop shop{brand};

  explicit Counter(Before before) {
    shop.enrol(before == Before::enrolled_here ? phone : "13900139000");
    if (before != Before::told_by_the_hub) return;
    const auto hash = crypto::keyed_blake2b_16(shop.secrets.phone_key, base::view_of("+8613800138000"));
    wire::DownRow row;
    row.kind = static_cast<std::uint8_t>(wire::RowKind::phone);
    row.key.assign(hash.begin(), hash.end());
    base::append_big_endian(row.body, 88, 8);
    shop.hub_says({row, tests::member_row(base::MemberId{88}, 2'490, 249'000)});
  }
  terminal::SaleOutcome pay(const std::string& transaction, base::MemberId member, Strength strength) {
    auto request = shop.sale_of(transaction, 4'200);
    request.session_member = member;
    request.session_strength = strength;
    return shop.post(request);
  }
  // Counters of identities of this terminal, which count up by one.
  [[nodiscard]] static std::uint64_t counter_of(std::uint64_t id) { return id & base::id_counter_max; }
};

// What is on the slip but for identities: the JSON without the member (which no weak slip shows) and the coupon's own.
nlohmann::json slip_of(const store::PrintIntent& intent) {
  auto slip = nlohmann::json::parse(intent.content);
  slip.erase("member");
  for (auto& issued : slip["issued"]) {
    issued["coupon"].erase("id");
    issued["code"] = issued["code"].get<std::string>().size();
  }
  return slip;
}

}  // namespace

TEST_CASE("A known number and a new one leave the same number of facts, slips and identities behind", "[typed]") {
  Counter fresh{Before::nobody};
  const auto typed = fresh.shop.terminal->enrol(Shop::enrolment(phone));
  REQUIRE(typed);
  const auto sale = fresh.pay("T-1", typed->member, typed->strength);
  REQUIRE_FALSE(sale.issued.empty());
  for (const auto before : {Before::enrolled_here, Before::told_by_the_hub}) {
    CAPTURE(static_cast<int>(before));
    Counter other{before};
    const auto known = other.shop.terminal->enrol(Shop::enrolment(phone));
    REQUIRE(known);
    CHECK(known->strength == typed->strength);
    CHECK(known->points == typed->points);
    CHECK(known->shown_name == typed->shown_name);
    CHECK(known->coupons.size() == typed->coupons.size());
    const auto same = other.pay("T-1", known->member, known->strength);
    CHECK(same.seq == sale.seq);
    CHECK(same.points_earned == sale.points_earned);
    CHECK(same.balance == sale.balance);
    REQUIRE_FALSE(same.issued.empty());
    CHECK(Counter::counter_of(same.issued.at(0).coupon.coupon.value) ==
          Counter::counter_of(sale.issued.at(0).coupon.coupon.value));
    CHECK(other.shop.facts().size() == fresh.shop.facts().size());
    REQUIRE(other.shop.prints().size() == 1);
    REQUIRE(fresh.shop.prints().size() == 1);
    CHECK(slip_of(other.shop.prints()[0]) == slip_of(fresh.shop.prints()[0]));
  }
}

TEST_CASE("A typed number earns for its owner, who sees it with their code", "[typed]") {
  Counter counter{Before::told_by_the_hub};
  const auto typed = counter.shop.terminal->enrol(Shop::enrolment(phone));
  REQUIRE(typed);
  CHECK(typed->member == base::MemberId{88});
  CHECK(counter.shop.facts_of<model::ActApproved>() ==
        std::vector<model::ActApproved>{{model::act_phone_typed, {}, {}, {88}, 0, {}}});
  const auto outcome = counter.pay("T-1", typed->member, typed->strength);
  CHECK(outcome.points_earned == 42);
  CHECK(outcome.balance == 0);
  const auto seen = counter.shop.terminal->see(counter.shop.terminal->member_code(typed->member));
  REQUIRE(seen);
  CHECK(seen->points + seen->points_pending == 2'532);
  CHECK(seen->coupons.empty());  // the coupon is whoever's who has the paper
  CHECK(counter.pay("T-2", typed->member, Strength::member_code).balance == 2'574);
}

TEST_CASE("The coupon of a typed number names nobody and is good for whoever holds it", "[typed]") {
  Counter counter{Before::enrolled_here};
  const auto typed = counter.shop.terminal->enrol(Shop::enrolment(phone));
  REQUIRE(typed);
  const auto issued = counter.pay("T-1", typed->member, typed->strength).issued.at(0);
  const auto code = codes::parse(issued.code_text, counter.brand.id);
  REQUIRE(code);
  const auto payload = codes::verify(*code, counter.shop.identity().key.public_key(), counter.brand.id);
  REQUIRE(payload);
  CHECK(std::get<codes::CouponCode>(*payload).member == base::MemberId{});
  CHECK(counter.shop.facts_of<model::CouponIssued>().at(0).member == base::MemberId{});
  auto request = counter.shop.sale_of("T-2", 4'200);
  request.redemptions = {issued.code_text};
  CHECK(counter.shop.post(request).redeemed.size() == 1);
}

TEST_CASE("With a typed number a member's own coupon is refused, whether it is that member's or not", "[typed]") {
  Counter counter{Before::enrolled_here};
  const auto owner = counter.shop.terminal->enrol(Shop::enrolment(phone))->member;
  const auto other = counter.shop.enrol("13700137000");
  const auto coupon = counter.pay("T-1", owner, Strength::member_code).issued.at(0);
  int number = 1;
  for (const auto member : {owner, other}) {
    auto request = counter.shop.sale_of("T-" + std::to_string(++number), 4'200);
    request.session_member = member;
    request.session_strength = Strength::phone_typed;
    request.redemptions = {coupon.code_text};
    const auto asks = counter.shop.terminal->questions(request);
    REQUIRE(asks);
    CHECK_FALSE(asks->coupons.at(0));
    const auto outcome = counter.shop.post(request);
    REQUIRE(outcome.refused.size() == 1);
    CHECK(outcome.refused[0].code == Code::identity_too_weak);
  }
}

TEST_CASE("A phone typed at a till earns, new or known, and a sale told again enrols nobody again", "[typed]") {
  for (const auto before : {Before::nobody, Before::enrolled_here, Before::told_by_the_hub}) {
    CAPTURE(static_cast<int>(before));
    Counter counter{before};
    auto request = counter.shop.sale_of("T-1", 4'200);
    request.member_code = "138 0013 8000";
    const auto outcome = counter.shop.post(request);
    CHECK(outcome.points_earned == 42);
    CHECK(outcome.strength == Strength::phone_typed);
    CHECK(outcome.member == counter.shop.terminal->whose(phone).value());
    const auto facts = counter.shop.facts().size();
    const auto again = counter.shop.post(request);
    CHECK(again.kind == terminal::SaleOutcome::Kind::repeated);
    CHECK(again.answer == outcome.answer);
    CHECK(counter.shop.facts().size() == facts);
  }
}

TEST_CASE("What was typed shows nothing, known or not", "[typed]") {
  Counter counter{Before::enrolled_here};
  const auto member = counter.shop.enrol(phone);
  for (const auto& text : {std::string{phone}, std::string{"13700137000"}, base::format_id('M', member.value),
                           base::format_id('M', 4711)}) {
    CAPTURE(text);
    const auto seen = counter.shop.terminal->see(text);
    REQUIRE_FALSE(seen);
    CHECK(seen.error().code == Code::identity_too_weak);
  }
}

TEST_CASE("A look-up by hand and a card for somebody without a code stand with their approval", "[typed]") {
  Counter counter{Before::told_by_the_hub};
  auto& terminal = *counter.shop.terminal;
  const terminal::Approval cashier{base::StaffId{3}, "left the phone at home"};
  const auto seen = terminal.look_up(phone, cashier);
  REQUIRE(seen);
  CHECK(seen->strength == Strength::vouched);
  CHECK(seen->points == 2'490);
  const auto nobody = terminal.look_up("13700137000", cashier);
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().code == Code::member_unknown);
  CHECK(terminal.look_up("hello", cashier).error().code == Code::bad_input);
  REQUIRE(terminal.request_card_slip(seen->member, "en", cashier));
  CHECK(counter.shop.prints().size() == 1);
  using model::Act;
  CHECK(counter.shop.facts_of<model::ActApproved>() ==
        std::vector<model::ActApproved>{{Act::manual_lookup, {3}, {}, {88}, 0, "left the phone at home"},
                                        {Act::manual_lookup, {3}, {}, {}, 0, "left the phone at home"},
                                        {Act::card_reprinted, {3}, {}, {88}, 0, "left the phone at home"}});
  REQUIRE_FALSE(terminal.request_card_slip(base::MemberId{4711}, "en", cashier));
  CHECK(counter.shop.facts_of<model::ActApproved>().size() == 3);
}
