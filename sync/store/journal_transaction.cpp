// SPDX-License-Identifier: Apache-2.0
#include "sync/store/action_transaction.h"

#include "sync/wire/canonical.h"

namespace millpond::store {
namespace {

constexpr std::size_t payload_bytes_max = 16U << 10;  // a sealed phone takes 80
constexpr std::size_t salt_bytes_max = 64;
constexpr int reviews_max = 1'000;  // the oldest goes: the hub has its SaleDisputed, and a person had the time to look

constexpr std::string_view coupon_columns =
    "SELECT coupon, member, campaign, store, value_minor, threshold_minor, not_before_day, expires_day, cause, "
    "sale_position, state, redeemed_position, position FROM coupons ";

}  // namespace

base::Result<LocalCoupon> ActionTransaction::coupon_of(const sqlite::Statement& row) const {
  LocalCoupon coupon;
  coupon.issued.coupon = {row.unsigned_integer(0)};
  coupon.issued.member = {row.unsigned_integer(1)};
  coupon.issued.campaign = {static_cast<std::uint32_t>(row.integer(2))};
  coupon.issued.store = {static_cast<std::uint32_t>(row.integer(3))};
  coupon.issued.value_minor = row.integer(4);
  coupon.issued.threshold_minor = row.integer(5);
  coupon.issued.not_before = {static_cast<std::int32_t>(row.integer(6))};
  coupon.issued.expires = {static_cast<std::int32_t>(row.integer(7))};
  MILLPOND_TRY(coupon.issued.cause, row.array<32>(8));
  const auto sale = at(row.unsigned_integer(9));
  coupon.issued.sale = sale.seq;
  if (sale.epoch != at(row.unsigned_integer(12)).epoch) coupon.issued.sale_epoch = sale.epoch;
  coupon.state = static_cast<wire::CouponState>(row.integer(10));
  const auto redeemed = at(row.unsigned_integer(11));
  coupon.redeemed_in = redeemed.seq;
  coupon.redeemed_epoch = redeemed.epoch;
  return coupon;
}

ActionTransaction::Place ActionTransaction::at(std::uint64_t position) const {
  const auto* const epoch = journal_.epoch_at(position);
  if (epoch == nullptr) return {};
  return {epoch->epoch, {position - epoch->base}};
}

// Where a sale stands that a fact names; 0 when it names none, or one of an epoch that was never begun here.
std::uint64_t ActionTransaction::sale_position(base::Epoch epoch, base::Seq sale) const {
  if (!sale) return 0;
  const auto* const found = epoch ? journal_.find_epoch(epoch) : &live();
  return found == nullptr ? 0 : found->position(sale);
}

base::Result<> ActionTransaction::writable(const char* operation) const {
  if (access_ == Access::write) return {};
  return base::Error{base::Code::internal, operation, "a reading action may not write"};
}

base::Result<base::Seq> ActionTransaction::append(const model::FactBody& body, std::int64_t occurred_at_ms,
                                                  std::int32_t utc_offset_min, std::uint32_t programme_version,
                                                  base::ByteView payload_salt, base::ByteView payload) {
  MILLPOND_TRY_DO(writable("append"));
  MILLPOND_TRY_DO(journal_.admit(body));
  if (payload.size() > payload_bytes_max || payload_salt.size() > salt_bytes_max) {
    return base::Error{base::Code::too_large, "append", "payload"};
  }
  const base::Seq seq{journal_.growth_.head.value + 1};
  model::Fact fact;
  fact.stamp = {journal_.options_.owner.terminal,
                live().epoch,
                seq,
                occurred_at_ms,
                utc_offset_min,
                base::local_date_at(occurred_at_ms, utc_offset_min),
                programme_version};
  fact.body = body;
  MILLPOND_TRY(const auto canonical, wire::encode_fact(fact));
  MILLPOND_TRY_DO(remember_failure(insert_fact(body, canonical, payload_salt, payload)));
  return seq;
}

base::Result<> ActionTransaction::remember_failure(base::Result<> result) {
  if (!result && !failure_) failure_ = result.error();
  return result;
}

base::Result<> ActionTransaction::insert_fact(const model::FactBody& body, base::ByteView canonical,
                                              base::ByteView payload_salt, base::ByteView payload) {
  auto& growth = journal_.growth_;
  const auto position = next_position();
  growth.head.value += 1;
  growth.chain = wire::chain_next(growth.chain, canonical);
  MILLPOND_TRY_DO(db_.run("INSERT INTO outbox(position, canonical, chain, sum) VALUES(?1, ?2, ?3, ?4)", position,
                          canonical, growth.chain, sum_of(canonical)));
  if (!payload.empty()) {
    MILLPOND_TRY_DO(db_.run("INSERT INTO payloads(position, salt, box, sum) VALUES(?1, ?2, ?3, ?4)", position,
                            payload_salt, payload, sum_of(payload_salt, payload)));
  }
  return std::visit([&](const auto& kind) { return apply(position, kind); }, body);
}

base::Result<> ActionTransaction::apply(std::uint64_t position, const model::MemberEnrolled& fact) {
  return db_.run("INSERT INTO members(member, position) VALUES(?1, ?2)", fact.member, position);
}

base::Result<> ActionTransaction::apply(std::uint64_t position, const model::PointsEarned& fact) {
  return db_.run("INSERT INTO deltas(position, member, points) VALUES(?1, ?2, ?3)", position, fact.member, fact.points);
}

base::Result<> ActionTransaction::apply(std::uint64_t position, const model::CouponIssued& fact) {
  return db_.run(
      "INSERT INTO coupons(coupon, position, ordinal, member, campaign, store, value_minor, threshold_minor, "
      "not_before_day, expires_day, cause, sale_position, state, redeemed_position) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 0)",
      fact.coupon, position, live().ordinal, fact.member, fact.campaign, fact.store, fact.value_minor,
      fact.threshold_minor, fact.not_before.days, fact.expires.days, fact.cause,
      sale_position(fact.sale_epoch, fact.sale), wire::CouponState::issued);
}

base::Result<> ActionTransaction::apply(std::uint64_t, const model::CouponRedeemed& fact) {
  return db_.run("UPDATE coupons SET state = ?2, redeemed_position = ?3 WHERE coupon = ?1", fact.coupon,
                 wire::CouponState::redeemed, sale_position(fact.sale_epoch, fact.sale));
}

base::Result<std::uint64_t> ActionTransaction::next_id() {
  MILLPOND_TRY_DO(writable("next id"));
  if (journal_.growth_.id_counter >= base::id_counter_max) {
    return base::Error{base::Code::ids_exhausted, "next id", "the terminal's counter has ended",
                       "provision this machine as a new terminal"};
  }
  const auto counter = ++journal_.growth_.id_counter;
  MILLPOND_TRY_DO(remember_failure(journal_.put_meta("id_counter", counter)));
  return base::compose_id(journal_.options_.owner.terminal, journal_.incarnation_, counter);
}

base::Result<std::optional<StoredSale>> ActionTransaction::find_sale(const model::SaleKey& key) {
  MILLPOND_TRY(auto query, db_.prepare("SELECT position, body_hash, answer FROM sales "
                                       "WHERE business_day = ?3 AND store = ?1 AND till = ?2 AND transaction_id = ?4"));
  MILLPOND_TRY_DO(query.bind(key.store, key.till, key.business_date.days, key.transaction));
  MILLPOND_TRY(const bool row, query.step());
  if (!row) return std::optional<StoredSale>{};
  StoredSale sale;
  sale.key = key;
  const auto place = at(query.unsigned_integer(0));
  sale.seq = place.seq;
  sale.epoch = place.epoch;
  MILLPOND_TRY(sale.body_hash, query.array<32>(1));
  const auto answer = query.bytes(2);
  sale.answer.assign(answer.begin(), answer.end());
  return std::optional{std::move(sale)};
}

base::Result<> ActionTransaction::put_sale(const StoredSale& sale) {
  MILLPOND_TRY_DO(writable("put sale"));
  return db_.run(
      "INSERT INTO sales(position, store, till, business_day, transaction_id, body_hash, answer) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      live().position(sale.seq), sale.key.store, sale.key.till, sale.key.business_date.days, sale.key.transaction,
      sale.body_hash, sale.answer);
}

// A coupon of an earlier epoch is no longer this terminal's to honour: a new epoch surrenders every right, because the
// file may be a copy. That it was spent stays known.
base::Result<std::optional<LocalCoupon>> ActionTransaction::find_coupon(base::CouponId coupon) {
  MILLPOND_TRY(auto query,
               db_.prepare(std::string{coupon_columns} + "WHERE coupon = ?1 AND (ordinal = ?2 OR state <> ?3)"));
  MILLPOND_TRY_DO(query.bind(coupon, live().ordinal, wire::CouponState::issued));
  MILLPOND_TRY(const bool row, query.step());
  if (!row) return std::optional<LocalCoupon>{};
  MILLPOND_TRY(auto found, coupon_of(query));
  return std::optional{std::move(found)};
}

base::Result<std::optional<base::CouponId>> ActionTransaction::find_cause(const base::Hash& cause) {
  MILLPOND_TRY(const auto found, db_.query_integer("SELECT coupon FROM coupons WHERE cause = ?1", cause));
  if (!found) return std::optional<base::CouponId>{};
  return std::optional{base::CouponId{static_cast<std::uint64_t>(*found)}};
}

base::Result<std::vector<LocalCoupon>> ActionTransaction::coupons_of(base::MemberId member) {
  MILLPOND_TRY(auto query,
               db_.prepare(std::string{coupon_columns} +
                           "WHERE member = ?1 AND (ordinal = ?2 OR state <> ?3) ORDER BY expires_day, coupon"));
  MILLPOND_TRY_DO(query.bind(member, live().ordinal, wire::CouponState::issued));
  std::vector<LocalCoupon> coupons;
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) return coupons;
    MILLPOND_TRY(auto coupon, coupon_of(query));
    coupons.push_back(std::move(coupon));
  }
}

base::Result<bool> ActionTransaction::has_member(base::MemberId member) {
  MILLPOND_TRY(const auto found, db_.query_integer("SELECT 1 FROM members WHERE member = ?1", member));
  return found.has_value();
}

base::Result<> ActionTransaction::put_phone(base::ByteView key16, base::MemberId member) {
  MILLPOND_TRY_DO(writable("put phone"));
  return db_.run("INSERT INTO phones(key, member, position) VALUES(?1, ?2, ?3)", key16, member, next_position());
}

base::Result<std::optional<base::MemberId>> ActionTransaction::find_phone(base::ByteView key16) {
  MILLPOND_TRY(const auto found, db_.query_integer("SELECT member FROM phones WHERE key = ?1", key16));
  if (!found) return std::optional<base::MemberId>{};
  return std::optional{base::MemberId{static_cast<std::uint64_t>(*found)}};
}

base::Result<std::int64_t> ActionTransaction::points_since(base::MemberId member, std::uint64_t position) {
  MILLPOND_TRY(const auto sum, db_.query_integer("SELECT sum(points) FROM deltas WHERE member = ?1 AND position > ?2",
                                                 member, position));
  return sum.value_or(0);
}

base::Result<> ActionTransaction::put_print_intent(const PrintIntent& intent) {
  MILLPOND_TRY_DO(writable("put print intent"));
  return db_.run(
      "INSERT INTO prints(position, epoch, seq, template_version, locale, content, state) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      live().position(intent.of), live().epoch, intent.of, intent.template_version, intent.locale, intent.content,
      intent.state);
}

base::Result<> ActionTransaction::set_print_state(base::Seq of, PrintState state, base::Epoch epoch) {
  MILLPOND_TRY_DO(writable("set print state"));
  for (auto known = journal_.epochs_.rbegin(); known != journal_.epochs_.rend(); ++known) {
    if (epoch && known->epoch != epoch) continue;
    MILLPOND_TRY_DO(db_.run("UPDATE prints SET state = ?2 WHERE position = ?1 AND ?3", known->position(of), state,
                            known->epoch == live().epoch || of <= known->head));
    if (db_.changes() > 0) return {};
  }
  if (!epoch) return {};
  // Its fact was reissued while the slip was on its way: the row still knows where it began.
  return db_.run("UPDATE prints SET state = ?3 WHERE epoch = ?1 AND seq = ?2", epoch, of, state);
}

base::Result<> ActionTransaction::put_review(std::string_view kind, base::ByteView content, std::int64_t at_ms) {
  MILLPOND_TRY_DO(writable("put review"));
  MILLPOND_TRY_DO(db_.run("INSERT INTO reviews(kind, content, at_ms, hub_ms) VALUES(?1, ?2, ?3, ?4)", kind, content,
                          at_ms, journal_.ring_.hub_ms));
  return db_.run("DELETE FROM reviews WHERE id <= (SELECT max(id) FROM reviews) - ?1", reviews_max);
}

base::Result<> ActionTransaction::put_document(std::string_view kind, std::uint64_t version, base::ByteView content) {
  MILLPOND_TRY_DO(writable("put document"));
  return db_.run(
      "INSERT INTO documents(kind, version, content) VALUES(?1, ?2, ?3) ON CONFLICT(kind) DO UPDATE SET "
      "version = excluded.version, content = excluded.content WHERE excluded.version > version",
      kind, version, content);
}

base::Result<> ActionTransaction::put_issuer(const wire::IssuerRow& issuer) {
  MILLPOND_TRY_DO(writable("put issuer"));
  return db_.run(
      "INSERT INTO issuers(issuer, key, revoked_from_seq) VALUES(?1, ?2, ?3) ON CONFLICT(issuer) DO UPDATE SET "
      "key = excluded.key, revoked_from_seq = excluded.revoked_from_seq",
      issuer.issuer, issuer.key, issuer.revoked_from_seq);
}

}  // namespace millpond::store
