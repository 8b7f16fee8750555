// SPDX-License-Identifier: Apache-2.0
// Salvage: a new journal file from what can be read of a damaged one. Inside `store` only. Takes over every row that
// SQLite can still reach; facts, payloads and batches only when their sums and chains hold, the others into the
// quarantine. Makes no epoch and reissues nothing: the new file says with which reason its next start begins one.
#pragma once

#include "sync/store/journal.h"

namespace millpond::store {

// Puts the salvaged file in the place of the damaged one, where a power cut came between the two names of that step.
// Nothing to do otherwise.
[[nodiscard]] base::Result<> finish_salvage(const JournalOptions& options);

// Sets the damaged file aside as "NAME.damaged-N" and puts the salvaged one in its place; nobody may have it open.
// Until the last step the damaged file keeps its name, so a power cut only repeats the work. Returns how many facts
// were taken over. Errors: disk_full, disk_error, permission_denied, config_invalid (another terminal's journal).
[[nodiscard]] base::Result<std::uint64_t> salvage_journal(const JournalOptions& options);

// Names of the files set aside so far.
[[nodiscard]] base::Result<std::vector<std::string>> files_set_aside(const JournalOptions& options);
// Takes all of them away, the newest first, so that their numbers have no gap whenever this ends.
[[nodiscard]] base::Result<> remove_set_aside(const JournalOptions& options);

}  // namespace millpond::store
