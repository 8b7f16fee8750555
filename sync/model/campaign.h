// SPDX-License-Identifier: Apache-2.0
// Campaign: when something happens, what must be true, and what is given then. Part of a published programme. Not its
// evaluation (rule_book.h), and not what the coupons are worth (coupon_offer.h). Pure values.
#pragma once

#include "sync/model/award_facts.h"
#include "sync/model/conditions.h"

#include <cstdint>
#include <string>
#include <vector>

namespace millpond::model {

enum class Trigger : std::uint8_t {  // in documents by name; persisted in causes by number
  enrolment = 1,
  sale_paid = 2,
  check_in = 3,
  code_scanned = 4,  // word: the kind of code
  birthday = 5,      // once a year, on the day itself
  tier_entered = 6,  // number: index of the tier
  lapsed = 7,        // number: days since the last visit
  referral_qualified = 8,
  first_visit = 9,        // first visit by a channel; word: its name
  basket_abandoned = 10,  // online
  service_late = 11,      // number: minutes over what was promised
  external = 12,          // a signed message of another system; word: its name
  manual = 13,            // somebody at head office or, where the campaign says so, behind the counter
};
inline constexpr std::string_view first_visit_shop = "shop";  // the channel of sales that tills tell of
inline constexpr std::size_t triggers = 13;
[[nodiscard]] std::string_view trigger_name(Trigger trigger);

// What follows where a condition is unknown or a cap cannot be asked, because the line is cut.
enum class OfflinePolicy : std::uint8_t {
  decide = 1,  // give: the brand would rather give once too often; never past count and money of the whole campaign
  defer = 2,   // say "to be confirmed"; the hub decides when it hears of it
  deny = 3,    // do not give
};

struct CampaignAction {
  ActionKind kind{};
  std::int64_t number{};
  std::int64_t count{1};
  std::string word;
  friend bool operator==(const CampaignAction&, const CampaignAction&) = default;
};

// Limits on what a campaign gives; 0 is none. Those of a member hold where the member's history is known; count and
// money of the whole campaign hold by leases (leases.h).
struct CampaignCaps {
  std::int64_t per_member{};
  std::int64_t per_member_day{};
  std::int64_t count{};
  std::int64_t money_minor{};  // face values of coupons
  friend bool operator==(const CampaignCaps&, const CampaignCaps&) = default;
};

// Members are divided by a hash of brand, campaign and member, so that every terminal divides alike without asking. Who
// is held out gets nothing and is counted: what the campaign brings is the difference.
struct Variant {
  std::string name;
  std::int64_t basis_points{};
  std::vector<CampaignAction> actions;
  friend bool operator==(const Variant&, const Variant&) = default;
};
struct Experiment {
  std::int64_t holdout_bp{};      // at least 1
  std::vector<Variant> variants;  // with the holdout they sum to 10,000
  friend bool operator==(const Experiment&, const Experiment&) = default;
};
inline constexpr std::int64_t holdout_bp_default = 500;

struct Campaign {
  base::CampaignId id;
  LocalizedText name;
  Trigger trigger{};
  std::int64_t trigger_number{};  // lapsed: days; service_late: minutes; tier_entered: the tier; else 0
  std::string trigger_word;       // code_scanned, first_visit, external: which; empty: any
  base::LocalDate starts;
  base::LocalDate ends;  // last day
  Condition when;
  OfflinePolicy offline{OfflinePolicy::deny};
  std::string group;        // of one group only the first that applies gives; empty: in no group
  std::int64_t priority{};  // higher first
  CampaignCaps caps;
  std::vector<CampaignAction> actions;  // empty with an experiment
  std::optional<Experiment> experiment;
  bool stopped{};  // before its end: nothing is given any more; what it gave stays good
  // From the condition, for the index: stores and least amount without which it cannot hold.
  std::vector<std::uint32_t> only_stores;
  std::int64_t least_paid_minor{};
  friend bool operator==(const Campaign&, const Campaign&) = default;
};

// Reads one campaign. Whoever reads the list checks numbers and what its actions name.
[[nodiscard]] Campaign read_campaign(ObjectReader& object, std::size_t tiers);

// Which variant a member is in: an index, or nothing for the held out. Never changes for a member while the campaign
// keeps its number and shares.
[[nodiscard]] std::optional<std::size_t> variant_of(const base::BrandId& brand, const Campaign& campaign,
                                                    base::MemberId member);

}  // namespace millpond::model
