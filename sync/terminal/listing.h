// SPDX-License-Identifier: Apache-2.0
// Listing: facts and the journal's health as JSON for people and support, the same whether the service answers or the
// command line reads the file itself. Ids, amounts and codes of our own only: facts hold no personal data. Called on
// the journal's owner thread.
#pragma once

#include "sync/store/journal.h"

#include <string>

namespace millpond::terminal {

// {"entries": [{"epoch", "seq", "kind", "at", "member", "chain", "acked", ...what the kind adds}]}, oldest first.
[[nodiscard]] base::Result<std::string> journal_listing(store::Journal& journal, std::size_t limit, bool queued_only);

// {"facts", "head", "sqlite_ok", "changed_rows", "holds", "broken_at"}.
[[nodiscard]] base::Result<std::string> verify_listing(store::Journal& journal);

// {"kept": [{"kind", "epoch", "seq", "bytes", "closed", "reads_as": {a fact as journal_listing() has it, or null}}]}:
// what the quarantine holds. What changed may read as anything, or as nothing: reads_as is a hint and no fact.
[[nodiscard]] base::Result<std::string> quarantine_listing(store::Journal& journal);

// "holds", or stable words for everything that an operator should hear of: "budget_tight", "budget_full", "ring_cut",
// "damaged", "quarantined 3", "set_aside 1", "salvaged 1200", with commas between.
[[nodiscard]] std::string health_words(const store::JournalHealth& health);

}  // namespace millpond::terminal
