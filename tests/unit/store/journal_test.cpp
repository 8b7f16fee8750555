// SPDX-License-Identifier: Apache-2.0
// What actions see and change, and what a group of them keeps.
#include "tests/support/temp_dir.h"
#include "tests/unit/store/journal_fixture.h"

using namespace millpond;
using tests::ask;
using tests::commit_one;

namespace {

const base::Error wanted{base::Code::bad_input, "test", "this action fails"};

struct Fixture {
  tests::TempDir folder;
  tests::ManualClock clock;
  store::JournalOptions options = tests::journal_options(folder / "journal.db");
  std::unique_ptr<store::Journal> journal = tests::open_journal(options, clock);
};

model::CouponIssued coupon(std::uint64_t id, std::uint8_t cause, base::MemberId member = {77}) {
  model::CouponIssued issued;
  issued.coupon = {id};
  issued.member = member;
  issued.campaign = {5};
  issued.value_minor = 500;
  issued.not_before = {19'000};
  issued.expires = {19'700};
  issued.cause.fill(cause);
  return issued;
}

}  // namespace

TEST_CASE("a new journal begins an epoch with a fact that says so") {
  Fixture f;
  const auto status = *f.journal->outbox();
  CHECK(status.live_epoch);
  CHECK(status.live_head == base::Seq{1});
  CHECK(status.queued == 1);
  const auto entries = *f.journal->entries(10, false);
  REQUIRE(entries.size() == 1);
  CHECK(std::get<model::EpochBegun>(entries[0].fact.body).reason == model::EpochReason::first_start);
  CHECK(entries[0].fact.stamp.terminal == base::TerminalId{7});
  tests::check_sound(*f.journal);
}

TEST_CASE("what was committed is there after closing and opening") {
  Fixture f;
  const auto payload = base::Bytes(80, 9);
  const auto member = base::MemberId{base::compose_id({7}, 1, 1)};
  REQUIRE(commit_one(*f.journal, [&](store::Transaction& t) -> base::Result<> {
    MILLPOND_TRY(const auto seq,
                 t.append(model::MemberEnrolled{member, {12}, {}, {}, {}}, 5, 480, 1, base::Bytes(16, 1), payload));
    MILLPOND_TRY_DO(t.put_phone(base::Bytes(16, 3), member));
    MILLPOND_TRY_DO(t.append(coupon(900, 1), 5, 480, 1));
    MILLPOND_TRY_DO(t.put_print_intent({seq, 2, "zh-CN", {1, 2, 3}, store::PrintState::queued}));
    MILLPOND_TRY_DO(t.put_document("programme", 3, base::Bytes{3}));
    MILLPOND_TRY_DO(t.put_document("programme", 2, base::Bytes{2}));
    MILLPOND_TRY_DO(t.put_issuer({17, {}, 4}));
    MILLPOND_TRY_DO(t.put_review("sale", base::Bytes{1}, 5));
    return tests::record_sale(t, 1);
  }));
  const auto before = *f.journal->outbox();
  f.journal.reset();
  f.journal = tests::open_journal(f.options, f.clock, 2);

  const auto after = *f.journal->outbox();
  CHECK(after.live_epoch == before.live_epoch);
  CHECK(after.live_head == before.live_head);
  CHECK(*ask(*f.journal, [&](auto& t) { return t.has_member(member); }));
  CHECK(*ask(*f.journal, [&](auto& t) { return t.find_phone(base::Bytes(16, 3)); }) == member);
  CHECK_FALSE((*ask(*f.journal, [&](auto& t) { return t.find_phone(base::Bytes(16, 4)); })));
  const auto found = *ask(*f.journal, [&](auto& t) { return t.find_coupon({900}); });
  REQUIRE(found);
  CHECK(found->issued == coupon(900, 1));
  CHECK(found->state == wire::CouponState::issued);
  CHECK(*ask(*f.journal, [&](auto& t) { return t.find_cause(coupon(0, 1).cause); }) == base::CouponId{900});
  CHECK(ask(*f.journal, [&](auto& t) { return t.coupons_of({77}); })->size() == 1);
  CHECK(*f.journal->document("programme") == base::Bytes{3});
  CHECK_FALSE(*f.journal->document("absent"));
  CHECK((*f.journal->issuer(17))->revoked_from_seq == 4);
  REQUIRE(f.journal->unfinished_prints()->size() == 1);
  CHECK(f.journal->unfinished_prints()->front().locale == "zh-CN");
  const auto sale = *ask(*f.journal, [&](auto& t) { return t.find_sale(tests::sale_key(1)); });
  REQUIRE(sale);
  CHECK(sale->answer == base::Bytes{'o', 'k'});
  CHECK(sale->seq == base::Seq{4});
  const auto batch = f.journal->read_batch(after.epoch, {2}, 1, 1'000);
  REQUIRE(batch);
  CHECK(batch->rows.front().payload == payload);
  tests::check_sound(*f.journal);
}

TEST_CASE("what any thread may read is what was committed, and nothing of what was undone") {
  Fixture f;
  const auto nothing = f.journal->published();
  CHECK(nothing->issuer(17) == nullptr);
  CHECK(nothing->document("allowance") == nullptr);
  CHECK(nothing->live_epoch == f.journal->outbox()->live_epoch);

  REQUIRE(commit_one(*f.journal, [&](store::Transaction& t) -> base::Result<> {
    MILLPOND_TRY_DO(t.put_issuer({17, {}, 4}));
    MILLPOND_TRY_DO(t.put_document("allowance", 3, base::Bytes{3}));
    MILLPOND_TRY_DO(t.put_document("allowance", 2, base::Bytes{2}));
    MILLPOND_TRY_DO(t.put_document("card:M-1", 1, base::Bytes{1}));
    CHECK(f.journal->published() == nothing);
    return {};
  }));
  const auto told = f.journal->published();
  REQUIRE(told->issuer(17) != nullptr);
  CHECK(told->issuer(17)->revoked_from_seq == 4);
  REQUIRE(told->document("allowance") != nullptr);
  CHECK(*told->document("allowance") == base::Bytes{3});
  CHECK(told->document("card:M-1") == nullptr);  // of many, and read by nobody who is in a hurry
  CHECK(nothing->issuer(17) == nullptr);         // whoever holds one keeps what it was

  REQUIRE_FALSE(commit_one(*f.journal, [&](store::Transaction& t) -> base::Result<> {
    MILLPOND_TRY_DO(t.put_issuer({17, {}, 5}));
    MILLPOND_TRY_DO(t.drop_document("allowance"));
    return base::Error{base::Code::bad_input, "test", ""};
  }));
  CHECK(f.journal->published()->issuer(17)->revoked_from_seq == 4);
  CHECK(f.journal->published()->document("allowance") != nullptr);

  REQUIRE(commit_one(*f.journal, [&](store::Transaction& t) { return t.drop_document("allowance"); }));
  CHECK(f.journal->published()->document("allowance") == nullptr);
  const auto live = f.journal->outbox()->live_epoch;
  REQUIRE(f.journal->reissue(live, {1}, model::EpochReason::fork));
  CHECK(f.journal->published()->live_epoch == f.journal->outbox()->live_epoch);
  CHECK(f.journal->published()->live_epoch != live);

  f.journal.reset();
  f.journal = tests::open_journal(f.options, f.clock, 2);
  CHECK(f.journal->published()->issuer(17)->revoked_from_seq == 4);
}

TEST_CASE("a failing action among many loses only itself, and no sequence number") {
  Fixture f;
  std::vector<store::Action> actions;
  for (std::uint64_t i = 0; i < 20; ++i) {
    actions.emplace_back([i](store::Transaction& t) -> base::Result<> {
      MILLPOND_TRY_DO(tests::record_sale(t, i));
      if (i % 5 == 2) return wanted;
      return {};
    });
  }
  const auto results = f.journal->commit(actions);
  std::uint64_t good = 0;
  for (std::uint64_t i = 0; i < results.size(); ++i) {
    CAPTURE(i);
    CHECK(results[i].has_value() == (i % 5 != 2));
    CHECK(tests::has_sale(*f.journal, i) == (i % 5 != 2));
    good += results[i] ? 1 : 0;
  }
  const auto status = *f.journal->outbox();
  CHECK(status.live_head.value == 1 + 2 * good);
  CHECK(*ask(*f.journal, [&](auto& t) { return t.points_since({77}, 0); }) == static_cast<std::int64_t>(10 * good));
  tests::check_sound(*f.journal);
}

TEST_CASE("an action that hides a failed fact fails all the same") {
  Fixture f;
  const auto result = commit_one(*f.journal, [](store::Transaction& t) -> base::Result<> {
    MILLPOND_TRY_DO(t.append(coupon(1, 1), 5, 0, 0));
    static_cast<void>(t.append(coupon(2, 1), 5, 0, 0));  // one coupon per cause
    return {};
  });
  CHECK(result.error().code == base::Code::bad_input);
  CHECK(f.journal->outbox()->live_head == base::Seq{1});
  REQUIRE(commit_one(*f.journal, tests::sale_action(1)));
  tests::check_sound(*f.journal);
}

TEST_CASE("a reading action cannot write") {
  Fixture f;
  CHECK(f.journal->read(tests::sale_action(1)).error().code == base::Code::internal);
  CHECK_FALSE(tests::has_sale(*f.journal, 1));
}

TEST_CASE("identities grow over failures and restarts and never repeat") {
  Fixture f;
  std::vector<std::uint64_t> ids;
  const auto draw = [&](bool fail) {
    static_cast<void>(commit_one(*f.journal, [&](store::Transaction& t) -> base::Result<> {
      MILLPOND_TRY(const auto id, t.next_id());
      if (fail) return wanted;
      ids.push_back(id);
      return {};
    }));
  };
  draw(false);
  draw(true);
  draw(false);
  f.journal.reset();
  f.journal = tests::open_journal(f.options, f.clock, 99);
  draw(false);
  REQUIRE(ids.size() == 3);
  for (const auto id : ids) CHECK(base::id_origin(id) == base::TerminalId{7});
  const auto counter = [](std::uint64_t id) { return id & base::id_counter_max; };
  CHECK(counter(ids[0]) < counter(ids[1]));
  CHECK(counter(ids[1]) < counter(ids[2]));
  CHECK((ids[1] >> 24) != (ids[2] >> 24));  // another incarnation
}

TEST_CASE("a coupon is spent once, and that stays known") {
  Fixture f;
  REQUIRE(commit_one(*f.journal, [](store::Transaction& t) -> base::Result<> {
    MILLPOND_TRY_DO(t.append(coupon(1, 1), 5, 0, 0));
    MILLPOND_TRY_DO(t.append(model::CouponRedeemed{{1}, {77}, {5}, {9}, 500}, 6, 0, 0));
    return {};
  }));
  const auto found = *ask(*f.journal, [&](auto& t) { return t.find_coupon({1}); });
  REQUIRE(found);
  CHECK(found->state == wire::CouponState::redeemed);
  CHECK(found->redeemed_in == base::Seq{9});
}

TEST_CASE("points are summed after a position and pruned up to one") {
  Fixture f;
  for (std::uint64_t i = 0; i < 3; ++i) REQUIRE(commit_one(*f.journal, tests::sale_action(i)));
  const auto epoch = f.journal->outbox()->live_epoch;
  const auto points = [&](std::uint64_t position) {
    return *ask(*f.journal, [&](auto& t) { return t.points_since({77}, position); });
  };
  CHECK(points(0) == 30);
  CHECK(points(*f.journal->position_of(epoch, {3})) == 20);
  CHECK(points(*f.journal->position_of(epoch, {7})) == 0);
  CHECK(*f.journal->position_of({12345}, {3}) == 0);
  REQUIRE(f.journal->prune_deltas(*f.journal->position_of(epoch, {5})));
  CHECK(points(0) == 10);
}

TEST_CASE("prints are unfinished until their bytes left or they were given up") {
  Fixture f;
  REQUIRE(commit_one(*f.journal, [](store::Transaction& t) -> base::Result<> {
    MILLPOND_TRY_DO(tests::record_sale(t, 1));
    return t.put_print_intent({{2}, 1, "en", {1}, store::PrintState::queued});
  }));
  struct Row {
    store::PrintState state;
    bool unfinished;
  };
  for (const auto& row : {Row{store::PrintState::sent, false}, Row{store::PrintState::uncertain, false},
                          Row{store::PrintState::queued, true}, Row{store::PrintState::failed, false},
                          Row{store::PrintState::confirmed, false}}) {
    REQUIRE(commit_one(*f.journal, [&](store::Transaction& t) { return t.set_print_state({2}, row.state); }));
    CHECK(f.journal->unfinished_prints()->empty() != row.unfinished);
    CHECK((*f.journal->print_intent({2}))->state == row.state);
  }
  CHECK_FALSE(*f.journal->print_intent({3}));
}

TEST_CASE("a fact too large for a batch fails its action only") {
  Fixture f;
  const auto result = commit_one(*f.journal, [](store::Transaction& t) -> base::Result<> {
    model::SaleRecorded sale;
    sale.lines.resize(5'000, {"1", "a long name of an article", "1", "tea", 1, 0});
    MILLPOND_TRY_DO(t.append(sale, 5, 0, 0));
    return {};
  });
  CHECK(result.error().code == base::Code::too_large);
  REQUIRE(commit_one(*f.journal, tests::sale_action(1)));
}
