// SPDX-License-Identifier: Apache-2.0
#include "sync/sqlite/transaction.h"

#include <utility>

namespace millpond::sqlite {

base::Result<Transaction> Transaction::begin(Connection& connection, Begin mode) {
  MILLPOND_TRY_DO(connection.end_last_transaction());
  MILLPOND_TRY_DO(connection.run(mode == Begin::immediate ? "BEGIN IMMEDIATE" : "BEGIN"));
  return Transaction{&connection};
}

// A rollback that fails has nobody to tell: SQLite undoes the transaction from its journal at the next access anyway.
Transaction::~Transaction() {
  if (connection_ != nullptr && connection_->in_transaction()) static_cast<void>(connection_->run("ROLLBACK"));
}

base::Result<> Transaction::commit() {
  MILLPOND_CHECK(connection_ != nullptr);
  auto* const connection = std::exchange(connection_, nullptr);
  auto result = connection->run("COMMIT");
  if (!result && connection->in_transaction()) static_cast<void>(connection->run("ROLLBACK"));
  // So that nobody reads what a power cut would take back; where it fails, the next transaction tries again.
  if (!result) static_cast<void>(connection->end_last_transaction());
  return result;
}

base::Result<Savepoint> Savepoint::begin(Connection& connection) {
  MILLPOND_TRY_DO(connection.run("SAVEPOINT part"));
  return Savepoint{&connection};
}

Savepoint::~Savepoint() {
  if (connection_ == nullptr || !connection_->in_transaction()) return;
  static_cast<void>(connection_->run("ROLLBACK TO part"));
  static_cast<void>(connection_->run("RELEASE part"));
}

base::Result<> Savepoint::release() {
  MILLPOND_CHECK(connection_ != nullptr);
  MILLPOND_TRY_DO(connection_->run("RELEASE part"));
  connection_ = nullptr;
  return {};
}

}  // namespace millpond::sqlite
