// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/kept_basket.h"

#include "sync/crypto/hash.h"
#include "sync/terminal/whole_number.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace millpond::terminal {
namespace {

using Json = nlohmann::json;

constexpr int kept_version = 1;

Json to_json(const KeptCoupon& kept) {
  const auto& code = kept.code;
  return {{"issuer", code.issuer.value},
          {"coupon", code.coupon.value},
          {"member", code.member.value},
          {"campaign", code.campaign.value},
          {"value_minor", code.value_minor},
          {"not_before", code.not_before_day},
          {"expiry", code.expiry_day},
          {"flags", code.flags},
          {"store", code.store.value},
          {"redemption", kept.redemption},
          {"word", kept.reply.word},
          {"receipt", base::to_hex(kept.reply.receipt)},
          {"open_minor", kept.reply.open.minor},
          {"open_uses", kept.reply.open.uses},
          {"discount_minor", kept.discount_minor},
          {"by_line", kept.by_line},
          {"by_own_code", kept.by_own_code}};
}

KeptCoupon coupon_from(const Json& json) {
  KeptCoupon kept;
  auto& code = kept.code;
  code.issuer.value = whole<std::uint32_t>(json.at("issuer"));
  code.coupon.value = whole<std::uint64_t>(json.at("coupon"));
  code.member.value = whole<std::uint64_t>(json.at("member"));
  code.campaign.value = whole<std::uint32_t>(json.at("campaign"));
  code.value_minor = whole<std::uint32_t>(json.at("value_minor"));
  code.not_before_day = whole<std::uint16_t>(json.at("not_before"));
  code.expiry_day = whole<std::uint16_t>(json.at("expiry"));
  code.flags = whole<std::uint8_t>(json.at("flags"));
  code.store.value = whole<std::uint32_t>(json.at("store"));
  kept.redemption = whole<std::uint64_t>(json.at("redemption"));
  kept.reply.word = static_cast<model::HubWord>(whole<std::uint8_t>(json.at("word")));
  const auto receipt = base::from_hex(json.at("receipt").get<std::string>());
  if (receipt && receipt->size() == kept.reply.receipt.size()) {
    std::copy(receipt->begin(), receipt->end(), kept.reply.receipt.begin());
  }
  kept.reply.open.minor = whole<std::int64_t>(json.at("open_minor"));
  kept.reply.open.uses = whole<std::uint32_t>(json.at("open_uses"));
  kept.discount_minor = whole<std::int64_t>(json.at("discount_minor"));
  for (const auto& part : json.at("by_line")) kept.by_line.push_back(whole<std::int64_t>(part));
  kept.by_own_code = json.value("by_own_code", true);
  return kept;
}

KeptBasket basket_from(const Json& json) {
  KeptBasket basket;
  basket.till = json.at("till").get<std::string>();
  basket.name = json.at("name").get<std::string>();
  basket.member.value = whole<std::uint64_t>(json.at("member"));
  basket.strength = static_cast<model::Strength>(whole<std::uint8_t>(json.at("strength")));
  // Not there in what was kept before there were such words.
  if (const auto by = json.find("approved_by"); by != json.end()) {
    basket.approved_by.value = whole<std::uint32_t>(*by);
  }
  if (const auto by = json.find("vouched_by"); by != json.end()) basket.vouched_by.value = whole<std::uint32_t>(*by);
  const auto goods = base::from_hex(json.at("goods").get<std::string>());
  if (goods && goods->size() == basket.goods.size()) std::copy(goods->begin(), goods->end(), basket.goods.begin());
  basket.moment.date.days = whole<std::int32_t>(json.at("date"));
  basket.moment.minute = whole<std::int32_t>(json.at("minute"));
  basket.made_ms = whole<std::int64_t>(json.at("made_ms"));
  for (const auto& coupon : json.at("coupons")) basket.coupons.push_back(coupon_from(coupon));
  return basket;
}

std::optional<KeptBasket> basket_of(const store::Hold& hold) {
  const auto json = Json::parse(hold.content.begin(), hold.content.end(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || json.value("version", Json{}) != kept_version) return std::nullopt;
  try {
    auto basket = basket_from(json);
    basket.id = hold.id;
    basket.until_ms = hold.until_ms;
    return basket;
  } catch (const std::exception&) { return std::nullopt; }
}

void add_text(base::Bytes& bytes, std::string_view text) {
  base::append_big_endian(bytes, text.size(), 4);
  base::append(bytes, base::view_of(text));
}

}  // namespace

base::Hash goods_of(const std::vector<model::SaleLine>& lines) {
  base::Bytes content;
  for (const auto& line : lines) {
    add_text(content, line.sku);
    add_text(content, line.category);
    add_text(content, line.quantity);
    base::append_big_endian(content, static_cast<std::uint64_t>(line.net_minor), 8);
    if (line.excluded) content.push_back(1);
  }
  return crypto::blake2b(content);
}

store::Hold hold_of(const KeptBasket& basket) {
  Json json{{"version", kept_version},
            {"till", basket.till},
            {"name", basket.name},
            {"member", basket.member.value},
            {"strength", basket.strength},
            {"approved_by", basket.approved_by.value},
            {"vouched_by", basket.vouched_by.value},
            {"goods", base::to_hex(basket.goods)},
            {"date", basket.moment.date.days},
            {"minute", basket.moment.minute},
            {"made_ms", basket.made_ms},
            {"coupons", Json::array()}};
  for (const auto& coupon : basket.coupons) json["coupons"].push_back(to_json(coupon));
  const auto text = json.dump();
  const auto view = base::view_of(text);
  return {basket.id, basket.until_ms, {view.begin(), view.end()}};
}

std::optional<std::size_t> own_basket(const std::vector<KeptBasket>& baskets, std::string_view till,
                                      std::string_view name, const std::set<base::CouponId>& shown) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < baskets.size(); ++i) {
    if (baskets[i].till != till) continue;
    if (!name.empty() && baskets[i].name == name) return i;
    const auto is_shown = [&](const KeptCoupon& kept) { return shown.contains(kept.code.coupon); };
    if (!found && std::ranges::any_of(baskets[i].coupons, is_shown)) found = i;
  }
  return name.empty() ? found : std::nullopt;
}

base::Result<std::vector<KeptBasket>> kept_baskets(store::Transaction& transaction) {
  MILLPOND_TRY(const auto holds, transaction.holds());
  std::vector<KeptBasket> baskets;
  for (const auto& hold : holds) {
    if (auto basket = basket_of(hold)) baskets.push_back(std::move(*basket));
  }
  return baskets;
}

}  // namespace millpond::terminal
