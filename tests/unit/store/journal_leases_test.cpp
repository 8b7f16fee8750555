// SPDX-License-Identifier: Apache-2.0
// Leases in the journal: what is used of them, over settling, starts, reissues and damage.
#include "sync/sqlite/connection.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/store/journal_fixture.h"

using namespace millpond;
using model::Lease;
using model::LeaseKind;
using tests::ask;
using tests::commit_one;

namespace {

constexpr std::int64_t noon_ms = 20'000LL * 86'400'000 + 43'200'000;
constexpr base::MemberId member{77};

struct Fixture {
  tests::TempDir folder;
  tests::ManualClock clock;
  store::JournalOptions options = tests::journal_options(folder / "journal.db");
  std::uint64_t seed = 1;
  std::unique_ptr<store::Journal> journal = tests::open_journal(options, clock, seed);

  void reopen() {
    journal.reset();
    journal = tests::open_journal(options, clock, ++seed);
  }
  base::Epoch live() { return journal->outbox()->live_epoch; }
  void append(const model::FactBody& body) {
    REQUIRE(commit_one(*journal, [&](store::Transaction& t) -> base::Result<> {
      MILLPOND_TRY_DO(t.append(body, noon_ms, 0, 0));
      return {};
    }));
  }
  void keep(std::uint64_t number, std::int64_t amount = 1'000, LeaseKind kind = LeaseKind::points,
            std::uint64_t subject = 0) {
    const Lease lease{{number}, kind, subject, live(), amount, 300, noon_ms + 1};
    REQUIRE(commit_one(*journal, [&](store::Transaction& t) { return t.put_lease(lease); }));
  }
  void spend(std::uint64_t lease, std::int64_t points, base::MemberId by = member) {
    append(model::PointsSpent{by, {}, points, {lease}, {}});
  }
  void settle() {  // enough facts that the tables take everything
    for (int i = 0; i < 520; ++i) append(model::PointsEarned{{1}, {}, 1, 0});
  }
  // By number: amount, used, used by the member.
  using Held = std::map<std::uint64_t, std::tuple<std::int64_t, std::int64_t, std::int64_t>>;
  [[nodiscard]] Held held(base::MemberId of = member) {
    const auto all = *ask(*journal, [&](auto& t) { return t.leases(of); });
    Held found;
    for (const auto& each : all) {
      found[each.lease.id.value] = {each.lease.amount, each.use.used, each.use.used_by_member};
      CHECK(each.live_epoch == live());
    }
    return found;
  }
  [[nodiscard]] std::int64_t points(base::MemberId of = member) {
    return *ask(*journal, [&](auto& t) { return t.points_since(of, 0); });
  }
};

template <class Check>
void however_it_is_kept(Fixture& f, Check check) {
  SECTION("unsettled") { check(); }
  SECTION("after a start") {
    f.reopen();
    check();
  }
  SECTION("settled") {
    f.settle();
    check();
    f.reopen();
    check();
  }
  SECTION("acknowledged") {
    tests::acknowledge_all(*f.journal);
    check();
    f.reopen();
    check();
  }
}

}  // namespace

TEST_CASE("what is used of a lease is known however it is kept, and lowers the points at once", "[leases]") {
  Fixture f;
  CHECK(f.held().empty());
  f.keep(10);
  f.keep(11, 5, LeaseKind::game_stock, 3);
  f.append(model::PointsEarned{member, {}, 900, 0});
  f.spend(10, 120);
  f.spend(10, 80, {78});
  f.spend(9, 7);  // of one that was there before
  however_it_is_kept(f, [&] {
    CHECK(f.held() == Fixture::Held{{10, {1'000, 200, 120}}, {11, {5, 0, 0}}});
    CHECK(f.held({78}) == Fixture::Held{{10, {1'000, 200, 80}}, {11, {5, 0, 0}}});
    CHECK(f.points() == 773);
  });
}

TEST_CASE("a newer lease takes the place of the one before of the same thing, and an older one does not", "[leases]") {
  Fixture f;
  f.keep(10);
  f.spend(10, 120);
  f.keep(9, 5);
  CHECK(f.held() == Fixture::Held{{10, {1'000, 120, 120}}});
  f.keep(12, 400);
  f.keep(11, 5, LeaseKind::campaign_budget, 1);
  CHECK(f.held() == Fixture::Held{{11, {5, 0, 0}}, {12, {400, 0, 0}}});
}

TEST_CASE("a lease that was given back is held no more, and an action that failed gives none back", "[leases]") {
  Fixture f;
  f.keep(10);
  f.spend(10, 120);
  CHECK_FALSE(commit_one(*f.journal, [](store::Transaction& t) -> base::Result<> {
    MILLPOND_TRY_DO(t.append(model::LeaseReturned{{10}, 120}, noon_ms, 0, 0));
    return base::Error{base::Code::bad_input, "test", "on purpose"};
  }));
  CHECK(f.held() == Fixture::Held{{10, {1'000, 120, 120}}});
  f.append(model::LeaseReturned{{10}, 120});
  however_it_is_kept(f, [&] {
    CHECK(f.held().empty());
    CHECK(f.points() == -120);
  });
}

TEST_CASE("a new life goes on with what was used, and knows that the lease is another one's", "[leases]") {
  Fixture f;
  f.keep(10);
  f.spend(10, 120);
  f.spend(10, 30);
  tests::acknowledge_all(*f.journal);
  const auto old = f.live();
  REQUIRE(f.journal->rewind(old, {1}));  // a restored hub lacks them
  CHECK(f.held() == Fixture::Held{{10, {1'000, 150, 150}}});
  REQUIRE(f.journal->reissue(old, {1}, model::EpochReason::fork));
  for (int round = 0; round < 2; ++round) {
    CHECK(f.held() == Fixture::Held{{10, {1'000, 150, 150}}});
    CHECK(f.points() == -150);
    const auto held = *ask(*f.journal, [](auto& t) { return t.leases({}); });
    CHECK(held.front().lease.epoch == old);
    CHECK(held.front().live_epoch != old);
    f.reopen();
  }
  CHECK(f.journal->verify()->changed_rows == 0);
}

TEST_CASE("a sale that was paid in points is named as the one of the new life", "[leases]") {
  Fixture f;
  base::Seq sale;
  REQUIRE(commit_one(*f.journal, [&](store::Transaction& t) -> base::Result<> {
    MILLPOND_TRY(sale, t.append(model::SaleDisputed{}, noon_ms, 0, 0));
    MILLPOND_TRY_DO(t.append(model::PointsSpent{member, sale, 5, {10}, {}}, noon_ms, 0, 0));
    return {};
  }));
  const auto old = f.live();
  for (const std::uint64_t common : {sale.value, std::uint64_t{1}}) {
    REQUIRE(f.journal->reissue(f.live(), {common}, model::EpochReason::fork));
    const auto last = f.journal->entries(1, false)->front();
    const auto spent = std::get<model::PointsSpent>(last.fact.body);
    if (common == sale.value) {
      CHECK(spent.sale_epoch == old);  // the sale stayed behind
      CHECK(spent.sale == sale);
    }
  }
}

TEST_CASE("a use of a lease that changed on the disk leaves nothing of the lease", "[leases]") {
  Fixture f;
  f.keep(10);
  f.spend(10, 120);
  f.settle();
  f.journal.reset();
  {
    auto db = sqlite::Connection::open({.path = f.options.path});
    REQUIRE(db);
    REQUIRE((*db)->execute("UPDATE lease_uses SET amount = 1"));
  }
  f.reopen();
  CHECK(std::get<1>(f.held()[10]) == INT64_MAX);
  CHECK(f.journal->verify()->changed_rows == 1);
}
