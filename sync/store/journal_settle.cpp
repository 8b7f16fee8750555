// SPDX-License-Identifier: Apache-2.0
// Effects of facts on the tables of sales, balances, coupons, members and slips: noted in memory when a fact is
// appended, written many at once, and made again from the outbox at a start.
#include "sync/store/sqlite_journal.h"
#include "sync/wire/canonical.h"

#include <algorithm>

namespace millpond::store {
namespace {

// Effects that are written at once: enough that a page of a table serves many of them, few enough to be looked through
// one after the other.
constexpr std::size_t settle_every = 512;
// Where the disk has no room for that many at once, which would refuse the sale that they come with.
constexpr std::size_t settle_every_when_scarce = 2'048;

base::Bytes mark_bytes(std::uint64_t position) {
  base::Bytes bytes;
  base::append_big_endian(bytes, position, 8);
  base::append_big_endian(bytes, sum_of(bytes), 8);
  return bytes;
}

}  // namespace

std::uint64_t SqliteJournal::sale_position(std::uint64_t position, base::Epoch epoch, base::Seq sale) const {
  if (!sale) return 0;
  const auto* const named = epoch ? find_epoch(epoch) : epoch_at(position);
  return named == nullptr ? 0 : named->position(sale);
}

void SqliteJournal::note_effects(std::uint64_t position, const model::FactBody& body, base::LocalDate day,
                                 Unsettled& to) const {
  if (const auto used = lease_used_by(body)) to.lease_uses.push_back({position, *used});
  if (const auto gift = gift_of(body)) {
    const auto sale = sale_position(position, gift->sale_epoch, gift->sale);
    to.gifts.push_back({position, {gift->member, gift->campaign, day, sale == 0 ? position : sale}});
  }
  if (const auto points = points_of(position, body)) {
    to.points.push_back(*points);
  } else if (const auto* const issued = std::get_if<model::CouponIssued>(&body)) {
    to.coupons.push_back({position, sale_position(position, issued->sale_epoch, issued->sale), *issued});
  } else if (const auto used = use_of(body, day)) {
    to.uses.push_back({position, sale_position(position, used->sale_epoch, used->sale), used->use, used->voided});
  } else if (std::holds_alternative<model::RightsReleased>(body)) {
    to.releases.push_back(position);
  } else if (const auto* const enrolled = std::get_if<model::MemberEnrolled>(&body)) {
    to.members.push_back({position, enrolled->member});
  }
}

// Every row may be there already, because after a salvage all facts are gone through again. It says the same then, or
// it changed on the disk; but of coupons and slips the row may know more than the fact.
base::Result<> SqliteJournal::write_effects(const Unsettled& effects) {
  for (const auto& sale : effects.sales) {
    MILLPOND_TRY_DO(
        db_->run("INSERT OR REPLACE INTO sales(position, store, till, business_day, transaction_id, body_hash, answer, "
                 "sum) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                 sale.position, sale.key.store, sale.key.till, sale.key.business_date.days, sale.key.transaction,
                 sale.body_hash, sale.answer, sum_of_sale(sale.key, sale.body_hash, sale.answer)));
  }
  for (const auto& row : effects.points) MILLPOND_TRY_DO(write_points(row));
  for (const auto& row : effects.gifts) MILLPOND_TRY_DO(write_gift(row));
  for (const auto& row : effects.members) {
    MILLPOND_TRY_DO(
        db_->run("INSERT OR IGNORE INTO members(member, position) VALUES(?1, ?2)", row.member, row.position));
  }
  for (const auto& coupon : effects.coupons) MILLPOND_TRY_DO(write_coupon(coupon));
  for (const auto& use : effects.uses) MILLPOND_TRY_DO(write_use(use));
  for (const auto& use : effects.lease_uses) MILLPOND_TRY_DO(write_lease_use(use));
  for (const auto position : effects.releases) MILLPOND_TRY_DO(write_release(position));
  for (const auto& print : effects.prints) MILLPOND_TRY_DO(write_print(print, PrintState::queued));
  return {};
}

base::Result<> SqliteJournal::write_points(const UnsettledPoints& row) {
  return db_->run("INSERT OR REPLACE INTO deltas(position, member, points, sum) VALUES(?1, ?2, ?3, ?4)", row.position,
                  row.member, row.points, sum_of_points(row.member, row.position, row.points));
}

base::Result<> SqliteJournal::write_gift(const UnsettledGift& row) {
  const auto& gift = row.gift;
  return db_->run(
      "INSERT OR REPLACE INTO gifts(position, member, campaign, day, occasion, sum) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
      row.position, gift.member, gift.campaign, gift.day.days, gift.occasion, sum_of_gift(row.position, gift));
}

// One of another terminal has no row of terms here; that it was used is a row of its own.
base::Result<> SqliteJournal::write_use(const UnsettledUse& row) {
  const auto& use = row.use;
  if (row.voided) {
    return db_->run("UPDATE coupons SET state = ?2, sum = (sum & -8) | ?2 WHERE coupon = ?1 AND state = ?3", use.coupon,
                    wire::CouponState::voided, wire::CouponState::issued);
  }
  MILLPOND_TRY_DO(
      db_->run("UPDATE coupons SET state = ?2, redeemed_position = ?3, sum = (sum & -8) | ?2 WHERE coupon = ?1",
               use.coupon, wire::CouponState::redeemed, row.sale_position));
  if (use.kind == model::UseKind::own_right) return {};
  return db_->run(
      "INSERT OR REPLACE INTO coupon_uses(coupon, position, kind, member, day, value_minor, sum) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      use.coupon, row.position, use.kind, use.member, use.day.days, use.value_minor, sum_of_use(use));
}

// Of a lease that was given back nobody asks any more what it was used for.
base::Result<> SqliteJournal::write_lease_use(const UnsettledLeaseUse& row) {
  const auto& used = row.used;
  if (!used.member) MILLPOND_TRY_DO(db_->run("DELETE FROM lease_uses WHERE lease = ?1", used.lease));
  return db_->run("INSERT OR REPLACE INTO lease_uses(position, lease, member, amount, sum) VALUES(?1, ?2, ?3, ?4, ?5)",
                  row.position, used.lease, used.member, used.amount, sum_of_lease_used(used));
}

base::Result<> SqliteJournal::write_release(std::uint64_t position) {
  if (position <= rights_.released) return {};
  rights_.released = position;
  return put_mark("released", position);
}

std::uint64_t SqliteJournal::released() const {
  return unsettled_.releases.empty() ? rights_.released : unsettled_.releases.back();
}

base::Result<> SqliteJournal::write_coupon(const UnsettledCoupon& coupon) {
  rights_.last_issued = std::max(rights_.last_issued, coupon.position);
  const auto* const epoch = epoch_at(coupon.position);
  const auto& fact = coupon.issued;
  return db_->run(
      "INSERT OR IGNORE INTO coupons(coupon, position, ordinal, member, campaign, store, value_minor, threshold_minor, "
      "not_before_day, expires_day, cause, sale_position, state, redeemed_position, sum) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 0, ?14)",
      fact.coupon, coupon.position, epoch == nullptr ? -1 : epoch->ordinal, fact.member, fact.campaign, fact.store,
      fact.value_minor, fact.threshold_minor, fact.not_before.days, fact.expires.days, fact.cause, coupon.sale_position,
      wire::CouponState::issued, sum_of_coupon(fact, static_cast<std::int64_t>(wire::CouponState::issued)));
}

base::Result<> SqliteJournal::write_print(const UnsettledPrint& print, PrintState state) {
  const auto* const epoch = epoch_at(print.position);
  return db_->run(
      "INSERT OR IGNORE INTO prints(position, epoch, seq, template_version, locale, content, state) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      print.position, epoch == nullptr ? base::Epoch{} : epoch->epoch,
      print.position - (epoch == nullptr ? 0 : epoch->base), print.template_version, print.locale, print.content,
      state);
}

base::Result<> SqliteJournal::settle() {
  MILLPOND_TRY_DO(write_effects(unsettled_));
  unsettled_.clear();
  return put_settled(epochs_.empty() ? 0 : epochs_.back().position(growth_.head));
}

base::Result<> SqliteJournal::settle_through(std::uint64_t position) {
  if (position <= settled_) return {};
  MILLPOND_TRY_DO(write_effects(unsettled_.take_through(position)));
  return put_settled(position);
}

base::Result<> SqliteJournal::settle_when_many() {
  const auto count = unsettled_.count();
  if (count < settle_every || (count < settle_every_when_scarce && !has_room_for_tables())) return {};
  return settle();
}

// The identity counter goes with the mark: facts before it are no longer asked which identities they took.
base::Result<> SqliteJournal::put_settled(std::uint64_t position) {
  settled_ = position;
  MILLPOND_TRY_DO(put_meta("id_counter", growth_.id_counter));
  return put_mark("settled", position);
}

base::Result<> SqliteJournal::put_mark(std::string_view name, std::uint64_t position) {
  return db_->run("INSERT INTO meta(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
                  name, mark_bytes(position));
}

base::Result<std::optional<std::uint64_t>> read_mark(sqlite::Connection& db, std::string_view name) {
  MILLPOND_TRY(auto query, db.prepare("SELECT value FROM meta WHERE name = ?1"));
  MILLPOND_TRY_DO(query.bind(name));
  MILLPOND_TRY(const bool row, query.step());
  if (!row) return std::optional<std::uint64_t>{0};
  if (query.bytes(0).size() != 16) return std::optional<std::uint64_t>{};
  const auto position = base::read_big_endian(query.bytes(0).first(8));
  if (!std::ranges::equal(mark_bytes(position), query.bytes(0))) return std::optional<std::uint64_t>{};
  return std::optional{position};
}

// Facts that changed have no effects; their epoch is found broken by whoever reads it to send.
base::Result<std::uint64_t> SqliteJournal::read_effects(std::uint64_t after, std::size_t rows_max, Unsettled& to) {
  MILLPOND_TRY(auto query, db_->prepare("SELECT position, canonical, sum, notes FROM outbox WHERE position > ?1 "
                                        "ORDER BY position LIMIT ?2"));
  MILLPOND_TRY_DO(query.bind(after, rows_max));
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) return after;
    after = query.unsigned_integer(0);
    const auto sum = query.unsigned_integer(2);
    if (sum_of(query.bytes(1)) != sum) continue;
    const auto fact = wire::decode_fact(query.bytes(1));
    if (!fact) continue;
    note_effects(after, fact->body, fact->stamp.local_date, to);
    growth_.id_counter = std::max(growth_.id_counter, identity_counter(fact->body));
    if (query.is_null(3)) continue;
    auto notes = decode_notes(query.bytes(3), sum);
    const auto* const key = till_key_of(fact->body);
    if (notes && notes->sale && key != nullptr) {
      to.sales.push_back({after, *key, notes->sale->body_hash, std::move(notes->sale->answer)});
    }
    if (notes && notes->print) {
      notes->print->position = after;
      to.prints.push_back(std::move(*notes->print));
    }
  }
}

// Of an identity that this terminal gave out in the fact; 0 when there is none.
std::uint32_t SqliteJournal::identity_counter(const model::FactBody& body) const {
  std::uint64_t id = 0;
  if (const auto* const issued = std::get_if<model::CouponIssued>(&body)) id = issued->coupon.value;
  if (const auto* const enrolled = std::get_if<model::MemberEnrolled>(&body)) id = enrolled->member.value;
  if (base::id_origin(id) != options_.owner.terminal) return 0;
  return static_cast<std::uint32_t>(id & base::id_counter_max);
}

// A queue without a mark may be a month's: it goes into the tables in steps, and only its end stays in memory.
base::Result<> SqliteJournal::load_unsettled() {
  unsettled_.clear();
  MILLPOND_TRY(const auto mark, read_mark(*db_, "settled"));
  settled_ = mark.value_or(0);  // of one that changed: everything that is queued is gone through again
  const bool all = settled_ == 0;
  for (;;) {
    MILLPOND_TRY(const auto waiting,
                 db_->query_integer("SELECT count(*) FROM (SELECT 1 FROM outbox WHERE position > ?1 LIMIT ?2)",
                                    settled_, 2 * settle_every));
    if (waiting.value_or(0) == 0) return {};
    if (!all && static_cast<std::size_t>(*waiting) < 2 * settle_every) break;
    Unsettled step;
    MILLPOND_TRY(const auto through, read_effects(settled_, 2 * settle_every, step));
    MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*db_));
    MILLPOND_TRY_DO(write_effects(step));
    MILLPOND_TRY_DO(put_settled(through));
    MILLPOND_TRY_DO(transaction.commit());
  }
  MILLPOND_TRY(const auto last, read_effects(settled_, 2 * settle_every, unsettled_));
  static_cast<void>(last);
  return {};
}

}  // namespace millpond::store
