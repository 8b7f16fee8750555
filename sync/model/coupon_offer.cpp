// SPDX-License-Identifier: Apache-2.0
#include "sync/model/coupon_offer.h"

#include "sync/model/allocate.h"

#include <algorithm>
#include <limits>

namespace millpond::model {
namespace {

constexpr std::int64_t value_minor_max = std::numeric_limits<std::uint32_t>::max();  // a coupon code has 4 bytes for it
constexpr std::int64_t valid_days_max = 3'660;                                       // ten years
constexpr std::size_t word_bytes_max = 64;  // an item, a category, a tag, a partner
constexpr std::int64_t times_most = 1'000;
constexpr std::int64_t count_max = 1'000'000'000;

template <class List, class Value>
bool contains(const List& sorted, const Value& value) {
  return std::binary_search(sorted.begin(), sorted.end(), value);
}

std::vector<std::string> words_or_none(ObjectReader& object, const char* key) {
  if (!object.has(key)) return {};
  auto words = object.texts(key, word_bytes_max);
  std::sort(words.begin(), words.end());
  return words;
}

std::vector<std::uint32_t> numbers_or_none(ObjectReader& object, const char* key, std::int64_t least,
                                           std::int64_t most) {
  std::vector<std::uint32_t> numbers;
  if (!object.has(key)) return numbers;
  for (const auto number : object.integers(key, least, most)) numbers.push_back(static_cast<std::uint32_t>(number));
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

CouponScope read_scope(ObjectReader object, std::size_t tiers) {
  CouponScope scope;
  scope.items = words_or_none(object, "items");
  scope.categories = words_or_none(object, "categories");
  scope.not_items = words_or_none(object, "not_items");
  scope.stores = numbers_or_none(object, "stores", 1, std::numeric_limits<std::uint32_t>::max());
  if (object.has("tiers") && tiers == 0) object.report("tiers", "names a tier, and the programme has none");
  scope.tiers = numbers_or_none(object, "tiers", 0, tiers == 0 ? 0 : static_cast<std::int64_t>(tiers) - 1);
  scope.tags = words_or_none(object, "tags");
  object.finish();
  return scope;
}

CouponDays read_days(ObjectReader object) {
  CouponDays days;
  if (object.has("from")) {
    days.from = object.date("from");
    days.through = object.date("through");
    if (days.through < *days.from) object.report("through", "must not be before from");
  } else {
    days.starts_after_days = static_cast<std::int32_t>(object.integer_or("starts_after_days", 0, 0, valid_days_max));
    days.valid_days = static_cast<std::int32_t>(object.integer("days", 1, valid_days_max));
    if (days.starts_after_days > days.valid_days)
      object.report("starts_after_days", "must not be after the last good day");
  }
  object.finish();
  return days;
}

CouponCaps read_caps(ObjectReader object) {
  CouponCaps caps;
  caps.per_sale = object.integer_or("per_sale", 1, 0, times_most);
  caps.per_member = object.integer_or("per_member", 0, 1, count_max);
  caps.per_member_day = object.integer_or("per_member_day", 0, 1, count_max);
  caps.count = object.integer_or("count", 0, 1, count_max);
  caps.money_minor = object.integer_or("money_minor", 0, 1, amount_minor_max);
  object.finish();
  return caps;
}

void read_funders(ObjectReader& object, CouponOffer& offer) {
  offer.issuer = object.text_or("issuer", {}, word_bytes_max);
  offer.acceptor = object.text_or("acceptor", {}, word_bytes_max);
  if (!object.has("funders")) return;
  std::int64_t sum = 0;
  object.each("funders", [&](ObjectReader& funder) {
    CouponFunder share{funder.text("partner", word_bytes_max), funder.integer("basis_points", 1, basis_points_whole)};
    const auto same = [&](const CouponFunder& other) { return other.partner == share.partner; };
    if (std::any_of(offer.funders.begin(), offer.funders.end(), same)) funder.report("partner", "occurs twice");
    sum += share.basis_points;
    offer.funders.push_back(std::move(share));
  });
  if (sum != basis_points_whole) object.report("funders", "must sum to 10,000 basis points");
}

// What the type needs and what it may have; a member that means nothing for it stays unasked, and is refused.
void read_benefit(ObjectReader& object, CouponOffer& offer) {
  switch (offer.type) {
    case CouponType::amount_off:
      offer.value_minor = object.integer("value_minor", 1, value_minor_max);
      offer.times_max = object.integer_or("times_max", 1, 1, times_most);
      if (offer.value_minor > offer.threshold_minor) {
        object.report("value_minor", "must not be more than threshold_minor: the coupon would pay for the whole sale");
      }
      return;
    case CouponType::percent_off:
      offer.basis_points = object.integer("basis_points", 1, basis_points_whole);
      offer.cap_minor = object.integer("cap_minor", 1, value_minor_max);
      offer.value_minor = offer.cap_minor;
      return;
    case CouponType::exchange:
      offer.exchange_minor = object.integer("exchange_minor", 1, value_minor_max);
      [[fallthrough]];
    case CouponType::gift:
      offer.rewards = object.texts("rewards", word_bytes_max);
      std::sort(offer.rewards.begin(), offer.rewards.end());
      if (offer.rewards.empty()) object.report("rewards", "must name at least one item");
      if (object.has("reward")) offer.reward = object.localized("reward");
      [[fallthrough]];
    case CouponType::free_delivery:
      offer.cap_minor = object.integer("cap_minor", 1, value_minor_max);
      offer.value_minor = offer.cap_minor;
      return;
  }
}

}  // namespace

GoodDays good_days(const CouponDays& days, base::LocalDate issued) {
  if (days.from) return {std::max(*days.from, issued), days.through};
  return {base::LocalDate{issued.days + days.starts_after_days}, base::LocalDate{issued.days + days.valid_days}};
}

bool in_scope(const CouponScope& scope, const BasketLine& line) {
  if (line.excluded || contains(scope.not_items, line.sku)) return false;
  if (scope.items.empty() && scope.categories.empty()) return true;
  return contains(scope.items, line.sku) || contains(scope.categories, line.category);
}

CouponOffer read_coupon_offer(ObjectReader& object, std::size_t tiers) {
  CouponOffer offer;
  offer.id.value = static_cast<std::uint32_t>(object.integer("id", 1, std::numeric_limits<std::uint32_t>::max()));
  offer.name = object.localized("name");
  offer.type = static_cast<CouponType>(
      object.choice("type", {"amount_off", "percent_off", "gift", "exchange", "free_delivery"}) + 1);
  offer.threshold_minor = object.integer("threshold_minor", 0, amount_minor_max);
  read_benefit(object, offer);
  offer.days = read_days(object.object("valid"));
  offer.hours = read_week_hours(object);
  if (object.has("scope")) offer.scope = read_scope(object.object("scope"), tiers);
  if (object.has("goods")) offer.goods = object.localized("goods");
  offer.stack_group = object.text_or("stack_group", {}, word_bytes_max);
  offer.exclusive = object.boolean_or("exclusive", false);
  offer.priority = object.integer_or("priority", 0, -1'000, 1'000);
  if (object.has("caps")) offer.caps = read_caps(object.object("caps"));
  read_funders(object, offer);
  offer.confirmed_only = object.boolean_or("confirmed_only", false);
  return offer;
}

}  // namespace millpond::model
