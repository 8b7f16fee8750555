// SPDX-License-Identifier: Apache-2.0
// What the parts of the HubStore suite share: every engine behind one loop, and short words for asking a store. A new
// engine is one more row of engines().
#pragma once

#include "sync/hub/core/sqlite_open.h"
#include "tests/contract/hub_store/checked.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <map>

namespace millpond::tests {

using hub::HubStore;
using wire::UpStatus;

struct Engine {
  const char* name;
  std::function<std::unique_ptr<HubStore>(const std::filesystem::path&)> open;
};

inline std::vector<Engine> engines() {
  return {{"sqlite", [](const std::filesystem::path& dir) {
             auto store = hub::open_sqlite_store(
                 {.path = dir / "hub.db", .generation = 5, .durability = hub::HubDurability::none});
             REQUIRE(store);
             return std::move(store).value();
           }}};
}

// Runs a body once an engine, on a new store.
inline void on_every_engine(const std::function<void(HubStore&, const std::function<HubStore&()>& reopen)>& body) {
  for (const auto& engine : engines()) {
    DYNAMIC_SECTION(engine.name) {
      const tests::TempDir dir;
      auto store = engine.open(dir.path());
      body(*store, [&]() -> HubStore& {
        store.reset();
        store = engine.open(dir.path());
        return *store;
      });
    }
  }
}

inline void project_all(HubStore& store, std::size_t step = 1'000) {
  for (bool more = true; more;) {
    const auto outcome = store.project(step, tests::open_anything());
    REQUIRE(outcome);
    more = outcome->more;
  }
}

inline std::map<std::string, std::uint64_t> verdicts(HubStore& store) {
  const auto status = store.status();
  REQUIRE(status);
  return {status->verdicts.begin(), status->verdicts.end()};
}

inline std::map<std::uint64_t, std::int64_t> points(HubStore& store) {
  const auto balances = store.balances();
  REQUIRE(balances);
  std::map<std::uint64_t, std::int64_t> result;
  for (const auto& balance : *balances) result[balance.member.value] = balance.points;
  return result;
}

inline hub::DownAsk ask(wire::DownCursor cursor, std::uint32_t rows_max = 100, std::size_t bytes_max = 1U << 20) {
  hub::DownAsk question;
  question.cursor = cursor;
  question.rows_max = rows_max;
  question.bytes_max = bytes_max;
  return question;
}

// Every row after a cursor, over pages of `limit` rows.
struct Feed {
  std::map<std::pair<int, base::Bytes>, base::Bytes> rows;
  wire::DownPage last;
  std::size_t pages = 0;
};
inline Feed read_feed(HubStore& store, base::TerminalId terminal, wire::DownCursor cursor, std::uint32_t limit = 100) {
  Feed feed;
  for (bool more = true; more; ++feed.pages) {
    auto page = store.down(terminal, ask(cursor, limit));
    REQUIRE(page);
    CHECK(page->rows.size() <= limit);
    for (const auto& row : page->rows) feed.rows[{row.kind, row.key}] = row.body;
    more = page->more;
    cursor = page->next;
    feed.last = std::move(page).value();
  }
  return feed;
}

// What a terminal that read everything holds: tombstones take rows away.
inline std::map<std::pair<int, base::Bytes>, base::Bytes> live_rows(HubStore& store, base::TerminalId terminal,
                                                                    wire::DownCursor cursor) {
  auto rows = read_feed(store, terminal, cursor).rows;
  std::erase_if(rows, [](const auto& row) { return row.second.empty(); });
  return rows;
}

inline std::size_t count(const Feed& feed, wire::RowKind kind) {
  std::size_t number = 0;
  for (const auto& [key, body] : feed.rows) number += key.first == static_cast<int>(kind) ? 1 : 0;
  return number;
}

inline base::CouponId coupon_number(std::uint64_t number) { return {number}; }

}  // namespace millpond::tests
