// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/coupon_answers.h"

#include "kiosk/service/cards.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace millpond::service {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 19> hurdle_names{
    "",           "expired", "other_member", "store",     "tier",      "tag",      "used_up",     "not_yet",
    "weekday",    "hours",   "no_goods",     "no_reward", "threshold", "per_sale", "stack_group", "exclusive",
    "worth_less", "no_rest", "too_many"};
constexpr std::array<std::string_view, 6> type_names{"",     "amount_off", "percent_off",
                                                     "gift", "exchange",   "free_delivery"};

const model::CouponOffer* offer_of(const std::optional<model::Programme>& programme, base::CampaignId id) {
  if (!programme) return nullptr;
  const auto found = std::ranges::find(programme->coupons, id, &model::CouponOffer::id);
  return found == programme->coupons.end() ? nullptr : &*found;
}

std::string in(const model::LocalizedText& both, text::Language language) {
  return language == text::Language::zh_cn ? both.zh_cn : both.en;
}

std::string says(const flow::CouponWords& words, text::Language language) {
  auto line = words.value;
  line = text::format(text::Key::coupon_join, language, line, words.condition);
  for (const auto& term : words.terms) line = text::format(text::Key::coupon_join, language, line, term);
  return line;
}

Json taken_json(const terminal::QuotedCoupon& taken, const std::vector<model::SaleLine>& lines, bool kept,
                const std::optional<model::Programme>& programme, text::Language language) {
  auto row = Json::parse(coupon_json(taken.coupon, programme, language));
  if (taken.index) row["index"] = *taken.index;
  row["discount_minor"] = taken.coupon.discount_minor;
  row["lines"] = Json::array();
  for (std::size_t i = 0; i < taken.by_line.size() && i < lines.size(); ++i) {
    if (taken.by_line[i] == 0) continue;
    row["lines"].push_back({{"id", lines[i].id}, {"discount_minor", taken.by_line[i]}});
  }
  if (kept) row["provisional"] = taken.honour == model::Honour::provisional;
  return row;
}

}  // namespace

std::string_view hurdle_name(model::Hurdle hurdle) { return hurdle_names.at(static_cast<std::size_t>(hurdle)); }

std::string points_json(const terminal::MemberView& member) {
  auto answer = Json::object();
  if (member.phone_verified) answer["phone_verified"] = true;
  if (member.points_not_active > 0) answer["not_active"] = member.points_not_active;
  if (member.expiring_points > 0) {
    answer["expiring"] = {{"points", member.expiring_points}, {"until", base::format_date(member.expires)}};
  }
  return answer.dump();
}

std::string coupon_json(const terminal::MemberCoupon& coupon, const std::optional<model::Programme>& programme,
                        text::Language language) {
  Json row{{"coupon", base::format_id('C', coupon.coupon.value)},
           {"value_minor", coupon.value_minor},
           {"threshold_minor", coupon.threshold_minor},
           {"expires", base::format_date(coupon.expires)}};
  const auto card = coupon_card(coupon, programme);
  row["says"] = says(flow::coupon_words(card, programme ? &*programme : nullptr, language), language);
  if (!card.offer) return row.dump();
  row["type"] = type_names.at(static_cast<std::size_t>(card.offer->type));
  row["name"] = in(card.offer->name, language);
  return row.dump();
}

std::string refusal_json(const terminal::Refusal& refusal, const std::optional<model::Programme>& programme,
                         text::Language language) {
  const auto sentence = text::sentence(refusal.code, language);
  Json row{{"index", refusal.index},
           {"code", base::code_name(refusal.code)},
           {"what", sentence.what},
           {"next", sentence.next}};
  if (refusal.coupon) row["coupon"] = base::format_id('C', refusal.coupon.value);
  const auto* const offer = offer_of(programme, refusal.campaign);
  if (refusal.hurdle && offer != nullptr) {
    row["why"] = hurdle_name(refusal.hurdle->why);
    row["what"] = flow::hurdle_words(*refusal.hurdle, *offer, *programme, language);
    if (refusal.hurdle->other) row["other"] = base::format_id('C', refusal.hurdle->other.value);
  } else if (refusal.coupon && offer == nullptr && refusal.code == base::Code::coupon_not_for_this) {
    row["why"] = "unknown_offer";
    row["what"] = text::get(text::Key::hurdle_unknown_offer, language);
  }
  if (refusal.missing_minor > 0) row["missing_minor"] = refusal.missing_minor;
  if (refusal.date.days != 0) row["date"] = base::format_date(refusal.date);
  return row.dump();
}

std::string quote_json(const terminal::Quote& quote, const std::vector<model::SaleLine>& lines, bool kept,
                       const std::optional<model::Programme>& programme, text::Language language) {
  Json body{{"total_minor", quote.total_minor},
            {"discount_minor", quote.discount_minor},
            {"to_pay_minor", quote.total_minor - quote.discount_minor}};
  if (quote.member && model::shown(quote.strength, model::Surface::till_answer).number) {
    body["member"] = base::format_id('M', quote.member.value);
  }
  if (quote.member_problem) body["member_problem"] = base::code_name(*quote.member_problem);
  if (kept) {
    body["kept"] = !quote.taken.empty();
    if (!quote.taken.empty()) body["until"] = base::format_utc(quote.until_ms);
  }
  body["taken"] = Json::array();
  for (const auto& taken : quote.taken) body["taken"].push_back(taken_json(taken, lines, kept, programme, language));
  body["refused"] = Json::array();
  for (const auto& refusal : quote.refused)
    body["refused"].push_back(Json::parse(refusal_json(refusal, programme, language)));
  return body.dump();
}

std::string sale_coupons_json(const terminal::SaleOutcome& outcome, const std::optional<model::Programme>& programme,
                              text::Language language) {
  Json body{{"redeemed", Json::array()}, {"refused", Json::array()}};
  std::int64_t discount_minor = 0;
  for (std::size_t i = 0; i < outcome.redeemed.size(); ++i) {
    auto row = Json::parse(coupon_json(outcome.redeemed[i], programme, language));
    row["discount_minor"] = outcome.redeemed[i].discount_minor;
    discount_minor += outcome.redeemed[i].discount_minor;
    row["provisional"] = outcome.honoured[i] == model::Honour::provisional;
    body["redeemed"].push_back(std::move(row));
  }
  for (const auto& refusal : outcome.refused) {
    body["refused"].push_back(Json::parse(refusal_json(refusal, programme, language)));
  }
  if (!outcome.redeemed.empty()) body["discount_minor"] = discount_minor;
  return body.dump();
}

}  // namespace millpond::service
