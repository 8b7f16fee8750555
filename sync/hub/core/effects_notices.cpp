// SPDX-License-Identifier: Apache-2.0
// Sales that the hub books itself, from notices of payment providers and other tills' servers (lane 0, by their place
// in its own log). A terminal that tells the same sale, before or later, knows more of it: its telling is the one that
// counts, whichever came first, so that the books do not depend on who was quicker.
#include "sync/hub/core/effects.h"
#include "sync/model/allocate.h"
#include "sync/model/rules.h"

namespace millpond::hub {

base::Result<std::optional<SaleTeller>> Effects::told_before(const Place& at, const model::SaleRecorded& fact) {
  const auto& key = fact.key;
  SaleTeller first;
  {
    MILLPOND_TRY(auto row, database_.prepare("SELECT lane, seq, member FROM sales WHERE store=?1 AND till=?2 AND "
                                             "business_date=?3 AND transaction_id=?4"));
    MILLPOND_TRY_DO(row.bind(key.store, key.till, key.business_date.days, key.transaction));
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return std::optional<SaleTeller>{};
    first = {{row.integer(0), {row.unsigned_integer(1)}}, {row.unsigned_integer(2)}};
  }
  if (first.place.lane != 0 || at.lane == 0) return std::optional{first};
  MILLPOND_TRY_DO(give_way(at, first.place.seq, fact));
  MILLPOND_TRY_DO(database_.run(
      "UPDATE sales SET lane=?5, seq=?6, member=?7, body_tag=?8, total_minor=?9, again=0 WHERE store=?1 AND till=?2 "
      "AND business_date=?3 AND transaction_id=?4",
      key.store, key.till, key.business_date.days, key.transaction, at.lane, at.waiting.seq, fact.member, fact.body_tag,
      fact.total_minor));
  return std::optional<SaleTeller>{};
}

// The name stays known, and so do its payments, now as the terminal's. What the hub had booked is taken back, unless
// only the payment knew whose sale it was.
base::Result<> Effects::give_way(const Place& at, base::Seq of_hub, const model::SaleRecorded& fact) {
  const FactPlace place{0, of_hub};
  MILLPOND_TRY(const auto gone,
               database_.query_integer("SELECT 1 FROM duplicate_sales WHERE lane=0 AND seq=?1", of_hub));
  MILLPOND_TRY(const auto sale, raw_.sale_at(place, {at.lane, at.waiting.seq}));
  if (!sale || gone) return {};
  const auto& booked = sale->effects.sale;
  const auto& key = booked.key;
  MILLPOND_TRY_DO(database_.run(
      "UPDATE sales SET again=1 WHERE store=?1 AND till=?2 AND business_date=?3 AND transaction_id=?4 AND lane=0 AND "
      "again=0",
      key.store, key.till, key.business_date.days, key.transaction));
  if (database_.changes() > 0) counters_.count(Figure::sales, -1);
  MILLPOND_TRY_DO(know_payments(0, booked, {{at.lane, at.waiting.seq}, fact.member}));
  if (!fact.member && booked.member) return {};
  MILLPOND_TRY_DO(database_.run("INSERT INTO duplicate_sales(lane, seq) VALUES(0, ?1)", of_hub));
  has_duplicates_[0] = true;
  if (!booked.member) return {};
  std::int64_t earned = 0;
  for (const auto& each : sale->effects.earned) earned += each.body.points;
  std::int64_t taken_before = 0;
  std::int64_t base_before = 0;
  bool gone_before = false;
  {
    MILLPOND_TRY(auto row, database_.prepare("SELECT points_taken-points_returned, qualifying_minor, net_minor FROM "
                                             "refunded WHERE lane=0 AND seq=?1"));
    MILLPOND_TRY_DO(row.bind(of_hub));
    MILLPOND_TRY(const bool found, row.step());
    if (found) {
      taken_before = row.integer(0);
      base_before = row.integer(1);
      gone_before = booked.total_minor > 0 && row.integer(2) >= booked.total_minor;
    }
  }
  const auto base_minor = model::earning_base(booked);
  MILLPOND_TRY_DO(database_.run(
      "INSERT OR REPLACE INTO refunded(lane, seq, member, points_taken, points_returned, qualifying_minor, net_minor, "
      "open) VALUES(0, ?1, ?2, ?3, 0, ?4, ?5, 0)",
      of_hub, booked.member, earned, base_minor, booked.total_minor));
  sales_open_.reset();
  MILLPOND_TRY(auto* const state, member(booked.member));
  MILLPOND_TRY(const auto revived, lots_.refund(lot_moment(at, booked.member), place, 0, earned - taken_before));
  state->points = model::add_held(state->points, taken_before - earned + revived);
  state->qualifying_minor -= base_minor - base_before;
  state->visits -= gone_before ? 0 : 1;
  MILLPOND_TRY_DO(campaigns_.visit_back(booked.member, place, 0, true));
  state->version += 1;
  state->changed = true;
  return {};
}

base::Result<> Effects::know_payer(base::ByteView payer, base::MemberId id, base::Seq of_log) {
  MILLPOND_TRY(const auto* const state, member(id));
  if (state->enrolled != Enrolled::enrolled) return {};
  return insert_identity_.run("payer", payer, id, Lane{0}, of_log);
}

}  // namespace millpond::hub
