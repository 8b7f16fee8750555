// SPDX-License-Identifier: Apache-2.0
// PointsStore: the part of HubStore (whose rules and errors hold here too) for points that the hub gives and takes
// itself, by the programme that was in force.
#pragma once

#include "sync/base/result.h"
#include "sync/hub/core/rating_values.h"
#include "sync/model/programme.h"

#include <memory>

namespace millpond::hub {

class PointsStore {
 public:
  virtual ~PointsStore() = default;

  // Every version that was ever published, as it was then; null for one that was not, or that nobody can read.
  [[nodiscard]] virtual base::Result<std::shared_ptr<const model::Programme>> programme(std::uint32_t version) = 0;
  // In force at a time: the newest that was published by then, else the first one ever; 0 before there is one.
  [[nodiscard]] virtual base::Result<std::uint32_t> programme_at(std::int64_t at_ms) = 0;
  // Sales of members that terminals told without a programme and nobody has rated yet, of those with nothing waiting,
  // behind a place. One whose batch changed on the disk is passed over.
  [[nodiscard]] virtual base::Result<UnratedSales> unrated_sales(const FactPlace& after, std::size_t limit) = 0;
  // Books points for them in the hub's log in one transaction, where nobody has; stage 2 applies them in their place,
  // unless the terminal turns out to have rated one.
  [[nodiscard]] virtual base::Result<> rate_sales(const std::vector<Rating>& ratings, std::int64_t now_ms) = 0;
  // What HubCore::adjust_points says; in the hub's log. Errors: its.
  [[nodiscard]] virtual base::Result<> adjust_points(base::MemberId member, std::int64_t points, AdjustReason why,
                                                     std::int64_t now_ms) = 0;
  // Looks at members with lots that ended by now, behind those of a page before, and notes in the hub's log, in one
  // transaction, that they lose what remains; stage 2 takes it in its place. Nothing while the log that was there at
  // the first page waits for stage 2, so that nobody is noted twice and a rebuild adds nothing of its own.
  [[nodiscard]] virtual base::Result<DuePoints> expire_points(const DuePoints& after, std::size_t limit,
                                                              std::int64_t now_ms) = 0;
};

}  // namespace millpond::hub
