// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/cards.h"

#include "hardware/scan/encode.h"

#include <algorithm>

namespace millpond::service {
namespace {

// A code that does not fit a symbol leaves the picture empty; its text is still on the slip's event.
ports::QrModules modules_of(const std::string& text) {
  if (text.empty()) return {};
  auto encoded = scan::encode_qr(text);
  return encoded ? std::move(encoded).value() : ports::QrModules{};
}

std::vector<flow::CouponCard> coupon_cards(const std::vector<terminal::MemberCoupon>& coupons,
                                           const std::optional<model::Programme>& programme) {
  std::vector<flow::CouponCard> cards;
  cards.reserve(coupons.size());
  for (const auto& coupon : coupons) cards.push_back(coupon_card(coupon, programme));
  return cards;
}

std::vector<flow::SaleResult::Issued> issued_cards(const std::vector<terminal::IssuedCoupon>& issued,
                                                   const std::optional<model::Programme>& programme) {
  std::vector<flow::SaleResult::Issued> cards;
  cards.reserve(issued.size());
  for (const auto& each : issued) {
    cards.push_back({coupon_card(each.coupon, programme), each.code_text, modules_of(each.code_text)});
  }
  return cards;
}

// Of a campaign that the programme in force has no more nothing is said: the hub knows it.
std::vector<model::LocalizedText> names_of(const std::vector<base::CampaignId>& campaigns,
                                           const std::optional<model::Programme>& programme) {
  std::vector<model::LocalizedText> names;
  if (!programme) return names;
  for (const auto id : campaigns) {
    const auto found = std::ranges::find(programme->campaigns, id, &model::Campaign::id);
    if (found != programme->campaigns.end()) names.push_back(found->name);
  }
  return names;
}

}  // namespace

flow::CouponCard coupon_card(const terminal::MemberCoupon& coupon, const std::optional<model::Programme>& programme) {
  flow::CouponCard card{.coupon = coupon.coupon,
                        .value_minor = coupon.value_minor,
                        .threshold_minor = coupon.threshold_minor,
                        .expires = coupon.expires,
                        .offer = {},
                        .not_before = coupon.not_before,
                        .discount_minor = coupon.discount_minor};
  if (!programme) return card;
  const auto offer = std::ranges::find(programme->coupons, coupon.campaign, &model::CouponOffer::id);
  if (offer != programme->coupons.end()) card.offer = *offer;
  return card;
}

flow::MemberCard member_card(const terminal::MemberView& member, const std::string& code_text,
                             const std::optional<model::Programme>& programme) {
  return {.member = member.member,
          .shown_name = member.shown_name,
          .points = member.points,
          .points_pending = member.points_pending,
          .qualifying_minor = member.qualifying_minor,
          .as_of_ms = member.as_of_ms,
          .strength = member.strength,
          .code_text = code_text,
          .code = modules_of(code_text),
          .coupons = coupon_cards(member.coupons, programme),
          .consents = {},
          .told_age_min = member.told_age_min,
          .store = {},
          .points_not_active = member.points_not_active,
          .expires = member.expires,
          .expiring_points = member.expiring_points};
}

flow::SaleResult sale_result(const terminal::SaleOutcome& outcome, std::int64_t total_minor,
                             const std::optional<model::Programme>& programme) {
  flow::SaleResult result{.total_minor = total_minor,
                          .points_earned = outcome.points_earned + outcome.points_given,
                          .balance = outcome.balance,
                          .member = outcome.member,
                          .strength = outcome.strength,
                          .redeemed = coupon_cards(outcome.redeemed, programme),
                          .issued = issued_cards(outcome.issued, programme),
                          .event_seq = outcome.seq.value,
                          .refused = {},
                          .points_spent = outcome.points_spent};
  result.promised = names_of(outcome.promised, programme);
  for (const auto& refusal : outcome.refused) result.refused.push_back(refusal.code);
  return result;
}

flow::SaleResult sale_result(const terminal::Slip& slip, const std::optional<model::Programme>& programme) {
  flow::SaleResult result{.total_minor = slip.total_minor,
                          .points_earned = slip.points_earned + slip.points_given,
                          .balance = slip.balance,
                          .member = slip.member,
                          .strength = slip.strength,
                          .redeemed = coupon_cards(slip.redeemed, programme),
                          .issued = issued_cards(slip.issued, programme),
                          .event_seq = slip.seq.value,
                          .refused = {},
                          .points_spent = slip.points_spent};
  result.promised = names_of(slip.promised, programme);
  // One that no QR code holds is left out: the slip is worth more than it.
  if (auto code = scan::encode_qr(slip.invoice_code)) {
    result.invoice = std::move(*code);
    result.invoice_text = slip.invoice_code;
  }
  for (const auto& line : slip.lines.shown) {
    result.lines.shown.push_back({line.name, line.quantity, line.net_minor, line.excluded});
  }
  result.lines.more = slip.lines.more;
  result.lines.more_minor = slip.lines.more_minor;
  return result;
}

flow::RefundResult refund_result(const terminal::Slip& slip, const std::optional<model::Programme>& programme) {
  return {.of_transaction = slip.of_transaction,
          .total_minor = slip.total_minor,
          .sale_known = slip.sale_known,
          .points_taken = slip.points_taken,
          .points_returned = slip.points_returned,
          .voided = slip.voided,
          .returned = issued_cards(slip.issued, programme),
          .event_seq = slip.seq.value};
}

flow::Locale locale_of(std::string_view language) { return language == "en" ? flow::Locale::en : flow::Locale::zh_cn; }

}  // namespace millpond::service
