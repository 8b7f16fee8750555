// SPDX-License-Identifier: Apache-2.0
// CampaignBook: what campaigns that the hub decides itself look at: who was there when, what terminals promised, and
// what happened. Tables of stage 2, in its transaction. Inside `hub_core` only; the projector's thread.
#pragma once

#include "sync/hub/core/campaign_values.h"
#include "sync/hub/core/held.h"

namespace millpond::hub {

class CampaignBook {
 public:
  explicit CampaignBook(sqlite::Connection& database);

  // A paid sale of a member, and what of it qualifies for a tier.
  struct Visit {
    base::MemberId member;
    FactPlace sale;
    std::int32_t day{};
    std::int64_t at_ms{};
    std::int64_t minor{};
  };
  [[nodiscard]] base::Result<> visit(const Visit& visit);
  // So much of it came back; all of it: it was none.
  [[nodiscard]] base::Result<> visit_back(base::MemberId member, const FactPlace& sale, std::int64_t minor, bool whole);
  // The member leaves.
  [[nodiscard]] base::Result<> forget(base::MemberId member);
  struct Visits {
    std::int64_t number{};
    std::int32_t last_day{};  // 0: none
    std::int64_t minor{};
  };
  // Before a time, by the clocks of those who told of them.
  [[nodiscard]] base::Result<Visits> before(base::MemberId member, std::int64_t at_ms, const FactPlace& except);

  // An award was promised for a sale.
  [[nodiscard]] base::Result<> promise(const FactPlace& award, const base::Hash& cause, const FactPlace& sale);
  struct Promise {
    base::Hash cause{};
    FactPlace sale;
  };
  // It waits no more; nothing when none did.
  [[nodiscard]] base::Result<std::optional<Promise>> take_promise(const FactPlace& award);

  // What happened waits for a decision; a key that was told or decided before changes nothing.
  [[nodiscard]] base::Result<> happen(const Happened& happened);
  [[nodiscard]] base::Result<> close(base::ByteView key);

 private:
  sqlite::Connection& database_;
  Held insert_visit_;
};

}  // namespace millpond::hub
