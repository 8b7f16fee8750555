// SPDX-License-Identifier: Apache-2.0
// Six digits that a person compares on two screens. They are a million, and whoever stands between the screens knows
// all that goes into them: so they are argon2id of it, 64 MiB and three passes, and to find another input with the
// same ones takes a million times what showing them takes (98 ms on an idle virtual machine: 27 hours) while a
// provisioning code is good for minutes. Both sides must make them alike, so cost and salt are fixed. Any thread.
#pragma once

#include "sync/base/bytes.h"

#include <string>

namespace millpond::crypto {

// Empty when there is no memory for it; then nothing matches.
[[nodiscard]] std::string matching_digits(base::ByteView of);

}  // namespace millpond::crypto
