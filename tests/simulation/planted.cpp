// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/planted.h"

#include "sync/snapshot/staged.h"

namespace millpond::simulation {
namespace {

using base::Result;

class WatchedJournal final : public store::Journal {
 public:
  WatchedJournal(std::unique_ptr<store::Journal> journal, base::TerminalId terminal, tests::CrashDisk& disk,
                 const base::Clock& clock, Oracle& oracle, Bug bug)
      : journal_{std::move(journal)}, terminal_{terminal}, disk_{disk}, clock_{clock}, oracle_{oracle}, bug_{bug} {}

  std::vector<Result<>> commit(std::span<const store::Action> actions) override {
    if (bug_ == Bug::commit_unsynced) disk_.lie_about_syncs(true);
    auto results = journal_->commit(actions);
    if (bug_ == Bug::commit_unsynced) disk_.lie_about_syncs(false);
    if (bug_ == Bug::commit_unknown_is_done) {
      for (auto& result : results) {
        if (!result && result.error().code == base::Code::commit_unknown) result = {};
      }
    }
    return results;
  }
  Result<> read(const store::Action& action) override { return journal_->read(action); }
  Result<store::OutboxStatus> outbox() override { return journal_->outbox(); }

  Result<wire::UpRequest> read_batch(base::Epoch epoch, base::Seq from, std::uint32_t events_max,
                                     std::size_t bytes_max) override {
    auto batch = journal_->read_batch(epoch, from, events_max, bytes_max);
    if (bug_ == Bug::released_when_sent && batch) {
      const base::Seq last{batch->first_seq.value + batch->rows.size() - 1};
      MILLPOND_TRY_DO(acknowledge(epoch, last, {}, 0));
    }
    return batch;
  }

  Result<> acknowledge(base::Epoch epoch, base::Seq through, base::ByteView signed_batch,
                       std::int64_t hub_wall_ms) override {
    if (bug_ == Bug::ring_pruned_by_wall_clock) hub_wall_ms = clock_.wall_ms();
    if (bug_ == Bug::release_past_answer) {
      const base::Seq past{through.value + 1};
      if (journal_->acknowledge(epoch, past, signed_batch, hub_wall_ms)) {
        oracle_.terminal_acked(terminal_, epoch, past);
        return {};
      }
    }
    auto done = journal_->acknowledge(epoch, through, signed_batch, hub_wall_ms);
    if (done) oracle_.terminal_acked(terminal_, epoch, through);
    return done;
  }

  Result<> rewind(base::Epoch epoch, base::Seq through) override {
    if (bug_ == Bug::rewind_ignored) return {};
    return journal_->rewind(epoch, through);
  }

  Result<std::uint64_t> position_of(base::Epoch epoch, base::Seq seq) override {
    return journal_->position_of(epoch, seq);
  }
  Result<> prune_deltas(std::uint64_t through) override { return journal_->prune_deltas(through); }
  Result<std::optional<base::Bytes>> document(std::string_view kind) override { return journal_->document(kind); }
  Result<std::optional<wire::IssuerRow>> issuer(std::uint32_t issuer) override { return journal_->issuer(issuer); }
  Result<std::vector<store::PrintIntent>> unfinished_prints() override { return journal_->unfinished_prints(); }
  Result<std::optional<store::PrintIntent>> print_intent(base::Seq of) override { return journal_->print_intent(of); }
  Result<std::vector<store::JournalEntry>> entries(std::size_t limit, bool queued_only) override {
    return journal_->entries(limit, queued_only);
  }
  Result<store::Verification> verify() override { return journal_->verify(); }
  Result<std::vector<store::EpochMark>> epochs() override { return journal_->epochs(); }
  Result<base::Epoch> reissue(base::Epoch epoch, base::Seq common_through, model::EpochReason reason) override {
    return journal_->reissue(epoch, common_through, reason);
  }
  Result<std::uint64_t> quarantine_damage(base::Epoch epoch, base::Seq hub_through) override {
    return journal_->quarantine_damage(epoch, hub_through);
  }
  Result<store::JournalHealth> health() override { return journal_->health(); }
  Result<> begin_copy(const std::filesystem::path& target) override { return journal_->begin_copy(target); }
  Result<bool> step_copy() override { return journal_->step_copy(); }
  void abandon_copy() override { journal_->abandon_copy(); }

 private:
  std::unique_ptr<store::Journal> journal_;
  base::TerminalId terminal_;
  tests::CrashDisk& disk_;
  const base::Clock& clock_;
  Oracle& oracle_;
  Bug bug_;
};

class WatchedReplica final : public store::Replica {
 public:
  WatchedReplica(std::unique_ptr<store::Replica> replica, Oracle& oracle, Bug bug, bool sectors_whole)
      : replica_{std::move(replica)}, oracle_{oracle}, bug_{bug}, sectors_whole_{sectors_whole} {}

  Result<wire::DownCursor> cursor() override { return replica_->cursor(); }

  Result<> apply(const wire::DownPage& page, std::uint64_t as_of_position) override {
    MILLPOND_TRY(const auto before, replica_->cursor());
    if (page.next.generation == before.generation && page.next.hub_seq < before.hub_seq) {
      oracle_.violated("the cursor went back within a generation");
    }
    if (bug_ == Bug::cursor_outside_transaction) {
      auto cursor_only = page;
      cursor_only.rows.clear();
      cursor_only.checkpoint.reset();
      MILLPOND_TRY_DO(replica_->apply(cursor_only, as_of_position));
      MILLPOND_TRY_DO(replica_->checkpoint_to_disk());
    }
    if (bug_ == Bug::page_skips_row && page.rows.size() > 2) {
      auto shorter = page;
      shorter.rows.erase(shorter.rows.begin() + 1);
      return replica_->apply(shorter, as_of_position);
    }
    return replica_->apply(page, as_of_position);
  }

  Result<> restart(std::uint64_t generation) override {
    MILLPOND_TRY(const auto before, replica_->cursor());
    if (sectors_whole_ && before.generation == generation && before.hub_seq > 0) {
      oracle_.violated("a replica differed from the hub's checkpoint");
    }
    return replica_->restart(generation);
  }

  snapshot::Place place() const override { return replica_->place(); }
  Result<> adopt(std::unique_ptr<snapshot::Staged> staged, std::uint64_t as_of_position) override {
    return replica_->adopt(std::move(staged), as_of_position);
  }
  bool damaged() override { return replica_->damaged(); }

  Result<wire::Checkpoint> checksum() override { return replica_->checksum(); }
  Result<bool> complete() override { return replica_->complete(); }
  Result<std::int64_t> as_of_ms() override { return replica_->as_of_ms(); }
  Result<std::optional<store::ReplicaMember>> find_member(base::MemberId member) override {
    return replica_->find_member(member);
  }
  Result<std::optional<wire::CouponRow>> find_coupon(base::CouponId coupon) override {
    return replica_->find_coupon(coupon);
  }
  Result<std::vector<wire::CouponRow>> coupons_of(base::MemberId member) override {
    return replica_->coupons_of(member);
  }
  Result<std::optional<wire::ProfileRow>> find_profile(base::MemberId member) override {
    return replica_->find_profile(member);
  }
  Result<std::optional<base::MemberId>> find_phone(base::ByteView key16) override {
    return replica_->find_phone(key16);
  }
  Result<> checkpoint_to_disk() override {
    if (bug_ == Bug::deltas_pruned_early) return {};
    return replica_->checkpoint_to_disk();
  }

 private:
  std::unique_ptr<store::Replica> replica_;
  Oracle& oracle_;
  Bug bug_;
  bool sectors_whole_;
};

}  // namespace

std::unique_ptr<store::Journal> watch(std::unique_ptr<store::Journal> journal, base::TerminalId terminal,
                                      tests::CrashDisk& disk, const base::Clock& clock, Oracle& oracle, Bug bug) {
  return std::make_unique<WatchedJournal>(std::move(journal), terminal, disk, clock, oracle, bug);
}

std::unique_ptr<store::Replica> watch(std::unique_ptr<store::Replica> replica, Oracle& oracle, Bug bug,
                                      bool sectors_whole) {
  return std::make_unique<WatchedReplica>(std::move(replica), oracle, bug, sectors_whole);
}

}  // namespace millpond::simulation
