// SPDX-License-Identifier: Apache-2.0
#include "sync/client/executor.h"

#include "sync/client/documents.h"
#include "sync/client/refusals.h"
#include "sync/store/hub_keys.h"

#include <algorithm>

namespace millpond::client {
namespace {

using base::Code;
using base::Error;

// Of the headers of a request or answer, signature and nonce included: counted from the requests of this program.
constexpr std::uint64_t header_bytes = 500;

// An answer proves that the hub lived after it was asked; a question that was held for long proves too little.
constexpr std::int64_t fresh_ms = 10'000;

engine::BytesMoved moved(const Outgoing& outgoing, const base::Result<net::HttpAnswer>& answer) {
  if (outgoing.question == Question::staging) return {};
  const std::uint64_t came = header_bytes + (answer ? std::max<std::uint64_t>(answer->bytes, answer->body.size()) : 0);
  if (outgoing.is_up()) return {header_bytes + outgoing.signed_request.http.body.size(), 0};
  return {0, came};
}

}  // namespace

bool stops(const HubWord& word, const Error& error) {
  if (word.status >= 500) return false;
  switch (error.code) {
    case Code::unauthorized:
    case Code::terminal_revoked:
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

Executor::Executor(Credentials credentials, store::HubTime& time, WithJournal with_journal, store::Replica& replica,
                   const base::Clock& clock, base::Rng& nonces)
    : line_{std::move(credentials), clock, nonces},
      time_{time},
      with_journal_{std::move(with_journal)},
      replica_{replica},
      clock_{clock},
      unsure_since_ms_{clock.monotonic_ms()},
      retention_{clock, time, replica} {}

Outcome Executor::execute(const engine::Action& action) {
  if (const auto* send = std::get_if<engine::SendUp>(&action)) return send_up(*send);
  if (const auto* ask = std::get_if<engine::AskDown>(&action)) return ask_down(*ask);
  if (const auto* fetch = std::get_if<engine::FetchSnapshot>(&action)) return fetch_snapshot(*fetch);
  if (const auto* ack = std::get_if<engine::Acknowledge>(&action)) return {acknowledge(*ack), {}};
  if (const auto* back = std::get_if<engine::Rewind>(&action)) return {rewind(*back), {}};
  if (const auto* again = std::get_if<engine::Reissue>(&action)) return {reissue(*again), {}};
  return {};
}

std::vector<engine::Input> Executor::finish(const Outgoing& outgoing, const base::Result<net::HttpAnswer>& answer) {
  std::vector<engine::Input> inputs{moved(outgoing, answer)};
  if (outgoing.question == Question::staging) inputs.push_back(adopted(answer));
  if (outgoing.question == Question::piece) inputs.push_back(answered_piece(outgoing, answer));
  if (inputs.size() > 1) return inputs;
  if (outgoing.question == Question::errand) {
    auto done = errand_done(outgoing, answer);
    done.insert(done.begin(), inputs.begin(), inputs.end());
    return done;
  }
  line_.set_hub_day(base::local_date_at(time_.last_word_ms(), 0).days);
  const auto word = line_.check(outgoing.signed_request, answer);
  if (!word) {
    const std::int64_t retry_after_ms = answer ? answer->retry_after_ms : 0;
    if (outgoing.is_up()) {
      unsure_since_ms_ = outgoing.asked_ms;
      inputs.emplace_back(engine::UpFailed{word.error(), retry_after_ms});
    }
    if (!outgoing.is_up()) inputs.emplace_back(engine::DownFailed{word.error(), retry_after_ms});
    return inputs;
  }
  keep_hub_key();
  seen_.last_contact_ms = clock_.wall_ms();
  // The outbox is told as it is before the answer: what the answer changes is told after it.
  const bool released = release_rights(outgoing, *word);
  if (return_leases() || released) {
    for (auto& input : report_outbox()) inputs.push_back(std::move(input));
  }
  if (outgoing.is_up()) {
    inputs.push_back(answered_up(outgoing, *word));
    // What was refused now may be taken from a copy that comes later.
    if (!std::holds_alternative<engine::UpAccepted>(inputs.back())) unsure_since_ms_ = outgoing.asked_ms;
  }
  if (outgoing.question == Question::page) {
    auto arrived = answered_down(outgoing, *word);
    if (std::exchange(leases_came_, false)) {
      for (auto& input : report_outbox()) inputs.push_back(std::move(input));
    }
    inputs.push_back(std::move(arrived));
  }
  if (outgoing.question == Question::manifest) inputs.push_back(answered_manifest(*word));
  return inputs;
}

std::vector<engine::Input> Executor::report_outbox() {
  store::OutboxStatus status;
  const auto read = ask_journal([&](store::Journal& journal) -> base::Result<> {
    MILLPOND_TRY(status, journal.outbox());
    return {};
  });
  if (!read) return {};
  seen_.queued = status.queued;
  seen_.oldest_ms = status.oldest_ms;
  return {engine::OutboxChanged{status.epoch, status.acked, status.head, status.queued}};
}

std::optional<std::uint32_t> Executor::take_new_programme() { return std::exchange(new_programme_, std::nullopt); }

void Executor::tend_personal() {
  (void)retention_.tend([this](const auto& question) { return ask_journal(question); });
}

base::Result<> Executor::ask_journal(const std::function<base::Result<>(store::Journal&)>& question) {
  base::Result<> result;
  MILLPOND_TRY_DO(with_journal_([&](store::Journal& journal) { result = question(journal); }));
  return result;
}

bool Executor::release_rights(const Outgoing& outgoing, const HubWord& word) {
  if (word.status != 200 || clock_.monotonic_ms() - outgoing.asked_ms >= fresh_ms) return false;
  bool released = false;
  const auto done = ask_journal([&](store::Journal& journal) -> base::Result<> {
    MILLPOND_TRY(const auto rights, journal.rights());
    if (!rights.held || rights.release_queued) return {};
    const auto now_ms = time_.now().wall_ms;
    const store::Action release = [&](store::Transaction& transaction) -> base::Result<> {
      MILLPOND_TRY_DO(transaction.append(model::RightsReleased{}, now_ms, 0, 0));
      return {};
    };
    MILLPOND_TRY_DO(journal.commit({&release, 1}).front());
    released = true;
    return {};
  });
  // One whose commit is unknown is seen by the next answer.
  return done && released;
}

bool Executor::return_leases() {
  const auto now = time_.now();
  if (!now.day_known()) return false;
  bool returned = false;
  const auto done = ask_journal([&](store::Journal& journal) -> base::Result<> {
    MILLPOND_TRY(returned, return_ended_leases(journal, now.wall_ms));
    return {};
  });
  return done && returned;
}

// One that cannot be kept now is believed as long as this runs, and kept with a later answer.
void Executor::keep_hub_key() {
  if (line_.new_key().empty()) return;
  const auto kept = ask_journal(
      [&](store::Journal& journal) { return store::keep_hub_key(journal, line_.new_key(), line_.credentials().root); });
  if (kept) line_.key_kept();
}

void Executor::adopt_time(const Refusal& refusal) {
  time_.hear(refusal.hub_wall_ms);
  if (refusal.error.code == Code::clock_skew && refusal.hub_wall_ms != 0) line_.adopt_time(refusal.hub_wall_ms);
}

}  // namespace millpond::client
