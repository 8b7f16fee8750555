// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/core/effects.h"

#include "sync/model/rules.h"

#include <algorithm>
#include <variant>

namespace millpond::hub {
namespace {

using base::Code;

Applied verdict(Code code) { return {0, code}; }

bool overflows(std::int64_t sum, std::int64_t more) {
  std::int64_t ignored = 0;
  return __builtin_add_overflow(sum, more, &ignored);
}

std::int64_t cause_tag(const base::Hash& cause) {
  return static_cast<std::int64_t>(base::read_big_endian(base::ByteView{cause}.first(8)));
}

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

Effects::Effects(sqlite::Connection& database, FeedRows& feed, Counters& counters)
    : database_{database},
      feed_{feed},
      counters_{counters},
      raw_{database},
      programmes_{database, counters},
      lots_{database, programmes_},
      profiles_{database, feed},
      campaigns_{database},
      find_member_{database,
                   "SELECT enrolled, store, points, qualifying, version, lane, seq, same_as, aliases, "
                   "told_age_min, came_by, visits, last_day, seen_in, seen_day, verified, rfm, tags, given FROM "
                   "members WHERE member=?1"},
      write_member_{
          database,
          "INSERT INTO members(member, enrolled, store, points, qualifying, version, lane, seq, same_as, "
          "aliases, told_age_min, came_by, visits, last_day, seen_in, seen_day, verified, rfm, tags, given) "
          "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20) "
          "ON CONFLICT(member) DO UPDATE SET "
          "enrolled=excluded.enrolled, store=excluded.store, points=excluded.points, "
          "qualifying=excluded.qualifying, version=excluded.version, lane=excluded.lane, seq=excluded.seq, "
          "same_as=excluded.same_as, aliases=excluded.aliases, told_age_min=excluded.told_age_min, "
          "came_by=excluded.came_by, visits=excluded.visits, last_day=excluded.last_day, "
          "seen_in=excluded.seen_in, seen_day=excluded.seen_day, verified=excluded.verified, rfm=excluded.rfm, "
          "tags=excluded.tags, given=excluded.given"},
      insert_sale_{database,
                   "INSERT INTO sales(store, till, business_date, transaction_id, lane, seq, member, body_tag, "
                   "total_minor, again) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING"},
      find_cause_{database, "SELECT 1 FROM coupons WHERE cause_tag=?1 AND cause=?2 AND state<>4"},
      find_use_{database,
                "SELECT state, lane, seq, kind, redemption, terminal, epoch, member, campaign, value_minor "
                "FROM uses WHERE coupon=?1"},
      insert_coupon_{database,
                     "INSERT INTO coupons(coupon, member, campaign, store, issuer, value_minor, threshold_minor, "
                     "not_before, expires, state, cause_tag, cause, lane, seq) "
                     "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT DO NOTHING"},
      find_coupon_{database,
                   "SELECT member, campaign, store, issuer, value_minor, threshold_minor, not_before, expires, state, "
                   "lane, seq FROM coupons WHERE coupon=?1"},
      write_use_{database,
                 "INSERT OR REPLACE INTO uses(coupon, lane, seq, state, kind, redemption, terminal, epoch, member, "
                 "campaign, value_minor) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"},
      write_state_{database, "UPDATE coupons SET state=?2 WHERE coupon=?1"},
      find_release_{database, "SELECT through FROM releases WHERE lane=?1"},
      write_release_{database,
                     "INSERT INTO releases(lane, through) VALUES(?1, ?2) ON CONFLICT(lane) DO UPDATE SET "
                     "through=max(through, excluded.through)"},
      find_continued_{database, "SELECT previous FROM continued WHERE lane=?1"},
      find_phone_{database, "SELECT member FROM identities WHERE kind='phone' AND value_hash=?1"},
      insert_identity_{database,
                       "INSERT INTO identities(kind, value_hash, member, lane, seq) VALUES(?1, ?2, ?3, ?4, ?5) "
                       "ON CONFLICT DO NOTHING"},
      find_payment_{database,
                    "SELECT lane, seq, member FROM payments WHERE provider=?1 AND merchant=?2 AND payment=?3"},
      insert_payment_{database,
                      "INSERT INTO payments(provider, merchant, payment, lane, seq, member) VALUES(?1, ?2, ?3, ?4, ?5, "
                      "?6) ON CONFLICT(provider, merchant, payment) DO UPDATE SET lane=excluded.lane, "
                      "seq=excluded.seq, member=excluded.member WHERE lane=0 AND seq<>0 AND excluded.lane<>0"},
      find_judged_{database, "SELECT code, first_member FROM judged_payloads WHERE lane=?1 AND seq=?2"},
      find_aliases_{database,
                    "SELECT member FROM members INDEXED BY members_by_alias WHERE same_as=?1 AND same_as<>0"} {}

base::Result<Applied> Effects::apply(Lane lane, const WaitingFact& waiting) {
  const auto& fact = *waiting.fact;
  const Place at{lane, fact.stamp, waiting};
  MILLPOND_TRY(auto applied, std::visit([&](const auto& body) { return on(at, body); }, fact.body));
  // What was refused is no part of a sale that came back early. Its verdict is not written yet, so that settling would
  // take it for booked, and void a coupon by the second use of its number.
  if (applied.verdict && !books_although(base::code_name(*applied.verdict))) return applied;
  MILLPOND_TRY(const bool overdrawn, settle_open(at));
  if (overdrawn && !applied.verdict) applied.verdict = Code::points_overdrawn;
  return applied;
}

// --- members

base::Result<Effects::Member*> Effects::member(base::MemberId id) {
  const auto [found, is_new] = members_.try_emplace(id);
  auto& state = found->second;
  if (!is_new) return &state;
  const auto read = [&](const sqlite::Statement& row) {
    state.enrolled = static_cast<Enrolled>(row.integer(0));
    state.store = {static_cast<std::uint32_t>(row.integer(1))};
    state.points = row.integer(2);
    state.qualifying_minor = row.integer(3);
    state.version = static_cast<std::uint32_t>(row.integer(4));
    state.lane = row.integer(5);
    state.seq = {row.unsigned_integer(6)};
    state.same_as = {row.unsigned_integer(7)};
    state.aliases = static_cast<std::uint32_t>(row.integer(8));
    state.told_age_min = static_cast<std::int32_t>(row.integer(9));
    state.came_by = static_cast<model::Channel>(row.integer(10));
    state.visits = row.integer(11);
    state.last_day = static_cast<std::int32_t>(row.integer(12));
    state.seen_in = {static_cast<std::uint32_t>(row.integer(13))};
    state.seen_day = static_cast<std::int32_t>(row.integer(14));
    state.marks.verified = row.integer(15) != 0;
    state.marks.rfm = row.text(16);
    state.marks.tags = tags_in(row.text(17));
    state.given = given_in(row.bytes(18));
    note_counted(state);
  };
  const auto loaded = find_member_.first(read, id);
  if (!loaded) {
    members_.erase(found);
    return loaded.error();
  }
  if (state.enrolled == Enrolled::enrolled) {
    MILLPOND_TRY(const auto row, row_of(id, state));
    state.published = wire::encode(row);
  }
  return &state;
}

// Identities stand in every feed: a terminal that gives out another's next ones would take them from it. Those without
// a terminal are the hub's own.
bool Effects::is_foreign(const Place& at, std::uint64_t id) {
  const auto origin = base::id_origin(id);
  return at.lane != 0 && origin && origin != at.stamp.terminal;
}

Applied Effects::refuse_foreign(const Place& at, base::MemberId member) {
  flags_.push_back({{at.lane, at.waiting.seq}, model::Signal::foreign_identity, member, 0});
  return verdict(Code::id_clash);
}

base::Result<Applied> Effects::on(const Place& at, const model::MemberEnrolled& fact) {
  if (!fact.member) return verdict(Code::bad_input);
  if (is_foreign(at, fact.member.value)) return refuse_foreign(at, fact.member);
  MILLPOND_TRY(auto* const state, member(fact.member));
  if (state->enrolled == Enrolled::enrolled) return verdict(Code::id_clash);
  if (state->enrolled == Enrolled::removed) {
    MILLPOND_TRY_DO(database_.run("DELETE FROM payloads WHERE lane=?1 AND seq=?2", at.lane, at.waiting.seq));
    return verdict(Code::member_unknown);
  }
  state->enrolled = Enrolled::enrolled;
  state->store = fact.store;
  state->came_by = fact.channel;
  state->version += 1;
  state->lane = at.lane;
  state->seq = at.waiting.seq;
  state->changed = true;
  MILLPOND_TRY_DO(see(at, fact.member, fact.store, *state));
  MILLPOND_TRY(const auto applied, keep_identity(at, fact));
  MILLPOND_TRY_DO(keep_consents(at, fact));
  MILLPOND_TRY_DO(hear_age(at, *state, fact.consents));
  // Whoever enrols a second time with one phone is welcomed once.
  if (applied.verdict != Code::member_exists) {
    MILLPOND_TRY_DO(note(at, {.trigger = model::Trigger::enrolment, .member = fact.member, .store = fact.store},
                         key_of(fact.member.value)));
  }
  return applied;
}

// The phone that travelled sealed beside the fact becomes a look-up hash and a masked name. The sealed box stays where
// it is, erasable. A number that somebody typed proves nothing: whoever knows another's would see that member's points
// on a new card. So a second enrolment with one phone stays a member of its own, the phone keeps finding the first, and
// an operator hears of both.
base::Result<Applied> Effects::keep_identity(const Place& at, const model::MemberEnrolled& fact) {
  const auto& phone = at.waiting.phone;
  const bool readable = phone && *phone;
  if (readable) { MILLPOND_TRY_DO(profiles_.tell({fact.member, (*phone)->shown_name})); }
  MILLPOND_TRY(auto judged, find_judgement(at));
  if (judged) {
    if (readable && judged->first) MILLPOND_TRY_DO(find_by_phone(at, judged->first, **phone));
    return verdict(judged->code);
  }
  if (!phone) return Applied{};  // none was given, or it was erased since
  if (readable) {
    MILLPOND_TRY(judged, claim_phone(at, fact.member, **phone));
  } else {
    judged = Judged{phone->error().code, {}};
  }
  if (!judged) return Applied{};
  MILLPOND_TRY_DO(judge(at, *judged));
  return verdict(judged->code);
}

// Nothing when the phone is the member's now.
base::Result<std::optional<Judged>> Effects::claim_phone(const Place& at, base::MemberId member,
                                                         const OpenedPhone& phone) {
  const auto& identity = phone.identity.empty() ? phone.lookup_key : phone.identity;
  MILLPOND_TRY_DO(insert_identity_.run("phone", identity, member, at.lane, at.waiting.seq));
  if (database_.changes() > 0) {
    MILLPOND_TRY_DO(find_by_phone(at, member, phone));
    return std::optional<Judged>{};
  }
  Judged judged{Code::member_exists, {}};
  const auto read = [&](const sqlite::Statement& row) { judged.first = {row.unsigned_integer(0)}; };
  MILLPOND_TRY_DO(find_phone_.first(read, identity));
  MILLPOND_TRY_DO(find_by_phone(at, judged.first, phone));
  return std::optional{judged};
}

// From now on the terminals of the place where it was typed find the member by the phone.
base::Result<> Effects::find_by_phone(const Place& at, base::MemberId found, const OpenedPhone& phone) {
  MILLPOND_TRY(const auto* const state, member(found));
  if (state->enrolled != Enrolled::enrolled) return {};
  if (!phone.identity.empty()) {
    MILLPOND_TRY_DO(insert_identity_.run("lookup", phone.lookup_key, found, at.lane, at.waiting.seq));
    if (database_.changes() == 0) return {};
  }
  return feed_.put(wire::RowKind::phone, phone.lookup_key, key_of(found.value), {.place = phone.place});
}

void Effects::forget() {
  members_.clear();
  lots_.forget();
  has_duplicates_.clear();
  claims_open_.reset();
  sales_open_.reset();
  displaced_.clear();
  flags_.clear();
}

// --- sales

base::Result<Applied> Effects::on(const Place& at, const model::SaleRecorded& fact) {
  if (!plausible(fact.total_minor) || !plausible(fact.eligible_minor)) return verdict(Code::sale_malformed);
  if (fact.training) return Applied{};
  Member* state = nullptr;
  const auto earning = fact.member ? model::earning_base(fact) : 0;
  if (fact.member) {
    MILLPOND_TRY(state, member(fact.member));
    if (overflows(state->qualifying_minor, earning)) return verdict(Code::bad_input);
  }
  MILLPOND_TRY(auto paid, paid_before(at, fact));
  MILLPOND_TRY_DO(insert_sale_.run(fact.key.store, fact.key.till, fact.key.business_date.days, fact.key.transaction,
                                   at.lane, at.waiting.seq, fact.member, fact.body_tag, fact.total_minor,
                                   paid.first.has_value()));
  if (database_.changes() == 0 && !paid.first) { MILLPOND_TRY(paid.first, told_before(at, fact)); }
  const bool again = paid.first.has_value();
  MILLPOND_TRY_DO(
      know_payments(at.lane, fact, paid.first.value_or(SaleTeller{{at.lane, at.waiting.seq}, fact.member})));
  // Of a sale that a terminal told without knowing whose it is, a notice may tell: its points stay, and the sale counts
  // once.
  const bool names_payer = at.lane == 0 && again && paid.first->place.lane != 0 && !paid.first->member && fact.member;
  if (again && !names_payer) {
    MILLPOND_TRY_DO(database_.run("INSERT INTO duplicate_sales(lane, seq) VALUES(?1, ?2)", at.lane, at.waiting.seq));
    has_duplicates_[at.lane] = true;
    return verdict(Code::sale_duplicate);
  }
  if (!again) {
    for (const auto of_hub : paid.by_hub) MILLPOND_TRY_DO(give_way(at, of_hub, fact));
    counters_.count(Figure::sales, 1);
    MILLPOND_TRY_DO(claim(at, fact));
  }
  if (state == nullptr) return Applied{};
  if (!again && at.lane != 0 && at.stamp.programme_version == 0 && earning > 0) {
    MILLPOND_TRY_DO(database_.run("INSERT INTO unrated(lane, seq) VALUES(?1, ?2)", at.lane, at.waiting.seq));
  }
  state->qualifying_minor += earning;
  state->visits += 1;
  MILLPOND_TRY_DO(see(at, fact.member, fact.key.store, *state));
  state->version += 1;
  state->changed = true;
  MILLPOND_TRY_DO(note_visit(at, fact, *state, earning));
  return Applied{};
}

// True when that sale of this terminal lost against the same sale told before.
base::Result<bool> Effects::duplicate_sale(const Place& at, base::Seq sale, base::Epoch sale_epoch) {
  MILLPOND_TRY(const auto place, lane_of(at, sale_epoch));
  if (!place) return false;
  const auto lane = *place;
  const auto known = has_duplicates_.find(lane);
  if (known == has_duplicates_.end()) {
    MILLPOND_TRY(const auto any, database_.query_integer("SELECT 1 FROM duplicate_sales WHERE lane=?1 LIMIT 1", lane));
    has_duplicates_[lane] = any.has_value();
    if (!any) return false;
  } else if (!known->second) {
    return false;
  }
  MILLPOND_TRY(const auto found,
               database_.query_integer("SELECT 1 FROM duplicate_sales WHERE lane=?1 AND seq=?2", lane, sale));
  return found.has_value();
}

base::Result<Applied> Effects::on(const Place& at, const model::PointsEarned& fact) {
  if (!fact.member || fact.points < 0 || fact.points > model::points_per_sale_max) return verdict(Code::bad_input);
  MILLPOND_TRY(const bool duplicate, duplicate_sale(at, fact.sale, fact.sale_epoch));
  if (duplicate) return verdict(Code::sale_duplicate);
  if (at.lane != 0 && at.stamp.programme_version == 0) MILLPOND_TRY_DO(take_unrated(at, fact));
  MILLPOND_TRY(const auto sale, sale_place(at, fact.sale, fact.sale_epoch));
  return earn(at, sale, fact);
}

base::Result<Applied> Effects::earn(const Place& at, const FactPlace& sale, const model::PointsEarned& fact) {
  MILLPOND_TRY(auto* const state, member(fact.member));
  if (overflows(state->points, fact.points)) return verdict(Code::bad_input);
  MILLPOND_TRY_DO(give_lot(at, sale, fact.member, fact.points, model::LotSource::sale));
  state->points += fact.points;
  state->version += 1;
  state->changed = true;
  // A removed member's earnings stay in the ledger, and their sender hears that there is nobody to show them to.
  if (state->enrolled == Enrolled::removed) return Applied{fact.points, Code::member_unknown};
  return Applied{fact.points, std::nullopt};
}

base::Result<Applied> Effects::on(const Place& at, const model::SaleDisputed& fact) {
  MILLPOND_TRY_DO(database_.run(
      "INSERT INTO disputes(lane, seq, store, till, business_date, transaction_id) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
      at.lane, at.waiting.seq, fact.key.store, fact.key.till, fact.key.business_date.days, fact.key.transaction));
  counters_.count(Figure::disputes, 1);
  return Applied{};
}

base::Result<Applied> Effects::on(const Place& /*at*/, const model::PrintFinished& /*fact*/) { return Applied{}; }

// --- coupons

base::Result<bool> Effects::same_cause(const model::CouponIssued& fact) {
  MILLPOND_TRY(const auto found, find_cause_.integer(cause_tag(fact.cause), fact.cause));
  return found.has_value();
}

base::Result<Applied> Effects::on(const Place& at, const model::CouponIssued& fact) {
  if (!fact.coupon || !plausible(fact.value_minor) || !plausible(fact.threshold_minor)) return verdict(Code::bad_input);
  if (is_foreign(at, fact.coupon.value)) return refuse_foreign(at, fact.member);
  MILLPOND_TRY(const bool duplicate, duplicate_sale(at, fact.sale, fact.sale_epoch));
  MILLPOND_TRY(const auto sale, sale_place(at, fact.sale, fact.sale_epoch));
  return issue(at, fact, duplicate, sale);
}

// again: of a sale that was told before.
base::Result<Applied> Effects::issue(const Place& at, const model::CouponIssued& fact, bool again,
                                     const FactPlace& occasion) {
  MILLPOND_TRY(const bool told_before, same_cause(fact));
  MILLPOND_TRY(const auto used, find_use_.integer(fact.coupon));
  const bool second = told_before || again;
  auto state = used ? static_cast<wire::CouponState>(*used) : wire::CouponState::issued;
  if (second) state = wire::CouponState::voided;
  MILLPOND_TRY_DO(insert_coupon_.run(fact.coupon, fact.member, fact.campaign, fact.store, at.stamp.terminal,
                                     fact.value_minor, fact.threshold_minor, fact.not_before.days, fact.expires.days,
                                     state, cause_tag(fact.cause), fact.cause, at.lane, at.waiting.seq));
  if (database_.changes() == 0) return verdict(Code::id_clash);
  const wire::CouponRow row{
      fact.coupon,      fact.member,          fact.campaign,        fact.store,        at.stamp.terminal,
      fact.value_minor, fact.threshold_minor, fact.not_before.days, fact.expires.days, state};
  MILLPOND_TRY_DO(feed_.put_new(wire::RowKind::coupon, key_of(fact.coupon.value), wire::encode(row)));
  if (second) return verdict(Code::coupon_duplicate_issue);
  counters_.count(Figure::coupons_issued, 1);
  MILLPOND_TRY_DO(count_given(at, fact.member, fact.by, occasion));
  return Applied{};
}

base::Result<Effects::Coupon> Effects::coupon(base::CouponId id) {
  Coupon found;
  const auto read = [&](const sqlite::Statement& row) {
    found.row = coupon_row(id, row);
    found.lane = row.integer(9);
    found.seq = {row.unsigned_integer(10)};
  };
  MILLPOND_TRY(found.known, find_coupon_.first(read, id));
  return found;
}

}  // namespace millpond::hub
