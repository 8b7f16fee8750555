// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/journal_copy.h"

#include "sync/crypto/hash.h"
#include "tests/support/manual_clock.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

#include <fstream>
#include <vector>

using namespace millpond;

namespace {

// A journal of several hundred pages and a loop that the test runs by itself.
struct Bench {
  tests::TempDir folder;
  tests::ManualClock clock;
  base::SeededRng rng{5};
  std::unique_ptr<store::JournalThread> journal;
  service::Loop work{clock};
  std::vector<std::string> events;

  Bench() {
    store::JournalOptions options;
    options.path = folder / "journal.db";
    options.owner = {{}, base::TerminalId{7}, base::StoreId{1}};
    auto opened = store::Journal::open(options, clock, rng);
    REQUIRE(opened);
    journal = std::make_unique<store::JournalThread>(std::move(*opened));
    REQUIRE(journal->commit([&](store::Transaction& transaction) -> base::Result<> {
      for (int i = 0; i < 8'000; ++i) MILLPOND_TRY_DO(append(transaction));
      return {};
    }));
  }
  base::Result<> append(store::Transaction& transaction) {
    MILLPOND_TRY_DO(
        transaction.append(model::PointsEarned{base::MemberId{7}, base::Seq{1}, 10, 1'000}, clock.wall_ms(), 480, 1));
    return {};
  }
  void begin_copy() {
    service::copy_journal(*journal, work, folder / "copy.db", [this](const base::Result<>& copied) {
      events.push_back(copied ? "copied" : std::string{base::code_name(copied.error().code)});
      work.stop();
    });
  }
  void run() {
    work.run([] { return std::int64_t{0}; }, [] {});
  }
};

}  // namespace

TEST_CASE("What is asked while the journal is copied is answered between two steps, and sales go on") {
  Bench bench;
  REQUIRE(bench.work.post([&] { bench.begin_copy(); }));
  REQUIRE(bench.work.post([&] {
    bench.events.push_back("command");
    CHECK(bench.journal->commit([&](store::Transaction& transaction) { return bench.append(transaction); }));
    REQUIRE(bench.work.post([&] { bench.events.push_back("another"); }));
  }));
  bench.run();
  CHECK(bench.events == std::vector<std::string>{"command", "another", "copied"});

  store::JournalOptions options;
  options.path = bench.folder / "copy.db";
  options.owner = {{}, base::TerminalId{7}, base::StoreId{1}};
  const auto copy = store::Journal::open(options, bench.clock, bench.rng);
  REQUIRE(copy);
  const auto verified = (*copy)->verify();
  REQUIRE(verified);
  CHECK(verified->sqlite_ok);
  CHECK_FALSE(verified->broken_at);
}

TEST_CASE("A copy that the end of the service cuts short leaves nothing behind and says so") {
  Bench bench;
  REQUIRE(bench.work.post([&] {
    bench.begin_copy();
    bench.work.stop();
  }));
  bench.run();
  CHECK(bench.events == std::vector<std::string>{"cancelled"});
  CHECK_FALSE(std::filesystem::exists(bench.folder / "copy.db"));
}

TEST_CASE("A copy over a file that exists is refused at once") {
  Bench bench;
  std::ofstream{bench.folder / "copy.db"} << "somebody's";
  REQUIRE(bench.work.post([&] { bench.begin_copy(); }));
  bench.run();
  CHECK(bench.events == std::vector<std::string>{"already_exists"});
}
