// SPDX-License-Identifier: Apache-2.0
// Commands: what the command line may ask the running service. Each takes JSON parameters and gives a JSON answer; ids
// and numbers only. Runs on the work thread and may block for the journal or, while provisioning, for the hub.
#pragma once

#include "sync/base/result.h"

#include <functional>
#include <string>

namespace millpond::service {

class Service;

// Methods: status, doctor, provision{hub, code, phone, pin | grant | grant_file}, journal{limit, queued_only}, verify,
// till_add{till}, member{member}, screens, sync, sync_resume, staff{do, ...} (staff_command.h), consent{code, purpose,
// granted, language}, print{do, ...} (print_command.h), journal_copy{target}. On the work thread, which has answered
// when this returns; only a copy of the journal and the printer go on beside other work and answer from there later.
// Errors: unsupported for another method, bad_input for parameters that do not fit, not_provisioned.
using Reply = std::function<void(base::Result<std::string>)>;
void run_command(Service& service, const std::string& method, const std::string& params_json, Reply reply);

}  // namespace millpond::service
