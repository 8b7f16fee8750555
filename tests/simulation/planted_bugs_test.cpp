// SPDX-License-Identifier: Apache-2.0
// Each bug that is planted on purpose must be noticed within a few seeds: it proves that the simulation's checks bite.
#include "tests/simulation/world.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using simulation::Bug;

TEST_CASE("every planted bug is caught within its number of seeds") {
  struct Row {
    Bug bug;
    std::uint64_t seeds_max;
  };
  for (const auto& row :
       {Row{Bug::told_before_commit, 8}, Row{Bug::repeat_without_lookup, 8}, Row{Bug::commit_unsynced, 8},
        Row{Bug::commit_unknown_is_done, 8}, Row{Bug::released_when_sent, 8}, Row{Bug::release_past_answer, 8},
        Row{Bug::rewind_ignored, 8}, Row{Bug::cursor_outside_transaction, 8}, Row{Bug::page_skips_row, 8},
        Row{Bug::deltas_pruned_early, 8}, Row{Bug::hub_answers_before_commit, 8}, Row{Bug::hub_commit_unsynced, 8},
        Row{Bug::hub_refuses_poison, 8}, Row{Bug::nonce_not_cached, 8}, Row{Bug::coupon_without_lookup, 8}}) {
    std::uint64_t seed = 1;
    for (; seed <= row.seeds_max; ++seed) {
      simulation::Options options;
      options.seed = seed;
      options.bug = row.bug;
      if (!simulation::simulate(options).holds()) break;
    }
    INFO(simulation::bug_name(row.bug));
    CHECK(seed <= row.seeds_max);
  }
}
