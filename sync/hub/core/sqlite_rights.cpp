// SPDX-License-Identifier: Apache-2.0
// Rights as people and terminals ask for them: one redemption, what every terminal holds, a right that is given up.
#include "sync/hub/core/sqlite_store.h"

namespace millpond::hub {

using base::Code;
using base::Error;

base::Result<RedeemAnswer> SqliteHubStore::redeem(const RedeemQuestion& question, std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(const auto standing, read_standing(question.terminal));
  if (standing.suspends(question.epoch)) {
    return RedeemAnswer{model::HubWord::refused, {Code::value_suspended, 0, {}}, false};
  }
  {
    MILLPOND_TRY(auto row, database_->prepare("SELECT redemption, terminal FROM confirmations WHERE coupon=?1"));
    MILLPOND_TRY_DO(row.bind(question.coupon));
    MILLPOND_TRY(const bool told, row.step());
    if (told) {
      const bool same =
          row.unsigned_integer(0) == question.redemption && row.unsigned_integer(1) == question.terminal.value;
      if (same) return RedeemAnswer{model::HubWord::confirmed, {}, false};
      return RedeemAnswer{model::HubWord::refused, {Code::coupon_spent, 0, {}}, false};
    }
  }
  MILLPOND_TRY(auto counters, load_counters(*database_));
  FeedRows feed{*database_, counters};
  Effects effects{*database_, feed, counters};
  MILLPOND_TRY(auto answer, effects.redeem(question));
  if (answer.word == model::HubWord::unknown && question.limits) {
    MILLPOND_TRY(const bool room, has_room(question, answer.open));
    if (!room) return RedeemAnswer{model::HubWord::refused, {Code::coupon_cap_terminal, 0, {}}, false};
  }
  if (!answer.is_new) return answer;
  MILLPOND_TRY(const bool too_many, used_up(question, now_ms));
  if (too_many) return RedeemAnswer{model::HubWord::refused, {Code::coupon_cap_terminal, 0, {}}, false};
  MILLPOND_TRY_DO(save_counters(*database_, counters));
  MILLPOND_TRY_DO(
      database_->run("INSERT INTO confirmations(coupon, redemption, terminal, at_ms) VALUES(?1, ?2, ?3, ?4)",
                     question.coupon, question.redemption, question.terminal, now_ms));
  auto content = key_of(question.coupon.value);
  base::append_big_endian(content, question.redemption, 8);
  base::append_big_endian(content, question.terminal.value, 4);
  base::append_big_endian(content, answer.member.value, 8);
  MILLPOND_TRY_DO(append_log(log_coupon_confirmed, content, now_ms));
  MILLPOND_TRY_DO(transaction.commit());
  return answer;
}

// Whether the terminal was told yes as often in a day as it may be: one that was stolen asks about every coupon that it
// was told of.
base::Result<bool> SqliteHubStore::used_up(const RedeemQuestion& question, std::int64_t now_ms) {
  if (question.uses_day_max == 0) return false;
  MILLPOND_TRY(const auto told, database_->query_integer(
                                    "SELECT count(*) FROM confirmations WHERE terminal=?1 AND at_ms>?2 AND at_ms<=?3",
                                    question.terminal, now_ms - bounded_day_ms, now_ms));
  return told.value_or(0) >= std::int64_t{question.uses_day_max};
}

// Whether one more provisional use of rights that somebody else keeps is within the terminal's limits. Those that lost
// to another terminal's count too: nothing of them is settled before their issuer is heard, and each acknowledgement
// lets the terminal begin anew. What arrived and is not applied yet might be such a use. Kind and state stand as
// numbers, or the indices of provisional uses and losses are not used.
base::Result<bool> SqliteHubStore::has_room(const RedeemQuestion& question, model::Outstanding& open) {
  MILLPOND_TRY(const auto waiting,
               database_->query_integer("SELECT 1 FROM epochs WHERE terminal=?1 AND through>projected LIMIT 1",
                                        question.terminal));
  if (waiting) return false;
  MILLPOND_TRY(auto row,
               database_->prepare(
                   "SELECT count(*), coalesce(sum(u.value_minor), 0) FROM (SELECT coupon, value_minor FROM uses "
                   "WHERE terminal=?1 AND kind=3 AND state=2 AND redemption<>?2 UNION ALL SELECT l.coupon, "
                   "l.value_minor FROM epochs e JOIN losses l ON l.lane=e.lane WHERE e.terminal=?1 AND l.kind=3) u "
                   "LEFT JOIN coupons c ON c.coupon=u.coupon LEFT JOIN releases r ON r.lane=c.lane "
                   "WHERE c.coupon IS NULL OR c.seq>coalesce(r.through, 0)"));
  MILLPOND_TRY_DO(row.bind(question.terminal, question.redemption));
  MILLPOND_TRY_DO(row.step());
  MILLPOND_TRY(const auto value,
               database_->query_integer("SELECT value_minor FROM coupons WHERE coupon=?1", question.coupon));
  open.uses = static_cast<std::uint32_t>(row.unsigned_integer(0));
  open.minor = row.integer(1);
  const auto& limits = *question.limits;
  return open.uses < limits.outstanding_uses_max &&
         open.minor + value.value_or(limits.value_minor_max) <= limits.outstanding_minor_max;
}

base::Result<std::vector<RightsStanding>> SqliteHubStore::rights() {
  const std::lock_guard lock{lock_};
  std::vector<RightsStanding> all;
  MILLPOND_TRY(
      auto row,
      database_->prepare(
          "SELECT t.terminal, t.revoked, (SELECT max(e.received_ms) FROM epochs e WHERE e.terminal=t.terminal), "
          "h.held, h.minor, l.losses, l.minor, b.breaches FROM terminals t "
          "LEFT JOIN (SELECT c.issuer AS terminal, count(*) AS held, sum(c.value_minor) AS minor FROM coupons c "
          "LEFT JOIN releases r ON r.lane=c.lane WHERE c.state=1 AND c.seq>coalesce(r.through, 0) GROUP BY c.issuer) h "
          "ON h.terminal=t.terminal "
          "LEFT JOIN (SELECT e.terminal, count(*) AS losses, sum(l.value_minor) AS minor FROM losses l JOIN epochs e "
          "ON e.lane=l.lane GROUP BY e.terminal) l ON l.terminal=t.terminal "
          "LEFT JOIN (SELECT e.terminal, count(*) AS breaches FROM breaches b JOIN epochs e ON e.lane=b.lane "
          "GROUP BY e.terminal) b ON b.terminal=t.terminal ORDER BY t.terminal"));
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return all;
    RightsStanding standing;
    standing.terminal = {static_cast<std::uint32_t>(row.integer(0))};
    standing.revoked = row.integer(1) != 0;
    standing.last_received_ms = row.integer(2);
    standing.held = row.unsigned_integer(3);
    standing.held_minor = row.integer(4);
    standing.losses = row.unsigned_integer(5);
    standing.loss_minor = row.integer(6);
    standing.breaches = row.unsigned_integer(7);
    all.push_back(standing);
  }
}

base::Result<CouponBooked> SqliteHubStore::coupon_booked(base::CouponId coupon) {
  const std::lock_guard lock{lock_};
  CouponBooked booked;
  MILLPOND_TRY(auto use, database_->prepare("SELECT state, value_minor FROM uses WHERE coupon=?1"));
  MILLPOND_TRY_DO(use.bind(coupon));
  MILLPOND_TRY(const bool used, use.step());
  if (used) {
    booked.state = static_cast<wire::CouponState>(use.integer(0));
    booked.value_minor = use.integer(1);
  }
  MILLPOND_TRY(auto row, database_->prepare("SELECT line, discount_minor FROM coupon_lines WHERE coupon=?1 "
                                            "ORDER BY lane, seq, line"));
  MILLPOND_TRY_DO(row.bind(coupon));
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return booked;
    booked.lines.push_back({static_cast<std::uint32_t>(row.integer(0)), row.integer(1)});
  }
}

base::Result<std::uint64_t> SqliteHubStore::break_rights(base::TerminalId terminal, std::int64_t silent_since_ms,
                                                         std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(const auto known, read_terminal(terminal));
  if (!known) return Error{Code::not_found, "break rights", "no terminal " + std::to_string(terminal.value)};
  std::vector<std::pair<Lane, std::uint64_t>> lanes;
  {
    MILLPOND_TRY(auto row, database_->prepare("SELECT lane, through, received_ms FROM epochs WHERE terminal=?1"));
    MILLPOND_TRY_DO(row.bind(terminal));
    for (;;) {
      MILLPOND_TRY(const bool found, row.step());
      if (!found) break;
      if (row.integer(2) > silent_since_ms) {
        return Error{Code::bad_input, "break rights",
                     "terminal " + std::to_string(terminal.value) + " was heard of since"};
      }
      lanes.emplace_back(row.integer(0), row.unsigned_integer(1));
    }
  }
  for (const auto& [lane, through] : lanes) {
    auto content = key_of(static_cast<std::uint64_t>(lane));
    base::append_big_endian(content, through, 8);
    MILLPOND_TRY_DO(append_log(log_rights_broken, content, now_ms));
  }
  MILLPOND_TRY_DO(transaction.commit());
  return lanes.size();
}

}  // namespace millpond::hub
