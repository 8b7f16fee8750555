// SPDX-License-Identifier: Apache-2.0
// The command "staff": people behind the counter, for the command line and for whoever drives a terminal by hand. Runs
// on the work thread; a PIN takes 250 to 500 ms by design. The PIN is in no answer, error or log.
#pragma once

#include "sync/base/result.h"

#include <string>

namespace millpond::terminal {
class StaffDesk;
}

namespace millpond::service {

// {"do": "list"}, {"do": "check", "staff", "pin"}, {"do": "leave", "staff"}, {"do": "unlock", "staff", "manager",
// "pin"}, {"do": "vouch", "staff", "pin", "member"}, {"do": "approve", "staff", "pin", "act", "member", "reason"}.
// Errors: bad_input, and those of StaffDesk.
[[nodiscard]] base::Result<std::string> run_staff_command(terminal::StaffDesk& desk, const std::string& params_json);

}  // namespace millpond::service
