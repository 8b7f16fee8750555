// SPDX-License-Identifier: Apache-2.0
// Coupon offer: what a coupon is worth, where and when, by the number that stands in its code and its facts. Part of a
// published programme; a coupon that was printed keeps the offer of the version it was issued with. Not who may honour
// it (rights.h), and not which coupons go together (combination.h). Pure values.
#pragma once

#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/model/basket.h"
#include "sync/model/document.h"
#include "sync/model/shopper.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace millpond::model {

enum class CouponType : std::uint8_t {  // persisted in documents by name
  amount_off = 1,
  percent_off = 2,
  gift = 3,      // one unit of an item for nothing
  exchange = 4,  // one unit of an item for exchange_minor (换购)
  free_delivery = 5,
};

// Which days a coupon is good on. Both ends are good days.
struct CouponDays {
  std::optional<base::LocalDate> from;  // fixed days
  base::LocalDate through;              // with from
  std::int32_t starts_after_days{};     // else counted from the day of issue
  std::int32_t valid_days{};            // the last good day is issue + this
  friend bool operator==(const CouponDays&, const CouponDays&) = default;
};

// What a coupon counts and where it is taken. Empty lists restrict nothing; each list is ascending.
struct CouponScope {
  std::vector<std::string> items;
  std::vector<std::string> categories;  // with items: either will do
  std::vector<std::string> not_items;   // taken out of both
  std::vector<std::uint32_t> stores;
  std::vector<std::uint32_t> tiers;  // indices of the programme's tiers
  std::vector<std::string> tags;     // any one will do
  friend bool operator==(const CouponScope&, const CouponScope&) = default;
};

// Limits on use; 0 is none.
struct CouponCaps {
  std::int64_t per_sale{1};
  std::int64_t per_member{};      // merged members count as one
  std::int64_t per_member_day{};  // of the store's date
  std::int64_t count{};           // of all coupons of the offer
  std::int64_t money_minor{};     // discounts of the whole offer
  friend bool operator==(const CouponCaps&, const CouponCaps&) = default;
};

// Whose coupon it is when not the brand's alone: who pays how much of a discount, in basis points that sum to 10,000.
struct CouponFunder {
  std::string partner;
  std::int64_t basis_points{};
  friend bool operator==(const CouponFunder&, const CouponFunder&) = default;
};

struct CouponOffer {
  base::CampaignId id;
  LocalizedText name;
  CouponType type{};
  std::int64_t value_minor{};        // amount_off; for the others what the offline limits count
  std::int64_t basis_points{};       // percent_off: 2,000 is a fifth off
  std::int64_t cap_minor{};          // percent_off, gift, free_delivery: at most this; 0: no limit
  std::int64_t exchange_minor{};     // exchange: what the item costs
  std::vector<std::string> rewards;  // gift, exchange: the items it may be; ascending, at least one
  LocalizedText reward;              // what customers read for them: "a pearl milk tea"; may be empty
  std::int64_t threshold_minor{};    // inclusive, on the goods in scope before coupons
  std::int64_t times_max{1};         // amount_off: once for every threshold reached, at most so often (每满减)
  CouponDays days;
  WeekHours hours;
  CouponScope scope;
  LocalizedText goods;      // what customers read for the goods in scope: "fruit teas"; may be empty
  std::string stack_group;  // coupons of one group do not go together; empty: in no group
  bool exclusive{};         // goes with no other coupon
  std::int64_t priority{};  // within one step of the order of application: higher first
  CouponCaps caps;
  std::string issuer;                 // partner that issued it; empty: the brand
  std::string acceptor;               // partner that takes it; empty: the brand
  std::vector<CouponFunder> funders;  // empty: the brand alone
  bool confirmed_only{};              // too valuable to honour without the hub's word
  friend bool operator==(const CouponOffer&, const CouponOffer&) = default;
};

// The good days of a coupon that is issued today.
struct GoodDays {
  base::LocalDate first;
  base::LocalDate last;
  friend bool operator==(const GoodDays&, const GoodDays&) = default;
};
[[nodiscard]] GoodDays good_days(const CouponDays& days, base::LocalDate issued);

// Whether the goods of a line count for the offer.
[[nodiscard]] bool in_scope(const CouponScope& scope, const BasketLine& line);

// Reads one offer; whoever reads the list checks that numbers are not used twice. tiers: how many the programme has.
[[nodiscard]] CouponOffer read_coupon_offer(ObjectReader& object, std::size_t tiers);

}  // namespace millpond::model
