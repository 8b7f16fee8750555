// SPDX-License-Identifier: Apache-2.0
#include "sync/model/conditions.h"

#include <algorithm>
#include <limits>

namespace millpond::model {
namespace {

constexpr std::size_t word_bytes_max = 64;
constexpr std::size_t nodes_max = 200;
constexpr std::int64_t count_max = 1'000'000;
constexpr std::int64_t days_most = 36'500;

template <class List, class Value>
bool contains(const List& sorted, const Value& value) {
  return std::binary_search(sorted.begin(), sorted.end(), value);
}

template <class Kept, class Known>
Truth known_at_least(const Kept& known, const Known& least) {
  return known ? truth_of(*known >= least) : Truth::unknown;
}

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

base::LocalDate birthday_in(MonthDay birthday, int year) {
  const int day = birthday.month == 2 && birthday.day == 29 && !is_leap(year) ? 28 : birthday.day;
  return base::to_local_date({year, birthday.month, day});
}

bool basket_holds(const Basket& basket, const std::vector<std::string>& items,
                  const std::vector<std::string>& categories, std::int64_t quantity_milli, std::int64_t least_minor) {
  std::int64_t quantity = 0;
  std::int64_t minor = 0;
  for (const auto& line : basket.lines) {
    if (line.excluded) continue;
    const bool counts =
        (items.empty() && categories.empty()) || contains(items, line.sku) || contains(categories, line.category);
    if (!counts) continue;
    if (__builtin_add_overflow(quantity, line.quantity_milli, &quantity))
      quantity = std::numeric_limits<std::int64_t>::max();
    if (__builtin_add_overflow(minor, line.net_minor, &minor)) minor = std::numeric_limits<std::int64_t>::max();
  }
  return quantity >= quantity_milli && minor >= least_minor;
}

}  // namespace

std::int32_t days_to_birthday(MonthDay birthday, base::LocalDate today) {
  const auto year = base::to_civil(today).year;
  auto nearest = std::numeric_limits<std::int32_t>::max();
  for (const int of : {year - 1, year, year + 1}) {
    nearest = std::min(nearest, std::abs(birthday_in(birthday, of).days - today.days));
  }
  return nearest;
}

Truth Condition::evaluate(const Shopper& shopper, const Circumstance& circumstance) const {
  return nodes_.empty() ? Truth::yes : at(0, shopper, circumstance);
}

std::int64_t Condition::least_paid_minor(const Shopper& shopper, const Circumstance& circumstance) const {
  auto less = circumstance;
  for (;;) {
    std::int64_t step = 0;  // the highest amount not above `less` that anything asks for
    for (const auto& node : nodes_) {
      if (node.kind == Kind::paid_at_least && node.number <= less.paid_minor) step = std::max(step, node.number);
    }
    if (step == 0) return 0;
    less.paid_minor = step - 1;
    if (evaluate(shopper, less) == Truth::no) return step;
  }
}

Truth Condition::at(std::size_t node, const Shopper& shopper, const Circumstance& circumstance) const {
  const auto& here = nodes_[node];
  const bool all = here.kind == Kind::all;
  if (here.kind == Kind::negation) return negated(at(node + 1, shopper, circumstance));
  if (!all && here.kind != Kind::any) return leaf(here, shopper, circumstance);
  auto truth = truth_of(all);
  for (auto child = node + 1; child < node + here.size; child += nodes_[child].size) {
    const auto found = at(child, shopper, circumstance);
    truth = all ? both(truth, found) : either(truth, found);
    if (truth == truth_of(!all)) break;
  }
  return truth;
}

Truth Condition::leaf(const Node& node, const Shopper& shopper, const Circumstance& circumstance) {
  switch (node.kind) {
    case Kind::stores:
      return truth_of(contains(node.numbers, circumstance.where().value));
    case Kind::paid_at_least:
      return truth_of(circumstance.basket != nullptr && circumstance.paid_minor >= node.number);
    case Kind::paid_with:
      return truth_of(std::any_of(circumstance.paid_with.begin(), circumstance.paid_with.end(), [&](TenderType type) {
        return contains(node.numbers, static_cast<std::uint32_t>(type));
      }));
    case Kind::basket:
      return truth_of(circumstance.basket != nullptr && basket_holds(*circumstance.basket, node.words, node.categories,
                                                                     node.quantity_milli, node.number));
    case Kind::week_hours:
      if (!circumstance.time_known) return Truth::unknown;
      return truth_of(on_weekday(node.hours, circumstance.now) && within_hours(node.hours, circumstance.now));
    default:
      return shopper.member ? about_member(node, shopper, circumstance) : Truth::no;
  }
}

Truth Condition::about_member(const Node& node, const Shopper& shopper, const Circumstance& circumstance) {
  const auto today = circumstance.now.date;
  switch (node.kind) {
    case Kind::tier_at_least:
      return known_at_least(shopper.tier, static_cast<std::size_t>(node.number));
    case Kind::tags:
      if (!shopper.tags) return Truth::unknown;
      return truth_of(std::any_of(node.words.begin(), node.words.end(),
                                  [&](const std::string& tag) { return contains(*shopper.tags, tag); }));
    case Kind::rfm:
      return shopper.rfm ? truth_of(contains(node.words, *shopper.rfm)) : Truth::unknown;
    case Kind::origin:
      return shopper.origin ? truth_of(contains(node.numbers, static_cast<std::uint32_t>(*shopper.origin)))
                            : Truth::unknown;
    case Kind::spend_at_least:
      return known_at_least(shopper.spend_minor, node.number);
    case Kind::visits_at_least:
      return known_at_least(shopper.visits, node.number);
    case Kind::first_purchase:
      return shopper.visits ? truth_of((*shopper.visits == 0) == (node.number != 0)) : Truth::unknown;
    case Kind::away_days:
      if (!shopper.visits) return Truth::unknown;
      if (*shopper.visits == 0) return Truth::no;
      return shopper.last_visit && circumstance.time_known
                 ? truth_of(std::int64_t{today.days} - shopper.last_visit->days >= node.number)
                 : Truth::unknown;
    case Kind::birthday_within:
      return shopper.birthday && circumstance.time_known
                 ? truth_of(days_to_birthday(*shopper.birthday, today) <= node.number)
                 : Truth::unknown;
    default:
      return Truth::unknown;
  }
}

bool Condition::asks_about_member() const {
  return std::any_of(nodes_.begin(), nodes_.end(), [](const Node& node) {
    return node.kind >= Kind::tier_at_least && node.kind <= Kind::birthday_within && node.kind != Kind::stores;
  });
}

const Condition::Node* Condition::needed(Kind kind) const {
  if (nodes_.empty()) return nullptr;
  if (nodes_.front().kind == kind) return &nodes_.front();
  if (nodes_.front().kind != Kind::all) return nullptr;
  for (std::size_t child = 1; child < nodes_.size(); child += nodes_[child].size) {
    if (nodes_[child].kind == kind) return &nodes_[child];
  }
  return nullptr;
}

std::vector<std::uint32_t> Condition::needed_stores() const {
  const auto* const stores = needed(Kind::stores);
  return stores == nullptr ? std::vector<std::uint32_t>{} : stores->numbers;
}

std::int64_t Condition::needed_paid_minor() const {
  const auto* const paid = needed(Kind::paid_at_least);
  return paid == nullptr ? 0 : paid->number;
}

Condition read_condition(ObjectReader object, std::size_t tiers) {
  Condition condition;
  condition.read_node(object, tiers);
  if (condition.nodes_.size() > nodes_max) {
    object.report("", "has more than " + std::to_string(nodes_max) + " parts");
  }
  return condition;
}

void Condition::read_node(ObjectReader& object, std::size_t tiers) {
  const auto name = object.first_unasked();
  const auto at = nodes_.size();
  nodes_.emplace_back();
  const auto finish = [&] {
    nodes_[at].size = static_cast<std::uint32_t>(nodes_.size() - at);
    object.finish();
  };
  if (name == "all" || name == "any") {
    nodes_[at].kind = name == "all" ? Kind::all : Kind::any;
    object.each(name.c_str(), [&](ObjectReader& child) { read_node(child, tiers); });
    if (nodes_.size() == at + 1) object.report(name, "must hold at least one condition");
    return finish();
  }
  if (name == "not") {
    nodes_[at].kind = Kind::negation;
    auto child = object.object("not");
    read_node(child, tiers);
    return finish();
  }
  Node leaf;
  read_leaf(object, name, leaf, tiers);
  nodes_[at] = std::move(leaf);
  finish();
}

void Condition::read_leaf(ObjectReader& object, const std::string& name, Node& node, std::size_t tiers) {
  const auto number = [&](Kind kind, std::int64_t least, std::int64_t most) {
    node.kind = kind;
    node.number = object.integer(name.c_str(), least, most);
  };
  const auto words = [&](Kind kind) {
    node.kind = kind;
    node.words = object.texts(name.c_str(), word_bytes_max);
    std::sort(node.words.begin(), node.words.end());
    if (node.words.empty()) object.report(name, "must name at least one");
  };
  const auto one_of = [&](Kind kind, std::initializer_list<std::string_view> names) {
    node.kind = kind;
    for (const auto index : object.choices(name.c_str(), names))
      node.numbers.push_back(static_cast<std::uint32_t>(index) + 1);
    std::sort(node.numbers.begin(), node.numbers.end());
    if (node.numbers.empty()) object.report(name, "must name at least one");
  };
  if (name == "tier_at_least") {
    if (tiers == 0) object.report(name, "the programme has no tiers");
    return number(Kind::tier_at_least, 0, tiers == 0 ? 0 : static_cast<std::int64_t>(tiers) - 1);
  }
  if (name == "tags") return words(Kind::tags);
  if (name == "rfm") return words(Kind::rfm);
  if (name == "origin") return one_of(Kind::origin, {"kiosk", "cashier", "gateway"});
  if (name == "spend_at_least_minor") return number(Kind::spend_at_least, 0, amount_minor_max);
  if (name == "visits_at_least") return number(Kind::visits_at_least, 0, count_max);
  if (name == "away_days_at_least") return number(Kind::away_days, 1, days_most);
  if (name == "birthday_within_days") return number(Kind::birthday_within, 0, 60);
  if (name == "paid_at_least_minor") return number(Kind::paid_at_least, 0, amount_minor_max);
  if (name == "paid_with") {
    return one_of(Kind::paid_with, {"cash", "card", "wechat_pay", "alipay", "points", "coupon", "gift_card", "other"});
  }
  if (name == "first_purchase") {
    node.kind = Kind::first_purchase;
    node.number = object.boolean("first_purchase") ? 1 : 0;
    return;
  }
  if (name == "stores") {
    node.kind = Kind::stores;
    for (const auto store : object.integers("stores", 1, std::numeric_limits<std::uint32_t>::max())) {
      node.numbers.push_back(static_cast<std::uint32_t>(store));
    }
    std::sort(node.numbers.begin(), node.numbers.end());
    if (node.numbers.empty()) object.report(name, "must name at least one");
    return;
  }
  if (name == "basket") return read_basket(object.object("basket"), node);
  if (name == "weekdays" || name == "hours") {
    node.kind = Kind::week_hours;
    node.hours = read_week_hours(object);
    return;
  }
  object.report(name, name.empty() ? "must name a condition" : "is not a condition that Millpond knows");
}

void Condition::read_basket(ObjectReader object, Node& node) {
  node.kind = Kind::basket;
  const auto words = [&](const char* key) {
    auto list = object.has(key) ? object.texts(key, word_bytes_max) : std::vector<std::string>{};
    std::sort(list.begin(), list.end());
    return list;
  };
  node.words = words("items");
  node.categories = words("categories");
  node.quantity_milli = object.has("quantity") ? object.integer("quantity", 1, count_max) * 1'000 : 1;
  node.number = object.integer_or("at_least_minor", 0, 0, amount_minor_max);
  object.finish();
}

}  // namespace millpond::model
