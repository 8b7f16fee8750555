// SPDX-License-Identifier: Apache-2.0
// Full and failing disks: refused visibly, nothing accepted lost, usable again afterwards.
#include "sync/store/journal_thread.h"
#include "tests/support/crash_vfs.h"
#include "tests/unit/store/journal_fixture.h"

using namespace millpond;
using tests::CrashDisk;
using tests::FaultKind;

TEST_CASE("a full disk refuses new sales and keeps the old ones") {
  const tests::ManualClock clock;
  for (std::uint64_t after = 0; after < 12; ++after) {
    CAPTURE(after);
    CrashDisk disk{"full", after};
    auto journal = tests::open_journal(tests::journal_options("/journal.db", disk.vfs_name()), clock);
    REQUIRE(tests::commit_one(*journal, tests::sale_action(0)));
    disk.fail_after(after, FaultKind::full);
    std::uint64_t accepted = 0;
    std::optional<base::Error> refusal;
    for (std::uint64_t i = 1; i < 400 && !refusal; ++i) {
      const auto result = tests::commit_one(*journal, tests::sale_action(i));
      if (result)
        accepted = i;
      else
        refusal = result.error();
    }
    REQUIRE(refusal);
    CHECK(refusal->code == base::Code::disk_full);
    CHECK(refusal->hint.find("free space") != std::string::npos);
    for (std::uint64_t i = 0; i <= accepted; ++i) CHECK(tests::has_sale(*journal, i));
    CHECK_FALSE(tests::has_sale(*journal, accepted + 1));
    disk.heal();
    REQUIRE(tests::commit_one(*journal, tests::sale_action(accepted + 1)));
    CHECK(journal->outbox()->live_head.value == 1 + 2 * (accepted + 2));
    tests::check_sound(*journal);
    journal.reset();
    journal = tests::open_journal(tests::journal_options("/journal.db", disk.vfs_name()), clock, 2);
    CHECK(tests::has_sale(*journal, accepted + 1));
  }
}

TEST_CASE("a commit whose sync failed is unknown to the whole group, and the file is asked again") {
  const tests::ManualClock clock;
  for (std::uint64_t after = 0; after < 16; ++after) {
    CAPTURE(after);
    CrashDisk disk{"sync", after};
    auto journal = tests::open_journal(tests::journal_options("/journal.db", disk.vfs_name()), clock);
    REQUIRE(tests::commit_one(*journal, tests::sale_action(0)));
    disk.fail_after(after, FaultKind::sync_error);
    const std::vector<store::Action> actions{tests::sale_action(1), tests::sale_action(2), tests::sale_action(3)};
    const auto results = journal->commit(actions);
    disk.heal();
    const bool failed = !results.front();
    for (const auto& result : results) CHECK(result.has_value() == !failed);
    if (failed) CHECK(results.front().error().code == base::Code::commit_unknown);
    // Whatever the outcome, all three or none are there, and memory agrees with the file.
    const bool there = tests::has_sale(*journal, 1);
    CHECK((there || failed));
    CHECK(tests::has_sale(*journal, 2) == there);
    CHECK(tests::has_sale(*journal, 3) == there);
    CHECK(journal->outbox()->live_head.value == (there ? 9 : 3));
    REQUIRE(tests::commit_one(*journal, tests::sale_action(4)));
    tests::check_sound(*journal);
  }
}

TEST_CASE("a bit that flipped on the disk is found before anything is sent") {
  const tests::ManualClock clock;
  const auto marker = std::string{"SKU-5"};
  int found = 0;
  for (unsigned bit = 0; bit < 8; ++bit) {
    CrashDisk disk{"flip", bit};
    auto options = tests::journal_options("/journal.db", disk.vfs_name());
    auto journal = tests::open_journal(options, clock);
    for (std::uint64_t i = 0; i < 10; ++i) REQUIRE(tests::commit_one(*journal, tests::sale_action(i)));
    const auto epoch = journal->outbox()->live_epoch;
    journal.reset();
    const auto at = disk.find("/journal.db", marker);
    REQUIRE(at);
    REQUIRE(disk.flip_bit("/journal.db", *at, bit));
    base::SeededRng rng{9};
    auto reopened = store::Journal::open(options, clock, rng);
    if (!reopened) {
      ++found;
      continue;
    }
    const auto verification = (*reopened)->verify();
    CHECK((verification && verification->broken_at));
    // What is whole before it goes out; the changed one and what follows do not, until the damage is parted off.
    const auto batch = (*reopened)->read_batch(epoch, {1}, 1'000, 1U << 20);
    REQUIRE(batch);
    CHECK(batch->rows.size() == 11);
    CHECK((*reopened)->read_batch(epoch, {12}, 1'000, 1U << 20).error().code == base::Code::chain_broken);
    CHECK((*reopened)->health()->damaged == std::vector{epoch});
    ++found;
  }
  CHECK(found == 8);
}

// Between the end of one transaction and the sync that makes it the file's, a process dies, or its sync fails and the
// kernel forgets what it had to write. The next transaction then writes over the log of the one before, and a power cut
// may leave its first record under the old header: SQLite would play pages to places where they never were.
TEST_CASE("a log whose end never reached the disk is made durable before another transaction begins") {
  struct Row {
    const char* what;
    FaultKind kind;
  };
  const tests::ManualClock clock;
  for (const auto& row : {Row{"killed", FaultKind::kill}, Row{"a sync failed", FaultKind::sync_error}}) {
    for (std::uint64_t first = 0; first < 14; ++first) {
      for (std::uint64_t run = 0; run < 72; ++run) {
        const auto second = run % 12;
        CAPTURE(row.what, first, run);
        CrashDisk disk{"log", first * 100 + run};
        const auto options = tests::journal_options("/journal.db", disk.vfs_name());
        auto journal = tests::open_journal(options, clock);
        REQUIRE(tests::commit_one(*journal, tests::sale_action(0)));
        disk.fail_after(first, row.kind);
        std::vector<std::uint64_t> told{0};
        if (tests::commit_one(*journal, tests::sale_action(1))) told.push_back(1);
        const auto syncs_fail = row.kind == FaultKind::sync_error;
        if (!syncs_fail) journal.reset();
        disk.heal();
        disk.fail_after(second, FaultKind::power_cut);
        if (!syncs_fail) {
          base::SeededRng rng{2};
          if (auto opened = store::Journal::open(options, clock, rng)) journal = std::move(*opened);
        }
        if (journal) {
          const auto there = journal->read([&](store::Transaction& t) -> base::Result<> {
            MILLPOND_TRY(const auto sale, t.find_sale(tests::sale_key(1)));
            if (sale) told.push_back(1);
            return {};
          });
          if (!there) CHECK(there.error().code == base::Code::disk_error);
          if (tests::commit_one(*journal, tests::sale_action(2))) told.push_back(2);
          journal.reset();
        }
        disk.power_cut();
        disk.power_on();
        journal = tests::open_journal(options, clock, 3);
        CHECK_FALSE(journal->health()->salvaged);
        for (const auto number : told) CHECK(tests::has_sale(*journal, number));
        REQUIRE(tests::commit_one(*journal, tests::sale_action(3)));
        tests::check_sound(*journal);
      }
    }
  }
}

// What is kept free for acknowledgements may be less than the pages that one touches.
TEST_CASE("on a disk with little room a queue drains by parts, and over a restart") {
  const tests::ManualClock clock;
  constexpr std::uint64_t sales = 120;
  constexpr std::uint64_t room_max = 64'000;
  std::uint64_t by_parts = 0;
  for (std::uint64_t room = 8'000; room <= room_max; room += 4'000) {
    CAPTURE(room);
    CrashDisk disk{"room", room};
    const auto options = tests::journal_options("/journal.db", disk.vfs_name());
    auto journal = tests::open_journal(options, clock);
    for (std::uint64_t i = 0; i < sales; ++i) REQUIRE(tests::commit_one(*journal, tests::sale_action(i)));
    const auto before = *journal->outbox();
    const auto batch = journal->read_batch(before.epoch, {before.acked.value + 1}, 10'000, 4U << 20);
    REQUIRE(batch);
    REQUIRE(batch->rows.size() == before.queued);
    disk.set_size(disk.bytes() + room);
    const auto done = journal->acknowledge(before.epoch, before.head, wire::encode(*batch), 1'000);
    if (!done) CHECK(done.error().code == base::Code::disk_full);
    if (room == room_max) REQUIRE(done);
    const auto after = *journal->outbox();
    CHECK(after.queued == (done ? 0 : before.head.value - after.acked.value));
    const auto kept = journal->read_batch(before.epoch, {1}, 10'000, 4U << 20);
    REQUIRE(kept);
    by_parts += done && kept->rows.size() < before.head.value ? 1U : 0U;
    const auto check_contents = [&] {
      for (std::uint64_t i = 0; i < sales; ++i) REQUIRE(tests::has_sale(*journal, i));
      const auto points = tests::ask(*journal, [](store::Transaction& t) { return t.points_since({77}, 0); });
      REQUIRE(points);
      return *points;
    };
    const auto points = check_contents();
    tests::check_sound(*journal);
    journal.reset();
    journal = tests::open_journal(options, clock, 2);
    CHECK(check_contents() == points);
    CHECK(journal->outbox()->queued == after.queued);
    disk.heal();
    disk.set_size(UINT64_MAX);
    tests::acknowledge_all(*journal);
    CHECK(check_contents() == points);
    tests::check_sound(*journal);
  }
  CHECK(by_parts > 3);
}

TEST_CASE("a power cut anywhere while a queue drains by parts loses nothing") {
  const tests::ManualClock clock;
  constexpr std::uint64_t sales = 60;
  bool finished = false;
  std::uint64_t cuts = 0;
  for (std::uint64_t after = 0; !finished; after += 3) {
    CAPTURE(after);
    CrashDisk disk{"room-cut", after};
    const auto options = tests::journal_options("/journal.db", disk.vfs_name());
    auto journal = tests::open_journal(options, clock);
    for (std::uint64_t i = 0; i < sales; ++i) REQUIRE(tests::commit_one(*journal, tests::sale_action(i)));
    const auto before = *journal->outbox();
    disk.set_size(disk.bytes() + 36'000);
    disk.fail_after(after, FaultKind::power_cut);
    finished = journal->acknowledge(before.epoch, before.head, {}, 1'000).has_value() && disk.powered();
    cuts += disk.powered() ? 0U : 1U;
    disk.heal();
    journal.reset();
    disk.power_on();
    disk.set_size(UINT64_MAX);
    journal = tests::open_journal(options, clock, 2);
    for (std::uint64_t i = 0; i < sales; ++i) REQUIRE(tests::has_sale(*journal, i));
    CHECK(*tests::ask(*journal, [](store::Transaction& t) { return t.points_since({77}, 0); }) == 10 * sales);
    tests::check_sound(*journal);
    tests::acknowledge_all(*journal);
    const auto kept = journal->read_batch(before.epoch, {1}, 1, 4U << 20);
    REQUIRE(kept);
    CHECK(kept->rows.size() == 1);
  }
  CHECK(cuts > 20);
}
