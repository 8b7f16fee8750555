// SPDX-License-Identifier: Apache-2.0
// SqliteJournal: the Journal of journal.h over one connection. Its memory repeats what the file says about epochs, the
// chain's head, the identity counter, the hub's time and the effects of the newest facts; after any COMMIT of unknown
// outcome the memory is read again. Inside `store`.
#pragma once

#include "sync/sqlite/backup.h"
#include "sync/sqlite/transaction.h"
#include "sync/store/journal.h"
#include "sync/store/journal_state.h"
#include "sync/store/publisher.h"
#include "sync/store/rows.h"
#include "sync/store/unsettled.h"

#include <set>

namespace millpond::store {

class SqliteJournal final : public Journal {
 public:
  SqliteJournal(JournalOptions options, const base::Clock& clock, base::Rng& rng)
      : options_{std::move(options)}, clock_{clock}, rng_{rng.next()} {
    ring_.heard_at_ms = clock.monotonic_ms();
  }

  // Everything Journal::open promises. (journal_open.cpp)
  [[nodiscard]] base::Result<> start();

  [[nodiscard]] std::shared_ptr<const Published> published() const override { return publisher_.published(); }

  // journal.cpp
  [[nodiscard]] std::vector<base::Result<>> commit(std::span<const Action> actions) override;
  [[nodiscard]] base::Result<> read(const Action& action) override;
  [[nodiscard]] base::Result<RightsStatus> rights() override;
  [[nodiscard]] base::Result<std::uint64_t> position_of(base::Epoch epoch, base::Seq seq) override;
  [[nodiscard]] base::Result<> prune_deltas(std::uint64_t through_position) override;
  [[nodiscard]] base::Result<std::optional<base::Bytes>> document(std::string_view kind) override;
  [[nodiscard]] base::Result<std::optional<wire::IssuerRow>> issuer(std::uint32_t issuer) override;
  [[nodiscard]] base::Result<std::vector<PrintIntent>> unfinished_prints() override;
  [[nodiscard]] base::Result<std::optional<PrintIntent>> print_intent(base::Seq of) override;

  // journal_outbox.cpp
  [[nodiscard]] base::Result<> acknowledge_part(base::Epoch epoch, base::Seq through, base::ByteView signed_batch,
                                                std::int64_t hub_wall_ms, bool with_tidying);
  [[nodiscard]] base::Result<> tidy();
  [[nodiscard]] base::Result<OutboxStatus> outbox() override;
  [[nodiscard]] base::Result<wire::UpRequest> read_batch(base::Epoch epoch, base::Seq from, std::uint32_t events_max,
                                                         std::size_t bytes_max) override;
  [[nodiscard]] base::Result<> acknowledge(base::Epoch epoch, base::Seq through, base::ByteView signed_batch,
                                           std::int64_t hub_wall_ms) override;
  [[nodiscard]] base::Result<std::vector<EpochMark>> epochs() override;

  // journal_rewind.cpp
  [[nodiscard]] base::Result<> rewind(base::Epoch epoch, base::Seq through) override;

  // journal_reissue.cpp
  [[nodiscard]] base::Result<base::Epoch> reissue(base::Epoch epoch, base::Seq common_through,
                                                  model::EpochReason reason) override;

  // journal_damage.cpp
  [[nodiscard]] base::Result<std::uint64_t> quarantine_damage(base::Epoch epoch, base::Seq hub_through) override;
  [[nodiscard]] base::Result<std::vector<QuarantinedRow>> quarantine() override;
  [[nodiscard]] base::Result<> close_quarantine() override;

  // journal_forget.cpp
  [[nodiscard]] base::Result<> forget_members(std::span<const base::MemberId> members) override;
  [[nodiscard]] base::Result<> forget_personal(std::optional<std::int64_t> acknowledged_before_ms) override;
  [[nodiscard]] base::Result<std::vector<base::MemberId>> remembered(std::uint64_t through_position) override;

  // journal_health.cpp
  [[nodiscard]] base::Result<JournalHealth> health() override;
  [[nodiscard]] base::Result<> begin_copy(const std::filesystem::path& target) override;
  [[nodiscard]] base::Result<bool> step_copy() override;
  void abandon_copy() override;

  // journal_verify.cpp
  [[nodiscard]] base::Result<std::vector<JournalEntry>> entries(std::size_t limit, bool queued_only) override;
  [[nodiscard]] base::Result<Verification> verify() override;

 private:
  friend class ActionTransaction;
  friend class Reissue;

  // journal_open.cpp
  [[nodiscard]] base::Result<> start_once();
  // With no transaction open. Nothing under `wal`, whose log is written again as a whole at the start.
  [[nodiscard]] base::Result<> end_rollback_journal();
  [[nodiscard]] base::Result<> check_file();
  [[nodiscard]] base::Result<> check_owner();
  [[nodiscard]] base::Result<std::optional<model::EpochReason>> reason_for_new_epoch();
  [[nodiscard]] base::Result<> begin_epoch(model::EpochReason reason);
  // Within a transaction: ends the live epoch, makes a new one the live one in file and memory and appends its first
  // fact. Memory must be marked stale when the transaction then fails.
  [[nodiscard]] base::Result<> enter_epoch(const model::EpochBegun& begun);
  [[nodiscard]] base::Result<> remember_machine();
  [[nodiscard]] base::Result<bool> last_link_holds();

  // journal_load.cpp
  [[nodiscard]] base::Result<> load();  // file to memory
  [[nodiscard]] base::Result<> load_epochs();
  [[nodiscard]] base::Result<> load_ring();
  [[nodiscard]] base::Result<> check_positions();
  [[nodiscard]] base::Result<> load_rights();
  [[nodiscard]] base::Result<> find_gaps();
  [[nodiscard]] base::Result<> put_meta(std::string_view name, std::int64_t value);
  [[nodiscard]] base::Result<std::int64_t> meta(std::string_view name);

  // journal_settle.cpp
  // Where a sale stands that the fact at `position` names; 0 when it names none, or one of an epoch never begun here.
  [[nodiscard]] std::uint64_t sale_position(std::uint64_t position, base::Epoch epoch, base::Seq sale) const;
  void note_effects(std::uint64_t position, const model::FactBody& body, base::LocalDate day, Unsettled& to) const;
  [[nodiscard]] std::uint32_t identity_counter(const model::FactBody& body) const;
  [[nodiscard]] base::Result<> write_effects(const Unsettled& effects);
  [[nodiscard]] base::Result<> write_points(const UnsettledPoints& row);
  [[nodiscard]] base::Result<> write_gift(const UnsettledGift& row);
  [[nodiscard]] base::Result<> write_coupon(const UnsettledCoupon& coupon);
  [[nodiscard]] base::Result<> write_use(const UnsettledUse& use);
  [[nodiscard]] base::Result<> write_lease_use(const UnsettledLeaseUse& use);
  [[nodiscard]] base::Result<> write_release(std::uint64_t position);
  [[nodiscard]] std::uint64_t released() const;  // position of the last RightsReleased, settled or not
  [[nodiscard]] base::Result<> write_print(const UnsettledPrint& print, PrintState state);
  // Within a transaction: everything so far into the tables. Memory must be marked stale when the transaction fails.
  // Before SQL that changes those tables, or takes rows from the outbox.
  [[nodiscard]] base::Result<> settle();
  [[nodiscard]] base::Result<> settle_when_many();
  [[nodiscard]] bool has_room_for_tables() const;
  [[nodiscard]] base::Result<> settle_through(std::uint64_t position);  // the same of facts up to there
  [[nodiscard]] base::Result<> put_settled(std::uint64_t position);
  [[nodiscard]] base::Result<> put_mark(std::string_view name, std::uint64_t position);
  // Nothing when it changed on the disk; 0 without one.
  [[nodiscard]] base::Result<std::uint64_t> read_effects(std::uint64_t after, std::size_t rows_max, Unsettled& to);
  [[nodiscard]] base::Result<> load_unsettled();

  // journal.cpp
  [[nodiscard]] base::Result<> ready();       // first in every call from outside: after damage it opens the file anew
  [[nodiscard]] base::Result<> read_again();  // memory, when the last COMMIT was of unknown outcome
  [[nodiscard]] base::Result<> open_anew();
  [[nodiscard]] base::Error after_failed_commit(base::Error error);
  [[nodiscard]] base::Result<> run_action(const Action& action);
  [[nodiscard]] base::Result<> run_in_savepoint(const Action& action);
  [[nodiscard]] base::Result<> run_group(std::span<const Action> actions, std::vector<base::Result<>>& results);
  void publish_changes();  // committed or undone; memory is stale when they cannot be read back
  [[nodiscard]] base::Result<> write(const std::function<base::Result<>()>& change);  // one transaction of our own
  [[nodiscard]] PrintIntent print_of(const sqlite::Statement& row) const;
  [[nodiscard]] PrintIntent print_of(const UnsettledPrint& print) const;

  // journal_outbox.cpp
  [[nodiscard]] EpochState* find_epoch(base::Epoch epoch);
  [[nodiscard]] const EpochState* find_epoch(base::Epoch epoch) const;
  [[nodiscard]] const EpochState* epoch_at(std::uint64_t position) const;
  [[nodiscard]] wire::UpRequest empty_batch(const EpochState& epoch, base::Seq first, const base::Hash& before) const;
  [[nodiscard]] base::Result<wire::UpRequest> read_outbox(const EpochState& epoch, base::Seq from, base::Seq through,
                                                          std::uint32_t events_max, std::size_t bytes_max);
  [[nodiscard]] base::Result<base::Hash> chain_at(const EpochState& epoch, base::Seq seq);
  [[nodiscard]] base::Error broken(const char* operation, const EpochState& epoch, base::Seq at);

  // journal_ring.cpp
  [[nodiscard]] base::Result<wire::UpRequest> ring_batch(std::int64_t first_position);
  [[nodiscard]] base::Result<wire::UpRequest> read_ring(const EpochState& epoch, base::Seq from,
                                                        std::uint32_t events_max, std::size_t bytes_max);
  [[nodiscard]] base::Result<> move_to_ring(const EpochState& epoch, base::Seq through, base::ByteView signed_batch);
  [[nodiscard]] base::Result<> put_in_ring(const EpochState& epoch, wire::UpRequest batch, base::ByteView encoded,
                                           std::int64_t acked_at_ms);
  [[nodiscard]] base::Result<> drop_from_ring(std::int64_t first_position);
  [[nodiscard]] base::Result<> hear_hub_time(std::int64_t hub_wall_ms);
  [[nodiscard]] base::Result<> stamp_no_later_than(std::int64_t stamp_ms);
  [[nodiscard]] base::Result<> prune_ring();
  [[nodiscard]] base::Result<> prune_oldest(std::int64_t first_position);
  [[nodiscard]] base::Result<> sweep(std::int64_t before_ms);
  [[nodiscard]] base::Result<> forget_set_aside(std::int64_t before_ms);

  // journal_rewind.cpp
  [[nodiscard]] base::Result<> refill_outbox(const EpochState& epoch, base::Seq through, EpochState& changed);
  [[nodiscard]] base::Result<bool> refill_from(std::int64_t first_position, const EpochState& epoch, base::Seq through,
                                               EpochState& changed);
  [[nodiscard]] base::Result<> queue_again(std::uint64_t position, base::ByteView canonical, const base::Hash& chain);

  // journal_reissue.cpp
  [[nodiscard]] base::Result<> reissue_within(base::Epoch epoch, base::Seq common, model::EpochReason reason);

  // journal_damage.cpp
  struct Damage;
  [[nodiscard]] base::Result<> examine_queue(const EpochState& epoch, Damage& damage);
  [[nodiscard]] base::Result<std::uint64_t> quarantine_ring(const EpochState& epoch);
  [[nodiscard]] base::Result<> count_quarantined();
  [[nodiscard]] base::Result<> set_apart(std::uint64_t position, std::string_view kind, base::ByteView content);
  [[nodiscard]] base::Result<> part_from_damage(EpochState& state, const Damage& damage, base::Seq hub_through);
  [[nodiscard]] base::Result<> leave_to_hub(EpochState& epoch, base::Seq whole_through, base::Seq hub_through);

  // journal_salvage.cpp
  [[nodiscard]] base::Result<> salvage();

  // journal_forget.cpp
  struct Standing;
  [[nodiscard]] base::Result<> forget(const std::function<bool(const Standing&)>& goes);
  [[nodiscard]] base::Result<> overwrite_log_when_due();

  // journal_health.cpp
  [[nodiscard]] base::Result<> measure();  // the budget's level, from the file and the disk
  [[nodiscard]] base::Result<> measure_file();
  void measure_disk();
  [[nodiscard]] base::Result<> limit_rollback_journal(bool scarce);
  [[nodiscard]] base::Result<> admit(const model::FactBody& body) const;

  // journal_verify.cpp
  struct Walk;
  [[nodiscard]] base::Result<> verify_ring(Walk& walk);
  [[nodiscard]] base::Result<> verify_outbox(Walk& walk);
  [[nodiscard]] base::Result<> add_ring_entries(std::size_t limit, std::vector<JournalEntry>& newest_first);

  JournalOptions options_;
  const base::Clock& clock_;
  base::SeededRng rng_;  // seeded from the caller's, which need not live as long
  std::unique_ptr<sqlite::Connection> db_;
  std::unique_ptr<sqlite::Backup> copy_;  // goes before its source

  std::vector<EpochState> epochs_;  // by ordinal; the last is live; its head is growth_.head
  Growth growth_;
  Publisher publisher_;
  Unsettled unsettled_;
  std::uint64_t settled_{};  // the tables hold what facts up to this position mean
  RingState ring_;
  RightsState rights_;
  std::set<base::Epoch> damaged_;  // epochs whose queue was seen to be broken
  std::uint64_t quarantined_{};    // that nobody has looked at
  std::uint16_t incarnation_{};
  BudgetLevel budget_{};
  std::uint32_t until_measured_{};  // commits left before the budget is measured again
  std::optional<std::uint64_t> salvaged_;
  bool journal_limited_ = false;
  bool damage_told_ = false;                    // by verify(), which asks SQLite and gets an answer, not an error
  std::optional<std::int64_t> opened_anew_ms_;  // monotonic: the last time that damage was met
  std::optional<base::Error> failed_to_open_;   // of that time: then there may be no connection
  bool stale_ = true;                           // the memory above must be read from the file before it is used
};

inline constexpr std::int64_t open_anew_pause_ms = 10'000;

inline constexpr std::int64_t rollback_journal_bytes_max = 4'194'304;  // kept between transactions; the WAL's too

// Four megabytes: more than the largest batch frees, and a bound on how long the tills wait behind it.
inline constexpr std::string_view give_back_pages = "PRAGMA incremental_vacuum(1024)";

// Sets what a journal's connection needs before its first statement; leaves WAL or PERSIST on. (journal_open.cpp)
[[nodiscard]] base::Result<> configure(sqlite::Connection& db, Durability durability, std::uint32_t cache_kib);

// Gives a journal under `wal` a log of zeros as long as it ever gets. (journal_open.cpp)
[[nodiscard]] base::Result<> lay_out_log(const std::filesystem::path& database, const std::string& vfs);

}  // namespace millpond::store
