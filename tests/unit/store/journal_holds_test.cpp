// SPDX-License-Identifier: Apache-2.0
// Holds in the journal: kept outside the chain, over starts and damage.
#include "sync/sqlite/connection.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/store/journal_fixture.h"

using namespace millpond;
using tests::ask;
using tests::commit_one;

namespace {

base::Bytes bytes(std::string_view text) {
  const auto view = base::view_of(text);
  return {view.begin(), view.end()};
}

std::map<std::uint64_t, std::string> holds(store::Journal& journal) {
  std::map<std::uint64_t, std::string> found;
  for (const auto& hold : *ask(journal, [](auto& t) { return t.holds(); })) {
    found[hold.id] = std::string{base::text_of(hold.content)} + " until " + std::to_string(hold.until_ms);
  }
  return found;
}

}  // namespace

TEST_CASE("A hold is there after a start, stands outside the chain, and goes when it is dropped") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  const auto options = tests::journal_options(folder / "journal.db");
  auto journal = tests::open_journal(options, clock);
  const auto before = journal->outbox()->live_head;
  REQUIRE(commit_one(*journal, [](store::Transaction& t) -> base::Result<> {
    MILLPOND_TRY_DO(t.put_hold({7, 100, bytes("two coupons")}));
    MILLPOND_TRY_DO(t.put_hold({3, 50, bytes("one coupon")}));
    return t.put_hold({7, 120, bytes("two other coupons")});
  }));
  CHECK(journal->outbox()->live_head == before);
  journal.reset();
  journal = tests::open_journal(options, clock, 2);
  CHECK(holds(*journal) ==
        std::map<std::uint64_t, std::string>{{3, "one coupon until 50"}, {7, "two other coupons until 120"}});
  REQUIRE(commit_one(*journal, [](store::Transaction& t) { return t.drop_hold(7); }));
  REQUIRE(commit_one(*journal, [](store::Transaction& t) { return t.drop_hold(99); }));
  CHECK(holds(*journal).size() == 1);
  tests::check_sound(*journal);
}

TEST_CASE("A hold of an action that fails is not there") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  auto journal = tests::open_journal(tests::journal_options(folder / "journal.db"), clock);
  const auto failed = commit_one(*journal, [](store::Transaction& t) -> base::Result<> {
    MILLPOND_TRY_DO(t.put_hold({7, 100, bytes("a coupon")}));
    return base::Error{base::Code::cancelled, "keep", "changed my mind"};
  });
  CHECK(failed.error().code == base::Code::cancelled);
  CHECK(holds(*journal).empty());
}

TEST_CASE("A hold that changed on the disk is none") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  const auto options = tests::journal_options(folder / "journal.db");
  auto journal = tests::open_journal(options, clock);
  REQUIRE(commit_one(*journal, [](store::Transaction& t) -> base::Result<> {
    MILLPOND_TRY_DO(t.put_hold({1, 100, bytes("a coupon")}));
    return t.put_hold({2, 100, bytes("another")});
  }));
  journal.reset();
  {
    auto db = sqlite::Connection::open({.path = options.path});
    REQUIRE(db);
    REQUIRE((*db)->execute("UPDATE holds SET until_ms = 900000 WHERE id = 1"));
  }
  journal = tests::open_journal(options, clock, 2);
  CHECK(holds(*journal) == std::map<std::uint64_t, std::string>{{2, "another until 100"}});
}
