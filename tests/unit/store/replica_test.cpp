// SPDX-License-Identifier: Apache-2.0
#include "sync/store/replica.h"
#include "sync/base/file.h"
#include "sync/sqlite/connection.h"
#include "tests/support/crash_vfs.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using wire::RowKind;

namespace {

base::Bytes key_of(std::uint64_t id) {
  base::Bytes key;
  base::append_big_endian(key, id, 8);
  return key;
}

wire::DownRow member(std::uint64_t id, std::int64_t points) {
  return {static_cast<std::uint8_t>(RowKind::member), key_of(id), false,
          wire::encode(wire::MemberRow{{id}, points, 0, 1})};
}

wire::DownRow gone(RowKind kind, std::uint64_t id) { return {static_cast<std::uint8_t>(kind), key_of(id), true, {}}; }

wire::DownPage page(std::uint64_t hub_seq, std::vector<wire::DownRow> rows, bool last = true) {
  wire::DownPage result;
  result.next = {3, hub_seq};
  result.more = !last;
  result.rows = std::move(rows);
  result.hub_wall_ms = static_cast<std::int64_t>(hub_seq) * 1'000;
  if (last) result.checkpoint = wire::Checkpoint{};
  return result;
}

std::unique_ptr<store::Replica> open(const std::filesystem::path& path) {
  auto replica = store::Replica::open(path);
  REQUIRE(replica);
  return std::move(*replica);
}

// What the hub would count, over rows in the order they were sent.
wire::Checkpoint expected(const std::vector<wire::DownRow>& live) {
  wire::Checkpoint sum;
  for (const auto& row : live) {
    ++sum.count;
    sum.checksum += wire::row_checksum(row.key, row.body);
  }
  return sum;
}

}  // namespace

TEST_CASE("an empty replica honours nothing") {
  const tests::TempDir folder;
  const auto replica = open(folder / "replica.db");
  CHECK(*replica->cursor() == wire::DownCursor{});
  CHECK_FALSE(*replica->complete());
  CHECK(*replica->as_of_ms() == 0);
  CHECK_FALSE(*replica->find_member({1}));
  CHECK(*replica->checksum() == wire::Checkpoint{});
}

TEST_CASE("rows and cursor are kept together, and a page applied twice changes nothing") {
  const tests::TempDir folder;
  auto replica = open(folder / "replica.db");
  const wire::CouponRow coupon{{50}, {1}, {2}, {3}, {4}, 500, 0, 1, 2, wire::CouponState::issued};
  const std::vector<wire::DownRow> rows{
      member(1, 10),
      member(2, 20),
      {static_cast<std::uint8_t>(RowKind::coupon), key_of(50), false, wire::encode(coupon)},
      {static_cast<std::uint8_t>(RowKind::profile), key_of(1), false,
       wire::encode(wire::ProfileRow{{1}, "138****2917"})},
      {static_cast<std::uint8_t>(RowKind::phone), base::Bytes(16, 7), false, key_of(2)},
      {static_cast<std::uint8_t>(RowKind::issuer), {1}, false, {9}},
      {99, {1, 2, 3}, false, {4, 5}},
  };
  for (int i = 0; i < 2; ++i) REQUIRE(replica->apply(page(10, rows), 40));
  replica.reset();
  replica = open(folder / "replica.db");
  CHECK(*replica->cursor() == wire::DownCursor{3, 10});
  CHECK(*replica->complete());
  CHECK(*replica->as_of_ms() == 10'000);
  CHECK(*replica->checksum() == expected({rows[0], rows[1]}));
  const auto found = *replica->find_member({1});
  REQUIRE(found);
  CHECK(found->row.points == 10);
  CHECK(found->as_of_position == 40);
  CHECK(*replica->find_coupon({50}) == coupon);
  CHECK(replica->coupons_of({1})->size() == 1);
  CHECK(replica->coupons_of({0})->empty());
  CHECK((*replica->find_profile({1}))->shown_name == "138****2917");
  CHECK(*replica->find_phone(base::Bytes(16, 7)) == base::MemberId{2});
  CHECK_FALSE(*replica->find_phone(base::Bytes(16, 8)));
}

TEST_CASE("the running checksum follows replacement and deletion") {
  const tests::TempDir folder;
  const auto replica = open(folder / "replica.db");
  REQUIRE(replica->apply(page(1, {member(1, 10), member(2, 20), member(3, 30)}, false), 1));
  CHECK_FALSE(*replica->complete());
  REQUIRE(replica->apply(page(2, {member(2, 25), gone(RowKind::member, 3), gone(RowKind::member, 9)}), 2));
  CHECK(*replica->checksum() == expected({member(1, 10), member(2, 25)}));
  CHECK_FALSE(*replica->find_member({3}));
  REQUIRE(replica->restart(4));
  CHECK(*replica->cursor() == wire::DownCursor{4, 0});
  CHECK(*replica->checksum() == wire::Checkpoint{});
  CHECK_FALSE(*replica->complete());
}

TEST_CASE("a coupon that comes again is as it came last, also with another owner") {
  const tests::TempDir folder;
  auto replica = open(folder / "replica.db");
  wire::CouponRow coupon{{50}, {1}, {2}, {3}, {4}, 500, 0, 1, 2, wire::CouponState::issued};
  const auto row = [&] {
    return wire::DownRow{static_cast<std::uint8_t>(RowKind::coupon), key_of(50), false, wire::encode(coupon)};
  };
  REQUIRE(replica->apply(page(1, {row()}), 0));
  coupon.state = wire::CouponState::redeemed;
  REQUIRE(replica->apply(page(2, {row()}), 0));
  CHECK(*replica->coupons_of({1}) == std::vector{coupon});
  coupon.member = {7};
  REQUIRE(replica->apply(page(3, {row()}), 0));
  replica.reset();
  replica = open(folder / "replica.db");
  CHECK(replica->coupons_of({1})->empty());
  CHECK(*replica->coupons_of({7}) == std::vector{coupon});
  CHECK(*replica->find_coupon({50}) == coupon);
}

TEST_CASE("the last page says that older rows include our facts as well") {
  const tests::TempDir folder;
  const auto replica = open(folder / "replica.db");
  REQUIRE(replica->apply(page(1, {member(1, 10)}), 5));
  REQUIRE(replica->apply(page(2, {member(2, 10)}, false), 9));
  CHECK((*replica->find_member({1}))->as_of_position == 5);
  CHECK((*replica->find_member({2}))->as_of_position == 9);
  REQUIRE(replica->apply(page(3, {}), 9));
  CHECK((*replica->find_member({1}))->as_of_position == 9);
}

TEST_CASE("a malformed row undoes its page") {
  const tests::TempDir folder;
  const auto replica = open(folder / "replica.db");
  REQUIRE(replica->apply(page(1, {member(1, 10)}), 1));
  auto bad = member(2, 20);
  bad.body = {0xFF};
  CHECK_FALSE(replica->apply(page(2, {member(1, 99), bad}), 2));
  CHECK((*replica->find_member({1}))->row.points == 10);
  CHECK(*replica->cursor() == wire::DownCursor{3, 1});
}

TEST_CASE("a damaged replica is set aside and a changed row is not believed") {
  const tests::TempDir folder;
  const auto path = folder / "replica.db";
  auto replica = open(path);
  REQUIRE(replica->apply(page(1, {member(1, 10)}), 1));
  REQUIRE(replica->checkpoint_to_disk());
  CHECK(store::Replica::open(path).error().code == base::Code::store_locked);
  replica.reset();
  {
    auto db = sqlite::Connection::open({.path = path});
    REQUIRE((*db)->execute("UPDATE members SET body = x'09010000000000000010904e'"));
  }
  replica = open(path);
  CHECK(replica->find_member({1}).error().code == base::Code::store_corrupt);
  replica.reset();
  REQUIRE(base::write_file(path, base::view_of(std::string(8'192, 'x'))));
  replica = open(path);
  CHECK_FALSE(*replica->find_member({1}));
  CHECK(std::filesystem::exists(folder / "replica.db.damaged"));
}

TEST_CASE("a row that moved to another key on the disk is missed at open, and the others are served") {
  for (const std::string table : {"members", "coupons", "phones", "others"}) {
    CAPTURE(table);
    const tests::TempDir folder;
    const auto path = folder / "replica.db";
    auto replica = open(path);
    const wire::CouponRow coupon{{50}, {1}, {2}, {3}, {4}, 500, 0, 1, 2, wire::CouponState::issued};
    REQUIRE(
        replica->apply(page(1, {member(1, 10),
                                member(3, 30),
                                {static_cast<std::uint8_t>(RowKind::coupon), key_of(50), false, wire::encode(coupon)},
                                {static_cast<std::uint8_t>(RowKind::phone), base::Bytes(16, 7), false, key_of(1)},
                                {99, {1, 2, 3}, false, {4, 5}}}),
                       1));
    REQUIRE(replica->checkpoint_to_disk());
    replica.reset();
    replica = open(path);
    CHECK_FALSE(replica->damaged());
    replica.reset();
    {
      auto db = sqlite::Connection::open({.path = path});
      const auto key = table == "members"   ? "member=member+1 WHERE member=1"
                       : table == "coupons" ? "coupon=coupon+1"
                                            : "key=x'" + std::string(32, '7') + "'";
      REQUIRE((*db)->execute("UPDATE " + table + " SET " + key));
    }
    replica = open(path);
    CHECK(replica->damaged());
    CHECK((*replica->find_member({3}))->row.points == 30);
  }
}

TEST_CASE("a damaged replica that was set aside stays 30 days of the hub's, over restarts, and not past a purge") {
  const tests::TempDir folder;
  const auto path = folder / "replica.db";
  const auto aside = folder / "replica.db.damaged";
  const auto damage = [&] { REQUIRE(base::write_file(path, base::view_of(std::string(8'192, 'x')))); };
  std::uint64_t seq = 0;
  std::unique_ptr<store::Replica> replica;
  const auto hear_on_day = [&](std::int64_t day) {
    auto news = page(++seq, {member(1, 10)});
    news.hub_wall_ms = day * 86'400'000;
    REQUIRE(replica->apply(news, 1));
  };
  damage();
  replica = open(path);
  REQUIRE(std::filesystem::exists(aside));
  hear_on_day(100);
  hear_on_day(115);
  CHECK(std::filesystem::exists(aside));
  replica.reset();
  SECTION("and goes with what was noted beside it") {
    replica = open(path);
    hear_on_day(129);
    CHECK(std::filesystem::exists(aside));
    hear_on_day(130);
    CHECK_FALSE(std::filesystem::exists(aside));
    CHECK_FALSE(std::filesystem::exists(folder / "replica.db.damaged-since"));
    hear_on_day(131);
  }
  SECTION("from the last damage on") {
    damage();
    replica = open(path);
    hear_on_day(120);
    hear_on_day(149);
    CHECK(std::filesystem::exists(aside));
    hear_on_day(150);
    CHECK_FALSE(std::filesystem::exists(aside));
  }
  SECTION("from then on, when what was noted says nothing") {
    REQUIRE(base::write_file(folder / "replica.db.damaged-since", base::view_of(std::string_view{"x"})));
    replica = open(path);
    hear_on_day(140);
    hear_on_day(169);
    CHECK(std::filesystem::exists(aside));
    hear_on_day(170);
    CHECK_FALSE(std::filesystem::exists(aside));
  }
  SECTION("and goes at once with everything personal") {
    replica = open(path);
    REQUIRE(replica->purge_personal());
    CHECK_FALSE(std::filesystem::exists(aside));
    CHECK_FALSE(std::filesystem::exists(folder / "replica.db.damaged-since"));
  }
}

TEST_CASE("tombstones take rows of every kind away, also rows that never came") {
  const tests::TempDir folder;
  const auto replica = open(folder / "replica.db");
  const wire::CouponRow coupon{{50}, {1}, {2}, {3}, {4}, 500, 0, 1, 2, wire::CouponState::issued};
  const base::Bytes phone(16, 7);
  std::vector<wire::DownRow> rows{
      member(1, 10),
      {static_cast<std::uint8_t>(RowKind::coupon), key_of(50), false, wire::encode(coupon)},
      {static_cast<std::uint8_t>(RowKind::profile), key_of(1), false, wire::encode(wire::ProfileRow{{1}, "138"})},
      {static_cast<std::uint8_t>(RowKind::phone), phone, false, key_of(1)},
      {99, {1, 2, 3}, false, {4, 5}},
  };
  REQUIRE(replica->apply(page(1, rows, false), 7));
  for (auto& row : rows) {
    row.deleted = true;
    row.body.clear();
  }
  for (int i = 0; i < 2; ++i) REQUIRE(replica->apply(page(2, rows), 7));
  CHECK_FALSE(*replica->find_member({1}));
  CHECK_FALSE(*replica->find_coupon({50}));
  CHECK(replica->coupons_of({1})->empty());
  CHECK_FALSE(*replica->find_profile({1}));
  CHECK_FALSE(*replica->find_phone(phone));
  CHECK(*replica->checksum() == wire::Checkpoint{});
}

TEST_CASE("a file gives back what tombstones freed") {
  const tests::TempDir folder;
  const auto path = folder / "replica.db";
  const auto replica = open(path);
  std::vector<wire::DownRow> rows;
  for (std::uint64_t id = 1; id <= 20'000; ++id) rows.push_back(member(id, 1));
  REQUIRE(replica->apply(page(1, rows), 1));
  REQUIRE(replica->checkpoint_to_disk());
  const auto large = std::filesystem::file_size(path);
  CHECK(large > 500'000);
  for (auto& row : rows) row = gone(RowKind::member, base::read_big_endian(row.key));
  REQUIRE(replica->apply(page(2, rows), 1));
  REQUIRE(replica->checkpoint_to_disk());
  CHECK(std::filesystem::file_size(path) < large / 4);
}

TEST_CASE("rows whose key is not what their kind has undo their page") {
  const tests::TempDir folder;
  const auto replica = open(folder / "replica.db");
  const struct {
    const char* what;
    wire::DownRow row;
  } bad[] = {
      {"a short key", {1, base::Bytes(7, 1), false, member(1, 1).body}},
      {"a key and a body of different members", {1, key_of(2), false, member(1, 1).body}},
      {"a short look-up key", {6, base::Bytes(15, 1), false, key_of(1)}},
      {"a phone of nobody in particular", {6, base::Bytes(16, 1), false, base::Bytes(9, 1)}},
      {"a tombstone with a short key", {2, base::Bytes(3, 1), true, {}}},
  };
  for (const auto& each : bad) {
    INFO(each.what);
    const auto applied = replica->apply(page(5, {member(8, 1), each.row}), 1);
    REQUIRE_FALSE(applied);
    CHECK(applied.error().code == base::Code::bad_input);
    CHECK_FALSE(*replica->find_member({8}));
    CHECK(*replica->cursor() == wire::DownCursor{});
  }
}

TEST_CASE("scoped rows have a cursor of their own") {
  const tests::TempDir folder;
  auto replica = open(folder / "replica.db");
  auto first = page(9, {member(1, 1)});
  first.next.scoped_seq = 4;
  REQUIRE(replica->apply(first, 1));
  replica.reset();
  CHECK(*open(folder / "replica.db")->cursor() == wire::DownCursor{3, 9, 4});
}

TEST_CASE("a row that came early is ahead of the others until the last page, and not after it was replaced") {
  const tests::TempDir folder;
  auto replica = open(folder / "replica.db");
  REQUIRE(replica->apply(page(1, {member(1, 1), member(2, 1)}), 3));
  REQUIRE(replica->apply(page(2, {member(1, 2)}, false), 5));
  REQUIRE(replica->apply(page(3, {member(1, 3)}, false), 6));
  replica.reset();
  replica = open(folder / "replica.db");
  CHECK((*replica->find_member({1}))->as_of_position == 6);
  CHECK((*replica->find_member({2}))->as_of_position == 3);
  REQUIRE(replica->apply(page(4, {}), 8));
  CHECK((*replica->find_member({1}))->as_of_position == 8);
  CHECK((*replica->find_member({2}))->as_of_position == 8);
}

TEST_CASE("a page on a full disk changes nothing, and applies once there is room") {
  tests::CrashDisk disk{"replica-full", 1};
  const auto replica = store::Replica::open("replica.db", disk.vfs_name()).value();
  REQUIRE(replica->apply(page(1, {member(1, 1)}), 3));
  std::vector<wire::DownRow> rows;
  for (std::uint64_t id = 1; id <= 500; ++id) rows.push_back(member(id, 9));
  disk.fail_after(0, tests::FaultKind::full);
  CHECK(replica->apply(page(2, rows), 4).error().code == base::Code::disk_full);
  CHECK(*replica->cursor() == wire::DownCursor{3, 1});
  CHECK(*replica->checksum() == expected({member(1, 1)}));
  CHECK((*replica->find_member({1}))->row.points == 1);
  disk.heal();
  REQUIRE(replica->apply(page(2, rows), 4));
  CHECK(*replica->checksum() == expected(rows));
}

TEST_CASE("a power cut or a kill at any operation of a restart leaves what was, or an empty replica") {
  int kept = 0;
  int emptied = 0;
  for (const auto kind : {tests::FaultKind::power_cut, tests::FaultKind::kill}) {
    bool more = true;
    for (std::uint64_t n = 0; more; ++n) {
      INFO("operation " << n);
      tests::CrashDisk disk{"replica-restart", n + 1};
      auto replica = store::Replica::open("replica.db", disk.vfs_name()).value();
      REQUIRE(replica->apply(page(1, {member(1, 1)}), 3));
      REQUIRE(replica->checkpoint_to_disk());
      const auto before = disk.operations();
      disk.fail_after(n, kind);
      const auto done = replica->restart(4);
      more = disk.operations() - before > n;
      replica.reset();
      disk.heal();
      disk.power_cut();
      disk.power_on();
      replica = store::Replica::open("replica.db", disk.vfs_name()).value();
      const auto cursor = *replica->cursor();
      const bool is_old = cursor == wire::DownCursor{3, 1};
      CHECK((is_old || cursor == wire::DownCursor{} || cursor == wire::DownCursor{4, 0}));
      CHECK((*replica->find_member({1})).has_value() == is_old);
      if (done) CHECK_FALSE(is_old);
      ++(is_old ? kept : emptied);
      REQUIRE(replica->apply(page(7, {member(2, 2)}), 3));
    }
  }
  CHECK(kept > 0);
  CHECK(emptied > 0);
}

TEST_CASE("a damaged replica is set aside on a simulated disk as well, whenever the power goes meanwhile") {
  bool more = true;
  for (std::uint64_t n = 0; more; ++n) {
    INFO("operation " << n);
    tests::CrashDisk disk{"replica-aside", n + 1};
    auto replica = store::Replica::open("replica.db", disk.vfs_name()).value();
    REQUIRE(replica->apply(page(1, {member(1, 1)}), 3));
    REQUIRE(replica->checkpoint_to_disk());
    replica.reset();
    REQUIRE(disk.flip_bit("replica.db", 100, 3));  // the first page's kind
    const auto before = disk.operations();
    disk.fail_after(n, tests::FaultKind::power_cut);
    const auto opened = store::Replica::open("replica.db", disk.vfs_name()).has_value();
    more = disk.operations() - before > n;
    if (!more) CHECK(opened);
    disk.heal();
    disk.power_on();
    replica = store::Replica::open("replica.db", disk.vfs_name()).value();
    CHECK(*replica->cursor() == wire::DownCursor{});
    REQUIRE(replica->apply(page(7, {member(2, 2)}), 3));
    CHECK((*replica->find_member({2}))->row.points == 2);
  }
}
