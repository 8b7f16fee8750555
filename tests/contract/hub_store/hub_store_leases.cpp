// SPDX-License-Identifier: Apache-2.0
// Leases and spent points at every engine: who gets a share, what is booked and what is lost, and that a rebuild says
// the same.
#include "sync/wire/lease_rows.h"
#include "tests/contract/hub_store/suite.h"

#include <algorithm>

using namespace millpond;
using namespace millpond::tests;
using base::Code;
using model::LeaseKind;

namespace {

constexpr std::int64_t start_ms = 1'795'000'000'000;
constexpr std::int64_t day_ms = 86'400'000;
constexpr base::MemberId member{9};
constexpr hub::LeaseTerms terms{LeaseKind::points, 0, 1'000, 400, 0};

struct Brand {
  HubStore* store;
  std::vector<PretendTerminal> terminals;
  std::map<std::uint32_t, std::uint64_t> sent;
  std::int64_t now_ms{start_ms};

  explicit Brand(HubStore& of) : store{&of} {
    for (std::uint32_t number = 1; number <= 3; ++number) {
      terminals.push_back(terminal_of(number));
      terminals.back().begin_epoch();
      admit(of, terminals.back());
    }
    terminals[0].enrol(member, {1});
    terminals[0].sell(member, "first", 1'000, 500);
  }
  PretendTerminal& operator[](std::uint32_t number) { return terminals[number - 1]; }
  void upload(std::uint32_t number) {
    auto& terminal = (*this)[number];
    auto& through = sent[number];
    if (through == terminal.head()) return;
    const auto outcome = store->ingest(checked(terminal, through + 1, terminal.head()), start_of(terminal));
    REQUIRE(outcome);
    REQUIRE(outcome->status == UpStatus::accepted);
    through = terminal.head();
  }
  void deliver() {
    for (std::uint32_t number = 1; number <= 3; ++number) upload(number);
    project_all(*store);
  }
  [[nodiscard]] std::optional<model::Lease> ask(std::uint32_t number, std::uint32_t epoch = 11) {
    const auto lease = store->renew_lease({{number}, {epoch}}, terms, now_ms);
    REQUIRE(lease);
    return *lease;
  }
  void spend(std::uint32_t number, std::int64_t points, base::LeaseId lease, const std::string& transaction = {}) {
    auto& terminal = (*this)[number];
    const auto name =
        transaction.empty() ? std::to_string(number) + "/" + std::to_string(terminal.head()) : transaction;
    const auto sale = terminal.sell(member, name, 900, 0);
    terminal.add(model::PointsSpent{member, sale, points, lease, {}});
  }
  void spend_of(std::uint32_t number, base::MemberId who, std::int64_t points, base::LeaseId lease) {
    auto& terminal = (*this)[number];
    const auto sale = terminal.sell(who, std::to_string(number) + "/" + std::to_string(terminal.head()), 900, 0);
    terminal.add(model::PointsSpent{who, sale, points, lease, {}});
  }
  [[nodiscard]] hub::PoolStanding pool() {
    const auto books = store->leases();
    REQUIRE(books);
    REQUIRE(books->pools.size() == 1);
    CHECK(store->check()->pools_hold);
    return books->pools.front();
  }
  [[nodiscard]] std::int64_t lost(std::uint32_t number) {
    const auto books = *store->leases();
    for (const auto& each : books.lost) {
      if (each.terminal.value == number) return each.points;
    }
    return 0;
  }
};

// Everything that people and terminals see of it.
struct Seen {
  std::map<std::uint64_t, std::int64_t> points;
  std::map<std::string, std::uint64_t> verdicts;
  std::vector<std::array<std::int64_t, 6>> pools;
  std::vector<std::array<std::int64_t, 6>> leases;
  std::uint64_t lost{};
  base::Bytes row;
  friend bool operator==(const Seen&, const Seen&) = default;
};

Seen seen_of(HubStore& store, std::uint64_t generation) {
  Seen seen{points(store), verdicts(store), {}, {}, store.status()->points_lost, {}};
  const auto books = *store.leases();
  for (const auto& pool : books.pools) {
    seen.pools.push_back({static_cast<std::int64_t>(pool.kind), static_cast<std::int64_t>(pool.subject), pool.cap,
                          pool.used, pool.outstanding, pool.excess});
  }
  for (const auto& each : books.leases) {
    seen.leases.push_back({static_cast<std::int64_t>(each.lease.id.value), each.terminal.value, each.left, each.told,
                           each.written_off, each.lease.expires_ms});
  }
  const auto rows = live_rows(store, {2}, {generation, 0});
  const auto row = rows.find({static_cast<int>(wire::RowKind::lease), wire::lease_key({2}, LeaseKind::points, 0)});
  if (row != rows.end()) seen.row = row->second;
  const auto whole = *store.check();
  CHECK((whole.members_equal && whole.figures_hold && whole.pools_hold && whole.log_holds));
  return seen;
}

// For rows of a table: a section is entered once in a run, whatever the row.
void on_new_stores(const std::function<void(HubStore&)>& body) {
  for (const auto& engine : engines()) {
    CAPTURE(engine.name);
    const tests::TempDir dir;
    const auto store = engine.open(dir.path());
    body(*store);
  }
}

void check_rebuild(HubStore& store) {
  CHECK(store.rebuilt_otherwise(tests::open_anything()).value() == "");
  const auto before = seen_of(store, 5);
  REQUIRE(store.begin_rebuild(6));
  project_all(store, 2);
  CHECK(seen_of(store, 6) == before);
}

}  // namespace

TEST_CASE("A terminal on the line gets a share, hears of it alone, and gets the next when little is left") {
  on_every_engine([](HubStore& store, const auto&) {
    Brand brand{store};
    CHECK_FALSE(brand.ask(2));  // nothing of it was heard
    brand.upload(2);
    CHECK_FALSE(brand.ask(2));  // its beginning waits for stage 2
    brand.deliver();
    const auto lease = brand.ask(2);
    REQUIRE(lease);
    CHECK(*lease == model::Lease{{start_ms}, LeaseKind::points, 0, {11}, 400, 0, start_ms + 7 * day_ms});
    CHECK(seen_of(store, 5).row == wire::encode(*lease));
    const auto others = live_rows(store, {1}, {5, 0});
    CHECK(std::ranges::none_of(
        others, [](const auto& row) { return row.first.first == static_cast<int>(wire::RowKind::lease); }));
    CHECK_FALSE(brand.ask(2));  // it has enough
    CHECK_FALSE(brand.ask(2, 12));

    brand.spend(2, 300, lease->id);
    brand.deliver();
    CHECK_FALSE(brand.ask(2));  // a quarter is left
    brand.spend(2, 1, lease->id);
    brand.upload(2);
    CHECK_FALSE(brand.ask(2));  // and told, but not applied
    brand.deliver();
    brand.now_ms += 1;
    const auto next = brand.ask(2);
    REQUIRE(next);
    CHECK(next->id.value == lease->id.value + 1);
    CHECK(brand.pool().outstanding == 499);
    brand[2].add(model::LeaseReturned{lease->id, 301});
    brand.deliver();
    CHECK(brand.pool().outstanding == 400);

    brand.now_ms = next->expires_ms - hub::lease_renewed_before_ms - 1;
    CHECK_FALSE(brand.ask(2));
    brand.now_ms += 1;
    CHECK(brand.ask(2)->expires_ms == brand.now_ms + 7 * day_ms);
    check_rebuild(store);
  });
}

TEST_CASE("A share that comes straight back unused is not cut again at once, and one without an end is renewed") {
  on_every_engine([](HubStore& store, const auto&) {
    Brand brand{store};
    brand.deliver();
    brand.now_ms = start_ms + 3'650 * day_ms;
    const auto endless = brand.ask(2);
    REQUIRE(endless);
    CHECK_FALSE(brand.ask(2));
    brand.now_ms = start_ms;
    const auto next = brand.ask(2);
    REQUIRE(next);
    CHECK(next->expires_ms == start_ms + hub::lease_ms);
    CHECK(next->id > endless->id);

    brand.now_ms = start_ms - 3'650 * day_ms;  // this hub believes that it is ten years ago
    const auto over = brand.ask(1);
    REQUIRE(over);
    brand[1].add(model::LeaseReturned{over->id, 0});
    brand.deliver();
    CHECK_FALSE(brand.ask(1));
    brand.now_ms += hub::lease_again_after_ms;
    CHECK(brand.ask(1));
  });
}

TEST_CASE("All shares together are no more than the pool, and what facts told is free again") {
  on_every_engine([](HubStore& store, const auto& reopen) {
    Brand brand{store};
    brand.deliver();
    const auto first = brand.ask(1);
    const auto second = brand.ask(2);
    const auto third = brand.ask(3);
    REQUIRE((first && second && third));
    CHECK(third->amount == 200);
    CHECK(brand.pool().outstanding == 1'000);
    brand.store = &reopen();
    brand.spend(3, 160, third->id);
    brand.deliver();
    CHECK(brand.pool().outstanding == 840);
    const auto more = brand.ask(3);
    REQUIRE(more);
    CHECK(more->amount == 160);
    CHECK(brand.pool().used == 0);
    CHECK(brand.pool().outstanding == 1'000);
    check_rebuild(*brand.store);
    CHECK_FALSE(brand.ask(3));
  });
}

TEST_CASE("Nobody gets a share while copies of it are suspected, and a chosen copy does") {
  on_every_engine([](HubStore& store, const auto&) {
    Brand brand{store};
    brand.deliver();
    const auto lease = brand.ask(2);
    REQUIRE(lease);
    auto copy = terminal_of(2);
    copy.begin_epoch();
    brand.spend(2, 400, lease->id);
    brand.deliver();
    copy.sell(member, "elsewhere", 700, 0);
    REQUIRE(store.ingest(checked(copy, 2, copy.head()), start_of(copy))->status == UpStatus::fork);
    project_all(store);
    CHECK_FALSE(brand.ask(2));
    REQUIRE(store.keep_copy({2}, {11}, 1'000));
    project_all(store);
    CHECK(brand.ask(2));
    check_rebuild(store);
  });
}

TEST_CASE("Spent points leave the balance once, and what a member did not have is the brand's loss") {
  struct Row {
    const char* what;
    std::int64_t first;   // spent at terminal 2
    std::int64_t second;  // at terminal 3, without hearing of it
    std::int64_t balance;
    std::int64_t lost;  // by terminal 3
    std::map<std::string, std::uint64_t> verdicts;
  };
  for (const Row& row : {Row{"nothing is missing", 200, 300, 0, 0, {}}, Row{"less than all", 200, 150, 150, 0, {}},
                         Row{"both spend what one has", 400, 400, 0, 300, {{"points_short", 1}}}}) {
    on_new_stores([&](HubStore& store) {
      CAPTURE(row.what);
      Brand brand{store};
      brand.deliver();
      brand.spend(2, row.first, brand.ask(2)->id);
      brand.spend(3, row.second, brand.ask(3)->id);
      brand.deliver();
      CHECK(points(store)[member.value] == row.balance);
      CHECK(brand.lost(3) == row.lost);
      CHECK(brand.lost(2) == 0);
      CHECK(verdicts(store) == row.verdicts);
      CHECK(brand.pool().used == 0);
      // What comes later is the member's own.
      brand[1].sell(member, "later", 500, 70);
      brand.deliver();
      CHECK(points(store)[member.value] == row.balance + 70);
      check_rebuild(store);
    });
  }
}

TEST_CASE("In whatever order terminals are heard, balance less loss is what their facts add up to") {
  std::vector<std::uint32_t> order{1, 2, 3};
  do {
    on_new_stores([&](HubStore& store) {
      CAPTURE(order[0], order[1], order[2]);
      Brand brand{store};
      brand.deliver();
      const auto second = brand.ask(2)->id;
      const auto third = brand.ask(3)->id;
      brand[1].sell(member, "more", 900, 120);
      brand.spend(2, 400, second);
      brand[2].sell(member, "back", 300, 30);
      brand.spend(3, 350, third);
      for (const auto number : order) {
        brand.upload(number);
        project_all(store);
        CHECK(points(store)[member.value] >= 0);
      }
      const auto lost = static_cast<std::int64_t>(store.status()->points_lost);
      CHECK(points(store)[member.value] - lost == 500 + 120 - 400 + 30 - 350);
      check_rebuild(store);
    });
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("Points of a person are those of all numbers, and a sale told before takes none") {
  on_every_engine([](HubStore& store, const auto&) {
    Brand brand{store};
    constexpr base::MemberId card{10};
    brand[1].enrol(card, {1});
    brand[1].sell(card, "card", 1'000, 100);
    brand.deliver();
    REQUIRE(store.merge_members(card, member, 1'000));
    project_all(store);
    brand.spend(2, 400, brand.ask(2)->id);
    brand.deliver();
    brand.spend(2, 150, brand.ask(2)->id);
    brand.deliver();
    CHECK(points(store)[member.value] == -50);  // a ledger; the person has 50
    CHECK(store.status()->points_lost == 0);
    CHECK(verdicts(store).empty());

    brand.spend(3, 20, brand.ask(3)->id, "2/1");  // the sale of terminal 2, posted again elsewhere
    brand.deliver();
    CHECK(points(store)[member.value] == -50);
    CHECK(verdicts(store)["sale_duplicate"] == 2);
    check_rebuild(store);
  });
}

TEST_CASE("Whoever uses what is not its own, or more than it has, is flagged, and nobody else's share is less") {
  on_every_engine([](HubStore& store, const auto&) {
    Brand brand{store};
    brand.deliver();
    const auto lease = brand.ask(2);
    REQUIRE(lease);
    brand.spend(3, 100, lease->id);
    brand[3].add(model::LeaseReturned{lease->id, 0});
    brand.spend(3, 50, {});
    brand.spend(3, 5, {77});
    brand.deliver();
    CHECK(brand.pool().outstanding == 400);
    CHECK(brand.pool().excess == 155);
    CHECK((*store.rights())[2].breaches == 3);
    CHECK(verdicts(store) == std::map<std::string, std::uint64_t>{{"points_cap", 3}, {"bad_input", 1}});
    CHECK(points(store)[member.value] == 500);  // whoever names a member takes nothing from them
    CHECK(brand.lost(3) == 155);
    std::vector<std::int64_t> told;
    for (const auto& each : *store.signals(10)) {
      if (each.raised.signal != model::Signal::right_breached) continue;
      CHECK(each.raised.member == member);
      told.push_back(each.raised.value);
    }
    std::ranges::sort(told);
    CHECK(told == std::vector<std::int64_t>{5, 50, 100});
    check_rebuild(store);
  });
}

TEST_CASE("What goes past a lease is the brand's loss, and of what the lease had the member's balance decides") {
  struct Row {
    std::int64_t spent;  // of a lease of 400 and a balance of 500
    std::int64_t again;  // of what is left of both
    std::int64_t balance;
    std::int64_t lost;
    std::map<std::string, std::uint64_t> verdicts;
  };
  for (const Row& row :
       {Row{400, 0, 100, 0, {}}, Row{401, 0, 100, 1, {{"points_cap", 1}}}, Row{300, 150, 100, 50, {{"points_cap", 1}}},
        Row{400, 100, 100, 100, {{"points_cap", 1}}}, Row{9'000, 0, 100, 8'600, {{"points_cap", 1}}}}) {
    on_new_stores([&](HubStore& store) {
      CAPTURE(row.spent, row.again);
      Brand brand{store};
      brand.deliver();
      const auto lease = brand.ask(2)->id;
      brand.spend(2, row.spent, lease);
      if (row.again > 0) brand.spend(2, row.again, lease);
      brand.deliver();
      CHECK(points(store)[member.value] == row.balance);
      CHECK(brand.lost(2) == row.lost);
      CHECK(verdicts(store) == row.verdicts);
      CHECK(points(store)[member.value] - brand.lost(2) == 500 - row.spent - row.again);
      // What comes back with the goods is what was taken.
      brand[2].refund("2/1", "back", 900);
      brand.deliver();
      CHECK(points(store)[member.value] == row.balance + std::min<std::int64_t>(row.spent, 400));
      check_rebuild(store);
    });
  }
}

TEST_CASE("What one member spends past a lease's ceiling is the terminal's loss, and flagged as past the lease") {
  constexpr base::MemberId second{2};
  struct Spend {
    base::MemberId member;
    std::int64_t points;
  };
  struct Row {
    std::vector<Spend> spends;  // of a lease of 400 that lets a member have 150; both have 500
    std::int64_t lost;
    std::int64_t breaches;
    std::array<std::int64_t, 2> balances;
  };
  auto bounded = terms;
  bounded.a_member_max = 150;
  for (const Row& row : {Row{{{member, 150}, {second, 150}}, 0, 0, {350, 350}}, Row{{{member, 151}}, 1, 1, {350, 500}},
                         Row{{{member, 100}, {member, 100}, {second, 10}}, 50, 1, {350, 490}},
                         Row{{{member, 300}, {member, 20}}, 170, 2, {350, 500}},
                         Row{{{member, 9'000}, {second, 150}}, 8'850, 1, {350, 350}}}) {
    on_new_stores([&](HubStore& store) {
      CAPTURE(row.lost);
      Brand brand{store};
      brand[1].enrol(second, {2});
      brand[1].sell(second, "second", 1'000, 500);
      brand.deliver();
      const auto lease = store.renew_lease({{2}, {11}}, bounded, brand.now_ms);
      REQUIRE(lease);
      REQUIRE(*lease);
      for (const auto& each : row.spends) brand.spend_of(2, each.member, each.points, (**lease).id);
      brand.deliver();
      auto balances = points(store);
      CHECK(std::array{balances[member.value], balances[second.value]} == row.balances);
      CHECK(brand.lost(2) == row.lost);
      CHECK(verdicts(store)["points_cap"] == static_cast<std::uint64_t>(row.breaches));
      // The next lease counts from nothing, and a rebuild comes to the same.
      CHECK(brand.pool().excess == row.lost);
      check_rebuild(store);
      brand.now_ms += 6 * day_ms;
      const auto next = store.renew_lease({{2}, {11}}, bounded, brand.now_ms);
      REQUIRE(next);
      REQUIRE(*next);
      CHECK((**next).id != (**lease).id);
      brand.spend_of(2, member, 150, (**next).id);
      brand.deliver();
      CHECK(brand.lost(2) == row.lost);
    });
  }
}

TEST_CASE("One terminal is given so much in a day, but for what came back, whoever has its key") {
  on_every_engine([](HubStore& store, const auto& reopen) {
    Brand brand{store};
    brand.deliver();
    auto bounded = terms;
    bounded.terminal_day_max = 1'000;
    const auto due = [&] { return brand.store->renew_lease({{2}, {11}}, bounded, brand.now_ms).value(); };
    const auto ask = [&](std::uint64_t asked, std::int64_t wanted) {
      return brand.store->lease_points({{{2}, {11}}, asked, member, wanted}, bounded, brand.now_ms).value();
    };
    for (int i = 0; i < 2; ++i) {
      const auto lease = due();
      REQUIRE(lease);
      CHECK(lease->amount == 400);
      brand.spend(2, 400, lease->id);
      brand[1].sell(member, "more" + std::to_string(i), 1'000, 500);
      brand.deliver();
      brand.now_ms += 1'000;
    }
    CHECK(ask(7, 201).why == Code::points_cap);
    brand.store = &reopen();
    const auto last = due();
    REQUIRE(last);
    CHECK(last->amount == 200);
    brand[2].add(model::LeaseReturned{last->id, 150});
    brand.deliver();
    const auto asked = ask(8, 200);  // nothing of it was used
    REQUIRE(asked.lease);
    CHECK(asked.lease->amount == 200);
    brand.spend(2, 200, asked.lease->id);
    brand.deliver();
    brand.now_ms += 1'000;
    CHECK_FALSE(due());
    CHECK(ask(9, 1).why == Code::points_cap);
    CHECK(brand.store->renew_lease({{3}, {11}}, bounded, brand.now_ms).value());  // others are none the poorer
    brand.now_ms = start_ms + hub::bounded_day_ms;
    CHECK(due()->amount == 400);  // of the first, which is a day ago
    check_rebuild(*brand.store);
  });
}

TEST_CASE("What an older life had left counts as spent until its facts come or an operator gives up") {
  on_every_engine([](HubStore& store, const auto&) {
    Brand brand{store};
    brand.deliver();
    const auto lease = brand.ask(2);
    REQUIRE(lease);
    brand.spend(2, 100, lease->id);  // not sent before the next life begins
    auto next_life = terminal_of(2, 12);
    next_life.add(model::EpochBegun{model::EpochReason::disk_changed, {11}, {1}});
    REQUIRE(store.ingest(checked(next_life, 1, 1), start_of(next_life)));
    project_all(store);
    CHECK(brand.pool().used == 400);
    CHECK(brand.pool().outstanding == 0);
    CHECK_FALSE(brand.ask(2, 11));
    const auto fresh = brand.ask(2, 12);
    REQUIRE(fresh);

    brand.deliver();  // the older life was on the line again: two copies, and its facts count once
    CHECK(brand.pool().used == 300);
    CHECK(points(store)[member.value] == 400);
    CHECK(store.give_up_lease({1}, 1'000).error().code == Code::not_found);
    REQUIRE(store.give_up_lease(lease->id, 1'000));
    project_all(store);
    CHECK(brand.pool().used == 0);
    CHECK(store.give_up_lease(lease->id, 1'000).error().code == Code::bad_input);
    brand.spend(2, 40, lease->id);
    brand.deliver();
    CHECK(brand.pool().used == 0);
    CHECK(brand.pool().excess == 0);
    CHECK(points(store)[member.value] == 360);
    check_rebuild(store);
  });
}

TEST_CASE("A budget or a stock is cut by the same rules, and is gone once") {
  on_every_engine([](HubStore& store, const auto&) {
    Brand brand{store};
    brand.deliver();
    const hub::LeaseTerms stock{LeaseKind::game_stock, 7, 50, 40, 0};
    const auto first = *store.renew_lease({{1}, {11}}, stock, brand.now_ms);
    const auto second = *store.renew_lease({{2}, {11}}, stock, brand.now_ms);
    REQUIRE((first && second));
    CHECK(second->amount == 10);
    CHECK_FALSE(*store.renew_lease({{3}, {11}}, stock, brand.now_ms));
    CHECK(*store.renew_lease({{3}, {11}}, {LeaseKind::game_stock, 8, 50, 40, 0}, brand.now_ms));
    CHECK_FALSE(*store.renew_lease({{3}, {11}}, {LeaseKind::campaign_budget, 8, 0, 40, 0}, brand.now_ms));
    brand[2].add(model::LeaseReturned{second->id, 0});
    brand.deliver();
    REQUIRE(store.give_up_lease(first->id, 1'000));
    project_all(store);
    const auto pool = store.leases()->pools.front();
    CHECK(pool.used == 40);
    CHECK(pool.outstanding == 0);
    CHECK(*store.renew_lease({{3}, {11}}, stock, brand.now_ms));
    check_rebuild(store);
  });
}
