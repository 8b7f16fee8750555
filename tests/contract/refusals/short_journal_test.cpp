// SPDX-License-Identifier: Apache-2.0
// Whoever cuts whole facts off the end of a journal leaves one that is whole in itself: chain, counts and signatures
// hold. The hub has signed for more, and says so at the next fact.
#include "sync/store/journal.h"
#include "tests/support/pretend_brand.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

namespace {

struct Machine {
  tests::PretendBrand brand;
  tests::PretendTerminal identity = brand.provision();
  store::JournalOptions options;
  std::unique_ptr<store::Journal> journal;

  Machine() {
    options.path = brand.dir / "journal.db";
    options.owner = {brand.core->brand(), identity.id(), {1}};
    options.machine = {"machine", "disk", 1};
    open();
  }
  void open() { journal = store::Journal::open(options, brand.clock, brand.rng).value(); }

  void append(const model::FactBody& body) {
    const store::Action action = [&](store::Transaction& transaction) -> base::Result<> {
      MILLPOND_TRY_DO(transaction.append(body, brand.clock.wall_ms(), 480, 1));
      return {};
    };
    REQUIRE(journal->commit({&action, 1}).front());
  }
  void approve(base::MemberId member) {
    append(model::ActApproved{model::Act::card_reprinted, {3}, {}, member, 0, {}});
  }
  [[nodiscard]] std::uint64_t head() const { return journal->outbox()->head.value; }

  // Everything that is queued, as the terminal sends it. An acknowledgement that is not kept stands for one whose
  // effect was cut off with the rest.
  wire::UpAnswer send(bool keep) {
    const auto status = journal->outbox().value();
    auto batch = journal->read_batch(status.epoch, {status.acked.value + 1}, 1'000, 4U << 20).value();
    identity.sign(batch);
    const auto answer = brand.up(batch);
    if (keep && answer.status == wire::UpStatus::accepted) {
      REQUIRE(journal->acknowledge(status.epoch, answer.accepted_through, wire::encode(batch), answer.hub_wall_ms));
    }
    REQUIRE(brand.core->project());
    return answer;
  }
};

void copy_over(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
}

}  // namespace

TEST_CASE("A journal that was cut back by whole facts is a fork at the hub, which keeps what was cut", "[refusals]") {
  Machine machine;
  machine.approve({7});
  REQUIRE(machine.send(true).status == wire::UpStatus::accepted);
  const auto cut_at = machine.head();
  machine.journal.reset();
  copy_over(machine.options.path, machine.brand.dir / "before");

  // A cashier prints somebody a card, the hub hears of it, and the journal is cut back behind it.
  machine.open();
  machine.approve({8});
  const auto told = machine.send(true);
  REQUIRE(told.status == wire::UpStatus::accepted);
  CHECK(told.accepted_through.value == cut_at + 1);
  machine.journal.reset();
  copy_over(machine.brand.dir / "before", machine.options.path);
  machine.open();
  CHECK(machine.head() == cut_at);
  CHECK(machine.journal->health()->healthy());  // by itself nobody can tell

  // What the hub signed for it knows: through where, and the head of the chain there.
  const auto epoch = machine.journal->outbox()->epoch;
  const auto page = machine.brand.core->down(machine.identity.id(), {}, 100, epoch);
  REQUIRE(page);
  REQUIRE_FALSE(page->accepted.empty());
  CHECK(page->accepted.back().through == told.accepted_through);

  // The next fact stands where the one that was cut off stood.
  machine.approve({9});
  const auto answer = machine.send(false);
  CHECK(answer.status == wire::UpStatus::fork);
  CHECK(answer.reason == "hub_fork");
  CHECK(answer.common_through.value == cut_at);
  CHECK(answer.head == told.head);

  // The operator: the act is in the audit, the terminal lives twice, and it honours nothing until a person chose.
  const auto audit = machine.brand.core->audit(10);
  REQUIRE(audit);
  REQUIRE(audit->size() == 2);
  CHECK(audit->front().member == base::MemberId{8});
  const auto status = machine.brand.core->status();
  REQUIRE(status);
  CHECK(status->terminals.at(0).standing.suspected_ms != 0);
  CHECK(machine.brand.core->down(machine.identity.id(), {}, 100, epoch)->value_suspended);
  const auto check = machine.brand.core->check();
  REQUIRE(check);
  CHECK(check->forks == 1);
  CHECK(check->holds());
}

TEST_CASE("What was cut before the hub heard of it leaves no trace", "[refusals]") {
  Machine machine;
  REQUIRE(machine.send(true).status == wire::UpStatus::accepted);
  machine.journal.reset();
  copy_over(machine.options.path, machine.brand.dir / "before");
  machine.open();
  machine.approve({8});
  machine.journal.reset();
  copy_over(machine.brand.dir / "before", machine.options.path);
  machine.open();
  machine.approve({9});
  CHECK(machine.send(true).status == wire::UpStatus::accepted);
  REQUIRE(machine.brand.core->audit(10)->size() == 1);
  CHECK(machine.brand.core->audit(10)->front().member == base::MemberId{9});
}
