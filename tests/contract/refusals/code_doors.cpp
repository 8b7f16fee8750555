// SPDX-License-Identifier: Apache-2.0
// Codes that anybody can show to a scanner.
#include "tests/contract/refusals/doors.h"
#include "tests/support/seeded_key.h"
#include "tests/unit/terminal/shop.h"

namespace millpond::tests {
namespace {

using base::Code;

constexpr std::uint16_t today = 20'778;  // of noon_ms, in Shanghai

struct Scanner {
  Brand brand;
  Brand rival;
  Shop shop{brand};
  base::MemberId member = shop.enrol("13800138000");

  Scanner() { shop.hub_says_time(noon_ms); }

  [[nodiscard]] Verdict identify(const std::string& text) { return verdict_of(shop.terminal->identify(text)); }

  [[nodiscard]] codes::MemberCode card() const {
    return {brand.id.tag(), codes::Issuer::hub(brand.hub_key.number), member, 2, today, 0};
  }
  [[nodiscard]] codes::CouponCode coupon() const {
    codes::CouponCode code;
    code.brand_tag = brand.id.tag();
    code.issuer = codes::Issuer::hub(brand.hub_key.number);
    code.coupon = {123};
    code.member = member;
    code.campaign = {7};
    code.value_minor = 500;
    code.not_before_day = today;
    code.expiry_day = today + 30;
    code.store = shop.identity().certificate.store;
    return code;
  }
  // The coupon that a sale at this terminal brings.
  [[nodiscard]] std::string issue() {
    const auto outcome = shop.post(shop.sale_of("T-1", 4'200, member));
    REQUIRE_FALSE(outcome.issued.empty());
    return outcome.issued.at(0).code_text;
  }
  [[nodiscard]] Verdict redeem(const std::string& text) {
    auto request = shop.sale_of("R-" + std::to_string(++redemptions_), 4'200, member);
    request.redemptions = {text};
    const auto outcome = shop.post(request);
    return outcome.refused.empty() ? std::nullopt : Verdict{outcome.refused.front().code};
  }
  // What the member's phone shows, vouched for by the hub with `key` as the app's.
  [[nodiscard]] std::string rotating(std::int64_t at_ms, std::uint8_t shows = 60, std::uint16_t last_day = today + 30,
                                     std::uint16_t issue_day = today) {
    codes::RotatingCode code;
    code.card = card();
    code.card.issue_day = issue_day;
    code.app_key = seeded_key(60).public_key();
    code.last_day = last_day;
    return codes::compose_rotating(codes::sign_app_card(code, brand.hub, brand.id),
                                   static_cast<std::uint32_t>(at_ms / 1'000), seeded_key(shows), brand.id);
  }
  [[nodiscard]] std::string rotating_of_rival() const {
    codes::RotatingCode code;
    code.card = card();
    code.app_key = seeded_key(60).public_key();
    code.last_day = today + 30;
    return codes::compose_rotating(codes::sign_app_card(code, rival.hub, rival.id),
                                   static_cast<std::uint32_t>(noon_ms / 1'000), seeded_key(60), rival.id);
  }
  // Another shop of the brand, whose key this one knows.
  void meet(const Shop& there) {
    const auto issuer = codes::Issuer::terminal(there.identity().certificate.terminal, 1).value;
    REQUIRE(shop.journal->commit([&](store::Transaction& t) {
      return t.put_issuer({issuer, there.identity().key.public_key(), 0});
    }));
  }

 private:
  int redemptions_ = 0;
};

Door member_code() {
  return {"member code",
          [] {
            Scanner at;
            return at.identify(at.shop.terminal->member_code(at.member));
          },
          {refused(Code::code_forged,
                   [] {
                     Scanner at;
                     return at.identify(codes::compose(at.card(), at.rival.hub, at.brand.id));
                   }),
           refused(Code::code_malformed,
                   [] {
                     Scanner at;
                     return at.identify(at.shop.terminal->member_code(at.member).substr(0, 100));
                   }),
           taken("a card is shown again and again; what a copy of it can do is bounded by its strength",
                 [] {
                   Scanner at;
                   const auto text = at.shop.terminal->member_code(at.member);
                   REQUIRE_FALSE(at.identify(text));
                   return at.identify(text);
                 }),
           senseless("a code stands for itself and for no place in an order"),
           senseless("a card has no last day; its issuer is revoked instead"),
           taken("a card is good in every shop of the brand",
                 [] {
                   Scanner at;
                   Shop there{at.brand, 2};
                   const auto member = there.enrol("13900139000");
                   at.meet(there);
                   at.shop.hub_says({member_row(member, 10)});
                   return at.identify(there.terminal->member_code(member));
                 }),
           refused(Code::code_wrong_brand,
                   [] {
                     Scanner at;
                     return at.identify(codes::compose(at.card(), at.rival.hub, at.rival.id));
                   }),
           refused(Code::code_not_yet_valid, [] {
             Scanner at;
             auto card = at.card();
             card.issue_day = today + 2;
             return at.identify(codes::compose(card, at.brand.hub, at.brand.id));
           })}};
}

Door coupon_code() {
  const auto changed = [](const std::function<void(codes::CouponCode&)>& change) {
    return [change] {
      Scanner at;
      auto code = at.coupon();
      change(code);
      return at.redeem(codes::compose(code, at.brand.hub, at.brand.id));
    };
  };
  return {"coupon code",
          [] {
            Scanner at;
            return at.redeem(at.issue());
          },
          {refused(Code::code_forged,
                   [] {
                     Scanner at;
                     return at.redeem(codes::compose(at.coupon(), at.rival.hub, at.brand.id));
                   }),
           refused(Code::code_malformed,
                   [] {
                     Scanner at;
                     return at.redeem(at.issue().substr(0, 120));
                   }),
           refused(Code::coupon_spent,
                   [] {
                     Scanner at;
                     const auto text = at.issue();
                     REQUIRE_FALSE(at.redeem(text));
                     return at.redeem(text);
                   }),
           senseless("each coupon of a sale is judged alone"), refused(Code::code_expired, changed([](auto& code) {
                                                                         code.not_before_day = today - 30;
                                                                         code.expiry_day = today - 1;
                                                                       })),
           refused(Code::coupon_elsewhere,
                   [] {
                     Scanner at;
                     Shop there{at.brand, 2};
                     at.meet(there);
                     auto code = at.coupon();
                     code.issuer = codes::Issuer::terminal(there.identity().certificate.terminal, 1);
                     code.store = there.identity().certificate.store;
                     return at.redeem(codes::compose(code, there.identity().key, at.brand.id));
                   }),
           refused(Code::code_wrong_brand,
                   [] {
                     Scanner at;
                     return at.redeem(codes::compose(at.coupon(), at.rival.hub, at.rival.id));
                   }),
           refused(Code::code_not_yet_valid, changed([](auto& code) { code.not_before_day = today + 1; }))}};
}

Door rotating_code() {
  return {"rotating code",
          [] {
            Scanner at;
            return at.identify(at.rotating(noon_ms));
          },
          {refused(Code::code_forged,
                   [] {
                     Scanner at;
                     return at.identify(at.rotating(noon_ms, 61));
                   }),
           refused(Code::code_malformed,
                   [] {
                     Scanner at;
                     return at.identify(at.rotating(noon_ms).substr(0, 200));
                   }),
           refused(Code::code_shown_before,
                   [] {
                     Scanner at;
                     const auto text = at.rotating(noon_ms);
                     REQUIRE_FALSE(at.identify(text));
                     return at.identify(text);
                   }),
           taken("each step of the window counts once, in whatever order they are shown",
                 [] {
                   Scanner at;
                   REQUIRE_FALSE(at.identify(at.rotating(noon_ms)));
                   return at.identify(at.rotating(noon_ms - 15'000));
                 }),
           refused(Code::code_stale,
                   [] {
                     Scanner at;
                     return at.identify(at.rotating(noon_ms - 60'000));
                   }),
           taken("a phone is its member's in every shop of the brand",
                 [] {
                   Scanner at;
                   Shop there{at.brand, 2};
                   there.hub_says_time(noon_ms);
                   there.hub_says({member_row(at.member, 10)});
                   return verdict_of(there.terminal->identify(at.rotating(noon_ms)));
                 }),
           refused(Code::code_wrong_brand,
                   [] {
                     Scanner at;
                     return at.identify(at.rotating_of_rival());
                   }),
           refused(Code::code_stale, [] {
             Scanner at;
             return at.identify(at.rotating(noon_ms + 60'000));
           })}};
}

// The key of the app behind a rotating code, which the hub vouches for until a day.
Door app_key() {
  return {"app key in it",
          [] {
            Scanner at;
            return at.identify(at.rotating(noon_ms));
          },
          {refused(Code::code_forged,
                   [] {
                     Scanner at;
                     codes::RotatingCode code;
                     code.card = at.card();
                     code.app_key = seeded_key(60).public_key();
                     code.last_day = today + 30;
                     const auto card = codes::sign_app_card(code, at.rival.hub, at.brand.id);
                     return at.identify(codes::compose_rotating(card, static_cast<std::uint32_t>(noon_ms / 1'000),
                                                                seeded_key(60), at.brand.id));
                   }),
           senseless("it has no bytes of its own: the code around it is cut"),
           senseless("it is shown with every code until its last day"), senseless("one key stands for itself"),
           refused(Code::code_expired,
                   [] {
                     Scanner at;
                     return at.identify(at.rotating(noon_ms, 60, today - 1));
                   }),
           senseless("no shop is named in it"), senseless("the brand of the code around it is looked at first"),
           refused(Code::code_not_yet_valid, [] {
             Scanner at;
             return at.identify(at.rotating(noon_ms, 60, today + 32, today + 2));
           })}};
}

}  // namespace

std::vector<Door> code_doors() { return {member_code(), coupon_code(), rotating_code(), app_key()}; }

}  // namespace millpond::tests
