// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/world.h"

#include "tests/simulation/network.h"
#include "tests/simulation/sim_hub.h"
#include "tests/simulation/sim_terminal.h"

#include <algorithm>

namespace millpond::simulation {
namespace {

constexpr std::int64_t healing_max_ms = 8 * hour_ms;  // everything settles within an hour; a line that hangs does not

class World {
 public:
  explicit World(const Options& options)
      : options_{options},
        seeds_{options.seed},
        rng_{seeds_.next()},
        hub_{timeline_, oracle_, options.bug, seeds_.next()},
        network_{timeline_, hub_, counts_, seeds_.next()} {
    hub_.publish_programme();
    for (std::uint32_t i = 0; i < options.terminals; ++i) add_terminal();
  }

  Report run() {
    const auto days = (options_.terminal_days + options_.terminals - 1) / options_.terminals;
    const auto closes_ms = static_cast<std::int64_t>(days) * day_ms;
    for (auto& terminal : terminals_) {
      terminal->boot();
      terminal->open_until(closes_ms);
      terminal->plan_faults(closes_ms);
    }
    plan_hub_faults(closes_ms);
    while (oracle_.violations().empty() && timeline_.step(closes_ms)) {}
    heal();
    const auto healed_ms = timeline_.now_ms();
    if (oracle_.violations().empty()) settle(closes_ms + healing_max_ms);
    Report report = sum_up(days);
    report.healed_after_ms = std::max<std::int64_t>(settled_ms_ - healed_ms, 0);
    return report;
  }

 private:
  void add_terminal() {
    std::array<std::uint8_t, 32> seed{};
    base::SeededRng key_rng{seeds_.next()};
    key_rng.fill(seed);
    auto key = std::make_shared<crypto::SigningKey>(crypto::SigningKey::from_seed(seed));
    const auto id = hub_.add_terminal(key->public_key());
    const client::Credentials credentials{id, hub_.brand(), key, hub_.hub_key()};
    terminals_.push_back(
        std::make_unique<SimTerminal>(Surroundings{timeline_, network_, oracle_, counts_, members_, options_.bug},
                                      credentials, terminals_.size() % 2 == 1, seeds_.next()));
  }

  void plan_hub_faults(std::int64_t until_ms) {
    const auto next_ms = timeline_.now_ms() + static_cast<std::int64_t>(rng_.below(6 * hour_ms));
    if (next_ms >= until_ms) return;
    timeline_.at(next_ms, [this, until_ms] {
      switch (rng_.below(8)) {
        case 0:
          hub_.take_backup();
          break;
        case 1:
          if (hub_.restore_backup()) ++counts_[static_cast<std::size_t>(Fault::hub_restored)];
          break;
        case 2:
        case 3:
        case 4:
          hub_.strike_soon(tests::FaultKind::kill, rng_.below(30));
          ++counts_[static_cast<std::size_t>(Fault::hub_killed)];
          break;
        default:
          hub_.strike_soon(tests::FaultKind::power_cut, rng_.below(30));
          ++counts_[static_cast<std::size_t>(Fault::hub_power_cut)];
      }
      plan_hub_faults(until_ms);
    });
  }

  void heal() {
    network_.behave();
    hub_.bring_up();
    for (auto& terminal : terminals_) terminal->heal();
  }

  void settle(std::int64_t until_ms) {
    std::int64_t look_ms = timeline_.now_ms();
    while (oracle_.violations().empty() && timeline_.step(until_ms)) {
      if (timeline_.now_ms() < look_ms) continue;
      look_ms = timeline_.now_ms() + minute_ms;
      if (!all_settled()) continue;
      settled_ms_ = timeline_.now_ms();
      check();
      return;
    }
    if (!oracle_.violations().empty()) return;
    for (auto& terminal : terminals_) oracle_.violated("not settled: " + terminal->describe());
  }

  [[nodiscard]] bool all_settled() {
    if (!hub_.settled()) return false;
    const auto hub_seq = hub_.hub_seq();
    return std::all_of(terminals_.begin(), terminals_.end(),
                       [hub_seq](const auto& terminal) { return terminal->settled(hub_seq); });
  }

  void check() {
    const auto balances = hub_.balances();
    for (auto& terminal : terminals_) {
      terminal->check_shown(balances);
      terminal->check_files();
    }
    hub_.check();
  }

  Report sum_up(std::uint32_t days) {
    Report report;
    report.seed = options_.seed;
    report.faults = counts_;
    report.terminal_days = std::uint64_t{days} * options_.terminals;
    for (const auto& terminal : terminals_) report.commits += terminal->commits();
    report.facts_told = oracle_.facts_told();
    report.sales_told = oracle_.sales_told();
    report.facts_held = oracle_.facts_held();
    report.facts_projected = hub_.events_projected();
    report.lost = oracle_.lost();
    report.applied_twice = oracle_.applied_twice();
    report.steps = timeline_.done();
    report.violations = oracle_.violations();
    return report;
  }

  const Options options_;
  base::SeededRng seeds_;
  base::SeededRng rng_;
  Timeline timeline_;
  Oracle oracle_;
  FaultCounts counts_{};
  std::vector<base::MemberId> members_;
  SimHub hub_;
  Network network_;
  std::vector<std::unique_ptr<SimTerminal>> terminals_;
  std::int64_t settled_ms_{};
};

}  // namespace

Report simulate(const Options& options) { return World{options}.run(); }

}  // namespace millpond::simulation
