// SPDX-License-Identifier: Apache-2.0
// Uploads, and what becomes of the outbox after them.
#include "sync/client/executor.h"
#include "sync/client/refusals.h"
#include "sync/wire/request_auth.h"

#include <algorithm>

namespace millpond::client {
namespace {

using base::Code;
using base::Error;

base::Seq last_seq(const Outgoing& outgoing) { return base::Seq{outgoing.batch->first_seq.value + outgoing.rows - 1}; }

// The hub's chain head proves what it holds: wherever it names a link that we know, the link must be ours.
bool proves_our_chain(const Outgoing& outgoing, const wire::UpAnswer& answer) {
  if (answer.accepted_through == last_seq(outgoing)) return answer.head == outgoing.batch->chain_head;
  if (answer.accepted_through.value + 1 == outgoing.batch->first_seq.value) {
    return answer.head == outgoing.batch->chain_before;
  }
  return true;
}

}  // namespace

Outcome Executor::send_up(const engine::SendUp& action) {
  if (!let_in()) return {{engine::UpFailed{Error{Code::not_provisioned, "send batch", "not let in yet"}, 0}}, {}};
  if (!damaged_) {
    (void)ask_journal([&](store::Journal& journal) -> base::Result<> {
      MILLPOND_TRY(const auto health, journal.health());
      damaged_.emplace(health.damaged.begin(), health.damaged.end());
      return {};
    });
  }
  if (damaged_ && !damaged_->empty()) return mend(*damaged_->begin());
  auto batch = read_batch(action);
  if (!batch && batch.error().code == Code::chain_broken) return mend(action.epoch);
  if (!batch) {
    // The engine's picture of the outbox may be what is wrong, so it gets a new one too.
    Outcome outcome{{engine::UpFailed{batch.error(), 0}}, {}};
    for (auto& input : report_outbox()) outcome.inputs.push_back(std::move(input));
    return outcome;
  }
  const auto& credentials = line_.credentials();
  batch->schema = std::min(wire::schema_max, hub_schema_max_);
  batch->brand = credentials.brand;
  batch->device_wall_ms = clock_.wall_ms();
  batch->device_monotonic_ms = clock_.monotonic_ms();
  batch->boot_id = time_.boot_id();
  batch->signature = credentials.key->sign(
      crypto::context::batch, credentials.brand,
      wire::batch_signed_bytes(batch->terminal, batch->epoch, batch->first_seq, batch->rows.size(), batch->chain_head));
  last_batch_ = wire::encode(*batch);
  Outgoing outgoing;
  outgoing.question = Question::batch;
  outgoing.signed_request = line_.sign("POST", "/v1/up", last_batch_, action.timeout_ms);
  outgoing.rows = batch->rows.size();
  outgoing.asked_ms = clock_.monotonic_ms();
  batch->rows.clear();
  outgoing.batch = std::move(*batch);
  return {{}, std::move(outgoing)};
}

base::Result<wire::UpRequest> Executor::read_batch(const engine::SendUp& action) {
  base::Result<wire::UpRequest> batch = Error{Code::cancelled, "read batch", ""};
  MILLPOND_TRY_DO(with_journal_([&](store::Journal& journal) {
    batch = journal.read_batch(action.epoch, action.from, action.events_max, action.bytes_max);
  }));
  return batch;
}

// Facts that changed on the disk are set aside and the whole ones go on. Not before the hub has said what it holds of
// the epoch: that much would count twice under another one. A batch whose answer never came may reach it as long as its
// signature is good, so the word must be younger than that.
Outcome Executor::mend(base::Epoch epoch) {
  base::Result<> done = Error{Code::chain_broken, "mend outbox", "waits for the hub's word on what it holds"};
  if (hub_told_ms_ && *hub_told_ms_ >= unsure_since_ms_ + 2 * wire::request_skew_max_ms) {
    done = ask_journal([&](store::Journal& journal) -> base::Result<> {
      MILLPOND_TRY_DO(journal.quarantine_damage(epoch, hub_holds_of_ours(epoch)));
      return {};
    });
  }
  if (done && damaged_) damaged_->erase(epoch);
  Outcome outcome;
  if (done) outcome.inputs.emplace_back(engine::UpWithdrawn{});
  if (!done) outcome.inputs.emplace_back(engine::UpFailed{done.error(), 0});
  for (auto& input : report_outbox()) outcome.inputs.push_back(std::move(input));
  return outcome;
}

base::Seq Executor::hub_holds_of_ours(base::Epoch epoch) const {
  const auto held = hub_holds_.find(epoch);
  const auto forked = forked_after_.find(epoch);
  const auto through = held == hub_holds_.end() ? base::Seq{} : held->second;
  return forked == forked_after_.end() ? through : std::min(through, forked->second);
}

std::vector<engine::Input> Executor::acknowledge(const engine::Acknowledge& action) {
  // A failure shows in the report that follows: the engine sees that nothing moved and repeats after a pause.
  const auto done = ask_journal([&](store::Journal& journal) {
    return journal.acknowledge(action.epoch, action.through, last_batch_, last_hub_wall_ms_);
  });
  if (!done && done.error().code == Code::chain_broken && damaged_) damaged_->insert(action.epoch);
  return report_outbox();
}

std::vector<engine::Input> Executor::rewind(const engine::Rewind& action) {
  for (const auto& mark : action.marks) {
    (void)ask_journal([&](store::Journal& journal) -> base::Result<> {
      auto done = journal.rewind(mark.epoch, mark.through);
      if (!done && done.error().code == Code::chain_broken) {
        // What changed on the disk since it was sent is set apart, and the rest goes on without it.
        MILLPOND_TRY_DO(journal.quarantine_damage(mark.epoch, mark.through));
        done = journal.rewind(mark.epoch, mark.through);
      }
      if (done || done.error().code != Code::not_found) return done;
      // What the hub lacks is no longer kept here: sending the rest would only meet the same gap. It goes on in a new
      // epoch, whose first fact says so.
      MILLPOND_TRY_DO(journal.reissue(mark.epoch, mark.through, model::EpochReason::ring_short));
      return {};
    });
  }
  return report_outbox();
}

std::vector<engine::Input> Executor::reissue(const engine::Reissue& action) {
  const auto done = ask_journal([&](store::Journal& journal) -> base::Result<> {
    MILLPOND_TRY(const auto status, journal.outbox());
    const bool went_back = action.epoch == status.live_epoch && action.common_through == status.live_head;
    const auto reason = went_back ? model::EpochReason::journal_lost : model::EpochReason::fork;
    MILLPOND_TRY_DO(journal.reissue(action.epoch, action.common_through, reason));
    return {};
  });
  if (!done && done.error().code == Code::chain_broken && damaged_) damaged_->insert(action.epoch);
  return report_outbox();
}

engine::Input Executor::answered_up(const Outgoing& outgoing, const HubWord& word) {
  const auto answer = wire::decode_up_answer(word.body);
  if (!answer) {
    auto refusal = HubLine::refusal_of(word);
    if (word.status == 200) refusal.error.code = answer.error().code;
    return refused_up(refusal, word);
  }
  if (answer->status == wire::UpStatus::refused) return refused_up(HubLine::refusal_of(word), word);
  if (answer->epoch != outgoing.batch->epoch) {
    return engine::UpFailed{Error{Code::protocol_mismatch, "send batch", "the answer is about another epoch"}, 0};
  }
  hub_schema_max_ = answer->schema_max;
  last_hub_wall_ms_ = answer->hub_wall_ms;
  time_.hear(answer->hub_wall_ms);
  if (answer->status == wire::UpStatus::fork) {
    forked_after_[answer->epoch] = answer->common_through;
    return engine::UpForked{answer->epoch, answer->common_through};
  }
  hub_holds_[answer->epoch] = answer->accepted_through;
  if (answer->status == wire::UpStatus::gap) return engine::UpGap{answer->epoch, answer->accepted_through};
  if (!proves_our_chain(outgoing, *answer)) {
    return engine::UpRefused{Error{Code::hub_fork, "send batch", "the hub holds another chain of this epoch"}};
  }
  // Its bytes may have ended the batch before the number of its facts did: what follows here was not compared with what
  // the hub holds, which may be another history.
  const auto through = std::min(answer->accepted_through, last_seq(outgoing));
  return engine::UpAccepted{
      answer->epoch,       through, answer->accepted_through, answer->credit.retry_ms, answer->credit.events,
      answer->credit.bytes};
}

engine::Input Executor::refused_up(const Refusal& refusal, const HubWord& word) {
  adopt_time(refusal);
  if (stops(word, refusal.error)) return engine::UpRefused{refusal.error};
  return engine::UpFailed{refusal.error, word.retry_after_ms};
}

}  // namespace millpond::client
