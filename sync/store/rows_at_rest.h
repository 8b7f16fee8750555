// SPDX-License-Identifier: Apache-2.0
// RowsAtRest: what of a downlink row is personal, and how it lies in the replica's file. Inside `store` only. Without
// keys rows are kept as they come. A value; the replica's lock guards the connection.
#pragma once

#include "sync/sqlite/connection.h"
#include "sync/store/personal_fields.h"
#include "sync/wire/messages.h"

#include <memory>

namespace millpond::store {

class RowsAtRest {
 public:
  explicit RowsAtRest(std::shared_ptr<const PersonalFields> fields) : fields_{std::move(fields)} {}

  [[nodiscard]] bool concerns(std::uint8_t kind) const;
  // The row as it is kept. Error: bad_input for a profile that cannot be read.
  [[nodiscard]] base::Result<> hide(wire::DownRow& row) const;
  // The row as it came, of staff and store_secrets. False when another machine hid it.
  [[nodiscard]] bool reveal(wire::DownRow& row) const;
  // The masked name of a profile as it is kept; empty when another machine hid it.
  [[nodiscard]] std::string name(const wire::ProfileRow& row) const;
  [[nodiscard]] base::Bytes phone(base::ByteView key16) const;

  // Whether everything personal in the file was hidden with these keys. A file that never held any is not, until
  // forget() has marked it.
  [[nodiscard]] base::Result<bool> owns(sqlite::Connection& db) const;
  // Deletes everything personal and marks the file as these keys'. Within the caller's transaction.
  [[nodiscard]] base::Result<> forget(sqlite::Connection& db) const;

 private:
  std::shared_ptr<const PersonalFields> fields_;
};

}  // namespace millpond::store
