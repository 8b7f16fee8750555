// SPDX-License-Identifier: Apache-2.0
// Rights and uses of coupons in the journal: what is held, what is outstanding, over settling, starts and reissues.
#include "sync/sqlite/connection.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/store/journal_fixture.h"

using namespace millpond;
using store::RightsStatus;
using tests::ask;
using tests::commit_one;

namespace {

constexpr base::LocalDate today{20'000};
constexpr std::int64_t noon_ms = 20'000LL * 86'400'000 + 43'200'000;
constexpr base::MemberId member{77};

using Outstanding = std::tuple<std::int64_t, std::uint32_t, std::uint32_t>;  // minor, uses, of the member today

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
  void append(const model::FactBody& body) {
    REQUIRE(commit_one(*journal, [&](store::Transaction& t) -> base::Result<> {
      MILLPOND_TRY_DO(t.append(body, noon_ms, 0, 0));
      return {};
    }));
  }
  void issue(std::uint64_t number) {
    model::CouponIssued coupon;
    coupon.coupon = {number};
    coupon.member = member;
    coupon.cause.fill(static_cast<std::uint8_t>(number));
    append(coupon);
  }
  void provisional(std::uint64_t number, std::int64_t value_minor, base::MemberId by = member) {
    append(model::CouponProvisional{{number}, by, {1}, {}, value_minor, number, 1, {}});
  }
  void settle() {  // enough facts that the tables take everything
    for (int i = 0; i < 520; ++i) append(model::PointsEarned{member, {}, 0, 0});
  }
  [[nodiscard]] bool held(std::uint64_t number) {
    const auto coupon = *ask(*journal, [&](auto& t) { return t.find_coupon({number}); });
    return coupon && coupon->held;
  }
  [[nodiscard]] bool used(std::uint64_t number) {
    return *ask(*journal, [&](auto& t) { return t.was_used({number}); });
  }
  [[nodiscard]] Outstanding outstanding(base::MemberId of = member) {
    const auto all = *ask(*journal, [&](auto& t) { return t.outstanding(of, today); });
    return {all.minor, all.uses, all.uses_of_member_today};
  }
};

// The same must hold of what is in memory, what was read from the outbox, and what is in the tables.
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
}

}  // namespace

TEST_CASE("a release ends the right to every coupon before it, and to none after it", "[rights]") {
  Fixture f;
  CHECK(*f.journal->rights() == RightsStatus{});
  f.issue(1);
  CHECK(*f.journal->rights() == RightsStatus{true, false});
  CHECK(f.held(1));
  f.append(model::RightsReleased{});
  CHECK(*f.journal->rights() == RightsStatus{false, true});
  f.issue(2);
  however_it_is_kept(f, [&] {
    CHECK_FALSE(f.held(1));
    CHECK(f.held(2));
    CHECK(*f.journal->rights() == RightsStatus{true, true});
  });
  tests::acknowledge_all(*f.journal);
  CHECK(*f.journal->rights() == RightsStatus{true, false});
  CHECK(f.held(2));
  f.reopen();
  CHECK(*f.journal->rights() == RightsStatus{true, false});
  CHECK(f.held(2));
  CHECK_FALSE(f.held(1));
}

TEST_CASE("a spent coupon is held no more, and an action that failed releases nothing", "[rights]") {
  Fixture f;
  f.issue(1);
  f.issue(2);
  f.append(model::CouponRedeemed{{1}, member, {1}, {}, 500});
  CHECK_FALSE(commit_one(*f.journal, [](store::Transaction& t) -> base::Result<> {
    MILLPOND_TRY_DO(t.append(model::RightsReleased{}, noon_ms, 0, 0));
    return base::Error{base::Code::bad_input, "test", "on purpose"};
  }));
  however_it_is_kept(f, [&] {
    CHECK_FALSE(f.held(1));
    CHECK(f.used(1));
    CHECK(f.held(2));
    CHECK_FALSE(f.used(2));
    CHECK(*f.journal->rights() == RightsStatus{true, false});
  });
}

TEST_CASE("a reissued release covers the same coupons in the new epoch", "[rights]") {
  for (const std::uint64_t common : {0, 2, 3, 4}) {
    CAPTURE(common);
    Fixture f;
    f.issue(1);                         // seq 2
    f.append(model::RightsReleased{});  // 3
    f.issue(2);                         // 4
    const auto old = f.journal->outbox()->live_epoch;
    REQUIRE(f.journal->reissue(old, {common}, model::EpochReason::fork));
    for (int round = 0; round < 2; ++round) {
      CHECK_FALSE(f.held(1));
      CHECK(f.held(2) == (common < 4));  // what stayed behind is surrendered
      CHECK(*f.journal->rights() == RightsStatus{true, common < 3});
      f.reopen();
    }
    CHECK(f.journal->verify()->changed_rows == 0);
  }
}

TEST_CASE("what was honoured without the right is outstanding until the hub has it, and never honoured again",
          "[rights]") {
  Fixture f;
  f.provisional(50, 300);
  f.provisional(51, 200, {78});
  f.append(model::CouponConfirmed{{52}, member, {1}, {}, 900, 52});
  however_it_is_kept(f, [&] {
    CHECK(f.outstanding() == Outstanding{500, 2, 1});
    CHECK(f.outstanding({}) == Outstanding{500, 2, 0});
    for (const std::uint64_t number : {50, 51, 52}) CHECK(f.used(number));
    CHECK_FALSE(f.used(53));
  });
  tests::acknowledge_all(*f.journal);
  CHECK(f.outstanding() == Outstanding{0, 0, 1});
  const auto epoch = f.journal->outbox()->live_epoch;
  REQUIRE(f.journal->rewind(epoch, {1}));  // a restored hub lacks them
  CHECK(f.outstanding() == Outstanding{500, 2, 1});
  REQUIRE(f.journal->reissue(epoch, {1}, model::EpochReason::fork));
  CHECK(f.outstanding() == Outstanding{500, 2, 1});
  f.reopen();
  CHECK(f.outstanding() == Outstanding{500, 2, 1});
  for (const std::uint64_t number : {50, 51, 52}) CHECK(f.used(number));
}

TEST_CASE("a use that changed on the disk still says that its coupon was used, and leaves no allowance", "[rights]") {
  Fixture f;
  f.provisional(50, 300);
  f.settle();
  tests::acknowledge_all(*f.journal);
  f.journal.reset();
  {
    auto db = sqlite::Connection::open({.path = f.options.path});
    REQUIRE(db);
    REQUIRE((*db)->execute("UPDATE coupon_uses SET value_minor = 1"));
  }
  f.reopen();
  CHECK(f.used(50));
  CHECK(std::get<1>(f.outstanding()) == UINT32_MAX);
  CHECK(f.journal->verify()->changed_rows == 1);
}

TEST_CASE("a mark of the release that changed on the disk gives no right back", "[rights]") {
  Fixture f;
  f.issue(1);
  f.append(model::RightsReleased{});
  f.issue(2);
  f.settle();
  tests::acknowledge_all(*f.journal);
  f.journal.reset();
  {
    auto db = sqlite::Connection::open({.path = f.options.path});
    REQUIRE(db);
    REQUIRE((*db)->execute("UPDATE meta SET value = zeroblob(16) WHERE name = 'released'"));
  }
  f.reopen();
  CHECK_FALSE(f.held(1));
  CHECK_FALSE(f.held(2));
  f.issue(3);
  CHECK(f.held(3));
  CHECK(*f.journal->rights() == RightsStatus{true, false});
}
