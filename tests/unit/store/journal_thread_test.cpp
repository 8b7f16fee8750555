// SPDX-License-Identifier: Apache-2.0
#include "sync/store/journal_thread.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/store/journal_fixture.h"

#include <atomic>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>

using namespace millpond;

TEST_CASE("many threads commit, each hears of its own result") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  store::JournalThread journal{tests::open_journal(tests::journal_options(folder / "journal.db"), clock)};
  std::atomic<std::uint64_t> head{0};
  journal.on_committed([&](base::Seq seq) { head = seq.value; });
  std::atomic<int> good{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> tills;
  for (std::uint64_t till = 0; till < 8; ++till) {
    tills.emplace_back([&, till] {
      for (std::uint64_t i = 0; i < 25; ++i) {
        const bool fails = i % 5 == 4;
        const auto result = journal.commit([&](store::Transaction& t) -> base::Result<> {
          MILLPOND_TRY_DO(tests::record_sale(t, till * 100 + i));
          if (fails) return base::Error{base::Code::sale_malformed, "test", ""};
          return {};
        });
        if (result) ++good;
        if (!result && result.error().code == base::Code::sale_malformed) ++refused;
      }
    });
  }
  for (auto& till : tills) till.join();
  CHECK(good == 160);
  CHECK(refused == 40);
  std::uint64_t live_head = 0;
  REQUIRE(journal.with([&](store::Journal& inner) {
    live_head = inner.outbox()->live_head.value;
    tests::check_sound(inner);
  }));
  CHECK(live_head == 1 + 2 * 160);
  CHECK(head == live_head);
}

TEST_CASE("what was accepted before closing is committed") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  const auto options = tests::journal_options(folder / "journal.db");
  {
    store::JournalThread journal{tests::open_journal(options, clock)};
    REQUIRE(journal.commit(tests::sale_action(1)));
  }
  CHECK(tests::has_sale(*tests::open_journal(options, clock, 2), 1));
}

TEST_CASE("what waits behind a commit is taken as a whole: functions first, and all actions share one commit") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  store::JournalThread journal{tests::open_journal(tests::journal_options(folder / "journal.db"), clock)};
  std::promise<void> entered;
  std::promise<void> leave;
  std::thread holder{[&] {
    CHECK(journal.with([&](store::Journal&) {
      entered.set_value();
      leave.get_future().wait();
    }));
  }};
  entered.get_future().wait();
  std::atomic<int> groups{0};
  journal.on_committed([&](base::Seq) { ++groups; });
  std::mutex mutex;
  std::vector<std::string> order;  // guarded by mutex
  const auto note = [&](const char* what) {
    const std::lock_guard lock{mutex};
    order.emplace_back(what);
  };
  std::vector<std::thread> waiting;
  const auto queue = [&](std::function<base::Result<>()> work) {
    const auto before = journal.asked();
    waiting.emplace_back([work = std::move(work)] { CHECK(work()); });
    while (journal.asked() == before) std::this_thread::yield();
  };
  for (std::uint64_t i = 0; i < 3; ++i) {
    queue([&, i] {
      return journal.commit([&, i](store::Transaction& t) {
        note("action");
        return tests::record_sale(t, i);
      });
    });
    queue([&] { return journal.with([&](store::Journal&) { note("function"); }); });
  }
  leave.set_value();
  holder.join();
  for (auto& thread : waiting) thread.join();
  CHECK(order == std::vector<std::string>{"function", "function", "function", "action", "action", "action"});
  CHECK(groups == 1);
  CHECK(journal.asked() == store::JournalThread::Asked{3, 4});
}
