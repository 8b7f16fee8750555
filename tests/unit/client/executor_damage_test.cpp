// SPDX-License-Identifier: Apache-2.0
// Journals that changed on the disk, went back to an earlier image or have a copy, beside a hub that knows more.
#include "sync/base/file.h"
#include "sync/client/executor.h"
#include "sync/sqlite/connection.h"
#include "sync/wire/canonical.h"
#include "tests/unit/client/executor_bench.h"

#include <algorithm>
#include <fstream>

using namespace millpond;
using Bench = tests::ExecutorBench;
using tests::code_in;

namespace {

// Changes a queued fact where it lies on the disk, between two starts.
void damage(Bench& bench, const wire::Row& row) {
  bench.executor.reset();
  bench.journal.reset();
  auto file = base::read_file(bench.options.path, 64U << 20).value();
  const auto& bytes = row.canonical;
  // Pages that are not used any more may hold it too.
  int found = 0;
  for (auto at = file.begin();; at += static_cast<std::ptrdiff_t>(bytes.size())) {
    at = std::search(at, file.end(), bytes.begin(), bytes.end());
    if (at == file.end()) break;
    at[static_cast<std::ptrdiff_t>(bytes.size()) - 1] ^= 1;
    ++found;
  }
  REQUIRE(found > 0);
  std::ofstream{bench.options.path, std::ios::binary} << base::text_of(file);
  bench.open();
}

// Sends and acknowledges until nothing is queued. Returns how many facts went out.
std::uint64_t drain(Bench& bench) {
  std::uint64_t sent = 0;
  while (bench.outbox().queued > 0) {
    const auto outgoing = bench.send();
    sent += outgoing.rows;
    const auto answer = Bench::taken(outgoing);
    (void)bench.answer(outgoing, 200, wire::encode(answer));
    (void)bench.executor->execute(engine::Acknowledge{answer.epoch, answer.accepted_through});
  }
  return sent;
}

}  // namespace

TEST_CASE("a fact that changed on the disk is set aside once the hub has said what it holds, and the rest goes on") {
  Bench bench;
  bench.earn(6);
  const auto before = bench.outbox();
  const auto rows = bench.journal->read_batch(before.epoch, base::Seq{1}, 100, 1U << 20).value().rows;
  damage(bench, rows[3]);

  const auto whole = bench.send();  // what stands before the damage
  CHECK(whole.rows == 3);
  const auto taken = Bench::taken(whole);
  (void)bench.answer(whole, 200, wire::encode(taken));
  (void)bench.executor->execute(engine::Acknowledge{taken.epoch, taken.accepted_through});
  const engine::SendUp send{before.epoch, base::Seq{4}, 100, 1U << 20, 1'000};
  const auto early = bench.executor->execute(send).inputs;
  REQUIRE_FALSE(early.empty());
  CHECK(code_in<engine::UpFailed>(early.front()) == "chain_broken");
  auto page = bench.page(1);
  page.accepted = {{taken.epoch, taken.accepted_through}};
  (void)bench.answer(bench.ask(), 200, wire::encode(page));
  CHECK(code_in<engine::UpFailed>(bench.executor->execute(send).inputs.front()) == "chain_broken");
  CHECK(bench.journal->health().value().quarantined == 0);
  bench.outlive_batches();
  (void)bench.answer(bench.ask(), 200, wire::encode(page));
  const auto mended = bench.executor->execute(send).inputs;
  REQUIRE(mended.size() == 2);
  CHECK(std::holds_alternative<engine::UpWithdrawn>(mended.front()));
  CHECK(bench.journal->health().value().quarantined == 1);

  // Without the damaged one, with the fact that begins the epoch.
  CHECK(whole.rows + drain(bench) == rows.size() - 1 + 1);
}

// The hub may have taken it, and its word from before that would have the rest counted a second time.
TEST_CASE("damage in a batch whose answer never came waits for a word that is younger than the batch can be") {
  Bench bench;
  bench.earn(6);
  const auto before = bench.outbox();
  bench.outlive_batches();
  auto page = bench.page(1);
  page.accepted = {{before.epoch, base::Seq{0}}};
  (void)bench.answer(bench.ask(), 200, wire::encode(page));
  const auto lost = bench.send();
  CHECK(lost.rows == before.queued);
  const auto failed = bench.executor->finish(lost, base::Error{base::Code::timeout, "test", ""});
  REQUIRE(std::holds_alternative<engine::UpFailed>(failed.back()));
  damage(bench, bench.journal->read_batch(before.epoch, base::Seq{1}, 100, 1U << 20).value().rows[0]);

  const engine::SendUp send{before.epoch, base::Seq{1}, 100, 1U << 20, 1'000};
  (void)bench.answer(bench.ask(), 200, wire::encode(page));
  CHECK(code_in<engine::UpFailed>(bench.executor->execute(send).inputs.front()) == "chain_broken");
  CHECK(bench.journal->health().value().quarantined == 0);
  bench.outlive_batches();
  page.accepted = {{before.epoch, before.head}};
  (void)bench.answer(bench.ask(), 200, wire::encode(page));
  CHECK(std::holds_alternative<engine::UpWithdrawn>(bench.executor->execute(send).inputs.front()));
  // The hub has all of it: only what begins the new epoch goes out.
  CHECK(drain(bench) == 1);
}

TEST_CASE("a hub that holds more of the live epoch than the journal ends it, also with nothing to send") {
  Bench bench;
  bench.earn(4);
  (void)drain(bench);
  const auto before = bench.outbox();
  const auto told = [&](std::uint64_t through) {
    auto page = bench.page(1);
    page.accepted = {{before.live_epoch, base::Seq{through}}};
    return std::get<engine::DownArrived>(bench.answer(bench.ask(), 200, wire::encode(page))).ahead;
  };
  const auto suspended = [&] {
    const auto kept = bench.journal->document(client::standing_document).value();
    return kept && kept->front() == 1;
  };
  CHECK_FALSE(told(before.live_head.value));
  CHECK_FALSE(told(before.live_head.value - 1));
  CHECK_FALSE(suspended());
  const auto ahead = told(before.live_head.value + 1);
  CHECK(suspended());  // a queue that waits for its hour may hold the end of the epoch back
  REQUIRE(ahead == base::EpochMark{before.live_epoch, before.live_head});
  const auto reports = bench.executor->execute(engine::Reissue{ahead->epoch, ahead->through}).inputs;
  CHECK(std::get<engine::OutboxChanged>(reports.front()).epoch != before.live_epoch);
  CHECK_FALSE(told(before.live_head.value + 1));  // the epoch has ended
  CHECK_FALSE(suspended());
  const auto outgoing = bench.send();
  REQUIRE(outgoing.rows == 1);
  const auto sent = wire::decode_up_request(outgoing.signed_request.http.body);
  REQUIRE(sent);
  const auto begun = wire::decode_fact(sent->rows.front().canonical);
  REQUIRE(begun);
  CHECK(std::get<model::EpochBegun>(begun->body) ==
        model::EpochBegun{model::EpochReason::journal_lost, before.live_epoch, before.live_head});
}

// The image of a disk came back, and the hub holds what was recorded after it was made.
TEST_CASE("what a batch had no bytes for is not acknowledged by what the hub holds of another history") {
  Bench bench;
  bench.earn(50);
  const auto status = bench.outbox();
  auto outcome = bench.executor->execute(engine::SendUp{status.epoch, base::Seq{1}, 100, 500, 1'000});
  REQUIRE(outcome.outgoing.has_value());
  const auto outgoing = std::move(*outcome.outgoing);
  REQUIRE(outgoing.rows < status.queued);
  auto answer = Bench::taken(outgoing);
  answer.accepted_through = base::Seq{status.head.value + 7};
  answer.head[0] ^= 1U;
  const auto input = bench.answer(outgoing, 200, wire::encode(answer));
  const auto* const accepted = std::get_if<engine::UpAccepted>(&input);
  REQUIRE(accepted != nullptr);
  CHECK(accepted->through == base::Seq{outgoing.rows});
  CHECK(accepted->hub_through == answer.accepted_through);
}

TEST_CASE("a sent batch that changed on the disk does not keep a restored hub from the others") {
  Bench bench;
  bench.earn(4);
  const auto epoch = bench.outbox().epoch;
  const auto first = drain(bench);
  bench.earn(3);
  const auto second = drain(bench);
  bench.executor.reset();
  bench.journal.reset();
  {
    const auto file = sqlite::Connection::open({.path = bench.options.path});
    REQUIRE(file);
    REQUIRE(
        (*file)->run("UPDATE ring SET batch = zeroblob(50) WHERE first_position = (SELECT min(first_position) "
                     "FROM ring)"));
  }
  bench.open();
  const auto reports = bench.executor->execute(engine::Rewind{{{epoch, base::Seq{0}}}}).inputs;
  REQUIRE(reports.size() == 1);
  CHECK(bench.journal->health().value().quarantined == 1);
  CHECK(std::get<engine::OutboxChanged>(reports.front()).epoch != epoch);
  REQUIRE(first > 0);
  CHECK(drain(bench) == second + 1);  // with the fact that begins the epoch
}

TEST_CASE("what the hub holds of another copy is not taken for ours when damage is parted off after a fork") {
  Bench bench;
  bench.earn(6);
  const auto before = bench.outbox();
  const auto rows = bench.journal->read_batch(before.epoch, base::Seq{1}, 100, 1U << 20).value().rows;
  damage(bench, rows[3]);
  const auto whole = bench.send();
  auto fork = Bench::taken(whole);
  fork.status = wire::UpStatus::fork;
  fork.common_through = base::Seq{2};
  REQUIRE(std::holds_alternative<engine::UpForked>(bench.answer(whole, 409, wire::encode(fork))));
  (void)bench.executor->execute(engine::Reissue{before.epoch, base::Seq{2}});
  auto page = bench.page(1);
  page.accepted = {{before.epoch, base::Seq{7}}};  // five of them are the other copy's
  bench.outlive_batches();
  (void)bench.answer(bench.ask(), 200, wire::encode(page));
  const engine::SendUp send{before.epoch, base::Seq{1}, 100, 1U << 20, 1'000};
  const auto mended = bench.executor->execute(send).inputs;
  REQUIRE_FALSE(mended.empty());
  CHECK(std::holds_alternative<engine::UpWithdrawn>(mended.front()));
  CHECK(bench.journal->health().value().quarantined == 1);
  CHECK(drain(bench) == rows.size() - 1 + 1);
}
