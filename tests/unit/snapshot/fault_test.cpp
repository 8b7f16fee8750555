// SPDX-License-Identifier: Apache-2.0
// A snapshot on its way into a replica meets every fault a disk has, at every single operation.
#include "sync/sqlite/file.h"
#include "tests/support/crash_vfs.h"
#include "tests/unit/snapshot/sample_snapshot.h"

using namespace millpond;
using namespace millpond::tests;
using base::Code;

namespace {

const char* const file = "replica.db";
constexpr wire::DownCursor old_cursor{2, 9, 9};
constexpr wire::DownCursor in_log{2, 10, 10};
constexpr std::uint64_t old_members = 40;

wire::DownCursor new_cursor() { return sample_snapshot().manifest.cursor; }

std::unique_ptr<store::Replica> open(const CrashDisk& disk) {
  auto replica = store::Replica::open(file, disk.vfs_name());
  INFO((replica ? "" : base::describe(replica.error())));
  REQUIRE(replica);
  return std::move(*replica);
}

// A replica that serves: one page on the platter and another in the log, which a power cut may take.
std::unique_ptr<store::Replica> old_replica(const CrashDisk& disk) {
  auto replica = open(disk);
  std::vector<wire::DownRow> rows;
  for (std::uint64_t id = 1; id <= old_members; ++id) rows.push_back(member_row(id, 1));
  REQUIRE(replica->apply(last_page(old_cursor, rows), 5));
  REQUIRE(replica->checkpoint_to_disk());
  REQUIRE(replica->apply(last_page(in_log, {member_row(old_members + 1, 1)}), 5));
  return replica;
}

enum class Holds : std::uint8_t { old_page, old_log, snapshot };

// Everything that was in the old one or everything that is in the new one, and nothing else.
Holds what_is_whole_in(store::Replica& replica) {
  const auto cursor = replica.cursor().value();
  const auto holds = cursor == new_cursor() ? Holds::snapshot : cursor == in_log ? Holds::old_log : Holds::old_page;
  const bool is_new = holds == Holds::snapshot;
  CHECK((holds != Holds::old_page || cursor == old_cursor));
  const auto members = is_new ? 300 : holds == Holds::old_log ? old_members + 1 : old_members;
  wire::Checkpoint found;
  int wrong = 0;
  for (std::uint64_t id = 1; id <= 301; ++id) {
    const auto member = replica.find_member({id}).value();
    if (member.has_value() != (id <= members)) ++wrong;
    if (!member) continue;
    const auto points = is_new ? static_cast<std::int64_t>(id) * 10 : 1;
    if (member->row != wire::MemberRow{{id}, points, points * 100, 1}) ++wrong;
    if (member->as_of_position != (is_new ? 22U : 5U)) ++wrong;
    const auto row = member_row(id, points);
    ++found.count;
    found.checksum += wire::row_checksum(row.key, row.body);
  }
  CHECK(wrong == 0);
  CHECK(*replica.checksum() == found);
  CHECK(*replica.complete() == !is_new);
  return holds;
}

// Runs the fetch with a fault at its n-th operation. False when it was through before.
bool meets_fault(CrashDisk& disk, std::uint64_t n, FaultKind kind, store::Replica& replica, base::Result<>& outcome) {
  const auto before = disk.operations();
  disk.fail_after(n, kind);
  outcome = fetch_and_adopt(replica, sample_snapshot(), 22);
  return disk.operations() - before > n;
}

}  // namespace

TEST_CASE("a power cut or a kill at any operation leaves the old replica or the new one, whole") {
  int outcomes[2] = {0, 0};
  std::uint64_t operations = 0;
  for (const auto kind : {FaultKind::power_cut, FaultKind::kill}) {
    bool more = true;
    for (std::uint64_t n = 0; more; ++n) {
      operations += 1;
      INFO("operation " << n << " of kind " << static_cast<int>(kind));
      CrashDisk disk{"cut", n + 1};
      auto replica = old_replica(disk);
      base::Result<> outcome;
      more = meets_fault(disk, n, kind, *replica, outcome);
      replica.reset();
      disk.heal();
      disk.power_cut();  // a process that was killed may lose power afterwards
      disk.power_on();
      replica = open(disk);
      const bool is_new = what_is_whole_in(*replica) == Holds::snapshot;
      if (outcome) CHECK(is_new);
      ++outcomes[is_new ? 1 : 0];
      CHECK_FALSE(disk.find("replica.db.incoming", "SQLite format 3"));
      CHECK_FALSE(disk.find("replica.db.damaged", "SQLite format 3"));
      REQUIRE(fetch_and_adopt(*replica, sample_snapshot(), 22));
      CHECK(what_is_whole_in(*replica) == Holds::snapshot);
    }
  }
  CHECK(operations > 40);
  CHECK(outcomes[0] > 10);
  CHECK(outcomes[1] > 2);
}

TEST_CASE("a full or failing disk at any operation leaves the old replica serving, and the next try succeeds") {
  const struct {
    FaultKind kind;
    Code expected;
  } faults[] = {{FaultKind::full, Code::disk_full}, {FaultKind::sync_error, Code::disk_error}};
  for (const auto& fault : faults) {
    int failed = 0;
    bool more = true;
    for (std::uint64_t n = 0; more; ++n) {
      INFO("operation " << n << ", " << base::code_name(fault.expected));
      CrashDisk disk{"failing", n + 1};
      auto replica = old_replica(disk);
      base::Result<> outcome;
      more = meets_fault(disk, n, fault.kind, *replica, outcome);
      if (!outcome) {
        ++failed;
        CHECK(outcome.error().code == fault.expected);
      }
      disk.heal();
      CHECK(what_is_whole_in(*replica) != Holds::old_page);
      REQUIRE(fetch_and_adopt(*replica, sample_snapshot(), 22));
      CHECK(what_is_whole_in(*replica) == Holds::snapshot);
      replica.reset();
      disk.power_cut();
      disk.power_on();
      CHECK(what_is_whole_in(*open(disk)) == Holds::snapshot);
    }
    CHECK(failed > 3);
  }
}

TEST_CASE("a log that cannot be written back keeps the old replica in place") {
  CrashDisk disk{"log", 1};
  auto replica = old_replica(disk);
  std::vector<wire::DownRow> rows;
  for (std::uint64_t id = 1'000; id < 4'000; ++id) rows.push_back(member_row(id, 1));
  REQUIRE(replica->apply(last_page({2, 11, 11}, rows), 5));
  auto ready = staged(replica->place(), sample_snapshot()).value();
  disk.fail_after(0, FaultKind::full);
  CHECK(replica->adopt(std::move(ready), 22).error().code == Code::disk_full);
  CHECK(*replica->cursor() == wire::DownCursor{2, 11, 11});
  disk.heal();
  replica.reset();
  replica = open(disk);
  CHECK(*replica->cursor() == wire::DownCursor{2, 11, 11});
  CHECK((*replica->find_member({3'999}))->row.points == 1);
  REQUIRE(fetch_and_adopt(*replica, sample_snapshot(), 22));
  CHECK(what_is_whole_in(*replica) == Holds::snapshot);
}

TEST_CASE("a download loses little to a power cut and never counts what is not there") {
  const auto& published = sample_snapshot();
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    CrashDisk disk{"download", seed};
    const snapshot::Place place{file, disk.vfs_name()};
    auto manifest = published.manifest;
    manifest.bytes = 1'000'000;
    auto download = snapshot::Download::open(place, manifest).value();
    base::Bytes content(1'000'000);
    for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<std::uint8_t>(i / 1'000);
    std::uint64_t sent = 0;
    disk.fail_after(seed, FaultKind::power_cut);
    while (disk.powered() && !download->finished()) {
      if (!download->append(sent, base::ByteView{content}.subspan(sent, 50'000))) break;
      sent = download->have();
    }
    download.reset();
    disk.heal();
    disk.power_on();
    download = snapshot::Download::open(place, manifest).value();
    CHECK(download->have() <= sent + 50'000);
    // The record of the last sync may be lost with the power, the one before it not.
    if (sent > 600'000) CHECK(download->have() >= sent - 600'000);
    auto stored = sqlite::File::open(disk.vfs_name(), place.download(), sqlite::FileUse::write).value();
    base::Bytes kept(static_cast<std::size_t>(download->have()));
    REQUIRE(stored->read(8'192, kept));
    CHECK(std::equal(kept.begin(), kept.end(), content.begin()));
  }
}

TEST_CASE("the writer leaves no file that it did not finish, whatever the disk does") {
  const auto rows = sample_rows(20);
  for (const auto kind : {FaultKind::full, FaultKind::sync_error}) {
    int failed = 0;
    bool more = true;
    for (std::uint64_t n = 0; more; ++n) {
      INFO("operation " << n);
      CrashDisk disk{"writer", n + 1};
      const auto before = disk.operations();
      disk.fail_after(n, kind);
      auto manifest = [&]() -> base::Result<wire::SnapshotManifest> {
        MILLPOND_TRY(const auto writer,
                     snapshot::Writer::create({.path = "out", .vfs = disk.vfs_name(), .cursor = {1, 1, 0}}));
        for (const auto& row : rows) MILLPOND_TRY_DO(writer->add(row.kind, row.key, row.body));
        return writer->finish();
      }();
      more = disk.operations() - before > n;
      if (!manifest) {
        ++failed;
        CHECK(disk.bytes() == 0);
      }
    }
    CHECK(failed > 0);
  }
}
