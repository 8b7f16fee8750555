// SPDX-License-Identifier: Apache-2.0
// Rebuild: judges rows that were copied out of a damaged journal and makes them a journal again. Knows no files but the
// one it looks for strays in; works within a transaction of the new file. Inside `store` only.
#pragma once

#include "sync/store/sqlite_journal.h"

#include <map>

namespace millpond::store {

class Rebuild {
 public:
  Rebuild(sqlite::Connection& db, const JournalOptions& options) : db_{db}, options_{options} {}

  // `number` is of the file set aside, and keeps positions apart when not one was found. Returns how many facts hold.
  [[nodiscard]] base::Result<std::uint64_t> run(std::uint64_t number);

 private:
  // An epoch as its facts show it, whatever its row says.
  struct Found {
    std::uint64_t base{};
    std::uint64_t first_queued{~std::uint64_t{0}};
    std::uint64_t last_queued{};
    std::uint64_t last_acked{};
    base::Hash ring_head{};
  };

  [[nodiscard]] base::Result<> judge_outbox();
  [[nodiscard]] base::Result<> judge_payloads();
  [[nodiscard]] base::Result<> judge_ring();
  [[nodiscard]] base::Result<> find_strays(const std::filesystem::path& file);
  [[nodiscard]] base::Result<> set_strangers_apart(const EpochState& epoch);
  [[nodiscard]] base::Result<> settle_acknowledged(EpochState& epoch);
  [[nodiscard]] std::uint64_t last_of(const EpochState& epoch) const;
  [[nodiscard]] base::Result<> rebuild_epochs();
  [[nodiscard]] base::Result<> rebuild_meta(std::uint64_t number);
  [[nodiscard]] base::Result<> set_apart(std::uint64_t position, std::string_view kind, base::ByteView content);
  [[nodiscard]] base::Result<> drop(const char* sql, const std::vector<std::uint64_t>& keys);

  sqlite::Connection& db_;
  const JournalOptions& options_;
  std::map<base::Epoch, Found> found_;
  std::vector<EpochState> epochs_;
  std::uint64_t facts_{};
};

}  // namespace millpond::store
