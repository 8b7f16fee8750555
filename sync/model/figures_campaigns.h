// SPDX-License-Identifier: Apache-2.0
// Figures of campaigns and messages: what was redeemed, who took part and when, what a campaign brought beyond what
// would have come anyway. Folds over events in any order; money is net and refund-adjusted. Pure; integers only.
#pragma once

#include "sync/base/result.h"
#include "sync/model/figures_sales.h"

#include <array>
#include <span>
#include <vector>

namespace millpond::model {

inline constexpr FigureFormula formula_redemption_rate{
    "redemption_rate", "coupons issued in the period and used, less those given back / coupons issued in the period"};
struct RedemptionCohort {
  base::CampaignId campaign;
  Ratio redeemed;  // coupons / coupons
  friend bool operator==(const RedemptionCohort&, const RedemptionCohort&) = default;
};
// 核销率 by issue cohort: coupons issued in the period, whenever they were used. By campaign.
[[nodiscard]] std::vector<RedemptionCohort> redemption_rates(std::span<const CouponEvent> coupons,
                                                             const Period& period);

inline constexpr FigureFormula formula_participation{"participation",
                                                     "members who took part / members assigned and not held out"};
inline constexpr FigureFormula formula_peak_hour{"peak_hour", "hour of the day with the most deeds of a campaign"};
struct Participation {
  Ratio members;              // who were assigned and took part / who were assigned
  std::int64_t unassigned{};  // took part and were not assigned, or held out
  std::array<std::int64_t, 24> deeds_by_hour{};
  std::int32_t peak_hour{-1};  // the first of several; -1 without a deed
  friend bool operator==(const Participation&, const Participation&) = default;
};
// Of one campaign's events.
[[nodiscard]] Participation participation(std::span<const AssignedEvent> assigned,
                                          std::span<const TookPartEvent> took_part, const Period& period);

inline constexpr FigureFormula formula_messages{
    "messages", "delivered / sent; opened, clicked, unsubscribed / delivered; one message counts once a step"};
struct MessageFigures {
  std::int64_t sent{};
  Ratio delivered;  // of sent
  Ratio opened;     // of delivered, as the next two
  Ratio clicked;
  Ratio unsubscribed;
  friend bool operator==(const MessageFigures&, const MessageFigures&) = default;
};
// Messages whose `sent` is in the period, with what became of them at any time.
[[nodiscard]] MessageFigures message_figures(std::span<const ContactEvent> contacts, const Period& period);

inline constexpr FigureFormula formula_contacts{
    "contacts", "messages sent in the period * 7 / (members who may be contacted * days of the period)"};
struct ContactFigures {
  Ratio per_member_week;
  std::int64_t most_in_seven_days{};  // of any one person
  friend bool operator==(const ContactFigures&, const ContactFigures&) = default;
};
// contactable: members with a consent on the period's first day; fixed from then on.
[[nodiscard]] ContactFigures contact_figures(std::span<const ContactEvent> contacts, std::int64_t contactable,
                                             const Period& period);

inline constexpr FigureFormula formula_incremental{"incremental",
                                                   "T - H * t / h with T, H net sales and t, h members of treated and "
                                                   "holdout; +- 1.96 * sqrt(t * var(T) + t^2 * var(H) / h)"};
// A member's sales above this count as this much, in minor units: bounds every product below 128 bits.
inline constexpr std::int64_t member_net_max = 1'000'000'000'000;
inline constexpr std::int64_t experiment_members_max = 10'000'000;
struct Incremental {
  std::int64_t treated{};
  std::int64_t held_out{};
  std::int64_t treated_net_minor{};
  std::int64_t held_out_net_minor{};
  bool defined{};  // at least two members in each arm
  std::int64_t gain_minor{};
  std::int64_t low_minor{};  // of the 95 % interval
  std::int64_t high_minor{};
  bool ripe{};
  friend bool operator==(const Incremental&, const Incremental&) = default;
};
// Incremental net sales of everybody treated against the holdout, over `days` from each one's assignment in the
// period. In an arm are the members' first assignments. Variances are those of a sample around the mean's floor, a
// hair above the true ones; square roots are rounded up and the gain to the nearest unit (halves up), so that the
// interval errs to the wide side. Error: too_large for more than experiment_members_max.
[[nodiscard]] base::Result<Incremental> incremental(std::span<const AssignedEvent> assigned, const NetSales& sales,
                                                    const Period& period, std::int32_t days,
                                                    base::LocalDate complete_to);

}  // namespace millpond::model
