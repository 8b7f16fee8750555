// SPDX-License-Identifier: Apache-2.0
// CampaignStore: the part of HubStore (whose rules and errors hold here too) for campaigns that the hub decides itself.
#pragma once

#include "sync/base/result.h"
#include "sync/hub/core/campaign_values.h"
#include "sync/wire/messages.h"

#include <functional>

namespace millpond::hub {

class CampaignStore {
 public:
  virtual ~CampaignStore() = default;

  // Cases behind a position that nobody has decided, with what the books know. Nothing while decisions of before wait
  // for stage 2, so that each sees what the others gave. One whose facts changed on the disk is passed over.
  [[nodiscard]] virtual base::Result<OpenCases> open_cases(const CasePosition& after, std::size_t limit) = 0;
  // Looks at so many members behind one: who has not been seen for as many days as asked, and was not decided about
  // yet.
  [[nodiscard]] virtual base::Result<Absences> absences(const AbsenceAsk& ask, std::size_t members_max) = 0;
  // The place in the feed of the programme in force; 0 without one.
  [[nodiscard]] virtual base::Result<wire::DownCursor> programme_place() = 0;
  // What is left of a limit of a whole campaign, beside what terminals hold.
  [[nodiscard]] virtual base::Result<std::int64_t> campaign_left(model::LeaseKind kind, base::CampaignId campaign,
                                                                 std::int64_t cap) = 0;
  // Notes decisions in the hub's log in one transaction, of each case the first; stage 2 books them in their place.
  // Numbers for coupons are drawn until one is free: 40 bits, because the hub is no terminal (base::id_origin).
  [[nodiscard]] virtual base::Result<> decide(const std::vector<CampaignDecision>& decisions,
                                              const std::function<std::uint64_t()>& draw_number,
                                              std::int64_t now_ms) = 0;
};

}  // namespace millpond::hub
