// SPDX-License-Identifier: Apache-2.0
#include "sync/model/combination.h"

#include "sync/model/allocate.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace millpond::model {
namespace {

constexpr int days_a_week = 7;
constexpr std::int64_t unit_milli = 1'000;

enum class Step : std::uint8_t { reward, item_amount, item_percent, order_amount, order_percent, delivery };

Step step_of(const CouponOffer& offer) {
  const bool of_items = !offer.scope.items.empty() || !offer.scope.categories.empty();
  switch (offer.type) {
    case CouponType::gift:
    case CouponType::exchange:
      return Step::reward;
    case CouponType::amount_off:
      return of_items ? Step::item_amount : Step::order_amount;
    case CouponType::percent_off:
      return of_items ? Step::item_percent : Step::order_percent;
    case CouponType::free_delivery:
      break;
  }
  return Step::delivery;
}

template <class List, class Value>
bool contains(const List& sorted, const Value& value) {
  return std::binary_search(sorted.begin(), sorted.end(), value);
}

std::int64_t goods_in_scope(const Basket& basket, const CouponScope& scope) {
  std::int64_t sum = 0;
  for (const auto& line : basket.lines) {
    if (in_scope(scope, line)) sum = add_held(sum, std::max<std::int64_t>(line.net_minor, 0));
  }
  return sum;
}

bool has_reward(const Basket& basket, const CouponOffer& offer) {
  return std::any_of(basket.lines.begin(), basket.lines.end(), [&](const BasketLine& line) {
    return !line.excluded && line.quantity_milli >= unit_milli && contains(offer.rewards, line.sku);
  });
}

std::optional<base::LocalDate> next_good_weekday(const HeldCoupon& held, const StoreMoment& now) {
  for (int ahead = 1; ahead <= days_a_week; ++ahead) {
    const StoreMoment then{base::LocalDate{now.date.days + ahead}, 0};
    if (then.date > held.days.last) return std::nullopt;
    if (on_weekday(held.offer->hours, then)) return then.date;
  }
  return std::nullopt;
}

// Nothing that more goods or another hour would change.
std::optional<CouponRefused> standing_hurdle(const Basket& basket, const HeldCoupon& held, const Shopper& shopper,
                                             const StoreMoment& now) {
  const auto& offer = *held.offer;
  const auto& scope = offer.scope;
  const auto refuse = [](Hurdle why) { return CouponRefused{.why = why}; };
  if (now.date > held.days.last) return CouponRefused{.why = Hurdle::expired, .date = held.days.last};
  if (held.member && held.member != shopper.member) return refuse(Hurdle::other_member);
  if (!scope.stores.empty() && !contains(scope.stores, basket.store.value)) return refuse(Hurdle::store);
  if (!scope.tiers.empty() &&
      (!shopper.member || !shopper.tier || !contains(scope.tiers, static_cast<std::uint32_t>(*shopper.tier)))) {
    return refuse(Hurdle::tier);
  }
  const auto has_tag = [&](const std::string& tag) { return contains(*shopper.tags, tag); };
  if (!scope.tags.empty() &&
      (!shopper.member || !shopper.tags || std::none_of(scope.tags.begin(), scope.tags.end(), has_tag))) {
    return refuse(Hurdle::tag);
  }
  const auto used_up = [](std::int64_t cap, std::int64_t used) { return cap > 0 && used >= cap; };
  const auto& caps = offer.caps;
  for (const auto& [cap, used] : {std::pair{caps.per_member, held.use.by_member},
                                  {caps.per_member_day, held.use.by_member_today},
                                  {caps.count, held.use.count},
                                  {caps.money_minor, held.use.money_minor}}) {
    if (used_up(cap, used)) return CouponRefused{.why = Hurdle::used_up, .missing = cap};
  }
  return std::nullopt;
}

// Coupons that apply by themselves, in the order of application.
struct Candidate {
  std::size_t shown{};
  const HeldCoupon* held{};
  Step step{};
  std::vector<std::uint32_t> lines;  // in scope
};

auto order_of(const Candidate& each) {
  return std::tuple{each.step, -each.held->offer->priority, each.held->days.last, each.held->coupon.value, each.shown};
}

// What coupons have left of a basket.
struct Rest {
  explicit Rest(const Basket& basket) : delivery{std::max<std::int64_t>(basket.delivery_minor, 0)} {
    lines.reserve(basket.lines.size());
    units.reserve(basket.lines.size());
    for (const auto& line : basket.lines) {
      lines.push_back(std::max<std::int64_t>(line.net_minor, 0));
      units.push_back(line.excluded ? 0 : line.quantity_milli / unit_milli);
    }
  }
  std::vector<std::int64_t> lines;
  std::vector<std::int64_t> units;  // whole ones that no coupon has given away or exchanged
  std::int64_t delivery{};
};

CouponTaken nothing_of(const Candidate& candidate, const Rest& rest) {
  CouponTaken taken;
  taken.coupon = candidate.shown;
  taken.by_line.resize(rest.lines.size());
  return taken;
}

// The unit of a reward line that costs most, of what is left: what is given away is the customer's choice.
CouponTaken take_reward(const Candidate& candidate, const Basket& basket, Rest& rest) {
  const auto& offer = *candidate.held->offer;
  auto taken = nothing_of(candidate, rest);
  std::size_t best = rest.lines.size();
  for (std::size_t i = 0; i < rest.lines.size(); ++i) {
    const auto& line = basket.lines[i];
    if (rest.units[i] <= 0 || !contains(offer.rewards, line.sku)) continue;
    const auto unit =
        std::min(base::mul_div_floor(std::max<std::int64_t>(line.net_minor, 0), unit_milli, line.quantity_milli)
                     .value_or(rest.lines[i]),
                 rest.lines[i]);
    const auto off = std::min(unit - std::min(unit, offer.exchange_minor), offer.cap_minor);
    if (off <= taken.discount_minor) continue;
    best = i;
    taken.discount_minor = off;
  }
  if (best == rest.lines.size()) return taken;
  taken.by_line[best] = taken.discount_minor;
  rest.lines[best] -= taken.discount_minor;
  --rest.units[best];
  return taken;
}

std::int64_t amount_of(const CouponOffer& offer, std::int64_t goods_before, std::int64_t left) {
  if (offer.type == CouponType::percent_off)
    return std::min(percent_half_up(left, offer.basis_points), offer.cap_minor);
  const auto reached = offer.threshold_minor == 0 ? 1 : goods_before / offer.threshold_minor;
  return multiply_held(offer.value_minor, std::min(reached, offer.times_max));
}

CouponTaken take_amount(const Candidate& candidate, const Basket& basket, Rest& rest) {
  const auto& offer = *candidate.held->offer;
  auto taken = nothing_of(candidate, rest);
  std::vector<std::int64_t> weights;
  weights.reserve(candidate.lines.size());
  std::int64_t left = 0;
  std::int64_t before = 0;
  for (const auto line : candidate.lines) {
    weights.push_back(rest.lines[line]);
    left = add_held(left, rest.lines[line]);
    before = add_held(before, std::max<std::int64_t>(basket.lines[line].net_minor, 0));
  }
  taken.discount_minor = std::min(amount_of(offer, before, left), left);
  if (taken.discount_minor == 0) return taken;
  const auto parts = allocate(taken.discount_minor, weights);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    taken.by_line[candidate.lines[i]] = parts[i];
    rest.lines[candidate.lines[i]] -= parts[i];
  }
  return taken;
}

CouponTaken take_delivery(const Candidate& candidate, Rest& rest) {
  auto taken = nothing_of(candidate, rest);
  taken.delivery_minor = taken.discount_minor = std::min(rest.delivery, candidate.held->offer->cap_minor);
  rest.delivery -= taken.delivery_minor;
  return taken;
}

CouponTaken take(const Candidate& candidate, const Basket& basket, Rest& rest) {
  if (candidate.step == Step::reward) return take_reward(candidate, basket, rest);
  if (candidate.step == Step::delivery) return take_delivery(candidate, rest);
  return take_amount(candidate, basket, rest);
}

// Which of two coupons cannot be used in one sale, whatever else is.
std::optional<Hurdle> conflict(const Candidate& a, const Candidate& b) {
  if (a.held->coupon == b.held->coupon) return Hurdle::per_sale;
  const auto& group = a.held->offer->stack_group;
  if (!group.empty() && group == b.held->offer->stack_group) return Hurdle::stack_group;
  return std::nullopt;
}

class Search {
 public:
  Search(const Basket& basket, std::vector<Candidate> candidates)
      : basket_{basket}, candidates_{std::move(candidates)} {
    try_from(0, Rest{basket});
  }

  [[nodiscard]] const std::vector<CouponTaken>& best() const { return best_; }
  [[nodiscard]] std::int64_t best_minor() const { return best_minor_; }

  // Why a candidate is not among the best.
  [[nodiscard]] CouponRefused why_not(const Candidate& candidate) const {
    CouponRefused refused{.coupon = candidate.shown, .why = Hurdle::worth_less};
    bool exclusive_taken = false;
    std::int64_t same_offer = 0;
    for (const auto& taken : best_) {
      const auto& other = of(taken.coupon);
      if (conflict(candidate, other) == Hurdle::per_sale)
        return {.coupon = candidate.shown, .why = Hurdle::per_sale, .missing = 1};
      if (conflict(candidate, other))
        return {.coupon = candidate.shown, .why = Hurdle::stack_group, .other = other.held->coupon};
      exclusive_taken = exclusive_taken || other.held->offer->exclusive;
      if (other.held->offer->id == candidate.held->offer->id) ++same_offer;
    }
    const auto cap = candidate.held->offer->caps.per_sale;
    if (cap > 0 && same_offer >= cap) return {.coupon = candidate.shown, .why = Hurdle::per_sale, .missing = cap};
    if (exclusive_taken || candidate.held->offer->exclusive)
      refused.why = Hurdle::exclusive;
    else if (leaves_nothing(candidate))
      refused.why = Hurdle::no_rest;
    else if (best_.size() == combined_max)
      refused.why = Hurdle::too_many;
    return refused;
  }

  [[nodiscard]] const Candidate& of(std::size_t shown) const {
    return *std::find_if(candidates_.begin(), candidates_.end(),
                         [&](const Candidate& each) { return each.shown == shown; });
  }

 private:
  void try_from(std::size_t next, const Rest& rest) {
    if (next == candidates_.size()) return weigh();
    const auto& candidate = candidates_[next];
    if (may_join(candidate)) {
      auto less = rest;
      auto taken = take(candidate, basket_, less);
      if (taken.discount_minor > 0 && has_money(candidate, taken)) {
        minor_ += taken.discount_minor;
        chosen_.push_back(std::move(taken));
        try_from(next + 1, less);
        minor_ -= chosen_.back().discount_minor;
        chosen_.pop_back();
      }
    }
    try_from(next + 1, rest);
  }

  // The whole offer's money cap, of which this sale takes more with each coupon of it.
  [[nodiscard]] bool has_money(const Candidate& candidate, const CouponTaken& taken) const {
    const auto cap = candidate.held->offer->caps.money_minor;
    if (cap == 0) return true;
    auto used = add_held(candidate.held->use.money_minor, taken.discount_minor);
    for (const auto& other : chosen_) {
      if (of(other.coupon).held->offer->id == candidate.held->offer->id) used = add_held(used, other.discount_minor);
    }
    return used <= cap;
  }

  [[nodiscard]] bool may_join(const Candidate& candidate) const {
    const auto& offer = *candidate.held->offer;
    if (chosen_.size() == combined_max) return false;
    if (!chosen_.empty() && (offer.exclusive || of(chosen_.front().coupon).held->offer->exclusive)) return false;
    std::int64_t same_offer = 0;
    for (const auto& taken : chosen_) {
      const auto& other = of(taken.coupon);
      if (conflict(candidate, other)) return false;
      if (other.held->offer->id == offer.id) ++same_offer;
    }
    const auto within = [&](std::int64_t cap, std::int64_t used) { return cap == 0 || used + same_offer < cap; };
    const auto& use = candidate.held->use;
    return within(offer.caps.per_sale, 0) && within(offer.caps.per_member, use.by_member) &&
           within(offer.caps.per_member_day, use.by_member_today) && within(offer.caps.count, use.count);
  }

  void weigh() {
    if (chosen_.empty() || minor_ < best_minor_) return;
    if (minor_ == best_minor_ && !wins_tie()) return;
    best_ = chosen_;
    best_minor_ = minor_;
  }

  [[nodiscard]] std::vector<std::pair<base::LocalDate, base::CouponId>> ends_of(
      const std::vector<CouponTaken>& taken) const {
    std::vector<std::pair<base::LocalDate, base::CouponId>> ends;
    for (const auto& each : taken) ends.emplace_back(of(each.coupon).held->days.last, of(each.coupon).held->coupon);
    std::sort(ends.begin(), ends.end());
    return ends;
  }

  [[nodiscard]] bool is_exclusive(const std::vector<CouponTaken>& taken) const {
    return !taken.empty() && of(taken.front().coupon).held->offer->exclusive;
  }

  [[nodiscard]] bool wins_tie() const {
    if (best_.empty()) return true;
    if (is_exclusive(chosen_) != is_exclusive(best_)) return is_exclusive(best_);
    return ends_of(chosen_) < ends_of(best_);
  }

  // Whether the coupon would find nothing of its goods left after the best.
  [[nodiscard]] bool leaves_nothing(const Candidate& candidate) const {
    Rest rest{basket_};
    for (const auto& taken : best_) {
      const bool of_units = of(taken.coupon).step == Step::reward;
      for (std::size_t i = 0; i < rest.lines.size(); ++i) {
        rest.lines[i] -= taken.by_line[i];
        if (of_units && taken.by_line[i] > 0) --rest.units[i];
      }
      rest.delivery -= taken.delivery_minor;
    }
    return take(candidate, basket_, rest).discount_minor == 0;
  }

  const Basket& basket_;
  std::vector<Candidate> candidates_;
  std::vector<CouponTaken> chosen_;
  std::int64_t minor_{};
  std::vector<CouponTaken> best_;
  std::int64_t best_minor_{};
};

// What a coupon takes off by itself.
std::int64_t alone(const Candidate& candidate, const Basket& basket) {
  Rest rest{basket};
  return take(candidate, basket, rest).discount_minor;
}

Candidate candidate_of(const Basket& basket, const HeldCoupon& held, std::size_t shown) {
  Candidate candidate{shown, &held, step_of(*held.offer), {}};
  for (std::size_t i = 0; i < basket.lines.size(); ++i) {
    if (in_scope(held.offer->scope, basket.lines[i])) candidate.lines.push_back(static_cast<std::uint32_t>(i));
  }
  return candidate;
}

bool of_one_offer(const Candidate& a, const Candidate& b) {
  const auto& one = *a.held->offer;
  const auto& other = *b.held->offer;
  return &one == &other || (one.id == other.id && one == other);
}

// Leaves what the search is worth trying: weighed_max, and of those that go with no other the best. Up to there nothing
// is left out that could be among the best. Of more, one offer gives no more than go into one sale, the earliest:
// others of it do the same, but that ids and last days decide in which order percentages are taken.
class Choice {
 public:
  Choice(const Basket& basket, std::vector<Candidate> candidates) {
    const auto rank = [](const Ranked& each) {
      const auto& held = *each.candidate.held;
      return std::tuple{-each.alone_minor, held.days.last, held.coupon, each.candidate.shown};
    };
    for (auto& each : candidates) {
      const auto minor = alone(each, basket);
      ranked_.push_back({std::move(each), minor});
    }
    std::sort(ranked_.begin(), ranked_.end(), [&](const Ranked& a, const Ranked& b) { return rank(a) < rank(b); });
  }

  [[nodiscard]] std::vector<Candidate> kept(std::vector<CouponRefused>& refused) {
    for (auto& each : ranked_) {
      if (fits(each.candidate, false, refused)) kept_.push_back(std::move(each.candidate));
    }
    if (kept_.size() > weighed_max) {
      auto many = std::exchange(kept_, {});
      for (auto& each : many) {
        if (fits(each, true, refused)) kept_.push_back(std::move(each));
      }
    }
    for (auto i = kept_.size(); i-- > 0 && kept_.size() > weighed_max;) drop_one_of_many(i, refused);
    while (kept_.size() > weighed_max) {
      refused.push_back({.coupon = kept_.back().shown, .why = Hurdle::too_many});
      kept_.pop_back();
    }
    return std::move(kept_);
  }

 private:
  struct Ranked {
    Candidate candidate;
    std::int64_t alone_minor{};
  };
  static constexpr std::ptrdiff_t of_group_max = 3;  // which of a group fits best depends on what else is taken

  // Beside those that are kept; refused otherwise.
  [[nodiscard]] bool fits(const Candidate& candidate, bool sparing, std::vector<CouponRefused>& refused) const {
    const auto& offer = *candidate.held->offer;
    const auto of_sale = static_cast<std::ptrdiff_t>(combined_max);
    const auto limit = offer.caps.per_sale > 0 ? std::min<std::ptrdiff_t>(offer.caps.per_sale, of_sale) : of_sale;
    std::ptrdiff_t same = 0;
    std::optional<CouponRefused> why;
    for (const auto& other : kept_) {
      if (other.held->coupon == candidate.held->coupon) why = {.why = Hurdle::per_sale, .missing = 1};
      if (!why && offer.exclusive && other.held->offer->exclusive) why = {.why = Hurdle::exclusive};
      if (sparing && of_one_offer(candidate, other)) ++same;
    }
    if (!why && same >= limit && limit == offer.caps.per_sale) why = {.why = Hurdle::per_sale, .missing = limit};
    if (!why && same >= limit) why = {.why = Hurdle::too_many};
    if (!why) return true;
    why->coupon = candidate.shown;
    refused.push_back(*why);
    return false;
  }

  void drop_one_of_many(std::size_t i, std::vector<CouponRefused>& refused) {
    const auto& group = kept_[i].held->offer->stack_group;
    if (group.empty()) return;
    const auto of_group = [&](const Candidate& each) { return each.held->offer->stack_group == group; };
    if (std::count_if(kept_.begin(), kept_.end(), of_group) <= of_group_max) return;
    const auto best = std::find_if(kept_.begin(), kept_.end(), of_group);
    refused.push_back({.coupon = kept_[i].shown, .why = Hurdle::stack_group, .other = best->held->coupon});
    kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(i));
  }

  std::vector<Ranked> ranked_;
  std::vector<Candidate> kept_;
};

}  // namespace

std::optional<CouponRefused> hurdle_of(const Basket& basket, const HeldCoupon& held, const Shopper& shopper,
                                       const StoreMoment& now) {
  if (auto standing = standing_hurdle(basket, held, shopper, now)) return standing;
  const auto& offer = *held.offer;
  if (now.date < held.days.first) return CouponRefused{.why = Hurdle::not_yet, .date = held.days.first};
  if (!on_weekday(offer.hours, now)) {
    return CouponRefused{.why = Hurdle::weekday, .date = next_good_weekday(held, now).value_or(base::LocalDate{})};
  }
  if (!within_hours(offer.hours, now)) return CouponRefused{.why = Hurdle::hours, .minute = offer.hours.from_min};
  const auto goods = goods_in_scope(basket, offer.scope);
  const bool of_goods = step_of(offer) != Step::delivery;
  if (of_goods && goods == 0) return CouponRefused{.why = Hurdle::no_goods};
  if (step_of(offer) == Step::reward && !has_reward(basket, offer)) return CouponRefused{.why = Hurdle::no_reward};
  if (goods < offer.threshold_minor) {
    return CouponRefused{.why = Hurdle::threshold, .missing = offer.threshold_minor - goods};
  }
  return std::nullopt;
}

Combination best_combination(const Basket& basket, std::span<const HeldCoupon> shown, const Shopper& shopper,
                             const StoreMoment& now) {
  Combination combination;
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (auto refused = hurdle_of(basket, shown[i], shopper, now)) {
      refused->coupon = i;
      combination.refused.push_back(*refused);
    } else {
      candidates.push_back(candidate_of(basket, shown[i], i));
    }
  }
  if (candidates.size() > combined_max) candidates = Choice{basket, std::move(candidates)}.kept(combination.refused);
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return order_of(a) < order_of(b); });
  const Search search{basket, candidates};
  combination.taken = search.best();
  combination.discount_minor = search.best_minor();
  const auto taken = [&](const Candidate& candidate) {
    return std::any_of(combination.taken.begin(), combination.taken.end(),
                       [&](const CouponTaken& each) { return each.coupon == candidate.shown; });
  };
  for (const auto& candidate : candidates) {
    if (!taken(candidate)) combination.refused.push_back(search.why_not(candidate));
  }
  std::sort(combination.refused.begin(), combination.refused.end(),
            [](const CouponRefused& a, const CouponRefused& b) { return a.coupon < b.coupon; });
  return combination;
}

}  // namespace millpond::model
