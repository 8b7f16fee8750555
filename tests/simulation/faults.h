// SPDX-License-Identifier: Apache-2.0
// What goes wrong in the simulation, how often it did, and which bug is planted on purpose. Planted bugs live in the
// simulation's own wrappers, never in the product: they prove that the checks would notice.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace millpond::simulation {

enum class Fault : std::uint8_t {
  // the line
  line_cut,             // minutes to days without a line
  line_crawls,          // one byte a second, for hours
  certificate_expired,  // nobody can be trusted on the line, for hours
  request_lost,
  request_doubled,
  request_late,  // arrives after the terminal gave up and sent it again
  answer_lost,
  answer_late,
  answer_cut,         // the second half of the body is missing
  answer_of_another,  // a kept answer to an earlier request
  portal_page,        // HTML with status 200
  request_bit_flip,
  answer_bit_flip,
  // a terminal
  terminal_power_cut,  // with dropped, kept and garbled sectors, mostly within a commit
  terminal_killed,
  terminal_disk_full,
  terminal_sync_error,  // fsync fails for minutes, and the kernel forgets what it failed to write
  replica_deleted,
  replica_bit_flip,
  journal_deleted,
  journal_bit_flip,
  journal_page_damaged,  // while it is in use
  journal_of_yesterday,  // an old image of the disk comes back, and nothing tells
  disk_cloned,           // two machines go on with one disk's copies
  machine_swapped,       // the disk wakes up in another machine
  newer_journal,         // a newer release wrote the journal; the older one must leave it alone
  downgrade,             // a newer release wrote it, and the older one may go on with it
  upgraded,              // the journal goes through a migration with its queue as it is, and the replica through one
  clock_jump,            // up to 15 days either way
  clock_years,           // ten years either way
  clock_dead,            // 1970 after a start
  daylight_saving,       // the programme's zone changes under a sale
  value_suspended,       // another copy is about: coupons are refused here until an operator chose
  horizon_passed,        // offline for longer than the hub keeps tombstones
  // a snapshot on its way
  snapshot_cut,       // the line breaks within a piece
  snapshot_crash,     // power cut or kill while it is fetched, staged or swapped in
  snapshot_bit_flip,  // in what has arrived, or in the file that the hub serves
  snapshot_gone,      // newer ones took its place
  snapshot_outdated,  // a new generation began
  // the hub
  hub_sheds_load,
  hub_power_cut,
  hub_killed,
  hub_disk_full,
  hub_sync_error,
  hub_failover,       // dies between the commit of a batch and its answer
  hub_restored,       // from a backup, up to days old
  hub_rebuilt,        // a new generation while terminals are in the middle of a download
  hub_no_credit,      // lets nothing through for a while
  hub_bit_flip,       // in its file, while it is down
  hub_batch_changed,  // a stored batch, while it is down: its terminal is asked for it again
  hub_clock_years,    // its clock is ten years off, for up to two hours
  unknown_row,        // a downlink row of a kind that this release does not know
  // its operator
  member_removed,
  members_merged,    // two numbers turn out to be one person
  members_parted,    // or not, after all
  copy_chosen,       // of two copies of a terminal
  terminal_revoked,  // its uploads stop, and its people are served
  programme_late,    // a terminal sells for hours before its first page, as one made by a sheet of paper does
  // points
  points_refused,    // more than a lease allows, or than is there
  points_overdrawn,  // spent at terminals that could not hear of each other
  // facts of others
  poison_first,
  poison_middle,
  poison_last,
  newer_schema,      // a batch in a layout that this hub does not know
  coupon_elsewhere,  // one coupon shown at stores that cannot know of each other
  count_,
};

inline constexpr std::size_t fault_kinds = static_cast<std::size_t>(Fault::count_);
[[nodiscard]] std::string_view fault_name(Fault fault);
[[nodiscard]] std::optional<Fault> fault_of(std::string_view name);

using FaultCounts = std::array<std::uint64_t, fault_kinds>;
using FaultSet = std::bitset<fault_kinds>;

// Counts faults, and leaves out those that are switched off.
class Faults {
 public:
  explicit Faults(FaultSet off) : off_{off} {}
  [[nodiscard]] bool begins(Fault fault) {
    const auto i = static_cast<std::size_t>(fault);
    if (off_[i]) return false;
    ++counts_[i];
    return true;
  }
  [[nodiscard]] bool possible(Fault fault) const { return !off_[static_cast<std::size_t>(fault)]; }
  [[nodiscard]] const FaultCounts& counts() const { return counts_; }

 private:
  FaultSet off_;
  FaultCounts counts_{};
};

enum class Bug : std::uint8_t {
  none,
  told_before_commit,          // a sale is answered to the till before it is committed
  repeat_without_lookup,       // a till's repetition is recorded as another sale
  commit_unsynced,             // commits do not wait for the disk
  commit_unknown_is_done,      // a COMMIT that failed is taken for done
  released_when_sent,          // facts leave the outbox when they are sent, not when they are accepted
  release_past_answer,         // more leaves the outbox than the hub said it holds
  rewind_ignored,              // a hub that lost facts is not sent them again
  cursor_outside_transaction,  // the downlink cursor is stored apart from the rows it stands for
  page_skips_row,              // a row of a downlink page is dropped
  deltas_pruned_early,         // local points go before the replica that includes them is on the disk
  hub_answers_before_commit,   // the hub acknowledges a batch that it has not stored
  hub_commit_unsynced,         // the hub's commits do not wait for its disk
  hub_refuses_poison,          // a batch with one fact that cannot be read is turned away
  nonce_not_cached,            // a captured request is answered again
  coupon_without_lookup,       // a coupon is honoured without looking whether it is spent
  ring_pruned_early,           // what was sent is forgotten an hour after it was acknowledged
  fork_dropped,                // what a forked copy recorded is dropped, not sent under a new epoch
  reissue_too_much,            // facts that the hub has go under the new epoch as well
  snapshot_unchecked,          // a snapshot that changed on its way is swapped in
  tombstone_ignored,           // a removed member stays
  suspension_ignored,          // a copy honours coupons although it was told not to
  changed_fact_sent,           // a fact that changed on the disk is signed and sent
  rights_by_acknowledgement,  // the hub takes a coupon's right when it has the coupon, not when the issuer gave it away
  release_forgotten,          // a right that was released is used as if it were still here
  limits_forgotten,           // provisional uses are not counted
  open_uses_uncounted,        // nor does the hub count those that stay open while their issuer is cut off
  lease_use_forgotten,        // points that were spent are not counted against the lease
  lease_end_ignored,          // a lease is good for ever
  lost_replica_trusted,       // a terminal whose replica is gone honours as if it had heard of no use
  damage_unsaid,              // a damaged journal says that it is healthy
  hub_damage_unnoticed,       // the hub serves from a file that its check refuses
  restored_forgotten,         // nobody tells the hub that its file was put back from a backup
  count_,
};

// Most bits of a file stand for nothing that matters: free pages, pages that the log has newer. Where a planted bug is
// about flips a journal has one in so many bytes at once, and the hub's file so many: with more it does not even open.
inline constexpr std::uint64_t planted_flip_bytes = 512;
inline constexpr std::uint64_t planted_hub_flips = 64;

[[nodiscard]] std::string_view bug_name(Bug bug);
[[nodiscard]] std::optional<Bug> bug_of(std::string_view name);

}  // namespace millpond::simulation
