// SPDX-License-Identifier: Apache-2.0
// Coupons of an issuer that this terminal has not heard of: only the hub can say that they are genuine.
#include "sync/codes/payload.h"
#include "tests/unit/terminal/shop.h"

using namespace millpond;
using base::Code;
using model::Honour;
using model::HubWord;
using tests::Brand;
using tests::Shop;

namespace {

constexpr model::HonourLimits limits{3, 600, 1'200, 5, 24 * 3'600'000, 72 * 3'600'000, 2};

// A shop with all that it takes to honour provisionally, and one of the brand that it has not heard of.
struct Counter {
  Brand brand;
  Shop shop{brand};
  Shop there{brand, 2};
  base::MemberId member = there.enrol("13900139000");
  int number = 0;

  Counter() {
    REQUIRE(shop.journal->commit(
        [](store::Transaction& t) { return t.put_document("allowance", 3, wire::encode(limits)); }));
    shop.hub_says({tests::member_row(member, 0)});
    shop.hub_has_said_all();
    shop.hub_says_time(tests::noon_ms);
  }
  [[nodiscard]] terminal::IssuedCoupon coupon_from_there() {
    return there.post(there.sale_of("there-" + std::to_string(++number), 4'200, member)).issued.at(0);
  }
  [[nodiscard]] terminal::SaleRequest sale_with(std::vector<std::string> codes) {
    auto request = shop.sale_of("T-" + std::to_string(++number), 2'000);
    request.session_member = member;
    request.session_strength = model::Strength::member_code;
    request.redemptions = std::move(codes);
    return request;
  }
  [[nodiscard]] std::vector<model::RedemptionCancelled> cancelled() const {
    return shop.facts_of<model::RedemptionCancelled>();
  }
  [[nodiscard]] std::size_t over_redeemed() const { return shop.facts_of<model::CouponOverRedeemed>().size(); }
};

terminal::HubReply said(HubWord word, Code why = {}) {
  terminal::HubReply reply;
  reply.word = word;
  reply.why.code = why;
  if (word == HubWord::confirmed) reply.receipt.fill(9);
  return reply;
}

}  // namespace

TEST_CASE("A code of an unknown issuer goes to the hub whole, one of a known issuer does not", "[unknown_issuer]") {
  Counter counter;
  const auto coupon = counter.coupon_from_there();
  const auto request = counter.sale_with({coupon.code_text});
  const auto asks = counter.shop.terminal->questions(request);
  REQUIRE(asks);
  REQUIRE(asks->coupons.at(0));
  CHECK(asks->coupons.at(0)->coupon == coupon.coupon.coupon);
  CHECK(asks->coupons.at(0)->code == coupon.code_text);
  CHECK(counter.shop.terminal->questions(request)->coupons == asks->coupons);

  const auto issuer = codes::Issuer::terminal(base::TerminalId{2}, 1).value;
  const auto put = [&](std::uint64_t revoked_from) {
    REQUIRE(counter.shop.journal->commit([&](store::Transaction& t) {
      return t.put_issuer({issuer, counter.there.identity().key.public_key(), revoked_from});
    }));
  };
  put(0);
  const auto known = counter.shop.terminal->questions(request);
  REQUIRE(known->coupons.at(0));
  CHECK(known->coupons.at(0)->code.empty());
  put(5);
  CHECK(counter.shop.terminal->questions(request)->coupons.at(0)->code == coupon.code_text);
}

TEST_CASE("What is no coupon's code of the brand is not asked about", "[unknown_issuer]") {
  Counter counter;
  const Brand rival;
  const Shop elsewhere{rival, 3};
  const auto coupon = counter.coupon_from_there();
  auto spoiled = coupon.code_text;
  spoiled.pop_back();
  const std::vector<std::string> texts{"",
                                       "SAVE10",
                                       "134567890123456789",
                                       spoiled,
                                       counter.there.terminal->member_code(counter.member),
                                       elsewhere.terminal->member_code(base::MemberId{5})};
  const auto asks = counter.shop.terminal->questions(counter.sale_with(texts));
  REQUIRE(asks);
  for (const auto& ask : asks->coupons) CHECK_FALSE(ask);
}

TEST_CASE("The hub's yes honours a coupon whose issuer is unknown, and only the yes", "[unknown_issuer]") {
  struct Row {
    terminal::HubReply reply;
    std::optional<Code> refused;
    std::size_t cancelled;
    std::size_t over_redeemed;
  };
  const std::vector<Row> rows{
      {said(HubWord::confirmed), std::nullopt, 0, 0},
      {said(HubWord::not_asked), Code::code_unknown_issuer, 0, 0},
      {said(HubWord::silent), Code::code_unknown_issuer, 1, 0},
      {said(HubWord::unknown), Code::code_unknown_issuer, 0, 0},
      // of the code: it may be anybody's invention, and nothing is booked
      {said(HubWord::refused, Code::code_forged), Code::code_forged, 0, 0},
      {said(HubWord::refused, Code::code_unknown_issuer), Code::code_unknown_issuer, 0, 0},
      {said(HubWord::refused, Code::hub_refused), Code::hub_refused, 0, 0},
      // of the coupon: so the code is genuine, and the sale is paid
      {said(HubWord::refused, Code::coupon_spent), Code::coupon_spent, 0, 1},
      {said(HubWord::refused, Code::coupon_void), Code::coupon_void, 0, 1},
  };
  for (const auto& row : rows) {
    CAPTURE(static_cast<int>(row.reply.word), base::code_name(row.reply.why.code));
    Counter counter;
    const auto coupon = counter.coupon_from_there();
    auto request = counter.sale_with({coupon.code_text});
    request.hub_replies = {row.reply};
    const auto outcome = counter.shop.post(request);
    CHECK(outcome.kind == terminal::SaleOutcome::Kind::recorded);
    CHECK(outcome.honoured == (row.refused ? std::vector<Honour>{} : std::vector{Honour::confirmed}));
    if (row.refused) CHECK(outcome.refused.at(0).code == *row.refused);
    CHECK(counter.shop.facts_of<model::CouponConfirmed>().size() == (row.refused ? 0U : 1U));
    CHECK(counter.shop.facts_of<model::CouponProvisional>().empty());
    CHECK(counter.over_redeemed() == row.over_redeemed);
    const auto redemption = model::redemption_id(counter.brand.id, request.sale.key, coupon.coupon.coupon);
    REQUIRE(counter.cancelled().size() == row.cancelled);
    if (row.cancelled > 0) {
      CHECK(counter.cancelled()[0].coupon == coupon.coupon.coupon);
      CHECK(counter.cancelled()[0].redemption == redemption);
    }
  }
}

TEST_CASE("A yes that this sale cannot use is taken back", "[unknown_issuer]") {
  Counter counter;
  auto request = counter.sale_with({counter.coupon_from_there().code_text});
  request.session_strength = model::Strength::phone_typed;
  CHECK_FALSE(counter.shop.terminal->questions(request)->coupons.at(0));
  request.hub_replies = {said(HubWord::confirmed)};
  const auto outcome = counter.shop.post(request);
  REQUIRE(outcome.refused.size() == 1);
  CHECK(outcome.refused[0].code == Code::identity_too_weak);
  CHECK(counter.cancelled().size() == 1);
}

TEST_CASE("Shown twice in one sale, the silence about the second is not the end of the first", "[unknown_issuer]") {
  Counter counter;
  const auto code = counter.coupon_from_there().code_text;
  auto request = counter.sale_with({code, code});
  request.hub_replies = {said(HubWord::confirmed), said(HubWord::silent)};
  const auto outcome = counter.shop.post(request);
  CHECK(outcome.honoured == std::vector{Honour::confirmed});
  REQUIRE(outcome.refused.size() == 1);
  CHECK(outcome.refused[0].code == Code::coupon_spent);
  CHECK(counter.cancelled().empty());

  const auto other = counter.coupon_from_there().code_text;
  request = counter.sale_with({other, other});
  request.hub_replies = {said(HubWord::silent), said(HubWord::confirmed)};
  CHECK(counter.shop.post(request).redeemed.empty());
  CHECK(counter.cancelled().size() == 1);
}

TEST_CASE("A yes from before this machine died is taken back when the replica tells of it", "[unknown_issuer]") {
  Counter counter;
  const auto issued = counter.coupon_from_there();
  const auto& coupon = issued.coupon;
  counter.shop.hub_says(
      {tests::row_of(wire::RowKind::coupon, coupon.coupon.value,
                     wire::encode(wire::CouponRow{coupon.coupon, counter.member, coupon.campaign, base::StoreId{12},
                                                  base::TerminalId{2}, 500, 2'000, coupon.not_before.days,
                                                  coupon.expires.days, wire::CouponState::redeemed}))});
  CHECK(counter.shop.post(counter.sale_with({issued.code_text})).refused.at(0).code == Code::code_unknown_issuer);
  CHECK(counter.cancelled().size() == 1);
}
