// SPDX-License-Identifier: Apache-2.0
// Journal: the durable memory of one terminal. Facts with their chain and outbox, the projections that a sale needs at
// once (balances since the hub's last word, coupons, sale keys), print intents, documents and the issuer directory.
// Not the replica of what the hub knows (replica.h), and not a place for rules: it stores what it is told.
//
// One SQLite file, opened exclusively, one owner thread (journal_thread.h). A group of waiting actions shares one
// transaction with a savepoint each: a failed action loses only itself and its sequence numbers, a failed COMMIT makes
// the whole group unknown. With Durability::safe nothing that commit() reported is lost to a power cut on a disk that
// honours flush. Any call may block for a disk's sync, usually milliseconds, seconds on a failing card.
//
// Damage is met while it works, too. The call that meets a page that is none, or a row of its own books that changed,
// fails with store_corrupt and has done nothing; the next one opens the file anew as at a start, with check, salvage
// and epoch, and is answered from what was saved, after as long as a start takes. Once in 10 s at the most.
//
// Written lazily: a commit writes outbox rows, and of a sale usually one page. Its key and answer, its points, coupons,
// members and queued slips stand in those rows; the tables that answer for them get them 512 at a time, and before rows
// are acknowledged. Until then they are answered from memory, which a start makes again from the outbox. Payloads,
// phones, documents, reviews and states of slips are written at once.
#pragma once

#include "sync/base/clock.h"
#include "sync/base/result.h"
#include "sync/base/rng.h"
#include "sync/model/refund.h"
#include "sync/model/rights.h"
#include "sync/store/journal_health.h"
#include "sync/store/journal_values.h"
#include "sync/wire/messages.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>

namespace millpond::store {

enum class Durability : std::uint8_t {
  safe,  // PERSIST, EXTRA: lost 0 of 993,674 acknowledged commits over 100,240 simulated power cuts, 229 us a commit
  wal,   // WAL, FULL: 78 us on the same disk, but lost 1,245 of 435,223 where sectors tear; needs power-loss protection
};

struct JournalOwner {
  base::BrandId brand;
  base::TerminalId terminal;
  base::StoreId store;
};

// What ties a journal to one machine and one file. A known value that differs from the stored one begins a new epoch;
// an empty one (not readable here) differs from nothing.
struct MachineIdentity {
  std::string machine_id;
  std::string disk_id;
  std::uint64_t inode{};  // of the journal's file
  std::string boot_id{};  // travels with batches; never compared
};

// Reads /etc/machine-id, the file system's id, the file's inode (0 before it exists) and this boot's id.
[[nodiscard]] MachineIdentity this_machine(const std::filesystem::path& journal);

struct JournalOptions {
  std::filesystem::path path;
  JournalOwner owner;
  MachineIdentity machine;
  Durability durability{Durability::safe};
  std::string vfs{};                             // SQLite VFS by name; tests inject faults through it
  std::int64_t retention_ms{35LL * 86'400'000};  // of the sent ring, in hub time: the longest backup of a hub
  std::uint64_t ring_bytes_max{256ULL << 20};    // of the sent ring; a retention cut short by it is alarmed
  std::uint64_t budget_bytes_max{4ULL << 30};    // of the file: past it new work is refused; 0: no budget
  bool repair{true};  // a damaged file is set aside and salvaged; false for a reader: store_corrupt, left as it is
  std::uint32_t cache_kib{8'000};  // of pages kept in memory; what is in it is not read from the disk again
};

// The inside of one action. Every method reads and writes within the action's savepoint.
class Transaction {
 public:
  virtual ~Transaction() = default;

  // Appends a fact: takes the next seq, extends the chain, adds the outbox row and applies the fact's effect on local
  // balances, coupons and members. Errors: too_large, bad_input for a member, coupon or cause that is there already,
  // disk_full (also past the budget, see BudgetLevel), disk_error.
  [[nodiscard]] virtual base::Result<base::Seq> append(const model::FactBody& body, std::int64_t occurred_at_ms,
                                                       std::int32_t utc_offset_min, std::uint32_t programme_version,
                                                       base::ByteView payload_salt = {},
                                                       base::ByteView payload = {}) = 0;

  // The next identity for a member or coupon. Error: ids_exhausted.
  [[nodiscard]] virtual base::Result<std::uint64_t> next_id() = 0;

  [[nodiscard]] virtual base::Result<std::optional<StoredSale>> find_sale(const model::SaleKey& key) = 0;
  // Of a sale or refund that this action appended; they share their numbers. bad_input: another fact, or it is there.
  [[nodiscard]] virtual base::Result<> put_sale(const StoredSale& sale) = 0;
  // Of coupons that were issued here, in whatever epoch. A new epoch surrenders every right of the one before, because
  // the file may be a copy, and a RightsReleased those of its own epoch: then they are known and not held.
  [[nodiscard]] virtual base::Result<std::optional<LocalCoupon>> find_coupon(base::CouponId coupon) = 0;
  // Honoured at this terminal in any way, wherever it was issued.
  [[nodiscard]] virtual base::Result<bool> was_used(base::CouponId coupon) = 0;
  // Provisional uses that the hub has not acknowledged, and those of one member on one day. Everything is outstanding
  // when a row changed on the disk.
  [[nodiscard]] virtual base::Result<model::Outstanding> outstanding(base::MemberId member, base::LocalDate day) = 0;
  [[nodiscard]] virtual base::Result<std::optional<base::CouponId>> find_cause(const base::Hash& cause) = 0;
  [[nodiscard]] virtual base::Result<std::vector<LocalCoupon>> coupons_of(base::MemberId member) = 0;
  [[nodiscard]] virtual base::Result<bool> has_member(base::MemberId member) = 0;  // enrolled here
  // Of the fact that this action appended last.
  [[nodiscard]] virtual base::Result<> put_phone(base::ByteView key16, base::MemberId member) = 0;
  [[nodiscard]] virtual base::Result<std::optional<base::MemberId>> find_phone(base::ByteView key16) = 0;
  // Sum of points of facts after a position (see Journal::position_of).
  [[nodiscard]] virtual base::Result<std::int64_t> points_since(base::MemberId member, std::uint64_t position) = 0;
  // The same of those alone that took some: not above 0.
  [[nodiscard]] virtual base::Result<std::int64_t> points_taken_since(base::MemberId member,
                                                                      std::uint64_t position) = 0;
  // Paid sales of a member after a position, those of this action included.
  [[nodiscard]] virtual base::Result<std::int64_t> visits_since(base::MemberId member, std::uint64_t position) = 0;
  // What a campaign gave a member in facts after a position, also on a day at the store.
  [[nodiscard]] virtual base::Result<GivenSince> given_since(base::MemberId member, std::uint64_t position,
                                                             base::CampaignId campaign, base::LocalDate day) = 0;
  [[nodiscard]] virtual base::Result<> put_print_intent(const PrintIntent& intent) = 0;
  // epoch: as the intent said, so that a slip is still found when its fact was reissued meanwhile; 0: the newest `of`.
  [[nodiscard]] virtual base::Result<> set_print_state(base::Seq of, PrintState state, base::Epoch epoch = {}) = 0;
  [[nodiscard]] virtual base::Result<> put_review(std::string_view kind, base::ByteView content,
                                                  std::int64_t at_ms) = 0;
  // Leases that were not given back, the newest of each thing (lease_of: of one), with what facts here used of
  // them, all together and by one member. Of another epoch's too: model::usable() knows.
  [[nodiscard]] virtual base::Result<std::vector<HeldLease>> leases(base::MemberId member) = 0;
  [[nodiscard]] virtual base::Result<std::optional<HeldLease>> lease_of(model::LeaseKind kind, std::uint64_t subject,
                                                                        base::MemberId member) = 0;
  // Takes the place of the one before of the same thing; one with a lower number changes nothing.
  [[nodiscard]] virtual base::Result<> put_lease(const model::Lease& lease) = 0;
  // Coupons kept for baskets, oldest first, also those past their end; a row that changed on the disk is none.
  [[nodiscard]] virtual base::Result<std::vector<Hold>> holds() = 0;
  [[nodiscard]] virtual base::Result<> put_hold(const Hold& hold) = 0;  // takes the place of the one of its id
  [[nodiscard]] virtual base::Result<> drop_hold(std::uint64_t id) = 0;
  // Facts as ring and outbox have them, from one on, oldest first, of one epoch; fewer than asked where a batch of the
  // ring ends. Errors: not_found for one that is no longer kept, chain_broken for one that changed on the disk.
  [[nodiscard]] virtual base::Result<std::vector<model::Fact>> facts_from(base::Epoch epoch, base::Seq seq,
                                                                          std::uint32_t facts_max) = 0;
  // What has come back of a sale through this terminal, as put_refunds() kept it; nothing when the row changed on the
  // disk, or the sale is older than the ring.
  [[nodiscard]] virtual base::Result<model::RefundSum> refunds_of(const model::SaleKey& sale) = 0;
  [[nodiscard]] virtual base::Result<> put_refunds(const model::SaleKey& sale, const model::RefundSum& sum) = 0;
  // Replaces the document of a kind ("programme", "certificate", ...) when version is newer; keeps older versions out.
  [[nodiscard]] virtual base::Result<> put_document(std::string_view kind, std::uint64_t version,
                                                    base::ByteView content) = 0;
  [[nodiscard]] virtual base::Result<> drop_document(std::string_view kind) = 0;  // nothing when there is none
  [[nodiscard]] virtual base::Result<> put_issuer(const wire::IssuerRow& issuer) = 0;
};

using Action = std::function<base::Result<>(Transaction&)>;

class Journal {
 public:
  // Opens or creates, takes the exclusive lock, migrates forward, checks integrity and decides about the epoch; a new
  // epoch's first fact is EpochBegun. A file that SQLite calls damaged is set aside as "journal.db.damaged-N"; every
  // row of it that can be read and proves whole goes into a new one, and health() says so. Errors: store_locked
  // (another service), store_corrupt (only with repair off), store_newer, disk_full, permission_denied, config_invalid
  // (another terminal's journal).
  [[nodiscard]] static base::Result<std::unique_ptr<Journal>> open(JournalOptions options, const base::Clock& clock,
                                                                   base::Rng& rng);
  virtual ~Journal() = default;

  // Runs the actions in order, one savepoint each, and commits once. result[i] is action i's own error, or
  // commit_unknown for all when COMMIT failed: the caller re-reads by key, it never assumes. When the disk was full and
  // SQLite undid the whole group, all get disk_full: nothing of it exists.
  [[nodiscard]] virtual std::vector<base::Result<>> commit(std::span<const Action> actions) = 0;

  // Reads without writing; the same view that actions have.
  [[nodiscard]] virtual base::Result<> read(const Action& action) = 0;

  [[nodiscard]] virtual base::Result<OutboxStatus> outbox() = 0;
  // Up to the limits, contiguous from `from` (acked + 1, or lower after a rewind, then from the ring) within one epoch.
  // The request's signature is left empty. Error: not_found when nothing is queued.
  [[nodiscard]] virtual base::Result<wire::UpRequest> read_batch(base::Epoch epoch, base::Seq from,
                                                                 std::uint32_t events_max, std::size_t bytes_max) = 0;
  // Moves rows through `through` from the outbox to the sent ring with the batch as it was signed, gives the space
  // back, drops ring entries past retention. A batch that does not hold exactly these rows (the hub knew more or less
  // than we thought) is replaced by one built here without a signature. Personal payloads stay beside the ring, not in
  // it, so that they can be erased; the signature covers the chain and holds without them. hub_wall_ms: of the answer
  // (0: it had none). Retention goes by it and by nothing else, but no faster than 24 times this machine's monotonic
  // clock: a hub that is in a wrong year for an hour makes nothing old. Repeating it changes nothing. On a disk without
  // room for all at once it goes by parts, each a transaction of its own: what a later part met may be told when
  // earlier ones are done. Errors: bad_input past the head, chain_broken (quarantine_damage), disk_full, commit_unknown
  // (repeat it).
  [[nodiscard]] virtual base::Result<> acknowledge(base::Epoch epoch, base::Seq through, base::ByteView signed_batch,
                                                   std::int64_t hub_wall_ms) = 0;
  // A restored hub holds less than we sent: puts ring rows after `through` back into the outbox. Error: not_found when
  // the ring no longer reaches that far (the rest is still put back; reissue() with ring_short sends it).
  [[nodiscard]] virtual base::Result<> rewind(base::Epoch epoch, base::Seq through) = 0;
  // Every epoch ever begun here, oldest first; the last one lives.
  [[nodiscard]] virtual base::Result<std::vector<EpochMark>> epochs() = 0;

  // Ends an epoch at common_through and begins a new one, whose first fact is EpochBegun{reason, epoch,
  // common_through}. Every fact of the epoch after that, from ring or outbox, is stamped anew and appended in order;
  // references to sales and all projections follow (a PrintFinished whose slip stays behind gets intent 0). Facts that
  // are no longer kept are not made up. One transaction; takes about a second for 100,000 facts. Returns the live
  // epoch. Safe to repeat: an epoch that has ended there already is left alone. Errors: not_found for an epoch that was
  // never begun here, chain_broken (use quarantine_damage), disk_full, commit_unknown (repeat it).
  [[nodiscard]] virtual base::Result<base::Epoch> reissue(base::Epoch epoch, base::Seq common_through,
                                                          model::EpochReason reason) = 0;
  // For chain_broken from read_batch() or acknowledge(), and for every epoch in JournalHealth::damaged. hub_through:
  // what the hub says it holds of the epoch (DownPage.accepted; 0 when it has none), because that much is safe and
  // would count twice if it were sent again under a new epoch. Facts before the damage stay, what changed goes to the
  // quarantine, whole facts after it are reissued with EpochReason::damaged. Returns how many were quarantined; 0 with
  // nothing changed when the epoch is whole. One transaction; safe to repeat.
  [[nodiscard]] virtual base::Result<std::uint64_t> quarantine_damage(base::Epoch epoch, base::Seq hub_through) = 0;

  // What stands in the quarantine, oldest first.
  [[nodiscard]] virtual base::Result<std::vector<QuarantinedRow>> quarantine() = 0;
  // A person has looked at all of it, and at files set aside: health() names them no more, so that the next damage is
  // seen. Nothing is removed. One commit.
  [[nodiscard]] virtual base::Result<> close_quarantine() = 0;

  [[nodiscard]] virtual base::Result<RightsStatus> rights() = 0;

  // A number that grows over epochs, for comparing with balances; 0 for an unknown epoch.
  [[nodiscard]] virtual base::Result<std::uint64_t> position_of(base::Epoch epoch, base::Seq seq) = 0;
  // Drops local point deltas at or before a position whose effect the durable replica now includes.
  [[nodiscard]] virtual base::Result<> prune_deltas(std::uint64_t through_position) = 0;

  // Personal is what put_phone() keeps, and payloads. A payload whose fact waits for the hub is never forgotten: it is
  // sealed, and its fact travels with it. No fact, chain or code changes; a fact whose payload was forgotten is sent
  // again, to a restored hub, without it. What goes is overwritten in the file and in its log. When there is nothing to
  // forget nothing is written. Safe to repeat. Errors: disk_full, disk_error, commit_unknown.
  // Of these members, their phones also where the fact waits.
  [[nodiscard]] virtual base::Result<> forget_members(std::span<const base::MemberId> members) = 0;
  // Of everybody: of facts acknowledged before that, in the hub's time; without it of all, and every phone.
  [[nodiscard]] virtual base::Result<> forget_personal(std::optional<std::int64_t> acknowledged_before_ms) = 0;
  // About whom something is here of acknowledged facts at or before a position, ascending.
  [[nodiscard]] virtual base::Result<std::vector<base::MemberId>> remembered(std::uint64_t through_position) = 0;

  // The one method for any thread, at any time: never null, and waits for nothing. What a commit changed is in it
  // before that commit is reported.
  [[nodiscard]] virtual std::shared_ptr<const Published> published() const = 0;
  [[nodiscard]] virtual base::Result<std::optional<base::Bytes>> document(std::string_view kind) = 0;
  [[nodiscard]] virtual base::Result<std::optional<wire::IssuerRow>> issuer(std::uint32_t issuer) = 0;
  [[nodiscard]] virtual base::Result<std::vector<PrintIntent>> unfinished_prints() = 0;
  [[nodiscard]] virtual base::Result<std::optional<PrintIntent>> print_intent(base::Seq of) = 0;
  // The newest `limit` facts, or those still queued only, oldest first.
  [[nodiscard]] virtual base::Result<std::vector<JournalEntry>> entries(std::size_t limit, bool queued_only) = 0;
  [[nodiscard]] virtual base::Result<Verification> verify() = 0;
  [[nodiscard]] virtual base::Result<JournalHealth> health() = 0;

  // A whole copy of the file while it works (JournalThread::copy_to steps it between groups). One copy at a time.
  // Errors: already_exists, already_running, disk_full, permission_denied.
  [[nodiscard]] virtual base::Result<> begin_copy(const std::filesystem::path& target) = 0;
  // The next 64 pages; true when the copy is complete, synced and closed. Any error ends and removes the copy.
  [[nodiscard]] virtual base::Result<bool> step_copy() = 0;
  virtual void abandon_copy() = 0;  // removes an unfinished one; nothing without one
};

}  // namespace millpond::store
