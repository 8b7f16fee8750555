// SPDX-License-Identifier: Apache-2.0
// What the command line asks of the gateway's pairing. On the work thread.
#pragma once

#include "hardware/till/pairing.h"

#include <functional>
#include <string>

namespace millpond::service {

// {"do": "open", "till"} | {"do": "look"} | {"do": "confirm", "fingerprint"} | {"do": "close"}; the answer is the
// standing: {"state": "closed" | "open" | "asked" | "paired" | "disturbed", "till", "fingerprint"}. make_key makes the
// till's key once somebody has compared. Errors: bad_input, not_found, and those of make_key.
[[nodiscard]] base::Result<std::string> run_pair_command(
    till::Pairing& pairing, const std::function<base::Result<till::Key>(const std::string& till)>& make_key,
    const std::string& params_json);

}  // namespace millpond::service
