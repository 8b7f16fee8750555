// SPDX-License-Identifier: Apache-2.0
// The field numbers of facts about coupons and their rights; a part of canonical_fields.h, which has the rules. Inside
// `wire` only.
#pragma once

#include "sync/model/facts.h"
#include "sync/wire/field_codec.h"

namespace millpond::wire {

template <class Io, RecordOf<model::CouponIssued> Record>
void body_fields(Io& io, Record& body) {
  io(16, body.coupon);
  io(17, body.member);
  io(18, body.campaign);
  io(19, body.store);
  io(20, body.value_minor);
  io(21, body.threshold_minor);
  io(22, body.not_before);
  io(23, body.expires);
  io(24, body.cause);
  io(25, body.sale);
  io(26, body.sale_epoch);
  io(27, body.by);
  io(28, body.variant);
  io(29, body.least_paid_minor);
}

template <class Io, RecordOf<model::CouponRedeemed> Record>
void body_fields(Io& io, Record& body) {
  io(16, body.coupon);
  io(17, body.member);
  io(18, body.campaign);
  io(19, body.sale);
  io(20, body.value_minor);
  io(21, body.sale_epoch);
}

template <class Io, RecordOf<model::CouponOverRedeemed> Record>
void body_fields(Io& io, Record& body) {
  io(16, body.coupon);
  io(17, body.member);
  io(18, body.campaign);
  io(19, body.sale);
  io(20, body.value_minor);
  io(21, body.reason);
  io(22, body.sale_epoch);
}

template <class Io, RecordOf<model::RightsReleased> Record>
void body_fields(Io& io, Record& body) {
  io(16, body.receiver);
}

template <class Io, RecordOf<model::CouponConfirmed> Record>
void body_fields(Io& io, Record& body) {
  io(16, body.coupon);
  io(17, body.member);
  io(18, body.campaign);
  io(19, body.sale);
  io(20, body.value_minor);
  io(21, body.redemption);
  io(22, body.receipt);
  io(23, body.sale_epoch);
}

template <class Io, RecordOf<model::CouponProvisional> Record>
void body_fields(Io& io, Record& body) {
  io(16, body.coupon);
  io(17, body.member);
  io(18, body.campaign);
  io(19, body.sale);
  io(20, body.value_minor);
  io(21, body.redemption);
  io(22, body.limits_version);
  io(23, body.approved_by);
  io(24, body.sale_epoch);
}

template <class Io, RecordOf<model::LineDiscount> Record>
void list_fields(Io& io, Record& discount) {
  io(1, discount.line);
  io(2, discount.discount_minor);
}

template <class Io, RecordOf<model::CouponApplied> Record>
void body_fields(Io& io, Record& body) {
  io(16, body.coupon);
  io(17, body.sale);
  io(18, body.lines);
  io(19, body.sale_epoch);
}

template <class Io, RecordOf<model::CouponVoided> Record>
void body_fields(Io& io, Record& body) {
  io(16, body.coupon);
  io(17, body.member);
  io(18, body.campaign);
  io(19, body.value_minor);
  io(20, body.used);
}

template <class Io, RecordOf<model::CouponReturned> Record>
void body_fields(Io& io, Record& body) {
  io(16, body.coupon);
  io(17, body.member);
  io(18, body.campaign);
  io(19, body.instead);
}

template <class Io, RecordOf<model::RedemptionCancelled> Record>
void body_fields(Io& io, Record& body) {
  io(16, body.coupon);
  io(17, body.redemption);
}

template <class Io, RecordOf<model::CampaignDrawn> Record>
void body_fields(Io& io, Record& body) {
  io(16, body.member);
  io(17, body.campaign);
  io(18, body.kind);
  io(19, body.lease);
  io(20, body.amount);
  io(21, body.sale);
  io(22, body.sale_epoch);
}

}  // namespace millpond::wire
