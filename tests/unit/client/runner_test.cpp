// SPDX-License-Identifier: Apache-2.0
#include "sync/client/runner.h"

#include "sync/store/journal_thread.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/client/pretend_hub.h"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>

using namespace millpond;
using tests::PretendHub;

namespace {

// A hub at the other end of a line that a test cuts and mends. Takes every batch and has nothing to publish.
class Line final : public net::HttpClient {
 public:
  struct Shared {
    PretendHub hub;
    std::atomic<bool> cut{};
    std::atomic<bool> knows_nobody{};  // as a hub that was restored from before it knew this terminal
    std::atomic<bool> revoked{};
    std::atomic<bool> hang_up{};    // uploads
    std::atomic<bool> hold_down{};  // questions, as a hub with a slot does
    std::atomic<int> requests{};
    std::atomic<int> questions{};  // of them
  };
  explicit Line(Shared& shared) : shared_{shared} {}

  base::Result<net::HttpAnswer> perform(const net::HttpRequest& request) override {
    if (request.method == "GET") ++shared_.questions;
    ++shared_.requests;
    while (request.method == "GET" ? shared_.hold_down : shared_.hang_up) {
      if (request.cancelled->load()) return base::Error{base::Code::cancelled, "perform", ""};
      std::this_thread::yield();
    }
    if (shared_.cut) return base::Error{base::Code::hub_unreachable, "perform", "cut"};
    if (shared_.revoked) return shared_.hub.answer(request, 403, tests::bytes_of(R"({"code":"terminal_revoked"})"));
    if (shared_.knows_nobody) {
      return shared_.hub.answer(request, 401, tests::bytes_of(R"({"code":"unauthorized"})"));
    }
    if (request.method == "GET") {
      wire::DownPage page;
      page.next = {1, 1};
      page.credit.poll_ms = 5;
      return shared_.hub.answer(request, 200, wire::encode(page));
    }
    const auto batch = wire::decode_up_request(request.body);
    wire::UpAnswer answer;
    answer.status = wire::UpStatus::accepted;
    answer.epoch = batch->epoch;
    answer.accepted_through = base::Seq{batch->first_seq.value + batch->rows.size() - 1};
    answer.head = batch->chain_head;
    return shared_.hub.answer(request, 200, wire::encode(answer));
  }

 private:
  Shared& shared_;
};

// Goes on by itself, and on a test's word by days.
class SteppingClock final : public base::Clock {
 public:
  [[nodiscard]] std::int64_t wall_ms() const override { return base::system_clock().wall_ms() + ahead_ms; }
  [[nodiscard]] std::int64_t monotonic_ms() const override { return base::system_clock().monotonic_ms() + ahead_ms; }
  std::atomic<std::int64_t> ahead_ms{};
};

struct Bench {
  tests::TempDir folder;
  SteppingClock clock;
  Line::Shared line;
  std::unique_ptr<store::JournalThread> journal;
  std::unique_ptr<store::Replica> replica;
  store::HubTime time{clock, "boot", {}};
  std::unique_ptr<client::Runner> runner;
  std::mutex mutex;
  std::condition_variable changed;
  client::SyncStatus last;

  explicit Bench(engine::Limits limits = {}) {
    store::JournalOptions options;
    options.path = folder / "journal.db";
    options.owner = {line.hub.brand(), PretendHub::terminal, base::StoreId{1}};
    journal =
        std::make_unique<store::JournalThread>(store::Journal::open(options, clock, crypto::system_rng()).value());
    replica = store::Replica::open(folder / "replica.db").value();
    client::Listener listener;
    listener.status = [this](const client::SyncStatus& status) {
      const std::lock_guard lock{mutex};
      last = status;
      changed.notify_all();
    };
    limits.backoff_base_ms = 1;
    limits.backoff_max_ms = 5;
    client::Lines lines{std::make_unique<Line>(line), std::make_unique<Line>(line)};
    runner = std::make_unique<client::Runner>(line.hub.credentials(), std::move(lines), *journal, *replica, time, clock,
                                              crypto::system_rng(), listener, client::RunnerOptions{.limits = limits});
    journal->on_committed([this](base::Seq) { runner->outbox_changed(); });
  }

  void earn() {
    REQUIRE(journal->commit([](store::Transaction& transaction) -> base::Result<> {
      MILLPOND_TRY_DO(transaction.append(model::PointsEarned{base::MemberId{7}, base::Seq{1}, 10, 1'000},
                                         base::system_clock().wall_ms(), 480, 1));
      return {};
    }));
  }

  // Until the status is as asked; the limit only ends a test that would hang.
  template <class Condition>
  [[nodiscard]] bool reaches(Condition condition) {
    std::unique_lock lock{mutex};
    return changed.wait_for(lock, std::chrono::seconds{30}, [&] { return condition(last); });
  }
};

}  // namespace

TEST_CASE("committed facts go out by themselves, and the queue drains when the line comes back") {
  Bench bench;
  bench.runner->start();
  CHECK(bench.reaches([](const auto& s) { return s.line == engine::Line::online && s.queued == 0; }));
  bench.line.cut = true;
  bench.earn();
  CHECK(bench.reaches([](const auto& s) {
    return s.line == engine::Line::offline && s.reason == "hub_unreachable" && s.queued == 1 && s.oldest_ms > 0;
  }));
  bench.line.cut = false;
  CHECK(bench.reaches([](const auto& s) { return s.line == engine::Line::online && s.queued == 0; }));
  CHECK(bench.runner->status().last_contact_ms > 0);
  bench.runner->stop();
}

TEST_CASE("a terminal that is refused and runs on forgets after 31 days") {
  engine::Limits limits;
  limits.stop_retry_ms = 40LL * 86'400'000;  // or it would ask once more in these days, and perhaps before the check
  Bench bench{limits};
  bench.line.revoked = true;
  const base::MemberId member{7};
  const base::Bytes key(16, 3);
  wire::DownPage page;
  page.next = {1, 1};
  page.rows.resize(1);
  page.rows.front().kind = static_cast<std::uint8_t>(wire::RowKind::profile);
  base::append_big_endian(page.rows.front().key, member.value, 8);
  page.rows.front().body = wire::encode(wire::ProfileRow{member, "138****8000"});
  bool name = false;
  bool phone = false;
  const auto look = [&] {
    name = bench.replica->find_profile(member).value().has_value();
    base::Result<> read;
    REQUIRE(bench.journal->with([&](store::Journal& journal) {
      read = journal.read([&](store::Transaction& transaction) -> base::Result<> {
        MILLPOND_TRY(const auto found, transaction.find_phone(key));
        phone = found.has_value();
        return {};
      });
    }));
    REQUIRE(read);
  };
  bench.runner->start();
  CHECK(bench.reaches([](const auto& s) { return s.line == engine::Line::stopped; }));
  REQUIRE(bench.journal->commit([&](store::Transaction& t) { return t.put_phone(key, member); }));
  REQUIRE(bench.replica->apply(page, 0));
  look();
  CHECK((name && phone));
  bench.clock.ahead_ms = 31LL * 86'400'000;
  bench.runner->outbox_changed();  // wakes it, as its own timer does within a minute
  while (name || phone) {
    std::this_thread::yield();
    look();
  }
  bench.runner->stop();
  // Once on each lane: the second may have been on its way when the first was refused.
  CHECK(bench.line.questions <= 1);
  CHECK(bench.line.requests - bench.line.questions <= 1);
}

TEST_CASE("a hub that refused and is mended gets its terminal back without anybody's doing") {
  engine::Limits limits;
  limits.stop_retry_ms = 20;
  Bench bench{limits};
  bench.line.knows_nobody = true;
  bench.runner->start();
  CHECK(bench.reaches([](const auto& s) { return s.line == engine::Line::stopped && s.reason == "unauthorized"; }));
  bench.earn();  // whoever sells waits for nothing
  const auto asked = bench.line.requests.load();
  while (bench.line.requests < asked + 3) std::this_thread::yield();
  CHECK(bench.runner->status().line == engine::Line::stopped);
  bench.line.knows_nobody = false;
  CHECK(bench.reaches([](const auto& s) { return s.line == engine::Line::online && s.queued == 0; }));
}

TEST_CASE("an operator need not wait until a stopped line asks again by itself") {
  Bench bench;
  bench.line.knows_nobody = true;
  bench.runner->start();
  CHECK(bench.reaches([](const auto& s) { return s.line == engine::Line::stopped && s.reason == "unauthorized"; }));
  bench.line.knows_nobody = false;
  // Again and again, because the refusal of the other lane may still be on its way.
  while (bench.runner->status().line != engine::Line::online) {
    bench.runner->resume();
    std::this_thread::yield();
  }
  CHECK(bench.reaches([](const auto& s) { return s.queued == 0; }));
}

TEST_CASE("a question that the hub holds does not delay an upload") {
  Bench bench;
  bench.line.hold_down = true;
  bench.runner->start();
  bench.earn();
  CHECK(bench.reaches([](const auto& s) { return s.line == engine::Line::online && s.queued == 0; }));
  bench.earn();
  CHECK(bench.reaches([](const auto& s) { return s.queued > 0; }));
  CHECK(bench.reaches([](const auto& s) { return s.queued == 0; }));
  CHECK(bench.line.hold_down);
}

TEST_CASE("an upload that hangs does not delay news") {
  Bench bench;
  bench.line.hang_up = true;
  bench.runner->start();
  CHECK(bench.reaches([](const auto& s) { return s.line == engine::Line::online && s.queued > 0; }));
  while (bench.line.requests < 5) std::this_thread::yield();
  CHECK(bench.runner->status().queued > 0);
}

TEST_CASE("a stop gives up requests that hang, and may be repeated") {
  Bench bench;
  bench.line.hang_up = true;
  bench.line.hold_down = true;
  bench.runner->start();
  while (bench.line.requests < 2) std::this_thread::yield();
  bench.runner->stop();
  bench.runner->stop();
  CHECK(bench.line.requests == 2);
}

TEST_CASE("hours of bulk may pass midnight") {
  struct Row {
    client::BulkHours hours;
    int minute;
    bool holds;
  };
  const Row rows[] = {
      {{60, 120}, 59, false}, {{60, 120}, 60, true},     {{60, 120}, 119, true},    {{60, 120}, 120, false},
      {{1320, 360}, 0, true}, {{1320, 360}, 360, false}, {{1320, 360}, 1320, true}, {{1320, 360}, 1319, false},
      {{0, 0}, 700, true},    {{300, 300}, 10, true},
  };
  for (const auto& row : rows) {
    CAPTURE(row.hours.from_min, row.hours.until_min, row.minute);
    CHECK(row.hours.holds(row.minute) == row.holds);
  }
}
