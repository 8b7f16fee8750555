// SPDX-License-Identifier: Apache-2.0
// A question about a coupon whose code the asking terminal could not check: the hub checks it.
#include "sync/codes/payload.h"
#include "sync/wire/rights_rows.h"
#include "tests/support/pretend_brand.h"
#include "tests/support/seeded_key.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using base::Code;
using model::HubWord;
using tests::PretendBrand;

namespace {

constexpr base::CouponId coupon{500};

// Two terminals of a brand. The coupon of the first is the hub's to confirm.
struct Shops {
  PretendBrand brand;
  tests::PretendTerminal issuer = brand.provision();
  tests::PretendTerminal asker = brand.provision({2});
  std::uint64_t redemption = 0;

  Shops() {
    issuer.begin_epoch();
    model::CouponIssued fact;
    fact.coupon = coupon;
    fact.campaign = {7};
    fact.value_minor = 500;
    fact.not_before = {20'700};
    fact.expires = {30'000};
    issuer.add(fact);
    issuer.add(model::RightsReleased{});
    REQUIRE(brand.up(issuer.all()).status == wire::UpStatus::accepted);
    REQUIRE(brand.core->project());
  }
  [[nodiscard]] codes::CouponCode says() const {
    return {{}, codes::Issuer::terminal(issuer.id(), 1), coupon, {}, {7}, 500, 20'700, 30'000, 0, {1}};
  }
  [[nodiscard]] std::string text(const codes::CouponCode& code) const {
    return codes::compose(code, issuer.key(), brand.core->brand());
  }
  wire::RedeemWord ask(const std::string& code, base::CouponId about = coupon) {
    const wire::RedeemAsk ask{++redemption, about, {}, asker.epoch(), 2'000, code};
    const auto word = brand.core->redeem(asker.id(), wire::encode(ask));
    REQUIRE(word);
    return *word;
  }
};

}  // namespace

TEST_CASE("A genuine code is confirmed with a receipt, once") {
  Shops shops;
  const auto word = shops.ask(shops.text(shops.says()));
  REQUIRE(word.word == HubWord::confirmed);
  CHECK(crypto::verify(shops.brand.hub_key.key, crypto::context::redemption, shops.brand.core->brand(),
                       wire::redemption_signed_bytes(1, coupon, shops.asker.id()), word.receipt));
  const auto second = shops.ask(shops.text(shops.says()));
  CHECK(second.word == HubWord::refused);
  CHECK(second.why.code == Code::coupon_spent);
}

TEST_CASE("A code that no issuer of the brand made is refused by name, and books nothing") {
  Shops shops;
  const auto& brand = shops.brand.core->brand();
  const auto stranger = tests::seeded_key(9);
  auto unheard = shops.says();
  unheard.issuer = codes::Issuer::terminal(base::TerminalId{4'000}, 1);
  auto dearer = shops.says();
  dearer.value_minor = 99'900;
  auto longer = shops.says();
  longer.expiry_day = 30'001;
  struct Row {
    std::string code;
    base::CouponId about;
    Code why;
  };
  const std::vector<Row> rows{
      {"SAVE10", coupon, Code::code_unknown_kind},
      {shops.text(shops.says()).substr(0, 100), coupon, Code::code_malformed},
      {codes::compose(shops.says(), shops.issuer.key(), base::BrandId{}), coupon, Code::code_wrong_brand},
      {codes::compose(codes::MemberCode{{}, shops.says().issuer, {9}, 1, 20'700, 0}, shops.issuer.key(), brand), coupon,
       Code::code_unknown_kind},
      {codes::compose(shops.says(), stranger, brand), coupon, Code::code_forged},
      {codes::compose(unheard, stranger, brand), coupon, Code::code_unknown_issuer},
      {shops.text(shops.says()), {501}, Code::code_forged},  // genuine, of another coupon
      {shops.text(dearer), coupon, Code::code_forged},       // signed, but the fact says otherwise
      {shops.text(longer), coupon, Code::code_forged},
  };
  for (const auto& row : rows) {
    const auto word = shops.ask(row.code, row.about);
    CHECK(word.word == HubWord::refused);
    CHECK(base::code_name(word.why.code) == base::code_name(row.why));
    CHECK(word.receipt == crypto::Signature{});
  }
  CHECK(shops.ask(shops.text(shops.says())).word == HubWord::confirmed);
}

TEST_CASE("A terminal that was told yes as often as a day allows hears the limit by name") {
  Shops shops;
  for (const std::uint32_t uses_day_max : {1U, 0U}) {
    CAPTURE(uses_day_max);
    REQUIRE(shops.brand.core->set_limits(model::default_limits(), uses_day_max));
    for (const auto number : {600U, 601U}) {
      model::CouponIssued fact;
      fact.coupon = {number + 10 * uses_day_max};
      fact.campaign = {7};
      fact.value_minor = 500;
      fact.not_before = {20'700};
      fact.expires = {30'000};
      fact.cause.fill(static_cast<std::uint8_t>(number + 10 * uses_day_max));
      shops.issuer.add(fact);
    }
    shops.issuer.add(model::RightsReleased{});
    REQUIRE(shops.brand.up(shops.issuer.all()).status == wire::UpStatus::accepted);
    REQUIRE(shops.brand.core->project());
    const auto first = shops.ask({}, {600 + 10 * uses_day_max});
    const auto second = shops.ask({}, {601 + 10 * uses_day_max});
    CHECK(first.word == HubWord::confirmed);
    CHECK((second.word == HubWord::refused) == (uses_day_max == 1));
    if (uses_day_max == 1) CHECK(base::code_name(second.why.code) == "coupon_cap_terminal");
  }
}

TEST_CASE("A genuine code of a coupon that the hub has not heard of is left open") {
  Shops shops;
  auto later = shops.says();
  later.coupon = {501};
  CHECK(shops.ask(shops.text(later), {501}).word == HubWord::unknown);
}

TEST_CASE("Of a revoked issuer counts what the hub was told of, and nothing that was signed since") {
  Shops shops;
  REQUIRE(shops.brand.core->revoke_terminal(shops.issuer.id()));
  auto stolen = shops.says();
  stolen.coupon = {501};
  const auto refused = shops.ask(shops.text(stolen), {501});
  CHECK(refused.word == HubWord::refused);
  CHECK(refused.why.code == Code::code_unknown_issuer);
  auto dearer = shops.says();
  dearer.value_minor = 99'900;
  CHECK(shops.ask(shops.text(dearer)).why.code == Code::code_forged);
  CHECK(shops.ask(shops.text(shops.says())).word == HubWord::confirmed);
}
