// SPDX-License-Identifier: Apache-2.0
// LotBook: members' points in lots, as facts are applied in the hub's order (docs/points.md): what model/lots.h is to a
// ledger of events, as tables. Written at once; a member's balance is the caller's, and is at all times what lots have
// left less debt. Only members who were given points by a programme with lots are kept here; of them everything is,
// what they had before as a lot that is good for ever. Private to this room; thread and lifetime of its connection.
#pragma once

#include "sync/hub/core/known_programmes.h"
#include "sync/model/ledger_events.h"

#include <map>
#include <optional>

namespace millpond::hub {

// Where and when something happened to a member's points. occurred_ms is the fact's own time, as far as it can be.
struct LotMoment {
  base::MemberId member;
  FactPlace at;
  std::int64_t occurred_ms{};
  base::LocalDate local_date;
  std::uint32_t programme_version{};
};

// What a row in the feed says of lots (wire::MemberRow), and what it takes to add up several members.
struct LotStanding {
  std::vector<wire::PendingPoints> pending;   // by day, as of the newest fact
  std::map<std::int32_t, std::int64_t> ends;  // what is left, by last day; 0: for ever
  void add(const LotStanding& other);
};
// Tells it in the row of whoever has `row.points`: debts of one number are paid by what another one loses last.
void tell_lots(wire::MemberRow& row, const LotStanding& standing);

class LotBook {
 public:
  LotBook(sqlite::Connection& database, KnownProgrammes& programmes);

  // Points came in; `before`: the balance that the member had. Debt is repaid first.
  [[nodiscard]] base::Result<> give(const LotMoment& moment, const FactPlace& sale, std::int64_t points,
                                    model::LotSource source, std::int64_t before);
  // Somebody gave points, which last for ever once debt is repaid, or took them, from lots and then as debt.
  [[nodiscard]] base::Result<> adjust(const LotMoment& moment, std::int64_t points);
  // Points were spent on a sale, `wanted` in all, of which the balance may pay up to `covered`. What expiry has taken
  // since they were spent pays first, and beyond `covered`; the balance is told to grow by it.
  struct Spent {
    std::int64_t revived{};
    std::int64_t paid{};  // with `revived`
  };
  [[nodiscard]] base::Result<Spent> spend(const LotMoment& moment, const FactPlace& sale, std::int64_t wanted,
                                          std::int64_t covered);
  // A sale came back: `returned` of what it had been paid with, and `taken` of what it had brought. How much of the
  // latter expiry had taken already, so that the balance grows by it again.
  [[nodiscard]] base::Result<std::int64_t> refund(const LotMoment& moment, const FactPlace& sale, std::int64_t returned,
                                                  std::int64_t taken);
  // What is left of lots that ended by a time, and of the others.
  struct Due {
    std::int64_t ended{};
    std::int64_t good{};
  };
  [[nodiscard]] base::Result<Due> due(base::MemberId member, std::int64_t until_ms);
  // Takes so much of what ended.
  [[nodiscard]] base::Result<> expire(base::MemberId member, std::int64_t until_ms, std::int64_t points);
  // The member leaves: no lots from now on, whatever is told.
  [[nodiscard]] base::Result<> close(base::MemberId member);
  // What is left and may not be spent at a time: not good yet, or no longer.
  [[nodiscard]] base::Result<std::int64_t> resting(base::MemberId member, std::int64_t now_ms);
  // Nothing for a member who is not kept here.
  [[nodiscard]] base::Result<std::optional<LotStanding>> standing(base::MemberId member);
  // After the database has undone what was written.
  void forget() { in_use_.reset(); }

 private:
  struct Ledger {
    std::int64_t debt{};
    std::int64_t revived{};
    std::int64_t as_of_ms{};
  };
  struct Lot {
    FactPlace from;
    std::int64_t part{};
    std::int64_t granted{};
    std::int64_t remaining{};
    std::int64_t expired{};
    std::int64_t active_at_ms{};
    std::int64_t expires_at_ms{};
    std::int32_t active_day{};
    std::int32_t expires_day{};
  };

  base::Result<bool> in_use();
  base::Result<std::optional<Ledger>> find(base::MemberId member);
  base::Result<> keep(const LotMoment& moment, Ledger& ledger);
  // In the order in which they pay; `rest` goes behind "member=?1 AND ".
  template <class... Args>
  base::Result<std::vector<Lot>> select(base::MemberId member, std::string_view rest, const Args&... args);
  base::Result<> write(base::MemberId member, const Lot& lot);
  base::Result<> insert(const LotMoment& moment, const FactPlace& sale, model::LotSource source, const Lot& lot);
  base::Result<std::int64_t> take_where(base::MemberId member, std::int64_t wanted, std::string_view which,
                                        std::int64_t now_ms);
  base::Result<> take_or_owe(const LotMoment& moment, Ledger& ledger, std::int64_t points);
  base::Result<> give_back(const LotMoment& moment, Ledger& ledger, const FactPlace& sale, std::int64_t points);
  base::Result<> put_back(const LotMoment& moment, Ledger& ledger, const FactPlace& sale, const Lot& lot,
                          std::int64_t points);
  base::Result<std::int64_t> take_own(base::MemberId member, const FactPlace& sale, std::int64_t& points);
  base::Result<> put_for_ever(base::MemberId member, std::int64_t points);

  sqlite::Connection& database_;
  KnownProgrammes& programmes_;
  std::optional<bool> in_use_;  // anybody is kept here; asked once
};

}  // namespace millpond::hub
