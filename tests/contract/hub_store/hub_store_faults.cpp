// SPDX-License-Identifier: Apache-2.0
// The embedded engine on a disk that runs full, loses power and fails: nothing acknowledged is lost, nothing is applied
// twice.
#include "sync/hub/core/sqlite_open.h"
#include "sync/sqlite/connection.h"
#include "tests/contract/hub_store/checked.h"
#include "tests/support/crash_vfs.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>
#include <sqlite3.h>

using namespace millpond;
using tests::checked;
using tests::start_of;
using tests::terminal_of;

namespace {

std::unique_ptr<hub::HubStore> open_on(const tests::CrashDisk& disk) {
  auto store = hub::open_sqlite_store({.path = "/hub.db", .vfs = disk.vfs_name(), .generation = 5});
  if (!store) INFO(base::describe(store.error()));
  return store ? std::move(store).value() : nullptr;
}

tests::PretendTerminal busy_terminal(int sales) {
  auto terminal = terminal_of(1);
  terminal.enrol({9}, {1});
  for (int i = 0; i < sales; ++i) terminal.sell({9}, "s" + std::to_string(i), 1000, 10);
  return terminal;
}

std::int64_t total_points(hub::HubStore& store) {
  const auto balances = store.balances();
  REQUIRE(balances);
  std::int64_t sum = 0;
  for (const auto& balance : *balances) sum += balance.points;
  return sum;
}

}  // namespace

// Linux keeps as clean what a failed sync did not write. A hub that is killed then and starts again reads it, and the
// next batch stands behind it in the log: a power cut must not take both.
TEST_CASE("What a failed sync left in memory does not take an acknowledged batch with it") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    tests::CrashDisk disk{"hub-forgets-" + std::to_string(seed), seed};
    auto terminal = busy_terminal(60);
    auto store = open_on(disk);
    REQUIRE(store);
    REQUIRE(store->ingest(checked(terminal, 1, 20), start_of(terminal)));
    disk.fail_after(0, tests::FaultKind::sync_error);
    CHECK_FALSE(store->ingest(checked(terminal, 21, 40), start_of(terminal)));
    disk.kill();
    store.reset();
    disk.heal();
    store = open_on(disk);
    REQUIRE(store);
    const auto kept = store->watermarks(base::TerminalId{1});
    REQUIRE(kept);
    const auto next = kept->at(0).through.value + 1;
    const auto outcome = store->ingest(checked(terminal, next, 60), start_of(terminal));
    REQUIRE(outcome);
    REQUIRE(outcome->mark.through.value == 60);
    disk.power_cut();
    store.reset();
    disk.power_on();
    store = open_on(disk);
    REQUIRE(store);
    const auto marks = store->watermarks(base::TerminalId{1});
    REQUIRE(marks);
    CHECK(marks->at(0).through == base::Seq{60});
  }
}

TEST_CASE("A full disk refuses a batch whole, keeps what it had, and goes on when there is room") {
  const tests::TempDir dir;
  const auto path = dir / "hub.db";
  auto terminal = busy_terminal(3'000);
  std::uint64_t held = 0;
  {
    auto store = hub::open_sqlite_store({.path = path, .generation = 5, .page_count_max = 50});
    REQUIRE(store);
    bool refused = false;
    for (std::uint64_t first = 1; first + 99 <= terminal.head() && !refused; first += 100) {
      const auto outcome = (*store)->ingest(checked(terminal, first, first + 99), start_of(terminal));
      if (outcome) {
        held = outcome->mark.through.value;
      } else {
        refused = true;
        CHECK(outcome.error().code == base::Code::disk_full);
      }
      const auto projected = (*store)->project(1'000, tests::open_anything());
      if (!projected) CHECK(projected.error().code == base::Code::disk_full);
    }
    CHECK(refused);
    CHECK((*store)->watermarks({1})->back().through.value == held);
  }
  auto store = hub::open_sqlite_store({.path = path, .generation = 5});
  REQUIRE(store);
  CHECK((*store)->watermarks({1})->back().through.value == held);
  REQUIRE((*store)->ingest(checked(terminal, held + 1, terminal.head()), start_of(terminal)));
  while ((*store)->project(1'000, tests::open_anything())->more) {}
  CHECK(total_points(**store) == 30'000);
  CHECK((*store)->check()->members_equal);
}

TEST_CASE("Power cuts and kills anywhere lose no acknowledged batch and apply no fact twice") {
  const auto terminal = busy_terminal(60);
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    tests::CrashDisk disk{"hub-cut-" + std::to_string(seed), seed};
    if (seed % 2 == 0) disk.keep_sectors_whole();
    base::SeededRng rng{seed};
    std::uint64_t acknowledged = 0;
    for (int life = 0; life < 40 && acknowledged < terminal.head(); ++life) {
      disk.power_on();
      disk.heal();
      if (life < 30)
        disk.fail_after(rng.below(60), rng.chance(1, 2) ? tests::FaultKind::power_cut : tests::FaultKind::kill);
      const auto store = open_on(disk);
      if (!store) continue;
      const auto marks = store->watermarks({1});
      if (!marks) continue;
      const auto held = marks->empty() ? 0 : marks->back().through.value;
      REQUIRE(held >= acknowledged);
      for (auto next = held + 1; next <= terminal.head();) {
        const auto last = std::min(terminal.head(), next + rng.below(9));
        const auto outcome = store->ingest(checked(terminal, next, last), start_of(terminal));
        if (!outcome) break;
        REQUIRE(outcome->status == wire::UpStatus::accepted);
        acknowledged = outcome->mark.through.value;
        next = last + 1;
        if (!store->project(1 + rng.below(5), tests::open_anything())) break;
      }
    }
    disk.power_on();
    disk.heal();
    const auto store = open_on(disk);
    REQUIRE(store);
    REQUIRE(acknowledged == terminal.head());
    while (store->project(1'000, tests::open_anything())->more) {}
    CHECK(total_points(*store) == 600);
    const auto check = store->check();
    REQUIRE(check);
    CHECK(check->database_ok);
    CHECK(check->members_equal);
    CHECK(check->checkpoint_equal);
  }
}

// Cut at any of its writes, many times: with a write-ahead log, commits share sectors, and this loses batches.
TEST_CASE("A disk that tears sectors takes no acknowledged batch") {
  for (std::uint64_t seed = 1; seed <= 24; ++seed) {
    CAPTURE(seed);
    const auto terminal = busy_terminal(400);
    tests::CrashDisk disk{"hub-torn-" + std::to_string(seed), seed};
    base::SeededRng rng{seed};
    std::uint64_t acknowledged = 0;
    while (acknowledged < terminal.head()) {
      disk.power_on();
      disk.heal();
      const auto store = open_on(disk);
      REQUIRE(store);
      const auto marks = store->watermarks({1});
      REQUIRE(marks);
      REQUIRE((marks->empty() ? 0 : marks->back().through.value) >= acknowledged);
      acknowledged = marks->empty() ? 0 : marks->back().through.value;
      // A sync that fails first: what it was to write may never come, and the journal's file is used again.
      const auto fault = rng.below(3) == 0 ? tests::FaultKind::sync_error : tests::FaultKind::power_cut;
      disk.fail_after(3 + rng.below(60), fault);
      while (acknowledged < terminal.head()) {
        const auto next = acknowledged + 1;
        const auto outcome = store->ingest(checked(terminal, next, next), start_of(terminal));
        if (outcome) {
          acknowledged = outcome->mark.through.value;
        } else if (disk.powered()) {
          disk.heal();
          disk.fail_after(1 + rng.below(20), tests::FaultKind::power_cut);
        } else {
          break;
        }
      }
    }
    CHECK(disk.cuts() > 10);
  }
}

// Everything that a hub writes, from its first page to a removal and a rebuild, dying at each operation in turn.
TEST_CASE("Dying at any operation leaves a hub that holds, and goes on to the same end") {
  auto terminal = busy_terminal(5);
  terminal.add_bytes({0xEE});
  auto clone = terminal.clone(3, crypto::SigningKey::generate());
  clone.sell({9}, "other", 1000, 10);
  const auto live = [&](hub::HubStore& store) {
    const auto marks = store.watermarks({1});
    if (!marks) return false;
    const auto held = marks->empty() ? 0 : marks->back().through.value;
    for (auto next = held + 1; next <= terminal.head(); next += 6) {
      const auto last = std::min(terminal.head(), next + 5);
      if (!store.ingest(checked(terminal, next, last), start_of(terminal))) return false;
      if (!store.project(3, tests::open_anything())) return false;
    }
    if (!store.ingest(checked(clone, 1, clone.head()), start_of(clone))) return false;
    if (!store.keep_copy({1}, terminal.epoch(), 5)) return false;
    const auto removed = store.remove_member({9}, 7);
    if (!removed && removed.error().code != base::Code::not_found) return false;
    for (bool more = true; more;) {
      const auto outcome = store.project(4, tests::open_anything());
      if (!outcome) return false;
      more = outcome->more;
    }
    if (!store.purge_tombstones(1'000'000, 1'000, 10)) return false;
    return true;
  };
  std::uint64_t operations = 0;
  {
    const tests::CrashDisk disk{"hub-whole", 1};
    const auto store = open_on(disk);
    REQUIRE(store);
    REQUIRE(live(*store));
    operations = disk.operations();
  }
  REQUIRE(operations > 20);
  for (std::uint64_t at = 0; at < operations; ++at) {
    const auto other = at % 2 == 0 ? tests::FaultKind::power_cut : tests::FaultKind::full;
    for (const auto kind : {tests::FaultKind::kill, other}) {
      CAPTURE(at, static_cast<int>(kind));
      tests::CrashDisk disk{"hub-die", at};
      if (at % 3 != 0) disk.keep_sectors_whole();
      disk.fail_after(at, kind);
      if (const auto store = open_on(disk)) static_cast<void>(live(*store));
      disk.power_on();
      disk.heal();
      const auto store = open_on(disk);
      REQUIRE(store);
      REQUIRE(live(*store));
      CHECK(total_points(*store) == 50);
      CHECK(store->status()->members_removed == 1);
      CHECK(store->status()->verdicts.size() == 1);
      const auto check = store->check();
      REQUIRE(check);
      CHECK(check->database_ok);
      CHECK(check->members_equal);
      CHECK(check->checkpoint_equal);
      CHECK(check->marks_hold);
      CHECK(check->log_holds);
    }
  }
}

TEST_CASE("A fact that the database itself refuses is set apart from its neighbours") {
  const tests::TempDir dir;
  const auto path = dir / "hub.db";
  REQUIRE(hub::open_sqlite_store({.path = path, .generation = 5}));
  {
    sqlite3* raw = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &raw) == SQLITE_OK);
    const char* const trap =
        "CREATE TRIGGER trap BEFORE INSERT ON sales WHEN NEW.transaction_id='s3' "
        "BEGIN SELECT RAISE(ABORT, 'no'); END";
    REQUIRE(sqlite3_exec(raw, trap, nullptr, nullptr, nullptr) == SQLITE_OK);
    REQUIRE(sqlite3_close(raw) == SQLITE_OK);
  }
  const auto store = hub::open_sqlite_store({.path = path, .generation = 5});
  REQUIRE(store);
  const auto terminal = busy_terminal(6);
  REQUIRE((*store)->ingest(checked(terminal, 1, terminal.head()), start_of(terminal)));
  const auto outcome = (*store)->project(100, tests::open_anything());
  REQUIRE(outcome);
  CHECK(outcome->events == terminal.head());
  CHECK(outcome->verdicts == 1);
  CHECK((*store)->status()->sales == 5);
  CHECK(total_points(**store) == 60);
  const auto check = (*store)->check();
  CHECK(check->members_equal);
  CHECK(check->checkpoint_equal);
  CHECK(check->marks_hold);
}

TEST_CASE("What was changed in the file behind the hub's back is found") {
  struct Row {
    const char* sql;
    bool hub::StoreCheck::*broken;
  };
  const Row rows[] = {
      {"UPDATE hub_log SET at_ms=at_ms+1 WHERE no=1", &hub::StoreCheck::log_holds},
      {"DELETE FROM hub_log WHERE no=1", &hub::StoreCheck::log_holds},
      {"DELETE FROM hub_log WHERE no=(SELECT max(no) FROM hub_log)", &hub::StoreCheck::log_holds},
      {"UPDATE epochs SET through=through+1", &hub::StoreCheck::marks_hold},
      {"UPDATE epochs SET projected=projected-1", &hub::StoreCheck::marks_hold},
      {"UPDATE epochs SET head=zeroblob(32)", &hub::StoreCheck::marks_hold},
      {"DELETE FROM batches WHERE no=1", &hub::StoreCheck::marks_hold},
      {"UPDATE members SET points=points+1", &hub::StoreCheck::members_equal},
      {"DELETE FROM feed WHERE kind=1", &hub::StoreCheck::checkpoint_equal},
      {"UPDATE hub SET figures=zeroblob(104)", &hub::StoreCheck::figures_hold},
      {"INSERT INTO verdict_counts VALUES('coupon_spent', 1)", &hub::StoreCheck::figures_hold},
      {"INSERT INTO pools(kind, subject, cap, used, excess) VALUES(2, 1, 5, 9, 3)", &hub::StoreCheck::pools_hold},
      {"INSERT INTO pools(kind, subject, cap, used, excess) VALUES(1, 0, 5, 3, 3)", &hub::StoreCheck::pools_hold},
      {"INSERT INTO leases VALUES(1, 1, 11, 1, 0, 5, 0, 9, 5, 0, 0, 0, 1, 0, 0, 0)", &hub::StoreCheck::pools_hold},
      {"INSERT INTO ledgers SELECT member, 1, 0, 0, 0 FROM members", &hub::StoreCheck::lots_hold},
      {"INSERT INTO lots VALUES(1, 1, 1, 0, 1, 0, 0, 0, 5, 5, 0, 0, 9, 0, 0)", &hub::StoreCheck::lots_hold},
      {"INSERT INTO ledgers SELECT member, 0, 1, 0, 1 FROM members", &hub::StoreCheck::members_equal},
  };
  for (const auto& row : rows) {
    CAPTURE(row.sql);
    const tests::TempDir dir;
    const auto path = dir / "hub.db";
    {
      const auto store = hub::open_sqlite_store({.path = path, .generation = 5});
      REQUIRE(store);
      const auto terminal = busy_terminal(6);
      tests::admit(**store, terminal);
      REQUIRE((*store)->ingest(checked(terminal, 1, 4), start_of(terminal)));
      REQUIRE((*store)->ingest(checked(terminal, 5, terminal.head()), start_of(terminal)));
      REQUIRE((*store)->project(100, tests::open_anything()));
      CHECK((*store)->check().value().*row.broken);
    }
    sqlite3* raw = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &raw) == SQLITE_OK);
    REQUIRE(sqlite3_exec(raw, row.sql, nullptr, nullptr, nullptr) == SQLITE_OK);
    REQUIRE(sqlite3_close(raw) == SQLITE_OK);
    const auto store = hub::open_sqlite_store({.path = path, .generation = 5});
    REQUIRE(store);
    CHECK_FALSE((*store)->check().value().*row.broken);
  }
}

// One number of a projection at a time, of those that no sum says anything about.
TEST_CASE("A projection that a rebuild would make otherwise is named") {
  for (const auto& [table, sql] : std::initializer_list<std::pair<std::string, std::string>>{
           {"coupons", "UPDATE coupons SET expires=expires+1"},
           {"coupons", "DELETE FROM coupons"},
           {"sales", "UPDATE sales SET total_minor=total_minor+1024 WHERE transaction_id='s3'"},
           {"identities", "INSERT INTO identities VALUES('openid', x'77', 9, 1, 2)"},
           {"events", "UPDATE events SET kind=kind+1 WHERE seq=3"},
           {"releases", "INSERT INTO releases VALUES(1, 99)"},
           {"uses", "INSERT INTO uses VALUES(5, 1, 2, 2, 1, 0, 1, 10, 9, 1, 100)"},
           {"duplicate_sales", "INSERT INTO duplicate_sales VALUES(1, 2)"},
           {"feed", "UPDATE feed SET body=x'00' WHERE kind=2"},
           {"", "UPDATE feed SET hub_seq=hub_seq+1000"},
       }) {
    CAPTURE(sql);
    const tests::TempDir dir;
    const auto path = dir / "hub.db";
    const auto open = [&] { return hub::open_sqlite_store({.path = path, .generation = 5}); };
    {
      const auto store = open();
      REQUIRE(store);
      auto terminal = busy_terminal(6);
      terminal.issue({77}, {9}, 1, {3});
      tests::admit(**store, terminal);
      REQUIRE((*store)->ingest(checked(terminal, 1, 4), start_of(terminal)));
      REQUIRE((*store)->ingest(checked(terminal, 5, terminal.head()), start_of(terminal)));
      REQUIRE((*store)->project(5, tests::open_anything()));  // the rest waits, and is no difference
      CHECK((*store)->rebuilt_otherwise(tests::open_anything()).value() == "");
      REQUIRE((*store)->project(100, tests::open_anything()));
      CHECK((*store)->rebuilt_otherwise(tests::open_anything()).value() == "");
    }
    sqlite3* raw = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &raw) == SQLITE_OK);
    REQUIRE(sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    CHECK((table.empty() || sqlite3_changes(raw) > 0));
    REQUIRE(sqlite3_close(raw) == SQLITE_OK);
    const auto store = open();
    REQUIRE(store);
    CHECK((*store)->rebuilt_otherwise(tests::open_anything()).value() == table);
    CHECK_FALSE(std::filesystem::exists(path.string() + ".check"));
    CHECK_FALSE(std::filesystem::exists(path.string() + ".rebuilt"));
  }
}

// Months later, from a backup: other facts that can all be read, in the place of those that were signed.
TEST_CASE("A batch that changed on the disk is not projected again") {
  const tests::TempDir dir;
  const auto path = dir / "hub.db";
  const auto open = [&] { return hub::open_sqlite_store({.path = path, .generation = 5}); };
  auto terminal = busy_terminal(3);
  auto richer = terminal_of(1);
  richer.enrol({9}, {1});
  for (int i = 0; i < 3; ++i) richer.sell({9}, "s" + std::to_string(i), 1000, 10'000);
  REQUIRE(richer.head() == terminal.head());
  const auto batch = checked(terminal, 1, terminal.head());
  {
    const auto store = open();
    REQUIRE(store);
    tests::admit(**store, terminal);
    REQUIRE((*store)->ingest(batch, start_of(terminal)));
    REQUIRE((*store)->project(100, tests::open_anything()));
  }
  const auto put_raw = [&](const base::Bytes& raw) {
    sqlite3* file = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &file) == SQLITE_OK);
    const auto sql = "UPDATE batches SET raw=x'" + base::to_hex(raw) + "'";
    REQUIRE(sqlite3_exec(file, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    REQUIRE(sqlite3_close(file) == SQLITE_OK);
  };
  auto forged = wire::decode_up_request(checked(richer, 1, richer.head()).raw);
  REQUIRE(forged);
  const auto honest = wire::decode_up_request(batch.raw);
  forged->chain_head = honest->chain_head;
  for (const auto& raw : {checked(richer, 1, richer.head()).raw, wire::encode(*forged)}) {
    put_raw(raw);
    const auto store = open();
    REQUIRE(store);
    REQUIRE((*store)->begin_rebuild((*store)->status()->generation + 1));
    const auto projected = (*store)->project(100, tests::open_anything());
    REQUIRE_FALSE(projected);
    CHECK(projected.error().code == base::Code::store_corrupt);
  }
  put_raw(batch.raw);
  const auto store = open();
  REQUIRE(store);
  REQUIRE((*store)->project(100, tests::open_anything()));
  CHECK((*store)->balances().value().front().points == 30);
}

// A disk that did not sync leaves tables of several moments (simulation, hub_commit_unsynced at seed 12).
TEST_CASE("An epoch that is ahead of a batch still waiting is damage, not facts to apply") {
  const tests::TempDir dir;
  const auto path = dir / "hub.db";
  const auto terminal = busy_terminal(3);
  {
    const auto store = hub::open_sqlite_store({.path = path, .generation = 5});
    REQUIRE(store);
    tests::admit(**store, terminal);
    REQUIRE((*store)->ingest(checked(terminal, 1, terminal.head()), start_of(terminal)));
  }
  for (const std::uint64_t ahead : {2, 1'000'000}) {
    CAPTURE(ahead);
    {
      const auto file = sqlite::Connection::open({.path = path});
      REQUIRE(file);
      REQUIRE((*file)->run("UPDATE epochs SET projected=?1", terminal.head() + ahead));
    }
    const auto store = hub::open_sqlite_store({.path = path, .generation = 5});
    REQUIRE(store);
    CHECK((*store)->project(100, tests::open_anything()).error().code == base::Code::store_corrupt);
    CHECK((*store)->project(100, tests::open_anything()).error().code == base::Code::store_corrupt);
    CHECK_FALSE((*store)->check()->holds());
  }
}

// What people did stands in no terminal's ring: nothing but this copy would ever say otherwise.
TEST_CASE("An entry of the hub's log that changed on the disk is not applied again") {
  for (const std::string column : {"content", "at_ms", "what", "after_batch"}) {
    CAPTURE(column);
    const tests::TempDir dir;
    const auto path = dir / "hub.db";
    const auto open = [&] { return hub::open_sqlite_store({.path = path, .generation = 5}); };
    auto terminal = busy_terminal(3);
    terminal.enrol({12}, {1});
    {
      const auto store = open();
      REQUIRE(store);
      tests::admit(**store, terminal);
      REQUIRE((*store)->ingest(checked(terminal, 1, terminal.head()), start_of(terminal)));
      REQUIRE((*store)->project(100, tests::open_anything()));
      REQUIRE((*store)->merge_members({12}, {9}, 1'000));
      REQUIRE((*store)->remove_member({12}, 2'000));
      REQUIRE((*store)->project(100, tests::open_anything()));
    }
    sqlite3* file = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &file) == SQLITE_OK);
    const auto changed = column == "content" ? "x'000000000000000B0000000000000009'"
                         : column == "what"  ? "'members_unmerged'"
                                             : column + "-1";
    const auto sql = "UPDATE hub_log SET " + column + "=" + changed + " WHERE what='members_merged'";
    REQUIRE(sqlite3_exec(file, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    REQUIRE(sqlite3_changes(file) == 1);
    REQUIRE(sqlite3_close(file) == SQLITE_OK);
    const auto store = open();
    REQUIRE(store);
    CHECK_FALSE((*store)->check()->log_holds);
    REQUIRE((*store)->begin_rebuild((*store)->status()->generation + 1));
    const auto projected = (*store)->project(100, tests::open_anything());
    REQUIRE_FALSE(projected);
    CHECK(projected.error().code == base::Code::store_corrupt);
  }
}

// The refund is whole and its terminal healthy: a verdict would be final, and points would stay that came back. Nor may
// everybody's facts wait until that batch can be read again.
TEST_CASE("A refund is not judged by a batch that changed on the disk, and nobody waits for it") {
  const tests::TempDir dir;
  const auto path = dir / "hub.db";
  const auto open = [&] { return hub::open_sqlite_store({.path = path, .generation = 5}); };
  auto terminal = busy_terminal(3);
  const auto first = terminal.head();
  terminal.sell({9}, "later", 1'000, 10);
  const auto disputed = terminal.head();
  terminal.refund("s0", "r", 500);
  const auto batch = checked(terminal, 1, first);
  const auto put_raw = [&](const std::string& what) {
    sqlite3* file = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &file) == SQLITE_OK);
    const auto sql = "UPDATE batches SET raw=" + what + " WHERE from_seq=1";
    REQUIRE(sqlite3_exec(file, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    REQUIRE(sqlite3_changes(file) == 1);
    REQUIRE(sqlite3_close(file) == SQLITE_OK);
  };
  {
    const auto store = open();
    REQUIRE(store);
    tests::admit(**store, terminal);
    REQUIRE((*store)->ingest(batch, start_of(terminal)));
    REQUIRE((*store)->project(100, tests::open_anything()));
  }
  put_raw("substr(raw, 1, length(raw)/2)");
  {
    const auto store = open();
    REQUIRE(store);
    REQUIRE((*store)->ingest(checked(terminal, first + 1, disputed), start_of(terminal)));
    REQUIRE((*store)->project(100, tests::open_anything()));  // nothing of it is needed
    REQUIRE((*store)->ingest(checked(terminal, disputed + 1, terminal.head()), start_of(terminal)));
    REQUIRE((*store)->project(100, tests::open_anything()));
    CHECK((*store)->status()->verdicts.empty());
    CHECK((*store)->balances().value().front().points == 40);
  }
  put_raw("x'" + base::to_hex(batch.raw) + "'");
  const auto store = open();
  REQUIRE(store);
  terminal.sell({9}, "latest", 1'000, 10);
  REQUIRE((*store)->ingest(checked(terminal, terminal.head() - 1, terminal.head()), start_of(terminal)));
  REQUIRE((*store)->project(100, tests::open_anything()));
  CHECK((*store)->status()->verdicts.empty());
  CHECK((*store)->balances().value().front().points == 40 + 10 - 10);
  CHECK((*store)->rebuilt_otherwise(tests::open_anything()).value().empty());
}

TEST_CASE("A second hub on one file is refused") {
  const tests::TempDir dir;
  const auto first = hub::open_sqlite_store({.path = dir / "hub.db", .generation = 5});
  REQUIRE(first);
  const auto second = hub::open_sqlite_store({.path = dir / "hub.db", .generation = 5});
  REQUIRE_FALSE(second);
  CHECK(second.error().code == base::Code::store_locked);
}
