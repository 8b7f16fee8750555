// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/faults.h"

namespace millpond::simulation {
namespace {

constexpr std::array<std::string_view, fault_kinds> fault_names{"line_cut",
                                                                "line_crawls",
                                                                "certificate_expired",
                                                                "request_lost",
                                                                "request_doubled",
                                                                "request_late",
                                                                "answer_lost",
                                                                "answer_late",
                                                                "answer_cut",
                                                                "answer_of_another",
                                                                "portal_page",
                                                                "request_bit_flip",
                                                                "answer_bit_flip",
                                                                "terminal_power_cut",
                                                                "terminal_killed",
                                                                "terminal_disk_full",
                                                                "terminal_sync_error",
                                                                "replica_deleted",
                                                                "replica_bit_flip",
                                                                "journal_deleted",
                                                                "journal_bit_flip",
                                                                "journal_page_damaged",
                                                                "journal_of_yesterday",
                                                                "disk_cloned",
                                                                "machine_swapped",
                                                                "newer_journal",
                                                                "downgrade",
                                                                "upgraded",
                                                                "clock_jump",
                                                                "clock_years",
                                                                "clock_dead",
                                                                "daylight_saving",
                                                                "value_suspended",
                                                                "horizon_passed",
                                                                "snapshot_cut",
                                                                "snapshot_crash",
                                                                "snapshot_bit_flip",
                                                                "snapshot_gone",
                                                                "snapshot_outdated",
                                                                "hub_sheds_load",
                                                                "hub_power_cut",
                                                                "hub_killed",
                                                                "hub_disk_full",
                                                                "hub_sync_error",
                                                                "hub_failover",
                                                                "hub_restored",
                                                                "hub_rebuilt",
                                                                "hub_no_credit",
                                                                "hub_bit_flip",
                                                                "hub_batch_changed",
                                                                "hub_clock_years",
                                                                "unknown_row",
                                                                "member_removed",
                                                                "members_merged",
                                                                "members_parted",
                                                                "copy_chosen",
                                                                "terminal_revoked",
                                                                "programme_late",
                                                                "points_refused",
                                                                "points_overdrawn",
                                                                "poison_first",
                                                                "poison_middle",
                                                                "poison_last",
                                                                "newer_schema",
                                                                "coupon_elsewhere"};

constexpr std::array<std::string_view, static_cast<std::size_t>(Bug::count_)> bug_names{"none",
                                                                                        "told_before_commit",
                                                                                        "repeat_without_lookup",
                                                                                        "commit_unsynced",
                                                                                        "commit_unknown_is_done",
                                                                                        "released_when_sent",
                                                                                        "release_past_answer",
                                                                                        "rewind_ignored",
                                                                                        "cursor_outside_transaction",
                                                                                        "page_skips_row",
                                                                                        "deltas_pruned_early",
                                                                                        "hub_answers_before_commit",
                                                                                        "hub_commit_unsynced",
                                                                                        "hub_refuses_poison",
                                                                                        "nonce_not_cached",
                                                                                        "coupon_without_lookup",
                                                                                        "ring_pruned_early",
                                                                                        "fork_dropped",
                                                                                        "reissue_too_much",
                                                                                        "snapshot_unchecked",
                                                                                        "tombstone_ignored",
                                                                                        "suspension_ignored",
                                                                                        "changed_fact_sent",
                                                                                        "rights_by_acknowledgement",
                                                                                        "release_forgotten",
                                                                                        "limits_forgotten",
                                                                                        "open_uses_uncounted",
                                                                                        "lease_use_forgotten",
                                                                                        "lease_end_ignored",
                                                                                        "lost_replica_trusted",
                                                                                        "damage_unsaid",
                                                                                        "hub_damage_unnoticed",
                                                                                        "restored_forgotten"};

template <class Kind, std::size_t size>
std::optional<Kind> find(const std::array<std::string_view, size>& names, std::string_view name) {
  for (std::size_t i = 0; i < size; ++i) {
    if (names[i] == name) return static_cast<Kind>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view fault_name(Fault fault) { return fault_names[static_cast<std::size_t>(fault)]; }
std::optional<Fault> fault_of(std::string_view name) { return find<Fault>(fault_names, name); }
std::string_view bug_name(Bug bug) { return bug_names[static_cast<std::size_t>(bug)]; }
std::optional<Bug> bug_of(std::string_view name) { return find<Bug>(bug_names, name); }

}  // namespace millpond::simulation
