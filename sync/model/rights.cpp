// SPDX-License-Identifier: Apache-2.0
#include "sync/model/rights.h"

#include "sync/crypto/hash.h"

#include <algorithm>
#include <utility>

namespace millpond::model {
namespace {

constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::string_view redemption_context = "MILLPOND-REDEEM1";
constexpr std::string_view hold_context = "MILLPOND-HOLDING";

HonourDecision declined(base::Code code) { return {Honour::declined, {code, 0, {}}}; }

// Why nobody may honour it now, whoever holds the right; nothing when somebody may. The hub judges dates by its own
// clock, so its word needs none of ours.
std::optional<WhyNot> refused_anyway(const HonourCase& of) {
  if (of.spent_here) return WhyNot{base::Code::coupon_spent, 0, {}};
  if (of.value_suspended) return WhyNot{base::Code::value_suspended, 0, {}};
  if (of.hub == HubWord::confirmed) return std::nullopt;
  if (!of.time_trusted) return WhyNot{base::Code::time_unknown, 0, {}};
  return why_not(of.terms, of.member, of.goods_minor, of.today);
}

// Both sums together, or a terminal that hears the hub would fill its limit with what the hub has not heard of, beyond
// what is open there.
Outstanding unsettled(const HonourCase& of) {
  auto sum = of.outstanding;
  if (of.hub != HubWord::unknown) return sum;
  sum.minor += of.open.minor;
  sum.uses += of.open.uses;
  return sum;
}

std::optional<base::Code> past_limit(const HonourCase& of, const HonourLimits& limits) {
  const auto outstanding = unsettled(of);
  if (of.value_minor > limits.value_minor_max) return base::Code::coupon_cap_value;
  if (of.since_hub_ms >= limits.refuse_after_ms) return base::Code::coupon_cap_age;
  if (outstanding.uses >= limits.outstanding_uses_max) return base::Code::coupon_cap_terminal;
  if (of.value_minor > provisional_minor_left(limits, outstanding)) return base::Code::coupon_cap_terminal;
  if (of.member && of.outstanding.uses_of_member_today >= limits.uses_a_member_day_max) {
    return base::Code::coupon_cap_member;
  }
  if (of.since_hub_ms >= limits.approval_after_ms && !of.approved) return base::Code::approval_required;
  return std::nullopt;
}

void add_text(base::Bytes& bytes, std::string_view text) {
  base::append_big_endian(bytes, text.size(), 4);
  base::append(bytes, base::view_of(text));
}

bool is_strong(const Use& use) { return use.kind != UseKind::provisional; }

bool same_redemption(const Use& a, const Use& b) { return a.redemption != 0 && a.redemption == b.redemption; }

}  // namespace

HonourLimits default_limits() { return {1, 1'000, 10'000, 20, 24 * hour_ms, 72 * hour_ms, 2}; }

HonourDecision decide_honour(const HonourCase& of) {
  if (const auto why = refused_anyway(of)) return {Honour::declined, *why};
  if (of.held_here) return {Honour::own_right, {}};
  if (of.hub == HubWord::confirmed) return {Honour::confirmed, {}};
  if (of.hub == HubWord::refused) return declined(of.hub_refusal);
  if (of.confirmed_only) return declined(base::Code::coupon_online_only);
  if (!of.limits) return declined(base::Code::coupon_elsewhere);
  if (const auto limit = past_limit(of, *of.limits)) return declined(*limit);
  return {Honour::provisional, {}};
}

std::int64_t provisional_minor_left(const std::optional<HonourLimits>& limits, const Outstanding& outstanding) {
  if (!limits || outstanding.uses >= limits->outstanding_uses_max) return 0;
  return std::max<std::int64_t>(limits->outstanding_minor_max - outstanding.minor, 0);
}

std::uint64_t redemption_id(const base::BrandId& brand, const SaleKey& sale, base::CouponId coupon) {
  base::Bytes rest(brand.bytes.begin(), brand.bytes.end());
  base::append_big_endian(rest, sale.store.value, 4);
  add_text(rest, sale.till);
  base::append_big_endian(rest, static_cast<std::uint32_t>(sale.business_date.days), 4);
  add_text(rest, sale.transaction);
  base::append_big_endian(rest, coupon.value, 8);
  const auto hash = crypto::blake2b(base::view_of(redemption_context), rest);
  return std::max<std::uint64_t>(base::read_big_endian(base::ByteView{hash}.first(8)), 1);
}

std::uint64_t hold_redemption_id(const base::BrandId& brand, base::TerminalId terminal, std::uint64_t hold,
                                 base::CouponId coupon) {
  base::Bytes rest(brand.bytes.begin(), brand.bytes.end());
  base::append_big_endian(rest, terminal.value, 4);
  base::append_big_endian(rest, hold, 8);
  base::append_big_endian(rest, coupon.value, 8);
  const auto hash = crypto::blake2b(base::view_of(hold_context), rest);
  return std::max<std::uint64_t>(base::read_big_endian(base::ByteView{hash}.first(8)), 1);
}

Booked book_use(Booking& booking, const Use& told, bool by_issuer) {
  Booked booked;
  auto use = told;
  if (use.kind == UseKind::own_right && !(by_issuer && booking.issuer_holds)) {
    booked.breach = true;
    use.kind = UseKind::provisional;
  }
  auto& standing = booking.standing;
  if (!standing || same_redemption(*standing, use)) {
    if (standing && is_strong(*standing)) use.kind = standing->kind;
    standing = use;
    booked.counts = true;
    return booked;
  }
  if (is_strong(*standing) || !is_strong(use)) return booked;
  booked.counts = true;
  booked.displaced = std::exchange(standing, use);
  return booked;
}

HubAnswer confirm_use(Booking& booking, std::uint64_t redemption, base::TerminalId terminal) {
  auto& standing = booking.standing;
  const Use asked{UseKind::confirmed, redemption, terminal, {}, {}};
  if (standing && same_redemption(*standing, asked)) {
    // Told as provisional meanwhile; while the issuer may still use its own right it stays that.
    if (standing->kind == UseKind::provisional && booking.issuer_holds) return {HubWord::unknown, {}};
    standing->kind = UseKind::confirmed;
    return {HubWord::confirmed, {}};
  }
  if (standing) return {HubWord::refused, base::Code::coupon_spent};
  if (booking.issuer_holds) return {HubWord::unknown, {}};
  standing = asked;
  return {HubWord::confirmed, {}};
}

bool cancel_use(Booking& booking, std::uint64_t redemption, base::TerminalId terminal) {
  auto& standing = booking.standing;
  const bool own = standing && standing->kind == UseKind::confirmed && standing->redemption == redemption &&
                   redemption != 0 && standing->terminal == terminal;
  if (own) standing.reset();
  return own;
}

}  // namespace millpond::model
