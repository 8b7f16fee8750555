// SPDX-License-Identifier: Apache-2.0
// A stored batch that changed on the disk comes back from its terminal's ring, into its old place.
#include "sync/sqlite/connection.h"
#include "tests/contract/hub_store/suite.h"

using namespace millpond;
using namespace millpond::tests;

namespace {

// Two terminals whose batches arrived by turns, so that their order shows: the first one's facts 1 to 4 and 5 to 8 with
// the other's between them. Only this engine's file can be changed from outside.
struct Books {
  Books() {
    {
      const auto store = open();
      admit(*store, first);
      admit(*store, second);
      first.enrol({9}, {1});
      for (int i = 0; i < 3; ++i) first.sell({9}, "a" + std::to_string(i), 1'000, 10);
      second.sell({9}, "b", 1'000, 10);
      REQUIRE(store->ingest(checked(first, 1, first.head()), start_of(first)));
      REQUIRE(store->ingest(checked(second, 1, second.head()), start_of(second)));
      middle = first.head();
      for (int i = 0; i < 4; ++i) first.sell({9}, "c" + std::to_string(i), 1'000, 10);
      REQUIRE(store->ingest(checked(first, middle + 1, first.head()), start_of(first)));
      project_all(*store);
    }
    change("UPDATE batches SET raw=zeroblob(length(raw)) WHERE no=1");
  }

  [[nodiscard]] std::unique_ptr<HubStore> open() const {
    auto store =
        hub::open_sqlite_store({.path = dir / "hub.db", .generation = 5, .durability = hub::HubDurability::none});
    REQUIRE(store);
    return std::move(store).value();
  }
  void change(const std::string& sql) const {
    const auto file = sqlite::Connection::open({.path = dir / "hub.db"});
    REQUIRE(file);
    REQUIRE((*file)->execute(sql));
  }
  [[nodiscard]] hub::StoredBatch broken() const { return {first.id(), first.epoch(), {1}, {middle}, {}, {}, 0, {}}; }

  TempDir dir;
  PretendTerminal first = terminal_of(1);
  PretendTerminal second = terminal_of(2);
  std::uint64_t middle{};
};

base::Seq told_through(HubStore& store, const PretendTerminal& terminal) {
  const auto page = store.down(terminal.id(), ask({5, 0, 0}));
  REQUIRE(page);
  REQUIRE(page->accepted.size() == 1);
  return page->accepted.front().through;
}

std::vector<std::pair<std::uint32_t, std::uint64_t>> order_of(HubStore& store) {
  std::vector<std::pair<std::uint32_t, std::uint64_t>> order;
  std::uint64_t position = 0;
  for (;;) {
    const auto batch = store.batch_after(position);
    REQUIRE(batch);
    if (!*batch) return order;
    order.emplace_back((*batch)->terminal.value, (*batch)->from_seq.value);
  }
}

}  // namespace

TEST_CASE("A batch that changed on the disk is asked for again, and holds in its old place") {
  Books books;
  const auto store = books.open();
  const auto& first = books.first;
  const auto before = points(*store);
  const auto order = order_of(*store);
  CHECK(told_through(*store, first).value == first.head());
  CHECK(store->ask_again(books.broken(), start_of(first), 7).value() == true);
  CHECK(store->ask_again(books.broken(), start_of(first), 8).value() == false);
  CHECK(told_through(*store, first).value == 0);
  CHECK(told_through(*store, books.second).value == books.second.head());
  CHECK(store->watermarks(first.id())->front().through.value == first.head());

  const auto send = [&](std::uint64_t from, std::uint64_t to) {
    const auto outcome = store->ingest(checked(first, from, to, 2'000), start_of(first));
    REQUIRE(outcome);
    CHECK_FALSE(outcome->standing_changed);
    return std::pair{outcome->status, outcome->mark.through.value};
  };
  CHECK(send(books.middle + 1, first.head()) == std::pair{UpStatus::gap, std::uint64_t{0}});
  CHECK(send(1, 2) == std::pair{UpStatus::accepted, std::uint64_t{2}});
  CHECK(send(1, 2) == std::pair{UpStatus::accepted, std::uint64_t{2}});  // its answer was lost
  CHECK(told_through(*store, first).value == 2);
  CHECK(send(books.middle + 1, first.head()) == std::pair{UpStatus::gap, std::uint64_t{2}});
  CHECK(send(2, first.head()) == std::pair{UpStatus::accepted, first.head()});
  CHECK(told_through(*store, first).value == first.head());

  CHECK(order_of(*store) == order);
  std::uint64_t position = 0;
  const auto mended = store->batch_after(position);
  REQUIRE(mended);
  CHECK((*mended)->mended_from.size() == 2);
  CHECK((*mended)->chain_head == first.chain_at(books.middle));
  CHECK(points(*store) == before);
  CHECK(store->rebuilt_otherwise(open_anything()).value().empty());
  CHECK(store->check()->holds());
  books.first.sell({9}, "later", 1'000, 10);
  CHECK(send(first.head() - 1, first.head()) == std::pair{UpStatus::accepted, first.head()});
}

TEST_CASE("Two batches of one terminal come back one after the other") {
  Books books;
  books.change("UPDATE batches SET raw=zeroblob(length(raw)), chain_head=zeroblob(32) WHERE no=3");
  const auto store = books.open();
  const auto& first = books.first;
  auto second_broken = books.broken();
  second_broken.from_seq = {books.middle + 1};
  second_broken.last_seq = {first.head()};
  REQUIRE(store->ask_again(second_broken, start_of(first), 7).value() == true);
  CHECK(told_through(*store, first).value == books.middle);
  REQUIRE(store->ask_again(books.broken(), start_of(first), 7).value() == true);
  CHECK(told_through(*store, first).value == 0);
  auto outcome = store->ingest(checked(first, 1, books.middle), start_of(first));
  REQUIRE(outcome);
  CHECK(outcome->mark.through.value == books.middle);
  outcome = store->ingest(checked(first, books.middle + 1, first.head()), start_of(first));
  REQUIRE(outcome);
  CHECK(outcome->status == UpStatus::accepted);
  CHECK(outcome->mark.through.value == first.head());
  CHECK(store->rebuilt_otherwise(open_anything()).value().empty());
}

TEST_CASE("Another copy's facts do not take the place of a batch that changed") {
  Books books;
  const auto store = books.open();
  const auto& first = books.first;
  REQUIRE(store->ask_again(books.broken(), start_of(first), 7).value() == true);
  auto other = terminal_of(1);
  other.enrol({9}, {1});
  while (other.head() < books.middle) other.sell({9}, "x" + std::to_string(other.head()), 1'000, 99);
  const auto outcome = store->ingest(checked(other, 1, books.middle), start_of(other));
  REQUIRE(outcome);
  CHECK(outcome->status == UpStatus::fork);
  CHECK(outcome->standing_changed);
  CHECK(store->ingest(checked(first, 1, books.middle), start_of(first))->mark.through.value == first.head());
  CHECK(store->rebuilt_otherwise(open_anything()).value().empty());
}

TEST_CASE("What came back and changed meanwhile is asked for once more") {
  Books books;
  {
    const auto store = books.open();
    REQUIRE(store->ask_again(books.broken(), start_of(books.first), 7).value() == true);
    REQUIRE(store->ingest(checked(books.first, 1, 2, 2'000), start_of(books.first)));
  }
  books.change("UPDATE mended SET raw=zeroblob(length(raw)) WHERE received_ms<>0");
  const auto store = books.open();
  const auto& first = books.first;
  auto outcome = store->ingest(checked(first, 3, books.middle, 2'000), start_of(first));
  REQUIRE(outcome);
  CHECK(outcome->status == UpStatus::gap);
  CHECK(outcome->mark.through.value == 0);
  outcome = store->ingest(checked(first, 1, books.middle, 2'000), start_of(first));
  REQUIRE(outcome);
  CHECK(outcome->mark.through.value == first.head());
  CHECK(store->rebuilt_otherwise(open_anything()).value().empty());
}

TEST_CASE("A sale that changed on the disk stops no refund, and is settled once it is told again") {
  Books books;
  const auto store = books.open();
  auto& first = books.first;
  const auto before = points(*store)[9];
  const auto from = first.head() + 1;
  first.refund("a1", "r", 1'000);
  REQUIRE(store->ingest(checked(first, from, first.head()), start_of(first)));
  project_all(*store);
  CHECK(points(*store)[9] == before);
  CHECK(verdicts(*store).empty());
  REQUIRE(store->ask_again(books.broken(), start_of(first), 7).value() == true);
  REQUIRE(store->ingest(checked(first, 1, first.head()), start_of(first)));
  first.sell({9}, "later", 1'000, 10);
  REQUIRE(store->ingest(checked(first, first.head() - 1, first.head()), start_of(first)));
  project_all(*store);
  CHECK(points(*store)[9] == before - 10 + 10);
  CHECK(store->rebuilt_otherwise(open_anything()).value().empty());
}
