// SPDX-License-Identifier: Apache-2.0
// What every engine behind HubStore must do about points in lots: which lot pays, what comes back, what ends, and what
// is told late. At random beside the ledger of model/lots.h.
#include "sync/model/lots.h"
#include "tests/contract/hub_store/suite.h"
#include "tests/support/pretend_brand.h"

using namespace millpond;
using namespace millpond::tests;

namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t zone_ms = 8LL * 3'600'000;

constexpr const char* ten_days =
    R"(,"lots":{"pending_days":0,"expiry":{"kind":"days","count":10},"return_grace_days":3})";
constexpr const char* pending_two =
    R"(,"lots":{"pending_days":2,"expiry":{"kind":"days","count":10},"return_grace_days":3})";

void publish(HubStore& store, std::uint32_t version, const std::string& lots) {
  const auto json = hub_programme_json(version, lots);
  const auto bytes = base::view_of(json);
  const wire::ProgrammeRow row{version, 1, {bytes.begin(), bytes.end()}, {}};
  REQUIRE(store.publish(wire::RowKind::programme, base::view_of("programme"), wire::encode(row), version, version, {}));
}

// Version 1 has no lots, version 2 has; two terminals, each with a lease.
class Chain {
 public:
  Chain(HubStore& of, const std::string& lots) : store{of} {
    publish(store, 1, "");
    publish(store, 2, lots);
    for (auto* terminal : {&one, &two}) {
      admit(store, *terminal);
      terminal->begin_epoch();
      go_by(2);
    }
    on_day(100);
    for (std::uint64_t member : {8, 9}) one.enrol({member}, {1});
    send();
    send(two);
    for (auto* terminal : {&one, &two}) {
      const auto lease = store.renew_lease({terminal->id(), terminal->epoch()},
                                           {model::LeaseKind::points, 0, 1'000'000, 400'000, 0}, now());
      REQUIRE(lease);
      REQUIRE(*lease);
      leases[terminal->id()] = (*lease)->id;
    }
  }

  void go_by(std::uint32_t version) {
    one.go_by(version);
    two.go_by(version);
  }
  void on_day(std::int32_t day, std::int64_t after_noon_ms = 0) {
    now_ms = day * day_ms + 4 * 3'600'000 + after_noon_ms;
    one.on_day(day, after_noon_ms);
    two.on_day(day, after_noon_ms);
  }
  // Everybody's clock, before the next fact.
  [[nodiscard]] std::int64_t now() const { return now_ms; }

  base::Seq sell(std::int64_t points, base::MemberId member = {9}) {
    last = "s" + std::to_string(++sales);
    return one.sell(member, last, 1'000, points);
  }
  base::Seq spend(std::int64_t points, base::MemberId member = {9}, PretendTerminal* of = nullptr) {
    auto& terminal = of == nullptr ? one : *of;
    last = "s" + std::to_string(++sales);
    const auto sale = terminal.sell(member, last, 1'000, 0);
    terminal.add(model::PointsSpent{member, sale, points, leases.at(terminal.id()), {}});
    return sale;
  }
  void refund(const std::string& of, std::int64_t total_minor = 1'000) {
    one.refund(of, "r" + std::to_string(++sales), total_minor, total_minor == 1'000);
  }
  void send() { send(one); }
  void send(PretendTerminal& terminal) {
    auto& held = sent[terminal.id()];
    if (held < terminal.head()) {
      REQUIRE(store.ingest(checked(terminal, held + 1, terminal.head(), now() + 1'000'000), start_of(terminal)));
      held = terminal.head();
    }
    project_all(store);
  }
  // The keeper looks at this moment, in pages of one.
  std::uint64_t look(std::int64_t at_ms) {
    std::uint64_t noted = 0;
    hub::DuePoints page;
    do {
      const auto next = store.expire_points(page, 1, at_ms);
      REQUIRE(next);
      page = *next;
      noted += page.noted;
    } while (page.more);
    project_all(store);
    return noted;
  }
  std::uint64_t end_of_day(std::int32_t day) { return look((day + 1) * day_ms - zone_ms); }
  [[nodiscard]] std::int64_t points(std::uint64_t member = 9) const { return tests::points(store).at(member); }
  [[nodiscard]] wire::MemberRow row(std::uint64_t member = 9) const {
    const auto told = store.member_row({member});
    REQUIRE(told);
    REQUIRE(*told);
    return **told;
  }
  void check_whole() const {
    const auto check = store.check();
    REQUIRE(check);
    CHECK(check->lots_hold);
    CHECK(check->members_equal);
    CHECK(check->holds());
    const auto otherwise = store.rebuilt_otherwise(open_anything());
    REQUIRE(otherwise);
    CHECK(*otherwise == "");
  }

  HubStore& store;
  PretendTerminal one{terminal_of(1)};
  PretendTerminal two{terminal_of(2)};
  std::map<base::TerminalId, base::LeaseId> leases;
  std::map<base::TerminalId, std::uint64_t> sent;
  std::int64_t now_ms = 0;
  int sales = 0;
  std::string last;
};

}  // namespace

TEST_CASE("Points given by hand last for ever, those taken come out of lots, and what is not there is owed") {
  on_every_engine([](HubStore& store, const auto&) {
    Chain chain{store, ten_days};
    const auto adjust = [&](std::uint64_t member, std::int64_t points) {
      const auto done = store.adjust_points({member}, points, hub::AdjustReason::our_error, chain.now() + 60'000);
      project_all(store);
      return done.has_value();
    };
    CHECK(adjust(8, 40));  // nobody keeps lots of them yet
    CHECK(chain.points(8) == 40);
    chain.sell(100);
    chain.send();
    CHECK(adjust(9, 30));
    CHECK(adjust(9, -50));
    CHECK(chain.points() == 80);
    CHECK(chain.end_of_day(110) == 1);
    CHECK(chain.points() == 30);
    CHECK(adjust(9, -70));
    CHECK(chain.points() == -40);
    CHECK(adjust(9, 25));
    chain.on_day(112);
    chain.sell(100);
    chain.send();
    CHECK(chain.points() == 85);
    CHECK_FALSE(adjust(77, 5));
    REQUIRE(store.remove_member({8}, 9));
    project_all(store);
    CHECK_FALSE(adjust(8, 5));
    chain.check_whole();
  });
}

TEST_CASE("Points are good through the end of their last day, and end once", "[lots]") {
  on_every_engine([](HubStore& store, const auto& reopen) {
    Chain chain{store, ten_days};
    chain.sell(40);
    chain.on_day(103);
    chain.sell(7);
    chain.send();
    CHECK(chain.row().points == 47);
    CHECK(chain.row().pending.empty());
    CHECK(chain.row().expires_day == 110);
    CHECK(chain.row().expiring_points == 40);
    CHECK(chain.look(111 * day_ms - zone_ms - 1) == 0);
    CHECK(chain.points() == 47);
    CHECK(chain.end_of_day(110) == 1);
    CHECK(chain.points() == 7);
    CHECK(chain.row().expires_day == 113);
    CHECK(chain.row().expiring_points == 7);
    CHECK(chain.end_of_day(110) == 0);
    CHECK(chain.end_of_day(500) == 1);
    CHECK(chain.row().expires_day == 0);
    CHECK(chain.points() == 0);
    chain.check_whole();

    // A crash between two pages, and a rebuild, which says nothing of its own.
    chain.on_day(600);
    for (std::uint64_t member : {8, 9}) chain.sell(10, {member});
    chain.send();
    const auto first = store.expire_points({}, 1, 700 * day_ms);
    REQUIRE(first);
    CHECK((first->noted == 1 && first->more));
    CHECK(store.expire_points({}, 1, 700 * day_ms)->noted == 0);  // what was noted waits for stage 2
    auto& again = reopen();
    project_all(again);
    REQUIRE(again.begin_rebuild(77));
    CHECK(again.expire_points({}, 10, 700 * day_ms)->noted == 0);
    project_all(again);
    CHECK(again.expire_points({}, 10, 700 * day_ms)->noted == 1);
    project_all(again);
    CHECK(points(again) == std::map<std::uint64_t, std::int64_t>{{8, 0}, {9, 0}});
    CHECK(again.check()->holds());
  });
}

TEST_CASE("A programme without lots keeps none, and what there was before them is good for ever", "[lots]") {
  on_every_engine([](HubStore& store, const auto&) {
    Chain chain{store, ten_days};
    chain.go_by(1);
    chain.sell(30);
    chain.send();
    CHECK(chain.row().expires_day == 0);
    CHECK(chain.end_of_day(5'000) == 0);
    chain.go_by(2);
    chain.sell(20);
    chain.send();
    CHECK(chain.row().expiring_points == 20);
    chain.spend(5);
    chain.send();
    CHECK(chain.row().expiring_points == 15);  // what ends first pays first
    CHECK(chain.end_of_day(110) == 1);
    CHECK(chain.points() == 30);
    chain.check_whole();
  });
}

TEST_CASE("Points that are not good yet are told with their day, and lent to no terminal", "[lots]") {
  on_every_engine([](HubStore& store, const auto&) {
    Chain chain{store, pending_two};
    chain.sell(40);
    chain.on_day(101);
    chain.sell(5);
    chain.send();
    CHECK(chain.row().points == 45);
    CHECK(chain.row().pending == std::vector<wire::PendingPoints>{{103, 40}, {104, 5}});
    const auto ask = [&](std::int32_t day, std::int64_t points) {
      chain.on_day(day);
      const hub::PointsQuestion question{{{2}, {11}}, static_cast<std::uint64_t>(day * 1'000 + points), {9}, points};
      return store.lease_points(question, {model::LeaseKind::points, 0, 1'000'000, 400, 0}, chain.now())->why;
    };
    CHECK(ask(102, 1) == base::Code::points_short);
    CHECK(ask(103, 41) == base::Code::points_short);
    CHECK(ask(103, 40) != base::Code::points_short);
    chain.on_day(104);
    chain.sell(1);
    chain.send();
    CHECK(chain.row().pending == std::vector<wire::PendingPoints>{{107, 1}});
    chain.check_whole();
  });
}

TEST_CASE("A spending that is told after its points ended costs the member nothing", "[lots]") {
  on_every_engine([](HubStore& store, const auto&) {
    Chain chain{store, ten_days};
    chain.sell(100);
    chain.on_day(105);
    chain.sell(50);
    chain.send();
    chain.on_day(109);
    chain.spend(60, {9}, &chain.two);
    const auto paid = chain.last;
    chain.on_day(111);
    CHECK(chain.end_of_day(110) == 1);
    CHECK(chain.points() == 50);
    chain.send(chain.two);
    CHECK(chain.points() == 50);
    CHECK(store.status()->points_lost == 0);
    chain.check_whole();
    // One that happened after the end is paid by what is left.
    chain.spend(20, {9}, &chain.two);
    chain.send(chain.two);
    CHECK(chain.points() == 30);
    // What paid for goods that come back is good for the days of grace at least.
    chain.refund(paid);
    chain.send();
    CHECK(chain.points() == 90);
    CHECK(chain.row().expires_day == 114);
    CHECK(chain.row().expiring_points == 60);
    CHECK(chain.end_of_day(114) == 1);
    CHECK(chain.points() == 30);
    chain.check_whole();
  });
}

TEST_CASE("A refund takes from the sale's own lot, then from others, then a debt that is repaid", "[lots]") {
  on_every_engine([](HubStore& store, const auto&) {
    Chain chain{store, ten_days};
    chain.sell(40);
    const auto sale = chain.last;
    chain.send();
    chain.spend(30);
    chain.refund(sale);
    chain.send();
    CHECK(chain.points() == -30);
    chain.sell(50);
    chain.send();
    CHECK(chain.points() == 20);
    CHECK(chain.row().expiring_points == 20);

    // Points that ended unused make no debt.
    chain.on_day(120);
    CHECK(chain.end_of_day(119) == 1);
    chain.sell(60);
    const auto unused = chain.last;
    chain.send();
    chain.on_day(131);
    CHECK(chain.end_of_day(130) == 1);
    chain.refund(unused, 500);
    chain.refund(unused);
    chain.send();
    CHECK(chain.points() == 0);
    chain.check_whole();
  });
}

TEST_CASE("Numbers of one person keep their own lots, and lose together what the person has", "[lots]") {
  on_every_engine([](HubStore& store, const auto&) {
    Chain chain{store, ten_days};
    chain.sell(100, {8});
    chain.on_day(102);
    chain.sell(30, {9});
    chain.send();
    REQUIRE(store.merge_members({8}, {9}, 1'000));
    project_all(store);
    CHECK(chain.row().points == 130);
    CHECK(chain.row().expires_day == 110);
    CHECK(chain.row().expiring_points == 100);
    chain.spend(120, {9});
    chain.send();
    CHECK(chain.row().points == 10);
    CHECK(chain.points(9) == -90);
    CHECK(chain.row().expiring_points == 10);
    CHECK(chain.end_of_day(110) == 1);
    CHECK(chain.row().points == 0);
    CHECK(chain.end_of_day(112) == 0);  // nothing is lost twice
    chain.check_whole();
  });
}

TEST_CASE("Lots of somebody who leaves go with them", "[lots]") {
  on_every_engine([](HubStore& store, const auto&) {
    Chain chain{store, ten_days};
    chain.sell(100);
    chain.spend(10);
    const auto sale = chain.last;
    chain.send();
    REQUIRE(store.remove_member({9}, 1'000));
    project_all(store);
    chain.sell(5);
    chain.refund(sale);
    chain.send();
    CHECK(chain.end_of_day(500) == 0);
    chain.check_whole();
  });
}

TEST_CASE("Told in order, members have what the naive ledger says; told late, never less", "[lots]") {
  for (const auto& engine : engines()) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      const bool late = seed % 2 == 0;
      CAPTURE(engine.name, seed);
      const TempDir dir;
      const auto store = engine.open(dir.path());
      base::SeededRng rng{seed};
      Chain chain{*store, seed % 3 == 0 ? pending_two : ten_days};
      const model::LotTerms terms{seed % 3 == 0 ? 2 : 0, model::ExpiryKind::days, 10, 3};
      const std::vector<model::ZoneTransition> zone{{0, 480}};
      std::vector<model::LedgerEvent> events;
      std::vector<std::pair<std::string, model::EventKey>> sales;
      std::map<std::string, std::int64_t> refunded;
      const auto key_of = [](const PretendTerminal& terminal, base::Seq seq) {
        return model::EventKey{terminal.id(), terminal.epoch(), seq};
      };
      std::int64_t moment = 0;
      const auto note = [&](const PretendTerminal& terminal, model::LedgerBody body) {
        const base::Seq seq{terminal.head()};
        moment = chain.now() + static_cast<std::int64_t>(seq.value) - 1;
        events.push_back({moment, key_of(terminal, seq), std::move(body)});
      };
      std::int32_t day = 100;
      for (int step = 0; step < 60; ++step) {
        if (rng.chance(1, 2)) day += 1 + static_cast<std::int32_t>(rng.below(4));
        chain.on_day(day, step * 1'000);  // whatever terminal is next, and however many facts it has
        chain.look(chain.now());
        const auto what = rng.below(10);
        if (what < 5) {
          const auto points = static_cast<std::int64_t>(1 + rng.below(90));
          const auto sale = chain.sell(points);
          const auto at_ms = chain.now() + static_cast<std::int64_t>(chain.one.head()) - 1;
          note(chain.one, model::PointsGranted{key_of(chain.one, sale), points, 1'000, model::LotSource::sale,
                                               model::lot_times(terms, zone, at_ms, {day})});
          sales.emplace_back(chain.last, key_of(chain.one, sale));
        } else if (what < 8 || late) {
          auto& terminal = late && rng.chance(1, 2) ? chain.two : chain.one;
          const auto active = model::balance_at(model::fold_ledger(events), chain.now()).active;
          if (active == 0) continue;
          const auto points = static_cast<std::int64_t>(1 + rng.below(static_cast<std::uint64_t>(active)));
          const auto sale = chain.spend(points, {9}, &terminal);
          note(terminal, model::PointsPaid{key_of(terminal, sale), points, 1'000});
          sales.emplace_back(chain.last, key_of(terminal, sale));
        } else if (!sales.empty()) {
          const auto& [name, key] = sales[rng.below(sales.size())];
          const std::int64_t minor = rng.chance(1, 3) ? 1'000 : 100 * static_cast<std::int64_t>(1 + rng.below(4));
          chain.refund(name, minor);
          note(chain.one,
               model::PointsRefunded{key, minor, minor, minor == 1'000, model::grace_until_ms(terms, zone, {day})});
        }
        chain.send();
        if (late && rng.chance(1, 12)) chain.send(chain.two);
        if (late) continue;
        const auto expected = model::balance_at(model::fold_ledger(events), chain.now() + 999);
        CAPTURE(step, day);
        chain.look(chain.now() + 999);
        REQUIRE(chain.points() == expected.active + expected.pending - expected.debt);
      }
      chain.send(chain.two);
      chain.on_day(day + 1);
      chain.look(chain.now());
      const auto expected = model::balance_at(model::fold_ledger(events), chain.now());
      CHECK(chain.points() >= expected.active + expected.pending - expected.debt);
      chain.check_whole();
    }
  }
}
