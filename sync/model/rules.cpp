// SPDX-License-Identifier: Apache-2.0
#include "sync/model/rules.h"

#include "sync/crypto/hash.h"

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

base::LocalDate days_after(base::LocalDate date, std::int32_t days) { return base::LocalDate{date.days + days}; }

void append_text(base::Bytes& to, std::string_view text) {
  base::append_big_endian(to, text.size(), 4);
  base::append(to, base::view_of(text));
}

bool may_bring_value(const Programme& programme, const SaleRecorded& sale) {
  return sale.member && !sale.training && sale.currency == programme.currency;
}

bool runs_for(const Campaign& campaign, const SaleRecorded& sale, base::LocalDate today) {
  return campaign.starts <= today && today <= campaign.ends && sale.eligible_minor >= campaign.threshold_minor;
}

bool better(const Campaign& a, const Campaign& b) {
  if (a.coupon_value_minor != b.coupon_value_minor) return a.coupon_value_minor > b.coupon_value_minor;
  return a.id < b.id;
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

base::Hash coupon_cause(const base::BrandId& brand, const SaleKey& payment, base::CampaignId campaign,
                        base::MemberId member, std::uint32_t ordinal) {
  base::Bytes cause;
  base::append(cause, base::view_of("MILLPOND-CAUSE1"));
  base::append(cause, brand.bytes);
  base::append_big_endian(cause, payment.store.value, 4);
  append_text(cause, payment.till);
  base::append_big_endian(cause, static_cast<std::uint32_t>(payment.business_date.days), 4);
  append_text(cause, payment.transaction);
  base::append_big_endian(cause, campaign.value, 4);
  base::append_big_endian(cause, member.value, 8);
  base::append_big_endian(cause, ordinal, 4);
  return crypto::blake2b(cause);
}

std::optional<CouponGrant> coupon_after_payment(const base::BrandId& brand, const Programme& programme,
                                                const SaleRecorded& sale, base::LocalDate today) {
  if (!may_bring_value(programme, sale)) return std::nullopt;
  const Campaign* best = nullptr;
  for (const auto& campaign : programme.campaigns) {
    if (runs_for(campaign, sale, today) && (best == nullptr || better(campaign, *best))) best = &campaign;
  }
  if (best == nullptr) return std::nullopt;
  return CouponGrant{best->id,
                     sale.member,
                     best->coupon_value_minor,
                     best->coupon_threshold_minor,
                     days_after(today, best->coupon_starts_after_days),
                     days_after(today, best->coupon_valid_days),
                     coupon_cause(brand, sale.key, best->id, sale.member, 0)};
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
