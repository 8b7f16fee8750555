// SPDX-License-Identifier: Apache-2.0
// What every engine behind HubStore must flag for a person at head office, whenever the hub is stopped and started.
#include "sync/base/rng.h"
#include "tests/contract/hub_store/suite.h"
#include "tests/support/pretend_brand.h"

#include <algorithm>
#include <tuple>

using namespace millpond;
using namespace millpond::tests;
using model::Signal;

namespace {

using Told = std::tuple<std::uint32_t, std::uint64_t, Signal, std::uint64_t, std::uint32_t, std::int64_t>;

// Terminal, fact, signal, member, staff, what was counted; in order.
std::vector<Told> signals_of(HubStore& store) {
  const auto signals = store.signals(100'000);
  REQUIRE(signals);
  std::vector<Told> told;
  for (const auto& each : *signals) {
    const auto& raised = each.raised;
    told.emplace_back(each.terminal.value, each.seq.value, raised.signal, raised.member.value, raised.staff.value,
                      raised.value);
  }
  std::ranges::sort(told);
  return told;
}

std::vector<Told> signals_of(HubStore& store, Signal signal) {
  auto told = signals_of(store);
  std::erase_if(told, [&](const Told& each) { return std::get<Signal>(each) != signal; });
  return told;
}

void send(HubStore& store, const PretendTerminal& terminal, std::uint64_t first) {
  REQUIRE(store.ingest(checked(terminal, first, terminal.head()), start_of(terminal)));
}

model::CouponProvisional provisional(base::CouponId coupon, base::MemberId member, base::Seq sale) {
  return {coupon, member, {7}, sale, 800, 1'000 + sale.value, 1, {}, {}};
}

// Anything that people do at a till, often enough to be odd.
void do_something(PretendTerminal& terminal, base::Rng& rng, std::uint64_t number) {
  const base::MemberId member{10 + rng.below(6)};
  const auto transaction = std::to_string(terminal.id().value) + "-" + std::to_string(number);
  switch (rng.below(9)) {
    case 0:
      terminal.enrol({1'000 * terminal.id().value + number}, {1});
      break;
    case 1:
      terminal.add(model::StaffChecked{{static_cast<std::uint32_t>(1 + rng.below(3))}, model::StaffCheck::passed});
      break;
    case 2:
      terminal.add(model::StaffChecked{{1}, rng.below(2) == 0 ? model::StaffCheck::left : model::StaffCheck::locked});
      break;
    case 3:
      terminal.add(model::ActApproved{model::Act::manual_lookup, {2}, {}, member, 0, {}});
      break;
    case 4: {
      const auto sale = terminal.sell(member, transaction, 4'000, 40);
      terminal.add(provisional({500 + rng.below(4)}, member, sale));  // often one that was used elsewhere
      break;
    }
    case 5: {
      const auto sale = terminal.sell(member, transaction, 4'000, 40);
      terminal.issue(base::CouponId{(std::uint64_t{terminal.id().value} << 40) | number}, member,
                     static_cast<std::uint8_t>(number), sale);
      if (rng.below(2) == 0) terminal.add(model::SaleDisputed{{{1}, "T1", {20'777}, transaction}, {}});
      if (rng.below(2) == 0) terminal.refund(transaction, transaction + "r", 4'000);
      break;
    }
    default:
      terminal.sell(member, transaction, 1'000, 10);
  }
}

}  // namespace

TEST_CASE("A hub that is stopped in the middle of a pattern tells the same signals, and so does a rebuild") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    on_every_engine([&](HubStore& through, const auto&) {
      CAPTURE(seed);
      const TempDir dir;
      auto stopped = engines().front().open(dir.path());
      std::vector<PretendTerminal> terminals;
      for (std::uint32_t number = 1; number <= 2; ++number) terminals.push_back(terminal_of(number));
      for (const auto& terminal : terminals) {
        admit(through, terminal);
        admit(*stopped, terminal);
      }
      for (auto* const store : {&through, stopped.get()}) {
        REQUIRE(store->put_staff({{1}, {1}, model::Role::cashier, "hash", 1, false, {12}}, 1'000));
      }
      base::SeededRng rng{seed};
      for (int turn = 0; turn < 40; ++turn) {
        auto& terminal = terminals[rng.below(terminals.size())];
        const auto first = terminal.head() + 1;
        for (auto left = 1 + rng.below(12); left > 0; --left) do_something(terminal, rng, 100 * first + left);
        send(through, terminal, first);
        project_all(through);
        send(*stopped, terminal, first);
        if (rng.below(2) == 0) REQUIRE(stopped->project(1 + rng.below(4), open_anything()));
        stopped.reset();
        stopped = engines().front().open(dir.path());
      }
      project_all(*stopped);
      const auto expected = signals_of(through);
      CHECK(expected.size() > 20);
      CHECK(signals_of(*stopped) == expected);
      for (const auto signal :
           {Signal::over_redemption, Signal::void_after_issue, Signal::member_twice, Signal::own_card}) {
        CAPTURE(signal);
        CHECK_FALSE(signals_of(through, signal).empty());
      }
      REQUIRE(stopped->begin_rebuild(77));
      project_all(*stopped, 7);
      CHECK(signals_of(*stopped) == expected);
    });
  }
}

TEST_CASE("A use that did not count flags terminal, cashier and member, also of the one that was displaced") {
  on_every_engine([](HubStore& store, const auto&) {
    auto issuer = terminal_of(1);
    auto other = terminal_of(2);
    auto third = terminal_of(3);
    for (const auto* const terminal : {&issuer, &other, &third}) admit(store, *terminal);
    issuer.begin_epoch();
    issuer.issue({500}, {9}, 1, issuer.sell({9}, "a", 4'000, 40));
    send(store, issuer, 1);

    other.begin_epoch();
    other.add(model::StaffChecked{{3}, model::StaffCheck::passed});
    const auto first = other.add(provisional({500}, {9}, other.sell({9}, "b", 4'000, 0)));
    send(store, other, 1);
    third.begin_epoch();
    third.add(model::StaffChecked{{4}, model::StaffCheck::passed});
    third.add(model::StaffChecked{{4}, model::StaffCheck::left});
    const auto second = third.add(provisional({500}, {9}, third.sell({9}, "c", 4'000, 0)));
    send(store, third, 1);
    project_all(store);
    // Nobody was at the third's till any more.
    CHECK(signals_of(store, Signal::over_redemption) ==
          std::vector<Told>{{3, second.value, Signal::over_redemption, 9, 0, 800}});

    // The issuer had used it by its own right, and was heard last: that counts.
    const auto used = issuer.head() + 1;
    issuer.add(model::CouponRedeemed{{500}, {9}, {7}, issuer.sell({9}, "d", 4'000, 0), 800, {}});
    send(store, issuer, used);
    project_all(store);
    CHECK(signals_of(store, Signal::over_redemption) ==
          std::vector<Told>{{2, first.value, Signal::over_redemption, 9, 3, 800},
                            {3, second.value, Signal::over_redemption, 9, 0, 800}});
    CHECK(signals_of(store, Signal::right_breached).empty());
  });
}

TEST_CASE("A sale that is told otherwise after its coupon was issued names who was at the till") {
  on_every_engine([](HubStore& store, const auto& reopen) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    terminal.begin_epoch();
    terminal.add(model::StaffChecked{{3}, model::StaffCheck::passed});
    const auto sale = terminal.sell({9}, "a", 4'000, 40);
    terminal.issue({500}, {9}, 1, sale);
    terminal.sell({}, "nobody's", 4'000, 0);
    send(store, terminal, 1);
    project_all(store);
    auto& later = reopen();
    const auto from = terminal.head() + 1;
    const auto disputed = terminal.add(model::SaleDisputed{{{1}, "T1", {20'777}, "a"}, {}});
    terminal.add(model::SaleDisputed{{{1}, "T1", {20'777}, "nobody's"}, {}});
    terminal.add(model::SaleDisputed{{{1}, "T1", {20'777}, "never told"}, {}});
    terminal.refund("a", "r1", 10, false);  // the rest of it may stay with the customer
    const auto taken = terminal.refund("a", "r2", 4'000);
    terminal.refund("nobody's", "r3", 4'000);
    send(later, terminal, from);
    project_all(later);
    CHECK(signals_of(later, Signal::void_after_issue) ==
          std::vector<Told>{{1, disputed.value, Signal::void_after_issue, 9, 3, 1},
                            {1, taken.value, Signal::void_after_issue, 9, 3, 2}});
  });
}

// They stand in every feed, so whoever has one terminal knows the next ones of all.
TEST_CASE("A terminal that gives out another's identities takes nothing from it, and is told of") {
  on_every_engine([](HubStore& store, const auto&) {
    auto thief = terminal_of(1);
    auto honest = terminal_of(2);
    admit(store, thief);
    admit(store, honest);
    const base::MemberId member{base::compose_id({2}, 7, 5)};
    const base::CouponId coupon{base::compose_id({2}, 7, 6)};
    const auto enrolled = thief.enrol(member, {1});
    const auto issued = thief.issue(coupon, member, 1, thief.sell({9}, "a", 4'000, 0));
    thief.issue({base::compose_id({1}, 7, 8)}, {9}, 3, thief.sell({9}, "b", 4'000, 0));
    send(store, thief, 1);
    project_all(store);
    CHECK(signals_of(store, Signal::foreign_identity) ==
          std::vector<Told>{{1, enrolled.value, Signal::foreign_identity, member.value, 0, 0},
                            {1, issued.value, Signal::foreign_identity, member.value, 0, 0}});
    CHECK(verdicts(store) == std::map<std::string, std::uint64_t>{{"id_clash", 2}});
    honest.enrol(member, {1});
    honest.issue(coupon, member, 2, honest.sell(member, "c", 4'000, 40));
    send(store, honest, 1);
    project_all(store);
    CHECK(verdicts(store) == std::map<std::string, std::uint64_t>{{"id_clash", 2}});
    CHECK(points(store).at(member.value) == 40);
    CHECK(signals_of(store, Signal::foreign_identity).size() == 2);
  });
}

TEST_CASE("A journal that went back behind what the hub holds is told of, and one that goes on is not") {
  struct Row {
    model::EpochReason reason;
    std::uint64_t kept;  // of the three facts of the life before
    std::int64_t lost;
  };
  using enum model::EpochReason;
  for (const auto& row : {Row{journal_lost, 1, 2}, Row{fork, 2, 1}, Row{journal_lost, 3, 0}, Row{damaged, 1, 0},
                          Row{machine_changed, 3, 0}}) {
    CAPTURE(static_cast<int>(row.reason), row.kept);
    on_every_engine([&](HubStore& store, const auto&) {
      auto before = terminal_of(1);
      admit(store, before);
      for (const auto* const name : {"a", "b", "c"}) before.sell({}, name, 1'000, 0);
      send(store, before, 1);
      project_all(store);
      auto after = terminal_of(1, before.epoch().value + 1);
      after.add(model::EpochBegun{row.reason, before.epoch(), {before.head() - 3 + row.kept}});
      send(store, after, 1);
      project_all(store);
      const auto told = signals_of(store, Signal::journal_lost);
      REQUIRE(told.size() == (row.lost > 0 ? 1 : 0));
      if (row.lost > 0) CHECK(std::get<5>(told.front()) == row.lost);
    });
  }
}

namespace {

void publish(HubStore& store, std::uint32_t version, const std::string& json) {
  const auto bytes = base::view_of(json);
  const wire::ProgrammeRow row{version, 1, {bytes.begin(), bytes.end()}, {}};
  REQUIRE(store.publish(wire::RowKind::programme, base::view_of("programme"), wire::encode(row), version, 0, {}));
}

// A point for each yuan; campaign 7 gives 20 points and a coupon of 8 yuan from 30 on. PretendTerminal's coupons are of
// number 7.
std::string programme_with_coupon(std::uint32_t version, std::int64_t value_minor) {
  auto json = hub_programme_json(version);
  const std::string none = R"("coupons":[],"campaigns":[])";
  return json.replace(
      json.find(none), none.size(),
      R"("coupons":[{"id":7,"name":{"zh-CN":"券","en":"C"},"type":"amount_off","value_minor":)" +
          std::to_string(value_minor) +
          R"(,"threshold_minor":3000,"valid":{"days":30}}],"campaigns":[{"id":7,"name":{"zh-CN":"活","en":"A"},
"trigger":{"on":"sale_paid"},"starts":"2026-01-01","ends":"2028-12-31","when":{"paid_at_least_minor":1},
"offline":"decide","actions":[{"points":20},{"coupon":7}]}])");
}

std::vector<Told> too_much(HubStore& store) {
  auto told = signals_of(store);
  std::erase_if(told, [](const Told& each) {
    const auto signal = std::get<Signal>(each);
    return signal != Signal::issue_beyond_rules && signal != Signal::programme_unknown;
  });
  return told;
}

}  // namespace

TEST_CASE("What a terminal gives beyond the programme that it names is honoured, and told of") {
  for (const std::size_t step : {1'000U, 1U}) {
    on_every_engine([&](HubStore& store, const auto&) {
      auto terminal = terminal_of(1);
      admit(store, terminal);
      terminal.begin_epoch();
      terminal.sell({9}, "before any programme", 1'000, 500);
      send(store, terminal, 1);
      project_all(store, step);
      CHECK(too_much(store).empty());  // nothing can be said

      publish(store, 1, programme_with_coupon(1, 800));
      publish(store, 2, programme_with_coupon(2, 500));
      std::vector<Told> expected;
      const auto tell = [&](base::Seq seq, Signal signal, std::uint64_t member, std::int64_t value) {
        expected.emplace_back(1, seq.value, signal, member, 0, value);
      };
      const auto from = terminal.head() + 1;
      const auto points_of = [&](base::Seq sale) { return base::Seq{sale.value + 1}; };
      terminal.go_by(1);
      const auto first = terminal.sell({9}, "a", 4'050, 40);
      terminal.issue({500}, {9}, 1, first);
      tell(points_of(terminal.sell({9}, "b", 4'050, 41)), Signal::issue_beyond_rules, 9, 41);
      terminal.sell({9}, "nothing", 50, 0);
      model::AwardGiven given{{9}, {7}, model::ActionKind::points, 20, "", base::Hash{1}, 0, false, first, {}};
      terminal.add(given);
      given.cause = {2};
      given.number = 21;
      tell(terminal.add(given), Signal::issue_beyond_rules, 9, 21);
      tell(terminal.issue({501}, {9}, 2, first, 900), Signal::issue_beyond_rules, 9, 900);
      tell(terminal.issue({502}, {9}, 3, {}, 900), Signal::issue_beyond_rules, 9, 900);
      terminal.go_by(2);
      tell(terminal.issue({503}, {9}, 4, terminal.sell({9}, "c", 4'000, 40)), Signal::issue_beyond_rules, 9, 800);
      // Its coupon comes back with what it was worth, whatever version is in force by then, and no more.
      const auto refund = terminal.refund("a", "r", 4'050);
      terminal.add(model::CouponReturned{{500}, {9}, {7}, {504}});
      terminal.issue({504}, {9}, 5, refund);
      terminal.add(model::CouponReturned{{500}, {9}, {7}, {505}});
      tell(terminal.issue({505}, {9}, 6, refund, 900), Signal::issue_beyond_rules, 9, 900);
      tell(terminal.issue({506}, {9}, 7, refund), Signal::issue_beyond_rules, 9, 800);
      terminal.go_by(0);
      tell(points_of(terminal.sell({9}, "d", 4'000, 40)), Signal::issue_beyond_rules, 9, 40);
      terminal.go_by(3);
      tell(points_of(terminal.sell({9}, "e", 4'000, 40)), Signal::programme_unknown, 0, 3);
      terminal.sell({9}, "f", 4'000, 40);  // said already
      send(store, terminal, from);
      project_all(store, step);
      CHECK(too_much(store) == expected);
      CHECK(points(store)[9] == 500 + 40 + 41 + 20 + 21 + 40 + 40 + 40 + 40 - 40);
      REQUIRE(store.begin_rebuild(6));
      project_all(store, step);
      CHECK(store.check()->holds());
    });
  }
}

TEST_CASE("What a sale of an earlier life brought is held against the base that its points state") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    publish(store, 1, programme_with_coupon(1, 800));
    terminal.go_by(1);
    terminal.begin_epoch();
    const auto sale = terminal.sell({9}, "a", 1'000, 0);
    send(store, terminal, 1);
    auto later = terminal_of(1, 12);
    later.go_by(1);
    later.add(model::EpochBegun{model::EpochReason::fork, {11}, sale});
    later.add(model::PointsEarned{{9}, sale, 40, 4'000, {11}});
    const auto more = later.add(model::PointsEarned{{9}, sale, 41, 4'000, {11}});
    send(store, later, 1);
    project_all(store);
    CHECK(too_much(store) == std::vector<Told>{{1, more.value, Signal::issue_beyond_rules, 9, 0, 41}});
  });
}

TEST_CASE("A coupon of a sale of an earlier life is held against its offer, unless it came back there") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    publish(store, 1, programme_with_coupon(1, 800));
    terminal.go_by(1);
    terminal.begin_epoch();
    const auto sale = terminal.sell({9}, "a", 4'000, 40);
    terminal.issue({500}, {9}, 1, sale);
    send(store, terminal, 1);
    auto later = terminal_of(1, 12);
    later.go_by(1);
    later.add(model::EpochBegun{model::EpochReason::fork, {11}, sale});
    std::uint8_t cause = 1;
    const auto issue = [&](std::uint64_t coupon, std::int64_t value_minor) {
      model::CouponIssued fact;
      fact.coupon = {coupon};
      fact.member = {9};
      fact.campaign = {7};
      fact.store = {1};
      fact.value_minor = value_minor;
      fact.threshold_minor = 3000;
      fact.not_before = {20'777};
      fact.expires = {20'800};
      fact.cause = base::Hash{++cause};
      fact.sale = sale;
      fact.sale_epoch = {11};
      return later.add(fact);
    };
    issue(501, 5'000);  // what says that it came back may be in the life before
    const auto invented = issue(502, 5'000);
    issue(503, 800);
    later.add(model::CouponReturned{{500}, {9}, {7}, {504}});
    issue(504, 800);
    later.add(model::CouponReturned{{500}, {9}, {7}, {505}});
    const auto grown = issue(505, 900);
    send(store, later, 1);
    project_all(store);
    CHECK(too_much(store) == std::vector<Told>{{1, invented.value, Signal::issue_beyond_rules, 9, 0, 5'000},
                                               {1, grown.value, Signal::issue_beyond_rules, 9, 0, 900}});
  });
}

TEST_CASE("A cashier's own card is one under every number that the cashier has") {
  for (const std::size_t step : {1'000U, 1U}) {
    on_every_engine([&](HubStore& store, const auto&) {
      auto terminal = terminal_of(1);
      admit(store, terminal);
      REQUIRE(store.put_staff({{1}, {1}, model::Role::cashier, "hash", 1, false, {12}}, 1'000));
      terminal.begin_epoch();
      for (const std::uint64_t member : {12, 13, 14}) terminal.enrol({member}, {1});
      terminal.add(model::StaffChecked{{1}, model::StaffCheck::passed});
      const auto alone = terminal.sell({12}, "a", 1'000, 10);
      terminal.sell({13}, "b", 1'000, 10);
      send(store, terminal, 1);
      project_all(store, step);
      REQUIRE(store.merge_members({12}, {13}, 2'000));
      const auto from = terminal.head() + 1;
      const auto other = terminal.sell({13}, "c", 1'000, 10);
      terminal.sell({14}, "d", 1'000, 10);
      const auto own = terminal.sell({12}, "e", 1'000, 10);
      send(store, terminal, from);
      project_all(store, step);
      const auto told = [](base::Seq seq, std::uint64_t member) {
        return Told{1, seq.value, Signal::own_card, member, 1, 1};
      };
      CHECK(signals_of(store, Signal::own_card) == std::vector<Told>{told(alone, 12), told(other, 13), told(own, 12)});
      CHECK(store.check()->holds());
    });
  }
}
