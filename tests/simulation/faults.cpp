// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/faults.h"

namespace millpond::simulation {
namespace {

constexpr std::array<std::string_view, fault_kinds> fault_names{
    "line_cut",           "request_lost",    "request_doubled",    "request_late",    "answer_lost",
    "answer_late",        "answer_cut",      "answer_of_another",  "portal_page",     "hub_sheds_load",
    "terminal_power_cut", "terminal_killed", "terminal_disk_full", "replica_deleted", "clock_jump",
    "hub_power_cut",      "hub_killed",      "hub_restored"};

constexpr std::array<std::string_view, static_cast<std::size_t>(Bug::count_)> bug_names{"none",
                                                                                        "told_before_commit",
                                                                                        "repeat_without_lookup",
                                                                                        "released_when_sent",
                                                                                        "cursor_outside_transaction",
                                                                                        "hub_answers_before_commit",
                                                                                        "rewind_ignored"};

}  // namespace

std::string_view fault_name(Fault fault) { return fault_names[static_cast<std::size_t>(fault)]; }
std::string_view bug_name(Bug bug) { return bug_names[static_cast<std::size_t>(bug)]; }

std::optional<Bug> bug_of(std::string_view name) {
  for (std::size_t i = 0; i < bug_names.size(); ++i) {
    if (bug_names[i] == name) return static_cast<Bug>(i);
  }
  return std::nullopt;
}

}  // namespace millpond::simulation
