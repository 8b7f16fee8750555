// SPDX-License-Identifier: Apache-2.0
#include "sync/model/fraud_watch.h"

#include "sync/model/issue_check.h"
#include "sync/model/typed_phone.h"

#include <algorithm>
#include <utility>

namespace millpond::model {
namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t enrolments_window_ms = 10 * minute_ms;
constexpr std::size_t enrolments_max = 3;
constexpr std::int64_t member_window_ms = 5 * minute_ms;
constexpr std::uint64_t sales_for_a_rate = 30;
constexpr std::uint64_t lookups_for_a_rate = 10;
constexpr std::uint64_t uses_for_a_rate = 20;  // a young brand has few: its first ones would all be odd
constexpr std::uint64_t max_count = 1U << 31;
constexpr std::size_t last_sales_max = 500;  // of one terminal in 5 minutes: more members than it can serve
constexpr std::uint8_t state_version = 3;
static_assert((last_sales_max + enrolments_max + 6) * 16 <= FraudWatch::state_bytes_max);

// Whose number was typed where anybody can, a new member's or a known one's; 0: nobody's.
base::MemberId typed_number(const FactBody& body) {
  if (const auto* enrolled = std::get_if<MemberEnrolled>(&body)) return enrolled->member;
  const auto* act = std::get_if<ActApproved>(&body);
  return act != nullptr && act->act == act_phone_typed ? act->member : base::MemberId{};
}

bool uses_a_coupon(const FactBody& body) {
  return std::holds_alternative<CouponRedeemed>(body) || std::holds_alternative<CouponConfirmed>(body) ||
         std::holds_alternative<CouponProvisional>(body);
}

}  // namespace

bool rate_is_odd(std::uint64_t sales, std::uint64_t coupons, const UsualRate& usual) {
  if (usual.sales < sales_for_a_rate) return false;
  sales = std::max(sales, sales_for_a_rate);
  // What no share can say, because it stops at one: a coupon for each sale may be usual, and several for each are not.
  const auto usual_most = static_cast<__int128>(std::max(usual.sales, usual.coupons));
  if (static_cast<__int128>(coupons) * usual.sales > 2 * usual_most * sales) return true;
  // Halved until every product below fits: such numbers have digits enough.
  const auto fitting = [](std::uint64_t& whole, std::uint64_t& part) {
    part = std::min(part, whole);
    for (; whole > max_count; whole /= 2) part /= 2;
  };
  fitting(sales, coupons);
  auto usual_sales = usual.sales;
  auto usual_coupons = usual.coupons;
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
  sales_today_ = coupons_today_ = identified_today_ = lookups_today_ = voids_today_ = uses_today_ = 0;
  rate_raised_ = lookups_raised_ = uses_raised_ = false;
}

void FraudWatch::on_sale(const SaleRecorded& sale, std::int64_t at_ms, base::MemberId staff_member,
                         std::vector<Raised>& raised) {
  if (sale.training) return;
  ++sales_today_;
  if (!sale.member) return;
  ++identified_today_;
  std::erase_if(enrolments_, [&](const Enrolment& enrolment) { return enrolment.member == sale.member; });
  if (staff_member && staff_member == sale.member) raised.push_back({Signal::own_card, sale.member, {}, 1, 0});
  remember_sale(sale.member, at_ms, raised);
}

void FraudWatch::remember_sale(base::MemberId member, std::int64_t at_ms, std::vector<Raised>& raised) {
  std::erase_if(last_sales_, [&](const auto& last) { return last.second < at_ms - member_window_ms; });
  const auto [last, is_first] = last_sales_.try_emplace(member, at_ms);
  if (!is_first) {
    raised.push_back({Signal::member_twice, member, {}, at_ms - last->second, member_window_ms});
    last->second = at_ms;
  } else if (last_sales_.size() > last_sales_max) {
    last_sales_.erase(std::ranges::min_element(last_sales_, {}, [](const auto& each) {
      return std::pair{each.second, each.first};
    }));
  }
}

void FraudWatch::on_typed_number(base::MemberId member, std::int64_t at_ms, std::vector<Raised>& raised) {
  while (!enrolments_.empty() && enrolments_.front().at_ms < at_ms - enrolments_window_ms) enrolments_.pop_front();
  enrolments_.push_back({at_ms, member});
  if (enrolments_.size() <= enrolments_max) return;
  raised.push_back({Signal::enrolments_without_sale,
                    {},
                    {},
                    static_cast<std::int64_t>(enrolments_.size()),
                    static_cast<std::int64_t>(enrolments_max)});
  enrolments_.clear();
}

void FraudWatch::on_coupon(const UsualRate& usual, std::vector<Raised>& raised) {
  ++coupons_today_;
  if (rate_raised_ || !rate_is_odd(sales_today_, coupons_today_, usual)) return;
  rate_raised_ = true;
  raised.push_back({Signal::coupon_rate,
                    {},
                    {},
                    static_cast<std::int64_t>(coupons_today_),
                    static_cast<std::int64_t>(sales_today_ * usual.coupons / usual.sales)});
}

// Whoever has a terminal's key can use every coupon that it was told of, and each such use looks like any other.
void FraudWatch::on_use(const UsualRate& usual, std::vector<Raised>& raised) {
  ++uses_today_;
  if (uses_raised_ || uses_today_ < uses_for_a_rate) return;
  if (!rate_is_odd(sales_today_, uses_today_, {usual.sales, usual.uses})) return;
  uses_raised_ = true;
  raised.push_back({Signal::uses_rate,
                    {},
                    {},
                    static_cast<std::int64_t>(uses_today_),
                    static_cast<std::int64_t>(sales_today_ * usual.uses / usual.sales)});
}

// A terminal takes a newer version and never an older one. What it was doing when the newer came may still follow, so
// that only another day tells. A life that went back with its disk begins anew under another epoch.
void FraudWatch::on_gift(const Stamp& stamp, base::LocalDate heard, std::vector<Raised>& raised) {
  if (stamp.epoch != life_) {
    life_ = stamp.epoch;
    newest_version_ = 0;
    old_raised_ = false;
  }
  if (stamp.programme_version > newest_version_) {
    newest_version_ = stamp.programme_version;
    newest_since_ = heard;
  }
  const bool is_older = stamp.programme_version != 0 && stamp.programme_version < newest_version_;
  if (!is_older || heard <= newest_since_ || old_raised_) return;
  old_raised_ = true;
  raised.push_back({Signal::programme_old, {}, {}, stamp.programme_version, newest_version_});
}

void FraudWatch::on_lookup(base::StaffId by, std::vector<Raised>& raised) {
  ++lookups_today_;
  if (lookups_raised_ || lookups_today_ < lookups_for_a_rate || lookups_today_ * 5 <= identified_today_) return;
  lookups_raised_ = true;
  raised.push_back({Signal::manual_lookups,
                    {},
                    by,
                    static_cast<std::int64_t>(lookups_today_),
                    static_cast<std::int64_t>(identified_today_ / 5)});
}

std::vector<Raised> FraudWatch::on(const Fact& fact, base::LocalDate heard, const UsualRate& usual,
                                   base::MemberId staff_member, const std::optional<Brought>& brought) {
  std::vector<Raised> raised;
  const auto at_ms = fact.stamp.occurred_at_ms;
  new_day(heard);
  if (gives_value(fact.body)) on_gift(fact.stamp, heard, raised);
  // That points are taken back is what a refund should do; the coupon of the sale was out all the same.
  const bool told_otherwise = std::holds_alternative<SaleDisputed>(fact.body);
  const bool taken_back = std::holds_alternative<SaleRefunded>(fact.body);
  if (brought && ((told_otherwise && (brought->coupon || brought->points)) || (taken_back && brought->coupon))) {
    ++voids_today_;
    raised.push_back({Signal::void_after_issue, brought->member, {}, static_cast<std::int64_t>(voids_today_), 0});
  }
  if (const auto* sale = std::get_if<SaleRecorded>(&fact.body)) {
    on_sale(*sale, at_ms, staff_member, raised);
  } else if (const auto typed = typed_number(fact.body)) {
    on_typed_number(typed, at_ms, raised);
  } else if (std::holds_alternative<CouponIssued>(fact.body)) {
    on_coupon(usual, raised);
  } else if (uses_a_coupon(fact.body)) {
    on_use(usual, raised);
  } else if (const auto* act = std::get_if<ActApproved>(&fact.body)) {
    if (act->act == Act::manual_lookup) on_lookup(act->by, raised);
  } else if (const auto* check = std::get_if<StaffChecked>(&fact.body)) {
    if (check->outcome == StaffCheck::locked) raised.push_back({Signal::pin_guessing, {}, check->staff, 1, 0});
  }
  return raised;
}

base::Bytes FraudWatch::state() const {
  base::Bytes bytes;
  const auto put = [&](auto value, std::size_t size = 8) {
    base::append_big_endian(bytes, static_cast<std::uint64_t>(value), size);
  };
  put(state_version, 1);
  put(static_cast<std::uint32_t>(day_.days), 4);
  for (const auto count :
       {sales_today_, coupons_today_, identified_today_, lookups_today_, voids_today_, uses_today_}) {
    put(count);
  }
  put((rate_raised_ ? 1U : 0U) | (lookups_raised_ ? 2U : 0U) | (uses_raised_ ? 4U : 0U) | (old_raised_ ? 8U : 0U), 1);
  put(life_.value, 4);
  put(newest_version_, 4);
  put(static_cast<std::uint32_t>(newest_since_.days), 4);
  put(enrolments_.size(), 2);
  for (const auto& enrolment : enrolments_) {
    put(enrolment.at_ms);
    put(enrolment.member.value);
  }
  for (const auto& [member, at_ms] : last_sales_) {
    put(member.value);
    put(at_ms);
  }
  return bytes;
}

FraudWatch FraudWatch::of_state(base::ByteView bytes) {
  constexpr std::size_t head_bytes = 1 + 4 + 6 * 8 + 1 + 3 * 4 + 2;
  if (bytes.size() < head_bytes || bytes.front() != state_version) return {};
  const auto take = [&](std::size_t size = 8) {
    const auto value = base::read_big_endian(bytes.first(size));
    bytes = bytes.subspan(size);
    return value;
  };
  FraudWatch watch;
  static_cast<void>(take(1));
  watch.day_.days = static_cast<std::int32_t>(static_cast<std::uint32_t>(take(4)));
  for (auto* const count : {&watch.sales_today_, &watch.coupons_today_, &watch.identified_today_, &watch.lookups_today_,
                            &watch.voids_today_, &watch.uses_today_}) {
    *count = take();
  }
  const auto raised = take(1);
  watch.rate_raised_ = (raised & 1U) != 0;
  watch.lookups_raised_ = (raised & 2U) != 0;
  watch.uses_raised_ = (raised & 4U) != 0;
  watch.old_raised_ = (raised & 8U) != 0;
  watch.life_.value = static_cast<std::uint32_t>(take(4));
  watch.newest_version_ = static_cast<std::uint32_t>(take(4));
  watch.newest_since_.days = static_cast<std::int32_t>(static_cast<std::uint32_t>(take(4)));
  const auto enrolments = take(2);
  if (bytes.size() % 16 != 0 || enrolments > bytes.size() / 16) return {};
  for (std::uint64_t i = 0; i < enrolments; ++i) {
    const auto at_ms = static_cast<std::int64_t>(take());
    watch.enrolments_.push_back({at_ms, {take()}});
  }
  while (!bytes.empty()) {
    const base::MemberId member{take()};
    watch.last_sales_[member] = static_cast<std::int64_t>(take());
  }
  return watch;
}

}  // namespace millpond::model
