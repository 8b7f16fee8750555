// SPDX-License-Identifier: Apache-2.0
// The terminal's side of provisioning: sends an operator's code and this machine's public key to the hub, checks the
// answer and stores the identity. Blocks for the hub's answer, at most 20 s; safe to repeat with a new code. Or by an
// offline grant, which needs no hub.
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

// Who activates a work order; empty with a one-time code.
struct Technician {
  std::string phone{};
  std::string pin{};
};

// Nothing is sent, and no key is made, for a URL that is not encrypted on its way (wire::usable_hub_url; a slash at its
// end is dropped): bad_input. Errors besides: work_order_invalid, provision_code_invalid, hub_unreachable,
// hub_not_a_hub (something else answered), hub_refused, and those of wire::check_answer.
[[nodiscard]] base::Result<ProvisionReport> provision(const std::filesystem::path& folder, const Settings& settings,
                                                      std::string hub_url, const std::string& typed_code,
                                                      const Technician& technician = {});

// Makes this machine the terminal of an offline grant: "MPG1:..." as on its sheet, or the bytes of a stick's file. No
// line is needed. The documents of a stick wait in the folder for Shop::open(). Errors: those of terminal::read_grant
// and terminal::save_grant.
[[nodiscard]] base::Result<ProvisionReport> provision_by_grant(const std::filesystem::path& folder,
                                                               base::ByteView content, std::int64_t now_ms);

}  // namespace millpond::service
