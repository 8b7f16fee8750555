// SPDX-License-Identifier: Apache-2.0
// The columns of every kind of fact but sales (column_sale.h), for writer and reader alike, with the promise that each
// value is held against. The order matters: a promise may use what was listed before. Part of schema_columns: never
// change. Inside `wire` only.
#pragma once

#include "sync/crypto/hash.h"
#include "sync/model/causes.h"
#include "sync/wire/column_sale.h"

namespace millpond::wire {

// Hashing a long key for every coupon of a batch would take its reader longer than the bytes take the line.
inline constexpr std::size_t promised_key_bytes_max = 256;

[[nodiscard]] inline Column time_column(model::FactKind kind) {
  return static_cast<Column>(static_cast<std::uint8_t>(Column::time) + static_cast<std::uint8_t>(kind));
}

template <class Io>
void columns_of_time(Io& io, ColumnState& state, model::FactKind kind, model::Stamp& stamp) {
  promised(io, time_column(kind), stamp.occurred_at_ms, wide_of(state.previous.occurred_at_ms));
}

template <class Io>
void columns_of_odd_stamp(Io& io, const model::Stamp& promise, model::Stamp& stamp) {
  promised(io, Column::terminal, stamp.terminal, wide_of(promise.terminal));
  promised(io, Column::epoch, stamp.epoch, wide_of(promise.epoch));
  promised(io, Column::seq, stamp.seq, wide_of(promise.seq));
  promised(io, Column::utc_offset, stamp.utc_offset_min, wide_of(promise.utc_offset_min));
  promised(io, Column::local_date, stamp.local_date, wide_of(promise.local_date));
  promised(io, Column::programme_version, stamp.programme_version, wide_of(promise.programme_version));
}

// The member, sale and epoch of a fact that a sale brought.
template <class Io, class Body>
void columns_of_owner(Io& io, ColumnState& state, Body& body) {
  const auto promise = state.sale.member;
  if constexpr (Io::writing) {
    if (body.member.value == promise) {
      io.code(Column::owner_member, 0);
    } else {
      coded_member(io, Column::owner_member, state, body.member.value, 1);
    }
  } else {
    const auto code = io.code(Column::owner_member);
    body.member.value = code == 0 ? promise : coded_member(io, Column::owner_member, state, 0, 1, code);
  }
  promised(io, Column::owner_sale, body.sale, state.sale.seq);
  promised(io, Column::owner_epoch, body.sale_epoch);
}

template <class Io>
void columns_of(Io& io, ColumnState& state, const model::Stamp&, model::PointsEarned& points) {
  columns_of_owner(io, state, points);
  promised(io, Column::points_base, points.base_minor, wide_of(state.sale.base_minor));
  promised(io, Column::points, points.points, share_floor(points.base_minor, state.head.points));
}

template <class Io>
CouponTermsSeen& columns_of_campaign(Io& io, ColumnState& state, base::CampaignId& campaign) {
  promised(io, Column::coupon_campaign, campaign, state.campaign);
  state.campaign = campaign.value;
  return state.terms[campaign.value];
}

template <class Io>
void columns_of_cause(Io& io, const ColumnState& state, model::CouponIssued& coupon) {
  // The cause of the first coupon that the last sale brings in this campaign, else the bytes.
  const auto& key = state.sale.key;
  base::Hash promise{};
  if (key.till.size() + key.transaction.size() <= promised_key_bytes_max) {
    promise = model::coupon_cause(state.head.brand, key, coupon.campaign, coupon.member, 0);
  }
  const bool kept = io.code(Column::coupon_cause, coupon.cause == promise ? 0 : 1) == 0;
  if (kept) {
    coupon.cause = promise;
  } else {
    fixed(io, Column::coupon_cause_bytes, coupon.cause);
  }
}

template <class Io>
void columns_of(Io& io, ColumnState& state, const model::Stamp& stamp, model::CouponIssued& coupon) {
  columns_of_owner(io, state, coupon);
  promised(io, Column::coupon_id, coupon.coupon, state.newest_id + 1);
  state.newest_id = coupon.coupon.value;
  auto& seen = columns_of_campaign(io, state, coupon.campaign);
  promised(io, Column::coupon_store, coupon.store, state.store);
  state.store = coupon.store.value;
  const auto today = wide_of(stamp.local_date);
  promised(io, Column::coupon_value, coupon.value_minor, seen.value_minor);
  promised(io, Column::coupon_threshold, coupon.threshold_minor, seen.threshold_minor);
  promised(io, Column::coupon_not_before, coupon.not_before, today + seen.starts_after_days);
  promised(io, Column::coupon_expires, coupon.expires, today + seen.valid_days);
  seen = {wide_of(coupon.value_minor), wide_of(coupon.threshold_minor), wide_of(coupon.not_before) - today,
          wide_of(coupon.expires) - today};
  columns_of_cause(io, state, coupon);
  if (!state.later) return;
  auto& origin = state.origins[coupon.campaign.value];
  promised(io, Column::coupon_by, coupon.by, origin.by);
  promised(io, Column::coupon_variant, coupon.variant, origin.variant);
  promised(io, Column::coupon_least_paid, coupon.least_paid_minor, origin.least_paid_minor);
  origin = {wide_of(coupon.by), wide_of(coupon.variant), wide_of(coupon.least_paid_minor)};
}

// A coupon of before: who gave it, and how long ago by the counter that continues over starts.
template <class Io, class Body>
void columns_of_spent(Io& io, ColumnState& state, Body& body) {
  columns_of_owner(io, state, body);
  const auto prefix = coded_prefix(io, Column::spent_prefix, state, body.coupon.value >> id_counter_bits);
  auto counter = body.coupon.value & id_counter_mask;
  promised(io, Column::coupon_counter, counter, state.newest_id & id_counter_mask);
  if (counter > id_counter_mask) return io.fail();
  body.coupon.value = prefix << id_counter_bits | counter;
  auto& seen = columns_of_campaign(io, state, body.campaign);
  promised(io, Column::coupon_value, body.value_minor, seen.value_minor);
  seen.value_minor = wide_of(body.value_minor);
}

template <class Io>
void columns_of(Io& io, ColumnState& state, const model::Stamp&, model::CouponRedeemed& redeemed) {
  columns_of_spent(io, state, redeemed);
}

template <class Io>
void columns_of(Io& io, ColumnState& state, const model::Stamp&, model::CouponOverRedeemed& redeemed) {
  columns_of_spent(io, state, redeemed);
  place_of_text(io, Column::spent_reason, state.reasons, redeemed.reason);
}

template <class Io>
void columns_of(Io& io, ColumnState& state, const model::Stamp&, model::PrintFinished& print) {
  promised(io, Column::print_intent, print.intent, state.sale.seq);
  plain(io, Column::print_outcome, print.outcome);
}

template <class Io>
void columns_of_consent(Io& io, ColumnState& state, model::Consent& consent) {
  plain(io, Column::consent_purpose, consent.purpose);
  plain(io, Column::consent_granted, consent.granted);
  std::string hash{base::text_of(consent.text_hash)};
  place_of_text(io, Column::consent_text_hash, state.text_hashes, hash);
  if (hash.size() != consent.text_hash.size()) return io.fail();
  std::copy(hash.begin(), hash.end(), consent.text_hash.begin());
  place_of_text(io, Column::consent_language, state.languages, consent.language);
  if (state.later) plain(io, Column::consent_age, consent.age);
}

template <class Io>
void columns_of(Io& io, ColumnState& state, const model::Stamp& stamp, model::MemberEnrolled& enrolled) {
  promised(io, Column::member_id, enrolled.member, state.newest_id + 1);
  state.newest_id = enrolled.member.value;
  promised(io, Column::member_store, enrolled.store, state.store);
  state.store = enrolled.store.value;
  plain(io, Column::member_channel, enrolled.channel);
  list_size(io, Column::consent_count, enrolled.consents);
  for (auto& consent : enrolled.consents) columns_of_consent(io, state, consent);
  if (state.later) {
    promised(io, Column::member_campaign, enrolled.campaign);
    promised(io, Column::member_staff, enrolled.staff);
    promised(io, Column::member_invited_by, enrolled.invited_by);
    plain(io, Column::member_came_by, enrolled.came_by);
  }
  // The slip that follows is of this fact.
  state.sale.seq = wide_of(stamp.seq);
}

// The payload beside an enrolment, and the hash that is usually of it.
template <class Io>
void columns_of_payload(Io& io, model::MemberEnrolled& enrolled, base::Bytes& salt, base::Bytes& payload) {
  const auto bytes = [&io](Column sizes, Column column, base::Bytes& value) {
    const auto size = io.code(sizes, value.size());
    if constexpr (Io::writing) {
      io.bytes(column, value);
    } else {
      const auto found = io.bytes(column, size);
      value.assign(found.begin(), found.end());
    }
  };
  bytes(Column::salt_size, Column::salt, salt);
  bytes(Column::payload_size, Column::payload, payload);
  const auto promise = payload.empty() ? base::Hash{} : crypto::blake2b(salt, payload);
  const bool kept = io.code(Column::payload_hash, enrolled.payload_hash == promise ? 0 : 1) == 0;
  if (kept) {
    enrolled.payload_hash = promise;
  } else {
    fixed(io, Column::payload_hash_bytes, enrolled.payload_hash);
  }
}

}  // namespace millpond::wire
