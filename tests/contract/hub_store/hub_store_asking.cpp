// SPDX-License-Identifier: Apache-2.0
// Leases that are cut because a sale asks for them (POST /v1/points), at every engine: what is promised to one sale is
// nobody else's, it comes back when the sale does not come, and whoever only spends what was promised overdraws nobody.
#include "sync/base/rng.h"
#include "sync/wire/lease_rows.h"
#include "tests/contract/hub_store/suite.h"

using namespace millpond;
using namespace millpond::tests;
using base::Code;
using model::HubWord;
using model::LeaseKind;

namespace {

constexpr std::int64_t start_ms = 1'795'000'000'000;
constexpr std::uint32_t epoch = 11;
constexpr hub::LeaseTerms terms{LeaseKind::points, 0, 100'000, 400, 150};

struct Chain {
  HubStore* store;
  std::vector<PretendTerminal> terminals;
  std::vector<std::uint64_t> sent;
  std::int64_t now_ms{start_ms};

  Chain(HubStore& of, std::uint32_t count) : store{&of}, sent(count) {
    for (std::uint32_t number = 1; number <= count; ++number) {
      terminals.push_back(terminal_of(number));
      terminals.back().begin_epoch();
      admit(of, terminals.back());
    }
  }
  void upload(std::size_t index) {
    auto& terminal = terminals[index];
    if (sent[index] == terminal.head()) return;
    REQUIRE(store->ingest(checked(terminal, sent[index] + 1, terminal.head()), start_of(terminal)));
    sent[index] = terminal.head();
  }
  void deliver() {
    for (std::size_t i = 0; i < terminals.size(); ++i) upload(i);
    project_all(*store);
  }
  [[nodiscard]] hub::PointsAnswer ask(std::size_t index, std::uint64_t asked, base::MemberId member,
                                      std::int64_t points) {
    const auto answer = store->lease_points({{terminals[index].id(), {epoch}}, asked, member, points}, terms, now_ms);
    REQUIRE(answer);
    return *answer;
  }
  void spend(std::size_t index, base::MemberId member, const std::string& transaction, std::int64_t points,
             base::LeaseId lease) {
    const auto sale = terminals[index].sell(member, transaction, 900, 0);
    terminals[index].add(model::PointsSpent{member, sale, points, lease, {}});
  }
};

}  // namespace

TEST_CASE("A share that a sale asked for says whose it is, and comes back when the sale does not come") {
  on_every_engine([](HubStore& store, const auto& reopen) {
    constexpr base::MemberId member{9};
    Chain chain{store, 2};
    chain.terminals[0].enrol(member, {1});
    chain.terminals[0].sell(member, "first", 1'000, 500);
    chain.deliver();
    const auto given = chain.ask(0, 77, member, 450);
    REQUIRE(given.word == HubWord::confirmed);
    CHECK(given.lease->amount == 450);
    CHECK(given.lease->asked_by == member);
    CHECK(given.lease->asked_points == 450);
    CHECK(given.lease->asked_until_ms == start_ms + hub::asked_sale_ms);
    chain.now_ms += 1'000;
    CHECK(chain.ask(0, 77, member, 450).lease == given.lease);      // the same question, the same share
    CHECK(chain.ask(1, 78, member, 60).why == Code::points_short);  // 50 are left for anybody else

    // As the terminal's feed has it, before and after a rebuild and a restart.
    const auto row = [&](HubStore& of, std::uint64_t generation) {
      const auto rows = live_rows(of, {1}, {generation, 0});
      return rows.at({static_cast<int>(wire::RowKind::lease), wire::lease_key({1}, LeaseKind::points, 0)});
    };
    CHECK(row(store, 5) == wire::encode(*given.lease));
    REQUIRE(store.begin_rebuild(6));
    project_all(store, 2);
    CHECK(row(store, 6) == wire::encode(*given.lease));
    chain.store = &reopen();
    CHECK(chain.ask(1, 78, member, 60).why == Code::points_short);

    chain.terminals[0].add(model::LeaseReturned{given.lease->id, 0});
    chain.deliver();
    CHECK(chain.ask(1, 78, member, 500).word == HubWord::confirmed);
    // The sale that comes after all asks anew, and what it had is not told again.
    const auto late = chain.ask(0, 77, member, 450);
    CHECK(late.why == Code::points_short);
    chain.terminals[1].add(model::LeaseReturned{chain.ask(1, 78, member, 500).lease->id, 0});
    chain.deliver();
    const auto again = chain.ask(0, 77, member, 450);
    REQUIRE(again.word == HubWord::confirmed);
    CHECK(again.lease->id > given.lease->id);
    chain.spend(0, member, "late", 450, again.lease->id);
    chain.deliver();
    CHECK(points(*chain.store)[member.value] == 50);
    CHECK(chain.store->status()->points_lost == 0);
  });
}

// Terminals that ask before each sale, spend at most what they were promised, and give back what no sale took: whatever
// the order in which the hub hears of it, nobody's balance is overdrawn, and no more is promised than there is.
TEST_CASE("Whoever spends only what was promised overdraws nobody, in whatever order it is heard") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    base::SeededRng rng{seed};
    const tests::TempDir dir;
    const auto store = engines().front().open(dir.path());
    constexpr std::size_t shops = 3;
    constexpr std::uint64_t people = 2;
    Chain chain{*store, shops};
    std::map<std::uint64_t, std::int64_t> spent;
    for (std::uint64_t number = 1; number <= people; ++number) {
      chain.terminals[0].enrol({number}, {1});
      chain.terminals[0].sell({number}, "first/" + std::to_string(number), 1'000, 700);
    }
    chain.deliver();

    struct Open {
      model::Lease lease;
      base::MemberId member;
      std::int64_t points{};
    };
    // What the hub has promised and not heard the end of, by lease; `held` as a terminal has it.
    std::map<std::uint64_t, Open> promised;
    std::array<std::optional<model::Lease>, shops> held;
    std::array<std::vector<std::uint64_t>, shops> ended;  // told of by facts that the hub has not heard
    std::uint64_t question = 0;
    int yes = 0;
    int short_of = 0;
    const auto hear = [&](std::size_t shop) {
      chain.upload(shop);
      for (const auto lease : ended[shop]) promised.erase(lease);
      ended[shop].clear();
      project_all(*store, 1 + rng.below(3));
    };
    for (int step = 0; step < 60; ++step) {
      const auto shop = static_cast<std::size_t>(rng.below(shops));
      if (rng.chance(1, 2)) {
        hear(shop);
        continue;
      }
      chain.now_ms += 1 + static_cast<std::int64_t>(rng.below(1'000));
      const base::MemberId member{1 + rng.below(people)};
      const auto wanted = 50 + static_cast<std::int64_t>(rng.below(400));
      auto balance = points(*store).at(member.value);
      for (const auto& [lease, open] : promised) {
        if (open.member == member) balance -= open.points;
      }
      const auto answer = chain.ask(shop, ++question, member, wanted);
      if (answer.word == HubWord::refused && answer.why == Code::points_short) {
        CHECK(balance < wanted);
        ++short_of;
      }
      if (answer.word != HubWord::confirmed) continue;
      ++yes;
      CHECK(balance >= wanted);
      REQUIRE(answer.lease);
      CHECK(answer.lease->amount >= wanted);
      promised[answer.lease->id.value] = {*answer.lease, member, wanted};
      auto& terminal = chain.terminals[shop];
      // What was left of the share before goes back with the action that takes this one.
      if (held[shop]) terminal.add(model::LeaseReturned{held[shop]->id, 0});
      held[shop] = answer.lease;
      const auto takes = rng.chance(1, 4) ? 0 : rng.chance(1, 3) ? wanted / 2 : wanted;
      if (takes > 0) {
        chain.spend(shop, member, std::to_string(question), takes, answer.lease->id);
        spent[member.value] += takes;
      }
      if (takes < wanted) {
        terminal.add(model::LeaseReturned{answer.lease->id, takes});
        held[shop].reset();
      }
      ended[shop].push_back(answer.lease->id.value);
    }
    for (std::size_t shop = 0; shop < shops; ++shop) hear(shop);
    CHECK(yes > 3);
    CHECK(short_of > 0);
    const auto check = [&](HubStore& of) {
      CHECK(of.status()->points_lost == 0);
      CHECK(verdicts(of).empty());
      for (std::uint64_t number = 1; number <= people; ++number) { CHECK(points(of)[number] == 700 - spent[number]); }
      CHECK(of.check()->pools_hold);
    };
    check(*store);
    REQUIRE(store->begin_rebuild(6));
    project_all(*store, 3);
    check(*store);
  }
}
