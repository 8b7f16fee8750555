// SPDX-License-Identifier: Apache-2.0
// What makes a sale the same sale, and what takes points back.
#include "sync/hub/core/effects.h"
#include "sync/model/rules.h"
#include "sync/wire/canonical.h"

namespace millpond::hub {
namespace {

using base::Code;

// Tills that do not know their merchant number are told apart by their store.
std::string merchant_of(const model::SaleRecorded& fact, const model::Tender& tender) {
  return tender.merchant.empty() ? "/" + std::to_string(fact.key.store.value) : tender.merchant;
}

}  // namespace

base::Result<bool> Effects::paid_before(const model::SaleRecorded& fact) {
  for (const auto& tender : fact.tenders) {
    if (tender.provider_transaction.empty()) continue;
    MILLPOND_TRY(const auto known,
                 find_payment_.integer(tender.type, merchant_of(fact, tender), tender.provider_transaction));
    if (known) return true;
  }
  return false;
}

base::Result<> Effects::know_payments(const model::SaleRecorded& fact) {
  for (const auto& tender : fact.tenders) {
    if (tender.provider_transaction.empty()) continue;
    MILLPOND_TRY_DO(insert_payment_.run(tender.type, merchant_of(fact, tender), tender.provider_transaction));
  }
  return {};
}

base::Result<std::optional<Lane>> Effects::lane_of(const Place& at, base::Epoch epoch) {
  if (!epoch || epoch == at.stamp.epoch) return std::optional{at.lane};
  return database_.query_integer("SELECT lane FROM epochs WHERE terminal=?1 AND epoch=?2", at.stamp.terminal, epoch);
}

// From the raw batch, because reversals are rare and an index over every event would be paid by every event.
base::Result<std::optional<model::PointsEarned>> Effects::find_earned(Lane lane, base::Seq seq) {
  std::optional<model::PointsEarned> earned;
  MILLPOND_TRY(auto row, database_.prepare("SELECT no, first_seq, last_seq, raw FROM batches WHERE lane=?1 AND "
                                           "from_seq<=?2 ORDER BY from_seq DESC LIMIT 1"));
  MILLPOND_TRY_DO(row.bind(lane, seq));
  MILLPOND_TRY(const bool found, row.step());
  if (!found || seq.value > row.unsigned_integer(2)) return earned;
  if (earned_batch_.first != row.unsigned_integer(0)) {
    MILLPOND_TRY(auto request, wire::decode_up_request(row.bytes(3)));
    earned_batch_ = {row.unsigned_integer(0), std::move(request.rows)};
  }
  const auto& rows = earned_batch_.second;
  const auto at = seq.value - row.unsigned_integer(1);
  const auto fact = at < rows.size() ? wire::decode_fact(rows[at].canonical)
                                     : base::Result<model::Fact>{base::Error{Code::not_found, "find fact", ""}};
  const auto* const body = fact ? std::get_if<model::PointsEarned>(&fact->body) : nullptr;
  if (body == nullptr) return earned;
  // What was told something was not booked, but for the earnings of somebody who has left.
  MILLPOND_TRY(auto told, database_.prepare("SELECT code FROM verdicts WHERE lane=?1 AND seq=?2"));
  MILLPOND_TRY_DO(told.bind(lane, seq));
  MILLPOND_TRY(const bool any, told.step());
  if (any && told.text(0) != base::code_name(Code::member_unknown)) return earned;
  earned = *body;
  return earned;
}

base::Result<std::int64_t> Effects::person_points(base::MemberId id) {
  MILLPOND_TRY(const auto root, root_of(id));
  MILLPOND_TRY(const auto group, group_of(root));
  std::int64_t sum = 0;
  for (const auto each : group) {
    MILLPOND_TRY(const auto* const state, member(each));
    if (__builtin_add_overflow(sum, state->points, &sum)) return state->points;
  }
  return sum;
}

base::Result<bool> Effects::same_person(base::MemberId one, base::MemberId other) {
  if (one == other) return true;
  MILLPOND_TRY(const auto root, root_of(one));
  MILLPOND_TRY(const auto other_root, root_of(other));
  return root == other_root;
}

// Points of campaigns count at once; what waits for the hub's word is kept and counts nothing. The rest is kept by
// member and campaign, for whoever asks how often somebody had it.
base::Result<Applied> Effects::on(const Place& at, const model::AwardGiven& fact) {
  const bool points = fact.kind == model::ActionKind::points;
  if (!fact.member || !fact.campaign || fact.kind == model::ActionKind::coupon ||
      fact.kind == model::ActionKind::pack) {
    return Applied{0, Code::bad_input};
  }
  if (points && (fact.number <= 0 || fact.number > model::points_per_sale_max)) return Applied{0, Code::bad_input};
  MILLPOND_TRY(const bool of_duplicate, duplicate_sale(at, fact.sale, fact.sale_epoch));
  if (of_duplicate) return Applied{0, Code::sale_duplicate};
  MILLPOND_TRY(auto* const state, member(fact.member));
  const bool counts = points && !fact.deferred;
  std::int64_t sum = 0;
  if (counts && __builtin_add_overflow(state->points, fact.number, &sum)) return Applied{0, Code::bad_input};
  MILLPOND_TRY_DO(database_.run(
      "INSERT OR IGNORE INTO awards(cause, lane, seq, member, campaign, kind, number, word, variant, day, deferred) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
      fact.cause, at.lane, at.waiting.seq, fact.member, fact.campaign, fact.kind, fact.number, fact.word, fact.variant,
      at.stamp.local_date.days, fact.deferred));
  if (database_.changes() == 0) return Applied{0, Code::award_duplicate};
  if (!counts) return Applied{};
  state->points = sum;
  state->version += 1;
  state->changed = true;
  if (state->enrolled == Enrolled::removed) return Applied{fact.number, Code::member_unknown};
  return Applied{fact.number, std::nullopt};
}

base::Result<Applied> Effects::on(const Place& at, const model::PointsReversed& fact) {
  const Applied refused{0, Code::bad_input};
  if (!fact.member || fact.points <= 0 || fact.points > model::points_per_sale_max) return refused;
  MILLPOND_TRY(const auto lane, lane_of(at, fact.earned_epoch));
  if (!lane) return refused;
  auto applied = std::optional{static_cast<std::int64_t>(at.waiting.seq.value) - 1};
  if (*lane != at.lane) {
    MILLPOND_TRY(applied, database_.query_integer("SELECT projected FROM epochs WHERE lane=?1", *lane));
  }
  if (fact.earned.value > static_cast<std::uint64_t>(applied.value_or(0))) return refused;
  MILLPOND_TRY(const auto earned, find_earned(*lane, fact.earned));
  if (!earned) return refused;
  MILLPOND_TRY(const bool same, same_person(fact.member, earned->member));
  MILLPOND_TRY(const auto before,
               database_.query_integer("SELECT points FROM reversals WHERE lane=?1 AND seq=?2", *lane, fact.earned));
  MILLPOND_TRY(auto* const state, member(fact.member));
  std::int64_t left = 0;
  const bool fits =
      fact.points <= earned->points - before.value_or(0) && !__builtin_sub_overflow(state->points, fact.points, &left);
  if (!same || !fits) return refused;
  MILLPOND_TRY_DO(
      database_.run("INSERT INTO reversals(lane, seq, points) VALUES(?1, ?2, ?3) ON CONFLICT(lane, seq) "
                    "DO UPDATE SET points=points+excluded.points",
                    *lane, fact.earned, fact.points));
  state->points = left;
  state->version += 1;
  state->changed = true;
  MILLPOND_TRY(const auto balance, person_points(fact.member));
  if (balance < 0) return Applied{-fact.points, Code::points_overdrawn};
  return Applied{-fact.points, std::nullopt};
}

}  // namespace millpond::hub
