// SPDX-License-Identifier: Apache-2.0
// What every engine behind HubStore must do about the versions of the programme, and about sales that their terminal
// could not rate.
#include "sync/sqlite/connection.h"
#include "tests/contract/hub_store/suite.h"
#include "tests/support/pretend_brand.h"

using namespace millpond;
using namespace millpond::tests;

namespace {

void publish(HubStore& store, std::uint32_t version, std::int64_t at_ms) {
  const auto json = hub_programme_json(version);
  const auto bytes = base::view_of(json);
  const wire::ProgrammeRow row{version, 1, {bytes.begin(), bytes.end()}, {}};
  REQUIRE(store.publish(wire::RowKind::programme, base::view_of("programme"), wire::encode(row), version, at_ms, {}));
}

void up(HubStore& store, const PretendTerminal& terminal, std::uint64_t from = 1) {
  const auto outcome = store.ingest(checked(terminal, from, terminal.head()), start_of(terminal));
  REQUIRE(outcome);
  REQUIRE(outcome->status == UpStatus::accepted);
}

// As HubCore does it, with as many points as there are minor units in a hundred.
void rate(HubStore& store, const std::vector<model::Fact>& sales) {
  for (const auto& fact : sales) {
    const auto& sale = std::get<model::SaleRecorded>(fact.body);
    const model::Fact points{fact.stamp, model::PointsEarned{sale.member, fact.stamp.seq, sale.total_minor / 100,
                                                             sale.total_minor, fact.stamp.epoch}};
    const hub::Rating rating{fact.stamp, points};
    REQUIRE(store.rate_sales({rating, rating}, 2'000));  // who asks twice books once
  }
}

std::size_t rate_all(HubStore& store) {
  const auto page = store.unrated_sales({}, 100);
  REQUIRE(page);
  rate(store, page->sales);
  return page->sales.size();
}

void check_whole(HubStore& store) {
  const auto check = store.check();
  REQUIRE(check);
  CHECK(check->holds());
  const auto otherwise = store.rebuilt_otherwise(open_anything());
  REQUIRE(otherwise);
  CHECK(*otherwise == "");
}

}  // namespace

TEST_CASE("Every version of the programme stays known, by its number and by when it was in force") {
  on_every_engine([](HubStore& first, const auto& reopen) {
    auto* store = &first;
    CHECK(*store->programme_at(5'000) == 0);
    CHECK(*store->programme(1) == nullptr);
    publish(*store, 3, 1'000);
    publish(*store, 4, 2'000);
    publish(*store, 9, 3'000);
    const std::map<std::int64_t, std::uint32_t> in_force{{-1, 3},    {999, 3},   {1'000, 3}, {1'999, 3},
                                                         {2'000, 4}, {2'999, 4}, {3'000, 9}, {INT64_MAX, 9}};
    const auto look = [&] {
      for (const auto& [at_ms, version] : in_force) {
        CAPTURE(at_ms);
        CHECK(*store->programme_at(at_ms) == version);
      }
      for (const std::uint32_t version : {3U, 4U, 9U}) {
        const auto programme = store->programme(version);
        REQUIRE(programme);
        REQUIRE(*programme);
        CHECK((*programme)->version == version);
      }
      CHECK(*store->programme(5) == nullptr);
    };
    look();
    REQUIRE(store->begin_rebuild(6));
    project_all(*store);
    look();
    store = &reopen();
    look();
  });
}

TEST_CASE("A file from before versions were kept learns them from its log") {
  const TempDir dir;
  const auto open = [&] {
    auto store = hub::open_sqlite_store({.path = dir / "hub.db", .generation = 5});
    REQUIRE(store);
    return std::move(store).value();
  };
  {
    auto store = open();
    publish(*store, 2, 1'000);
    publish(*store, 7, 2'000);
  }
  {
    auto file = sqlite::Connection::open({.path = dir / "hub.db"});
    REQUIRE(file);
    REQUIRE((*file)->execute(
        "DROP TABLE programmes; DROP TABLE ratings; DROP TABLE unrated; ALTER TABLE codes DROP COLUMN begins; "
        "ALTER TABLE hub DROP COLUMN went_back; DROP INDEX confirmations_by_terminal; "
        "DROP TABLE ledgers; DROP TABLE lots; DROP TABLE lot_payments; DROP TABLE lease_members; "
        "DROP TABLE wanted; DROP TABLE mended; "
        "DROP TABLE profile_rows; DROP TABLE profile_stores; ALTER TABLE members DROP COLUMN came_by; "
        "ALTER TABLE members DROP COLUMN visits; ALTER TABLE members DROP COLUMN last_day; "
        "ALTER TABLE members DROP COLUMN seen_in; ALTER TABLE members DROP COLUMN seen_day; "
        "ALTER TABLE members DROP COLUMN verified; ALTER TABLE members DROP COLUMN rfm; "
        "ALTER TABLE members DROP COLUMN tags; ALTER TABLE members DROP COLUMN given; "
        "DROP TABLE marked_tags; DROP TABLE proved_phones; "
        "DROP TABLE visits; DROP TABLE promises; DROP TABLE happened; DROP TABLE decided; "
        "ALTER TABLE hub DROP COLUMN decides_since_ms; "
        "ALTER TABLE epochs DROP COLUMN offset_ms; PRAGMA user_version=2"));
  }
  auto store = open();
  CHECK(*store->programme_at(0) == 2);
  CHECK(*store->programme_at(2'000) == 7);
  CHECK((*store->programme(2))->version == 2);
  publish(*store, 8, 3'000);
  CHECK(*store->programme_at(3'000) == 8);
}

TEST_CASE("A sale that its terminal could not rate waits for the hub, and gets its points once") {
  on_every_engine([](HubStore& first, const auto& reopen) {
    auto* store = &first;
    auto terminal = terminal_of(1);
    admit(*store, terminal);
    terminal.begin_epoch();
    terminal.enrol({9}, {1});
    terminal.sell({9}, "unrated", 10'050, 0);
    terminal.sell({}, "nobody's", 5'000, 0);
    terminal.sell({9}, "nothing earns", 0, 0);
    terminal.sell({9}, "rated after all", 2'000, 20);
    terminal.go_by(1);
    terminal.sell({9}, "too little for a point", 50, 0);
    up(*store, terminal);
    CHECK(store->unrated_sales({}, 100)->sales.empty());  // nobody has looked at them yet
    project_all(*store);
    CHECK(points(*store)[9] == 20);

    CHECK(rate_all(*store) == 1);
    CHECK(rate_all(*store) == 0);  // though nothing is booked yet
    CHECK(points(*store)[9] == 20);
    store = &reopen();
    CHECK(rate_all(*store) == 0);
    project_all(*store);
    CHECK(points(*store)[9] == 120);
    CHECK(verdicts(*store).empty());
    CHECK(rate_all(*store) == 0);
    check_whole(*store);

    REQUIRE(store->begin_rebuild(7));
    CHECK(rate_all(*store) == 0);
    for (bool more = true; more;) {
      more = store->project(1, open_anything())->more;
      CHECK(rate_all(*store) == 0);
    }
    CHECK(points(*store)[9] == 120);
    check_whole(*store);
  });
}

TEST_CASE("A sale that goes on in another epoch, or is told twice, is rated once") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    terminal.begin_epoch();
    terminal.sell({9}, "a", 1'000, 0);
    up(store, terminal);
    project_all(store);
    CHECK(rate_all(store) == 1);
    auto later = terminal_of(1, 12);
    later.add(model::EpochBegun{model::EpochReason::fork, {11}, {1}});
    later.sell({9}, "a", 1'000, 0);
    later.sell({9}, "b", 2'000, 0);
    up(store, later);
    project_all(store);
    CHECK(verdicts(store) == std::map<std::string, std::uint64_t>{{"sale_duplicate", 1}});
    CHECK(rate_all(store) == 1);
    project_all(store);
    CHECK(points(store)[9] == 30);
    check_whole(store);
  });
}

TEST_CASE("Points that a terminal tells after the hub was asked to rate leave nothing to rate") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    terminal.begin_epoch();
    const auto sale = terminal.sell({9}, "a", 1'000, 0);
    up(store, terminal);
    project_all(store);
    const auto looked = store.unrated_sales({}, 100);
    REQUIRE(looked);
    CHECK(looked->sales.size() == 1);
    const auto sent = terminal.head();
    terminal.add(model::PointsEarned{{9}, sale, 10, 1'000});
    up(store, terminal, sent + 1);
    CHECK(rate_all(store) == 0);  // more of this terminal waits to be looked at
    rate(store, looked->sales);
    project_all(store);
    CHECK(points(store)[9] == 10);
    check_whole(store);
  });
}

TEST_CASE("Sales to be rated come page by page, each once") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    terminal.begin_epoch();
    for (int i = 0; i < 7; ++i) terminal.sell({9}, "s" + std::to_string(i), 1'000, 0);
    up(store, terminal);
    project_all(store);
    hub::FactPlace after;
    std::vector<std::size_t> sizes;
    for (;;) {
      const auto page = store.unrated_sales(after, 3);
      REQUIRE(page);
      sizes.push_back(page->sales.size());
      if (!page->more) break;
      CHECK(page->last > after);
      after = page->last;
    }
    CHECK(sizes == std::vector<std::size_t>{3, 3, 1});
    CHECK(rate_all(store) == 7);
    CHECK(rate_all(store) == 0);
  });
}

TEST_CASE("What the hub gave for a sale comes back with its goods, whichever is heard first") {
  struct Row {
    const char* what;
    bool refund_first;  // before the sale itself
    bool rated_first;   // before the refund
    std::int64_t back_minor;
    bool whole;
    std::int64_t left;
  };
  const std::vector<Row> rows{
      {"a part, after it was rated", false, true, 333, false, 7},
      {"a part, before it was rated", false, false, 333, false, 7},
      {"a part, before anybody knew the sale", true, false, 333, false, 7},
      {"all of it, after it was rated", false, true, 1'000, true, 0},
      {"all of it, before it was rated", false, false, 1'000, true, 0},
      {"all of it, before anybody knew the sale", true, false, 1'000, true, 0},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    on_every_engine([&](HubStore& store, const auto&) {
      auto terminal = terminal_of(1);
      auto other = terminal_of(2);
      admit(store, terminal);
      admit(store, other);
      terminal.begin_epoch();
      other.begin_epoch();
      terminal.sell({9}, "a", 1'000, 0);
      terminal.add(model::PrintFinished{{2}, model::PrintOutcome::sent});
      other.refund("a", "r", row.back_minor, row.whole);
      const auto tell_refund = [&] {
        up(store, other);
        project_all(store);
      };
      if (row.refund_first) tell_refund();
      up(store, terminal);
      project_all(store);
      if (row.rated_first) {
        CHECK(rate_all(store) == 1);
        project_all(store);
        CHECK(points(store)[9] == 10);
      }
      if (!row.refund_first) tell_refund();
      CHECK(rate_all(store) == (row.rated_first ? 0 : 1));
      project_all(store);
      CHECK(points(store)[9] == row.left);
      check_whole(store);
      REQUIRE(store.begin_rebuild(8));
      project_all(store);
      CHECK(points(store)[9] == row.left);
      CHECK(rate_all(store) == 0);
    });
  }
}

TEST_CASE("Who is rated by the hub may be an alias by then, or gone") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    terminal.begin_epoch();
    for (const std::uint64_t member : {7U, 8U, 9U}) terminal.enrol({member}, {1});
    terminal.sell({8}, "a", 1'000, 0);
    terminal.sell({9}, "b", 2'000, 0);
    up(store, terminal);
    project_all(store);
    REQUIRE(store.merge_members({8}, {7}, 3'000));
    REQUIRE(store.remove_member({9}, 3'000));
    CHECK(rate_all(store) == 2);
    project_all(store);
    CHECK(points(store) == std::map<std::uint64_t, std::int64_t>{{7, 0}, {8, 10}, {9, 20}});
    CHECK(store.member_row({7})->value().points == 10);
    check_whole(store);
    REQUIRE(store.unmerge_member({8}, 4'000));
    project_all(store);
    CHECK(store.member_row({7})->value().points == 0);
    CHECK(store.member_row({8})->value().points == 10);
    check_whole(store);
  });
}
