// SPDX-License-Identifier: Apache-2.0
#include "sync/codes/payload.h"
#include "tests/unit/terminal/shop.h"

using namespace millpond;
using base::Code;
using tests::Brand;
using tests::Shop;

namespace {

// A shop with a member who holds one coupon: 5.00 off from 20.00, from today for 30 days.
struct Counter {
  Brand brand;
  Shop shop{brand};
  base::MemberId member = shop.enrol("13800138000");
  terminal::IssuedCoupon coupon = shop.post(shop.sale_of("T-0", 4200, member)).issued.at(0);
  int number = 0;

  terminal::SaleOutcome use(std::vector<std::string> codes, std::int64_t amount_minor, base::MemberId by) {
    auto request = shop.sale_of("T-" + std::to_string(++number), amount_minor, by);
    request.redemptions = std::move(codes);
    return shop.post(request);
  }
  [[nodiscard]] std::size_t redeemed() const { return shop.facts_of<model::CouponRedeemed>().size(); }
  [[nodiscard]] std::vector<model::CouponOverRedeemed> booked() const {
    return shop.facts_of<model::CouponOverRedeemed>();
  }
};

}  // namespace

TEST_CASE("A coupon is redeemed once, and the second time the till hears why", "[redeem]") {
  Counter counter;
  const auto first = counter.use({counter.coupon.code_text}, 2000, counter.member);
  REQUIRE(first.redeemed.size() == 1);
  CHECK(first.redeemed[0].coupon == counter.coupon.coupon.coupon);
  CHECK(first.refused.empty());
  const auto facts = counter.shop.facts_of<model::CouponRedeemed>();
  REQUIRE(facts.size() == 1);
  CHECK(facts[0] ==
        model::CouponRedeemed{counter.coupon.coupon.coupon, counter.member, base::CampaignId{7}, first.seq, 500});

  const auto second = counter.use({counter.coupon.code_text}, 2000, counter.member);
  CHECK(second.kind == terminal::SaleOutcome::Kind::recorded);
  CHECK(second.points_earned == 20);
  CHECK(second.redeemed.empty());
  REQUIRE(second.refused.size() == 1);
  CHECK(second.refused[0].code == Code::coupon_spent);
  CHECK(second.refused[0].index == 0);
  CHECK(counter.redeemed() == 1);
  CHECK(counter.booked() ==
        std::vector<model::CouponOverRedeemed>{
            {counter.coupon.coupon.coupon, counter.member, base::CampaignId{7}, second.seq, 500, "coupon_spent"}});
}

TEST_CASE("A coupon scanned twice into one basket counts once", "[redeem]") {
  Counter counter;
  const auto outcome = counter.use({counter.coupon.code_text, counter.coupon.code_text}, 2000, counter.member);
  CHECK(outcome.redeemed.size() == 1);
  REQUIRE(outcome.refused.size() == 1);
  CHECK(outcome.refused[0].index == 1);
  CHECK(outcome.refused[0].code == Code::coupon_spent);
  CHECK(counter.redeemed() == 1);
  CHECK(counter.booked().empty());
}

TEST_CASE("A genuine coupon that cannot be honoured is refused with what is missing, booked, and stays usable",
          "[redeem]") {
  struct Row {
    std::int64_t amount;
    std::int32_t days_later;
    bool by_owner;
    Code code;
    std::int64_t missing;
    std::int32_t date;
  };
  const std::vector<Row> rows{
      {1999, 0, true, Code::coupon_threshold, 1, 0},         {0, 0, true, Code::coupon_threshold, 2000, 0},
      {2000, 0, false, Code::coupon_other_member, 0, 0},     {2000, 31, true, Code::code_expired, 0, 20'808},
      {2000, -1, true, Code::code_not_yet_valid, 0, 20'778},
  };
  for (const auto& row : rows) {
    CAPTURE(row.amount, row.days_later, row.by_owner);
    Counter counter;
    const auto other = counter.shop.enrol("13900139000");
    counter.shop.clock.set_wall_ms(tests::noon_ms + std::int64_t{row.days_later} * 86'400'000);
    const auto outcome = counter.use({counter.coupon.code_text}, row.amount, row.by_owner ? counter.member : other);
    CHECK(outcome.redeemed.empty());
    REQUIRE(outcome.refused.size() == 1);
    CHECK(outcome.refused[0].code == row.code);
    CHECK(outcome.refused[0].missing_minor == row.missing);
    CHECK(outcome.refused[0].date == base::LocalDate{row.date});
    REQUIRE(counter.booked().size() == 1);
    CHECK(counter.booked()[0].reason == base::code_name(row.code));
    counter.shop.clock.set_wall_ms(tests::noon_ms);
    CHECK(counter.use({counter.coupon.code_text}, 2000, counter.member).redeemed.size() == 1);
  }
}

TEST_CASE("The last good day ends at midnight in the store, not in Greenwich", "[redeem]") {
  const std::int64_t midnight_ms = std::int64_t{20'809} * 86'400'000 - 8 * 3'600'000;
  Counter counter;
  counter.shop.clock.set_wall_ms(midnight_ms);
  CHECK(counter.use({counter.coupon.code_text}, 2000, counter.member).refused.at(0).code == Code::code_expired);
  counter.shop.clock.set_wall_ms(midnight_ms - 1);
  CHECK(counter.use({counter.coupon.code_text}, 2000, counter.member).redeemed.size() == 1);
}

TEST_CASE("A coupon of another terminal is declined here, booked, and still good there", "[redeem]") {
  Counter counter;
  Shop there{counter.brand, 2};
  const auto coupon = there.post(there.sale_of("T-1", 4200, there.enrol("13900139000"))).issued.at(0);
  // before the issuer is known, it might be a forgery: nothing is booked
  CHECK(counter.use({coupon.code_text}, 2000, counter.member).refused.at(0).code == Code::code_unknown_issuer);
  CHECK(counter.booked().empty());

  REQUIRE(counter.shop.journal->commit([&](store::Transaction& t) {
    return t.put_issuer({codes::Issuer::terminal(base::TerminalId{2}, 1).value, there.identity().key.public_key(), 0});
  }));
  const auto outcome = counter.use({coupon.code_text}, 2000, counter.member);
  CHECK(outcome.redeemed.empty());
  CHECK(outcome.refused.at(0).code == Code::coupon_other_member);
  REQUIRE(counter.booked().size() == 1);
  CHECK(counter.booked()[0].coupon == coupon.coupon.coupon);
  CHECK(counter.booked()[0].value_minor == 500);
  CHECK(counter.booked()[0].reason == "coupon_other_member");

  auto request = there.sale_of("T-2", 2000);
  request.sale.member =
      coupon.coupon.issued_here ? there.facts_of<model::CouponIssued>().at(0).member : base::MemberId{};
  request.session_strength = model::Strength::member_code;
  request.redemptions = {coupon.code_text};
  CHECK(there.post(request).redeemed.size() == 1);
}

TEST_CASE("Codes that are not genuine coupons are refused by name and never booked", "[redeem]") {
  Counter counter;
  const Brand rival;
  const auto& own_key = counter.shop.identity().key;
  const codes::CouponCode invented{counter.brand.id.tag(),
                                   codes::Issuer::terminal(base::TerminalId{1}, 1),
                                   base::CouponId{123},
                                   counter.member,
                                   base::CampaignId{7},
                                   99'900,
                                   20'700,
                                   20'900,
                                   0,
                                   base::StoreId{11}};
  struct Row {
    std::string text;
    Code code;
  };
  const std::vector<Row> rows{
      {"", Code::code_unknown_kind},
      {"SAVE10", Code::code_unknown_kind},
      {"134567890123456789", Code::code_payment},
      {counter.coupon.code_text.substr(0, 100), Code::code_malformed},
      {counter.shop.terminal->member_code(counter.member), Code::code_unknown_kind},
      {codes::compose(invented, rival.hub, counter.brand.id), Code::code_forged},
      {codes::compose(invented, own_key, rival.id), Code::code_wrong_brand},
  };
  std::vector<std::string> texts;
  for (const auto& row : rows) texts.push_back(row.text);
  texts.push_back(counter.coupon.code_text);  // one good one among them
  const auto outcome = counter.use(texts, 2000, counter.member);
  REQUIRE(outcome.refused.size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(rows[i].text);
    CHECK(outcome.refused[i].index == i);
    CHECK(outcome.refused[i].code == rows[i].code);
  }
  CHECK(outcome.redeemed.size() == 1);
  CHECK(counter.booked().empty());

  // Signed by this terminal, but in no journal of it: a life before this one issued it.
  const auto lost = counter.use({codes::compose(invented, own_key, counter.brand.id)}, 2000, counter.member);
  CHECK(lost.refused.at(0).code == Code::coupon_unknown);
  CHECK(counter.booked().size() == 1);
}

TEST_CASE("A coupon that a sale brings may be used from the next sale on, and a repeat spends nothing", "[redeem]") {
  Counter counter;
  auto request = counter.shop.sale_of("T-9", 4200, counter.member);
  request.redemptions = {counter.coupon.code_text};
  const auto first = counter.shop.post(request);
  CHECK(first.redeemed.size() == 1);
  REQUIRE_FALSE(first.issued.empty());
  const auto again = counter.shop.post(request);
  CHECK(again.kind == terminal::SaleOutcome::Kind::repeated);
  CHECK(again.answer == first.answer);
  CHECK(counter.redeemed() == 1);
  CHECK(counter.booked().empty());
  CHECK(counter.use({first.issued.at(0).code_text}, 2000, counter.member).redeemed.size() == 1);
}

TEST_CASE("Coupons of other systems are refused for what they are, as they are for members", "[redeem]") {
  Counter counter;
  struct Row {
    const char* text;
    Code code;
  };
  for (const auto& row :
       {Row{"https://www.meituan.com/v/123", Code::coupon_elsewhere}, Row{"(8110)1061414", Code::coupon_online_only},
        Row{"134567890123456789", Code::code_payment}, Row{"https://example.com", Code::code_unknown_kind}}) {
    CAPTURE(row.text);
    const auto outcome = counter.use({row.text}, 2000, counter.member);
    REQUIRE(outcome.refused.size() == 1);
    CHECK(outcome.refused[0].code == row.code);
  }
  CHECK(counter.booked().empty());
}
