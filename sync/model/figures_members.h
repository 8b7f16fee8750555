// SPDX-License-Identifier: Apache-2.0
// Figures of the member pool: where members come from, what they are worth, who brings whom, what a channel costs.
// Folds over events in any order, net and refund-adjusted (figures_sales.h); results are sorted, so that two machines
// print the same page. Pure.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"
#include "sync/model/figures_sales.h"

#include <array>
#include <optional>
#include <span>
#include <vector>

namespace millpond::model {

inline constexpr FigureFormula formula_enrolments{
    "enrolments", "members whose first enrolment is in the period, by channel of origin"};
inline constexpr FigureFormula formula_natural_to_paid{
    "natural_to_paid", "members enrolled without a campaign source / members enrolled with one, by channel of origin"};
struct ChannelEnrolments {
  OriginChannel channel{};
  std::int64_t members{};
  Ratio natural_to_paid;
  friend bool operator==(const ChannelEnrolments&, const ChannelEnrolments&) = default;
};
// Channels with members only, by number.
[[nodiscard]] std::vector<ChannelEnrolments> enrolments_by_channel(std::span<const EnrolmentEvent> enrolments,
                                                                   const Period& period);

inline constexpr FigureFormula formula_rarra_retention{
    "rarra_retention",
    "members who bought in the period before and in this one / members who bought in the period before"};
inline constexpr FigureFormula formula_rarra_activation{
    "rarra_activation", "members with a purchase within 30 days of their enrolment / members enrolled"};
inline constexpr FigureFormula formula_rarra_referral{
    "rarra_referral", "members who bought and invited somebody who qualified / members who bought"};
inline constexpr FigureFormula formula_rarra_revenue{"rarra_revenue", "net sales of members / members who bought"};
inline constexpr FigureFormula formula_rarra_acquisition{"rarra_acquisition", "members enrolled"};
struct Rarra {
  Ratio retention;  // the period before is as long as this one
  CohortRate activation;
  Ratio referral;
  Ratio revenue;
  std::int64_t acquisition{};
  friend bool operator==(const Rarra&, const Rarra&) = default;
};
[[nodiscard]] Rarra rarra(std::span<const EnrolmentEvent> enrolments, const NetSales& sales,
                          std::span<const ReferralEvent> referrals, const Period& period, base::LocalDate complete_to);

inline constexpr FigureFormula formula_rfm{
    "rfm",
    "days since the last purchase, purchases and net sales of the window, each 1 to 5 by the bands; high from 4"};
// The document. A score is one more than the number of its bounds that are reached.
struct RfmBands {
  std::uint32_t version{};
  std::int32_t window_days{};
  std::array<std::int32_t, 4> recency_days_max{};    // descending, inclusive
  std::array<std::int64_t, 4> frequency_min{};       // ascending, inclusive
  std::array<std::int64_t, 4> monetary_minor_min{};  // ascending, inclusive
  friend bool operator==(const RfmBands&, const RfmBands&) = default;
};
// {version, window_days, recency_days_max[4], frequency_min[4], monetary_minor_min[4]}; all of it is required. Error:
// programme_invalid, also for bounds out of order.
[[nodiscard]] base::Result<RfmBands> parse_rfm_bands(base::ByteView json);

// Recency, frequency and monetary value, each high or not. Persisted in segments: never renumber.
enum class RfmClass : std::uint8_t {
  none = 0,                // no purchase in the window
  general_win_back = 1,    // 一般挽留: low, low, low
  important_win_back = 2,  // 重要挽留: low, low, high
  general_keep = 3,        // 一般保持: low, high, low
  important_keep = 4,      // 重要保持: low, high, high
  general_develop = 5,     // 一般发展: high, low, low
  important_develop = 6,   // 重要发展: high, low, high
  general_value = 7,       // 一般价值: high, high, low
  important_value = 8,     // 重要价值: high, high, high
};
struct RfmStanding {
  base::MemberId member;
  std::int8_t recency{};  // 1 .. 5; 0 without a purchase
  std::int8_t frequency{};
  std::int8_t monetary{};
  RfmClass rfm_class{};
  friend bool operator==(const RfmStanding&, const RfmStanding&) = default;
};
// Everybody who ever bought, by member; the window is the days that end with today.
[[nodiscard]] std::vector<RfmStanding> rfm(const RfmBands& bands, const NetSales& sales, base::LocalDate today);

inline constexpr FigureFormula formula_ltv{
    "ltv",
    "net sales / members of the cohort; lifespan = sum of (last purchase - first) in days / members of the cohort"};
struct LtvCohort {
  std::int32_t year{};  // of the first purchase
  std::int32_t month{};
  Ratio value;     // minor units / members
  Ratio lifespan;  // days / members
  std::int64_t purchases{};
  friend bool operator==(const LtvCohort&, const LtvCohort&) = default;
};
[[nodiscard]] std::vector<LtvCohort> ltv_by_cohort(const NetSales& sales);

inline constexpr FigureFormula formula_referral_tree{
    "referral_tree", "members bound to a referrer, those who qualified, and net sales of those bound; one level pays"};
struct ReferralNode {
  base::MemberId referrer;
  base::MemberId referred_by;  // 0: nobody
  std::int64_t bound{};
  std::int64_t qualified{};
  std::int64_t below{};            // all that hang on this one at any depth; shown, never paid
  std::int64_t bound_net_minor{};  // what those directly bound bought
  friend bool operator==(const ReferralNode&, const ReferralNode&) = default;
};
// Referrers by member. Who was bound twice is bound once, by the first; nobody to themselves or above themselves: of a
// ring the latest edge is left out.
[[nodiscard]] std::vector<ReferralNode> referral_tree(std::span<const ReferralEvent> referrals, const NetSales& sales);

inline constexpr FigureFormula formula_acquisition_cost{
    "acquisition_cost", "cost of the channel / members enrolled by it in the period who bought"};
inline constexpr FigureFormula formula_payback{
    "payback", "least d with net sales within d days of enrolment * margin >= cost of the channel"};
struct Acquisition {
  OriginChannel channel{};
  Ratio cost;  // minor units / members
  std::int64_t enrolled{};
  std::optional<std::int32_t> payback_days;  // nothing: not yet
  friend bool operator==(const Acquisition&, const Acquisition&) = default;
};
// One for each channel with a cost (costs of one channel add up); margin in basis points, both as the operator says.
[[nodiscard]] std::vector<Acquisition> acquisition(std::span<const ChannelCost> costs, std::int64_t margin_basis_points,
                                                   std::span<const EnrolmentEvent> enrolments, const NetSales& sales,
                                                   const Period& period);

}  // namespace millpond::model
