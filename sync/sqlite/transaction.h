// SPDX-License-Identifier: Apache-2.0
// Transaction and Savepoint: scopes that roll back unless they were told to keep. Thread and lifetime of their
// Connection.
#pragma once

#include "sync/sqlite/connection.h"

namespace millpond::sqlite {

enum class Begin : std::uint8_t {
  deferred,   // takes locks when it reads or writes
  immediate,  // takes the write lock now
};

class Transaction {
 public:
  // Error: store_locked when another connection writes.
  [[nodiscard]] static base::Result<Transaction> begin(Connection& connection, Begin mode = Begin::immediate);
  Transaction(Transaction&& other) noexcept : connection_{other.connection_} { other.connection_ = nullptr; }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();  // rolls back what was not committed

  // Durable as the connection's PRAGMAs promise. After an error nothing may be assumed about what the file holds until
  // it was read again; the transaction is over either way.
  [[nodiscard]] base::Result<> commit();

 private:
  explicit Transaction(Connection* connection) : connection_{connection} {}
  Connection* connection_;
};

// A part of a transaction that can be undone alone. Savepoints of one connection end in reverse order.
class Savepoint {
 public:
  [[nodiscard]] static base::Result<Savepoint> begin(Connection& connection);
  Savepoint(Savepoint&& other) noexcept : connection_{other.connection_} { other.connection_ = nullptr; }
  Savepoint(const Savepoint&) = delete;
  Savepoint& operator=(const Savepoint&) = delete;
  ~Savepoint();  // undoes what was not released

  // Keeps the part within the surrounding transaction.
  [[nodiscard]] base::Result<> release();

 private:
  explicit Savepoint(Connection* connection) : connection_{connection} {}
  Connection* connection_;
};

}  // namespace millpond::sqlite
