// SPDX-License-Identifier: Apache-2.0
// What tests of the coupon desk share: a shop whose programme has a coupon of every type, and one where the coupons
// come from another shop.
#pragma once

#include "sync/terminal/coupon_desk.h"
#include "tests/unit/terminal/shop.h"

#include <map>
#include <string>

namespace millpond::tests {

using base::Code;
using model::HubWord;

inline constexpr std::uint32_t amount = 7;
inline constexpr std::uint32_t percent = 21;
inline constexpr std::uint32_t gift = 22;
inline constexpr std::uint32_t exchange = 23;
inline constexpr std::uint32_t delivery = 24;
inline constexpr std::uint32_t mondays = 25;

inline constexpr model::HonourLimits limits{3, 600, 1'200, 5, 24 * 3'600'000, 72 * 3'600'000, 2};

// One coupon of every type for a sale of 30.00. The day is a Saturday.
inline std::string rich_programme() {
  auto json = programme_json();
  const auto coupons = json.find("\"campaigns\"");
  const std::string more = R"(
      {"id": 21, "name": {"zh-CN": "饮品八折", "en": "Drinks"}, "type": "percent_off", "basis_points": 2000,
       "cap_minor": 550, "threshold_minor": 0, "valid": {"days": 30}, "scope": {"categories": ["drinks"]}},
      {"id": 22, "name": {"zh-CN": "送蛋糕", "en": "Cake"}, "type": "gift", "rewards": ["cake"], "cap_minor": 1800,
       "threshold_minor": 1000, "valid": {"days": 30}},
      {"id": 23, "name": {"zh-CN": "换购", "en": "Swap"}, "type": "exchange", "rewards": ["cake"],
       "exchange_minor": 100, "cap_minor": 1500, "threshold_minor": 1000, "valid": {"days": 30}},
      {"id": 24, "name": {"zh-CN": "免配送", "en": "Delivery"}, "type": "free_delivery", "cap_minor": 600,
       "threshold_minor": 0, "valid": {"days": 30}},
      {"id": 25, "name": {"zh-CN": "周一", "en": "Monday"}, "type": "amount_off", "value_minor": 100,
       "threshold_minor": 100, "valid": {"days": 30}, "weekdays": ["mon"]}],
    )";
  json.replace(json.rfind(']', coupons), coupons - json.rfind(']', coupons), "," + more);
  const std::string one = R"("actions": [{"coupon": 7}])";
  json.replace(json.find(one), one.size(),
               R"("actions": [{"coupon": 7}, {"coupon": 21}, {"coupon": 22}, {"coupon": 23}, {"coupon": 24},
                 {"coupon": 25}])");
  return json;
}

struct Counter {
  Brand brand;
  Shop shop;
  terminal::CouponDesk desk{*shop.terminal};
  base::MemberId member;
  std::map<std::uint32_t, terminal::IssuedCoupon> coupons;  // by offer
  int number = 0;
  int asked = 0;
  std::map<std::uint64_t, HubWord> words;  // by coupon; what the hub says

  explicit Counter(const std::string& vfs = {}) : shop{brand, 1, false, vfs} {
    shop.publish(rich_programme());
    member = shop.enrol("13800138000");
    for (const auto& issued : shop.post(shop.sale_of("T-0", 4'200, member)).issued) {
      coupons[issued.coupon.campaign.value] = issued;
    }
    REQUIRE(coupons.size() == 6);
  }

  [[nodiscard]] terminal::BasketRequest basket(std::string name = {}, std::string till = "till-1") const {
    terminal::BasketRequest request;
    request.till = std::move(till);
    request.name = std::move(name);
    request.currency = cny;
    request.lines = {{"1", "oolong", "1", "drinks", 2'000, 0},
                     {"2", "cake", "2", "food", 3'400, 0},
                     {"3", "", "1", "delivery", 700, 0}};
    request.session_member = member;
    request.session_strength = model::Strength::rotating_code;
    return request;
  }
  // Of whom a picture of the card is all there is.
  [[nodiscard]] terminal::BasketRequest by_card(std::string name, std::string till = "till-1") const {
    auto request = basket(std::move(name), std::move(till));
    request.session_member = {};
    request.session_strength = {};
    request.member_code = shop.terminal->member_code(member);
    return request;
  }
  [[nodiscard]] terminal::SaleRequest paid(const terminal::BasketRequest& basket) {
    auto request = shop.sale_of("T-" + std::to_string(++number), 0);
    request.sale.key.till = basket.till;
    request.sale.lines = basket.lines;
    for (const auto& line : basket.lines) request.sale.total_minor += line.net_minor;
    request.sale.eligible_minor = request.sale.total_minor;
    request.sale.tenders = {{model::TenderType::cash, request.sale.total_minor}};
    request.basket = basket.name;
    return request;
  }
  terminal::Quote keep(const terminal::BasketRequest& request, std::int64_t for_ms = 300'000) {
    auto kept = desk.keep(request, for_ms, [this](const auto& asks) {
      std::vector<terminal::HubReply> replies;
      for (const auto& ask : asks) {
        auto& reply = replies.emplace_back();
        if (!ask) continue;
        ++asked;
        reply.word = words.contains(ask->coupon.value) ? words[ask->coupon.value] : HubWord::silent;
        reply.receipt.fill(9);
        if (reply.word == HubWord::refused) reply.why.code = Code::coupon_spent;
      }
      return replies;
    });
    if (!kept) FAIL(base::describe(kept.error()));
    return std::move(*kept);
  }
  [[nodiscard]] std::string of(std::uint32_t offer) const { return coupons.at(offer).code_text; }
};

// By offer: what it takes off.
inline std::map<std::uint32_t, std::int64_t> taken(const terminal::Quote& quote) {
  std::map<std::uint32_t, std::int64_t> found;
  for (const auto& each : quote.taken) found[each.coupon.campaign.value] = each.coupon.discount_minor;
  return found;
}

inline std::map<std::uint32_t, Code> refused(const terminal::Quote& quote) {
  std::map<std::uint32_t, Code> found;
  for (const auto& each : quote.refused) found[each.campaign.value] = each.code;
  return found;
}

using Discounts = std::map<std::uint32_t, std::int64_t>;

// Coupons that another shop gave: the hub has the say.
struct Elsewhere : Counter {
  Shop there{brand, 2, false};
  explicit Elsewhere(const std::string& vfs = {}) : Counter{vfs} {
    there.publish(rich_programme());
    there.hub_says({member_row(member, 0)});
    coupons.clear();
    const auto code = shop.terminal->member_code(member);
    REQUIRE(there.journal->commit([&](store::Transaction& t) {
      return t.put_issuer({codes::Issuer::terminal(base::TerminalId{1}, 1).value, shop.identity().key.public_key(), 0});
    }));
    auto request = there.sale_of("there-1", 4'200);
    request.member_code = code;
    for (const auto& issued : there.post(request).issued) coupons[issued.coupon.campaign.value] = issued;
    REQUIRE(shop.journal->commit([&](store::Transaction& t) -> base::Result<> {
      MILLPOND_TRY_DO(
          t.put_issuer({codes::Issuer::terminal(base::TerminalId{2}, 1).value, there.identity().key.public_key(), 0}));
      return t.put_document("allowance", 3, wire::encode(limits));
    }));
    shop.hub_has_said_all();
    shop.hub_says_time(noon_ms);
  }
  // A drink and a cake, with two coupons of there.
  [[nodiscard]] terminal::BasketRequest two(std::string till = "till-1") const {
    auto request = basket("B-1", std::move(till));
    request.lines.resize(2);
    request.codes = {of(gift), of(percent)};
    return request;
  }
  void use_up_own() {  // so that only those of there count
    const auto view = shop.terminal->member(member);
    REQUIRE(view);
    for (const auto& coupon : view->coupons) {
      REQUIRE(shop.journal->commit([&](store::Transaction& t) -> base::Result<> {
        MILLPOND_TRY_DO(
            t.append(model::CouponRedeemed{coupon.coupon, member, coupon.campaign, {}, 1}, noon_ms, 480, 1));
        return {};
      }));
    }
  }
};

}  // namespace millpond::tests
