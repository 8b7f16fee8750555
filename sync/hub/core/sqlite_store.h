// SPDX-License-Identifier: Apache-2.0
// The embedded engine of HubStore: one SQLite file, one connection, one lock around every call; sqlite_*.cpp. Private.
#pragma once

#include "sync/hub/core/effects.h"
#include "sync/hub/core/feed_rows.h"
#include "sync/hub/core/log_words.h"
#include "sync/hub/core/sqlite_open.h"
#include "sync/hub/core/turn_lock.h"
#include "sync/hub/core/waiting_batch.h"
#include "sync/sqlite/connection.h"
#include "sync/sqlite/transaction.h"

#include <deque>
#include <map>
#include <mutex>
#include <span>

namespace millpond::hub {

// What stage 2 makes of batches and log, and a rebuild makes again.
[[nodiscard]] std::span<const std::string_view> projections();

// terminal 4, cap 8, asked 8, member 8, held 8, wire::encode(Lease). Error: store_corrupt, and those of the lease.
[[nodiscard]] base::Bytes encode_cut(const Cut& cut);
[[nodiscard]] base::Result<Cut> decode_cut(base::ByteView content);
// Throws away what stage 2 made, in the caller's transaction.
[[nodiscard]] base::Result<> empty_projections(sqlite::Connection& database, std::uint64_t generation);
// The whole schema; see sqlite_open.cpp.
[[nodiscard]] base::Result<> prepare_schema(sqlite::Connection& database, const SqliteHubOptions& options);
[[nodiscard]] base::Result<> find_programmes(sqlite::Connection& database);  // fills its table from the log

class SqliteHubStore final : public HubStore {
 public:
  SqliteHubStore(std::unique_ptr<sqlite::Connection> database, std::string vfs, HubDurability durability)
      : vfs_{std::move(vfs)}, durability_{durability}, database_{std::move(database)} {}

  base::Result<IngestOutcome> ingest(const CheckedBatch& batch, const base::Hash& chain_start) override;
  base::Result<std::vector<Watermark>> watermarks(base::TerminalId terminal) override;
  base::Result<std::optional<StoredBatch>> batch_after(std::uint64_t& position) override;
  base::Result<std::optional<StoredBatch>> fork_after(std::uint64_t& position) override;
  base::Result<bool> ask_again(const StoredBatch& broken, const base::Hash& chain_start, std::int64_t now_ms) override;
  base::Result<> put_right(const StoredBatch& batch, std::int64_t now_ms) override;
  base::Result<> keep_copy(base::TerminalId terminal, base::Epoch epoch, std::int64_t now_ms) override;
  base::Result<ProjectOutcome> project(std::size_t events_max, const PhoneOpener& open_phone) override;
  base::Result<> begin_rebuild(std::uint64_t generation) override;
  base::Result<> restored(std::uint64_t generation, std::int64_t now_ms) override;
  base::Result<> copy_to(const std::filesystem::path& file) override;
  base::Result<wire::DownPage> down(base::TerminalId terminal, const DownAsk& ask) override;
  base::Result<FeedHead> feed_head() override;
  base::Result<SnapshotStart> snapshot_start() override;
  base::Result<FeedSlice> feed_slice(std::uint8_t after_kind, base::ByteView after_key, std::uint64_t through,
                                     std::uint32_t rows_max) override;
  base::Result<Purged> purge_tombstones(std::uint64_t through, std::int64_t before_ms, std::uint32_t rows_max) override;
  base::Result<> remove_member(base::MemberId member, std::int64_t now_ms) override;
  base::Result<MemberFile> member_file(base::MemberId member) override;
  void open_payloads_with(PayloadOpener open) override { open_payload_ = std::move(open); }
  base::Result<> merge_members(base::MemberId from, base::MemberId into, std::int64_t now_ms) override;
  base::Result<> unmerge_member(base::MemberId from, std::int64_t now_ms) override;
  base::Result<> mark_member(base::MemberId member, std::span<const model::MemberMark> marks,
                             std::int64_t now_ms) override;
  base::Result<> leave_profiles(base::LocalDate since, std::int64_t now_ms) override;
  base::Result<MemberProfile> profile(base::MemberId member) override;
  base::Result<> put_staff(const StaffRecord& record, std::int64_t now_ms) override;
  base::Result<std::vector<StaffRecord>> staff() override;
  base::Result<> put_scoped(const wire::DownRow& row, std::uint64_t place, base::TerminalId terminal,
                            std::int64_t now_ms) override;
  base::Result<bool> has_row(wire::RowKind kind, base::ByteView key) override;
  base::Result<std::optional<wire::MemberRow>> member_row(base::MemberId member) override;
  base::Result<std::vector<AuditEntry>> audit(std::size_t limit) override;
  base::Result<std::vector<SignalEntry>> signals(std::size_t limit) override;
  base::Result<> note_act(std::string_view told, std::int64_t now_ms) override;
  base::Result<HubActs> acts(std::size_t limit) override;
  base::Result<bool> keep_notice(const KeptNotice& notice) override;
  base::Result<std::vector<NoticeEntry>> open_notices(std::uint64_t after, std::size_t limit) override;
  base::Result<std::vector<NoticeEntry>> notices(const NoticeQuery& query, std::int64_t now_ms) override;
  base::Result<KeptNotice> notice_with_raw(std::uint64_t no) override;
  base::Result<> settle_notice(std::uint64_t no, const model::Stamp& stamp, std::vector<model::FactBody> facts,
                               std::int64_t booked_minor, std::int64_t now_ms) override;
  base::Result<> know_payer(base::ByteView payer, base::MemberId member, std::int64_t now_ms) override;
  base::Result<std::uint64_t> erase_notices(std::int64_t before_ms) override;
  base::Result<base::TerminalId> add_code(const TypedCode& code, base::StoreId store, std::int64_t now_ms,
                                          std::int64_t expires_ms) override;
  base::Result<TerminalRecord> use_code(const TypedCode& code, const crypto::PublicKey& key, std::int64_t now_ms,
                                        const CertificateMaker& make) override;
  base::Result<std::optional<TerminalRecord>> terminal(base::TerminalId terminal) override;
  base::Result<std::uint64_t> add_order(const base::Hash& code_hash, WorkOrder order, std::int64_t now_ms) override;
  base::Result<std::optional<WorkOrder>> try_order(const base::Hash& code_hash) override;
  base::Result<TerminalRecord> use_order(const base::Hash& code_hash, const crypto::PublicKey& key, std::int64_t now_ms,
                                         const CertificateMaker& make) override;
  base::Result<std::vector<WorkOrder>> orders() override;
  base::Result<> revoke_order(std::uint64_t number, std::int64_t now_ms) override;
  base::Result<GrantRecord> add_grant(base::StoreId store, std::int64_t expires_ms, std::int64_t now_ms,
                                      const GrantMaker& make) override;
  base::Result<TerminalRecord> bind_grant(base::ByteView grant, const crypto::PublicKey& key, std::int64_t now_ms,
                                          const CertificateMaker& make, bool counts) override;
  base::Result<std::vector<GrantRecord>> grants() override;
  base::Result<> revoke_grant(base::TerminalId terminal, std::int64_t now_ms) override;
  base::Result<TerminalRecord> readmit(const TerminalRecord& record, std::int64_t now_ms) override;
  base::Result<TerminalRecord> renew(base::TerminalId terminal, std::int64_t now_ms,
                                     const CertificateRenewer& renew) override;
  base::Result<GivenSince> revoke(base::TerminalId terminal, std::uint64_t from_seq, std::int64_t now_ms,
                                  std::int64_t since_ms) override;
  void believe_receipts(ReceiptChecker check) override { check_receipt_ = std::move(check); }
  base::Result<RedeemAnswer> redeem(const RedeemQuestion& question, std::int64_t now_ms) override;
  base::Result<std::vector<RightsStanding>> rights() override;
  base::Result<CouponBooked> coupon_booked(base::CouponId coupon) override;
  base::Result<std::uint64_t> break_rights(base::TerminalId terminal, std::int64_t silent_since_ms,
                                           std::int64_t now_ms) override;
  base::Result<std::int64_t> believed_terminals() override;
  base::Result<std::optional<model::Lease>> renew_lease(const LeaseAsk& ask, const LeaseTerms& terms,
                                                        std::int64_t now_ms) override;
  base::Result<PointsAnswer> lease_points(const PointsQuestion& question, const LeaseTerms& terms,
                                          std::int64_t now_ms) override;
  base::Result<LeaseBooks> leases() override;
  base::Result<> give_up_lease(base::LeaseId lease, std::int64_t now_ms) override;
  base::Result<> publish(wire::RowKind kind, base::ByteView key, base::ByteView body, std::uint32_t version,
                         std::int64_t now_ms, Scope scope) override;
  base::Result<std::vector<wire::DownRow>> published_rows(wire::RowKind kind) override;
  base::Result<std::vector<wire::DownRow>> documents() override;
  base::Result<std::uint32_t> published_version(wire::RowKind kind) override;
  base::Result<std::shared_ptr<const model::Programme>> programme(std::uint32_t version) override;
  base::Result<std::uint32_t> programme_at(std::int64_t at_ms) override;
  base::Result<UnratedSales> unrated_sales(const FactPlace& after, std::size_t limit) override;
  base::Result<> rate_sales(const std::vector<Rating>& ratings, std::int64_t now_ms) override;
  base::Result<> adjust_points(base::MemberId member, std::int64_t points, AdjustReason why,
                               std::int64_t now_ms) override;
  base::Result<DuePoints> expire_points(const DuePoints& after, std::size_t limit, std::int64_t now_ms) override;
  base::Result<OpenCases> open_cases(const CasePosition& after, std::size_t limit) override;
  base::Result<Absences> absences(const AbsenceAsk& ask, std::size_t members_max) override;
  base::Result<wire::DownCursor> programme_place() override;
  base::Result<std::int64_t> campaign_left(model::LeaseKind kind, base::CampaignId campaign, std::int64_t cap) override;
  base::Result<> decide(const std::vector<CampaignDecision>& decisions,
                        const std::function<std::uint64_t()>& draw_number, std::int64_t now_ms) override;
  base::Result<HubStatus> status() override;
  base::Result<std::vector<Balance>> balances() override;
  base::Result<StoreCheck> check() override;
  base::Result<std::string> rebuilt_otherwise(const PhoneOpener& open_phone) override;

 private:
  struct Marked {  // an epoch and the lane it is stored under; no lane before its first batch
    std::optional<Lane> lane;
    Watermark mark;
  };
  struct Turn;

  base::Result<Marked> find_mark(base::TerminalId terminal, base::Epoch epoch, const base::Hash& chain_start);
  base::Result<std::vector<Watermark>> read_marks(base::TerminalId terminal);
  // Chain values of positions from .. to, which the lane holds.
  base::Result<std::vector<base::Hash>> chain_between(Lane lane, const base::Hash& chain_start, std::uint64_t from,
                                                      std::uint64_t to);
  base::Result<IngestOutcome> note_fork(const CheckedBatch& batch, const base::Hash& chain_start, Marked at);
  base::Result<IngestOutcome> ask_further_back(const CheckedBatch& batch, const base::Hash& chain_start, Marked at);
  // sqlite_mend.cpp: a batch that a terminal is asked for again
  struct Wanted;
  base::Result<std::optional<Wanted>> find_wanted(Lane lane);
  base::Result<> hold_back(base::TerminalId terminal, std::vector<Watermark>& marks);
  base::Result<std::optional<IngestOutcome>> take_again(const CheckedBatch& batch, const Marked& at);
  base::Result<IngestOutcome> take_wanted(const CheckedBatch& batch, const Marked& at, const Wanted& wanted);
  base::Result<IngestOutcome> another_history(const CheckedBatch& batch, const Watermark& mark);
  base::Result<bool> ends_as_held(Lane lane, const Wanted& wanted, const base::Hash& head);
  base::Result<std::vector<base::Bytes>> mended_from(std::uint64_t no);
  base::Result<bool> make_again(const Wanted& wanted, const base::Hash& head);
  // True when the terminal is suspected of living twice since.
  base::Result<bool> insert_batch(const CheckedBatch& batch, const Marked& at);
  base::Result<Lane> move_mark(const CheckedBatch& batch, const Marked& at);
  base::Result<bool> needs_snapshot(const DownAsk& ask, const Counters& counters);
  base::Result<Standing> read_standing(base::TerminalId terminal);
  [[nodiscard]] base::Result<bool> has_room(const RedeemQuestion& question, model::Outstanding& open);
  base::Result<bool> used_up(const RedeemQuestion& question, std::int64_t now_ms);
  base::Result<std::shared_ptr<const model::Programme>> read_programme(std::uint32_t version);
  base::Result<> note_decision(const CampaignDecision& decision, const std::function<std::uint64_t()>& draw_number,
                               std::int64_t now_ms);
  base::Result<std::uint64_t> next_log_no();  // of the hub's log
  base::Result<> rate_sale(const Rating& rating, std::int64_t now_ms);
  base::Result<bool> may_lease(const LeaseAsk& ask);
  base::Result<std::optional<model::Lease>> cut_lease(Effects& effects, Counters& counters, Cut cut,
                                                      std::int64_t at_least, std::int64_t now_ms);
  base::Result<std::optional<model::Lease>> find_asked(const PointsQuestion& question);
  struct Outstanding;  // sqlite_leases.cpp
  base::Result<Outstanding> outstanding_of(base::TerminalId terminal, const LeaseTerms& terms);
  base::Result<std::int64_t> room_today(base::TerminalId terminal, const LeaseTerms& terms, std::int64_t now_ms);
  // True when that is news.
  base::Result<bool> suspect(base::TerminalId terminal, base::Epoch epoch, bool anew, std::int64_t now_ms);

  base::Result<> fetch_waiting(std::size_t events_max);
  base::Result<std::vector<SealedPayload>> read_payloads(Lane lane, base::Seq from, base::Seq to);
  base::Result<ProjectOutcome> run_turn(std::size_t events_max, bool alone);
  // What was erased stands in journal or log as it was before. Under the lock, no transaction open; what fails here is
  // overwritten by later ones.
  void overwrite_old_pages();
  base::Result<> apply_batch(Turn& turn, WaitingBatch& batch);
  base::Result<> tell(Turn& turn, const FactPlace& where, base::Code verdict);
  base::Result<> tell_displaced(Turn& turn);
  base::Result<> apply_log(Turn& turn, std::uint64_t before_batch);
  base::Result<> apply_entry(Turn& turn, std::string_view what, base::ByteView content, std::int64_t at_ms);
  base::Result<> apply_own_fact(Turn& turn, base::Seq no, base::ByteView content);
  base::Result<> apply_rating(Turn& turn, base::Seq no, base::ByteView content);
  base::Result<> apply_decision(Turn& turn, base::Seq no, base::ByteView content);
  base::Result<> apply_expiry(Turn& turn, base::Seq no, base::ByteView content);
  base::Result<> apply_adjustment(Turn& turn, base::Seq no, base::ByteView content, std::int64_t at_ms);
  base::Result<> book_own(Turn& turn, const WaitingFact& waiting, const Applied& applied);
  base::Result<> book_own(Turn& turn, base::Seq no, int kind, base::MemberId of, const Applied& applied);
  base::Result<> apply_lease(Turn& turn, std::string_view what, base::ByteView content, std::int64_t at_ms);

  base::Result<NoticeJoin> join_of(const KeptNotice& notice);
  base::Result<> join_payment(const KeptNotice& notice, model::TenderType type, NoticeJoin& join);
  base::Result<> join_sale(const model::SaleKey& key, NoticeJoin& join);
  base::Result<> join_original(const KeptNotice& notice, NoticeJoin& join);

  // Whose alias an enrolled member was made; 0: nobody's. Error: not_found.
  base::Result<base::MemberId> read_same_as(base::MemberId member);
  base::Result<std::uint64_t> count_same(base::MemberId root);

  base::Result<std::optional<TerminalRecord>> read_terminal(base::TerminalId terminal);
  base::Result<base::TerminalId> take_terminal_number();
  base::Result<std::uint32_t> take_serial();
  base::Result<std::optional<WorkOrder>> read_order(const base::Hash& code_hash);
  base::Result<> check_new_key(const crypto::PublicKey& key);
  base::Result<> insert_terminal(const TerminalRecord& record, std::int64_t now_ms);
  base::Result<TerminalRecord> given_again(base::TerminalId terminal);
  base::Result<> publish_row(FeedRows& feed, wire::RowKind kind, base::ByteView key, base::ByteView body,
                             std::uint32_t version, Scope scope = {});
  // Appends to the hub's own chained log: what the hub itself originated.
  base::Result<> append_log(std::string_view what, base::ByteView content, std::int64_t now_ms);
  base::Result<> read_figures(HubStatus& status);
  base::Result<bool> read_terminals(HubStatus& status);
  base::Result<bool> add_epochs(HubStatus& status, Lane& lane);
  base::Result<bool> read_balances(std::vector<Balance>& balances);
  base::Result<std::string> compare_copies(const std::filesystem::path& kept, const std::filesystem::path& rebuilt,
                                           const PhoneOpener& open_phone);
  // A store of its own on a copy of this one, projected to its end, from the beginning where a generation is given.
  base::Result<std::unique_ptr<SqliteHubStore>> project_copy(const std::filesystem::path& file,
                                                             const PhoneOpener& open_phone,
                                                             std::optional<std::uint64_t> rebuild_generation);

  const std::string vfs_;  // by name, of the database and of copies of it
  const HubDurability durability_;
  std::mutex checking_;  // one check at a time; taken before lock_
  TurnLock lock_;
  std::unique_ptr<sqlite::Connection> database_;  // guarded by lock_
  ReceiptChecker check_receipt_;                  // set before anything else
  std::mutex projecting_;                         // one projector at a time; taken before lock_
  std::deque<WaitingBatch> waiting_;              // guarded by projecting_
  std::uint64_t waiting_generation_{};            // guarded by projecting_
  PayloadOpener open_payload_;
  std::map<std::uint32_t, std::shared_ptr<const model::Programme>> programmes_;  // guarded by lock_; read once
};

}  // namespace millpond::hub
