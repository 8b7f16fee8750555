// SPDX-License-Identifier: Apache-2.0
// Executor: carries out what the engine decided, over journal, replica and the hub's line, and tells the engine what
// came of it. Has no thread, no timer and no socket: a request goes out through whoever calls and its answer comes back
// through finish(), so the simulator runs this code in virtual time exactly as the runner does in real time. One upload
// and one downlink request may be on their way at once; each is finished before its lane's next one.
// One thread. Blocks for the journal's and the replica's transactions only. Nothing is reported before it is durable.
#pragma once

#include "sync/client/errands.h"
#include "sync/client/hub_line.h"
#include "sync/client/personal_retention.h"
#include "sync/engine/messages.h"
#include "sync/snapshot/staged.h"
#include "sync/store/hub_time.h"
#include "sync/store/journal.h"
#include "sync/store/replica.h"

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace millpond::client {

enum class Question : std::uint8_t { batch, page, manifest, piece, staging, errand };

// A request on its way, with what its answer is checked against. Staging is no request but work that takes seconds, for
// the downlink's lane; its answer has status 200, or is the error. It gives up soon after the flag was set.
struct Outgoing {
  Question question{Question::page};
  SignedRequest signed_request;
  std::function<base::Result<>(const std::atomic<bool>& cancelled)> work{};  // of staging
  std::optional<wire::UpRequest> batch;                                      // without its rows
  std::uint64_t rows{};
  std::int64_t asked_ms{};  // monotonic
  wire::DownCursor cursor;
  std::optional<Errand> errand{};
  std::vector<store::EpochMark> held;  // what the hub had acknowledged when it was asked
  [[nodiscard]] bool is_up() const { return question == Question::batch; }
};

// What one action led to: inputs for the engine, or a request to send.
struct Outcome {
  std::vector<engine::Input> inputs;
  std::optional<Outgoing> outgoing;
};

class Executor {
 public:
  // Runs a function with the journal on its owner's thread and returns after it (JournalThread::with, or a direct
  // call).
  using WithJournal = std::function<base::Result<>(const std::function<void(store::Journal&)>&)>;

  // time: hears what the hub says, and is saved into the journal before a question.
  Executor(Credentials credentials, store::HubTime& time, WithJournal with_journal, store::Replica& replica,
           const base::Clock& clock, base::Rng& nonces);

  // Errands go before pages from now on; borrowed, outlives this. Without them there are none.
  void set_errands(Errands& errands) { errands_ = &errands; }

  // PersonalRetention::set_kept().
  void set_personal_kept(std::function<std::int64_t()> kept_ms) { retention_.set_kept(std::move(kept_ms)); }
  // PersonalRetention::tend(), whatever the line does; call at least once a minute, and before anything else. What
  // fails is tried again by the next call.
  void tend_personal();

  // SendUp, AskDown and FetchSnapshot give a request, or inputs that say why there is none. Acknowledge, Rewind and
  // Reissue are done and reported. SetTimer and LineChanged are the caller's.
  [[nodiscard]] Outcome execute(const engine::Action& action);

  // The answer to a request that execute() gave, or why there is none. Call once for each.
  [[nodiscard]] std::vector<engine::Input> finish(const Outgoing& outgoing,
                                                  const base::Result<net::HttpAnswer>& answer);

  // The outbox as the journal has it now; empty when the journal cannot be asked.
  [[nodiscard]] std::vector<engine::Input> report_outbox();

  struct Seen {
    std::uint64_t queued{};
    std::int64_t oldest_ms{};        // wall; 0: nothing queued
    std::int64_t last_contact_ms{};  // wall; of the last word of the hub
    std::int64_t as_of_ms{};         // hub time of the replica
    friend bool operator==(const Seen&, const Seen&) = default;
  };
  [[nodiscard]] const Seen& seen() const { return seen_; }
  // The version of a programme kept since the last call.
  [[nodiscard]] std::optional<std::uint32_t> take_new_programme();

 private:
  // executor.cpp
  [[nodiscard]] base::Result<> ask_journal(const std::function<base::Result<>(store::Journal&)>& question);
  void keep_hub_key();
  // Gives the rights to coupons issued here to the hub, by a fact of its own. Only while the hub has certainly just
  // answered, so that an outage gives nothing away; the next one waits until the hub holds this one.
  [[nodiscard]] bool release_rights(const Outgoing& outgoing, const HubWord& word);
  // Leases whose end has come go back to the hub, by facts.
  [[nodiscard]] bool return_leases();
  // Every refusal may name the hub's time. After one over the time of day the next request carries it.
  void adopt_time(const Refusal& refusal);

  // executor_up.cpp
  [[nodiscard]] Outcome send_up(const engine::SendUp& action);
  [[nodiscard]] base::Result<wire::UpRequest> read_batch(const engine::SendUp& action);
  [[nodiscard]] Outcome mend(base::Epoch epoch);
  [[nodiscard]] base::Seq hub_holds_of_ours(base::Epoch epoch) const;
  [[nodiscard]] std::optional<base::EpochMark> hub_is_ahead();
  [[nodiscard]] std::vector<engine::Input> acknowledge(const engine::Acknowledge& action);
  [[nodiscard]] std::vector<engine::Input> rewind(const engine::Rewind& action);
  [[nodiscard]] std::vector<engine::Input> reissue(const engine::Reissue& action);
  [[nodiscard]] engine::Input answered_up(const Outgoing& outgoing, const HubWord& word);
  [[nodiscard]] engine::Input refused_up(const Refusal& refusal, const HubWord& word);

  // executor_down.cpp
  // Erased members go from the journal, durably, before the cursor passes the rows that say so.
  [[nodiscard]] base::Result<> forget_erased(const Outgoing& outgoing, const wire::DownPage& page,
                                             std::uint64_t position);
  [[nodiscard]] Outcome ask_down(const engine::AskDown& action);
  [[nodiscard]] engine::Input answered_down(const Outgoing& outgoing, const HubWord& word);
  [[nodiscard]] base::Result<engine::Input> apply_page(const Outgoing& outgoing, const wire::DownPage& page);
  [[nodiscard]] engine::Input refused_down(const HubWord& word);
  // What a page brings beside documents: hub keys, which its line believes from now on.
  [[nodiscard]] base::Result<> believe_keys(const wire::DownPage& page);
  [[nodiscard]] base::Result<> mend_replica();
  [[nodiscard]] base::Result<> check_cursor(const Outgoing& outgoing, const wire::DownPage& page);
  [[nodiscard]] base::Result<bool> reached_checkpoint(const wire::DownPage& page, std::uint64_t position);
  [[nodiscard]] base::Result<engine::Input> begin_again(const Outgoing& outgoing, const wire::DownPage& page);
  [[nodiscard]] base::Result<> empty_replica(std::uint64_t generation);

  // executor_errands.cpp
  [[nodiscard]] bool let_in() const;
  [[nodiscard]] std::optional<Outgoing> next_errand(std::int64_t timeout_ms);
  [[nodiscard]] std::vector<engine::Input> errand_done(const Outgoing& outgoing,
                                                       const base::Result<net::HttpAnswer>& answer);

  // executor_snapshot.cpp
  [[nodiscard]] Outcome fetch_snapshot(const engine::FetchSnapshot& action);
  [[nodiscard]] base::Result<> stage(const std::atomic<bool>& cancelled);
  [[nodiscard]] engine::Input answered_manifest(const HubWord& word);
  [[nodiscard]] engine::Input no_snapshot(engine::Input why);
  [[nodiscard]] bool brings_news(const wire::SnapshotManifest& manifest);
  [[nodiscard]] engine::Input answered_piece(const Outgoing& outgoing, const base::Result<net::HttpAnswer>& answer);
  [[nodiscard]] base::Result<> adopt();
  [[nodiscard]] engine::Input adopted(const base::Result<net::HttpAnswer>& staged);

  HubLine line_;
  Errands* errands_{};
  store::HubTime& time_;
  WithJournal with_journal_;
  store::Replica& replica_;
  const base::Clock& clock_;
  base::Bytes last_batch_;           // as signed and sent; what Acknowledge puts into the ring
  std::int64_t last_hub_wall_ms_{};  // of the last answer to a batch
  std::uint32_t hub_schema_max_{wire::schema_verbatim};
  std::map<base::Epoch, base::Seq> forked_after_;  // what the hub holds beyond is another copy's
  std::map<base::Epoch, base::Seq> hub_holds_;     // as the hub said last
  std::optional<std::int64_t> hub_told_ms_;        // when it was asked for that, monotonic
  std::int64_t unsure_since_ms_{};                 // when the last batch was sent that it may take without our knowing
  std::optional<std::set<base::Epoch>> damaged_;   // nothing: not asked yet
  bool replica_known_{};                           // the journal has stood beside this replica all the time
  std::uint64_t pruned_through_{};
  int fresh_starts_{};                            // of the replica, since it last reached a checkpoint
  std::optional<std::uint64_t> refetch_;          // the replica, in this generation; what is here serves meanwhile
  std::unique_ptr<snapshot::Download> download_;  // the downlink's lane has it while a piece or staging is on its way
  std::unique_ptr<snapshot::Staged> staged_;
  PersonalRetention retention_;
  Seen seen_;
  std::optional<std::uint32_t> new_programme_;
  bool leases_came_{};  // by the page at hand
};

}  // namespace millpond::client
