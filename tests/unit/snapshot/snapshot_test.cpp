// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/snapshot/sample_snapshot.h"

#include <atomic>
#include <thread>

using namespace millpond;
using namespace millpond::tests;
using base::Code;
using wire::RowKind;

TEST_CASE("a snapshot that a hub wrote serves every kind of row once it was adopted") {
  const TempDir folder;
  const auto rows = sample_rows(300);
  const auto published = publish(folder / "snapshot", rows);
  REQUIRE(published);
  CHECK(published->manifest.cursor == wire::DownCursor{3, 40, 0});
  CHECK(published->manifest.bytes == published->file.size());
  CHECK(published->manifest.members == checkpoint_of(rows));
  CHECK_FALSE(std::filesystem::exists(folder / "snapshot.raw"));

  const auto replica = store::Replica::open(folder / "replica.db").value();
  auto ready = staged(replica->place(), *published);
  REQUIRE(ready);
  const auto documents = (*ready)->documents();
  REQUIRE(documents);
  REQUIRE(documents->size() == 2);
  CHECK(documents->front().body == base::Bytes{1, 2, 3});
  CHECK(documents->back().key == key_of(9, 4));
  CHECK(*(*ready)->includes(our_terminal) == base::EpochMark{{71}, {22}});
  CHECK(*(*ready)->includes({8}) == base::EpochMark{});
  REQUIRE(replica->adopt(std::move(*ready), 22));

  CHECK(*replica->cursor() == wire::DownCursor{3, 40, 0});
  CHECK(*replica->as_of_ms() == 1'234'567);
  CHECK(*replica->checksum() == published->manifest.members);
  CHECK_FALSE(*replica->complete());
  const auto found = *replica->find_member({300});
  REQUIRE(found);
  CHECK(found->row == wire::MemberRow{{300}, 3'000, 300'000, 1});
  CHECK(found->as_of_position == 22);
  CHECK(*replica->find_coupon({500'299}) == coupon(500'299, 299));
  CHECK(replica->coupons_of({299})->size() == 1);
  CHECK(replica->coupons_of({298})->empty());
  CHECK((*replica->find_profile({1}))->shown_name == "138****2917");
  CHECK(*replica->find_phone(base::Bytes(16, 7)) == base::MemberId{2});
  for (const auto& left : {replica->place().download(), replica->place().incoming(), replica->place().damaged()}) {
    CHECK_FALSE(std::filesystem::exists(left));
  }
}

TEST_CASE("pages go on where an adopted snapshot ends, over restarts too") {
  const TempDir folder;
  auto replica = store::Replica::open(folder / "replica.db").value();
  REQUIRE(replica->apply(last_page({2, 9, 9}, {member_row(9'000, 1)}), 5));
  REQUIRE(fetch_and_adopt(*replica, sample_snapshot(), 22));
  CHECK_FALSE(*replica->find_member({9'000}));
  replica.reset();
  replica = store::Replica::open(folder / "replica.db").value();
  CHECK(*replica->cursor() == wire::DownCursor{3, 40, 0});
  CHECK((*replica->find_member({5}))->row.points == 50);
  wire::DownRow gone{static_cast<std::uint8_t>(RowKind::member), key_of(6), true, {}};
  REQUIRE(replica->apply(last_page({3, 41, 41}, {member_row(5, 77), gone}), 23));
  CHECK(*replica->complete());
  CHECK((*replica->find_member({5}))->row.points == 77);
  CHECK((*replica->find_member({4}))->as_of_position == 23);
  auto rows = sample_rows(300);
  rows[4] = member_row(5, 77);
  rows.erase(rows.begin() + 5);
  CHECK(*replica->checksum() == checkpoint_of(rows));
}

TEST_CASE("people are served while a snapshot is staged and swapped in") {
  const TempDir folder;
  const auto replica = store::Replica::open(folder / "replica.db").value();
  REQUIRE(replica->apply(last_page({2, 9, 9}, {member_row(5, 1)}), 5));
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::atomic<int> served_old{0};
  std::atomic<int> served_new{0};
  std::thread reader{[&] {
    while (!stop) {
      const auto member = replica->find_member({5});
      if (!member || !*member)
        ++wrong;
      else if ((*member)->row.points == 1 && (*member)->as_of_position == 5)
        ++served_old;
      else if ((*member)->row.points == 50 && (*member)->as_of_position == 22)
        ++served_new;
      else
        ++wrong;
    }
  }};
  while (served_old == 0) std::this_thread::yield();
  const auto adopted = fetch_and_adopt(*replica, sample_snapshot(), 22);
  while (adopted && served_new == 0) std::this_thread::yield();
  stop = true;
  reader.join();
  REQUIRE(adopted);
  CHECK(wrong == 0);
}

TEST_CASE("an empty hub makes an empty snapshot") {
  const TempDir folder;
  const auto published = publish(folder / "snapshot", {});
  REQUIRE(published);
  const auto replica = store::Replica::open(folder / "replica.db").value();
  REQUIRE(fetch_and_adopt(*replica, *published, 0));
  CHECK(*replica->checksum() == wire::Checkpoint{});
  CHECK(*replica->cursor() == wire::DownCursor{3, 40, 0});
}

TEST_CASE("the writer refuses a row that its kind cannot have, and leaves nothing behind") {
  const TempDir folder;
  const auto member = static_cast<std::uint8_t>(RowKind::member);
  const auto good = member_row(1, 1);
  const struct {
    const char* what;
    std::uint8_t kind;
    base::Bytes key, body;
  } rows[] = {
      {"a key twice", member, good.key, good.body},
      {"a key of another length", member, key_of(2, 7), good.body},
      {"a key and a body that differ", member, key_of(2), good.body},
      {"a body that is none", member, key_of(2), {0xFF}},
      {"a phone of another length", static_cast<std::uint8_t>(RowKind::phone), key_of(2), key_of(2)},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    auto writer = snapshot::Writer::create({.path = folder / "snapshot", .cursor = {1, 1, 0}}).value();
    REQUIRE(writer->add(good.kind, good.key, good.body));
    const auto added = writer->add(row.kind, row.key, row.body);
    REQUIRE_FALSE(added);
    CHECK(added.error().code == Code::bad_input);
    writer.reset();
    CHECK(std::filesystem::is_empty(folder.path()));
  }
}
