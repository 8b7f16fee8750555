// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/honouring.h"

#include "sync/terminal/member_coupon.h"
#include "sync/terminal/person.h"

#include <algorithm>

namespace millpond::terminal {
namespace {

bool is_spent(wire::CouponState state) {
  return state == wire::CouponState::redeemed || state == wire::CouponState::over_redeemed;
}

MemberCoupon coupon_of(const codes::CouponCode& code, const model::Programme* programme) {
  MemberCoupon coupon{code.coupon,
                      code.campaign,
                      code.value_minor,
                      0,
                      base::LocalDate{code.not_before_day},
                      base::LocalDate{code.expiry_day},
                      /*issued_here=*/false,
                      /*discount_minor=*/0};
  if (programme == nullptr) return coupon;
  for (const auto& offer : programme->coupons) {
    if (offer.id == code.campaign) coupon.threshold_minor = offer.threshold_minor;
  }
  return coupon;
}

bool has_forgotten(store::Replica& replica) {
  const auto complete = replica.complete();
  return !complete || !*complete || replica.damaged();
}

}  // namespace

Honouring read_honouring(const store::JournalThread& journal, store::Replica& replica, const store::HubTime& time,
                         bool by_grant) {
  Honouring found;
  const auto published = journal.published();
  const auto* const standing = published->document("standing");
  found.suspended = standing != nullptr && !standing->empty() && standing->front() == 1;
  if (const auto* const allowance = published->document("allowance")) {
    const auto limits = wire::decode_allowance(*allowance);
    if (limits) found.limits = *limits;
  }
  if (time.last_word_ms() != 0 && has_forgotten(replica)) found.limits.reset();
  found.silent_ms = time.silent_ms().value_or(INT64_MAX);
  if (by_grant && time.last_word_ms() == 0) {
    const auto now = time.precise();
    if (now.trusted) found.silent_ms = now.since_hub_ms;
  }
  return found;
}

base::Result<Shown> look_at(store::Transaction& transaction, store::Replica& replica, const model::Programme* programme,
                            const codes::CouponCode& code, base::MemberId shower) {
  MILLPOND_TRY(const auto local, transaction.find_coupon(code.coupon));
  MILLPOND_TRY(const bool used, transaction.was_used(code.coupon));
  Shown shown;
  shown.used = used;
  shown.confirmed_only = (code.flags & flag_confirmed_only) != 0;
  const auto row = replica.find_coupon(code.coupon);
  const bool told = row && *row;
  shown.told_unread = !row;
  if (local) {
    shown.coupon = own_coupon(local->issued);
    shown.member = local->issued.member;
    shown.known = true;
    shown.held = local->held;
    shown.used = used || is_spent(local->state);
    shown.voided = local->state == wire::CouponState::voided;
  } else {
    shown.coupon = told ? hub_coupon(**row) : coupon_of(code, programme);
    shown.member = told ? (*row)->member : code.member;
  }
  // Whoever holds the right need not hear what others did without it.
  if (told && !shown.held) {
    shown.spent_elsewhere = is_spent((*row)->state);
    shown.voided = shown.voided || (*row)->state == wire::CouponState::voided;
  }
  if (shown.member && person_number(replica, shown.member) == shower) shown.member = shower;
  return shown;
}

model::HonourCase case_of(const Honouring& honouring, const Shown& shown, const model::SaleRecorded& sale) {
  model::HonourCase of;
  const auto& coupon = shown.coupon;
  of.terms = {shown.member, coupon.threshold_minor, coupon.not_before, coupon.expires};
  of.value_minor = coupon.value_minor;
  of.confirmed_only = shown.confirmed_only;
  of.held_here = shown.held;
  // Of a redemption that was asked about twice the replica may have heard already; the hub's own word is newer.
  of.spent_here = shown.used || (shown.spent_elsewhere && shown.reply.word != model::HubWord::confirmed);
  of.hub = shown.reply.word;
  of.open = shown.reply.open;
  of.hub_refusal = shown.reply.why.code;
  of.value_suspended = honouring.suspended;
  of.since_hub_ms = honouring.silent_ms;
  of.approved = static_cast<bool>(honouring.approved_by);
  if (!shown.told_unread) of.limits = honouring.limits;
  of.member = sale.member;
  of.goods_minor = sale.eligible_minor;
  return of;
}

}  // namespace millpond::terminal
