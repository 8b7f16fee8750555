// SPDX-License-Identifier: Apache-2.0
// Backup: a whole copy of a connection's file, taken a few pages at a time on that connection's thread. What the
// connection commits between two steps is in the copy. Not for a source that another connection writes: that would
// begin again at each of its commits.
#pragma once

#include "sync/sqlite/connection.h"

namespace millpond::sqlite {

class Backup {
 public:
  // target.path must not exist. The copy is readable and writable for its owner only. Errors: already_exists, and those
  // of Connection.
  [[nodiscard]] static base::Result<std::unique_ptr<Backup>> begin(Connection& source, const OpenOptions& target);
  ~Backup();  // removes what is not complete
  Backup(const Backup&) = delete;
  Backup& operator=(const Backup&) = delete;

  // Copies up to `pages` more; true when everything is copied, synced and closed. Not inside a transaction of the
  // source. After an error the copy is of no use.
  [[nodiscard]] base::Result<bool> step(int pages);

 private:
  struct State;
  explicit Backup(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace millpond::sqlite
