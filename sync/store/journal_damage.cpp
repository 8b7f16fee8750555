// SPDX-License-Identifier: Apache-2.0
#include "sync/store/sqlite_journal.h"

namespace millpond::store {

base::Result<std::uint64_t> SqliteJournal::quarantine_damage(base::Epoch, base::Seq) {
  return base::Error{base::Code::unsupported, "quarantine damage", ""};
}

}  // namespace millpond::store
