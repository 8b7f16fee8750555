// SPDX-License-Identifier: Apache-2.0
// CampaignCheck: what a programme promises that would hurt customers, or the brand in court, although it can be read
// and run. Not the parser's refusals (programme.h), not games (game_check.h), and not legal advice: it looks for words
// and contradictions that are written down here. Pure; any thread.
//
// China: 消费者权益保护法 article 26 and 网络交易监督管理办法 article 21 (no clause that leaves the last word on
// interpretation to the shop), 广告法 articles 9 and 28 (no superlatives, nothing misleading),
// 明码标价和禁止价格欺诈规定 articles 16 and 19 (no original price that was never asked, no conditions left unsaid).
#pragma once

#include "sync/model/programme.h"

#include <string>
#include <string_view>
#include <vector>

namespace millpond::model {

enum class CampaignFault : std::uint8_t {
  final_interpretation,  // the shop keeps the last word: "最终解释权"
  everything_but,        // says "everything", and goods, shops or members are excluded
  original_price,        // an "original price" that no history stands behind
  superlative,           // "best", "第一", "国家级"
  not_translated,        // the same words in both languages
  over_before_given,     // a coupon with fixed days that end before the campaign does
  taken_nowhere,         // no shop of the campaign takes the coupon that it gives
  unlimited_offline,     // decides without the line and has no limit on count or money
  goods_not_named,       // names goods by their numbers only: nobody could read on the coupon which
  not_started,           // its trigger is one that no program of this release looks at
  not_carried_out,       // an action is booked, and no program of this release does what it says
};
// One technical line: "leaves the last word on interpretation to the shop".
[[nodiscard]] std::string_view words_of(CampaignFault fault);
// Whether publication refuses it; the others are said and allowed.
[[nodiscard]] bool refuses(CampaignFault fault);

struct CampaignFinding {
  CampaignFault fault{};
  std::string pointer;  // RFC 6901, into the document: "/campaigns/2/name/en"
  friend bool operator==(const CampaignFinding&, const CampaignFinding&) = default;
};

// In the order of the document; empty when nothing is to be said.
[[nodiscard]] std::vector<CampaignFinding> check_campaigns(const Programme& programme);

// What one campaign can cost at most, as far as its limits say.
struct CampaignExposure {
  base::CampaignId campaign;
  std::int64_t each_minor{};  // face value of what one event brings, of the dearest variant
  std::int64_t points_each{};
  std::optional<std::int64_t> count_max;        // how often; nothing: no limit
  std::optional<std::int64_t> money_max_minor;  // nothing: no limit
  friend bool operator==(const CampaignExposure&, const CampaignExposure&) = default;
};
[[nodiscard]] std::vector<CampaignExposure> exposures(const Programme& programme);

}  // namespace millpond::model
