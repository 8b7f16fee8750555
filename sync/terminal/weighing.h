// SPDX-License-Identifier: Apache-2.0
// Weighing: what the coupons that somebody shows take off a basket, by the offers of the programme in force
// (model/combination.h), and whom the rules see. Decides nothing about rights (honouring.h). Inside `terminal` only.
#pragma once

#include "sync/model/rule_book.h"
#include "sync/terminal/honouring.h"
#include "sync/terminal/moment.h"
#include "sync/terminal/person.h"

#include <span>

namespace millpond::terminal {

// One coupon in one basket.
struct Weighed {
  bool by_offer{};                             // else the programme does not have its offer, and its face counts
  std::optional<model::CouponRefused> hurdle;  // why it takes off nothing
  std::int64_t discount_minor{};
  std::vector<std::int64_t> by_line;  // as many as the basket has lines; empty without an offer
  std::int64_t goods_minor{};         // of its goods, before coupons: for its threshold
};

// In the order shown; nullptr is one that cannot be used anyway, and is left out. Of an offer the coupon keeps value,
// threshold and dates.
[[nodiscard]] std::vector<Weighed> weigh_coupons(const model::SaleRecorded& sale, std::span<const Shown* const> shown,
                                                 const model::RuleBook* rules, const model::Shopper& shopper,
                                                 const model::StoreMoment& now);

// Visits here that the hub's word about a person does not hold yet, the one under way left out. enrolled: the person
// enrolled here; before the hub's word has come, nobody else knows of any visit.
struct VisitsHere {
  std::int64_t pending{};
  bool enrolled{};
};
// What is known of the member here; nothing of birthdays, which nobody is asked for yet, and without `here` nothing of
// visits, tags and classes. Of a number that somebody typed nothing is, or what a campaign gives would tell them whose
// it is.
[[nodiscard]] model::Shopper shopper_of(const Person& person, const model::Programme& programme,
                                        model::Strength strength, const std::optional<VisitsHere>& here = {});

// How often a campaign gave the person something: the hub's word, and what happened here since. Nothing of whoever is
// not known here, and of a number that somebody typed, as above.
[[nodiscard]] base::Result<model::CampaignUse> given_by(store::Transaction& transaction, const Person& person,
                                                        model::Strength strength, const VisitsHere& here,
                                                        const model::Campaign& campaign, base::LocalDate today);

// What a hurdle is to a till: code_expired, coupon_threshold, coupon_not_for_this, coupon_not_combined, ...
[[nodiscard]] base::Code code_of(model::Hurdle hurdle);

}  // namespace millpond::terminal
