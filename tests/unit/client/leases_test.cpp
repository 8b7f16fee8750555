// SPDX-License-Identifier: Apache-2.0
// Leases on the line: which rows are kept, and what goes back to the hub and when.
#include "sync/wire/lease_rows.h"
#include "tests/unit/client/executor_bench.h"

#include <algorithm>

using namespace millpond;
using Bench = tests::ExecutorBench;
using model::Lease;
using model::LeaseKind;
using tests::PretendHub;

namespace {

constexpr std::int64_t week_ms = 7LL * 86'400'000;

struct Line {
  Bench bench;
  std::uint64_t hub_seq = 0;

  Line() { bench.time->hear(bench.clock.wall); }
  [[nodiscard]] Lease lease(std::uint64_t id, std::int64_t amount = 1'000) {
    return {{id}, LeaseKind::points, 0, bench.outbox().live_epoch, amount, 0, bench.clock.wall + week_ms};
  }
  static wire::DownRow row(const Lease& lease, base::TerminalId terminal = PretendHub::terminal) {
    wire::DownRow row;
    row.kind = static_cast<std::uint8_t>(wire::RowKind::lease);
    row.key = wire::lease_key(terminal, lease.kind, lease.subject);
    row.body = wire::encode(lease);
    return row;
  }
  // What the engine is told of a page with these rows.
  std::vector<engine::Input> page(std::vector<wire::DownRow> rows) {
    const auto asked = bench.ask();
    auto page = bench.page(++hub_seq);
    page.rows = std::move(rows);
    return bench.executor->finish(asked, bench.hub.answer(asked.signed_request.http, 200, wire::encode(page)));
  }
  void spend(std::uint64_t lease, std::int64_t points, std::uint64_t member = 7) {
    const store::Action action = [&](store::Transaction& t) -> base::Result<> {
      MILLPOND_TRY_DO(t.append(model::PointsSpent{{member}, {}, points, {lease}, {}}, bench.clock.wall, 480, 1));
      return {};
    };
    REQUIRE(bench.journal->commit({&action, 1}).front());
  }
  [[nodiscard]] std::vector<std::uint64_t> held() {
    std::vector<std::uint64_t> numbers;
    REQUIRE(bench.journal->read([&](store::Transaction& t) -> base::Result<> {
      MILLPOND_TRY(const auto leases, t.leases({}));
      for (const auto& each : leases) numbers.push_back(each.lease.id.value);
      return {};
    }));
    return numbers;
  }
  [[nodiscard]] std::vector<model::LeaseReturned> returned() {
    const auto entries = bench.journal->entries(1'000, false);
    REQUIRE(entries);
    std::vector<model::LeaseReturned> found;
    for (const auto& entry : *entries) {
      if (const auto* fact = std::get_if<model::LeaseReturned>(&entry.fact.body)) found.push_back(*fact);
    }
    return found;
  }
};

// The head of the outbox as the engine was told last; 0 when it was not.
std::uint64_t told_head(const std::vector<engine::Input>& inputs) {
  std::uint64_t head = 0;
  for (const auto& input : inputs) {
    if (const auto* changed = std::get_if<engine::OutboxChanged>(&input)) head = changed->head.value;
  }
  return head;
}

}  // namespace

TEST_CASE("a terminal keeps its own leases, and what is left of one goes back with the next") {
  Line line;
  static_cast<void>(
      line.page({Line::row(line.lease(10)), Line::row(line.lease(11), {PretendHub::terminal.value + 1})}));
  CHECK(line.held() == std::vector<std::uint64_t>{10});
  auto stock = line.lease(12);
  stock.kind = LeaseKind::game_stock;
  stock.subject = 3;
  static_cast<void>(line.page({Line::row(stock)}));
  CHECK(line.returned().empty());
  line.spend(10, 120);
  const auto told = line.page({Line::row(line.lease(13))});
  CHECK(line.held() == std::vector<std::uint64_t>{13, 12});
  CHECK(line.returned() == std::vector{model::LeaseReturned{{10}, 120}});
  CHECK(told_head(told) == line.bench.outbox().head.value);
  CHECK(std::holds_alternative<engine::DownArrived>(told.back()));

  static_cast<void>(line.page({Line::row(line.lease(13)), Line::row(line.lease(9))}));  // again, and an older one
  CHECK(line.held() == std::vector<std::uint64_t>{13, 12});
  CHECK(line.returned().size() == 1);
}

TEST_CASE("a lease whose end has come goes back once, after the next word of the hub") {
  Line line;
  static_cast<void>(line.page({Line::row(line.lease(10))}));
  line.spend(10, 70);
  line.bench.clock.wall += week_ms - 1;
  line.bench.clock.monotonic += week_ms - 1;
  static_cast<void>(line.page({}));
  CHECK(line.returned().empty());
  line.bench.clock.wall += 1;
  line.bench.clock.monotonic += 1;
  const auto told = line.page({});
  CHECK(line.returned() == std::vector{model::LeaseReturned{{10}, 70}});
  CHECK(told_head(told) == line.bench.outbox().head.value);
  CHECK(line.held().empty());
  static_cast<void>(line.page({}));
  CHECK(line.returned().size() == 1);
}

TEST_CASE("no lease is good for longer than a week, whatever year its hub was in") {
  Line line;
  auto endless = line.lease(10);
  endless.expires_ms += 3'650 * 86'400'000LL;
  static_cast<void>(line.page({Line::row(endless)}));
  line.bench.clock.wall += week_ms - 1;
  line.bench.clock.monotonic += week_ms - 1;
  static_cast<void>(line.page({Line::row(endless)}));  // told again, and known
  CHECK(line.held() == std::vector<std::uint64_t>{10});
  line.bench.clock.wall += 1;
  line.bench.clock.monotonic += 1;
  static_cast<void>(line.page({}));
  CHECK(line.held().empty());
  CHECK(line.returned() == std::vector{model::LeaseReturned{{10}, 0}});
}

TEST_CASE("a lease that was cut for a sale goes back when the sale did not come or took less, also after a restart") {
  struct Row {
    const char* what;
    std::int64_t spent;
    std::uint64_t by;
    bool goes_back;
  };
  for (const Row& row : {Row{"no sale came", 0, 7, true}, Row{"it took less", 300, 7, true},
                         Row{"another's sale used the lease", 600, 8, true}, Row{"it took all", 500, 7, false}}) {
    for (const bool restarted : {false, true}) {
      CAPTURE(row.what, restarted);
      Line line;
      auto asked = line.lease(10);
      asked.asked_by = {7};
      asked.asked_points = 500;
      asked.asked_until_ms = line.bench.clock.wall + 600'000;
      static_cast<void>(line.page({Line::row(asked)}));
      if (row.spent > 0) line.spend(10, row.spent, row.by);
      const auto wait = [&](std::int64_t ms) {
        line.bench.clock.wall += ms;
        line.bench.clock.monotonic += ms;
        if (restarted) line.bench.open();
        if (restarted) line.bench.time->hear(line.bench.clock.wall);
        static_cast<void>(line.page({}));
      };
      wait(599'999);
      CHECK(line.returned().empty());
      wait(1);
      CHECK(line.returned().size() == (row.goes_back ? 1U : 0U));
      CHECK(line.held().empty() == row.goes_back);
      if (row.goes_back) CHECK(line.returned().front() == model::LeaseReturned{{10}, row.spent});
      wait(60'000);
      CHECK(line.returned().size() == (row.goes_back ? 1U : 0U));
    }
  }
}

TEST_CASE("a lease of an earlier life is not given back: the hub has written it off") {
  Line line;
  auto old = line.lease(10);
  old.epoch.value += 1;
  static_cast<void>(line.page({Line::row(old)}));
  static_cast<void>(line.page({Line::row(line.lease(11))}));
  CHECK(line.returned().empty());
  CHECK(line.held() == std::vector<std::uint64_t>{11});
}

TEST_CASE("a page with a lease that cannot be read is not taken") {
  Line line;
  auto bad = Line::row(line.lease(10));
  bad.body = {0xFF};
  const auto told = line.page({bad});
  CHECK(std::holds_alternative<engine::DownFailed>(told.back()));
  CHECK(line.bench.replica->cursor()->hub_seq == 0);
}
