// SPDX-License-Identifier: Apache-2.0
// The budget, what an operator hears, and copies of a journal that works.
#include "sync/base/file.h"
#include "sync/store/journal_thread.h"
#include "tests/support/crash_vfs.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/store/journal_fixture.h"

#include <atomic>
#include <thread>

using namespace millpond;

namespace {

base::Result<> enrol(store::Transaction& t, std::uint64_t number) {
  model::MemberEnrolled enrolled;
  enrolled.member = {number};
  MILLPOND_TRY_DO(t.append(enrolled, 5, 0, 0));
  return {};
}

// Sells until it is refused; the number of sales.
std::uint64_t fill(store::Journal& journal, std::uint64_t first, base::Code& refusal) {
  for (std::uint64_t sold = 0;; ++sold) {
    const auto result = tests::commit_one(journal, tests::sale_action(first + sold));
    if (result) continue;
    refusal = result.error().code;
    return sold;
  }
}

}  // namespace

TEST_CASE("a healthy terminal has nothing to tell") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  const auto journal = tests::open_journal(tests::journal_options(folder / "journal.db"), clock);
  for (std::uint64_t i = 0; i < 20; ++i) REQUIRE(tests::commit_one(*journal, tests::sale_action(i)));
  tests::acknowledge_all(*journal, 10, 1'700'000'000'000);
  const auto health = *journal->health();
  CHECK(health.healthy());
  CHECK(health.file_bytes >= health.used_bytes);
  CHECK(health.used_bytes > 0);
  CHECK(health.ring_bytes > 0);
}

TEST_CASE("a full budget refuses members before sales, drops nothing, and empties when the hub is back") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  auto options = tests::journal_options(folder / "journal.db");
  options.budget_bytes_max = 600'000;
  options.ring_bytes_max = 50'000;
  auto journal = tests::open_journal(options, clock);
  std::uint64_t number = 0;
  while (journal->health()->budget == store::BudgetLevel::normal) {
    REQUIRE(tests::commit_one(*journal, tests::sale_action(number++)));
  }
  CHECK(journal->health()->budget == store::BudgetLevel::tight);
  const auto member = tests::commit_one(*journal, [](auto& t) { return enrol(t, 5); });
  REQUIRE_FALSE(member);
  CHECK(member.error().code == base::Code::disk_full);
  CHECK(member.error().hint.find("budget") != std::string::npos);
  REQUIRE(tests::commit_one(*journal, tests::sale_action(number++)));

  base::Code refusal{};
  number += fill(*journal, number, refusal);
  CHECK(refusal == base::Code::disk_full);
  CHECK(journal->health()->budget == store::BudgetLevel::full);
  CHECK(journal->health()->used_bytes < options.budget_bytes_max + 300'000);
  // What finishes accepted work is still taken.
  REQUIRE(tests::commit_one(*journal, [](store::Transaction& t) -> base::Result<> {
    MILLPOND_TRY_DO(t.append(model::PrintFinished{{2}, model::PrintOutcome::sent}, 5, 0, 0));
    return {};
  }));
  for (std::uint64_t i = 0; i < number; ++i) REQUIRE(tests::has_sale(*journal, i));
  const auto queued = journal->outbox()->queued;
  CHECK(queued == 1 + 2 * number + 1);
  tests::check_sound(*journal);

  journal.reset();
  journal = tests::open_journal(options, clock, 2);
  CHECK_FALSE(tests::commit_one(*journal, tests::sale_action(number)));
  tests::acknowledge_all(*journal, 100, 1'700'000'000'000);
  const auto status = *journal->outbox();
  REQUIRE(journal->prune_deltas(*journal->position_of(status.live_epoch, status.live_head)));
  CHECK(journal->health()->budget == store::BudgetLevel::normal);
  REQUIRE(tests::commit_one(*journal, [](auto& t) { return enrol(t, 5); }));
  REQUIRE(tests::commit_one(*journal, tests::sale_action(number)));
}

TEST_CASE("without a budget only the disk decides") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  auto options = tests::journal_options(folder / "journal.db");
  options.budget_bytes_max = 0;
  const auto journal = tests::open_journal(options, clock);
  for (std::uint64_t i = 0; i < 300; ++i) REQUIRE(tests::commit_one(*journal, tests::sale_action(i)));
  CHECK(journal->health()->budget == store::BudgetLevel::normal);
}

TEST_CASE("a copy that is taken while tills sell opens and holds") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  const auto options = tests::journal_options(folder / "journal.db");
  auto opened = tests::open_journal(options, clock);
  std::vector<store::Action> actions;
  for (std::uint64_t i = 0; i < 3'000; ++i) actions.push_back(tests::sale_action(i));
  for (const auto& result : opened->commit(actions)) REQUIRE(result);
  store::JournalThread journal{std::move(opened)};
  std::atomic<bool> copied{false};
  std::atomic<std::uint64_t> sold{0};
  std::vector<std::thread> tills;
  for (std::uint64_t till = 1; till <= 3; ++till) {
    tills.emplace_back([&, till] {
      for (std::uint64_t i = 0; !copied || i < 5; ++i) {
        if (journal.commit(tests::sale_action(till * 1'000'000 + i))) ++sold;
      }
    });
  }
  const auto target = folder / "copy.db";
  const auto result = journal.copy_to(target);
  copied = true;
  for (auto& till : tills) till.join();
  REQUIRE(result);
  CHECK(sold >= 15);
  CHECK(journal.copy_to(target).error().code == base::Code::already_exists);

  auto copy = options;
  copy.path = target;
  const auto other = tests::open_journal(copy, clock, 5);
  tests::check_sound(*other);
  for (std::uint64_t i = 0; i < 3'000; i += 100) CHECK(tests::has_sale(*other, i));
  // Another file is another life: nobody can go on selling in the same epoch from a copy.
  CHECK(other->epochs()->size() == 2);
  CHECK((std::filesystem::status(target).permissions() & std::filesystem::perms{0077}) == std::filesystem::perms::none);
}

TEST_CASE("an unfinished copy is removed") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  const auto journal = tests::open_journal(tests::journal_options(folder / "journal.db"), clock);
  std::vector<store::Action> actions;
  for (std::uint64_t i = 0; i < 3'000; ++i) actions.push_back(tests::sale_action(i));
  for (const auto& result : journal->commit(actions)) REQUIRE(result);
  REQUIRE(journal->begin_copy(folder / "copy.db"));
  CHECK(journal->begin_copy(folder / "other.db").error().code == base::Code::already_running);
  CHECK(*journal->step_copy() == false);
  journal->abandon_copy();
  CHECK_FALSE(std::filesystem::exists(folder / "copy.db"));
  CHECK(journal->begin_copy(folder / "absent/copy.db").error().code == base::Code::not_found);
  CHECK(journal->step_copy().error().code == base::Code::bad_input);
  REQUIRE(tests::commit_one(*journal, tests::sale_action(9'000)));
}
