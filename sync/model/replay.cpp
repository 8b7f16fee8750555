// SPDX-License-Identifier: Apache-2.0
#include "sync/model/replay.h"

#include "sync/model/allocate.h"

#include <algorithm>
#include <limits>

namespace millpond::model {
namespace {

constexpr std::size_t sale_bytes_max = 64U << 10;
constexpr std::size_t word_bytes_max = 64;

void read_shopper(ObjectReader& object, Shopper& shopper, std::size_t tiers) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  shopper.member.value = static_cast<std::uint64_t>(object.integer("member", 0, most));
  if (object.has("tier")) {
    shopper.tier =
        static_cast<std::size_t>(object.integer("tier", 0, tiers == 0 ? 0 : static_cast<std::int64_t>(tiers) - 1));
  }
  if (object.has("visits")) shopper.visits = object.integer("visits", 0, 1'000'000);
  if (object.has("spend_minor")) shopper.spend_minor = object.integer("spend_minor", 0, amount_minor_max);
  if (object.has("tags")) {
    shopper.tags = object.texts("tags", word_bytes_max);
    std::sort(shopper.tags->begin(), shopper.tags->end());
  }
}

}  // namespace

base::Result<PastSale> parse_past_sale(base::ByteView json, std::size_t tiers) {
  Document document{json, sale_bytes_max, "read past sale"};
  auto object = document.root();
  PastSale sale;
  sale.at_ms = object.moment_ms("at");
  sale.transaction = object.text("transaction", word_bytes_max);
  sale.basket.store.value =
      static_cast<std::uint32_t>(object.integer("store", 1, std::numeric_limits<std::uint32_t>::max()));
  sale.eligible_minor = object.integer("eligible_minor", 0, amount_minor_max);
  for (const auto index : object.choices(
           "paid_with", {"cash", "card", "wechat_pay", "alipay", "points", "coupon", "gift_card", "other"})) {
    sale.paid_with.push_back(static_cast<TenderType>(index + 1));
  }
  object.each("lines", [&](ObjectReader& line) {
    BasketLine read;
    read.sku = line.text("sku", word_bytes_max);
    read.category = line.text_or("category", {}, word_bytes_max);
    const auto quantity = quantity_milli_of(line.text("quantity", 16));
    if (!quantity) line.report("quantity", "must be a decimal like 0.350");
    read.quantity_milli = quantity.value_or(0);
    read.net_minor = line.integer("net_minor", 0, amount_minor_max);
    sale.basket.lines.push_back(std::move(read));
  });
  read_shopper(object, sale.shopper, tiers);
  object.finish();
  if (const auto problem = document.problem()) return *problem;
  return sale;
}

void Replay::on(const PastSale& sale) {
  ++sales_;
  eligible_minor_ = add_held(eligible_minor_, sale.eligible_minor);
  const auto moment = store_moment(sale.at_ms, offset_at(book_.programme(), sale.at_ms));
  const auto key = event_key(SaleKey{sale.basket.store, "", moment.date, sale.transaction});
  const auto member = sale.shopper.member.value;
  const auto uses = [&](const Campaign& campaign) {
    const auto& so_far = campaigns_[campaign.id];
    const auto& used = used_[campaign.id];
    const auto count = [](const auto& map, const auto& of) {
      const auto found = map.find(of);
      return found == map.end() ? std::int64_t{0} : found->second;
    };
    CampaignUse use;
    use.by_member = count(used.by_member, member);
    use.by_member_today = count(used.by_member_day, std::pair{member, moment.date});
    use.left = campaign.caps.count - static_cast<std::int64_t>(so_far.gave);
    use.left_minor = campaign.caps.money_minor - so_far.face_minor;
    return use;
  };
  const auto evaluation = book_.evaluate(brand_, {Trigger::sale_paid, {}, 0, key}, sale.shopper,
                                         {moment, &sale.basket, sale.eligible_minor, sale.paid_with}, uses);
  std::set<base::CampaignId> gave;
  for (const auto& award : evaluation.awards) {
    auto& campaign = campaigns_[award.campaign];
    if (award.deferred) ++campaign.deferred;
    if (award.action.kind == ActionKind::points) campaign.points = add_held(campaign.points, award.action.number);
    if (award.action.kind == ActionKind::coupon) {
      ++campaign.coupons;
      const auto* const offer = book_.find_offer({award.number});
      if (offer != nullptr) campaign.face_minor = add_held(campaign.face_minor, offer->value_minor);
    }
    gave.insert(award.campaign);
  }
  for (const auto id : gave) {
    auto& campaign = campaigns_[id];
    ++campaign.looked_at;
    ++campaign.gave;
    auto& used = used_[id];
    if (used.by_member[member]++ == 0) ++campaign.members;
    ++used.by_member_day[{member, moment.date}];
  }
  for (const auto& refused : evaluation.not_given) {
    ++campaigns_[refused.campaign].looked_at;
    if (refused.why == Obstacle::held_out) ++campaigns_[refused.campaign].held_out;
  }
}

}  // namespace millpond::model
