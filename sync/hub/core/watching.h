// SPDX-License-Identifier: Apache-2.0
// Watching: the signals that stage 2 raises (model/fraud_watch.h), in the transaction of one turn. Between turns what
// is half seen of a terminal stands in table "watches" and nowhere else, so that a restart of the hub in the middle of
// a pattern changes nothing. Private to this room; one turn.
#pragma once

#include "sync/hub/core/effects.h"
#include "sync/model/fraud_watch.h"

#include <map>

namespace millpond::hub {

class Watching {
 public:
  // Whom a number stands for, as this turn knows it.
  using RootOf = std::function<base::Result<base::MemberId>(base::MemberId)>;
  Watching(sqlite::Connection& database, RootOf root_of) : database_{database}, root_of_{std::move(root_of)} {}

  // A fact that was told, whatever came of it: a rebuild sees the same facts in the same order. received_ms: when the
  // hub took its batch.
  [[nodiscard]] base::Result<> on(const FactPlace& at, const model::Fact& fact, std::int64_t received_ms,
                                  const model::UsualRate& usual);
  // What the books say of an earlier fact or of this one, with who was at the till then.
  [[nodiscard]] base::Result<> flag(const Flag& flag);
  // Writes what is half seen; last in the turn.
  [[nodiscard]] base::Result<> keep();

 private:
  struct Watch {
    model::FraudWatch fold;
    base::StaffId at_till;  // who entered a PIN last
  };
  base::Result<Watch*> watch_of(base::TerminalId terminal);
  // The member of a sale where whoever is at the till is that person, under whichever number; 0 otherwise.
  base::Result<base::MemberId> own_number(base::StaffId staff, base::MemberId sold_to);
  // What a sale had brought that this fact takes back or tells otherwise; nothing for any other fact.
  base::Result<std::optional<model::Brought>> brought_before(const model::Fact& fact);
  base::Result<std::optional<model::Brought>> brought_by(const FactPlace& sale);
  base::Result<> tell(const FactPlace& at, std::int64_t at_ms, const model::Raised& raised);

  sqlite::Connection& database_;
  RootOf root_of_;
  RawFacts raw_{database_};
  std::map<base::TerminalId, Watch> watches_;  // of the terminals that this turn is about
};

}  // namespace millpond::hub
