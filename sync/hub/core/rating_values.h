// SPDX-License-Identifier: Apache-2.0
// Sales that terminals could not rate, and what the hub gives for them.
#pragma once

#include "sync/hub/core/fact_place.h"
#include "sync/model/facts.h"

#include <vector>

namespace millpond::hub {

struct UnratedSales {
  std::vector<model::Fact> sales;
  FactPlace last;  // what was looked at up to here
  bool more{};     // some are behind it
};

// Points that the hub gives for a sale: `points` is a PointsEarned whose stamp lacks only the place.
struct Rating {
  model::Stamp sale;
  model::Fact points;
};

}  // namespace millpond::hub
