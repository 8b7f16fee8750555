// SPDX-License-Identifier: Apache-2.0
#include "sync/store/sqlite_journal.h"

namespace millpond::store {

base::Result<base::Epoch> SqliteJournal::reissue(base::Epoch, base::Seq, model::EpochReason) {
  return base::Error{base::Code::unsupported, "reissue", ""};
}

}  // namespace millpond::store
