// SPDX-License-Identifier: Apache-2.0
// Effects that the tables do not hold yet: everything that reads them, or takes rows away below them, sees the same as
// if they had been written at once.
#include "sync/sqlite/connection.h"
#include "sync/store/unsettled.h"
#include "tests/support/crash_vfs.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/store/journal_fixture.h"

#include <set>

using namespace millpond;
using tests::ask;
using tests::commit_one;

namespace {

const base::Error wanted{base::Code::bad_input, "test", "this action fails"};

base::MemberId member_of(std::uint64_t number) { return {1'000 + number}; }
base::CouponId coupon_of(std::uint64_t number) { return {5'000 + number}; }

// A member, a sale with points, a coupon that the next visit spends, and a slip: five facts.
constexpr std::uint64_t visit_facts = 5;
store::Action visit(std::uint64_t number, bool fails = false) {
  return [number, fails](store::Transaction& t) -> base::Result<> {
    model::MemberEnrolled enrolled;
    enrolled.member = member_of(number);
    MILLPOND_TRY_DO(t.append(enrolled, 5, 0, 0));
    model::SaleRecorded sale;
    sale.key = tests::sale_key(number);
    sale.member = enrolled.member;
    sale.currency = *base::parse_currency("CNY");
    MILLPOND_TRY(const auto seq, t.append(sale, 5, 0, 0));
    MILLPOND_TRY_DO(t.append(model::PointsEarned{enrolled.member, seq, 10, 1'000}, 5, 0, 0));
    model::CouponIssued issued;
    issued.coupon = coupon_of(number);
    issued.member = enrolled.member;
    issued.expires = {30'000};
    issued.cause[0] = static_cast<std::uint8_t>(number);
    issued.cause[1] = static_cast<std::uint8_t>(number >> 8U);
    issued.sale = seq;
    MILLPOND_TRY_DO(t.append(issued, 5, 0, 0));
    MILLPOND_TRY_DO(t.append(model::CouponRedeemed{coupon_of(number - 1), {}, {}, seq, 100}, 5, 0, 0));
    MILLPOND_TRY_DO(t.put_print_intent({seq, 3, "en", {1, 2, 3}, store::PrintState::queued}));
    MILLPOND_TRY_DO(t.put_sale({sale.key, issued.cause, seq, {'o', 'k', static_cast<std::uint8_t>(number)}}));
    return fails ? base::Result<>{wanted} : base::Result<>{};
  };
}

struct Fixture {
  tests::CrashDisk disk{"settle", 1};
  tests::ManualClock clock;
  store::JournalOptions options = tests::journal_options("/journal.db", disk.vfs_name());
  std::unique_ptr<store::Journal> journal = tests::open_journal(options, clock);

  void visits(std::uint64_t from, std::uint64_t to) {
    for (auto i = from; i <= to; ++i) REQUIRE(commit_one(*journal, visit(i)));
  }
  void reopen(std::uint64_t seed = 2) {
    journal.reset();
    journal = tests::open_journal(options, clock, seed);
  }
  void sql(const std::string& text) {
    journal.reset();
    auto db = sqlite::Connection::open({.path = options.path, .vfs = options.vfs});
    REQUIRE(db);
    REQUIRE((*db)->execute(text));
    db->reset();
    reopen();
  }
  [[nodiscard]] std::int64_t count(const std::string& query) {
    journal.reset();
    auto db = sqlite::Connection::open({.path = options.path, .vfs = options.vfs});
    REQUIRE(db);
    const auto found = (*db)->query_integer(query);
    REQUIRE(found);
    db->reset();
    reopen();
    return found->value_or(0);
  }
};

// Everything that can be asked about a visit that happened, and that the one after it spent its coupon.
void check_visit(store::Journal& journal, std::uint64_t number, bool spent, std::int64_t points = 10) {
  CAPTURE(number);
  const auto sale = *ask(journal, [&](auto& t) { return t.find_sale(tests::sale_key(number)); });
  REQUIRE(sale);
  CHECK(sale->answer == base::Bytes{'o', 'k', static_cast<std::uint8_t>(number)});
  CHECK(sale->body_hash[0] == static_cast<std::uint8_t>(number));
  CHECK(*ask(journal, [&](auto& t) { return t.has_member(member_of(number)); }));
  CHECK(*ask(journal, [&](auto& t) { return t.points_since(member_of(number), 0); }) == points);
  base::Hash cause{};
  cause[0] = static_cast<std::uint8_t>(number);
  cause[1] = static_cast<std::uint8_t>(number >> 8U);
  CHECK(*ask(journal, [&](auto& t) { return t.find_cause(cause); }) == coupon_of(number));
  const auto coupon = *ask(journal, [&](auto& t) { return t.find_coupon(coupon_of(number)); });
  REQUIRE(coupon);
  CHECK((coupon->state == wire::CouponState::redeemed) == spent);
  CHECK(coupon->issued.sale == sale->seq);
  const auto coupons = *ask(journal, [&](auto& t) { return t.coupons_of(member_of(number)); });
  REQUIRE(coupons.size() == 1);
  CHECK(coupons.front().state == coupon->state);
  const auto print = *journal.print_intent(sale->seq);
  REQUIRE(print);
  CHECK(print->epoch == sale->epoch);
  CHECK(print->content == base::Bytes{1, 2, 3});
}

void check_visits(store::Journal& journal, std::uint64_t from, std::uint64_t to) {
  for (auto i = from; i <= to; ++i) check_visit(journal, i, i < to);
  CHECK_FALSE(tests::has_sale(journal, to + 1));
  CHECK(journal.unfinished_prints()->size() == to - from + 1);
  tests::check_sound(journal);
}

}  // namespace

TEST_CASE("unsettled effects are seen by every reader, whatever happened since") {
  struct Row {
    const char* what;
    void (*happen)(Fixture&);
  };
  const std::vector<Row> rows{
      {"nothing", [](Fixture&) {}},
      {"a restart", [](Fixture& f) { f.reopen(); }},
      {"a kill",
       [](Fixture& f) {
         f.disk.kill();
         f.reopen();
       }},
      {"a power cut",
       [](Fixture& f) {
         f.disk.power_cut();
         f.journal.reset();
         f.disk.power_on();
         f.reopen();
       }},
      {"an action that failed", [](Fixture& f) { CHECK_FALSE(commit_one(*f.journal, visit(90, true))); }},
      {"a failed action among others",
       [](Fixture& f) {
         const std::vector<store::Action> group{visit(90, true), [](auto&) { return base::Result<>{}; },
                                                visit(91, true)};
         CHECK_FALSE(f.journal->commit(group).front());
       }},
      {"a COMMIT that failed",
       [](Fixture& f) {
         f.disk.fail_after(0, tests::FaultKind::sync_error);
         CHECK(commit_one(*f.journal, visit(90)).error().code == base::Code::commit_unknown);
         f.disk.heal();
       }},
      {"an acknowledgement through the middle",
       [](Fixture& f) {
         const auto status = *f.journal->outbox();
         REQUIRE(f.journal->acknowledge(status.epoch, {1 + 2 * visit_facts + 2}, {}, 0));
       }},
      {"an acknowledgement of all, and back",
       [](Fixture& f) {
         const auto epoch = f.journal->outbox()->epoch;
         tests::acknowledge_all(*f.journal, 7);
         REQUIRE(f.journal->rewind(epoch, {3}));
         f.reopen();
       }},
      {"a mark that changed on the disk",
       [](Fixture& f) { f.sql("UPDATE meta SET value = zeroblob(16) WHERE name = 'settled'"); }},
      {"a mark that is gone", [](Fixture& f) { f.sql("DELETE FROM meta WHERE name = 'settled'"); }},
      {"a COMMIT that failed and tables without their last word",
       [](Fixture& f) {
         f.sql("DELETE FROM meta WHERE name = 'settled'");  // all settled by now
         f.sql("DELETE FROM meta WHERE name = 'settled'; DELETE FROM sales; DELETE FROM deltas; DELETE FROM members");
       }},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    Fixture f;
    f.visits(1, 5);
    row.happen(f);
    check_visits(*f.journal, 1, 5);
    f.visits(6, 6);
    f.reopen(3);
    check_visits(*f.journal, 1, 6);
    CHECK_FALSE(tests::has_sale(*f.journal, 90));
    CHECK_FALSE(*ask(*f.journal, [](auto& t) { return t.has_member(member_of(90)); }));
  }
}

TEST_CASE("a group that a power cut rolled back leaves no effect") {
  for (std::uint64_t after = 0; after < 14; ++after) {
    CAPTURE(after);
    Fixture f;
    f.visits(1, 3);
    f.disk.fail_after(after, tests::FaultKind::power_cut);
    const std::vector<store::Action> group{visit(4), visit(5)};
    const auto results = f.journal->commit(group);
    f.journal.reset();
    if (!f.disk.powered()) f.disk.power_on();
    f.disk.heal();
    f.reopen();
    const bool there = tests::has_sale(*f.journal, 5);
    CHECK((there || !results.front()));
    check_visits(*f.journal, 1, there ? 5 : 3);
  }
}

TEST_CASE("one key, coupon, cause or member does not go in twice, settled or not") {
  for (const bool settled : {false, true}) {
    CAPTURE(settled);
    Fixture f;
    f.visits(1, 2);
    if (settled) tests::acknowledge_all(*f.journal);
    CHECK(commit_one(*f.journal, visit(2)).error().code == base::Code::bad_input);
    CHECK(commit_one(*f.journal, tests::sale_action(2)).error().code == base::Code::bad_input);
    const auto asks_before = [](store::Transaction& t) -> base::Result<> {
      MILLPOND_TRY(const auto before, t.find_sale(tests::sale_key(7)));
      CHECK_FALSE(before);
      MILLPOND_TRY_DO(tests::record_sale(t, 7));
      MILLPOND_TRY(const auto after, t.find_sale(tests::sale_key(7)));
      CHECK(after);
      return tests::record_sale(t, 7);
    };
    CHECK(commit_one(*f.journal, asks_before).error().code == base::Code::bad_input);
    f.reopen();
    check_visits(*f.journal, 1, 2);
  }
}

TEST_CASE("a sale or slip that belongs to no fact of its action is refused, or written at once") {
  Fixture f;
  f.visits(1, 1);
  CHECK(commit_one(*f.journal,
                   [](store::Transaction& t) {
                     return t.put_sale({tests::sale_key(8), {}, {3}, {}});
                   })
            .error()
            .code == base::Code::bad_input);
  REQUIRE(commit_one(*f.journal, [](store::Transaction& t) {
    return t.put_print_intent({{2}, 1, "zh-CN", {9}, store::PrintState::queued});
  }));
  f.reopen();
  CHECK((*f.journal->print_intent({2}))->locale == "zh-CN");
  CHECK(f.journal->unfinished_prints()->size() == 2);
}

TEST_CASE("a slip's state is kept although its intent is unsettled") {
  for (const auto state : {store::PrintState::sent, store::PrintState::confirmed, store::PrintState::failed}) {
    Fixture f;
    f.visits(1, 3);
    const auto of = (*ask(*f.journal, [](auto& t) { return t.find_sale(tests::sale_key(2)); }))->seq;
    REQUIRE(commit_one(*f.journal, [&](store::Transaction& t) { return t.set_print_state(of, state); }));
    for (int round = 0; round < 3; ++round) {
      CAPTURE(round);
      CHECK((*f.journal->print_intent(of))->state == state);
      CHECK(f.journal->unfinished_prints()->size() == 2);
      if (round == 0) f.reopen();
      if (round == 1) tests::acknowledge_all(*f.journal);
    }
  }
}

TEST_CASE("a fork in the middle of what is unsettled takes every effect along") {
  for (const std::uint64_t common : {1, 6, 8, 13, 26}) {
    CAPTURE(common);
    Fixture f;
    f.visits(1, 5);
    REQUIRE(f.journal->reissue(f.journal->outbox()->epoch, {common}, model::EpochReason::fork));
    for (std::uint64_t i = 1; i <= 5; ++i) {
      CHECK(tests::has_sale(*f.journal, i));
      CHECK(*ask(*f.journal, [&](auto& t) { return t.points_since(member_of(i), 0); }) == 10);
      CHECK(*ask(*f.journal, [&](auto& t) { return t.visits_since(member_of(i), 0); }) == 1);
    }
    f.visits(6, 6);
    f.reopen();
    CHECK(f.journal->unfinished_prints()->size() == 6);
    CHECK(*ask(*f.journal, [&](auto& t) { return t.points_since(member_of(5), 0); }) == 10);
    check_visit(*f.journal, 6, false);
    tests::check_sound(*f.journal);
  }
}

TEST_CASE("notes that changed on the disk cost the answer, never the fact, and are seen") {
  struct Row {
    const char* what;
    const char* sql;
  };
  for (const auto& row :
       {Row{"a byte", "UPDATE outbox SET notes = CAST(zeroblob(3) || substr(notes, 4) AS BLOB) WHERE position = 8"},
        Row{"the end", "UPDATE outbox SET notes = substr(notes, 1, length(notes) - 1) WHERE position = 8"},
        Row{"another row's",
            "UPDATE outbox SET notes = (SELECT notes FROM outbox WHERE position = 3) WHERE position = 8"},
        Row{"nothing left", "UPDATE outbox SET notes = zeroblob(0) WHERE position = 8"}}) {
    CAPTURE(row.what);
    Fixture f;
    f.visits(1, 3);
    const auto epoch = f.journal->outbox()->epoch;
    f.sql(row.sql);
    CHECK(f.journal->verify()->broken_at == base::Seq{8});
    CHECK_FALSE(tests::has_sale(*f.journal, 2));
    CHECK(tests::has_sale(*f.journal, 3));
    CHECK(*ask(*f.journal, [](auto& t) { return t.points_since(member_of(2), 0); }) == 10);
    CHECK(f.journal->outbox()->epoch == epoch);
    tests::acknowledge_all(*f.journal);
    CHECK(f.journal->health()->quarantined == 0);
  }
}

TEST_CASE("a long queue stays out of memory: the tables take it in steps") {
  Fixture f;
  for (std::uint64_t group = 0; group < 20; ++group) {
    std::vector<store::Action> actions;
    for (std::uint64_t i = 1; i <= 50; ++i) actions.push_back(visit(group * 50 + i));
    for (const auto& result : f.journal->commit(actions)) REQUIRE(result);
  }
  const auto settled = f.count("SELECT count(*) FROM sales");
  CHECK(settled > 800);
  f.sql(
      "DELETE FROM meta WHERE name = 'settled'; DELETE FROM sales; DELETE FROM deltas; DELETE FROM coupons;"
      "DELETE FROM members; DELETE FROM prints");
  CHECK(f.count("SELECT count(*) FROM sales") == 1'000);
  for (std::uint64_t i = 1; i < 1'000; i += 37) check_visit(*f.journal, i, true);
  CHECK(f.journal->unfinished_prints()->size() == 1'000);
}

TEST_CASE("points taken back count here as they will at the hub, wherever their fact stands") {
  Fixture f;
  f.visits(1, 1);
  REQUIRE(commit_one(*f.journal, [](store::Transaction& t) -> base::Result<> {
    model::SaleRefunded refund;
    refund.key = {{1}, "T1", {20'777}, "refund"};
    refund.member = member_of(1);
    refund.points_taken = 5;
    refund.points_returned = 1;
    MILLPOND_TRY_DO(t.append(refund, 5, 0, 0));
    return {};
  }));
  const auto points = [&] { return *ask(*f.journal, [](auto& t) { return t.points_since(member_of(1), 0); }); };
  CHECK(points() == 6);
  f.reopen();
  CHECK(points() == 6);
  const auto epoch = f.journal->outbox()->epoch;
  tests::acknowledge_all(*f.journal);
  REQUIRE(f.journal->prune_deltas(100));
  CHECK(points() == 0);
  REQUIRE(f.journal->rewind(epoch, {0}));
  CHECK(points() == 6);
  REQUIRE(f.journal->reissue(epoch, {2}, model::EpochReason::fork));
  CHECK(points() == 6);
}

TEST_CASE("identities of unsettled facts are not given out again") {
  Fixture f;
  const auto enrol = [&](bool with_fact) {
    std::uint64_t id = 0;
    REQUIRE(commit_one(*f.journal, [&](store::Transaction& t) -> base::Result<> {
      MILLPOND_TRY(id, t.next_id());
      if (!with_fact) return {};
      model::MemberEnrolled enrolled;
      enrolled.member = {id};
      MILLPOND_TRY_DO(t.append(enrolled, 5, 0, 0));
      return {};
    }));
    return id & base::id_counter_max;
  };
  std::set<std::uint64_t> counters;
  for (int i = 0; i < 12; ++i) {
    CHECK(counters.insert(enrol(i % 3 != 1)).second);
    if (i % 4 == 3) f.reopen(static_cast<std::uint64_t>(i));
    if (i == 6) tests::acknowledge_all(*f.journal);
  }
}

TEST_CASE("a projection that changed value on the disk counts as none, and verify sees it") {
  struct Row {
    const char* what;
    const char* sql;
    std::uint64_t changed;
  };
  const std::vector<Row> rows{
      {"nothing", "UPDATE deltas SET points = points; UPDATE prints SET state = state", 0},
      {"points", "UPDATE deltas SET points = 1000010 WHERE member = 1002 AND points <> 0", 1},
      {"points of another member", "UPDATE deltas SET member = 1002 WHERE member = 1003 AND points <> 0", 1},
      {"a coupon unspent again", "UPDATE coupons SET state = 1 WHERE coupon = 5001", 1},
      {"a coupon and its sum's low bits", "UPDATE coupons SET state = 1, sum = sum + 1 WHERE coupon = 5001", 1},
      {"a coupon's value", "UPDATE coupons SET value_minor = 90000 WHERE coupon = 5002", 1},
      {"a coupon's member", "UPDATE coupons SET member = 1001 WHERE coupon = 5002", 1},
      {"an answer", "UPDATE sales SET answer = zeroblob(3) WHERE transaction_id = 'T-2'", 1},
      {"a body's hash", "UPDATE sales SET body_hash = zeroblob(32) WHERE transaction_id = 'T-2'", 1},
      {"a phone's member", "UPDATE phones SET member = 1001", 1},
      {"all of them", "UPDATE deltas SET points = 9; UPDATE coupons SET value_minor = 9; UPDATE phones SET member = 9",
       10},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    Fixture f;
    f.visits(1, 3);
    const auto key = base::view_of("0123456789abcdef");
    REQUIRE(commit_one(*f.journal, [&](store::Transaction& t) { return t.put_phone(key, member_of(3)); }));
    tests::acknowledge_all(*f.journal);
    f.sql(row.sql);
    CHECK(f.journal->verify()->changed_rows == row.changed);
    for (std::uint64_t i = 1; i <= 3; ++i) {
      const auto points = *ask(*f.journal, [&](auto& t) { return t.points_since(member_of(i), 0); });
      CHECK((points == 0 || points == 10));
      CHECK(*ask(*f.journal, [&](auto& t) { return t.visits_since(member_of(i), 0); }) <= 1);
      const auto coupon = *ask(*f.journal, [&](auto& t) { return t.find_coupon(coupon_of(i)); });
      if (coupon) CHECK((coupon->state == wire::CouponState::redeemed) == (i < 3));
      if (coupon) CHECK(coupon->issued.value_minor == 0);
      for (const auto& own : *ask(*f.journal, [&](auto& t) { return t.coupons_of(member_of(i)); })) {
        CHECK(own.issued.coupon == coupon_of(i));
      }
      const auto sale = *ask(*f.journal, [&](auto& t) { return t.find_sale(tests::sale_key(i)); });
      if (sale) CHECK(sale->answer == base::Bytes{'o', 'k', static_cast<std::uint8_t>(i)});
    }
    const auto phone = *ask(*f.journal, [&](auto& t) { return t.find_phone(key); });
    CHECK((!phone || *phone == member_of(3)));
    f.visits(4, 4);
  }
}

TEST_CASE("an unspent coupon of this life is still good after its row was read back") {
  Fixture f;
  f.visits(1, 2);
  tests::acknowledge_all(*f.journal);
  REQUIRE(commit_one(*f.journal, [](store::Transaction& t) -> base::Result<> {
    MILLPOND_TRY(const auto coupon, t.find_coupon(coupon_of(2)));
    REQUIRE(coupon);
    CHECK(coupon->state == wire::CouponState::issued);
    MILLPOND_TRY_DO(t.append(model::CouponRedeemed{coupon_of(2), {}, {}, {3}, 100}, 5, 0, 0));
    MILLPOND_TRY(const auto spent, t.find_coupon(coupon_of(2)));
    CHECK(spent->state == wire::CouponState::redeemed);
    return {};
  }));
  for (int round = 0; round < 3; ++round) {
    CHECK((*ask(*f.journal, [](auto& t) { return t.find_coupon(coupon_of(2)); }))->state ==
          wire::CouponState::redeemed);
    CHECK(f.journal->verify()->changed_rows == 0);
    if (round == 0) f.reopen();
    if (round == 1) tests::acknowledge_all(*f.journal);
  }
}

TEST_CASE("notes are read back as they were written") {
  store::Notes notes;
  CHECK(store::decode_notes(store::encode_notes(notes, 5), 5)->empty());
  CHECK_FALSE(store::decode_notes(store::encode_notes(notes, 5), 6));
  notes.print = store::UnsettledPrint{0, 7, "zh-CN", {1, 2}};
  notes.sale = store::UnsettledSale{0, {}, {9}, {}};
  const auto stored = store::encode_notes(notes, 5);
  const auto read = store::decode_notes(stored, 5);
  REQUIRE(read);
  CHECK(read->print->template_version == 7);
  CHECK(read->print->locale == "zh-CN");
  CHECK(read->print->content == base::Bytes{1, 2});
  CHECK(read->sale->body_hash[0] == 9);
  CHECK(read->sale->answer.empty());
  for (std::size_t bit = 0; bit < stored.size() * 8; ++bit) {
    auto flipped = stored;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    CHECK_FALSE(store::decode_notes(flipped, 5));
  }
}

TEST_CASE("points that the hub has included give their pages back to the file system") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  const auto options = tests::journal_options(folder / "journal.db");
  const auto journal = tests::open_journal(options, clock);
  for (std::uint64_t group = 0; group < 4; ++group) {
    std::vector<store::Action> actions;
    for (std::uint64_t i = 0; i < 500; ++i) actions.push_back(tests::sale_action(group * 500 + i));
    for (const auto& result : journal->commit(actions)) REQUIRE(result);
  }
  tests::acknowledge_all(*journal);
  const auto before = std::filesystem::file_size(options.path);
  const auto head = journal->position_of(journal->outbox()->live_epoch, journal->outbox()->live_head);
  REQUIRE(journal->prune_deltas(*head));
  CHECK(std::filesystem::file_size(options.path) < before);
}
