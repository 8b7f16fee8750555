// SPDX-License-Identifier: Apache-2.0
// `millpond campaign`: a programme document before it is published: whether it can be read, what it promises that would
// hurt, what it may cost, and what it would have given for what happened in the past. Needs no service and no journal.
#pragma once

#include "sync/model/outage.h"

#include <cstdint>
#include <string>

namespace millpond::cli {

struct CampaignOptions {
  std::string file;            // a programme document
  std::string against;         // events of the past, one JSON object a line (model/past_event.h)
  std::string from;            // first day of them that counts, in the programme's zone; empty: from the beginning
  std::string through;         // last day; empty: to the end
  std::int64_t days_later{};   // as if they happened so many days later
  model::OutageLimits outage;  // no terminals: nothing is said of an outage
  bool json{};
};

// Exit status: 0 when it may be published, 2 when something must change first, 1 when it cannot be read.
[[nodiscard]] int check_campaigns(const CampaignOptions& options);
// Exit status: 0, or 1 when a file cannot be read.
[[nodiscard]] int replay_campaigns(const CampaignOptions& options);

}  // namespace millpond::cli
