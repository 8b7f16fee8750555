// SPDX-License-Identifier: Apache-2.0
// Shop options: what the settings of a terminal mean to its journal and its line. Pure, but for this_machine(); any
// thread.
#pragma once

#include "kiosk/service/settings.h"
#include "sync/client/runner.h"
#include "sync/net/http_client.h"
#include "sync/store/journal.h"

namespace millpond::service {

// Reads who this machine is.
[[nodiscard]] store::JournalOptions journal_options(const std::filesystem::path& folder, const Settings& settings,
                                                    const store::JournalOwner& owner);
// Of one connection to the hub.
[[nodiscard]] net::ClientOptions line_options(const std::string& hub_url, const Settings& settings);
// Without errands.
[[nodiscard]] client::RunnerOptions runner_options(const Settings& settings);

}  // namespace millpond::service
