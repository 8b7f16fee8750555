// SPDX-License-Identifier: Apache-2.0
// Words of the hub's own log that stage 2 knows. Inside `hub/core` only.
#pragma once

#include <string_view>

namespace millpond::hub {

// Persisted.
inline constexpr std::string_view log_operator_act = "operator_act";  // text; stage 2 does nothing about it
inline constexpr std::string_view log_member_removed = "member_removed";
inline constexpr std::string_view log_members_merged = "members_merged";
inline constexpr std::string_view log_member_unmerged = "member_unmerged";
inline constexpr std::string_view log_coupon_confirmed =
    "coupon_confirmed";                                                   // coupon, redemption 8, terminal 4, member 8
inline constexpr std::string_view log_uses_undone = "uses_undone";        // lane 8, from 8; 0, coupon of a yes 8
inline constexpr std::string_view log_gifts_undone = "gifts_undone";      // lane 8, from 8
inline constexpr std::string_view log_rights_broken = "rights_broken";    // lane, through: 8
inline constexpr std::string_view log_lease_cut = "lease_cut";            // encode_cut()
inline constexpr std::string_view log_lease_given_up = "lease_given_up";  // lease 8
inline constexpr std::string_view log_fact = "fact";                      // of the hub itself: canonical bytes
inline constexpr std::string_view log_programme = "programme_published";  // wire::ProgrammeRow; stage 2 ignores it
// Which sale of a terminal: terminal 4, epoch 4, seq 8; then canonical bytes of its PointsEarned as a fact of the hub.
inline constexpr std::string_view log_rated = "sale_rated";
inline constexpr std::string_view log_restored = "hub_restored";    // nothing; stage 2 does nothing about it
inline constexpr std::string_view log_payer_known = "payer_known";  // number of table payers 8, member 8
// Points whose last day is over: member 8, until when 8. How many stage 2 finds in its place.
inline constexpr std::string_view log_points_expired = "points_expired";
// Points that a person gives or takes: member 8, points 8 (two's complement), AdjustReason 1.
inline constexpr std::string_view log_points_adjusted = "points_adjusted";
inline constexpr std::string_view log_member_marked = "member_marked";  // member 8, model::encode_mark()
// Stores that saw nobody of a profile since a day are told of it no more: day 4.
inline constexpr std::string_view log_profiles_left = "profiles_left";
// What the hub gives by a campaign that it decides itself: encode_decision().
inline constexpr std::string_view log_campaign_decided = "campaign_decided";

}  // namespace millpond::hub
