// SPDX-License-Identifier: Apache-2.0
// `millpond campaign`: a programme document before it is published: whether it can be read, what it promises that would
// hurt, what it may cost, and what it would have given for sales of the past. Needs no service and no journal.
#pragma once

#include <string>

namespace millpond::cli {

struct CampaignOptions {
  std::string file;     // a programme document
  std::string against;  // sales of the past, one JSON object a line (model/replay.h)
  bool json{};
};

// Exit status: 0 when it may be published, 2 when something must change first, 1 when it cannot be read.
[[nodiscard]] int check_campaigns(const CampaignOptions& options);
// Exit status: 0, or 1 when a file cannot be read.
[[nodiscard]] int replay_campaigns(const CampaignOptions& options);

}  // namespace millpond::cli
