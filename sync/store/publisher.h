// SPDX-License-Identifier: Apache-2.0
// Publisher: what a journal lets any thread read without waiting for its own: Published, made anew from the file after
// each commit that changed it. Inside `store`; published() is for any thread, the rest for the journal's.
#pragma once

#include "sync/sqlite/connection.h"
#include "sync/store/journal_values.h"

#include <mutex>
#include <optional>
#include <set>

namespace millpond::store {

[[nodiscard]] base::Result<std::optional<base::Bytes>> read_document(sqlite::Connection& db, std::string_view kind);
[[nodiscard]] base::Result<std::optional<wire::IssuerRow>> read_issuer(sqlite::Connection& db, std::uint32_t issuer);

class Publisher {
 public:
  Publisher();

  [[nodiscard]] std::shared_ptr<const Published> published() const;

  // Of an action, whether or not it is committed.
  void note_document(std::string_view kind);
  void note_issuer(std::uint32_t issuer) { changed_issuers_.insert(issuer); }

  // From the file as it is now: everything, and what was noted since. Errors: disk_error, store_corrupt; then what was
  // published stays.
  [[nodiscard]] base::Result<> read_all(sqlite::Connection& db, base::Epoch live);
  [[nodiscard]] base::Result<> read_changes(sqlite::Connection& db, base::Epoch live);

 private:
  void publish(Published next);

  std::set<std::string, std::less<>> changed_documents_;
  std::set<std::uint32_t> changed_issuers_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Published> published_;  // guarded by mutex_; never null
};

}  // namespace millpond::store
