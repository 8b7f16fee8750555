// SPDX-License-Identifier: Apache-2.0
// The terminal's side of provisioning: sends an operator's code and this machine's public key to the hub, checks the
// answer and stores the identity. Blocks for the hub's answer, at most 20 s; safe to repeat with a new code.
#pragma once

#include "kiosk/service/settings.h"
#include "sync/base/result.h"
#include "sync/wire/provisioning.h"

#include <filesystem>
#include <string>
#include <vector>

namespace millpond::service {

struct ProvisionReport {
  base::TerminalId terminal;
  base::StoreId store;
  std::string digits;  // six, to compare with the hub's screen
  std::vector<wire::DownRow> documents;
};

// Errors: provision_code_invalid, hub_unreachable, hub_not_a_hub (something else answered), hub_refused, and those of
// wire::check_answer.
[[nodiscard]] base::Result<ProvisionReport> provision(const std::filesystem::path& folder, const Settings& settings,
                                                      const std::string& hub_url, const std::string& typed_code);

}  // namespace millpond::service
