// SPDX-License-Identifier: Apache-2.0
// Conditions: what must be true for a campaign to give something. True, false or unknown, because a terminal without a
// line does not know everything about a member; what follows from "unknown" is the campaign's own decision
// (campaign.h). Kleene's three values: an "any" with one true member is true whatever is unknown beside it, an "all"
// with one false member is false. Pure values and functions; evaluation allocates nothing.
#pragma once

#include "sync/model/basket.h"
#include "sync/model/document.h"
#include "sync/model/shopper.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace millpond::model {

enum class Truth : std::uint8_t { no = 0, unknown = 1, yes = 2 };

[[nodiscard]] constexpr Truth truth_of(bool value) { return value ? Truth::yes : Truth::no; }
[[nodiscard]] constexpr Truth negated(Truth truth) { return static_cast<Truth>(2 - static_cast<int>(truth)); }
[[nodiscard]] constexpr Truth both(Truth a, Truth b) { return a < b ? a : b; }
[[nodiscard]] constexpr Truth either(Truth a, Truth b) { return a < b ? b : a; }

// What a condition looks at beside the shopper.
struct Circumstance {
  StoreMoment now;
  const Basket* basket{};                   // null: nothing is being bought; then nothing about a basket is true
  std::int64_t paid_minor{};                // the sale's eligible amount, before coupons
  std::span<const TenderType> paid_with{};  // tenders of the sale
  base::StoreId store{};                    // where it happens, when there is no basket to say so
  bool time_known{true};                    // otherwise `now` labels, and what depends on it is not known
  [[nodiscard]] base::StoreId where() const { return basket != nullptr ? basket->store : store; }
};

// A tree in one vector, children behind their parent, so that a campaign is one block of memory. Leaves, as they stand
// in documents:
//   {"tier_at_least": 2}              index into the programme's tiers
//   {"tags": ["student"]}             any one
//   {"rfm": ["champions"]}            class names
//   {"origin": ["kiosk", "cashier", "gateway"]}
//   {"stores": [1, 4]}
//   {"spend_at_least_minor": 50000}   qualifying net spend of the tier window
//   {"visits_at_least": 3}            paid sales before this one
//   {"first_purchase": true}
//   {"away_days_at_least": 60}        since the last visit; false for who never came
//   {"birthday_within_days": 3}       days before and after; 0 is the day itself; 29 February counts as 28 otherwise
//   {"paid_at_least_minor": 3000}     the sale's eligible amount
//   {"paid_with": ["wechat_pay"]}     any tender
//   {"basket": {"items": [], "categories": [], "quantity": 1, "at_least_minor": 0}}
//   {"weekdays": ["mon"]}, {"hours": {"from": "14:00", "to": "17:00"}}
// and {"all": [...]}, {"any": [...]}, {"not": {...}}. Nobody identified: what is asked about a member is false.
class Condition {
 public:
  // Always true.
  Condition() = default;

  [[nodiscard]] Truth evaluate(const Shopper& shopper, const Circumstance& circumstance) const;
  // The lowest amount down to which, all else being as it is, it stays other than false; 0: whatever is paid.
  [[nodiscard]] std::int64_t least_paid_minor(const Shopper& shopper, const Circumstance& circumstance) const;
  // What must be known of a member to decide it; empty when the sale alone does. For `campaign check`.
  [[nodiscard]] bool asks_about_member() const;

  // Without which it cannot be true, as far as its outermost "all" says so; for an index. Empty and 0: nothing of it.
  [[nodiscard]] std::vector<std::uint32_t> needed_stores() const;
  [[nodiscard]] std::int64_t needed_paid_minor() const;

  friend bool operator==(const Condition&, const Condition&) = default;

 private:
  friend Condition read_condition(ObjectReader object, std::size_t tiers);
  enum class Kind : std::uint8_t {
    all,
    any,
    negation,
    tier_at_least,
    tags,
    rfm,
    origin,
    stores,
    spend_at_least,
    visits_at_least,
    first_purchase,
    away_days,
    birthday_within,
    paid_at_least,
    paid_with,
    basket,
    week_hours,
  };
  struct Node {
    Kind kind{};
    std::uint32_t size{1};             // nodes of this one and all below it
    std::int64_t number{};             // threshold, days, minor units, wanted truth
    std::int64_t quantity_milli{};     // basket
    std::vector<std::string> words{};  // ascending: tags, classes, items
    std::vector<std::string> categories{};
    std::vector<std::uint32_t> numbers{};  // ascending: stores, channels, tenders
    WeekHours hours{};
    friend bool operator==(const Node&, const Node&) = default;
  };
  [[nodiscard]] Truth at(std::size_t node, const Shopper& shopper, const Circumstance& circumstance) const;
  [[nodiscard]] static Truth leaf(const Node& node, const Shopper& shopper, const Circumstance& circumstance);
  [[nodiscard]] static Truth about_member(const Node& node, const Shopper& shopper, const Circumstance& circumstance);
  [[nodiscard]] const Node* needed(Kind kind) const;
  void read_node(ObjectReader& object, std::size_t tiers);
  void read_leaf(ObjectReader& object, const std::string& name, Node& node, std::size_t tiers);
  void read_basket(ObjectReader object, Node& node);

  std::vector<Node> nodes_;
};

// An object with exactly one member, which names the condition.
[[nodiscard]] Condition read_condition(ObjectReader object, std::size_t tiers);

// Days from this date to the nearest birthday, before or after; 29 February is 28 February in other years.
[[nodiscard]] std::int32_t days_to_birthday(MonthDay birthday, base::LocalDate today);

}  // namespace millpond::model
