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
       {Row{Bug::told_before_commit, 3}, Row{Bug::repeat_without_lookup, 3}, Row{Bug::released_when_sent, 3},
        Row{Bug::cursor_outside_transaction, 5}, Row{Bug::hub_answers_before_commit, 3}, Row{Bug::rewind_ignored, 5}}) {
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
