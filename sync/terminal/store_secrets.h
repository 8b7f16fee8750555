// SPDX-License-Identifier: Apache-2.0
// The keys that the hub sealed for this terminal: of phone look-ups in its scope, of PINs in its store. Opened each
// time they are needed and forgotten again. Inside `terminal` only. Blocks for the replica's lock.
#pragma once

#include "sync/store/replica.h"
#include "sync/terminal/identity.h"
#include "sync/wire/people_rows.h"

namespace millpond::terminal {

// Nothing before the first page has brought them: enrolments then keep the sealed phone only. Errors of the replica.
[[nodiscard]] base::Result<std::optional<wire::StoreSecrets>> store_secrets(store::Replica& replica,
                                                                            const Identity& identity);

}  // namespace millpond::terminal
