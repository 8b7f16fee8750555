// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/core/effects.h"

#include "sync/crypto/hash.h"
#include "sync/model/rules.h"

#include <algorithm>
#include <variant>

namespace millpond::hub {
namespace {

using base::Code;

// Above any sale and any coupon; a hundred million of them still fit a 64-bit sum.
constexpr std::int64_t amount_minor_max = 100'000'000'000;

Applied verdict(Code code) { return {0, code}; }

bool plausible(std::int64_t amount) { return amount >= 0 && amount <= amount_minor_max; }

wire::CouponRow coupon_row(base::CouponId coupon, const sqlite::Statement& row) {
  return {coupon,
          {row.unsigned_integer(0)},
          {static_cast<std::uint32_t>(row.integer(1))},
          {static_cast<std::uint32_t>(row.integer(2))},
          {static_cast<std::uint32_t>(row.integer(3))},
          row.integer(4),
          row.integer(5),
          static_cast<std::int32_t>(row.integer(6)),
          static_cast<std::int32_t>(row.integer(7)),
          static_cast<wire::CouponState>(row.integer(8))};
}

}  // namespace

base::Result<Applied> Effects::apply(const model::Fact& fact) {
  return std::visit([&](const auto& body) { return on(fact.stamp, body); }, fact.body);
}

base::Result<Applied> Effects::on(const model::Stamp& stamp, const model::MemberEnrolled& fact) {
  if (!fact.member) return verdict(Code::bad_input);
  MILLPOND_TRY(const auto known, database_.query_integer("SELECT enrolled FROM members WHERE member=?1", fact.member));
  if (known.value_or(0) != 0) return verdict(Code::id_clash);
  MILLPOND_TRY_DO(
      database_.run("INSERT INTO members(member, enrolled, store, points, qualifying, version) "
                    "VALUES(?1, 1, ?2, 0, 0, 1) ON CONFLICT(member) DO UPDATE SET enrolled=1, store=?2, "
                    "version=version+1",
                    fact.member, fact.store));
  changed_.insert(fact.member);
  if (fact.payload_hash == base::Hash{}) return Applied{};
  return open_identity(stamp, fact);
}

// The phone that travelled sealed beside the fact: checked against the fact, opened, and kept as a look-up hash and a
// masked name. The sealed box stays where it is, erasable.
base::Result<Applied> Effects::open_identity(const model::Stamp& stamp, const model::MemberEnrolled& fact) {
  base::Bytes box;
  {
    MILLPOND_TRY(auto row,
                 database_.prepare("SELECT salt, box FROM payloads WHERE terminal=?1 AND epoch=?2 AND seq=?3"));
    MILLPOND_TRY_DO(row.bind(stamp.terminal, stamp.epoch, stamp.seq));
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return Applied{};  // erased since
    if (crypto::blake2b(row.bytes(0), row.bytes(1)) != fact.payload_hash) return verdict(Code::signature_invalid);
    box.assign(row.bytes(1).begin(), row.bytes(1).end());
  }
  const auto phone = open_phone_(box);
  if (!phone) return verdict(phone.error().code);

  const auto member_key = key_of(fact.member.value);
  const wire::ProfileRow profile{fact.member, phone->shown_name};
  MILLPOND_TRY_DO(feed_.put(wire::RowKind::profile, member_key, wire::encode(profile), {.store = fact.store}));
  MILLPOND_TRY_DO(
      database_.run("INSERT INTO identities(kind, value_hash, member, terminal, epoch, seq) "
                    "VALUES('phone', ?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
                    phone->lookup_key, fact.member, stamp.terminal, stamp.epoch, stamp.seq));
  // A second enrolment with one phone stays a member of its own; the phone keeps finding the first.
  if (database_.changes() == 0) return verdict(Code::member_exists);
  MILLPOND_TRY_DO(feed_.put(wire::RowKind::phone, phone->lookup_key, member_key));
  return Applied{};
}

base::Result<Applied> Effects::on(const model::Stamp& stamp, const model::SaleRecorded& fact) {
  if (!plausible(fact.total_minor) || !plausible(fact.eligible_minor)) return verdict(Code::sale_malformed);
  if (fact.training) return Applied{};
  MILLPOND_TRY_DO(
      database_.run("INSERT INTO sales(store, till, business_date, transaction_id, terminal, epoch, seq, "
                    "member, body_hash, total_minor) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
                    "ON CONFLICT DO NOTHING",
                    fact.key.store, fact.key.till, fact.key.business_date.days, fact.key.transaction, stamp.terminal,
                    stamp.epoch, stamp.seq, fact.member, fact.body_tag, fact.total_minor));
  if (database_.changes() == 0) return verdict(Code::sale_duplicate);
  if (fact.member) MILLPOND_TRY_DO(add_to_member(fact.member, 0, model::earning_base(fact)));
  return Applied{};
}

// True when that sale of this terminal lost against the same sale told before.
base::Result<bool> Effects::duplicate_sale(const model::Stamp& stamp, base::Seq sale) {
  MILLPOND_TRY(const auto code,
               database_.query_text("SELECT code FROM verdicts WHERE terminal=?1 AND epoch=?2 AND seq=?3",
                                    stamp.terminal, stamp.epoch, sale));
  return code == base::code_name(Code::sale_duplicate);
}

base::Result<Applied> Effects::on(const model::Stamp& stamp, const model::PointsEarned& fact) {
  if (!fact.member || fact.points < 0 || fact.points > model::points_per_sale_max) return verdict(Code::bad_input);
  MILLPOND_TRY(const bool duplicate, duplicate_sale(stamp, fact.sale));
  if (duplicate) return verdict(Code::sale_duplicate);
  MILLPOND_TRY_DO(add_to_member(fact.member, fact.points, 0));
  return Applied{fact.points, std::nullopt};
}

base::Result<> Effects::add_to_member(base::MemberId member, std::int64_t points, std::int64_t qualifying_minor) {
  changed_.insert(member);
  return database_.run(
      "INSERT INTO members(member, enrolled, store, points, qualifying, version) VALUES(?1, 0, 0, ?2, ?3, 1) "
      "ON CONFLICT(member) DO UPDATE SET points=points+?2, qualifying=qualifying+?3, version=version+1",
      member, points, qualifying_minor);
}

base::Result<Applied> Effects::on(const model::Stamp& stamp, const model::CouponIssued& fact) {
  if (!fact.coupon || !plausible(fact.value_minor) || !plausible(fact.threshold_minor)) return verdict(Code::bad_input);
  MILLPOND_TRY(const auto known, database_.query_integer("SELECT state FROM coupons WHERE coupon=?1", fact.coupon));
  if (known) return verdict(Code::id_clash);
  MILLPOND_TRY(const auto same_cause, database_.query_integer("SELECT coupon FROM coupons WHERE cause=?1 AND state<>?2",
                                                              fact.cause, wire::CouponState::voided));
  MILLPOND_TRY(const bool duplicate, duplicate_sale(stamp, fact.sale));
  const bool second = same_cause.has_value() || duplicate;
  MILLPOND_TRY(const auto used, database_.query_integer("SELECT state FROM uses WHERE coupon=?1", fact.coupon));
  auto state = used ? static_cast<wire::CouponState>(*used) : wire::CouponState::issued;
  if (second) state = wire::CouponState::voided;
  MILLPOND_TRY_DO(
      database_.run("INSERT INTO coupons(coupon, member, campaign, store, issuer, value_minor, threshold_minor, "
                    "not_before, expires, state, cause) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                    fact.coupon, fact.member, fact.campaign, fact.store, stamp.terminal, fact.value_minor,
                    fact.threshold_minor, fact.not_before.days, fact.expires.days, state, fact.cause));
  MILLPOND_TRY_DO(publish_coupon(fact.coupon));
  if (second) return verdict(Code::coupon_duplicate_issue);
  return Applied{};
}

base::Result<Applied> Effects::on(const model::Stamp& stamp, const model::CouponRedeemed& fact) {
  if (!fact.coupon || !plausible(fact.value_minor)) return verdict(Code::bad_input);
  MILLPOND_TRY(const auto state, database_.query_integer("SELECT state FROM coupons WHERE coupon=?1", fact.coupon));
  MILLPOND_TRY(const auto used, database_.query_integer("SELECT state FROM uses WHERE coupon=?1", fact.coupon));
  const bool voided = state == static_cast<std::int64_t>(wire::CouponState::voided);
  // CONFIRMED wins over a use that was booked as loss before; the loss stays booked.
  const bool confirmed_before = used == static_cast<std::int64_t>(wire::CouponState::redeemed);
  if (voided || confirmed_before) {
    const auto code = voided ? Code::coupon_void : Code::coupon_spent;
    MILLPOND_TRY_DO(book_loss(stamp, fact.coupon, fact.member, fact.campaign, fact.value_minor, base::code_name(code)));
    return verdict(code);
  }
  MILLPOND_TRY_DO(mark_used(stamp, fact.coupon, wire::CouponState::redeemed));
  return Applied{};
}

base::Result<Applied> Effects::on(const model::Stamp& stamp, const model::CouponOverRedeemed& fact) {
  if (!fact.coupon || !plausible(fact.value_minor)) return verdict(Code::bad_input);
  MILLPOND_TRY_DO(book_loss(stamp, fact.coupon, fact.member, fact.campaign, fact.value_minor, fact.reason));
  MILLPOND_TRY(const auto used, database_.query_integer("SELECT state FROM uses WHERE coupon=?1", fact.coupon));
  if (!used) MILLPOND_TRY_DO(mark_used(stamp, fact.coupon, wire::CouponState::over_redeemed));
  return Applied{};
}

base::Result<Applied> Effects::on(const model::Stamp& stamp, const model::SaleDisputed& fact) {
  MILLPOND_TRY_DO(
      database_.run("INSERT INTO disputes(terminal, epoch, seq, store, till, business_date, transaction_id) "
                    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    stamp.terminal, stamp.epoch, stamp.seq, fact.key.store, fact.key.till, fact.key.business_date.days,
                    fact.key.transaction));
  return Applied{};
}

base::Result<Applied> Effects::on(const model::Stamp& /*stamp*/, const model::EpochBegun& /*fact*/) {
  return Applied{};
}
base::Result<Applied> Effects::on(const model::Stamp& /*stamp*/, const model::PrintFinished& /*fact*/) {
  return Applied{};
}

base::Result<> Effects::book_loss(const model::Stamp& stamp, base::CouponId coupon, base::MemberId member,
                                  base::CampaignId campaign, std::int64_t value_minor, std::string_view reason) {
  return database_.run(
      "INSERT INTO losses(terminal, epoch, seq, coupon, member, campaign, value_minor, reason) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
      stamp.terminal, stamp.epoch, stamp.seq, coupon, member, campaign, value_minor, reason.substr(0, 64));
}

// A use may arrive before the issue it belongs to, from another terminal; it is remembered until then.
base::Result<> Effects::mark_used(const model::Stamp& stamp, base::CouponId coupon, wire::CouponState state) {
  MILLPOND_TRY_DO(
      database_.run("INSERT INTO uses(coupon, terminal, epoch, seq, state) VALUES(?1, ?2, ?3, ?4, ?5) "
                    "ON CONFLICT(coupon) DO UPDATE SET terminal=excluded.terminal, epoch=excluded.epoch, "
                    "seq=excluded.seq, state=excluded.state",
                    coupon, stamp.terminal, stamp.epoch, stamp.seq, state));
  MILLPOND_TRY_DO(database_.run("UPDATE coupons SET state=?2 WHERE coupon=?1 AND state<>?3", coupon, state,
                                wire::CouponState::voided));
  return publish_coupon(coupon);
}

base::Result<> Effects::publish_coupon(base::CouponId coupon) {
  MILLPOND_TRY(auto row, database_.prepare("SELECT member, campaign, store, issuer, value_minor, threshold_minor, "
                                           "not_before, expires, state FROM coupons WHERE coupon=?1"));
  MILLPOND_TRY_DO(row.bind(coupon));
  MILLPOND_TRY(const bool found, row.step());
  if (!found) return {};
  const auto body = wire::encode(coupon_row(coupon, row));
  return feed_.put(wire::RowKind::coupon, key_of(coupon.value), body);
}

base::Result<> Effects::publish_members() {
  for (const auto member : changed_) {
    MILLPOND_TRY(auto row,
                 database_.prepare("SELECT enrolled, points, qualifying, version FROM members WHERE member=?1"));
    MILLPOND_TRY_DO(row.bind(member));
    MILLPOND_TRY(const bool found, row.step());
    // Who earned before the enrolment arrived has a balance here and no row there yet.
    if (!found || row.integer(0) == 0) continue;
    const wire::MemberRow body{member, row.integer(1), row.integer(2), static_cast<std::uint32_t>(row.integer(3))};
    MILLPOND_TRY_DO(feed_.put(wire::RowKind::member, key_of(member.value), wire::encode(body)));
  }
  changed_.clear();
  return {};
}

}  // namespace millpond::hub
