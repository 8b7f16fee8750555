// SPDX-License-Identifier: Apache-2.0
#include "sync/model/fraud_watch.h"

#include "sync/model/typed_phone.h"

#include <algorithm>

namespace millpond::model {
namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t enrolments_window_ms = 10 * minute_ms;
constexpr std::size_t enrolments_max = 3;
constexpr std::int64_t member_window_ms = 5 * minute_ms;
constexpr std::uint64_t sales_for_a_rate = 30;
constexpr std::uint64_t lookups_for_a_rate = 10;
constexpr std::uint64_t max_count = 1U << 31;

// Whose number was typed where anybody can, a new member's or a known one's; 0: nobody's.
base::MemberId typed_number(const FactBody& body) {
  if (const auto* enrolled = std::get_if<MemberEnrolled>(&body)) return enrolled->member;
  const auto* act = std::get_if<ActApproved>(&body);
  return act != nullptr && act->act == act_phone_typed ? act->member : base::MemberId{};
}

}  // namespace

bool rate_is_odd(std::uint64_t sales, std::uint64_t coupons, const UsualRate& usual) {
  if (sales < sales_for_a_rate || usual.sales < sales_for_a_rate) return false;
  // Halved until every product below fits: such numbers have digits enough.
  const auto fitting = [](std::uint64_t& whole, std::uint64_t& part) {
    part = std::min(part, whole);
    for (; whole > max_count; whole /= 2) part /= 2;
  };
  fitting(sales, coupons);
  auto [usual_sales, usual_coupons] = usual;
  fitting(usual_sales, usual_coupons);
  // k - n p > 3 sqrt(n p (1 - p)) with p = c / s, both sides times s and squared: no fractions and no rounding.
  const auto n = static_cast<__int128>(sales);
  const auto k = static_cast<__int128>(coupons);
  const auto s = static_cast<__int128>(usual_sales);
  const auto c = static_cast<__int128>(usual_coupons);
  const auto above = k * s - n * c;
  return above > 0 && above * above > 9 * n * c * (s - c);
}

void FraudWatch::new_day(base::LocalDate day) {
  if (day == day_) return;
  day_ = day;
  sales_today_ = coupons_today_ = identified_today_ = lookups_today_ = 0;
  rate_raised_ = lookups_raised_ = false;
}

void FraudWatch::on_sale(const SaleRecorded& sale, std::int64_t at_ms, base::MemberId staff_member,
                         std::vector<Raised>& raised) {
  if (sale.training) return;
  ++sales_today_;
  if (!sale.member) return;
  ++identified_today_;
  std::erase_if(enrolments_, [&](const Enrolment& enrolment) { return enrolment.member == sale.member; });
  if (staff_member && staff_member == sale.member) raised.push_back({Signal::own_card, sale.member, {}, 1, 0});
  std::erase_if(last_sales_, [&](const auto& last) { return last.second < at_ms - member_window_ms; });
  const auto [last, is_first] = last_sales_.try_emplace(sale.member, at_ms);
  if (!is_first) {
    raised.push_back({Signal::member_twice, sale.member, {}, at_ms - last->second, member_window_ms});
    last->second = at_ms;
  }
}

std::vector<Raised> FraudWatch::on(const Fact& fact, const UsualRate& usual, base::MemberId staff_member) {
  std::vector<Raised> raised;
  const auto at_ms = fact.stamp.occurred_at_ms;
  new_day(fact.stamp.local_date);
  if (const auto* sale = std::get_if<SaleRecorded>(&fact.body)) {
    on_sale(*sale, at_ms, staff_member, raised);
  } else if (const auto typed = typed_number(fact.body)) {
    while (!enrolments_.empty() && enrolments_.front().at_ms < at_ms - enrolments_window_ms) enrolments_.pop_front();
    enrolments_.push_back({at_ms, typed});
    if (enrolments_.size() > enrolments_max) {
      raised.push_back({Signal::enrolments_without_sale,
                        {},
                        {},
                        static_cast<std::int64_t>(enrolments_.size()),
                        static_cast<std::int64_t>(enrolments_max)});
      enrolments_.clear();
    }
  } else if (std::holds_alternative<CouponIssued>(fact.body)) {
    ++coupons_today_;
    if (!rate_raised_ && rate_is_odd(sales_today_, coupons_today_, usual)) {
      rate_raised_ = true;
      raised.push_back({Signal::coupon_rate,
                        {},
                        {},
                        static_cast<std::int64_t>(coupons_today_),
                        static_cast<std::int64_t>(sales_today_ * usual.coupons / usual.sales)});
    }
  } else if (const auto* act = std::get_if<ActApproved>(&fact.body)) {
    if (act->act != Act::manual_lookup) return raised;
    ++lookups_today_;
    if (!lookups_raised_ && lookups_today_ >= lookups_for_a_rate && lookups_today_ * 5 > identified_today_) {
      lookups_raised_ = true;
      raised.push_back({Signal::manual_lookups,
                        {},
                        act->by,
                        static_cast<std::int64_t>(lookups_today_),
                        static_cast<std::int64_t>(identified_today_ / 5)});
    }
  } else if (const auto* check = std::get_if<StaffChecked>(&fact.body)) {
    if (check->outcome == StaffCheck::locked) raised.push_back({Signal::pin_guessing, {}, check->staff, 1, 0});
  }
  return raised;
}

}  // namespace millpond::model
