// SPDX-License-Identifier: Apache-2.0
// Who may open a journal, and when it begins a new epoch.
#include "sync/base/file.h"
#include "sync/sqlite/connection.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/store/journal_fixture.h"

#include <fstream>

using namespace millpond;

namespace {

base::Error open_error(const store::JournalOptions& options) {
  const tests::ManualClock clock;
  base::SeededRng rng{5};
  auto journal = store::Journal::open(options, clock, rng);
  REQUIRE_FALSE(journal);
  return journal.error();
}

model::EpochBegun last_epoch_fact(store::Journal& journal) {
  const auto entries = *journal.entries(1, false);
  return std::get<model::EpochBegun>(entries.back().fact.body);
}

}  // namespace

TEST_CASE("a second service on one journal is told who has it") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  const auto options = tests::journal_options(folder / "journal.db");
  const auto journal = tests::open_journal(options, clock);
  const auto error = open_error(options);
  CHECK(error.code == base::Code::store_locked);
  CHECK(error.hint.find((folder / "journal.db").string()) != std::string::npos);
  REQUIRE(tests::commit_one(*journal, tests::sale_action(1)));
}

TEST_CASE("another terminal's or brand's journal is not used") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  const auto options = tests::journal_options(folder / "journal.db");
  tests::open_journal(options, clock).reset();
  auto terminal = options;
  terminal.owner.terminal = {8};
  CHECK(open_error(terminal).code == base::Code::config_invalid);
  auto brand = options;
  brand.owner.brand.bytes[0] = 1;
  CHECK(open_error(brand).code == base::Code::config_invalid);
}

// Found by millpond-sim --seed 7103: a digit became a space, and the terminal never started again.
TEST_CASE("a brand in which one byte changed on the disk is still this journal's, and two are another's") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  const auto options = tests::journal_options(folder / "journal.db");
  REQUIRE(tests::commit_one(*tests::open_journal(options, clock), tests::sale_action(1)));
  const auto change = [&](const char* sql) {
    const auto file = sqlite::Connection::open({.path = options.path});
    REQUIRE(file);
    REQUIRE((*file)->run(sql));
  };
  change("UPDATE meta SET value = substr(value, 1, 3) || ' ' || substr(value, 5) WHERE name = 'brand'");
  CHECK(tests::has_sale(*tests::open_journal(options, clock, 2), 1));
  change("UPDATE meta SET value = substr(value, 1, 3) || '  ' || substr(value, 6) WHERE name = 'brand'");
  CHECK(open_error(options).code == base::Code::config_invalid);
}

TEST_CASE("a journal of a later release, a damaged one and a missing folder are named") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  const auto newer = tests::journal_options(folder / "newer.db");
  tests::open_journal(newer, clock).reset();
  {
    auto db = sqlite::Connection::open({.path = newer.path});
    REQUIRE((*db)->execute("PRAGMA user_version = 999; PRAGMA application_id = 0x4D500003"));
  }
  CHECK(open_error(newer).code == base::Code::store_newer);

  auto text = tests::journal_options(folder / "text.db");
  text.repair = false;
  REQUIRE(base::write_file(text.path, base::view_of(std::string(8192, 'x'))));
  CHECK(open_error(text).code == base::Code::store_corrupt);

  CHECK(open_error(tests::journal_options(folder / "absent/journal.db")).code == base::Code::not_found);
}

TEST_CASE("a journal that a later release has changed is still used when its steps allow it") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  const auto options = tests::journal_options(folder / "journal.db");
  auto journal = tests::open_journal(options, clock);
  for (std::uint64_t i = 0; i < 50; ++i) REQUIRE(tests::commit_one(*journal, tests::sale_action(i)));
  journal.reset();
  {
    auto db = sqlite::Connection::open({.path = options.path});
    REQUIRE(
        (*db)->execute("ALTER TABLE outbox ADD COLUMN later INTEGER NOT NULL DEFAULT 0; CREATE TABLE later(a);"
                       "PRAGMA user_version = 3"));
  }
  journal = tests::open_journal(options, clock, 2);
  CHECK(journal->outbox()->queued == 101);
  REQUIRE(tests::commit_one(*journal, tests::sale_action(50)));
  tests::acknowledge_all(*journal);
  tests::check_sound(*journal);
  journal.reset();
  auto db = sqlite::Connection::open({.path = options.path});
  CHECK((*db)->query_integer("PRAGMA user_version")->value() == 3);
}

TEST_CASE("a later release's journal whose schema changed on the disk is taken for damaged") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  auto options = tests::journal_options(folder / "journal.db");
  auto journal = tests::open_journal(options, clock);
  for (std::uint64_t i = 0; i < 50; ++i) REQUIRE(tests::commit_one(*journal, tests::sale_action(i)));
  const auto queued = journal->outbox()->queued;
  journal.reset();
  {
    auto db = sqlite::Connection::open({.path = options.path});
    REQUIRE(
        (*db)->execute("ALTER TABLE outbox ADD COLUMN later INTEGER NOT NULL DEFAULT 0; PRAGMA user_version = 3;"
                       "PRAGMA writable_schema = ON;"
                       // One bit of a column's name. SQLite's own check is content with it.
                       "UPDATE sqlite_schema SET sql = replace(sql, 'canonical', 'canonicam') WHERE name = 'outbox'"));
  }
  options.repair = false;
  CHECK(open_error(options).code == base::Code::store_corrupt);
  options.repair = true;
  journal = tests::open_journal(options, clock, 2);
  CHECK(journal->outbox()->queued >= queued);  // and the epoch that begins
  REQUIRE(tests::commit_one(*journal, tests::sale_action(50)));
  tests::check_sound(*journal);
}

TEST_CASE("a new epoch begins only when a known value of the machine differs") {
  struct Row {
    const char* what;
    store::MachineIdentity first;
    store::MachineIdentity second;
    std::optional<model::EpochReason> reason;
  };
  const std::vector<Row> rows{
      {"the same machine", {"m1", "d1", 5, {}}, {"m1", "d1", 5, {}}, std::nullopt},
      {"another machine", {"m1", "d1", 5, {}}, {"m2", "d1", 5, {}}, model::EpochReason::machine_changed},
      {"another disk", {"m1", "d1", 5, {}}, {"m1", "d2", 5, {}}, model::EpochReason::disk_changed},
      {"a copied file", {"m1", "d1", 5, {}}, {"m1", "d1", 6, {}}, model::EpochReason::disk_changed},
      {"disk unknown before", {"m1", "", 5, {}}, {"m1", "d1", 5, {}}, std::nullopt},
      {"machine unreadable now", {"m1", "d1", 5, {}}, {"", "", 5, {}}, std::nullopt},
      {"another boot", {"m1", "d1", 5, "b1"}, {"m1", "d1", 5, "b2"}, std::nullopt},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    const tests::TempDir folder;
    const tests::ManualClock clock;
    auto options = tests::journal_options(folder / "journal.db");
    options.machine = row.first;
    auto journal = tests::open_journal(options, clock, 1);
    const auto before = *journal->outbox();
    journal.reset();
    options.machine = row.second;
    journal = tests::open_journal(options, clock, 2);
    const auto after = *journal->outbox();
    CHECK((after.live_epoch != before.live_epoch) == row.reason.has_value());
    if (!row.reason) continue;
    const auto begun = last_epoch_fact(*journal);
    CHECK(begun == model::EpochBegun{*row.reason, before.live_epoch, before.live_head});
    journal.reset();
    CHECK(tests::open_journal(options, clock, 3)->outbox()->live_epoch == after.live_epoch);
  }
}

TEST_CASE("after a new epoch the old one drains first and coupons are surrendered") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  auto options = tests::journal_options(folder / "journal.db");
  options.machine = {"m1", "d1", 5, {}};
  auto journal = tests::open_journal(options, clock, 1);
  model::CouponIssued kept;
  kept.coupon = {1};
  kept.cause.fill(1);
  auto spent = kept;
  spent.coupon = {2};
  spent.cause.fill(2);
  REQUIRE(tests::commit_one(*journal, [&](store::Transaction& t) -> base::Result<> {
    MILLPOND_TRY_DO(t.append(kept, 5, 0, 0));
    MILLPOND_TRY_DO(t.append(spent, 5, 0, 0));
    MILLPOND_TRY_DO(t.append(model::CouponRedeemed{{2}, {}, {}, {3}, 5}, 5, 0, 0));
    return tests::record_sale(t, 1);
  }));
  const auto old = *journal->outbox();
  journal.reset();
  options.machine.machine_id = "m2";
  journal = tests::open_journal(options, clock, 2);
  REQUIRE(tests::commit_one(*journal, tests::sale_action(2)));

  auto status = *journal->outbox();
  CHECK(status.epoch == old.live_epoch);
  CHECK(status.head == old.live_head);
  CHECK(status.queued == old.live_head.value + 3);
  CHECK(*journal->position_of(status.live_epoch, {1}) == *journal->position_of(old.live_epoch, old.live_head) + 1);
  const auto surrendered = *tests::ask(*journal, [](auto& t) { return t.find_coupon({1}); });
  REQUIRE(surrendered);
  CHECK(surrendered->state == wire::CouponState::issued);
  CHECK_FALSE(surrendered->held);
  CHECK(*journal->rights() == store::RightsStatus{true, false});  // nobody has told the hub
  CHECK((*tests::ask(*journal, [](auto& t) { return t.find_coupon({2}); }))->state == wire::CouponState::redeemed);
  CHECK((*tests::ask(*journal, [&](auto& t) { return t.find_cause(kept.cause); })));
  tests::check_sound(*journal);

  const auto batch = journal->read_batch(old.live_epoch, {1}, 1'000, 1U << 20);
  REQUIRE(batch);
  CHECK(batch->rows.size() == old.live_head.value);
  CHECK(batch->epoch == old.live_epoch);
  tests::acknowledge_all(*journal);
  status = *journal->outbox();
  CHECK(status.epoch == status.live_epoch);
  CHECK(status.queued == 0);
  CHECK(tests::has_sale(*journal, 1));
  tests::check_sound(*journal);
}

// A card's slip has a number far above every fact's; it was taken for a row that a disk had kept of another day.
TEST_CASE("a journal of an ordinary day opens again without being mended") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  const auto options = tests::journal_options(folder / "journal.db");
  auto journal = tests::open_journal(options, clock);
  for (std::uint64_t i = 0; i < 40; ++i) REQUIRE(tests::commit_one(*journal, tests::sale_action(i)));
  REQUIRE(tests::commit_one(*journal, [](store::Transaction& transaction) {
    return transaction.put_print_intent({{2'105'876'152'323}, 1, "en", {'c', 'a', 'r', 'd'}});
  }));
  const auto epoch = journal->outbox()->live_epoch;
  tests::acknowledge_all(*journal, 30);
  for (std::uint64_t i = 40; i < 45; ++i) REQUIRE(tests::commit_one(*journal, tests::sale_action(i)));
  journal.reset();
  journal = tests::open_journal(options, clock, 2);
  CHECK_FALSE(journal->health()->salvaged);
  CHECK(journal->health()->healthy());
  CHECK(journal->outbox()->live_epoch == epoch);
}

TEST_CASE("the file is for its owner only") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  const auto journal = tests::open_journal(tests::journal_options(folder / "journal.db"), clock);
  const auto mode = std::filesystem::status(folder / "journal.db").permissions();
  CHECK((mode & std::filesystem::perms{0077}) == std::filesystem::perms::none);
  CHECK(store::this_machine(folder / "journal.db").inode != 0);
  CHECK(store::this_machine(folder / "absent.db").inode == 0);
}
