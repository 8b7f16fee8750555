// SPDX-License-Identifier: Apache-2.0
// Against an implementation as slow and plain as the sentence it is made of.
#include "sync/base/rng.h"
#include "tests/unit/model/offers.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <numeric>
#include <tuple>

using namespace millpond;
using model::CouponType;
using tests::sunday_afternoon;

namespace {

struct Cart {
  std::vector<std::int64_t> lines;
  std::int64_t delivery{};
  std::vector<std::int64_t> units{};  // that nobody gave away
};

// Largest remainder by handing out units one by one.
std::vector<std::int64_t> spread(std::int64_t total, const std::vector<std::int64_t>& weights) {
  const auto sum = std::accumulate(weights.begin(), weights.end(), std::int64_t{});
  std::vector<std::int64_t> parts(weights.size());
  std::vector<std::pair<std::int64_t, std::size_t>> remainders;
  auto left = total;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    parts[i] = total * weights[i] / sum;
    left -= parts[i];
    remainders.emplace_back(-(total * weights[i] % sum), i);
  }
  std::sort(remainders.begin(), remainders.end());
  for (std::size_t i = 0; left > 0; ++i, --left) ++parts[remainders[i].second];
  return parts;
}

int step(const model::CouponOffer& offer) {
  const bool item = !offer.scope.categories.empty() || !offer.scope.items.empty();
  switch (offer.type) {
    case CouponType::gift:
    case CouponType::exchange:
      return 0;
    case CouponType::amount_off:
      return item ? 1 : 3;
    case CouponType::percent_off:
      return item ? 2 : 4;
    default:
      return 5;
  }
}

std::int64_t apply(const model::CouponOffer& offer, const model::Basket& basket, Cart& cart) {
  if (offer.type == CouponType::free_delivery) {
    const auto off = std::min(cart.delivery, offer.cap_minor);
    cart.delivery -= off;
    return off;
  }
  if (step(offer) == 0) {
    std::size_t best = 0;
    std::int64_t most = 0;
    for (std::size_t i = 0; i < basket.lines.size(); ++i) {
      const auto& line = basket.lines[i];
      if (std::find(offer.rewards.begin(), offer.rewards.end(), line.sku) == offer.rewards.end()) continue;
      if (cart.units[i] == 0) continue;
      const auto unit = std::min(line.net_minor * 1'000 / line.quantity_milli, cart.lines[i]);
      const auto off = std::min(std::max<std::int64_t>(unit - offer.exchange_minor, 0), offer.cap_minor);
      if (off > most) std::tie(most, best) = std::pair{off, i};
    }
    if (most > 0) {
      cart.lines[best] -= most;
      --cart.units[best];
    }
    return most;
  }
  std::vector<std::int64_t> weights(cart.lines.size());
  std::int64_t before = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!model::in_scope(offer.scope, basket.lines[i])) continue;
    weights[i] = cart.lines[i];
    before += basket.lines[i].net_minor;
  }
  const auto left = std::accumulate(weights.begin(), weights.end(), std::int64_t{});
  auto off = offer.type == CouponType::percent_off
                 ? std::min((left * offer.basis_points + 5'000) / 10'000, offer.cap_minor)
                 : offer.value_minor *
                       std::min(offer.threshold_minor == 0 ? 1 : before / offer.threshold_minor, offer.times_max);
  off = std::min(off, left);
  if (off == 0) return 0;
  const auto parts = spread(off, weights);
  for (std::size_t i = 0; i < parts.size(); ++i) cart.lines[i] -= parts[i];
  return off;
}

bool allowed(const std::vector<const model::HeldCoupon*>& chosen) {
  std::map<std::uint32_t, std::int64_t> of_offer;
  for (const auto* a : chosen) {
    if (a->offer->exclusive && chosen.size() > 1) return false;
    const auto count = ++of_offer[a->offer->id.value];
    if (a->offer->caps.per_sale > 0 && count > a->offer->caps.per_sale) return false;
    for (const auto* b : chosen) {
      if (a != b && !a->offer->stack_group.empty() && a->offer->stack_group == b->offer->stack_group) return false;
    }
  }
  return true;
}

struct Found {
  std::int64_t discount{};
  std::vector<std::uint64_t> coupons;  // in the order of application
};

Found naive(const model::Basket& basket, const std::vector<model::HeldCoupon>& shown) {
  using Ends = std::vector<std::pair<base::LocalDate, base::CouponId>>;
  std::tuple<std::int64_t, bool, Ends> best{0, false, {}};
  Found found;
  for (std::size_t mask = 1; mask < std::size_t{1} << shown.size(); ++mask) {
    std::vector<const model::HeldCoupon*> chosen;
    for (std::size_t i = 0; i < shown.size(); ++i) {
      if ((mask >> i & 1) != 0) chosen.push_back(&shown[i]);
    }
    if (chosen.size() > 5) continue;
    if (!allowed(chosen)) continue;
    if (std::any_of(chosen.begin(), chosen.end(), [&](const model::HeldCoupon* each) {
          return model::hurdle_of(basket, *each, {}, sunday_afternoon).has_value();
        })) {
      continue;
    }
    std::sort(chosen.begin(), chosen.end(), [](const auto* a, const auto* b) {
      return std::tuple{step(*a->offer), -a->offer->priority, a->days.last, a->coupon} <
             std::tuple{step(*b->offer), -b->offer->priority, b->days.last, b->coupon};
    });
    Cart cart{{}, basket.delivery_minor};
    for (const auto& line : basket.lines) {
      cart.lines.push_back(line.net_minor);
      cart.units.push_back(line.quantity_milli / 1'000);
    }
    std::int64_t sum = 0;
    bool each_counts = true;
    Ends ends;
    for (const auto* held : chosen) {
      const auto off = apply(*held->offer, basket, cart);
      each_counts = each_counts && off > 0;
      sum += off;
      ends.emplace_back(held->days.last, held->coupon);
    }
    if (!each_counts) continue;
    std::sort(ends.begin(), ends.end());
    const std::tuple key{-sum, chosen.front()->offer->exclusive, ends};
    if (found.discount != 0 && !(key < best)) continue;
    best = key;
    found.discount = sum;
    found.coupons.clear();
    for (const auto* held : chosen) found.coupons.push_back(held->coupon.value);
  }
  return found;
}

model::CouponOffer random_offer(std::uint32_t id, base::SeededRng& rng) {
  auto offer = tests::offer_of(id, static_cast<CouponType>(1 + rng.below(5)), 0);
  const std::vector<std::string> skus{"a", "b", "c", "d"};
  offer.value_minor = static_cast<std::int64_t>(1 + rng.below(30)) * 50;
  offer.cap_minor = static_cast<std::int64_t>(1 + rng.below(30)) * 50;
  offer.basis_points = static_cast<std::int64_t>(1 + rng.below(10'000));
  if (offer.type == CouponType::exchange) offer.exchange_minor = static_cast<std::int64_t>(1 + rng.below(500));
  offer.rewards = {skus[rng.below(2)], skus[2 + rng.below(2)]};
  offer.threshold_minor = static_cast<std::int64_t>(rng.below(4)) * 500;
  offer.times_max = 1 + static_cast<std::int64_t>(rng.below(3));
  if (rng.chance(1, 3)) offer.scope.items = {skus[rng.below(4)]};
  if (rng.chance(1, 4)) offer.scope.categories = {rng.chance(1, 2) ? "food" : "tea"};
  if (rng.chance(1, 5)) offer.scope.not_items = {skus[rng.below(4)]};
  if (rng.chance(1, 3)) offer.stack_group = rng.chance(1, 2) ? "x" : "y";
  offer.exclusive = rng.chance(1, 5);
  offer.priority = static_cast<std::int64_t>(rng.below(3));
  offer.caps.per_sale = static_cast<std::int64_t>(rng.below(3));
  return offer;
}

}  // namespace

TEST_CASE("The best combination is the one that trying everything finds", "[combination]") {
  base::SeededRng rng{2026};
  std::size_t several = 0;
  std::size_t exclusive = 0;
  std::size_t crowded = 0;  // with more usable ones than go into one sale
  for (int round = 0; round < 3'000; ++round) {
    model::Basket basket{base::StoreId{1}, {}, static_cast<std::int64_t>(rng.below(3)) * 300};
    for (std::uint64_t i = 0, lines = 1 + rng.below(5); i < lines; ++i) {
      basket.lines.push_back(tests::line_of(
          std::string(1, static_cast<char>('a' + rng.below(5))), static_cast<std::int64_t>(rng.below(4'000)),
          1 + static_cast<std::int64_t>(rng.below(3)), rng.chance(1, 2) ? "food" : "tea"));
    }
    std::vector<model::CouponOffer> offers;
    for (std::uint32_t id = 1; id <= 4; ++id) offers.push_back(random_offer(id, rng));
    std::vector<model::HeldCoupon> shown;
    for (std::uint64_t coupon = 1, count = 1 + rng.below(round % 3 == 0 ? 10 : 5); coupon <= count; ++coupon) {
      shown.push_back(
          tests::held_of(offers[rng.below(offers.size())], coupon, rng.chance(1, 2) ? "2026-12-01" : "2026-12-22"));
    }
    const auto combination = model::best_combination(basket, shown, {}, sunday_afternoon);
    const auto expected = naive(basket, shown);
    CAPTURE(round);
    REQUIRE(combination.discount_minor == expected.discount);
    std::vector<std::uint64_t> coupons;
    std::vector<std::int64_t> rest;
    for (const auto& line : basket.lines) rest.push_back(line.net_minor);
    std::int64_t sum = 0;
    for (const auto& taken : combination.taken) {
      coupons.push_back(shown[taken.coupon].coupon.value);
      REQUIRE(std::accumulate(taken.by_line.begin(), taken.by_line.end(), taken.delivery_minor) ==
              taken.discount_minor);
      for (std::size_t i = 0; i < rest.size(); ++i) rest[i] -= taken.by_line[i];
      sum += taken.discount_minor;
    }
    REQUIRE(coupons == expected.coupons);
    REQUIRE(sum == combination.discount_minor);
    REQUIRE(std::all_of(rest.begin(), rest.end(), [](std::int64_t each) { return each >= 0; }));
    REQUIRE(combination.taken.size() + combination.refused.size() == shown.size());
    if (coupons.size() > 1) ++several;
    const auto usable = std::count_if(shown.begin(), shown.end(), [&](const model::HeldCoupon& each) {
      return !model::hurdle_of(basket, each, {}, sunday_afternoon);
    });
    if (usable > 5) ++crowded;
    if (!coupons.empty() && shown[combination.taken[0].coupon].offer->exclusive) ++exclusive;
  }
  CHECK(several > 500);  // the rounds met what they are for
  CHECK(exclusive > 50);
  CHECK(crowded > 200);
}
