// SPDX-License-Identifier: Apache-2.0
// IssueWatch: compares what terminals give with the version of the programme that their facts name, and flags what is
// more. Nothing is refused by it: what is printed is honoured. Before a programme was published here nothing can be
// said. Private to this room; one turn of stage 2, while the facts of that turn live.
#pragma once

#include "sync/hub/core/effects_values.h"
#include "sync/model/issue_check.h"

#include <functional>
#include <memory>

namespace millpond::hub {

class IssueWatch {
 public:
  // A version as it was published; null for one that was not.
  using FindProgramme = std::function<base::Result<std::shared_ptr<const model::Programme>>(std::uint32_t version)>;
  IssueWatch(sqlite::Connection& database, FindProgramme find);

  // Every fact of a terminal in its order, whatever came of it. The fact outlives this.
  [[nodiscard]] base::Result<std::optional<Flag>> on(const FactPlace& at, const model::Fact& fact);

 private:
  base::Result<std::optional<Flag>> look(const FactPlace& at, const model::Fact& fact);
  base::Result<std::optional<Flag>> unknown_version(const FactPlace& at, const model::Fact& fact);
  base::Result<std::optional<model::Excess>> excess_of(const model::Programme* programme, const FactPlace& at,
                                                       const model::Fact& fact);
  base::Result<std::optional<model::Excess>> beyond_old_terms(const model::CouponIssued& issued, base::CouponId old);
  // Good until the next call; null where none was understood.
  base::Result<const model::FactBody*> fact_at(const FactPlace& place);

  sqlite::Connection& database_;
  FindProgramme find_;
  RawFacts raw_{database_};
  std::optional<bool> any_published_;  // asked once
  FactPlace last_at_;
  const model::FactBody* last_sale_{};  // sale or refund, at last_at_
  FactPlace before_at_;
  const model::FactBody* before_{};  // whatever came before, at before_at_
  std::optional<model::Fact> read_;  // one that was looked up
};

}  // namespace millpond::hub
