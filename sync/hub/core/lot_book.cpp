// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/core/lot_book.h"

#include <algorithm>
#include <string>

namespace millpond::hub {
namespace {

using model::never_ms;

constexpr std::string_view is_active = "remaining>0 AND active_at_ms<=?2 AND expires_at_ms>?2";
constexpr std::string_view is_good = "remaining>0 AND expires_at_ms>?2";
constexpr std::int64_t for_ever_part = 0;  // of place (0, 0), where no fact is

std::int64_t repay(std::int64_t& debt, std::int64_t points) {
  const auto repaid = std::min(points, debt);
  debt -= repaid;
  return points - repaid;
}

}  // namespace

void LotStanding::add(const LotStanding& other) {
  for (const auto& each : other.pending) {
    const auto same = std::ranges::find(pending, each.active_day, &wire::PendingPoints::active_day);
    if (same != pending.end()) {
      same->points += each.points;
    } else {
      pending.push_back(each);
    }
  }
  std::ranges::sort(pending, {}, &wire::PendingPoints::active_day);
  for (const auto& [day, points] : other.ends) ends[day] += points;
}

void tell_lots(wire::MemberRow& row, const LotStanding& standing) {
  row.pending = standing.pending;
  while (row.pending.size() > wire::member_pending_max) {
    auto last = row.pending.back();
    row.pending.pop_back();
    last.points += row.pending.back().points;
    row.pending.back() = last;
  }
  std::int64_t later = 0;
  for (const auto& [day, points] : standing.ends) later += points;
  std::int64_t ended = 0;
  for (const auto& [day, points] : standing.ends) {
    if (day == 0) continue;
    ended += points;
    later -= points;
    const auto lost = std::clamp<std::int64_t>(row.points - later, 0, ended);
    if (lost == 0) continue;
    row.expires_day = day;
    row.expiring_points = lost;
    return;
  }
}

LotBook::LotBook(sqlite::Connection& database, KnownProgrammes& programmes)
    : database_{database}, programmes_{programmes} {}

base::Result<bool> LotBook::in_use() {
  if (!in_use_) {
    MILLPOND_TRY(const auto any, database_.query_integer("SELECT 1 FROM ledgers LIMIT 1"));
    in_use_ = any.has_value();
  }
  return *in_use_;
}

base::Result<std::optional<LotBook::Ledger>> LotBook::find(base::MemberId member) {
  std::optional<Ledger> ledger;
  MILLPOND_TRY(const bool used, in_use());
  if (!used) return ledger;
  MILLPOND_TRY(auto row, database_.prepare("SELECT debt, revived, as_of_ms FROM ledgers WHERE member=?1 AND closed=0"));
  MILLPOND_TRY_DO(row.bind(member));
  MILLPOND_TRY(const bool found, row.step());
  if (found) ledger = Ledger{row.integer(0), row.integer(1), row.integer(2)};
  return ledger;
}

base::Result<> LotBook::keep(const LotMoment& moment, Ledger& ledger) {
  ledger.as_of_ms = std::max(ledger.as_of_ms, moment.occurred_ms);
  in_use_ = true;
  return database_.run(
      "INSERT INTO ledgers(member, debt, revived, as_of_ms, closed) VALUES(?1, ?2, ?3, ?4, 0) ON CONFLICT(member) DO "
      "UPDATE SET debt=excluded.debt, revived=excluded.revived, as_of_ms=excluded.as_of_ms",
      moment.member, ledger.debt, ledger.revived, ledger.as_of_ms);
}

template <class... Args>
base::Result<std::vector<LotBook::Lot>> LotBook::select(base::MemberId member, std::string_view rest,
                                                        const Args&... args) {
  MILLPOND_TRY(auto row,
               database_.prepare("SELECT lane, seq, part, granted, remaining, expired, active_at_ms, "
                                 "expires_at_ms, active_day, expires_day FROM lots WHERE member=?1 AND " +
                                 std::string{rest} + " ORDER BY expires_at_ms, occurred_ms, lane, seq, part"));
  MILLPOND_TRY_DO(row.bind(member, args...));
  std::vector<Lot> found;
  for (;;) {
    MILLPOND_TRY(const bool any, row.step());
    if (!any) return found;
    found.push_back({{row.integer(0), {row.unsigned_integer(1)}},
                     row.integer(2),
                     row.integer(3),
                     row.integer(4),
                     row.integer(5),
                     row.integer(6),
                     row.integer(7),
                     static_cast<std::int32_t>(row.integer(8)),
                     static_cast<std::int32_t>(row.integer(9))});
  }
}

base::Result<> LotBook::write(base::MemberId member, const Lot& lot) {
  return database_.run(
      "UPDATE lots SET granted=?5, remaining=?6, expired=?7 WHERE member=?1 AND lane=?2 AND seq=?3 AND part=?4", member,
      lot.from.lane, lot.from.seq, lot.part, lot.granted, lot.remaining, lot.expired);
}

base::Result<> LotBook::insert(const LotMoment& moment, const FactPlace& sale, model::LotSource source,
                               const Lot& lot) {
  return database_.run(
      "INSERT INTO lots(member, lane, seq, part, source, sale_lane, sale_seq, occurred_ms, granted, remaining, "
      "expired, active_at_ms, expires_at_ms, active_day, expires_day) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
      "0, ?11, ?12, ?13, ?14)",
      moment.member, lot.from.lane, lot.from.seq, lot.part, source, sale.lane, sale.seq, moment.occurred_ms,
      lot.granted, lot.remaining, lot.active_at_ms, lot.expires_at_ms, lot.active_day, lot.expires_day);
}

base::Result<> LotBook::give(const LotMoment& moment, const FactPlace& sale, std::int64_t points,
                             model::LotSource source, std::int64_t before) {
  if (points <= 0) return {};
  MILLPOND_TRY(const auto* const programme, programmes_.of_version(moment.programme_version));
  const bool has_terms = programme != nullptr && programme->lots;
  MILLPOND_TRY(const bool used, in_use());
  if (!has_terms && !used) return {};
  MILLPOND_TRY(auto ledger, find(moment.member));
  if (!ledger) {
    if (!has_terms) return {};
    ledger.emplace();
    ledger->debt = std::max<std::int64_t>(-before, 0);
    if (before > 0) MILLPOND_TRY_DO(put_for_ever(moment.member, before));
  }
  model::LotTimes times{moment.occurred_ms, never_ms};
  Lot lot{moment.at, 0, points, repay(ledger->debt, points), 0, 0, 0, moment.local_date.days, 0};
  if (has_terms) {
    const auto& zone = programme->zone;
    times = model::lot_times(*programme->lots, zone, moment.occurred_ms, moment.local_date);
    lot.active_day = model::date_in_zone(zone, times.active_at_ms).days;
    if (times.expires_at_ms != never_ms) lot.expires_day = model::date_in_zone(zone, times.expires_at_ms - 1).days;
  }
  lot.active_at_ms = times.active_at_ms;
  lot.expires_at_ms = times.expires_at_ms;
  MILLPOND_TRY_DO(insert(moment, sale, source, lot));
  return keep(moment, *ledger);
}

base::Result<> LotBook::adjust(const LotMoment& moment, std::int64_t points) {
  MILLPOND_TRY(auto ledger, find(moment.member));
  if (!ledger) return {};
  if (points < 0) {
    MILLPOND_TRY_DO(take_or_owe(moment, *ledger, -points));
  } else {
    MILLPOND_TRY_DO(put_for_ever(moment.member, repay(ledger->debt, points)));
  }
  return keep(moment, *ledger);
}

// What the member had before, or was given back of it, or by hand.
base::Result<> LotBook::put_for_ever(base::MemberId member, std::int64_t points) {
  if (points == 0) return {};
  return database_.run(
      "INSERT INTO lots(member, lane, seq, part, source, sale_lane, sale_seq, occurred_ms, granted, remaining, "
      "expired, active_at_ms, expires_at_ms, active_day, expires_day) VALUES(?1, 0, 0, ?2, ?3, 0, 0, 0, ?4, ?4, 0, 0, "
      "?5, 0, 0) ON CONFLICT(member, lane, seq, part) DO UPDATE SET granted=granted+excluded.granted, "
      "remaining=remaining+excluded.remaining",
      member, for_ever_part, model::LotSource::imported, points, never_ms);
}

base::Result<LotBook::Spent> LotBook::spend(const LotMoment& moment, const FactPlace& sale, std::int64_t wanted,
                                            std::int64_t covered) {
  Spent spent;
  MILLPOND_TRY(auto ledger, find(moment.member));
  if (!ledger) {
    spent.paid = std::min(wanted, covered);
    return spent;
  }
  std::int64_t place = 0;
  const auto pay = [&](Lot& lot, bool in_time) -> base::Result<> {
    const bool good = !in_time || lot.active_at_ms <= moment.occurred_ms;
    const auto revived = in_time ? std::min(lot.expired, wanted - spent.paid) : 0;
    const auto taken = good ? std::min({lot.remaining, wanted - spent.paid - revived, covered}) : 0;
    if (revived + taken == 0) return {};
    lot.expired -= revived;
    lot.remaining -= taken;
    covered -= taken;
    spent.revived += revived;
    spent.paid += revived + taken;
    MILLPOND_TRY_DO(write(moment.member, lot));
    return database_.run(
        "INSERT INTO lot_payments(member, sale_lane, sale_seq, lane, seq, place, lot_lane, lot_seq, lot_part, points) "
        "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        moment.member, sale.lane, sale.seq, moment.at.lane, moment.at.seq, place++, lot.from.lane, lot.from.seq,
        lot.part, revived + taken);
  };
  MILLPOND_TRY(auto in_time,
               select(moment.member, "expires_at_ms>?2 AND (expired>0 OR (remaining>0 AND active_at_ms<=?2))",
                      moment.occurred_ms));
  for (auto& lot : in_time) MILLPOND_TRY_DO(pay(lot, true));
  // Whoever let them be spent may have had a wrong clock: what is there pays before anybody has a loss.
  if (spent.paid < wanted && covered > 0) {
    MILLPOND_TRY(auto others, select(moment.member, "remaining>0"));
    for (auto& lot : others) MILLPOND_TRY_DO(pay(lot, false));
  }
  const auto owed = std::min(wanted - spent.paid, covered);  // another number of the person has them
  spent.paid += owed;
  ledger->debt += owed;
  ledger->revived += spent.revived;
  MILLPOND_TRY_DO(keep(moment, *ledger));
  return spent;
}

base::Result<std::int64_t> LotBook::refund(const LotMoment& moment, const FactPlace& sale, std::int64_t returned,
                                           std::int64_t taken) {
  MILLPOND_TRY(auto ledger, find(moment.member));
  if (!ledger) return 0;
  if (returned > 0) MILLPOND_TRY_DO(give_back(moment, *ledger, sale, returned));
  if (taken < 0) MILLPOND_TRY_DO(put_for_ever(moment.member, repay(ledger->debt, -taken)));
  std::int64_t revived = 0;
  if (taken > 0) {
    auto left = taken;
    MILLPOND_TRY(revived, take_own(moment.member, sale, left));
    MILLPOND_TRY_DO(take_or_owe(moment, *ledger, left));
  }
  if (returned < 0) MILLPOND_TRY_DO(take_or_owe(moment, *ledger, -returned));
  ledger->revived += revived;
  MILLPOND_TRY_DO(keep(moment, *ledger));
  return revived;
}

// Points of the sale itself first, also those that expired: what nobody used must not become a debt.
base::Result<std::int64_t> LotBook::take_own(base::MemberId member, const FactPlace& sale, std::int64_t& points) {
  std::int64_t revived = 0;
  MILLPOND_TRY(auto own,
               select(member, "sale_lane=?2 AND sale_seq=?3 AND part=0 AND (lane<>0 OR seq<>0)", sale.lane, sale.seq));
  for (auto& lot : own) {
    const auto taken = std::min(lot.remaining, points);
    const auto again = std::min(lot.expired, points - taken);
    if (taken + again == 0) continue;
    lot.remaining -= taken;
    lot.expired -= again;
    points -= taken + again;
    revived += again;
    MILLPOND_TRY_DO(write(member, lot));
  }
  return revived;
}

base::Result<std::int64_t> LotBook::take_where(base::MemberId member, std::int64_t wanted, std::string_view which,
                                               std::int64_t now_ms) {
  if (wanted == 0) return 0;
  MILLPOND_TRY(auto from, select(member, which, now_ms));
  for (auto& lot : from) {
    const auto taken = std::min(lot.remaining, wanted);
    if (taken == 0) break;
    lot.remaining -= taken;
    wanted -= taken;
    MILLPOND_TRY_DO(write(member, lot));
  }
  return wanted;
}

base::Result<> LotBook::take_or_owe(const LotMoment& moment, Ledger& ledger, std::int64_t points) {
  MILLPOND_TRY(points, take_where(moment.member, points, is_active, moment.occurred_ms));
  MILLPOND_TRY(points, take_where(moment.member, points, is_good, moment.occurred_ms));
  ledger.debt += points;
  return {};
}

// The lot that would have lived longest paid last and is made whole first. What was paid before the member had lots
// comes back as it was.
base::Result<> LotBook::give_back(const LotMoment& moment, Ledger& ledger, const FactPlace& sale, std::int64_t points) {
  struct Share {
    FactPlace paid;
    std::int64_t place{};
    FactPlace lot;
    std::int64_t part{};
    std::int64_t points{};
  };
  std::vector<Share> shares;
  {
    MILLPOND_TRY(auto row,
                 database_.prepare("SELECT lane, seq, place, lot_lane, lot_seq, lot_part, points FROM lot_payments "
                                   "WHERE member=?1 AND sale_lane=?2 AND sale_seq=?3 AND points>0 "
                                   "ORDER BY lane, seq, place DESC"));
    MILLPOND_TRY_DO(row.bind(moment.member, sale.lane, sale.seq));
    for (;;) {
      MILLPOND_TRY(const bool found, row.step());
      if (!found) break;
      shares.push_back({{row.integer(0), {row.unsigned_integer(1)}},
                        row.integer(2),
                        {row.integer(3), {row.unsigned_integer(4)}},
                        row.integer(5),
                        row.integer(6)});
    }
  }
  for (const auto& share : shares) {
    const auto back = std::min(share.points, points);
    if (back == 0) break;
    points -= back;
    MILLPOND_TRY_DO(
        database_.run("UPDATE lot_payments SET points=points-?7 WHERE member=?1 AND sale_lane=?2 AND sale_seq=?3 AND "
                      "lane=?4 AND seq=?5 AND place=?6",
                      moment.member, sale.lane, sale.seq, share.paid.lane, share.paid.seq, share.place, back));
    MILLPOND_TRY(const auto lots,
                 select(moment.member, "lane=?2 AND seq=?3 AND part=?4", share.lot.lane, share.lot.seq, share.part));
    MILLPOND_CHECK(lots.size() == 1);  // lots are never removed one by one
    MILLPOND_TRY_DO(put_back(moment, ledger, sale, lots.front(), back));
  }
  return put_for_ever(moment.member, repay(ledger.debt, points));
}

// The rest of the lot must not live longer because a part of it was lent out.
base::Result<> LotBook::put_back(const LotMoment& moment, Ledger& ledger, const FactPlace& sale, const Lot& lot,
                                 std::int64_t points) {
  MILLPOND_TRY(const auto* const programme, programmes_.of_version(moment.programme_version));
  const auto until_ms = programme != nullptr && programme->lots
                            ? model::grace_until_ms(*programme->lots, programme->zone, moment.local_date)
                            : moment.occurred_ms;
  auto whole = lot;
  if (lot.expires_at_ms >= until_ms) {
    whole.remaining += repay(ledger.debt, points);
    return write(moment.member, whole);
  }
  MILLPOND_TRY(const auto last,
               database_.query_integer("SELECT max(part) FROM lots WHERE member=?1 AND lane=?2 AND seq=?3",
                                       moment.member, lot.from.lane, lot.from.seq));
  const auto last_day =
      programme == nullptr ? lot.expires_day : model::date_in_zone(programme->zone, until_ms - 1).days;
  const Lot lent{lot.from, last.value_or(0) + 1, points,  repay(ledger.debt, points), 0, lot.active_at_ms,
                 until_ms, lot.active_day,       last_day};
  return insert(moment, sale, model::LotSource::adjustment, lent);
}

base::Result<LotBook::Due> LotBook::due(base::MemberId member, std::int64_t until_ms) {
  Due due;
  MILLPOND_TRY(const auto ledger, find(member));
  if (!ledger) return due;
  MILLPOND_TRY(const auto left, select(member, "remaining>0"));
  for (const auto& lot : left) (lot.expires_at_ms <= until_ms ? due.ended : due.good) += lot.remaining;
  return due;
}

base::Result<> LotBook::expire(base::MemberId member, std::int64_t until_ms, std::int64_t points) {
  MILLPOND_TRY(auto ledger, find(member));
  if (!ledger) return {};
  MILLPOND_TRY(auto ended, select(member, "remaining>0 AND expires_at_ms<=?2", until_ms));
  for (auto& lot : ended) {
    const auto taken = std::min(lot.remaining, points);
    lot.remaining -= taken;
    lot.expired += taken;
    points -= taken;
    MILLPOND_TRY_DO(write(member, lot));
  }
  return keep({member, {}, until_ms, {}, 0}, *ledger);
}

base::Result<> LotBook::close(base::MemberId member) {
  MILLPOND_TRY(const auto ledger, find(member));
  if (!ledger) return {};
  MILLPOND_TRY_DO(database_.run("DELETE FROM lots WHERE member=?1", member));
  MILLPOND_TRY_DO(database_.run("DELETE FROM lot_payments WHERE member=?1", member));
  return database_.run("UPDATE ledgers SET closed=1, debt=0 WHERE member=?1", member);
}

base::Result<std::int64_t> LotBook::resting(base::MemberId member, std::int64_t now_ms) {
  MILLPOND_TRY(const auto ledger, find(member));
  if (!ledger) return 0;
  MILLPOND_TRY(const auto lots, select(member, "remaining>0 AND (active_at_ms>?2 OR expires_at_ms<=?2)", now_ms));
  std::int64_t sum = 0;
  for (const auto& lot : lots) sum += lot.remaining;
  return sum;
}

base::Result<std::optional<LotStanding>> LotBook::standing(base::MemberId member) {
  std::optional<LotStanding> none;
  MILLPOND_TRY(const auto ledger, find(member));
  if (!ledger) return none;
  LotStanding standing;
  MILLPOND_TRY(const auto left, select(member, "remaining>0"));
  for (const auto& lot : left) {
    standing.ends[lot.expires_day] += lot.remaining;
    if (lot.active_at_ms <= ledger->as_of_ms) continue;
    const auto same = std::ranges::find(standing.pending, lot.active_day, &wire::PendingPoints::active_day);
    if (same != standing.pending.end()) {
      same->points += lot.remaining;
    } else {
      standing.pending.push_back({lot.active_day, lot.remaining});
    }
  }
  std::ranges::sort(standing.pending, {}, &wire::PendingPoints::active_day);
  return std::optional{std::move(standing)};
}

}  // namespace millpond::hub
