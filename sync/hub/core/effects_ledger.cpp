// SPDX-License-Identifier: Apache-2.0
// What makes a sale the same sale, who a member is, and points that no sale brought.
#include "sync/hub/core/effects.h"
#include "sync/model/allocate.h"
#include "sync/model/rules.h"

#include <algorithm>

namespace millpond::hub {
namespace {

using base::Code;

// Tills that do not know their merchant number are told apart by their store.
std::string merchant_of(const model::SaleRecorded& fact, const model::Tender& tender) {
  return tender.merchant.empty() ? "/" + std::to_string(fact.key.store.value) : tender.merchant;
}

// A notice knows the merchant, a till perhaps only its store.
std::vector<std::string> merchants_of(const Lane lane, const model::SaleRecorded& fact, const model::Tender& tender) {
  std::vector<std::string> names{merchant_of(fact, tender)};
  if (lane == 0 && !tender.merchant.empty()) names.push_back(merchant_of(fact, {}));
  return names;
}

// Whether the number is one payment's and no other's. Wallets give 28 digits. What a card's slip has may be an issuer's
// approval of six, which comes again with another card: a retrieval reference has twelve. A drawer's number is
// nobody's.
bool names_a_payment(const model::Tender& tender) {
  constexpr std::size_t card_number_min = 10;
  switch (tender.type) {
    case model::TenderType::wechat_pay:
    case model::TenderType::alipay:
      return !tender.provider_transaction.empty();
    case model::TenderType::card:
      return tender.provider_transaction.size() >= card_number_min;
    default:
      return false;
  }
}

}  // namespace

base::Result<PaidBefore> Effects::paid_before(const Place& at, const model::SaleRecorded& fact) {
  PaidBefore paid;
  for (const auto& tender : fact.tenders) {
    if (!names_a_payment(tender)) continue;
    for (const auto& merchant : merchants_of(at.lane, fact, tender)) {
      SaleTeller teller;
      const auto read = [&](const sqlite::Statement& row) {
        teller = {{row.integer(0), {row.unsigned_integer(1)}}, {row.unsigned_integer(2)}};
      };
      MILLPOND_TRY(const bool known, find_payment_.first(read, tender.type, merchant, tender.provider_transaction));
      if (!known) continue;
      const auto& place = teller.place;
      if (place.lane == 0 && place.seq && at.lane != 0) {
        if (std::ranges::count(paid.by_hub, place.seq) == 0) paid.by_hub.push_back(place.seq);
      } else if (!paid.first || (paid.first->place.lane == 0 && place.lane != 0)) {
        paid.first = teller;
      }
    }
  }
  return paid;
}

base::Result<> Effects::know_payments(Lane from, const model::SaleRecorded& fact, const SaleTeller& teller) {
  for (const auto& tender : fact.tenders) {
    if (!names_a_payment(tender)) continue;
    for (const auto& merchant : merchants_of(from, fact, tender)) {
      MILLPOND_TRY_DO(insert_payment_.run(tender.type, merchant, tender.provider_transaction, teller.place.lane,
                                          teller.place.seq, teller.member));
    }
  }
  return {};
}

// One that its terminal gave points for after all waits for none of the hub's.
base::Result<> Effects::take_unrated(const Place& at, const model::PointsEarned& fact) {
  MILLPOND_TRY(const auto lane, lane_of(at, fact.sale_epoch));
  if (!lane) return {};
  return database_.run("DELETE FROM unrated WHERE lane=?1 AND seq=?2", *lane, fact.sale);
}

// What came back of the sale by now takes its part of the points with it.
base::Result<Applied> Effects::rate(const FactPlace& sale, const WaitingFact& waiting) {
  const auto* const earned = std::get_if<model::PointsEarned>(&waiting.fact->body);
  if (earned == nullptr || earned->points < 0 || earned->points > model::points_per_sale_max) {
    return Applied{0, Code::bad_input};
  }
  MILLPOND_TRY_DO(database_.run("DELETE FROM unrated WHERE lane=?1 AND seq=?2", sale.lane, sale.seq));
  if (database_.changes() == 0) return Applied{0, Code::sale_duplicate};
  const Place at{0, waiting.fact->stamp, waiting};
  MILLPOND_TRY(const auto applied, earn(at, sale, *earned));
  MILLPOND_TRY(const auto back,
               database_.query_integer("SELECT 1 FROM refunded WHERE lane=?1 AND seq=?2", sale.lane, sale.seq));
  if (back) MILLPOND_TRY_DO(take_back(at, sale));
  return applied;
}

base::Result<std::optional<Lane>> Effects::lane_of(const Place& at, base::Epoch epoch) {
  if (!epoch || epoch == at.stamp.epoch) return std::optional{at.lane};
  return database_.query_integer("SELECT lane FROM epochs WHERE terminal=?1 AND epoch=?2", at.stamp.terminal, epoch);
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
  const bool coupon = fact.kind == model::ActionKind::coupon;  // given it is a CouponIssued; promised it waits here
  const bool unfit = fact.kind == model::ActionKind::pack || (coupon && (!fact.deferred || fact.number <= 0));
  if (!fact.member || !fact.campaign || unfit) return Applied{0, Code::bad_input};
  if (points && (fact.number <= 0 || fact.number > model::points_per_sale_max)) return Applied{0, Code::bad_input};
  MILLPOND_TRY(const bool of_duplicate, duplicate_sale(at, fact.sale, fact.sale_epoch));
  if (of_duplicate) return Applied{0, Code::sale_duplicate};
  if (points && !fact.deferred) {
    MILLPOND_TRY(const auto* const state, member(fact.member));
    std::int64_t sum = 0;
    if (__builtin_add_overflow(state->points, fact.number, &sum)) return Applied{0, Code::bad_input};
  }
  MILLPOND_TRY(const bool first, keep_award(at, fact));
  if (!first) return Applied{0, Code::award_duplicate};
  MILLPOND_TRY(const auto sale, sale_place(at, fact.sale, fact.sale_epoch));
  if (!fact.deferred) return give(at, fact, sale, sale);
  // Of a sale that comes only later nobody is promised anything, however often projections are made anew.
  const FactPlace here{at.lane, at.waiting.seq};
  MILLPOND_TRY(const bool told, raw_.is_projected(sale, here));
  if (told) MILLPOND_TRY_DO(campaigns_.promise(here, fact.cause, sale));
  return Applied{};
}

// False for one that its cause has given before.
base::Result<bool> Effects::keep_award(const Place& at, const model::AwardGiven& fact) {
  MILLPOND_TRY_DO(database_.run(
      "INSERT OR IGNORE INTO awards(cause, lane, seq, member, campaign, kind, number, word, variant, day, deferred) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
      fact.cause, at.lane, at.waiting.seq, fact.member, fact.campaign, fact.kind, fact.number, fact.word, fact.variant,
      at.stamp.local_date.days, fact.deferred));
  return database_.changes() > 0;
}

base::Result<Applied> Effects::give(const Place& at, const model::AwardGiven& fact, const FactPlace& sale,
                                    const FactPlace& occasion) {
  MILLPOND_TRY(auto* const state, member(fact.member));
  MILLPOND_TRY_DO(count_given(at, fact.member, fact.campaign, occasion));
  if (fact.kind != model::ActionKind::points) {
    const model::MemberMark tag{model::MarkKind::tag, fact.word};
    const bool tags = fact.kind == model::ActionKind::tag && model::check_mark(tag);
    if (tags && state->enrolled != Enrolled::removed && model::apply_mark(state->marks, tag)) {
      state->version += 1;
      state->changed = true;
    }
    return Applied{};
  }
  MILLPOND_TRY_DO(give_lot(at, sale, fact.member, fact.number, model::LotSource::campaign));
  state->points = model::add_held(state->points, fact.number);
  state->version += 1;
  state->changed = true;
  if (state->enrolled == Enrolled::removed) return Applied{fact.number, Code::member_unknown};
  return Applied{fact.number, std::nullopt};
}

// --- lots

// A clock that is ahead of the hub's does not make points older than they are.
LotMoment Effects::lot_moment(const Place& at, base::MemberId member) {
  const auto occurred_ms = std::min(at.stamp.occurred_at_ms, at.waiting.received_ms);
  return {member, {at.lane, at.waiting.seq}, occurred_ms, at.stamp.local_date, at.stamp.programme_version};
}

// (0, 0) for points that no sale brought, or one of an epoch that is not known here.
base::Result<FactPlace> Effects::sale_place(const Place& at, base::Seq sale, base::Epoch sale_epoch) {
  MILLPOND_TRY(const auto lane, lane_of(at, sale_epoch));
  return sale && lane ? FactPlace{*lane, sale} : FactPlace{};
}

base::Result<> Effects::give_lot(const Place& at, const FactPlace& sale, base::MemberId id, std::int64_t points,
                                 model::LotSource source) {
  MILLPOND_TRY(const auto* const state, member(id));
  if (state->enrolled == Enrolled::removed) return {};
  return lots_.give(lot_moment(at, id), sale, points, source, state->points);
}

// What one number of a person lost and another one owes is not lost twice.
base::Result<std::int64_t> Effects::points_due(base::MemberId id, std::int64_t until_ms) {
  MILLPOND_TRY(const auto* const state, member(id));
  if (state->enrolled == Enrolled::removed) return 0;
  MILLPOND_TRY(const auto due, lots_.due(id, until_ms));
  if (due.ended == 0) return 0;
  MILLPOND_TRY(const auto person, person_points(id));
  const auto owed_by_others = std::max<std::int64_t>(state->points - person, 0);
  return std::max<std::int64_t>(due.ended - std::max<std::int64_t>(owed_by_others - due.good, 0), 0);
}

base::Result<Applied> Effects::adjust_points(const LotMoment& moment, std::int64_t points) {
  MILLPOND_TRY(auto* const state, member(moment.member));
  if (state->enrolled == Enrolled::removed) return Applied{};
  const auto before = state->points;
  state->points = model::add_held(before, points);
  MILLPOND_TRY_DO(lots_.adjust(moment, state->points - before));
  state->version += 1;
  state->changed = true;
  return Applied{state->points - before, std::nullopt};
}

base::Result<Applied> Effects::expire_points(base::MemberId id, std::int64_t until_ms) {
  MILLPOND_TRY(const auto points, points_due(id, until_ms));
  if (points == 0) return Applied{};
  MILLPOND_TRY_DO(lots_.expire(id, until_ms, points));
  MILLPOND_TRY(auto* const state, member(id));
  state->points -= points;
  state->version += 1;
  state->changed = true;
  return Applied{-points, std::nullopt};
}

}  // namespace millpond::hub
