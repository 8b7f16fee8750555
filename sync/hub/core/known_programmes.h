// SPDX-License-Identifier: Apache-2.0
// KnownProgrammes: the rules by which stage 2 books a fact, found by the version in its stamp and kept parsed. By the
// hub's log, so that a rebuild knows neither more nor less than was known then. Private to this room; thread and
// lifetime of its connection.
#pragma once

#include "sync/hub/core/feed_rows.h"
#include "sync/model/programme.h"

#include <functional>
#include <map>
#include <memory>

namespace millpond::hub {

class KnownProgrammes {
 public:
  using Find = std::function<base::Result<std::shared_ptr<const model::Programme>>(std::uint32_t version)>;

  KnownProgrammes(sqlite::Connection& database, const Counters& counters) : database_{database}, counters_{counters} {}
  void find_with(Find find) { find_ = std::move(find); }  // none are known without it

  // nullptr for a version that the log had not published by now, and for 0. Valid as long as this is.
  [[nodiscard]] base::Result<const model::Programme*> of_version(std::uint32_t version);

 private:
  struct Known {
    std::uint64_t log_no{};  // published by
    std::shared_ptr<const model::Programme> programme;
  };

  sqlite::Connection& database_;
  const Counters& counters_;
  Find find_;
  std::map<std::uint32_t, Known> known_;
};

}  // namespace millpond::hub
