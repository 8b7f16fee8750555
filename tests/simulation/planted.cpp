// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/planted.h"

#include "sync/client/documents.h"
#include "sync/snapshot/staged.h"
#include "sync/wire/canonical.h"

namespace millpond::simulation {
namespace {

using base::Result;

class RecordingTransaction final : public store::Transaction {
 public:
  RecordingTransaction(store::Transaction& inner, Recorder& recorder, Bug bug)
      : inner_{inner}, recorder_{recorder}, bug_{bug} {}

  Result<base::Seq> append(const model::FactBody& body, std::int64_t occurred_at_ms, std::int32_t utc_offset_min,
                           std::uint32_t programme_version, base::ByteView payload_salt,
                           base::ByteView payload) override {
    recorder_.push_back(body);
    return inner_.append(body, occurred_at_ms, utc_offset_min, programme_version, payload_salt, payload);
  }
  Result<std::uint64_t> next_id() override { return inner_.next_id(); }
  Result<std::optional<store::StoredSale>> find_sale(const model::SaleKey& key) override {
    return inner_.find_sale(key);
  }
  Result<> put_sale(const store::StoredSale& sale) override { return inner_.put_sale(sale); }
  Result<std::optional<store::LocalCoupon>> find_coupon(base::CouponId coupon) override {
    MILLPOND_TRY(auto found, inner_.find_coupon(coupon));
    if (found && bug_ == Bug::release_forgotten) found->held = found->state == wire::CouponState::issued;
    return found;
  }
  Result<bool> was_used(base::CouponId coupon) override { return inner_.was_used(coupon); }
  Result<model::Outstanding> outstanding(base::MemberId member, base::LocalDate day) override {
    if (bug_ == Bug::limits_forgotten) return model::Outstanding{};
    return inner_.outstanding(member, day);
  }
  Result<std::optional<base::CouponId>> find_cause(const base::Hash& cause) override {
    return inner_.find_cause(cause);
  }
  Result<std::vector<store::LocalCoupon>> coupons_of(base::MemberId member) override {
    return inner_.coupons_of(member);
  }
  Result<bool> has_member(base::MemberId member) override { return inner_.has_member(member); }
  Result<> put_phone(base::ByteView key16, base::MemberId member) override { return inner_.put_phone(key16, member); }
  Result<std::optional<base::MemberId>> find_phone(base::ByteView key16) override { return inner_.find_phone(key16); }
  Result<std::int64_t> points_since(base::MemberId member, std::uint64_t position) override {
    return inner_.points_since(member, position);
  }
  Result<std::int64_t> points_taken_since(base::MemberId member, std::uint64_t position) override {
    return inner_.points_taken_since(member, position);
  }
  Result<std::int64_t> visits_since(base::MemberId member, std::uint64_t position) override {
    return inner_.visits_since(member, position);
  }
  Result<store::GivenSince> given_since(base::MemberId member, std::uint64_t position, base::CampaignId campaign,
                                        base::LocalDate day) override {
    return inner_.given_since(member, position, campaign, day);
  }
  Result<> put_print_intent(const store::PrintIntent& intent) override { return inner_.put_print_intent(intent); }
  Result<> set_print_state(base::Seq of, store::PrintState state, base::Epoch epoch) override {
    return inner_.set_print_state(of, state, epoch);
  }
  Result<> put_review(std::string_view kind, base::ByteView content, std::int64_t at_ms) override {
    return inner_.put_review(kind, content, at_ms);
  }
  Result<std::vector<store::HeldLease>> leases(base::MemberId member) override {
    MILLPOND_TRY(auto leases, inner_.leases(member));
    for (auto& held : leases) {
      if (bug_ == Bug::lease_use_forgotten) held.use = {};
      if (bug_ == Bug::lease_end_ignored) held.lease.expires_ms = INT64_MAX;
    }
    return leases;
  }
  Result<std::optional<store::HeldLease>> lease_of(model::LeaseKind kind, std::uint64_t subject,
                                                   base::MemberId member) override {
    MILLPOND_TRY(auto held, inner_.lease_of(kind, subject, member));
    if (held && bug_ == Bug::lease_use_forgotten) held->use = {};
    if (held && bug_ == Bug::lease_end_ignored) held->lease.expires_ms = INT64_MAX;
    return held;
  }
  Result<> put_lease(const model::Lease& lease) override { return inner_.put_lease(lease); }
  Result<std::vector<store::Hold>> holds() override { return inner_.holds(); }
  Result<> put_hold(const store::Hold& hold) override { return inner_.put_hold(hold); }
  Result<> drop_hold(std::uint64_t id) override { return inner_.drop_hold(id); }
  Result<std::vector<model::Fact>> facts_from(base::Epoch epoch, base::Seq seq, std::uint32_t facts_max) override {
    return inner_.facts_from(epoch, seq, facts_max);
  }
  Result<model::RefundSum> refunds_of(const model::SaleKey& sale) override { return inner_.refunds_of(sale); }
  Result<> put_refunds(const model::SaleKey& sale, const model::RefundSum& sum) override {
    return inner_.put_refunds(sale, sum);
  }
  Result<> put_document(std::string_view kind, std::uint64_t version, base::ByteView content) override {
    return inner_.put_document(kind, version, content);
  }
  Result<> drop_document(std::string_view kind) override { return inner_.drop_document(kind); }
  Result<> put_issuer(const wire::IssuerRow& issuer) override { return inner_.put_issuer(issuer); }

 private:
  store::Transaction& inner_;
  Recorder& recorder_;
  Bug bug_;
};

class WatchedJournal final : public store::Journal {
 public:
  WatchedJournal(std::unique_ptr<store::Journal> journal, base::TerminalId terminal, tests::CrashDisk& disk,
                 Oracle& oracle, Recorder& recorder, Bug bug)
      : journal_{std::move(journal)},
        terminal_{terminal},
        disk_{disk},
        oracle_{oracle},
        recorder_{recorder},
        bug_{bug} {}

  std::vector<Result<>> commit(std::span<const store::Action> actions) override {
    if (bug_ == Bug::commit_unsynced) disk_.lie_about_syncs(true);
    std::vector<store::Action> recorded;
    recorded.reserve(actions.size());
    for (const auto& action : actions) {
      recorded.emplace_back([this, &action](store::Transaction& transaction) {
        recorder_.clear();
        RecordingTransaction recording{transaction, recorder_, bug_};
        return action(recording);
      });
    }
    auto results = journal_->commit(recorded);
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
    if (bug_ == Bug::changed_fact_sent && batch && batch->first_seq.value % 5 == 0) {
      // As if its bytes had changed on the disk and nobody had compared them with the chain.
      auto& changed = batch->rows.back().canonical;
      changed.back() ^= 1U;
      batch->chain_head = batch->chain_before;
      for (const auto& row : batch->rows) batch->chain_head = wire::chain_next(batch->chain_head, row.canonical);
    }
    return batch;
  }

  Result<> acknowledge(base::Epoch epoch, base::Seq through, base::ByteView signed_batch,
                       std::int64_t hub_wall_ms) override {
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

  Result<std::vector<store::QuarantinedRow>> quarantine() override { return journal_->quarantine(); }
  Result<> close_quarantine() override { return journal_->close_quarantine(); }

  Result<> rewind(base::Epoch epoch, base::Seq through) override {
    if (bug_ == Bug::rewind_ignored) return {};
    return journal_->rewind(epoch, through);
  }

  Result<std::uint64_t> position_of(base::Epoch epoch, base::Seq seq) override {
    return journal_->position_of(epoch, seq);
  }
  Result<> prune_deltas(std::uint64_t through) override { return journal_->prune_deltas(through); }
  Result<> forget_members(std::span<const base::MemberId> members) override {
    return journal_->forget_members(members);
  }
  Result<> forget_personal(std::optional<std::int64_t> acknowledged_before_ms) override {
    return journal_->forget_personal(acknowledged_before_ms);
  }
  Result<std::vector<base::MemberId>> remembered(std::uint64_t through_position) override {
    return journal_->remembered(through_position);
  }
  std::shared_ptr<const store::Published> published() const override {
    auto known = journal_->published();
    if (bug_ != Bug::suspension_ignored) return known;
    auto documents = *known->documents;
    documents.erase(std::string{client::standing_document});
    return std::make_shared<store::Published>(store::Published{
        known->issuers, std::make_shared<store::Published::Documents>(std::move(documents)), known->live_epoch});
  }
  Result<std::optional<base::Bytes>> document(std::string_view kind) override {
    if (bug_ == Bug::suspension_ignored && kind == client::standing_document) return std::optional<base::Bytes>{};
    return journal_->document(kind);
  }
  Result<std::optional<wire::IssuerRow>> issuer(std::uint32_t issuer) override { return journal_->issuer(issuer); }
  Result<std::vector<store::PrintIntent>> unfinished_prints() override { return journal_->unfinished_prints(); }
  Result<std::optional<store::PrintIntent>> print_intent(base::Seq of) override { return journal_->print_intent(of); }
  Result<std::vector<store::JournalEntry>> entries(std::size_t limit, bool queued_only) override {
    return journal_->entries(limit, queued_only);
  }
  Result<store::Verification> verify() override { return journal_->verify(); }
  Result<std::vector<store::EpochMark>> epochs() override { return journal_->epochs(); }
  Result<base::Epoch> reissue(base::Epoch epoch, base::Seq common_through, model::EpochReason reason) override {
    if (bug_ == Bug::fork_dropped) {
      MILLPOND_TRY(const auto marks, journal_->epochs());
      for (const auto& mark : marks) {
        if (mark.epoch == epoch) common_through = mark.head;  // as if the hub had all of it
      }
    }
    if (bug_ == Bug::reissue_too_much) common_through.value /= 2;
    return journal_->reissue(epoch, common_through, reason);
  }
  Result<std::uint64_t> quarantine_damage(base::Epoch epoch, base::Seq hub_through) override {
    return journal_->quarantine_damage(epoch, hub_through);
  }
  Result<store::RightsStatus> rights() override { return journal_->rights(); }
  Result<store::JournalHealth> health() override {
    if (bug_ == Bug::damage_unsaid) return store::JournalHealth{};
    return journal_->health();
  }
  Result<> begin_copy(const std::filesystem::path& target) override { return journal_->begin_copy(target); }
  Result<bool> step_copy() override { return journal_->step_copy(); }
  void abandon_copy() override { journal_->abandon_copy(); }

 private:
  std::unique_ptr<store::Journal> journal_;
  base::TerminalId terminal_;
  tests::CrashDisk& disk_;
  Oracle& oracle_;
  Recorder& recorder_;
  Bug bug_;
};

class WatchedReplica final : public store::Replica {
 public:
  WatchedReplica(std::unique_ptr<store::Replica> replica, tests::CrashDisk& disk, Oracle& oracle, Bug bug,
                 bool sectors_whole)
      : replica_{std::move(replica)}, disk_{disk}, oracle_{oracle}, bug_{bug}, sectors_whole_{sectors_whole} {}

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
    auto kept = page;
    if (bug_ == Bug::tombstone_ignored) std::erase_if(kept.rows, [](const auto& row) { return row.deleted; });
    if (bug_ == Bug::page_skips_row && kept.rows.size() > 2) kept.rows.erase(kept.rows.begin() + 1);
    MILLPOND_TRY_DO(replica_->apply(kept, as_of_position));
    if (!page.checkpoint || page.more) return {};
    MILLPOND_TRY(const auto ours, replica_->checksum());
    differed_ = ours != *page.checkpoint;
    if (differed_ && sectors_whole_) oracle_.violated("a replica differs from the hub's checkpoint");
    return {};
  }

  Result<> restart(std::uint64_t generation) override { return replica_->restart(generation); }

  snapshot::Place place() const override { return replica_->place(); }
  Result<> adopt(std::unique_ptr<snapshot::Staged> staged, std::uint64_t as_of_position) override {
    MILLPOND_TRY(const auto before, replica_->cursor());
    const auto& cursor = staged->manifest().cursor;
    // Only a replica that is known to be wrong may be replaced by an older one.
    if (!differed_ && !replica_->damaged() && cursor.generation == before.generation &&
        cursor.hub_seq < before.hub_seq) {
      oracle_.violated("a snapshot took the cursor back within a generation");
    }
    differed_ = false;
    if (bug_ == Bug::snapshot_unchecked) {
      const auto incoming = staged->place().incoming().string();
      const auto bytes = disk_.bytes_of(incoming);
      // In what rows say and not in how pages are built, which SQLite would notice.
      for (std::uint64_t at = 2 * 4'096 - 5; at < bytes; at += 4'096)
        static_cast<void>(disk_.flip_bit(incoming, at, 3));
    }
    return replica_->adopt(std::move(staged), as_of_position);
  }
  bool damaged() override { return replica_->damaged(); }

  Result<wire::Checkpoint> checksum() override { return replica_->checksum(); }
  Result<bool> complete() override {
    if (bug_ == Bug::lost_replica_trusted) return true;
    return replica_->complete();
  }
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
  Result<std::vector<wire::DownRow>> rows_of(wire::RowKind kind) override { return replica_->rows_of(kind); }
  base::Bytes phone_at_rest(base::ByteView key16) const override { return replica_->phone_at_rest(key16); }
  Result<> purge_personal() override { return replica_->purge_personal(); }
  Result<> checkpoint_to_disk() override {
    if (bug_ == Bug::deltas_pruned_early) return {};
    return replica_->checkpoint_to_disk();
  }

 private:
  std::unique_ptr<store::Replica> replica_;
  tests::CrashDisk& disk_;
  Oracle& oracle_;
  Bug bug_;
  bool sectors_whole_;
  bool differed_{false};
};

}  // namespace

std::unique_ptr<store::Journal> watch(std::unique_ptr<store::Journal> journal, base::TerminalId terminal,
                                      tests::CrashDisk& disk, Oracle& oracle, Recorder& recorder, Bug bug) {
  return std::make_unique<WatchedJournal>(std::move(journal), terminal, disk, oracle, recorder, bug);
}

std::unique_ptr<store::Replica> watch(std::unique_ptr<store::Replica> replica, tests::CrashDisk& disk, Oracle& oracle,
                                      Bug bug, bool sectors_whole) {
  return std::make_unique<WatchedReplica>(std::move(replica), disk, oracle, bug, sectors_whole);
}

}  // namespace millpond::simulation
