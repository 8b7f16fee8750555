// SPDX-License-Identifier: Apache-2.0
// Replay: what a programme's campaigns would have given for paid sales of the past, sale by sale with the shipped
// rules, and what that would have cost. Caps of members are kept as they would have been; those of a whole campaign
// too, in the order of the sales. Nobody's behaviour changes by it: who came would have come, and what was bought would
// have been bought. Pure.
#pragma once

#include "sync/model/campaign_check.h"
#include "sync/model/rule_book.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::model {

// A paid sale of the past: {"at" RFC 3339, "transaction", "store", "member" (0: nobody), "eligible_minor",
// "paid_with" ["wechat_pay"], "lines" [{"sku", "category", "quantity", "net_minor"}]} and, where they are known,
// "tier", "visits", "spend_minor", "tags".
struct PastSale {
  std::int64_t at_ms{};
  std::string transaction;
  std::int64_t eligible_minor{};
  std::vector<TenderType> paid_with;
  Basket basket;
  Shopper shopper;
};
// Error: programme_invalid with the pointer of the offending place.
[[nodiscard]] base::Result<PastSale> parse_past_sale(base::ByteView json, std::size_t tiers);

struct ReplayedCampaign {
  std::uint64_t looked_at{};
  std::uint64_t gave{};      // sales
  std::uint64_t deferred{};  // awards that wait for the hub
  std::uint64_t held_out{};
  std::uint64_t members{};  // different ones
  std::int64_t coupons{};
  std::int64_t face_minor{};  // of these coupons: what they cost when every one is used
  std::int64_t points{};
  friend bool operator==(const ReplayedCampaign&, const ReplayedCampaign&) = default;
};

class Replay {
 public:
  // The programme outlives it.
  Replay(const base::BrandId& brand, const Programme& programme) : brand_{brand}, book_{programme} {}
  // In the order of time, for the sake of caps.
  void on(const PastSale& sale);
  [[nodiscard]] const std::map<base::CampaignId, ReplayedCampaign>& campaigns() const { return campaigns_; }
  [[nodiscard]] std::uint64_t sales() const { return sales_; }
  [[nodiscard]] std::int64_t eligible_minor() const { return eligible_minor_; }

 private:
  struct Used {
    std::map<std::uint64_t, std::int64_t> by_member;
    std::map<std::pair<std::uint64_t, base::LocalDate>, std::int64_t> by_member_day;
  };
  base::BrandId brand_;
  RuleBook book_;
  std::uint64_t sales_{};
  std::int64_t eligible_minor_{};
  std::map<base::CampaignId, ReplayedCampaign> campaigns_;
  std::map<base::CampaignId, Used> used_;
};

}  // namespace millpond::model
