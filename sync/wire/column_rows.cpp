// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/column_rows.h"

#include "sync/wire/canonical.h"
#include "sync/wire/canonical_fields.h"
#include "sync/wire/column_fields.h"
#include "sync/wire/proto_fields.h"

#include <algorithm>

namespace millpond::wire {
namespace {

using model::FactKind;

// Kinds that have columns. The others are rare and travel as they are.
bool has_columns(FactKind kind) {
  switch (kind) {
    case FactKind::member_enrolled:
    case FactKind::sale_recorded:
    case FactKind::points_earned:
    case FactKind::coupon_issued:
    case FactKind::coupon_redeemed:
    case FactKind::coupon_over_redeemed:
    case FactKind::print_finished:
      return true;
    case FactKind::epoch_begun:
    case FactKind::sale_disputed:
    case FactKind::sale_refunded:
    case FactKind::profile_changed:
    case FactKind::consent_changed:
    case FactKind::rights_released:
    case FactKind::coupon_confirmed:
    case FactKind::coupon_provisional:
    case FactKind::redemption_cancelled:
    case FactKind::points_spent:
    case FactKind::lease_returned:
    case FactKind::act_approved:
    case FactKind::staff_checked:
    case FactKind::award_given:
    case FactKind::coupon_applied:
    case FactKind::coupon_voided:
    case FactKind::coupon_returned:
    case FactKind::campaign_drawn:
      break;
  }
  return false;
}

// What a fact says that schema_columns has no place for.
bool says_more(const model::FactBody& body) {
  if (const auto* const enrolled = std::get_if<model::MemberEnrolled>(&body)) {
    const auto answered = [](const model::Consent& consent) { return consent.age != model::AgeAnswer::not_asked; };
    return enrolled->campaign || enrolled->staff || enrolled->invited_by ||
           enrolled->came_by != model::OriginChannel{} || std::ranges::any_of(enrolled->consents, answered);
  }
  if (const auto* const sale = std::get_if<model::SaleRecorded>(&body)) {
    const auto more = [](const model::SaleLine& line) { return line.excluded || !line.modifiers.empty(); };
    return !sale->operator_id.empty() || std::ranges::any_of(sale->lines, more);
  }
  const auto* const coupon = std::get_if<model::CouponIssued>(&body);
  return coupon != nullptr && (coupon->by || coupon->variant != 0 || coupon->least_paid_minor != 0);
}

void examine(const Row& row, std::uint32_t schema, Candidate& candidate) {
  if (!decode_fact_exactly(row.canonical, candidate.fact)) return;
  const auto kind = model::kind_of(candidate.fact.body);
  const bool beside = !row.payload.empty() || !row.payload_salt.empty();
  const bool said = schema >= schema_later_columns || !says_more(candidate.fact.body);
  candidate.fits = has_columns(kind) && said && (!beside || kind == FactKind::member_enrolled);
}

ColumnsHead head_of(const UpRequest& batch, const std::vector<Candidate>& candidates) {
  ColumnsHead head;
  head.brand = batch.brand;
  RatioFinder points;
  RatioFinder tax;
  bool first = true;
  for (const auto& [fact, fits] : candidates) {
    if (!fits) continue;
    if (std::exchange(first, false)) {
      head.occurred_at_ms = fact.stamp.occurred_at_ms;
      head.utc_offset_min = fact.stamp.utc_offset_min;
      head.programme_version = fact.stamp.programme_version;
    }
    if (const auto* sale = std::get_if<model::SaleRecorded>(&fact.body)) {
      if (head.store == 0) head.store = sale->key.store.value;
      tax.add_rounded(sale->total_minor, sale->tax_minor);
    } else if (const auto* earned = std::get_if<model::PointsEarned>(&fact.body)) {
      points.add_floored(earned->base_minor, earned->points);
    } else if (const auto* coupon = std::get_if<model::CouponIssued>(&fact.body)) {
      if (head.newest_id == 0) head.newest_id = coupon->coupon.value - 1;
    } else if (const auto* enrolled = std::get_if<model::MemberEnrolled>(&fact.body)) {
      if (head.newest_id == 0) head.newest_id = enrolled->member.value - 1;
    }
  }
  head.points = points.simplest();
  head.tax = tax.simplest();
  return head;
}

template <class Io>
ColumnState state_at_start(Io& io, const UpRequest& batch, const ColumnsHead& head) {
  ColumnState state;
  state.head = head;
  state.previous = {batch.terminal,      batch.epoch, {batch.first_seq.value - 1}, head.occurred_at_ms,
                    head.utc_offset_min, {},          head.programme_version};
  state.sale.seq = batch.first_seq.value;
  state.newest_id = head.newest_id;
  state.store = head.store;
  state.later = batch.schema >= schema_later_columns;
  state.id_prefixes.add(io, head.newest_id >> id_counter_bits);
  return state;
}

// What a stamp is when only its time is new.
model::Stamp promised_stamp(const ColumnState& state, const UpRequest& batch, std::size_t row) {
  auto stamp = state.previous;
  stamp.terminal = batch.terminal;
  stamp.epoch = batch.epoch;
  stamp.seq.value = batch.first_seq.value + row;
  return stamp;
}

void date_stamp(model::Stamp& promise, std::int64_t occurred_at_ms) {
  promise.occurred_at_ms = occurred_at_ms;
  promise.local_date = promised_date(occurred_at_ms, promise.utc_offset_min);
}

// `row` is only changed when it is read.
template <class Io>
void columns_of_fact(Io& io, ColumnState& state, model::Fact& fact, base::Bytes& salt, base::Bytes& payload) {
  std::visit(
      [&](auto& body) {
        using Body = std::decay_t<decltype(body)>;
        if constexpr (requires { columns_of(io, state, fact.stamp, body); }) columns_of(io, state, fact.stamp, body);
        if constexpr (std::is_same_v<Body, model::MemberEnrolled>) columns_of_payload(io, body, salt, payload);
      },
      fact.body);
  state.previous = fact.stamp;
}

void write_fact(PlaneWriter& columns, ColumnState& state, model::Stamp promise, model::Fact& fact, const Row& row) {
  const auto kind = model::kind_of(fact.body);
  date_stamp(promise, fact.stamp.occurred_at_ms);
  const bool odd = fact.stamp != promise;
  columns.code(Column::kind, static_cast<std::uint64_t>(kind) | (odd ? odd_stamp : 0));
  columns_of_time(columns, state, kind, fact.stamp);
  if (odd) columns_of_odd_stamp(columns, promise, fact.stamp);
  auto salt = row.payload_salt;
  auto payload = row.payload;
  columns_of_fact(columns, state, fact, salt, payload);
}

void write_verbatim(PlaneWriter& columns, const Row& row) {
  columns.code(Column::kind, as_it_is);
  columns.code(Column::verbatim_size, row.canonical.size());
  columns.bytes(Column::verbatim, row.canonical);
  columns.code(Column::salt_size, row.payload_salt.size());
  columns.bytes(Column::salt, row.payload_salt);
  columns.code(Column::payload_size, row.payload.size());
  columns.bytes(Column::payload, row.payload);
}

base::Bytes taken(PlaneReader& columns, Column sizes, Column column) {
  const auto size = columns.code(sizes);
  const auto found = columns.bytes(column, size);
  return {found.begin(), found.end()};
}

// Reads one row: true with the fact, false when it is in `row` as it was; leaves a failure in `columns`.
bool read_row(PlaneReader& columns, ColumnState& state, model::Stamp promise, model::Fact& fact, Row& row) {
  columns.allow(canonical_bytes_max);
  const auto code = columns.code(Column::kind);
  if (code == as_it_is) {
    row.canonical = taken(columns, Column::verbatim_size, Column::verbatim);
    row.payload_salt = taken(columns, Column::salt_size, Column::salt);
    row.payload = taken(columns, Column::payload_size, Column::payload);
    return false;
  }
  if (!make_body(code & ~odd_stamp, fact.body) || !has_columns(model::kind_of(fact.body))) {
    columns.fail();
    return false;
  }
  columns_of_time(columns, state, model::kind_of(fact.body), fact.stamp);
  date_stamp(promise, fact.stamp.occurred_at_ms);
  fact.stamp = promise;
  if ((code & odd_stamp) != 0) columns_of_odd_stamp(columns, promise, fact.stamp);
  columns_of_fact(columns, state, fact, row.payload_salt, row.payload);
  return true;
}

}  // namespace

PackedRows pack_rows(const UpRequest& batch) {
  PackedRows packed;
  auto& candidates = packed.candidates;
  candidates.resize(batch.rows.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) examine(batch.rows[i], batch.schema, candidates[i]);
  packed.head = head_of(batch, candidates);
  auto state = state_at_start(packed.columns, batch, packed.head);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (candidates[i].fits) {
      write_fact(packed.columns, state, promised_stamp(state, batch, i), candidates[i].fact, batch.rows[i]);
    } else {
      write_verbatim(packed.columns, batch.rows[i]);
    }
  }
  return packed;
}

bool reads_back(base::ByteView content, const UpRequest& batch, const std::vector<Candidate>& candidates) {
  auto columns = PlaneReader::open(content);
  if (!columns) return false;
  auto state = state_at_start(*columns, batch, columns->head());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const auto& sent = batch.rows[i];
    model::Fact fact;
    Row row;
    const bool as_fact = read_row(*columns, state, promised_stamp(state, batch, i), fact, row);
    if (columns->failed() || as_fact != candidates[i].fits) return false;
    if (as_fact ? fact != candidates[i].fact : row.canonical != sent.canonical) return false;
    if (row.payload_salt != sent.payload_salt || row.payload != sent.payload) return false;
  }
  return columns->finished();
}

base::Result<UnpackedRows> unpack_rows(base::ByteView content, const UpRequest& batch, std::uint32_t count) {
  MILLPOND_TRY(auto columns, PlaneReader::open(content));
  auto state = state_at_start(columns, batch, columns.head());
  UnpackedRows unpacked{std::vector<Row>(count), columns.head().brand};
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < count; ++i) {
    auto& row = unpacked.rows[i];
    model::Fact fact;
    const bool as_fact = read_row(columns, state, promised_stamp(state, batch, i), fact, row);
    if (columns.failed()) return bad_message("up columns", "a column is too short or a value out of its bounds");
    if (as_fact) { MILLPOND_TRY(row.canonical, encode_fact(fact)); }
    bytes += row.canonical.size() + row.payload_salt.size() + row.payload.size();
    if (row.canonical.size() > canonical_bytes_max || bytes > up_body_bytes_max) {
      return base::Error{base::Code::too_large, "decode up columns", "more than a batch may hold"};
    }
  }
  if (!columns.finished()) return bad_message("up columns", "a column is too long");
  return unpacked;
}

}  // namespace millpond::wire
