// SPDX-License-Identifier: Apache-2.0
#include "tests/support/sample_shop.h"

#include "sync/base/file.h"
#include "tests/support/paths.h"

#include <algorithm>
#include <stdexcept>

namespace millpond::tests {
namespace {

model::Programme read_programme(const char* path) {
  const auto bytes = base::read_file(source_dir() / path);
  if (!bytes) throw std::runtime_error{std::string{"no programme "} + path};
  return model::parse_programme(*bytes).value();
}

}  // namespace

const model::Programme& sample_programme() {
  static const model::Programme shop = read_programme("assets/shop/programme.json");
  return shop;
}

const model::Programme& sample_chain() {
  static const model::Programme chain = read_programme("assets/chain/programme.json");
  return chain;
}

flow::CouponCard sample_coupon(std::uint64_t id, std::int64_t value_minor, std::int64_t threshold_minor, int month,
                               int day) {
  flow::CouponCard card;
  card.coupon = base::CouponId{id};
  card.value_minor = value_minor;
  card.threshold_minor = threshold_minor;
  card.expires = base::to_local_date({2026, month, day});
  card.offer = sample_programme().coupons.front();
  return card;
}

flow::CouponCard sample_chain_coupon(std::uint64_t id, std::uint32_t offer, int month, int day) {
  const auto& offers = sample_chain().coupons;
  const auto found = std::ranges::find_if(offers, [&](const auto& each) { return each.id.value == offer; });
  if (found == offers.end()) throw std::invalid_argument{"no offer " + std::to_string(offer)};
  flow::CouponCard card;
  card.coupon = base::CouponId{id};
  card.value_minor = found->value_minor;
  card.threshold_minor = found->threshold_minor;
  card.expires = base::to_local_date({2026, month, day});
  card.offer = *found;
  return card;
}

flow::MemberCard sample_card() {
  flow::MemberCard member;
  member.member = sample_lin;
  member.shown_name = "林**";
  member.points = 2490;
  member.points_pending = 35;
  member.qualifying_minor = 249'000;
  member.as_of_ms = sample_wall_ms;
  member.strength = model::Strength::member_code;
  member.coupons = {sample_coupon(1, 800, 3000, 11, 25), sample_coupon(2, 1500, 8000, 12, 1),
                    sample_coupon(3, 500, 2000, 12, 21), sample_coupon(4, 2000, 15000, 12, 30)};
  member.consents = {{model::Purpose::marketing, false}};
  return member;
}

flow::SaleResult sample_sale() {
  flow::SaleResult sold;
  sold.total_minor = 6850;
  sold.points_earned = 60;
  sold.balance = 2585;
  sold.member = sample_lin;
  sold.strength = model::Strength::member_code;
  auto used = sample_coupon(1, 800, 3000, 11, 25);
  used.discount_minor = 800;
  sold.redeemed = {used};
  sold.issued = {{sample_coupon(9, 800, 3000, 12, 21), "K1:COUPON", {}}};
  sold.event_seq = 1042;
  return sold;
}

flow::Weighed sample_weighed() {
  flow::Weighed basket{6850, 800, {}};
  auto taken = sample_coupon(1, 800, 3000, 11, 25);
  taken.discount_minor = 800;
  basket.coupons.push_back({taken, true, {}, {}});
  basket.coupons.push_back({sample_coupon(2, 1500, 8000, 12, 1), false,
                            model::CouponRefused{1, model::Hurdle::threshold, 1150, {}, 0, {}},
                            base::Code::coupon_threshold});
  basket.coupons.push_back({sample_coupon(3, 500, 2000, 12, 21), false,
                            model::CouponRefused{2, model::Hurdle::worth_less, 0, {}, 0, {}},
                            base::Code::coupon_not_combined});
  basket.coupons.push_back({sample_coupon(4, 2000, 15000, 12, 30), false, {}, base::Code::coupon_held});
  return basket;
}

flow::BasketTold sample_basket() {
  flow::BasketTold told{"till-1", {}, sample_weighed(), sample_lin};
  told.lines = {{"1", "oolong-milk-tea", "2", "drinks", 4400, 0},
                {"2", "pineapple-cake", "1", "food", 1700, 0},
                {"3", "egg-tart", "1", "food", 750, 0}};
  return told;
}

flow::BasketTold sample_long_basket() {
  auto told = sample_basket();
  for (int i = 4; i <= 8; ++i) {
    const auto id = std::to_string(i);
    told.lines.push_back({id, "sesame-bun-" + id, "1", "food", 600, 0});
  }
  return told;
}

}  // namespace millpond::tests
