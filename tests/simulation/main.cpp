// SPDX-License-Identifier: Apache-2.0
// millpond-sim: terminal-days of the shipped code under faults, from one seed. Prints what went wrong by kind, what
// happened and what was lost; the exit status is 0 only when every check held.
#include "sync/crypto/hash.h"
#include "tests/simulation/world.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <iostream>

using namespace millpond;

namespace {

void print(const simulation::Report& report, double seconds) {
  std::printf("seed %llu\n\nfaults\n", static_cast<unsigned long long>(report.seed));
  for (std::size_t i = 0; i < simulation::fault_kinds; ++i) {
    std::printf("  %-20s %10llu\n", simulation::fault_name(static_cast<simulation::Fault>(i)).data(),
                static_cast<unsigned long long>(report.faults[i]));
  }
  const auto row = [](const char* name, std::uint64_t value) {
    std::printf("  %-20s %10llu\n", name, static_cast<unsigned long long>(value));
  };
  std::printf("\nevents\n");
  row("terminal_days", report.terminal_days);
  row("actions_committed", report.commits);
  row("facts_told", report.facts_told);
  row("sales_told", report.sales_told);
  row("facts_held_by_hub", report.facts_held);
  row("facts_projected", report.facts_projected);
  row("steps", report.steps);
  row("settled_after_s", static_cast<std::uint64_t>(report.healed_after_ms / 1'000));
  std::printf("  %-20s %10.1f\n", "seconds", seconds);
  std::printf("  %-20s %10.0f\n", "facts_per_second",
              static_cast<double>(report.facts_told) / std::max(seconds, 0.001));
  std::printf("\nlost=%llu applied_twice=%llu violations=%zu\n", static_cast<unsigned long long>(report.lost),
              static_cast<unsigned long long>(report.applied_twice), report.violations.size());
  for (const auto& violation : report.violations) std::printf("  %s\n", violation.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Attacks the shipped sync code in virtual time", "millpond-sim"};
  simulation::Options options;
  std::string bug = "none";
  app.add_option("--seed", options.seed, "one seed gives one history")->capture_default_str();
  app.add_option("--terminal-days", options.terminal_days, "days of business over all terminals")
      ->check(CLI::Range(1U, 1'000'000U))
      ->capture_default_str();
  app.add_option("--terminals", options.terminals, "terminals of the one hub")
      ->check(CLI::Range(1U, 1'000U))
      ->capture_default_str();
  app.add_option("--plant", bug, "plant a bug, to see that it is caught: told_before_commit, ...")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const auto planted = simulation::bug_of(bug);
  if (!planted) {
    std::cerr << "There is no planted bug \"" << bug << "\". These exist:\n";
    for (std::size_t i = 0; i < static_cast<std::size_t>(simulation::Bug::count_); ++i) {
      std::cerr << "  " << simulation::bug_name(static_cast<simulation::Bug>(i)) << '\n';
    }
    return 2;
  }
  options.bug = *planted;
  if (const auto started = crypto::start(); !started) {
    std::cerr << base::describe(started.error()) << '\n';
    return 1;
  }
  const auto begun = std::chrono::steady_clock::now();
  const auto report = simulation::simulate(options);
  print(report, std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
  return report.holds() ? 0 : 1;
}
