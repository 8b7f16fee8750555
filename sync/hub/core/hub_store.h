// SPDX-License-Identifier: Apache-2.0
// HubStore: what the hub must remember, as a narrow port with one implementation per database engine. Every call is one
// transaction: when it returns a value the change is durable, when it returns an error nothing was changed. It stores
// what it is told and checks no signature; HubCore checks before it calls. One contract suite runs over every engine.
//
// Two stages. Stage 1 keeps signed batches raw, keyed by terminal and epoch, and moves the watermark: that is the
// truth, together with the hub's own chained log of what people did here. Stage 2 projects both, in order of arrival,
// into balances, coupons and downlink rows: all of that can be thrown away and made again. Thread-safe by an internal
// lock, at which stage 2 lets everybody else pass. Calls block for the disk. Errors of every call: disk_full,
// disk_error, store_corrupt, store_locked, internal.
#pragma once

#include "sync/hub/core/campaign_store.h"
#include "sync/hub/core/check_values.h"
#include "sync/hub/core/hub_values.h"
#include "sync/hub/core/lease_values.h"
#include "sync/hub/core/notice_values.h"
#include "sync/hub/core/points_store.h"
#include "sync/model/member_marks.h"

#include <filesystem>
#include <memory>
#include <span>

namespace millpond::hub {

class HubStore : public PointsStore, public CampaignStore {
 public:
  // Stage 1. Commits batch, payloads and watermark; repeats with the same content succeed and change nothing. Content
  // that differs from what is held is a fork: the evidence is kept, bounded, the terminal is suspected of living twice,
  // and the epoch goes on for the copy that wrote what is held. So is a terminal whose older epoch goes on after a
  // newer one has begun. A batch that begins after the histories parted does not show where: it is answered as a gap
  // that reaches half way back, until one does.
  [[nodiscard]] virtual base::Result<IngestOutcome> ingest(const CheckedBatch& batch,
                                                           const base::Hash& chain_start) = 0;
  // Marks of all epochs of a terminal, oldest first.
  [[nodiscard]] virtual base::Result<std::vector<Watermark>> watermarks(base::TerminalId terminal) = 0;
  // The batch after a position, which moves to it; from 0 on, in order of arrival.
  [[nodiscard]] virtual base::Result<std::optional<StoredBatch>> batch_after(std::uint64_t& position) = 0;
  // The same over the evidence of forks.
  [[nodiscard]] virtual base::Result<std::optional<StoredBatch>> fork_after(std::uint64_t& position) = 0;
  // A stored batch is not what its terminal signed any more: until facts that lead to the same chain value came again,
  // ingest() and down() tell that terminal that they are not held. Then the batch holds in its old place; projections
  // stay as they are meanwhile. False: it is asked for already, or there is no such batch.
  [[nodiscard]] virtual base::Result<bool> ask_again(const StoredBatch& broken, const base::Hash& chain_start,
                                                     std::int64_t now_ms) = 0;
  // A stored batch holds, and what the store keeps beside it (seqs and chain values) does not: the latter is made again
  // of this one, whose values the caller has read from the signed batch.
  [[nodiscard]] virtual base::Result<> put_right(const StoredBatch& batch, std::int64_t now_ms) = 0;
  // A person chose which copy lives; the others stay suspended. Error: not_found (no such epoch).
  [[nodiscard]] virtual base::Result<> keep_copy(base::TerminalId terminal, base::Epoch epoch, std::int64_t now_ms) = 0;

  // Stage 2. Applies up to events_max waiting facts, fewer when somebody waits for the store. A fact that cannot be
  // understood or applied gets a verdict and never stops those behind it. Repeating after a crash applies each fact
  // once.
  [[nodiscard]] virtual base::Result<ProjectOutcome> project(std::size_t events_max, const PhoneOpener& open_phone) = 0;
  // Throws projections away and begins a new generation; project() then makes them again from raw batches and log.
  [[nodiscard]] virtual base::Result<> begin_rebuild(std::uint64_t generation) = 0;
  // The same for a file that was put back from a copy, noted in the log: the next terminal and serial are
  // numbers_skipped higher, because some were given out since. Ends HubStatus::went_back.
  [[nodiscard]] virtual base::Result<> restored(std::uint64_t generation, std::int64_t now_ms) = 0;
  // A whole copy, synced, made in short steps between other calls. Error: already_exists (the file).
  [[nodiscard]] virtual base::Result<> copy_to(const std::filesystem::path& file) = 0;

  // Changed rows after the cursor in scope of the terminal, and its marks, from one transaction. A cursor below the
  // tombstone horizon is sent to a snapshot. One of this generation that is ahead sets HubStatus::went_back.
  [[nodiscard]] virtual base::Result<wire::DownPage> down(base::TerminalId terminal, const DownAsk& ask) = 0;
  [[nodiscard]] virtual base::Result<FeedHead> feed_head() = 0;
  [[nodiscard]] virtual base::Result<SnapshotStart> snapshot_start() = 0;
  // Looks at rows_max rows after one and gives those that are live, for everyone, and numbered at most `through`. A row
  // that changes meanwhile has a higher number then, and reaches whoever adopts the snapshot by the feed.
  [[nodiscard]] virtual base::Result<FeedSlice> feed_slice(std::uint8_t after_kind, base::ByteView after_key,
                                                           std::uint64_t through, std::uint32_t rows_max) = 0;
  // Removes up to rows_max tombstones that are numbered at most `through` and older than a time; cursors below the
  // newest of them need a snapshot from then on. Of rows for some only hub_seq of the cursor counts: who reads them
  // from the beginning after a snapshot has none that could be missing its tombstone.
  [[nodiscard]] virtual base::Result<Purged> purge_tombstones(std::uint64_t through, std::int64_t before_ms,
                                                              std::uint32_t rows_max) = 0;

  // Notes the removal of a person, aliases included; stage 2 applies it after the batches held now. Error: not_found.
  [[nodiscard]] virtual base::Result<> remove_member(base::MemberId member, std::int64_t now_ms) = 0;
  // Everything that is kept of a person, from whichever of their numbers. Reads every sale. Error: not_found.
  [[nodiscard]] virtual base::Result<MemberFile> member_file(base::MemberId member) = 0;
  // How payloads are opened that are not kept as they came; set before the first project(), or not at all.
  virtual void open_payloads_with(PayloadOpener open) = 0;
  // Notes that `from` is the person that `into` is; stage 2 applies it after the batches that are held now, unless one
  // of them has left or they have become one by then. Ledgers stay apart; the row of the person shows the sum. By
  // itself that happens where both proved one phone within 90 days. A second enrolment is in Balance::phone_of. Errors:
  // not_found (not both enrolled and projected), bad_input (they are one already, `from` is another one's alias, or
  // more than wire::member_aliases_max aliases).
  [[nodiscard]] virtual base::Result<> merge_members(base::MemberId from, base::MemberId into, std::int64_t now_ms) = 0;
  // Notes that a merge was wrong; applied in its place as well. Whoever was made an alias of `from` goes with it.
  // Errors: not_found, bad_input (it is nobody's alias).
  // What HubCore::mark_member says; in the hub's log, all or nothing.
  [[nodiscard]] virtual base::Result<> mark_member(base::MemberId member, std::span<const model::MemberMark> marks,
                                                   std::int64_t now_ms) = 0;
  [[nodiscard]] virtual base::Result<> unmerge_member(base::MemberId from, std::int64_t now_ms) = 0;

  // Judges receipts in project(). Nothing is believed before it is set; call it before anything else.
  virtual void believe_receipts(ReceiptChecker check) = 0;
  // Whether a terminal may honour a coupon. A yes is booked and in the hub's log when this returns, so that nobody else
  // gets one; the same redemption gets the same answer again, also while projections are made anew. Only what is
  // projected counts: a release that waits is none yet.
  [[nodiscard]] virtual base::Result<RedeemAnswer> redeem(const RedeemQuestion& question, std::int64_t now_ms) = 0;
  // By terminal.
  [[nodiscard]] virtual base::Result<std::vector<RightsStanding>> rights() = 0;
  // What facts have said of the use of a coupon; issued with nothing where none has.
  [[nodiscard]] virtual base::Result<CouponBooked> coupon_booked(base::CouponId coupon) = 0;
  // An operator gives up waiting for a terminal that was not heard of since a time: what it holds is the hub's, applied
  // in its place. Returns how many epochs that concerns. Errors: not_found, bad_input (it was heard of since).
  [[nodiscard]] virtual base::Result<std::uint64_t> break_rights(base::TerminalId terminal,
                                                                 std::int64_t silent_since_ms, std::int64_t now_ms) = 0;

  // Cuts a lease for a terminal that is on the line, where one is due: it has none for the life that it lives, less
  // than a quarter is left, or its end is near. In the hub's log and the terminal's feed when this returns. Nothing
  // when none is due, nothing is free, copies of the terminal are suspected, or facts wait for stage 2: ask again with
  // its next request. Used and outstanding together never exceed the cap.
  [[nodiscard]] virtual base::Result<std::optional<model::Lease>> renew_lease(const LeaseAsk& ask,
                                                                              const LeaseTerms& terms,
                                                                              std::int64_t now_ms) = 0;
  // A lease that is enough for one sale, for a terminal that asks while somebody waits, though none is due. What the
  // member is asked for stays theirs: nobody else who asks gets it until the terminal's facts have told what became of
  // it. In the hub's log and the terminal's feed when this returns; the same question gets the same lease. Refused with
  // value_suspended, points_short (the member does not have them), points_cap (nothing is free, or the terminal has
  // asked_shares_max out, or was given all of its day); unknown while facts wait for stage 2.
  [[nodiscard]] virtual base::Result<PointsAnswer> lease_points(const PointsQuestion& question, const LeaseTerms& terms,
                                                                std::int64_t now_ms) = 0;
  [[nodiscard]] virtual base::Result<LeaseBooks> leases() = 0;
  [[nodiscard]] virtual base::Result<std::int64_t> believed_terminals() = 0;  // how many are not revoked
  // An operator decides that what a lost terminal had left is gone; stage 2 applies it in its place. Errors: not_found,
  // bad_input (nothing is left that the hub waits for).
  [[nodiscard]] virtual base::Result<> give_up_lease(base::LeaseId lease, std::int64_t now_ms) = 0;

  // Notes that stores which have not seen a member since a day are told of their profile no more; stage 2 applies it in
  // its place. Nothing where there is none, or while the log waits for stage 2.
  [[nodiscard]] virtual base::Result<> leave_profiles(base::LocalDate since, std::int64_t now_ms) = 0;
  // What is known of a member beside the ledger. Error: not_found (neither enrolled nor heard of).
  [[nodiscard]] virtual base::Result<MemberProfile> profile(base::MemberId member) = 0;

  // People behind the counter, by number; noted in the log. Their rows in the feed are put_scoped()'s business.
  [[nodiscard]] virtual base::Result<> put_staff(const StaffRecord& record, std::int64_t now_ms) = 0;
  [[nodiscard]] virtual base::Result<std::vector<StaffRecord>> staff() = 0;
  // Writes a row that one store, one group of stores or one terminal gets; an empty body takes it back. It is not
  // published: a rebuild forgets it, and whoever made it makes it again.
  [[nodiscard]] virtual base::Result<> put_scoped(const wire::DownRow& row, std::uint64_t place,
                                                  base::TerminalId terminal, std::int64_t now_ms) = 0;
  [[nodiscard]] virtual base::Result<bool> has_row(wire::RowKind kind, base::ByteView key) = 0;
  // A member as terminals are told of them; nothing for one that has left or that nobody told of.
  [[nodiscard]] virtual base::Result<std::optional<wire::MemberRow>> member_row(base::MemberId member) = 0;
  // The newest privileged acts and PINs entered, and patterns that somebody should look at; newest first.
  [[nodiscard]] virtual base::Result<std::vector<AuditEntry>> audit(std::size_t limit) = 0;
  [[nodiscard]] virtual base::Result<std::vector<SignalEntry>> signals(std::size_t limit) = 0;
  // Notes what an operator asks for in the hub's own log, before it is done. Ids only, no personal data.
  [[nodiscard]] virtual base::Result<> note_act(std::string_view told, std::int64_t now_ms) = 0;
  // At most so many of the log's newest entries about people and keys; reads the whole log for its chain.
  [[nodiscard]] virtual base::Result<HubActs> acts(std::size_t limit) = 0;

  // Keeps a notice until it is settled and beyond. False: it was kept already. Error: notice_changed (its number came
  // with other content; counted).
  [[nodiscard]] virtual base::Result<bool> keep_notice(const KeptNotice& notice) = 0;
  // Open ones after a number, in their order, or by the query; with what the books know of each.
  [[nodiscard]] virtual base::Result<std::vector<NoticeEntry>> open_notices(std::uint64_t after, std::size_t limit) = 0;
  [[nodiscard]] virtual base::Result<std::vector<NoticeEntry>> notices(const NoticeQuery& query,
                                                                       std::int64_t now_ms) = 0;
  // Error: not_found (no such notice, or erased).
  [[nodiscard]] virtual base::Result<KeptNotice> notice_with_raw(std::uint64_t no) = 0;
  // Books facts of the hub's own in its log and closes the notice; stage 2 applies them in their place. `stamp` lacks
  // only the seq; points name the fact before them. None: it is only closed. Nothing happens when it is closed already.
  [[nodiscard]] virtual base::Result<> settle_notice(std::uint64_t no, const model::Stamp& stamp,
                                                     std::vector<model::FactBody> facts, std::int64_t booked_minor,
                                                     std::int64_t now_ms) = 0;
  // Notes whose a payer is; applied by stage 2. Errors: not_found (not enrolled), already_exists (somebody's already).
  [[nodiscard]] virtual base::Result<> know_payer(base::ByteView payer, base::MemberId member, std::int64_t now_ms) = 0;
  // Forgets what was sent before a time, not what it said; of those still open nobody expects anything any more.
  // Returns how many.
  [[nodiscard]] virtual base::Result<std::uint64_t> erase_notices(std::int64_t before_ms) = 0;

  // Takes the next terminal number and keeps the code until it expires.
  [[nodiscard]] virtual base::Result<base::TerminalId> add_code(const TypedCode& code, base::StoreId store,
                                                                std::int64_t now_ms, std::int64_t expires_ms) = 0;
  // Uses a code once: makes the terminal and its issuer row. The same code and key again gives the same record, until
  // that terminal has uploaded. A wrong one takes tries as TypedCode says. Errors: provision_code_invalid;
  // already_exists (the key was another's, or its terminal works) and terminal_revoked, which leave the code good.
  [[nodiscard]] virtual base::Result<TerminalRecord> use_code(const TypedCode& code, const crypto::PublicKey& key,
                                                              std::int64_t now_ms, const CertificateMaker& make) = 0;
  [[nodiscard]] virtual base::Result<std::optional<TerminalRecord>> terminal(base::TerminalId terminal) = 0;
  // Keeps a work order under the hash of its code, and gives it a number.
  [[nodiscard]] virtual base::Result<std::uint64_t> add_order(const base::Hash& code_hash, WorkOrder order,
                                                              std::int64_t now_ms) = 0;
  // The order of a code as it was, and one of its tries, which is gone when this returns: the caller checks phone and
  // PIN after it. Nothing for another code.
  [[nodiscard]] virtual base::Result<std::optional<WorkOrder>> try_order(const base::Hash& code_hash) = 0;
  // Uses an order for one machine and gives its tries back. The same key again gives the same record, until that
  // terminal has uploaded. Errors: work_order_invalid (used up, expired, revoked), and the two of use_code().
  [[nodiscard]] virtual base::Result<TerminalRecord> use_order(const base::Hash& code_hash,
                                                               const crypto::PublicKey& key, std::int64_t now_ms,
                                                               const CertificateMaker& make) = 0;
  [[nodiscard]] virtual base::Result<std::vector<WorkOrder>> orders() = 0;
  // Terminals that it made already stay. Error: not_found.
  [[nodiscard]] virtual base::Result<> revoke_order(std::uint64_t number, std::int64_t now_ms) = 0;

  // Takes the next terminal number and serial for a grant.
  [[nodiscard]] virtual base::Result<GrantRecord> add_grant(base::StoreId store, std::int64_t expires_ms,
                                                            std::int64_t now_ms, const GrantMaker& make) = 0;
  // The first machine that shows a grant becomes its terminal; the same again gets the same record. Whatever else shows
  // it is counted where it counts. Errors: grant_invalid (unknown, revoked, or another machine's by now),
  // grant_expired, terminal_revoked, already_exists (the key was another terminal's).
  [[nodiscard]] virtual base::Result<TerminalRecord> bind_grant(base::ByteView grant, const crypto::PublicKey& key,
                                                                std::int64_t now_ms, const CertificateMaker& make,
                                                                bool counts) = 0;
  [[nodiscard]] virtual base::Result<std::vector<GrantRecord>> grants() = 0;
  // Before it was bound; afterwards it is a terminal. Error: not_found.
  [[nodiscard]] virtual base::Result<> revoke_grant(base::TerminalId terminal, std::int64_t now_ms) = 0;

  // A terminal as its certificate says; numbers and serials go on behind it. The same again gives the same record.
  // Errors: already_exists (number or key are another's), terminal_revoked.
  [[nodiscard]] virtual base::Result<TerminalRecord> readmit(const TerminalRecord& record, std::int64_t now_ms) = 0;
  // Gives the certificate that `renew` makes under the next serial; empty: nothing. Errors: not_found,
  // terminal_revoked.
  [[nodiscard]] virtual base::Result<TerminalRecord> renew(base::TerminalId terminal, std::int64_t now_ms,
                                                           const CertificateRenewer& renew) = 0;
  // Facts from from_seq on are no longer believed by other terminals. What it gave and used by batches that came from
  // since_ms on is undone by stage 2: coupons are void, and those it used are their holders' again. Error: not_found.
  [[nodiscard]] virtual base::Result<GivenSince> revoke(base::TerminalId terminal, std::uint64_t from_seq,
                                                        std::int64_t now_ms, std::int64_t since_ms = INT64_MAX) = 0;

  // Makes a row part of every terminal's downlink and the hub's own log (programme, hub issuer). The same version with
  // the same content again changes nothing. Error: bad_input (a version never changes, nor comes back).
  [[nodiscard]] virtual base::Result<> publish(wire::RowKind kind, base::ByteView key, base::ByteView body,
                                               std::uint32_t version, std::int64_t now_ms, Scope scope = {}) = 0;
  // The rows of one kind as they were published last, for whomever.
  [[nodiscard]] virtual base::Result<std::vector<wire::DownRow>> published_rows(wire::RowKind kind) = 0;
  // Rows for everyone that a new terminal begins with: programme and issuers.
  [[nodiscard]] virtual base::Result<std::vector<wire::DownRow>> documents() = 0;
  // Version of what was last published for a kind; 0 for nothing.
  [[nodiscard]] virtual base::Result<std::uint32_t> published_version(wire::RowKind kind) = 0;

  // In short steps, terminals and members each as they were when they were read.
  [[nodiscard]] virtual base::Result<HubStatus> status() = 0;
  [[nodiscard]] virtual base::Result<std::vector<Balance>> balances() = 0;
  // Everything, as of one moment, while others go on: from a copy beside the file, which takes as much room meanwhile.
  [[nodiscard]] virtual base::Result<StoreCheck> check() = 0;
  // Makes all projections a second time, on a copy beside the store, and says the first table that comes out otherwise;
  // empty when none does. Takes as long as a rebuild and twice the file's size; others go on meanwhile.
  [[nodiscard]] virtual base::Result<std::string> rebuilt_otherwise(const PhoneOpener& open_phone) = 0;
};

}  // namespace millpond::hub
