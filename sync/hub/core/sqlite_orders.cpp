// SPDX-License-Identifier: Apache-2.0
// Work orders and offline grants.
#include "sync/crypto/hash.h"
#include "sync/hub/core/sqlite_store.h"
#include "sync/wire/provisioning.h"

namespace millpond::hub {
namespace {

using base::Code;
using base::Error;

constexpr std::string_view order_columns =
    "SELECT o.number, o.store, o.terminals, (SELECT count(*) FROM order_uses u WHERE u.number=o.number), o.expires_ms, "
    "o.revoked, o.tries_left, o.phone, o.pin FROM orders o ";

WorkOrder order_in(const sqlite::Statement& row) {
  WorkOrder order;
  order.number = row.unsigned_integer(0);
  order.store = {static_cast<std::uint32_t>(row.integer(1))};
  order.terminals = static_cast<std::uint32_t>(row.integer(2));
  order.used = static_cast<std::uint32_t>(row.integer(3));
  order.expires_ms = row.integer(4);
  order.revoked = row.integer(5) != 0;
  order.tries_left = static_cast<int>(row.integer(6));
  const auto phone = row.bytes(7);
  order.phone.assign(phone.begin(), phone.end());
  order.pin = row.text(8);
  return order;
}

constexpr std::string_view grant_columns =
    "SELECT terminal, store, serial, bytes, expires_ms, revoked, bound, clashes FROM grants ";

GrantRecord grant_in(const sqlite::Statement& row) {
  GrantRecord grant;
  grant.terminal = {static_cast<std::uint32_t>(row.integer(0))};
  grant.store = {static_cast<std::uint32_t>(row.integer(1))};
  grant.serial = static_cast<std::uint32_t>(row.integer(2));
  const auto bytes = row.bytes(3);
  grant.grant.assign(bytes.begin(), bytes.end());
  grant.expires_ms = row.integer(4);
  grant.revoked = row.integer(5) != 0;
  if (!row.is_null(6)) grant.bound = crypto::public_key_of(row.bytes(6));
  grant.clashes = static_cast<std::uint32_t>(row.integer(7));
  return grant;
}

Error order_invalid(const char* why) { return {Code::work_order_invalid, "use work order", why}; }
Error grant_refused(Code code, const char* why) { return {code, "bind grant", why}; }

}  // namespace

base::Result<std::uint64_t> SqliteHubStore::add_order(const base::Hash& code_hash, WorkOrder order,
                                                      std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(const auto last, database_->query_integer("SELECT max(number) FROM orders"));
  order.number = static_cast<std::uint64_t>(last.value_or(0)) + 1;
  MILLPOND_TRY_DO(
      database_->run("INSERT INTO orders(number, code_hash, store, terminals, expires_ms, revoked, tries_left, phone, "
                     "pin) VALUES(?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8)",
                     order.number, code_hash, order.store, order.terminals, order.expires_ms, wire::order_tries_max,
                     order.phone, order.pin));
  base::Bytes content;
  base::append_big_endian(content, order.number, 8);
  base::append_big_endian(content, order.store.value, 4);
  base::append_big_endian(content, order.terminals, 4);
  MILLPOND_TRY_DO(append_log("order_made", content, now_ms));
  MILLPOND_TRY_DO(transaction.commit());
  return order.number;
}

base::Result<std::optional<WorkOrder>> SqliteHubStore::read_order(const base::Hash& code_hash) {
  MILLPOND_TRY(auto row, database_->prepare(std::string{order_columns} + "WHERE o.code_hash=?1"));
  MILLPOND_TRY_DO(row.bind(code_hash));
  MILLPOND_TRY(const bool found, row.step());
  if (!found) return std::optional<WorkOrder>{};
  return std::optional{order_in(row)};
}

base::Result<std::optional<WorkOrder>> SqliteHubStore::try_order(const base::Hash& code_hash) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(auto order, read_order(code_hash));
  if (!order) return order;
  MILLPOND_TRY_DO(
      database_->run("UPDATE orders SET tries_left=tries_left-1 WHERE number=?1 AND tries_left>0", order->number));
  MILLPOND_TRY_DO(transaction.commit());
  return order;
}

base::Result<TerminalRecord> SqliteHubStore::use_order(const base::Hash& code_hash, const crypto::PublicKey& key,
                                                       std::int64_t now_ms, const CertificateMaker& make) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(const auto order, read_order(code_hash));
  if (!order) return order_invalid("no such order");
  if (order->revoked) return order_invalid("revoked");
  if (order->expires_ms <= now_ms) return order_invalid("expired");
  MILLPOND_TRY_DO(
      database_->run("UPDATE orders SET tries_left=?2 WHERE number=?1", order->number, wire::order_tries_max));
  MILLPOND_TRY(const auto before, database_->query_integer("SELECT terminal FROM order_uses WHERE number=?1 AND key=?2",
                                                           order->number, key));
  if (before) {  // the answer was lost on its way: give it again
    MILLPOND_TRY_DO(transaction.commit());
    return given_again({static_cast<std::uint32_t>(*before)});
  }
  if (order->used >= order->terminals) return order_invalid("used up");
  if (const auto fresh = check_new_key(key); !fresh) {  // phone and PIN were right: their try is given back
    MILLPOND_TRY_DO(transaction.commit());
    return fresh.error();
  }
  MILLPOND_TRY(const auto terminal, take_terminal_number());
  MILLPOND_TRY(const auto serial, take_serial());
  const auto record = make(terminal, order->store, serial);
  MILLPOND_TRY_DO(
      database_->run("INSERT INTO order_uses(number, key, terminal) VALUES(?1, ?2, ?3)", order->number, key, terminal));
  MILLPOND_TRY_DO(insert_terminal(record, now_ms));
  MILLPOND_TRY_DO(transaction.commit());
  return record;
}

base::Result<std::vector<WorkOrder>> SqliteHubStore::orders() {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto row, database_->prepare(std::string{order_columns} + "ORDER BY o.number"));
  std::vector<WorkOrder> orders;
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return orders;
    orders.push_back(order_in(row));
  }
}

base::Result<> SqliteHubStore::revoke_order(std::uint64_t number, std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(const auto known, database_->query_integer("SELECT 1 FROM orders WHERE number=?1", number));
  if (!known) return Error{Code::not_found, "revoke work order", "no order " + std::to_string(number)};
  MILLPOND_TRY_DO(database_->run("UPDATE orders SET revoked=1 WHERE number=?1", number));
  base::Bytes content;
  base::append_big_endian(content, number, 8);
  MILLPOND_TRY_DO(append_log("order_revoked", content, now_ms));
  return transaction.commit();
}

base::Result<GrantRecord> SqliteHubStore::add_grant(base::StoreId store, std::int64_t expires_ms, std::int64_t now_ms,
                                                    const GrantMaker& make) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  GrantRecord grant;
  grant.store = store;
  grant.expires_ms = expires_ms;
  MILLPOND_TRY(grant.terminal, take_terminal_number());
  MILLPOND_TRY(grant.serial, take_serial());
  grant.grant = make(grant.terminal, grant.serial);
  MILLPOND_TRY_DO(
      database_->run("INSERT INTO grants(terminal, store, serial, bytes, expires_ms, revoked, clashes) "
                     "VALUES(?1, ?2, ?3, ?4, ?5, 0, 0)",
                     grant.terminal, store, grant.serial, grant.grant, expires_ms));
  MILLPOND_TRY_DO(append_log("grant_made", grant.grant, now_ms));
  MILLPOND_TRY_DO(transaction.commit());
  return grant;
}

base::Result<TerminalRecord> SqliteHubStore::bind_grant(base::ByteView bytes, const crypto::PublicKey& key,
                                                        std::int64_t now_ms, const CertificateMaker& make,
                                                        bool counts) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  std::optional<GrantRecord> grant;
  {
    MILLPOND_TRY(auto row, database_->prepare(std::string{grant_columns} + "WHERE bytes=?1"));
    MILLPOND_TRY_DO(row.bind(bytes));
    MILLPOND_TRY(const bool found, row.step());
    if (found) grant = grant_in(row);
  }
  if (!grant) return grant_refused(Code::grant_invalid, "no such grant");
  if (grant->bound && *grant->bound == key) {  // the answer was lost on its way: give it again
    MILLPOND_TRY(auto record, read_terminal(grant->terminal));
    if (record && record->revoked) return grant_refused(Code::terminal_revoked, "revoked since");
    if (record) return *std::move(record);
    return Error{Code::store_corrupt, "bind grant", "its terminal is missing"};
  }
  if (grant->bound) {
    if (!counts) return grant_refused(Code::grant_invalid, "another machine showed it first");
    MILLPOND_TRY_DO(database_->run("UPDATE grants SET clashes=clashes+1 WHERE terminal=?1", grant->terminal));
    base::Bytes content{bytes.begin(), bytes.end()};
    base::append(content, key);
    MILLPOND_TRY_DO(append_log("grant_shown_twice", content, now_ms));
    MILLPOND_TRY_DO(transaction.commit());
    return grant_refused(Code::grant_invalid, "another machine showed it first");
  }
  if (grant->revoked) return grant_refused(Code::grant_invalid, "revoked");
  if (grant->expires_ms <= now_ms) return grant_refused(Code::grant_expired, "its last day is over");
  const auto record = make(grant->terminal, grant->store, grant->serial);
  MILLPOND_TRY_DO(database_->run("UPDATE grants SET bound=?2 WHERE terminal=?1", grant->terminal, key));
  MILLPOND_TRY_DO(insert_terminal(record, now_ms));
  MILLPOND_TRY_DO(transaction.commit());
  return record;
}

base::Result<std::vector<GrantRecord>> SqliteHubStore::grants() {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto row, database_->prepare(std::string{grant_columns} + "ORDER BY terminal"));
  std::vector<GrantRecord> grants;
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return grants;
    grants.push_back(grant_in(row));
  }
}

base::Result<> SqliteHubStore::revoke_grant(base::TerminalId terminal, std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(const auto open,
               database_->query_integer("SELECT 1 FROM grants WHERE terminal=?1 AND bound IS NULL", terminal));
  if (!open) {
    return Error{Code::not_found, "revoke grant", "no open grant for terminal " + std::to_string(terminal.value),
                 "a bound one is a terminal: millpond-hub terminal revoke"};
  }
  MILLPOND_TRY_DO(database_->run("UPDATE grants SET revoked=1 WHERE terminal=?1", terminal));
  base::Bytes content;
  base::append_big_endian(content, terminal.value, 4);
  MILLPOND_TRY_DO(append_log("grant_revoked", content, now_ms));
  return transaction.commit();
}

}  // namespace millpond::hub
