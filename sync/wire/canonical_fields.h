// SPDX-License-Identifier: Apache-2.0
// The field numbers of every fact (those of coupons in canonical_coupons.h), for writer and reader alike. Persisted in
// every journal and hub: never renumber, never reuse, add at the end of a record only. 1 is the kind, 2 to 15 the
// stamp, 16 and up the body. Inside `wire` only.
#pragma once

#include "sync/model/facts.h"
#include "sync/wire/canonical_coupons.h"
#include "sync/wire/field_codec.h"

namespace millpond::wire {

template <>
inline constexpr std::uint64_t enum_max<model::EpochReason> = 7;
template <>
inline constexpr std::uint64_t enum_max<model::Channel> = 3;
template <>
inline constexpr std::uint64_t enum_max<model::OriginChannel> = 13;
template <>
inline constexpr std::uint64_t enum_max<model::Purpose> = 4;
template <>
inline constexpr std::uint64_t enum_max<model::AgeAnswer> = 2;
template <>
inline constexpr std::uint64_t enum_max<model::TenderType> = 8;
template <>
inline constexpr std::uint64_t enum_max<model::PrintOutcome> = 4;
template <>
inline constexpr std::uint64_t enum_max<model::ProfileField> = 4;
template <>
inline constexpr std::uint64_t enum_max<model::Act> = 10;
template <>
inline constexpr std::uint64_t enum_max<model::StaffCheck> = 4;
template <>
inline constexpr std::uint64_t enum_max<model::ActionKind> = 7;
template <>
inline constexpr std::uint64_t enum_max<model::LeaseKind> = 4;

// An empty body of a kind; false for a kind of a later release.
template <std::size_t index = 0>
bool make_body(std::uint64_t kind, model::FactBody& body) {
  if constexpr (index == std::variant_size_v<model::FactBody>) {
    return false;
  } else {
    if (kind != index + 1) return make_body<index + 1>(kind, body);
    body.emplace<index>();
    return true;
  }
}

template <class Io, class Record>
void stamp_fields(Io& io, Record& stamp) {
  io(2, stamp.terminal);
  io(3, stamp.epoch);
  io(4, stamp.seq);
  io(5, stamp.occurred_at_ms);
  io(6, stamp.utc_offset_min);
  io(7, stamp.local_date);
  io(8, stamp.programme_version);
}

template <class Io, RecordOf<model::Consent> Record>
void list_fields(Io& io, Record& consent) {
  io(1, consent.purpose);
  io(2, consent.granted);
  io(3, consent.text_hash);
  io(4, consent.language);
  io(5, consent.age);
}

template <class Io, RecordOf<model::SaleLine> Record>
void list_fields(Io& io, Record& line) {
  io(1, line.id);
  io(2, line.sku);
  io(3, line.quantity);
  io(4, line.category);
  io(5, line.net_minor);
  io(6, line.discount_minor);
  io(7, line.modifiers);
  io(8, line.excluded);
}

template <class Io, RecordOf<model::RefundedLine> Record>
void list_fields(Io& io, Record& line) {
  io(1, line.id);
  io(2, line.net_minor);
}

template <class Io, RecordOf<model::Tender> Record>
void list_fields(Io& io, Record& tender) {
  io(1, tender.type);
  io(2, tender.amount_minor);
  io(3, tender.provider_transaction);
  io(4, tender.merchant);
}

template <class Io, class Record>
void record_fields(Io& io, Record& record) {
  list_fields(io, record);
}

template <class Io, RecordOf<model::SaleKey> Record>
void sale_key_fields(Io& io, Record& key) {
  io(16, key.store);
  io(17, key.till);
  io(18, key.business_date);
  io(19, key.transaction);
}

template <class Io, RecordOf<model::EpochBegun> Record>
void body_fields(Io& io, Record& body) {
  io(16, body.reason);
  io(17, body.previous);
  io(18, body.previous_head);
}

template <class Io, RecordOf<model::MemberEnrolled> Record>
void body_fields(Io& io, Record& body) {
  io(16, body.member);
  io(17, body.store);
  io(18, body.channel);
  io(19, body.consents);
  io(20, body.payload_hash);
  io(21, body.campaign);
  io(22, body.staff);
  io(23, body.invited_by);
  io(24, body.came_by);
}

template <class Io, RecordOf<model::SaleRecorded> Record>
void body_fields(Io& io, Record& body) {
  sale_key_fields(io, body.key);
  io(20, body.member);
  io(21, body.currency);
  io(22, body.total_minor);
  io(23, body.tax_minor);
  io(24, body.eligible_minor);
  io(25, body.lines);
  io(26, body.tenders);
  io(27, body.body_tag);
  io(28, body.training);
  io(29, body.operator_id);
}

template <class Io, RecordOf<model::PointsEarned> Record>
void body_fields(Io& io, Record& body) {
  io(16, body.member);
  io(17, body.sale);
  io(18, body.points);
  io(19, body.base_minor);
  io(20, body.sale_epoch);
}

template <class Io, RecordOf<model::PrintFinished> Record>
void body_fields(Io& io, Record& body) {
  io(16, body.intent);
  io(17, body.outcome);
}

template <class Io, RecordOf<model::SaleDisputed> Record>
void body_fields(Io& io, Record& body) {
  sale_key_fields(io, body.key);
  io(20, body.body_hash);
}

template <class Io, RecordOf<model::SaleRefunded> Record>
void body_fields(Io& io, Record& body) {
  sale_key_fields(io, body.key);
  io(20, body.of.store);
  io(21, body.of.till);
  io(22, body.of.business_date);
  io(23, body.of.transaction);
  io(24, body.member);
  io(25, body.currency);
  io(26, body.total_minor);
  io(27, body.whole);
  io(28, body.lines);
  io(29, body.body_tag);
  io(30, body.training);
  io(31, body.sale_known);
  io(32, body.points_taken);
  io(33, body.points_returned);
  io(34, body.operator_id);
}

template <class Io, RecordOf<model::ProfileChanged> Record>
void body_fields(Io& io, Record& body) {
  io(16, body.member);
  io(17, body.field);
  io(18, body.base_version);
  io(19, body.payload_hash);
}

template <class Io, RecordOf<model::ConsentChanged> Record>
void body_fields(Io& io, Record& body) {
  io(16, body.member);
  io(17, body.base_version);
  io(18, body.consent.purpose);
  io(19, body.consent.granted);
  io(20, body.consent.text_hash);
  io(21, body.consent.language);
  io(22, body.consent.age);
}

template <class Io, RecordOf<model::PointsSpent> Record>
void body_fields(Io& io, Record& body) {
  io(16, body.member);
  io(17, body.sale);
  io(18, body.points);
  io(19, body.lease);
  io(20, body.sale_epoch);
}

template <class Io, RecordOf<model::AwardGiven> Record>
void body_fields(Io& io, Record& body) {
  io(16, body.member);
  io(17, body.campaign);
  io(18, body.kind);
  io(19, body.number);
  io(20, body.word);
  io(21, body.cause);
  io(22, body.variant);
  io(23, body.deferred);
  io(24, body.sale);
  io(25, body.sale_epoch);
  io(26, body.least_paid_minor);
}

template <class Io, RecordOf<model::LeaseReturned> Record>
void body_fields(Io& io, Record& body) {
  io(16, body.lease);
  io(17, body.used);
}

template <class Io, RecordOf<model::ActApproved> Record>
void body_fields(Io& io, Record& body) {
  io(16, body.act);
  io(17, body.by);
  io(18, body.asked_by);
  io(19, body.member);
  io(20, body.subject);
  io(21, body.reason);
}

template <class Io, RecordOf<model::StaffChecked> Record>
void body_fields(Io& io, Record& body) {
  io(16, body.staff);
  io(17, body.outcome);
}

}  // namespace millpond::wire
