// SPDX-License-Identifier: Apache-2.0
#include "sync/client/executor.h"

#include "sync/client/documents.h"

namespace millpond::client {
namespace {

using base::Code;
using base::Error;

// Refusals that only a person can end. Everything else is tried again after a pause: a hub whose disk is full, a
// request that a proxy sent twice, a batch that was too large.
bool stops(const HubWord& word, const Error& error) {
  if (word.status >= 500) return false;
  switch (error.code) {
    case Code::unauthorized:
    case Code::hub_fork:
    case Code::hub_refused:
    case Code::chain_broken:
    case Code::signature_invalid:
    case Code::certificate_invalid:
    case Code::certificate_expired:
    case Code::not_provisioned:
    case Code::protocol_mismatch:
      return true;
    default:
      return false;
  }
}

base::Seq last_seq(const Outgoing& outgoing) { return base::Seq{outgoing.batch->first_seq.value + outgoing.rows - 1}; }

// The hub's chain head proves what it holds: wherever it names a link that we know, the link must be ours.
bool proves_our_chain(const Outgoing& outgoing, const wire::UpAnswer& answer) {
  if (answer.accepted_through == last_seq(outgoing)) return answer.head == outgoing.batch->chain_head;
  if (answer.accepted_through.value + 1 == outgoing.batch->first_seq.value) {
    return answer.head == outgoing.batch->chain_before;
  }
  return true;
}

base::Seq accepted_through(const wire::DownPage& page) {
  for (const auto& mark : page.accepted) {
    if (mark.epoch == page.includes_epoch) return mark.through;
  }
  return {};
}

}  // namespace

Executor::Executor(Credentials credentials, std::string boot_id, WithJournal with_journal, store::Replica& replica,
                   const base::Clock& clock, base::Rng& nonces)
    : line_{std::move(credentials), clock, nonces},
      boot_id_{std::move(boot_id)},
      with_journal_{std::move(with_journal)},
      replica_{replica},
      clock_{clock} {}

Outcome Executor::execute(const engine::Action& action) {
  if (const auto* send = std::get_if<engine::SendUp>(&action)) return send_up(*send);
  if (const auto* ask = std::get_if<engine::AskDown>(&action)) return ask_down(*ask);
  if (const auto* ack = std::get_if<engine::Acknowledge>(&action)) return {acknowledge(*ack), {}};
  if (const auto* back = std::get_if<engine::Rewind>(&action)) return {rewind(*back), {}};
  return {};
}

std::vector<engine::Input> Executor::finish(const Outgoing& outgoing, const base::Result<net::HttpAnswer>& answer) {
  const auto word = line_.check(outgoing.signed_request, answer);
  if (!word) {
    const std::int64_t retry_after_ms = answer ? answer->retry_after_ms : 0;
    if (outgoing.batch) return {engine::UpFailed{word.error(), retry_after_ms}};
    return {engine::DownFailed{word.error(), retry_after_ms}};
  }
  seen_.last_contact_ms = clock_.wall_ms();
  return {outgoing.batch ? answered_up(outgoing, *word) : answered_down(outgoing, *word)};
}

std::vector<engine::Input> Executor::report_outbox() {
  base::Result<store::OutboxStatus> status = Error{Code::cancelled, "read outbox", ""};
  const auto ran = with_journal_([&](store::Journal& journal) { status = journal.outbox(); });
  if (!ran || !status) return {};
  seen_.queued = status->queued;
  seen_.oldest_ms = status->oldest_ms;
  return {engine::OutboxChanged{status->epoch, status->acked, status->head, status->queued}};
}

std::optional<std::uint32_t> Executor::take_new_programme() { return std::exchange(new_programme_, std::nullopt); }

Outcome Executor::send_up(const engine::SendUp& action) {
  base::Result<wire::UpRequest> batch = Error{Code::cancelled, "read batch", ""};
  const auto ran = with_journal_([&](store::Journal& journal) {
    batch = journal.read_batch(action.epoch, action.from, action.events_max, action.bytes_max);
  });
  if (!ran) batch = ran.error();
  if (!batch) {
    // The engine's picture of the outbox may be what is wrong, so it gets a new one too.
    Outcome outcome{{engine::UpFailed{batch.error(), 0}}, {}};
    for (auto& input : report_outbox()) outcome.inputs.push_back(std::move(input));
    return outcome;
  }
  const auto& credentials = line_.credentials();
  batch->device_wall_ms = clock_.wall_ms();
  batch->device_monotonic_ms = clock_.monotonic_ms();
  batch->boot_id = boot_id_;
  batch->signature = credentials.key->sign(
      crypto::context::batch, credentials.brand,
      wire::batch_signed_bytes(batch->terminal, batch->epoch, batch->first_seq, batch->rows.size(), batch->chain_head));
  last_batch_ = wire::encode(*batch);
  Outgoing outgoing{line_.sign("POST", "/v1/up", last_batch_, action.timeout_ms), {}, batch->rows.size(), {}};
  batch->rows.clear();
  outgoing.batch = std::move(*batch);
  return {{}, std::move(outgoing)};
}

Outcome Executor::ask_down(const engine::AskDown& action) {
  const auto cursor = replica_.cursor();
  if (!cursor) return {{engine::DownFailed{cursor.error(), 0}}, {}};
  const auto target = "/v1/down?cursor=" + std::to_string(cursor->generation) + "." + std::to_string(cursor->hub_seq) +
                      "." + std::to_string(cursor->scoped_seq);
  return {{}, Outgoing{line_.sign("GET", target, {}, action.timeout_ms), {}, 0, *cursor}};
}

std::vector<engine::Input> Executor::acknowledge(const engine::Acknowledge& action) {
  // A failure shows in the report that follows: the engine sees that nothing moved and repeats after a pause.
  (void)with_journal_(
      [&](store::Journal& journal) { (void)journal.acknowledge(action.epoch, action.through, last_batch_, 0); });
  return report_outbox();
}

std::vector<engine::Input> Executor::rewind(const engine::Rewind& action) {
  base::Result<> done;
  const auto ran = with_journal_([&](store::Journal& journal) { done = journal.rewind(action.epoch, action.through); });
  auto inputs = report_outbox();
  if (ran && !done && done.error().code == Code::not_found) {
    // What the hub lacks is no longer kept here: sending the rest would only meet the same gap.
    inputs.emplace_back(
        engine::UpRefused{Error{Code::hub_gap, "refill the hub",
                                "facts after " + std::to_string(action.through.value) + " are no longer kept"}});
  }
  return inputs;
}

engine::Input Executor::answered_up(const Outgoing& outgoing, const HubWord& word) {
  const auto answer = wire::decode_up_answer(word.body);
  if (!answer) {
    auto refusal = HubLine::refusal_of(word);
    if (word.status == 200) refusal.error.code = answer.error().code;
    return refused_up(refusal, word);
  }
  const bool ours = answer->epoch == outgoing.batch->epoch;
  switch (answer->status) {
    case wire::UpStatus::accepted:
      if (!ours) break;
      if (!proves_our_chain(outgoing, *answer)) {
        return engine::UpRefused{Error{Code::hub_fork, "send batch", "the hub holds another chain of this epoch"}};
      }
      return engine::UpAccepted{answer->epoch, answer->accepted_through, answer->credit.retry_ms,
                                answer->credit.events};
    case wire::UpStatus::gap:
      if (!ours) break;
      return engine::UpGap{answer->epoch, answer->accepted_through};
    case wire::UpStatus::fork:
      return engine::UpRefused{Error{Code::hub_fork, "send batch", answer->reason}};
    case wire::UpStatus::refused:
      return refused_up(HubLine::refusal_of(word), word);
  }
  return engine::UpFailed{Error{Code::protocol_mismatch, "send batch", "the answer is about another epoch"}, 0};
}

engine::Input Executor::answered_down(const Outgoing& outgoing, const HubWord& word) {
  if (word.status != 200) {
    const auto refusal = HubLine::refusal_of(word);
    adopt_time(refusal);
    if (stops(word, refusal.error)) return engine::DownRefused{refusal.error};
    return engine::DownFailed{refusal.error, word.retry_after_ms};
  }
  const auto page = wire::decode_down_page(word.body);
  if (!page) return engine::DownFailed{page.error(), 0};
  auto applied = apply_page(outgoing, *page);
  if (!applied) return engine::DownFailed{applied.error(), 0};
  return std::move(applied).value();
}

base::Result<engine::Input> Executor::apply_page(const Outgoing& outgoing, const wire::DownPage& page) {
  if (page.restart) return begin_again(page.next.generation, page);
  if (page.next.generation != outgoing.cursor.generation) {
    if (outgoing.cursor != wire::DownCursor{}) {
      return Error{Code::protocol_mismatch, "apply page", "another generation without a restart"};
    }
    MILLPOND_TRY_DO(replica_.restart(page.next.generation));
  } else if (page.next.hub_seq < outgoing.cursor.hub_seq) {
    return Error{Code::protocol_mismatch, "apply page", "the cursor goes backward"};
  }
  // Documents first: were the cursor to advance before them, a crash between the two would skip them for good.
  base::Result<std::optional<std::uint32_t>> kept = Error{Code::cancelled, "keep documents", ""};
  base::Result<std::uint64_t> position = Error{Code::cancelled, "find position", ""};
  MILLPOND_TRY_DO(with_journal_([&](store::Journal& journal) {
    kept = keep_documents(page, line_.credentials(), journal);
    position = journal.position_of(page.includes_epoch, page.includes_your_seq);
  }));
  if (!kept) return kept.error();
  if (!position) return position.error();
  if (*kept) new_programme_ = *kept;
  MILLPOND_TRY_DO(replica_.apply(page, *position));
  MILLPOND_TRY(seen_.as_of_ms, replica_.as_of_ms());
  if (!page.more) {
    MILLPOND_TRY(const bool equal, reached_checkpoint(page, *position));
    if (!equal) return begin_again(page.next.generation, page);
  }
  return engine::Input{
      engine::DownArrived{page.more, page.includes_epoch, accepted_through(page), page.credit.poll_ms}};
}

base::Result<bool> Executor::reached_checkpoint(const wire::DownPage& page, std::uint64_t position) {
  if (page.checkpoint) {
    MILLPOND_TRY(const auto ours, replica_.checksum());
    if (ours != *page.checkpoint) return false;
  }
  fresh_starts_ = 0;
  if (position <= pruned_through_) return true;
  // Local deltas go only after the rows that include them are on disk: the replica may lose its newest transactions.
  MILLPOND_TRY_DO(replica_.checkpoint_to_disk());
  base::Result<> pruned;
  MILLPOND_TRY_DO(with_journal_([&](store::Journal& journal) { pruned = journal.prune_deltas(position); }));
  if (!pruned) return pruned.error();
  pruned_through_ = position;
  return true;
}

base::Result<engine::Input> Executor::begin_again(std::uint64_t generation, const wire::DownPage& page) {
  MILLPOND_TRY_DO(replica_.restart(generation));
  // The first fresh start follows at once; a hub and a replica that never agree get pauses instead of a loop.
  if (++fresh_starts_ > 1)
    return Error{Code::store_corrupt, "compare replica", "differs from the hub's checkpoint again"};
  return engine::Input{engine::DownArrived{true, page.includes_epoch, accepted_through(page), page.credit.poll_ms}};
}

engine::Input Executor::refused_up(const Refusal& refusal, const HubWord& word) {
  adopt_time(refusal);
  if (stops(word, refusal.error)) return engine::UpRefused{refusal.error};
  return engine::UpFailed{refusal.error, word.retry_after_ms};
}

void Executor::adopt_time(const Refusal& refusal) {
  if (refusal.error.code == Code::clock_skew && refusal.hub_wall_ms != 0) line_.adopt_time(refusal.hub_wall_ms);
}

}  // namespace millpond::client
