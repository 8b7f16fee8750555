// SPDX-License-Identifier: Apache-2.0
#include "sync/sqlite/connection.h"
#include "sync/base/file.h"
#include "sync/sqlite/migrate.h"
#include "sync/sqlite/transaction.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <thread>

using namespace millpond;
using sqlite::Connection;

namespace {

std::unique_ptr<Connection> open(const std::filesystem::path& path) {
  auto connection = Connection::open({.path = path});
  REQUIRE(connection);
  return std::move(*connection);
}

std::int64_t count(Connection& db) { return **db.query_integer("SELECT count(*) FROM t"); }

}  // namespace

TEST_CASE("values of every type are bound and read back") {
  const tests::TempDir folder;
  auto db = open(folder / "a.db");
  REQUIRE(db->execute("CREATE TABLE t(a INTEGER, b TEXT, c BLOB, d INTEGER, e ANY) STRICT"));
  const base::Bytes bytes{0, 1, 255};
  REQUIRE(db->run("INSERT INTO t VALUES(?1, ?2, ?3, ?4, ?5)", std::uint64_t{0xFFFF'FFFF'FFFF'FFFE}, "text", bytes,
                  base::MemberId{7}, std::nullopt));
  auto query = db->prepare("SELECT a, b, c, d, e FROM t");
  REQUIRE(query);
  REQUIRE(*query->step());
  CHECK(query->unsigned_integer(0) == 0xFFFF'FFFF'FFFF'FFFE);
  CHECK(query->text(1) == "text");
  CHECK(base::Bytes(query->bytes(2).begin(), query->bytes(2).end()) == bytes);
  CHECK(query->integer(3) == 7);
  CHECK(query->is_null(4));
  CHECK(query->array<3>(2));
  CHECK(query->array<4>(2).error().code == base::Code::store_corrupt);
  CHECK_FALSE(*query->step());
}

TEST_CASE("a transaction that is not committed and a savepoint that is not released leave nothing") {
  const tests::TempDir folder;
  auto db = open(folder / "a.db");
  REQUIRE(db->execute("CREATE TABLE t(a INTEGER) STRICT"));
  {
    auto transaction = sqlite::Transaction::begin(*db);
    REQUIRE(transaction);
    REQUIRE(db->run("INSERT INTO t VALUES(1)"));
  }
  CHECK(count(*db) == 0);
  {
    auto transaction = sqlite::Transaction::begin(*db);
    REQUIRE(transaction);
    {
      auto lost = sqlite::Savepoint::begin(*db);
      REQUIRE(lost);
      REQUIRE(db->run("INSERT INTO t VALUES(2)"));
    }
    {
      auto kept = sqlite::Savepoint::begin(*db);
      REQUIRE(kept);
      REQUIRE(db->run("INSERT INTO t VALUES(3)"));
      REQUIRE(kept->release());
    }
    REQUIRE(transaction->commit());
  }
  CHECK(count(*db) == 1);
  CHECK(*db->query_integer("SELECT a FROM t") == 3);
}

TEST_CASE("a statement in use is not shared") {
  const tests::TempDir folder;
  auto db = open(folder / "a.db");
  REQUIRE(db->execute("CREATE TABLE t(a INTEGER) STRICT; INSERT INTO t VALUES(1), (2)"));
  auto outer = db->prepare("SELECT a FROM t ORDER BY a");
  REQUIRE(*outer->step());
  auto inner = db->prepare("SELECT a FROM t ORDER BY a");
  REQUIRE(*inner->step());
  CHECK(*inner->step());
  CHECK(inner->integer(0) == 2);
  CHECK(outer->integer(0) == 1);
}

TEST_CASE("failures have codes that say what to do") {
  const tests::TempDir folder;
  const auto path = folder / "a.db";
  auto db = open(path);
  REQUIRE(db->execute("CREATE TABLE t(a INTEGER PRIMARY KEY) STRICT; INSERT INTO t VALUES(1)"));
  CHECK(db->run("INSERT INTO t VALUES(1)").error().code == base::Code::bad_input);
  CHECK(db->prepare("SELEKT").error().code == base::Code::internal);
  CHECK(Connection::open({.path = folder / "absent.db", .create = false}).error().code == base::Code::not_found);
  REQUIRE(db->execute("BEGIN EXCLUSIVE"));
  auto second = open(path);
  const auto locked = second->run("INSERT INTO t VALUES(2)");
  REQUIRE_FALSE(locked);
  CHECK(locked.error().code == base::Code::store_locked);
  CHECK(locked.error().hint.find(path.string()) != std::string::npos);
  REQUIRE(base::write_file(folder / "text.db", base::view_of(std::string(4096, 'x'))));
  auto text = open(folder / "text.db");
  CHECK(text->query_integer("SELECT count(*) FROM sqlite_schema").error().code == base::Code::store_corrupt);
}

// Seed 32 of the siege: a power cut had left the replica's header so, and the terminal did not start.
TEST_CASE("a header of no known format is a damaged file") {
  const tests::TempDir folder;
  const auto path = folder / "a.db";
  REQUIRE(open(path)->execute("CREATE TABLE t(a)"));
  auto bytes = base::read_file(path, 1U << 20);
  REQUIRE(bytes);
  for (std::size_t i = 44; i < 48; ++i)
    (*bytes)[i] = 0x5a;  // the schema format, https://www.sqlite.org/fileformat.html
  REQUIRE(base::write_file(path, *bytes));
  const auto failed = open(path)->query_integer("SELECT count(*) FROM t");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == base::Code::store_corrupt);
}

TEST_CASE("migrations run once, in order, and a later file is left alone") {
  const tests::TempDir folder;
  auto db = open(folder / "a.db");
  const std::array<std::string_view, 1> first{"CREATE TABLE t(a INTEGER) STRICT"};
  const std::array<std::string_view, 2> both{first[0], "INSERT INTO t VALUES(5)"};
  const std::array<std::string_view, 3> broken{both[0], both[1],
                                               "INSERT INTO t VALUES(6); INSERT INTO nowhere VALUES(1)"};
  REQUIRE(sqlite::migrate(*db, first));
  REQUIRE(sqlite::migrate(*db, both));
  REQUIRE(sqlite::migrate(*db, both));
  CHECK(count(*db) == 1);
  CHECK_FALSE(sqlite::migrate(*db, broken));
  CHECK(count(*db) == 1);
  CHECK(*db->query_integer("PRAGMA user_version") == 2);
  CHECK(sqlite::migrate(*db, first).error().code == base::Code::store_newer);
}

TEST_CASE("a file of a later version is used when its steps say that this program can") {
  struct Row {
    const char* what;
    std::uint16_t second;  // oldest version that can use the file after the second step
    std::uint16_t third;
    bool first_can;
    bool second_can;
  };
  for (const auto& row :
       {Row{"steps that only add", 1, 1, true, true}, Row{"the last one changes much", 1, 3, false, false},
        Row{"the second one does", 2, 2, false, true}}) {
    CAPTURE(row.what);
    const tests::TempDir folder;
    auto db = open(folder / "a.db");
    const std::array<sqlite::Step, 3> steps{{{1, "CREATE TABLE t(a INTEGER) STRICT; INSERT INTO t VALUES(1)"},
                                             {row.second, "ALTER TABLE t ADD COLUMN b INTEGER NOT NULL DEFAULT 0"},
                                             {row.third, "CREATE TABLE u(a INTEGER) STRICT"}}};
    REQUIRE(sqlite::migrate(*db, steps));
    const auto can = [&](std::size_t known) {
      const auto migrated = sqlite::migrate(*db, std::span{steps}.first(known));
      if (!migrated) CHECK(migrated.error().code == base::Code::store_newer);
      return migrated.has_value();
    };
    CHECK(can(1) == row.first_can);
    CHECK(can(2) == row.second_can);
    CHECK(can(3));
    CHECK(*db->query_integer("PRAGMA user_version") == 3);
    CHECK(count(*db) == 1);
  }
}

TEST_CASE("a statement that is in use is prepared a second time, and both can be used again") {
  auto db = open(":memory:");
  REQUIRE(db->execute("CREATE TABLE t(a INTEGER); INSERT INTO t VALUES(1), (2)"));
  constexpr auto sql = "SELECT a FROM t ORDER BY a";
  for (int round = 0; round < 3; ++round) {
    auto outer = db->prepare(sql);
    REQUIRE(*outer->step());
    {
      auto inner = db->prepare(sql);
      REQUIRE(*inner->step());
      CHECK(inner->integer(0) == 1);
    }
    CHECK(*outer->step());
    CHECK(outer->integer(0) == 2);
  }
}

TEST_CASE("a statement under way ends when its connection is cancelled") {
  const tests::TempDir folder;
  std::atomic<bool> cancelled{};
  auto db = Connection::open({.path = folder / "a.db", .cancelled = &cancelled});
  REQUIRE(db);
  REQUIRE((*db)->execute("CREATE TABLE t(a INTEGER)"));
  std::thread later{[&] { cancelled = true; }};
  // endless by itself
  CHECK_FALSE(
      (*db)->query_integer("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                           "SELECT max(i) FROM n"));
  later.join();
}
