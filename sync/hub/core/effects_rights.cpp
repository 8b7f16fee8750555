// SPDX-License-Identifier: Apache-2.0
// Who may honour a coupon and what came of it: facts and the hub's own answers, booked by the rules of model/rights.h.
#include "sync/hub/core/effects.h"
#include "sync/model/rules.h"

#include <algorithm>

namespace millpond::hub {

using base::Code;

namespace {

Applied verdict(Code code) { return {0, code}; }

// Of merged members the fact names one and the row perhaps the other, so whose it is does not count here.
bool says_the_same(const codes::CouponCode& code, const wire::CouponRow& row) {
  return code.campaign == row.campaign && code.value_minor == row.value_minor &&
         code.not_before_day == row.not_before_day && code.expiry_day == row.expires_day;
}

base::Result<std::vector<base::CouponId>> coupons_of(sqlite::Connection& database, const char* sql, Lane lane,
                                                     std::uint64_t from) {
  std::vector<base::CouponId> found;
  MILLPOND_TRY(auto row, database.prepare(sql));
  MILLPOND_TRY_DO(row.bind(lane, from));
  for (;;) {
    MILLPOND_TRY(const bool any, row.step());
    if (!any) return found;
    found.push_back({row.unsigned_integer(0)});
  }
}

RedeemAnswer refused(Code code) { return {model::HubWord::refused, {code, 0, {}}, false}; }

// Whoever showed it was not who has it, or it was too early: a photograph that somebody posts must not cost its holder
// the coupon.
bool stays_with_its_holder(std::string_view reason) {
  const auto why = base::code_from_name(reason);
  return why == Code::identity_too_weak || why == Code::coupon_other_member || why == Code::code_not_yet_valid;
}

}  // namespace

base::Result<std::optional<StandingUse>> Effects::standing_of(base::CouponId coupon) {
  std::optional<StandingUse> found;
  const auto read = [&](const sqlite::Statement& row) {
    auto& standing = found.emplace();
    const auto kind = static_cast<model::UseKind>(row.integer(3));
    const auto redemption = row.unsigned_integer(4);
    standing.state = static_cast<wire::CouponState>(row.integer(0));
    standing.lane = row.integer(1);
    standing.seq = {row.unsigned_integer(2)};
    standing.used = {
        coupon,    {row.unsigned_integer(7)}, {static_cast<std::uint32_t>(row.integer(8))}, row.integer(9), kind,
        redemption};
    standing.use = {kind,
                    redemption,
                    {static_cast<std::uint32_t>(row.integer(5))},
                    {static_cast<std::uint32_t>(row.integer(6))},
                    standing.seq};
  };
  MILLPOND_TRY_DO(find_use_.first(read, coupon));
  return found;
}

// Of one whose issue has not come nobody knows better than the issuer.
base::Result<bool> Effects::issuer_holds(const Coupon& coupon) {
  if (!coupon.known) return true;
  if (coupon.lane == 0) return false;  // the hub's own: whoever honours it asks, or takes the risk
  MILLPOND_TRY(const auto through, find_release_.integer(coupon.lane));
  return coupon.seq.value > static_cast<std::uint64_t>(through.value_or(0));
}

// A journal that went on in a new epoch takes the uses along that the hub had not heard of.
base::Result<bool> Effects::is_of_issuer(const Place& at, const Coupon& coupon, base::CouponId id) {
  if (!coupon.known) return base::id_origin(id.value) == at.stamp.terminal;
  for (auto lane = std::optional{at.lane}; lane;) {
    if (*lane == coupon.lane) return true;
    MILLPOND_TRY(lane, find_continued_.integer(*lane));
  }
  return false;
}

base::Result<> Effects::release(Lane lane, base::Seq through) { return write_release_.run(lane, through); }

base::Result<> Effects::break_rights(Lane lane, base::Seq through) { return release(lane, through); }

// A new epoch alone releases nothing: facts that moved into it may still use rights of the one before. Its first
// release does, because they all stand before it.
base::Result<Applied> Effects::on(const Place& at, const model::EpochBegun& fact) {
  MILLPOND_TRY_DO(end_older_leases(at));
  MILLPOND_TRY_DO(follow(at, fact));
  MILLPOND_TRY_DO(watch_lost(at, fact));
  const bool same_journal = fact.reason == model::EpochReason::damaged || fact.reason == model::EpochReason::ring_short;
  if (!same_journal || !fact.previous || fact.previous == at.stamp.epoch) return Applied{};
  MILLPOND_TRY(const auto previous, lane_of(at, fact.previous));
  if (!previous || *previous >= at.lane) return Applied{};  // lanes grow, so that this ends
  MILLPOND_TRY_DO(
      database_.run("INSERT INTO continued(lane, previous) VALUES(?1, ?2) ON CONFLICT DO NOTHING", at.lane, *previous));
  return Applied{};
}

// What the hub holds of a life behind where it ended is on that machine no more: sale keys, uses and refunds neither.
base::Result<> Effects::watch_lost(const Place& at, const model::EpochBegun& fact) {
  const bool went_back = fact.reason == model::EpochReason::journal_lost || fact.reason == model::EpochReason::fork;
  if (!went_back || !fact.previous) return {};
  MILLPOND_TRY(const auto held, database_.query_integer("SELECT through FROM epochs WHERE terminal=?1 AND epoch=?2",
                                                        at.stamp.terminal, fact.previous));
  const auto lost = held.value_or(0) - static_cast<std::int64_t>(fact.previous_head.value);
  if (lost > 0) flags_.push_back({{at.lane, at.waiting.seq}, model::Signal::journal_lost, {}, lost});
  return {};
}

base::Result<Applied> Effects::on(const Place& at, const model::RightsReleased& fact) {
  if (fact.receiver) return Applied{};  // to another terminal: nobody honours by such a right yet
  MILLPOND_TRY_DO(release(at.lane, at.waiting.seq));
  MILLPOND_TRY(auto lane, find_continued_.integer(at.lane));
  while (lane) {
    MILLPOND_TRY_DO(release(*lane, {INT64_MAX}));
    MILLPOND_TRY(lane, find_continued_.integer(*lane));
  }
  return Applied{};
}

base::Result<Applied> Effects::on(const Place& at, const model::CouponRedeemed& fact) {
  return book(at, {fact.coupon, fact.member, fact.campaign, fact.value_minor, model::UseKind::own_right, 0});
}

// Whose receipt the hub did not sign was honoured without asking, whatever it says.
base::Result<Applied> Effects::on(const Place& at, const model::CouponConfirmed& fact) {
  MILLPOND_TRY(const auto standing, standing_of(fact.coupon));
  const bool known = standing && standing->use.kind == model::UseKind::confirmed && fact.redemption != 0 &&
                     standing->use.redemption == fact.redemption;
  const auto kind = known || at.waiting.receipt_holds ? model::UseKind::confirmed : model::UseKind::provisional;
  return book(at, {fact.coupon, fact.member, fact.campaign, fact.value_minor, kind, fact.redemption});
}

base::Result<Applied> Effects::on(const Place& at, const model::CouponProvisional& fact) {
  return book(
      at, {fact.coupon, fact.member, fact.campaign, fact.value_minor, model::UseKind::provisional, fact.redemption});
}

// Remembered: the question may arrive after it, and the log tells a yes behind facts that were held when it was given.
base::Result<Applied> Effects::on(const Place& at, const model::RedemptionCancelled& fact) {
  MILLPOND_TRY_DO(
      database_.run("INSERT INTO cancelled_redemptions(redemption, terminal) VALUES(?1, ?2) ON CONFLICT DO NOTHING",
                    fact.redemption, at.stamp.terminal));
  const bool again = database_.changes() == 0;
  MILLPOND_TRY(const auto before, standing_of(fact.coupon));
  if (!before || before->state != wire::CouponState::redeemed) return Applied{};
  if (before->lane != 0) return again ? Applied{} : give_up_yes(at, fact, *before);
  model::Booking booking{false, before->use};
  if (!model::cancel_use(booking, fact.redemption, at.stamp.terminal)) return Applied{};
  MILLPOND_TRY_DO(free_coupon(fact.coupon, fact.redemption));
  return Applied{};
}

base::Result<> Effects::free_coupon(base::CouponId id, std::uint64_t redemption) {
  MILLPOND_TRY_DO(database_.run("DELETE FROM uses WHERE coupon=?1", id));
  MILLPOND_TRY_DO(database_.run("DELETE FROM confirmations WHERE coupon=?1 AND redemption=?2", id, redemption));
  counters_.count(Figure::coupons_redeemed, -1);
  MILLPOND_TRY(auto known, coupon(id));
  if (!known.known || known.row.state == wire::CouponState::voided) return {};
  MILLPOND_TRY_DO(write_state_.run(id, wire::CouponState::issued));
  known.row.state = wire::CouponState::issued;
  return feed_.put(wire::RowKind::coupon, key_of(id.value), wire::encode(known.row));
}

// Somebody else had the terminal by then.
base::Result<> Effects::undo_uses(Lane lane, std::uint64_t from) {
  MILLPOND_TRY(const auto used,
               coupons_of(database_,
                          lane == 0 ? "SELECT coupon FROM uses WHERE lane=?1 AND coupon=?2 AND state=2"
                                    : "SELECT coupon FROM uses WHERE lane=?1 AND seq>=?2 AND state=2 ORDER BY coupon",
                          lane, from));
  for (const auto id : used) {
    MILLPOND_TRY(const auto standing, standing_of(id));
    if (standing) MILLPOND_TRY_DO(free_coupon(id, standing->use.redemption));
  }
  return {};
}

// Those that others used stay used, because a customer showed them; the points that it gave stay, because taking them
// from members would be a silent debit. After the uses of every life: what it used itself is no reason to keep one.
base::Result<> Effects::undo_gifts(Lane lane, std::uint64_t from) {
  MILLPOND_TRY(
      const auto given,
      coupons_of(database_, "SELECT coupon FROM coupons WHERE lane=?1 AND seq>=?2 ORDER BY coupon", lane, from));
  for (const auto id : given) MILLPOND_TRY_DO(void_coupon(id));
  return {};
}

// A sale that the yes was given for told its use, and then that it had given the yes up, perhaps because its till went
// over to another terminal: the use stands as its own fact says it, as it does where the log tells that yes too late.
// The log also knows to whom the yes was given; it has no order for that, and is asked once of each that gives up.
base::Result<Applied> Effects::give_up_yes(const Place& at, const model::RedemptionCancelled& fact,
                                           const StandingUse& before) {
  if (before.use.kind != model::UseKind::confirmed || before.use.redemption != fact.redemption) return Applied{};
  MILLPOND_TRY(const auto use, raw_.at({before.lane, before.seq}));
  const auto* const confirmed = use ? std::get_if<model::CouponConfirmed>(&use->body) : nullptr;
  if (confirmed != nullptr && check_receipt_ && check_receipt_(use->stamp.terminal, *confirmed)) return Applied{};
  auto yes = key_of(fact.coupon.value);
  base::append_big_endian(yes, fact.redemption, 8);
  base::append_big_endian(yes, at.stamp.terminal.value, 4);
  MILLPOND_TRY(const auto told, database_.query_integer(
                                    "SELECT 1 FROM hub_log WHERE what='coupon_confirmed' AND substr(content, 1, 20)=?1 "
                                    "LIMIT 1",
                                    yes));
  if (!told) return Applied{};
  MILLPOND_TRY_DO(database_.run("UPDATE uses SET kind=?2 WHERE coupon=?1", fact.coupon, model::UseKind::provisional));
  MILLPOND_TRY_DO(
      database_.run("DELETE FROM confirmations WHERE coupon=?1 AND redemption=?2", fact.coupon, fact.redemption));
  return Applied{};
}

base::Result<Applied> Effects::on(const Place& at, const model::CouponOverRedeemed& fact) {
  if (!fact.coupon || !plausible(fact.value_minor)) return verdict(Code::bad_input);
  const Used used{fact.coupon, fact.member, fact.campaign, fact.value_minor, {}, 0};
  MILLPOND_TRY_DO(book_loss({at.lane, at.waiting.seq}, used, fact.reason));
  if (stays_with_its_holder(fact.reason)) return Applied{};
  MILLPOND_TRY(const auto before, standing_of(fact.coupon));
  if (before) return Applied{};
  MILLPOND_TRY(const auto known, coupon(fact.coupon));
  MILLPOND_TRY_DO(
      count_standing(known, {wire::CouponState::over_redeemed, at.lane, at.waiting.seq, used, {}}, std::nullopt));
  return Applied{};
}

// What the use is worth stands in its own fact; this one says of which lines, and a sale told twice says it once.
base::Result<Applied> Effects::on(const Place& at, const model::CouponApplied& fact) {
  if (!fact.coupon || fact.lines.empty()) return verdict(Code::bad_input);
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < fact.lines.size(); ++i) {
    const auto& each = fact.lines[i];
    const bool ascends = i == 0 || fact.lines[i - 1].line < each.line;
    if (!ascends || each.discount_minor <= 0 || !plausible(each.discount_minor)) return verdict(Code::bad_input);
    sum += each.discount_minor;
    if (!plausible(sum)) return verdict(Code::bad_input);
  }
  MILLPOND_TRY(const bool of_duplicate, duplicate_sale(at, fact.sale, fact.sale_epoch));
  if (of_duplicate) return verdict(Code::sale_duplicate);
  for (const auto& each : fact.lines) {
    MILLPOND_TRY_DO(
        database_.run("INSERT INTO coupon_lines(lane, seq, line, coupon, discount_minor) VALUES(?1, ?2, ?3, ?4, ?5)",
                      at.lane, at.waiting.seq, each.line, fact.coupon, each.discount_minor));
  }
  return Applied{};
}

base::Result<Applied> Effects::book(const Place& at, const Used& used) {
  if (!used.coupon || !plausible(used.value_minor)) return verdict(Code::bad_input);
  const FactPlace here{at.lane, at.waiting.seq};
  MILLPOND_TRY(const auto known, coupon(used.coupon));
  if (known.known && known.row.state == wire::CouponState::voided) {
    MILLPOND_TRY_DO(book_loss(here, used, base::code_name(Code::coupon_void)));
    return verdict(Code::coupon_void);
  }
  MILLPOND_TRY(const auto before, standing_of(used.coupon));
  MILLPOND_TRY(const bool holds, issuer_holds(known));
  MILLPOND_TRY(const bool by_issuer, is_of_issuer(at, known, used.coupon));
  const bool stood = before && before->state == wire::CouponState::redeemed;
  model::Booking booking{holds, stood ? std::optional{before->use} : std::nullopt};
  const model::Use use{used.kind, used.redemption, at.stamp.terminal, at.stamp.epoch, at.waiting.seq};
  const auto booked = model::book_use(booking, use, by_issuer);
  if (booked.breach && at.stamp.terminal == known.row.issuer) {
    MILLPOND_TRY_DO(
        database_.run("INSERT INTO breaches(lane, seq, coupon) VALUES(?1, ?2, ?3)", here.lane, here.seq, used.coupon));
    flags_.push_back({here, model::Signal::right_breached, used.member, used.value_minor});
  }
  if (!booked.counts) {
    auto lost = used;
    if (booked.breach) lost.kind = model::UseKind::provisional;
    MILLPOND_TRY_DO(book_loss(here, lost, base::code_name(Code::coupon_spent)));
    return verdict(Code::coupon_spent);
  }
  if (booked.displaced) MILLPOND_TRY_DO(displace(*before));
  MILLPOND_TRY_DO(
      count_standing(known, {wire::CouponState::redeemed, here.lane, here.seq, used, *booking.standing}, before));
  return Applied{};
}

base::Result<> Effects::displace(const StandingUse& before) {
  displaced_.push_back({before.lane, before.seq});
  return book_loss({before.lane, before.seq}, before.used, base::code_name(Code::coupon_spent));
}

base::Result<> Effects::book_loss(const FactPlace& at, const Used& used, std::string_view reason) {
  counters_.count(Figure::losses, 1);
  counters_.count(Figure::loss_minor, used.value_minor);
  flags_.push_back({at, model::Signal::over_redemption, used.member, used.value_minor});
  return database_.run(
      "INSERT INTO losses(lane, seq, coupon, member, campaign, value_minor, reason, staff, kind) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8)",
      at.lane, at.seq, used.coupon, used.member, used.campaign, used.value_minor, reason.substr(0, 64), used.kind);
}

// A use may arrive before the issue it belongs to, from another terminal; it is remembered until then.
base::Result<> Effects::count_standing(const Coupon& coupon, const StandingUse& now,
                                       const std::optional<StandingUse>& before) {
  const auto& used = now.used;
  MILLPOND_TRY_DO(write_use_.run(used.coupon, now.lane, now.seq, now.state, now.use.kind, now.use.redemption,
                                 now.use.terminal, now.use.epoch, used.member, used.campaign, used.value_minor));
  const bool counted = before && before->state == wire::CouponState::redeemed;
  if (now.state == wire::CouponState::redeemed && !counted) counters_.count(Figure::coupons_redeemed, 1);
  if (!coupon.known || coupon.row.state == wire::CouponState::voided) return {};
  MILLPOND_TRY_DO(write_state_.run(used.coupon, now.state));
  auto row = coupon.row;
  row.state = now.state;
  return feed_.put(wire::RowKind::coupon, key_of(used.coupon.value), wire::encode(row));
}

base::Result<RedeemAnswer> Effects::redeem(const RedeemQuestion& question) {
  MILLPOND_TRY(const auto known, coupon(question.coupon));
  if (!known.known) return RedeemAnswer{model::HubWord::unknown, {}, false};
  const auto& row = known.row;
  if (question.shown && !says_the_same(*question.shown, row)) return refused(Code::code_forged);
  if (row.state == wire::CouponState::voided) return refused(Code::coupon_void);
  MILLPOND_TRY(const bool given_up, was_cancelled(question.redemption, question.terminal));
  if (given_up) return refused(Code::cancelled);
  MILLPOND_TRY(const auto before, standing_of(question.coupon));
  if (before && before->state == wire::CouponState::over_redeemed) return refused(Code::coupon_spent);
  MILLPOND_TRY(const bool holds, issuer_holds(known));
  model::Booking booking{holds, before ? std::optional{before->use} : std::nullopt};
  const bool asked_before = before && before->use.kind == model::UseKind::confirmed;
  const auto answer = model::confirm_use(booking, question.redemption, question.terminal);
  if (answer.word == model::HubWord::refused) return refused(answer.refusal);
  if (answer.word != model::HubWord::confirmed || asked_before) return RedeemAnswer{answer.word, {}, false};
  // A new yes: the terms decide, by the hub's own day.
  auto member = question.member;
  if (row.member && member) {
    MILLPOND_TRY(const bool same, same_person(row.member, member));
    if (same) member = row.member;
  }
  const model::CouponTerms terms{row.member, row.threshold_minor, base::LocalDate{row.not_before_day},
                                 base::LocalDate{row.expires_day}};
  if (const auto why = model::why_not(terms, member, question.goods_minor, question.today)) {
    return RedeemAnswer{model::HubWord::refused, *why, false};
  }
  MILLPOND_TRY_DO(confirm(known, {question.coupon, question.redemption, question.terminal, member}, before));
  return RedeemAnswer{model::HubWord::confirmed, {}, true, {}, member};
}

base::Result<bool> Effects::was_cancelled(std::uint64_t redemption, base::TerminalId terminal) {
  MILLPOND_TRY(const auto found,
               database_.query_integer("SELECT 1 FROM cancelled_redemptions WHERE redemption=?1 AND terminal=?2",
                                       redemption, terminal));
  return found.has_value();
}

// One that was told as provisional before the hub was asked again stays as its fact says it, and is confirmed. Its
// number goes by the sale: a till that went over to another terminal tells it there as well.
base::Result<> Effects::confirm(const Coupon& known, const Confirmation& told,
                                const std::optional<StandingUse>& before) {
  const model::Use use{model::UseKind::confirmed, told.redemption, told.terminal, {}, {}};
  StandingUse now{wire::CouponState::redeemed,
                  0,
                  {},
                  {told.coupon, told.member, known.row.campaign, known.row.value_minor, use.kind, told.redemption},
                  use};
  const bool same = before && before->state == wire::CouponState::redeemed && told.redemption != 0 &&
                    before->use.redemption == told.redemption;
  if (same) {
    now = *before;
    now.use.kind = use.kind;
    now.used.kind = use.kind;
  }
  return count_standing(known, now, before);
}

// Where projections are made anew, the log tells a yes behind all facts that were held when it was given, also those
// that came to their turn after it: what they would have met then has to come out now.
base::Result<> Effects::book_confirmation(const Confirmation& told) {
  MILLPOND_TRY(const bool given_up, was_cancelled(told.redemption, told.terminal));
  if (given_up) return {};
  MILLPOND_TRY(const auto before, standing_of(told.coupon));
  const bool stood = before && before->state == wire::CouponState::redeemed;
  model::Booking booking{false, stood ? std::optional{before->use} : std::nullopt};
  const model::Use use{model::UseKind::confirmed, told.redemption, told.terminal, {}, {}};
  const bool told_before = stood && before->use.kind == model::UseKind::confirmed;
  const auto booked = model::book_use(booking, use, false);
  if (!booked.counts || (told_before && !booked.displaced)) return {};
  if (booked.displaced) MILLPOND_TRY_DO(displace(*before));
  MILLPOND_TRY(auto known, coupon(told.coupon));
  if (known.known && known.row.state == wire::CouponState::voided) {
    MILLPOND_TRY_DO(keep_coupon(told.coupon, known, known.row.value_minor));
    known.row.state = wire::CouponState::issued;
    counters_.count(Figure::coupons_issued, 1);
  }
  return confirm(known, told, before);
}

}  // namespace millpond::hub
