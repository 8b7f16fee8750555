// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/core/known_programmes.h"

namespace millpond::hub {

base::Result<const model::Programme*> KnownProgrammes::of_version(std::uint32_t version) {
  if (version == 0 || !find_) return nullptr;
  auto known = known_.find(version);
  if (known == known_.end()) {
    MILLPOND_TRY(const auto log_no, database_.query_integer("SELECT log_no FROM programmes WHERE version=?1", version));
    Known found{static_cast<std::uint64_t>(log_no.value_or(0)), nullptr};
    if (log_no) { MILLPOND_TRY(found.programme, find_(version)); }
    known = known_.emplace(version, std::move(found)).first;
  }
  const auto& found = known->second;
  return found.log_no <= counters_.applied_log ? found.programme.get() : nullptr;
}

}  // namespace millpond::hub
