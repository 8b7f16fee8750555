// SPDX-License-Identifier: Apache-2.0
#include "sync/model/rules.h"

#include <algorithm>
#include <limits>

namespace millpond::model {
namespace {

constexpr std::int64_t amount_max = std::numeric_limits<std::int64_t>::max();

bool earns_nothing(TenderType type) {
  return type == TenderType::points || type == TenderType::coupon || type == TenderType::gift_card;
}

// a - b for any two numbers, held within the type.
std::int64_t subtract(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (!__builtin_sub_overflow(a, b, &result)) return result;
  return a < 0 ? std::numeric_limits<std::int64_t>::min() : amount_max;
}

bool may_bring_value(const Programme& programme, const SaleRecorded& sale) {
  return sale.member && !sale.training && sale.currency == programme.currency;
}

}  // namespace

std::int64_t earning_base(const SaleRecorded& sale) {
  std::int64_t left = std::max<std::int64_t>(sale.eligible_minor, 0);
  for (const auto& tender : sale.tenders) {
    if (earns_nothing(tender.type) && tender.amount_minor > 0)
      left = std::max<std::int64_t>(left - tender.amount_minor, 0);
  }
  return left;
}

std::int64_t points_for(const EarnRule& rule, std::int64_t base_minor) {
  if (base_minor <= 0 || rule.points <= 0 || rule.per_minor <= 0) return 0;
  const auto points = base::mul_div_floor(base_minor, rule.points, rule.per_minor);
  return std::min(points.value_or(points_per_sale_max), points_per_sale_max);
}

std::optional<Earning> earning_of(const Programme& programme, const SaleRecorded& sale) {
  if (!may_bring_value(programme, sale)) return std::nullopt;
  const auto base = earning_base(sale);
  if (base == 0) return std::nullopt;
  return Earning{base, points_for(programme.earn, base)};
}

std::optional<WhyNot> why_not(const CouponTerms& terms, base::MemberId member, std::int64_t goods_minor,
                              base::LocalDate today) {
  if (today > terms.expires) return WhyNot{base::Code::code_expired, 0, terms.expires};
  if (terms.member && terms.member != member) return WhyNot{base::Code::coupon_other_member, 0, {}};
  if (today < terms.not_before) return WhyNot{base::Code::code_not_yet_valid, 0, terms.not_before};
  if (goods_minor < terms.threshold_minor) {
    return WhyNot{base::Code::coupon_threshold, subtract(terms.threshold_minor, goods_minor), {}};
  }
  return std::nullopt;
}

TierStanding tier_standing(std::span<const Tier> tiers, std::int64_t qualifying_minor) {
  TierStanding standing;
  for (std::size_t i = 0; i < tiers.size(); ++i) {
    if (tiers[i].threshold_minor <= qualifying_minor) {
      standing.tier = i;
      continue;
    }
    standing.next = i;
    standing.missing_minor = subtract(tiers[i].threshold_minor, qualifying_minor);
    break;
  }
  return standing;
}

}  // namespace millpond::model
