// SPDX-License-Identifier: Apache-2.0
// What a journal forgets about people, and what it never forgets: facts, and what the hub does not have yet.
#include "sync/base/file.h"
#include "tests/support/crash_vfs.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/store/journal_fixture.h"

#include <algorithm>

using namespace millpond;
using tests::CrashDisk;
using tests::FaultKind;

namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t hub_ms = 1'795'233'600'000;  // 2026-11-21

base::MemberId member_of(std::uint64_t number) { return {1'000 + number}; }

// Bytes that nothing else in a file has, as a sealed box and a keyed hash look.
base::Bytes box_of(std::uint64_t number) {
  base::Bytes box;
  for (std::uint64_t part = 0; part < 3; ++part) {
    base::Bytes seed;
    base::append_big_endian(seed, 10 * number + part, 8);
    base::append(box, crypto::blake2b(seed));
  }
  return box;
}
base::Bytes hash_of(std::uint64_t number) {
  const auto box = box_of(1'000'000 + number);
  return {box.begin(), box.begin() + 16};
}

store::Action enrolment(std::uint64_t number) {
  return [number](store::Transaction& t) -> base::Result<> {
    const base::Bytes salt(16, 7);
    const auto box = box_of(number);
    const model::MemberEnrolled fact{member_of(number), {12}, {}, {}, crypto::blake2b(salt, box)};
    MILLPOND_TRY_DO(t.append(fact, 5, 0, 0, salt, box));
    return t.put_phone(hash_of(number), member_of(number));
  };
}

bool finds_phone(store::Journal& journal, std::uint64_t number) {
  return tests::ask(journal, [&](auto& t) { return t.find_phone(hash_of(number)); })->has_value();
}

// As it travels, from the ring or the queue. Fact 1 of a journal is EpochBegun.
bool finds_payload(store::Journal& journal, std::uint64_t number) {
  const auto batch = journal.read_batch(journal.outbox()->live_epoch, {number + 2}, 1, 1U << 20);
  REQUIRE(batch);
  CHECK((batch->rows.front().payload.empty() || batch->rows.front().payload == box_of(number)));
  return !batch->rows.front().payload.empty();
}

bool holds(base::ByteView bytes, base::ByteView wanted) {
  return std::ranges::search(bytes, wanted).begin() != bytes.end();
}

struct Fixture {
  explicit Fixture(store::Durability durability = store::Durability::safe) {
    options.durability = durability;
    journal = tests::open_journal(options, clock);
  }
  void enrol(std::uint64_t first, std::uint64_t count) {
    for (auto number = first; number < first + count; ++number) {
      REQUIRE(tests::commit_one(*journal, enrolment(number)));
    }
  }
  // Everything in the queue is the hub's at that time.
  void acknowledge(std::int64_t at_ms) {
    const auto status = *journal->outbox();
    const auto batch = journal->read_batch(status.epoch, {status.acked.value + 1}, 10'000, 4U << 20);
    REQUIRE(batch);
    const base::Seq through{status.acked.value + batch->rows.size()};
    REQUIRE(journal->acknowledge(status.epoch, through, wire::encode(*batch), at_ms));
  }
  void read_files(std::vector<base::Bytes>& to) const {
    for (const auto& entry : std::filesystem::directory_iterator{folder.path()}) {
      auto bytes = base::read_file(entry.path());
      REQUIRE(bytes);
      to.push_back(std::move(*bytes));
    }
  }
  // Whose hash or box any file of the journal has, its log too, before or after it is closed.
  [[nodiscard]] std::vector<std::uint64_t> on_disk(std::uint64_t count) {
    std::vector<base::Bytes> files;
    read_files(files);
    REQUIRE(files.size() == 2);
    journal.reset();
    read_files(files);
    std::vector<std::uint64_t> found;
    for (std::uint64_t number = 0; number < count; ++number) {
      const auto box = box_of(number);
      const auto hash = hash_of(number);
      const bool there = std::ranges::any_of(files, [&](const auto& file) {
        return holds(file, base::ByteView{box}.first(24)) || holds(file, base::ByteView{box}.last(24)) ||
               holds(file, hash);
      });
      if (there) found.push_back(number);
    }
    return found;
  }

  tests::TempDir folder;
  tests::ManualClock clock;
  store::JournalOptions options = tests::journal_options(folder / "journal.db");
  std::unique_ptr<store::Journal> journal;
};

}  // namespace

TEST_CASE("of a member who was erased nothing personal stays but a sealed payload that the hub does not have",
          "[forget]") {
  Fixture f;
  f.enrol(0, 4);
  f.acknowledge(hub_ms);
  f.enrol(4, 2);
  const auto before = f.journal->outbox()->queued;
  for (int twice = 0; twice < 2; ++twice) {
    REQUIRE(f.journal->forget_members(std::vector{member_of(1), member_of(4), member_of(77)}));
    for (std::uint64_t number = 0; number < 6; ++number) {
      CAPTURE(number);
      CHECK(finds_phone(*f.journal, number) == (number != 1 && number != 4));
      CHECK(finds_payload(*f.journal, number) == (number != 1));
      CHECK(*tests::ask(*f.journal, [&](auto& t) { return t.has_member(member_of(number)); }));
    }
  }
  CHECK(f.journal->outbox()->queued == before);
  tests::check_sound(*f.journal);
  f.acknowledge(hub_ms + 1);
  REQUIRE(f.journal->forget_members(std::vector{member_of(4)}));
  CHECK_FALSE(finds_payload(*f.journal, 4));
  // A restored hub gets the fact without it.
  REQUIRE(f.journal->rewind(f.journal->outbox()->live_epoch, {0}));
  CHECK(f.journal->outbox()->queued == before + 5);
  CHECK_FALSE(finds_payload(*f.journal, 1));
  CHECK(finds_payload(*f.journal, 0));
  tests::check_sound(*f.journal);
}

TEST_CASE("what is forgotten is in no file of the journal any more", "[forget]") {
  constexpr std::uint64_t count = 400;  // so that pages are split and joined
  for (const auto durability : {store::Durability::safe, store::Durability::wal}) {
    CAPTURE(static_cast<int>(durability));
    std::vector<std::uint64_t> everybody(count);
    for (std::uint64_t number = 0; number < count; ++number) everybody[number] = number;
    {
      Fixture control{durability};
      control.enrol(0, count);
      control.acknowledge(hub_ms);
      CHECK(control.on_disk(count) == everybody);
    }
    {
      Fixture f{durability};
      f.enrol(0, count);
      f.acknowledge(hub_ms);
      std::vector<base::MemberId> erased;
      std::vector<std::uint64_t> rest;
      for (const auto number : everybody) {
        if (number % 10 == 3)
          erased.push_back(member_of(number));
        else
          rest.push_back(number);
      }
      REQUIRE(f.journal->forget_members(erased));
      CHECK(f.on_disk(count) == rest);
      f.journal = tests::open_journal(f.options, f.clock, 2);
      REQUIRE(f.journal->forget_personal(std::nullopt));
      tests::check_sound(*f.journal);
      REQUIRE(tests::commit_one(*f.journal, tests::sale_action(1)));
      CHECK(f.on_disk(count).empty());
    }
  }
}

TEST_CASE("what moved to another epoch and then went leaves nothing behind", "[forget]") {
  Fixture f;
  f.enrol(0, 60);
  f.acknowledge(hub_ms);
  REQUIRE(f.journal->reissue(f.journal->outbox()->live_epoch, {1}, model::EpochReason::fork));
  f.acknowledge(hub_ms);
  REQUIRE(f.journal->forget_personal(std::nullopt));
  CHECK(f.on_disk(60).empty());
}

TEST_CASE("payloads and look-up hashes go 30 days after the hub had their facts, by the hub's time", "[forget]") {
  Fixture f;
  f.enrol(0, 1);
  f.acknowledge(hub_ms);
  f.enrol(1, 1);
  f.clock.advance_ms(day_ms);
  f.acknowledge(hub_ms + day_ms);
  f.enrol(2, 1);
  const auto left = [&](std::int64_t before_ms) {
    REQUIRE(f.journal->forget_personal(before_ms));
    std::string word;
    for (std::uint64_t number = 0; number < 3; ++number) {
      CHECK(finds_phone(*f.journal, number) == finds_payload(*f.journal, number));
      if (finds_phone(*f.journal, number)) word += std::to_string(number);
    }
    return word;
  };
  CHECK(left(hub_ms) == "012");
  CHECK(left(hub_ms + 1) == "12");
  CHECK(left(hub_ms + day_ms) == "12");
  CHECK(left(hub_ms + day_ms + 1) == "2");
  CHECK(left(hub_ms + 400 * day_ms) == "2");
}

TEST_CASE("who is remembered is who has something personal beside an acknowledged fact", "[forget]") {
  Fixture f;
  f.enrol(0, 3);
  f.acknowledge(hub_ms);
  f.enrol(3, 1);
  const auto epoch = f.journal->outbox()->live_epoch;
  const auto through = [&](std::uint64_t seq) {
    const auto position = f.journal->position_of(epoch, {seq});
    REQUIRE(position);
    return *f.journal->remembered(*position);
  };
  CHECK(through(1).empty());
  CHECK(through(3) == std::vector{member_of(0), member_of(1)});
  CHECK(through(5) == std::vector{member_of(0), member_of(1), member_of(2)});
  REQUIRE(f.journal->forget_members(std::vector{member_of(1)}));
  CHECK(through(5) == std::vector{member_of(0), member_of(2)});
}

TEST_CASE("a power cut while somebody is forgotten leaves all or nothing, and the next try ends it", "[forget]") {
  const tests::ManualClock clock;
  const auto box = box_of(1);
  const std::string wanted{base::text_of(base::ByteView{box}.first(24))};
  bool ended = false;
  for (std::uint64_t after = 0; !ended; ++after) {
    CAPTURE(after);
    REQUIRE(after < 200);
    CrashDisk disk{"forget", after};
    const auto options = tests::journal_options("/journal.db", disk.vfs_name());
    auto journal = tests::open_journal(options, clock);
    for (std::uint64_t number = 0; number < 3; ++number) REQUIRE(tests::commit_one(*journal, enrolment(number)));
    tests::acknowledge_all(*journal, 1'000, hub_ms);
    disk.fail_after(after, FaultKind::power_cut);
    const auto forgotten = journal->forget_members(std::vector{member_of(1)});
    ended = forgotten && disk.powered();
    journal.reset();
    disk.power_on();
    disk.heal();
    journal = tests::open_journal(options, clock, 2);
    CHECK(finds_phone(*journal, 1) == finds_payload(*journal, 1));
    if (forgotten) CHECK_FALSE(finds_phone(*journal, 1));
    // Found gone, it is gone from the log as well: the start made up for what the cut left there.
    const bool gone = !finds_phone(*journal, 1);
    if (gone) CHECK_FALSE(disk.find("/journal.db-journal", wanted));
    REQUIRE(journal->forget_members(std::vector{member_of(1)}));
    CHECK_FALSE(finds_payload(*journal, 1));
    CHECK(finds_payload(*journal, 0));
    CHECK(finds_phone(*journal, 2));
    CHECK_FALSE(disk.find("/journal.db", wanted));
    CHECK_FALSE(disk.find("/journal.db-journal", wanted));
    tests::check_sound(*journal);
  }
}
