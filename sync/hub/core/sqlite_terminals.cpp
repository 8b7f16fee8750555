// SPDX-License-Identifier: Apache-2.0
// Terminals, their one-time codes, published rows, and the hub's own log of all of these.
#include "sync/codes/payload.h"
#include "sync/crypto/hash.h"
#include "sync/hub/core/sqlite_store.h"
#include "sync/model/programme.h"
#include "sync/wire/provisioning.h"

#include <algorithm>

namespace millpond::hub {
namespace {

constexpr std::int64_t code_kept_ms = 86'400'000;  // after expiry, so that a late retry is told what happened

base::Bytes issuer_body(const TerminalRecord& record) {
  const auto issuer = codes::Issuer::terminal(record.terminal, record.generation);
  return wire::encode(wire::IssuerRow{issuer.value, record.key, record.revoked_from_seq});
}

base::Bytes issuer_key(const TerminalRecord& record) {
  return key_of(codes::Issuer::terminal(record.terminal, record.generation).value, 4);
}

// A document that cannot be read asks nobody's age.
base::Result<> keep_joining_age(sqlite::Connection& database, std::uint32_t version, base::ByteView body) {
  const auto row = wire::decode_programme_row(body);
  if (!row) return {};
  const auto programme = model::parse_programme(row->json);
  if (!programme) return {};
  return database.run("INSERT OR REPLACE INTO joining_ages(version, age_min) VALUES(?1, ?2)", version,
                      programme->country.joining.age_min);
}

base::Error code_invalid(std::string detail) {
  return {base::Code::provision_code_invalid, "use provision code", std::move(detail)};
}

base::Result<std::vector<wire::DownRow>> read_rows(sqlite::Statement& row) {
  std::vector<wire::DownRow> rows;
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return rows;
    const auto key = row.bytes(1);
    const auto body = row.bytes(2);
    rows.push_back(
        {static_cast<std::uint8_t>(row.integer(0)), {key.begin(), key.end()}, false, {body.begin(), body.end()}});
  }
}

}  // namespace

base::Result<base::TerminalId> SqliteHubStore::add_code(const TypedCode& code, base::StoreId store, std::int64_t now_ms,
                                                        std::int64_t expires_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY_DO(database_->run("DELETE FROM codes WHERE expires_ms<?1", now_ms - code_kept_ms));
  MILLPOND_TRY(const auto terminal, take_terminal_number());
  MILLPOND_TRY_DO(
      database_->run("INSERT INTO codes(code_hash, terminal, store, expires_ms, tries_left, begins) "
                     "VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
                     code.hash, terminal, store, expires_ms, wire::provision_tries_max, code.begins));
  base::Bytes content;
  base::append_big_endian(content, terminal.value, 4);
  base::append_big_endian(content, store.value, 4);
  MILLPOND_TRY_DO(append_log("code_made", content, now_ms));
  MILLPOND_TRY_DO(transaction.commit());
  return terminal;
}

base::Result<TerminalRecord> SqliteHubStore::use_code(const TypedCode& typed, const crypto::PublicKey& key,
                                                      std::int64_t now_ms, const CertificateMaker& make) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(auto code, database_->prepare("SELECT terminal, store, expires_ms, tries_left, used_key FROM codes "
                                             "WHERE code_hash=?1"));
  MILLPOND_TRY_DO(code.bind(typed.hash));
  MILLPOND_TRY(const bool found, code.step());
  if (!found) {
    // Nobody can tell which code was meant, so a wrong guess costs every open one a try that begins like it.
    code.reset();
    if (!typed.counts) return code_invalid("no such code");
    MILLPOND_TRY_DO(
        database_->run("UPDATE codes SET tries_left=tries_left-1 WHERE used_key IS NULL AND tries_left>0 AND begins=?1",
                       typed.begins));
    MILLPOND_TRY_DO(transaction.commit());
    return code_invalid("no such code");
  }
  const base::TerminalId terminal{static_cast<std::uint32_t>(code.integer(0))};
  const base::StoreId store{static_cast<std::uint32_t>(code.integer(1))};
  const bool expired = code.integer(2) <= now_ms;
  const bool tired = code.integer(3) <= 0;
  const bool used = !code.is_null(4);
  const bool same_key = used && crypto::equal_constant_time(code.bytes(4), key);
  code.reset();
  if (used && !same_key) return code_invalid("used already");
  if (expired) return code_invalid("expired");
  if (used) return given_again(terminal);  // the answer was lost on its way
  if (tired) return code_invalid("tried too often");

  MILLPOND_TRY(const auto serial, take_serial());
  const auto record = make(terminal, store, serial);
  MILLPOND_TRY_DO(database_->run("UPDATE codes SET used_key=?2 WHERE code_hash=?1", typed.hash, key));
  MILLPOND_TRY_DO(insert_terminal(record, now_ms));
  MILLPOND_TRY_DO(transaction.commit());
  return record;
}

// A machine that has uploaded has had its answer: who asks with its key now is a copy of its disk.
base::Result<TerminalRecord> SqliteHubStore::given_again(base::TerminalId terminal) {
  const auto refused = [](base::Code code, const char* why) { return base::Error{code, "provision again", why}; };
  MILLPOND_TRY(auto record, read_terminal(terminal));
  if (!record) return refused(base::Code::store_corrupt, "its terminal is missing");
  if (record->revoked) return refused(base::Code::terminal_revoked, "revoked since");
  MILLPOND_TRY(const auto lives, database_->query_integer("SELECT 1 FROM epochs WHERE terminal=?1 LIMIT 1", terminal));
  if (lives) return refused(base::Code::already_exists, "a machine with this key works already");
  return *std::move(record);
}

// Counted up, and never given out again.
base::Result<base::TerminalId> SqliteHubStore::take_terminal_number() {
  MILLPOND_TRY(const auto next, database_->query_integer("SELECT next_terminal FROM hub"));
  const auto number = next.value_or(0);
  if (number <= 0 || number > std::int64_t{base::terminal_id_max}) {
    return base::Error{base::Code::ids_exhausted, "add terminal", "no terminal number is left"};
  }
  MILLPOND_TRY_DO(database_->run("UPDATE hub SET next_terminal=next_terminal+1"));
  return base::TerminalId{static_cast<std::uint32_t>(number)};
}

base::Result<std::uint32_t> SqliteHubStore::take_serial() {
  MILLPOND_TRY(const auto serial, database_->query_integer("SELECT next_serial FROM hub"));
  MILLPOND_TRY_DO(database_->run("UPDATE hub SET next_serial=next_serial+1"));
  return static_cast<std::uint32_t>(serial.value_or(1));
}

// One key is one terminal, for ever: who copied the disk of one that was revoked has the key of whoever goes on with
// it.
base::Result<> SqliteHubStore::check_new_key(const crypto::PublicKey& key) {
  MILLPOND_TRY(const auto before, database_->query_integer("SELECT terminal FROM terminals WHERE key=?1", key));
  if (!before) return {};
  return base::Error{base::Code::already_exists, "add terminal",
                     "this key was given to terminal " + std::to_string(*before),
                     "provision the machine in a new, empty folder, where it makes another key"};
}

base::Result<> SqliteHubStore::insert_terminal(const TerminalRecord& record, std::int64_t now_ms) {
  MILLPOND_TRY_DO(check_new_key(record.key));
  MILLPOND_TRY_DO(
      database_->run("INSERT INTO terminals(terminal, store, key, generation, serial, certificate, "
                     "provisioned_ms, digits, revoked, revoked_from_seq) "
                     "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, 0)",
                     record.terminal, record.store, record.key, record.generation, record.serial, record.certificate,
                     record.provisioned_ms, record.matching_digits));
  MILLPOND_TRY(auto counters, load_counters(*database_));
  FeedRows feed{*database_, counters};
  MILLPOND_TRY_DO(publish_row(feed, wire::RowKind::issuer, issuer_key(record), issuer_body(record), 1));
  MILLPOND_TRY_DO(save_counters(*database_, counters));
  return append_log("terminal_added", record.certificate, now_ms);
}

base::Result<std::optional<TerminalRecord>> SqliteHubStore::terminal(base::TerminalId terminal) {
  const std::lock_guard lock{lock_};
  return read_terminal(terminal);
}

base::Result<std::optional<TerminalRecord>> SqliteHubStore::read_terminal(base::TerminalId terminal) {
  MILLPOND_TRY(auto row,
               database_->prepare("SELECT store, key, generation, serial, certificate, provisioned_ms, digits, "
                                  "revoked, revoked_from_seq FROM terminals WHERE terminal=?1"));
  MILLPOND_TRY_DO(row.bind(terminal));
  MILLPOND_TRY(const bool found, row.step());
  if (!found) return std::optional<TerminalRecord>{};
  TerminalRecord record;
  record.terminal = terminal;
  record.store = {static_cast<std::uint32_t>(row.integer(0))};
  MILLPOND_TRY(record.key, row.array<32>(1));
  record.generation = static_cast<std::uint8_t>(row.integer(2));
  record.serial = static_cast<std::uint32_t>(row.integer(3));
  const auto certificate = row.bytes(4);
  record.certificate.assign(certificate.begin(), certificate.end());
  record.provisioned_ms = row.integer(5);
  record.matching_digits = row.text(6);
  record.revoked = row.integer(7) != 0;
  record.revoked_from_seq = row.unsigned_integer(8);
  return std::optional{std::move(record)};
}

base::Result<TerminalRecord> SqliteHubStore::readmit(const TerminalRecord& record, std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(auto known, read_terminal(record.terminal));
  const auto refused = [&](base::Code code, const std::string& why) {
    return base::Error{code, "let a terminal in again",
                       "terminal " + std::to_string(record.terminal.value) + " " + why};
  };
  if (known && known->revoked) return refused(base::Code::terminal_revoked, "is revoked");
  if (known && known->key != record.key) return refused(base::Code::already_exists, "is another machine by now");
  if (known) return *std::move(known);
  MILLPOND_TRY_DO(
      database_->run("UPDATE hub SET next_terminal=max(next_terminal, ?1), next_serial=max(next_serial, ?2)",
                     std::int64_t{record.terminal.value} + 1, std::int64_t{record.serial} + 1));
  MILLPOND_TRY_DO(insert_terminal(record, now_ms));
  MILLPOND_TRY_DO(transaction.commit());
  return record;
}

base::Result<TerminalRecord> SqliteHubStore::renew(base::TerminalId terminal, std::int64_t now_ms,
                                                   const CertificateRenewer& renew) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(auto record, read_terminal(terminal));
  const auto refused = [&](base::Code code) {
    return base::Error{code, "renew certificate", "terminal " + std::to_string(terminal.value)};
  };
  if (!record) return refused(base::Code::not_found);
  if (record->revoked) return refused(base::Code::terminal_revoked);
  MILLPOND_TRY(const auto next, database_->query_integer("SELECT next_serial FROM hub"));
  const auto serial = static_cast<std::uint32_t>(next.value_or(1));
  auto certificate = renew(*record, serial);
  if (certificate.empty()) return *std::move(record);
  record->serial = serial;
  record->certificate = std::move(certificate);
  MILLPOND_TRY_DO(database_->run("UPDATE hub SET next_serial=next_serial+1"));
  MILLPOND_TRY_DO(database_->run("UPDATE terminals SET serial=?2, certificate=?3 WHERE terminal=?1", terminal, serial,
                                 record->certificate));
  MILLPOND_TRY_DO(append_log("certificate_renewed", record->certificate, now_ms));
  MILLPOND_TRY_DO(transaction.commit());
  return *std::move(record);
}

namespace {

// Where each life of a terminal was when a time came; and, as lane 0 with the coupon, each yes since whose fact has not
// come: nobody hears of it any more.
base::Result<std::vector<FactPlace>> places_since(sqlite::Connection& database, base::TerminalId terminal,
                                                  std::int64_t since_ms) {
  std::vector<FactPlace> places;
  for (const auto* const sql : {"SELECT e.lane, min(b.from_seq) FROM epochs e JOIN batches b ON b.lane=e.lane WHERE "
                                "e.terminal=?1 AND b.received_ms>=?2 GROUP BY e.lane ORDER BY e.lane",
                                "SELECT 0, u.coupon FROM confirmations c JOIN uses u ON u.coupon=c.coupon AND u.lane=0 "
                                "WHERE c.terminal=?1 AND c.at_ms>=?2 AND u.state=2 ORDER BY u.coupon"}) {
    MILLPOND_TRY(auto row, database.prepare(sql));
    MILLPOND_TRY_DO(row.bind(terminal, since_ms));
    for (;;) {
      MILLPOND_TRY(const bool found, row.step());
      if (!found) break;
      places.push_back({row.integer(0), {row.unsigned_integer(1)}});
    }
  }
  return places;
}

base::Result<> add_given(sqlite::Connection& database, const FactPlace& from, GivenSince& given) {
  const auto number = [&](const std::string& sql) -> base::Result<std::int64_t> {
    MILLPOND_TRY(const auto value, database.query_integer(sql, from.lane, from.seq));
    return value.value_or(0);
  };
  const bool of_yes = from.lane == 0;
  const std::string uses = of_yes ? "FROM uses WHERE lane=?1 AND coupon=?2" : "FROM uses WHERE lane=?1 AND seq>=?2";
  MILLPOND_TRY(const auto used, number("SELECT count(*) " + uses + " AND state=2"));
  MILLPOND_TRY(const auto used_minor, number("SELECT sum(value_minor) " + uses + " AND state=2"));
  given.uses += static_cast<std::uint64_t>(used);
  given.uses_minor += used_minor;
  if (of_yes) return {};
  const std::string coupons = "FROM coupons WHERE lane=?1 AND seq>=?2";
  MILLPOND_TRY(const auto count, number("SELECT count(*) " + coupons));
  MILLPOND_TRY(const auto minor, number("SELECT sum(value_minor) " + coupons));
  MILLPOND_TRY(const auto spent, number("SELECT count(*) " + coupons + " AND state=2"));
  MILLPOND_TRY(const auto points, number("SELECT sum(points) FROM events WHERE lane=?1 AND seq>=?2 AND points>0"));
  given.coupons += static_cast<std::uint64_t>(count);
  given.coupons_minor += minor;
  given.coupons_used += static_cast<std::uint64_t>(spent);
  given.points += points;
  return {};
}

}  // namespace

base::Result<GivenSince> SqliteHubStore::revoke(base::TerminalId terminal, std::uint64_t from_seq, std::int64_t now_ms,
                                                std::int64_t since_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(auto record, read_terminal(terminal));
  if (!record) {
    return base::Error{base::Code::not_found, "revoke terminal", "no terminal " + std::to_string(terminal.value)};
  }
  record->revoked = true;
  record->revoked_from_seq = from_seq;
  MILLPOND_TRY_DO(
      database_->run("UPDATE terminals SET revoked=1, revoked_from_seq=?2 WHERE terminal=?1", terminal, from_seq));
  MILLPOND_TRY(auto counters, load_counters(*database_));
  FeedRows feed{*database_, counters};
  MILLPOND_TRY_DO(publish_row(feed, wire::RowKind::issuer, issuer_key(*record), issuer_body(*record), 2));
  MILLPOND_TRY_DO(save_counters(*database_, counters));
  base::Bytes content;
  base::append_big_endian(content, terminal.value, 4);
  base::append_big_endian(content, from_seq, 8);
  MILLPOND_TRY_DO(append_log("terminal_revoked", content, now_ms));
  MILLPOND_TRY(const auto places, places_since(*database_, terminal, since_ms));
  GivenSince given;
  for (const auto what : {log_uses_undone, log_gifts_undone}) {
    for (const auto& place : places) {
      const bool of_uses = what == log_uses_undone;
      if (of_uses) MILLPOND_TRY_DO(add_given(*database_, place, given));
      if (!of_uses && place.lane == 0) continue;
      auto undone = key_of(static_cast<std::uint64_t>(place.lane));
      base::append_big_endian(undone, place.seq.value, 8);
      MILLPOND_TRY_DO(append_log(what, undone, now_ms));
    }
  }
  MILLPOND_TRY_DO(transaction.commit());
  return given;
}

base::Result<> SqliteHubStore::publish(wire::RowKind kind, base::ByteView key, base::ByteView body,
                                       std::uint32_t version, std::int64_t now_ms, Scope scope) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  {
    MILLPOND_TRY(auto row, database_->prepare("SELECT version, body FROM published WHERE kind=?1 AND key=?2"));
    MILLPOND_TRY_DO(row.bind(kind, key));
    MILLPOND_TRY(const bool found, row.step());
    const auto before = found ? row.unsigned_integer(0) : 0;
    if (before == version && found && std::ranges::equal(row.bytes(1), body)) return {};
    if (before >= version) {
      return base::Error{base::Code::bad_input, "publish",
                         "version " + std::to_string(before) + " is published, and a version never changes"};
    }
  }
  MILLPOND_TRY(auto counters, load_counters(*database_));
  FeedRows feed{*database_, counters};
  MILLPOND_TRY_DO(publish_row(feed, kind, key, body, version, scope));
  const bool is_programme = kind == wire::RowKind::programme;
  if (is_programme) MILLPOND_TRY_DO(keep_joining_age(*database_, version, body));
  MILLPOND_TRY_DO(save_counters(*database_, counters));
  MILLPOND_TRY_DO(append_log(is_programme ? log_programme : "row_published", body, now_ms));
  if (is_programme) {
    MILLPOND_TRY_DO(database_->run(
        "INSERT OR IGNORE INTO programmes(version, log_no, published_ms) SELECT ?1, max(no), ?2 FROM hub_log", version,
        now_ms));
  }
  return transaction.commit();
}

base::Result<> SqliteHubStore::publish_row(FeedRows& feed, wire::RowKind kind, base::ByteView key, base::ByteView body,
                                           std::uint32_t version, Scope scope) {
  MILLPOND_TRY_DO(
      database_->run("INSERT INTO published(kind, key, version, store, terminal, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6) "
                     "ON CONFLICT(kind, key) DO UPDATE SET version=excluded.version, store=excluded.store, "
                     "terminal=excluded.terminal, body=excluded.body",
                     kind, key, version, scope.store, scope.terminal, body));
  return feed.put(kind, key, body, scope);
}

base::Result<std::vector<wire::DownRow>> SqliteHubStore::documents() {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto row,
               database_->prepare("SELECT p.kind, p.key, p.body FROM published p JOIN feed f ON f.kind=p.kind "
                                  "AND f.key=p.key AND f.deleted_ms=0 WHERE p.store=0 AND p.terminal=0 "
                                  "ORDER BY p.kind, p.key"));
  return read_rows(row);
}

base::Result<std::vector<wire::DownRow>> SqliteHubStore::published_rows(wire::RowKind kind) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto row, database_->prepare("SELECT kind, key, body FROM published WHERE kind=?1 ORDER BY key"));
  MILLPOND_TRY_DO(row.bind(kind));
  return read_rows(row);
}

base::Result<std::uint32_t> SqliteHubStore::published_version(wire::RowKind kind) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(const auto version, database_->query_integer("SELECT max(version) FROM published WHERE kind=?1", kind));
  return static_cast<std::uint32_t>(version.value_or(0));
}

}  // namespace millpond::hub
