// SPDX-License-Identifier: Apache-2.0
// What comes back: refunds add up by the sale that they name (model/refund.h), whichever of them, or the sale itself,
// is heard first. What was booked for a sale is kept, and what more has come back is booked as the difference.
#include "sync/hub/core/effects.h"
#include "sync/model/allocate.h"
#include "sync/model/rules.h"

namespace millpond::hub {
namespace {

using base::Code;

}  // namespace

base::Result<Applied> Effects::on(const Place& at, const model::SaleRefunded& fact) {
  if (!plausible(fact.total_minor)) return Applied{0, Code::sale_malformed};
  for (const auto& line : fact.lines) {
    if (!plausible(line.net_minor)) return Applied{0, Code::sale_malformed};
  }
  if (fact.training) return Applied{};
  const auto& [store, till, date, transaction] = fact.of;
  MILLPOND_TRY(auto row, database_.prepare("SELECT lane, seq FROM sales WHERE store=?1 AND till=?2 AND "
                                           "business_date=?3 AND transaction_id=?4"));
  MILLPOND_TRY_DO(row.bind(store, till, date.days, transaction));
  MILLPOND_TRY(const bool known, row.step());
  const FactPlace sale{known ? row.integer(0) : 0, {known ? row.unsigned_integer(1) : 0}};
  row.reset();
  const auto& key = fact.key;
  MILLPOND_TRY_DO(
      database_.run("INSERT INTO refunds(store, till, business_date, transaction_id, lane, seq, of_store, of_till, "
                    "of_date, of_transaction, claim) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) "
                    "ON CONFLICT DO NOTHING",
                    key.store, key.till, key.business_date.days, key.transaction, at.lane, at.waiting.seq, store, till,
                    date.days, transaction, !known));
  if (database_.changes() == 0) return Applied{0, Code::sale_duplicate};
  if (!known) {
    claims_open_ = true;
    return Applied{};
  }
  MILLPOND_TRY(const auto taken, take_back(at, sale));
  if (taken.overdrawn) return Applied{0, Code::points_overdrawn};
  if (taken.excess_minor > 0) return Applied{0, Code::refund_too_much};
  return Applied{};
}

base::Result<model::RefundSum> Effects::refunds_of(const model::SaleKey& sale) {
  std::vector<FactPlace> places;
  {
    MILLPOND_TRY(auto row, database_.prepare("SELECT lane, seq FROM refunds WHERE of_store=?1 AND of_till=?2 AND "
                                             "of_date=?3 AND of_transaction=?4"));
    MILLPOND_TRY_DO(row.bind(sale.store, sale.till, sale.business_date.days, sale.transaction));
    for (;;) {
      MILLPOND_TRY(const bool found, row.step());
      if (!found) break;
      places.push_back({row.integer(0), {row.unsigned_integer(1)}});
    }
  }
  model::RefundSum sum;
  for (const auto& place : places) {
    MILLPOND_TRY(const auto fact, raw_.at(place));
    const auto* const refund = fact ? std::get_if<model::SaleRefunded>(&fact->body) : nullptr;
    if (refund != nullptr) model::add_refund(sum, *refund);
  }
  return sum;
}

// Books what all refunds of the sale come to by now, less what was booked before. A sale or a refund of it that changed
// on the disk stops nobody else: the sale stays open, and is settled once its terminal has told it again.
base::Result<Effects::TakenBack> Effects::take_back(const Place& at, const FactPlace& place) {
  auto told = raw_.sale_at(place, {at.lane, at.waiting.seq});
  auto refunds = told && *told ? refunds_of((*told)->effects.sale.key) : base::Result{model::RefundSum{}};
  const auto changed = [](const auto& read) { return !read && read.error().code == Code::store_corrupt; };
  if (changed(told) || changed(refunds)) {
    MILLPOND_TRY_DO(
        database_.run("INSERT INTO refunded(lane, seq, member, points_taken, points_returned, "
                      "qualifying_minor, net_minor, open) VALUES(?1, ?2, 0, 0, 0, 0, 0, 1) "
                      "ON CONFLICT(lane, seq) DO UPDATE SET open=1 WHERE open=0",
                      place.lane, place.seq));
    if (database_.changes() > 0) sales_open_.reset();
    return TakenBack{};
  }
  MILLPOND_TRY(const auto sale, std::move(told));
  MILLPOND_TRY(const auto sum, std::move(refunds));
  MILLPOND_TRY(const bool counted, raw_.was_booked(place));
  if (!sale || !counted) return TakenBack{};
  if (place.lane == 0) {  // one of the hub's own that gave way to a terminal's
    MILLPOND_TRY(const auto gone,
                 database_.query_integer("SELECT 1 FROM duplicate_sales WHERE lane=0 AND seq=?1", place.seq));
    if (gone) return TakenBack{};
  }
  const auto& recorded = sale->effects.sale;
  const auto all = model::refunded(sale->effects, sum);
  model::Refunded before;
  {
    MILLPOND_TRY(auto row, database_.prepare("SELECT points_taken, points_returned, qualifying_minor, net_minor "
                                             "FROM refunded WHERE lane=?1 AND seq=?2"));
    MILLPOND_TRY_DO(row.bind(place.lane, place.seq));
    MILLPOND_TRY(const bool found, row.step());
    if (found) {
      before.points_taken = row.integer(0);
      before.points_returned = row.integer(1);
      before.base_minor = row.integer(2);
      before.net_minor = row.integer(3);
    }
  }
  MILLPOND_TRY_DO(database_.run(
      "INSERT OR REPLACE INTO refunded(lane, seq, member, points_taken, points_returned, qualifying_minor, "
      "net_minor, open) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
      place.lane, place.seq, recorded.member, all.points_taken, all.points_returned, all.base_minor, all.net_minor,
      !sale->complete));
  MILLPOND_TRY_DO(load_open());
  std::erase_if(*sales_open_, [&](const auto& open) { return open.second == place; });
  if (!sale->complete) sales_open_.reset();
  for (const auto id : all.voided) MILLPOND_TRY_DO(void_coupon(id));
  TakenBack taken{false, all.excess_minor};
  if (!recorded.member) return taken;
  const auto returned = all.points_returned - before.points_returned;
  const auto reversed = all.points_taken - before.points_taken;
  const auto points = returned - reversed;
  const auto qualifying = all.base_minor - before.base_minor;
  // A visit is none any more once nothing is left of its sale.
  const auto nothing_left = [&](std::int64_t net_minor) {
    return recorded.total_minor > 0 && net_minor >= recorded.total_minor;
  };
  const bool gone_now = nothing_left(all.net_minor) && !nothing_left(before.net_minor);
  if (returned == 0 && reversed == 0 && qualifying == 0 && !gone_now) return taken;
  MILLPOND_TRY(auto* const state, member(recorded.member));
  MILLPOND_TRY(const auto revived, lots_.refund(lot_moment(at, recorded.member), place, returned, reversed));
  state->points = model::add_held(state->points, points + revived);
  state->qualifying_minor -= qualifying;
  state->visits -= gone_now ? 1 : 0;
  MILLPOND_TRY_DO(campaigns_.visit_back(recorded.member, place, qualifying, gone_now));
  state->version += 1;
  state->changed = true;
  MILLPOND_TRY(const auto balance, person_points(recorded.member));
  taken.overdrawn = points < 0 && balance < 0;
  return taken;
}

// A sale that came back before it was told.
base::Result<> Effects::claim(const Place& at, const model::SaleRecorded& fact) {
  if (!claims_open_) {
    MILLPOND_TRY(const auto any, database_.query_integer("SELECT 1 FROM refunds WHERE claim=1 LIMIT 1"));
    claims_open_ = any.has_value();
  }
  if (!*claims_open_) return {};
  const auto& [store, till, date, transaction] = fact.key;
  MILLPOND_TRY_DO(
      database_.run("UPDATE refunds SET claim=0 WHERE of_store=?1 AND of_till=?2 AND of_date=?3 AND "
                    "of_transaction=?4 AND claim=1",
                    store, till, date.days, transaction));
  if (database_.changes() == 0) return {};
  claims_open_.reset();
  sales_open_.reset();
  return database_.run(
      "INSERT INTO refunded(lane, seq, member, points_taken, points_returned, qualifying_minor, net_minor, "
      "open) VALUES(?1, ?2, ?3, 0, 0, 0, 0, 1)",
      at.lane, at.waiting.seq, fact.member);
}

base::Result<> Effects::load_open() {
  if (sales_open_) return {};
  sales_open_.emplace();
  std::vector<FactPlace> open;
  {
    MILLPOND_TRY(auto row, database_.prepare("SELECT lane, seq FROM refunded WHERE open=1"));
    for (;;) {
      MILLPOND_TRY(const bool found, row.step());
      if (!found) break;
      open.push_back({row.integer(0), {row.unsigned_integer(1)}});
    }
  }
  for (const auto& place : open) {
    std::vector<FactPlace> places{place};
    while (!places.empty()) {
      const auto from = places.back();
      places.pop_back();
      sales_open_->emplace(from.lane, place);
      MILLPOND_TRY(const auto next, raw_.successors(from));
      for (const auto& successor : next) {
        if (successor.lane > from.lane) places.push_back({successor.lane, {0}});
      }
    }
  }
  return {};
}

// A journal that went on in another epoch, perhaps in the middle of what belongs to one sale.
base::Result<> Effects::follow(const Place& at, const model::EpochBegun& fact) {
  if (!fact.previous || fact.previous == at.stamp.epoch) return {};
  MILLPOND_TRY(const auto previous, lane_of(at, fact.previous));
  // One that is heard of later is not what this went on from, however often projections are made anew.
  if (!previous || *previous >= at.lane) return {};
  MILLPOND_TRY_DO(
      database_.run("INSERT INTO successors(lane, previous, head) VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING", at.lane,
                    *previous, fact.previous_head));
  const auto head = fact.previous_head.value;
  const auto first = head < model::facts_of_sale_max ? 0 : head - model::facts_of_sale_max + 1;
  MILLPOND_TRY_DO(
      database_.run("UPDATE refunded SET open=1 WHERE lane=?1 AND seq BETWEEN ?2 AND ?3", *previous, first, head));
  sales_open_.reset();
  return {};
}

// The rest of a sale that came back early is settled as it is told. True when somebody owes points by it.
base::Result<bool> Effects::settle_open(const Place& at) {
  MILLPOND_TRY_DO(load_open());
  bool overdrawn = false;
  if (sales_open_->empty()) return overdrawn;
  std::vector<FactPlace> mine;
  const auto [begin, end] = sales_open_->equal_range(at.lane);
  for (auto each = begin; each != end; ++each) mine.push_back(each->second);
  for (const auto& place : mine) {
    MILLPOND_TRY(const auto taken, take_back(at, place));
    overdrawn = overdrawn || taken.overdrawn;
  }
  return overdrawn;
}

// --- coupons

// Of one that was used before, the value is the campaign's loss, once, whoever says so. It is nobody's mistake, and
// none of the losses that limits keep small.
base::Result<> Effects::void_coupon(base::CouponId id) {
  MILLPOND_TRY(auto known, coupon(id));
  if (!known.known || known.row.state == wire::CouponState::voided) return {};
  MILLPOND_TRY(const auto standing, standing_of(id));
  if (standing && standing->state == wire::CouponState::redeemed) {
    return keep_coupon(id, known, standing->used.value_minor);
  }
  MILLPOND_TRY_DO(write_state_.run(id, wire::CouponState::voided));
  known.row.state = wire::CouponState::voided;
  counters_.count(Figure::coupons_issued, -1);
  return feed_.put(wire::RowKind::coupon, key_of(id.value), wire::encode(known.row));
}

base::Result<> Effects::keep_coupon(base::CouponId id, const Coupon& coupon, std::int64_t value_minor) {
  return database_.run(
      "INSERT INTO coupons_kept(coupon, member, campaign, value_minor) VALUES(?1, ?2, ?3, ?4) "
      "ON CONFLICT(coupon) DO NOTHING",
      id, coupon.row.member, coupon.row.campaign, value_minor);
}

// Only whoever issued it knows the sale that it came from: nobody else makes it void.
base::Result<Applied> Effects::on(const Place& at, const model::CouponVoided& fact) {
  if (!fact.coupon || !plausible(fact.value_minor)) return Applied{0, Code::bad_input};
  MILLPOND_TRY(const auto known, coupon(fact.coupon));
  if (known.known && at.lane != 0 && known.row.issuer != at.stamp.terminal) return refuse_foreign(at, fact.member);
  MILLPOND_TRY_DO(void_coupon(fact.coupon));
  return Applied{};
}

// The new coupon is told by a fact of its own; the old one stays used, and is known to have come back.
base::Result<Applied> Effects::on(const Place& at, const model::CouponReturned& fact) {
  if (!fact.coupon) return Applied{0, Code::bad_input};
  MILLPOND_TRY_DO(
      database_.run("INSERT INTO coupon_returns(coupon, lane, seq, instead) VALUES(?1, ?2, ?3, ?4) "
                    "ON CONFLICT(coupon) DO NOTHING",
                    fact.coupon, at.lane, at.waiting.seq, fact.instead));
  return Applied{};
}

}  // namespace millpond::hub
