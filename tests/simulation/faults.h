// SPDX-License-Identifier: Apache-2.0
// What goes wrong in the simulation, how often it did, and which bug is planted on purpose. Planted bugs live in the
// simulation's own wrappers, never in the product: they prove that the checks would notice.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace millpond::simulation {

enum class Fault : std::uint8_t {
  line_cut,  // minutes to days without a line
  request_lost,
  request_doubled,
  request_late,  // arrives after the terminal gave up and sent it again
  answer_lost,
  answer_late,
  answer_cut,         // the second half of the body is missing
  answer_of_another,  // a kept answer to an earlier request
  portal_page,        // HTML with status 200
  hub_sheds_load,
  terminal_power_cut,  // with dropped, kept and garbled sectors, mostly within a commit
  terminal_killed,
  terminal_disk_full,
  replica_deleted,
  clock_jump,  // up to 15 days either way
  hub_power_cut,
  hub_killed,
  hub_restored,  // from a backup, up to days old
  count_,
};

inline constexpr std::size_t fault_kinds = static_cast<std::size_t>(Fault::count_);
[[nodiscard]] std::string_view fault_name(Fault fault);

using FaultCounts = std::array<std::uint64_t, fault_kinds>;

enum class Bug : std::uint8_t {
  none,
  told_before_commit,          // a sale is answered to the till before it is committed
  repeat_without_lookup,       // a till's repetition is recorded as another sale
  released_when_sent,          // facts leave the outbox when they are sent, not when they are accepted
  cursor_outside_transaction,  // the downlink cursor is stored apart from the rows it stands for
  hub_answers_before_commit,   // the hub acknowledges a batch that it has not stored
  rewind_ignored,              // a hub that lost facts is not sent them again
  count_,
};

[[nodiscard]] std::string_view bug_name(Bug bug);
[[nodiscard]] std::optional<Bug> bug_of(std::string_view name);

}  // namespace millpond::simulation
