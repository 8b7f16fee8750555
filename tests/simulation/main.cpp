// SPDX-License-Identifier: Apache-2.0
// millpond-sim: terminal-days of the shipped code under faults, from one seed. Prints what went wrong by kind, what
// happened and what was lost; the exit status is 0 only when every check held.
#include "sync/crypto/hash.h"
#include "tests/simulation/herd.h"
#include "tests/simulation/siege.h"
#include "tests/simulation/world.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <iostream>

using namespace millpond;

namespace {

using simulation::Options;
using simulation::Report;

struct Sum {
  Report total;
  std::uint64_t worlds{};
  std::vector<std::uint64_t> failed_seeds;
};

void add(Sum& sum, const Report& report) {
  ++sum.worlds;
  auto& total = sum.total;
  for (std::size_t i = 0; i < simulation::fault_kinds; ++i) total.faults[i] += report.faults[i];
  total.terminal_hours += report.terminal_hours;
  total.commits += report.commits;
  total.facts_told += report.facts_told;
  total.sales_told += report.sales_told;
  total.facts_held += report.facts_held;
  total.points_spent += report.points_spent;
  total.rated_by_hub += report.rated_by_hub;
  total.oldest_backup_ms = std::max(total.oldest_backup_ms, report.oldest_backup_ms);
  total.facts_projected += report.facts_projected;
  total.facts_forgotten += report.facts_forgotten;
  total.steps += report.steps;
  total.lies += report.lies;
  total.lost += report.lost;
  total.applied_twice += report.applied_twice;
  total.healed_after_ms = std::max(total.healed_after_ms, report.healed_after_ms);
  if (report.holds()) return;
  sum.failed_seeds.push_back(report.seed);
  std::printf("seed %llu\n", static_cast<unsigned long long>(report.seed));
  for (const auto& violation : report.violations) std::printf("  %s\n", violation.c_str());
  total.violations.insert(total.violations.end(), report.violations.begin(), report.violations.end());
}

void print(const Sum& sum, double seconds) {
  const auto& total = sum.total;
  const auto row = [](const char* name, std::uint64_t value) {
    std::printf("  %-20s %10llu\n", name, static_cast<unsigned long long>(value));
  };
  std::printf("faults\n");
  for (std::size_t i = 0; i < simulation::fault_kinds; ++i) {
    row(simulation::fault_name(static_cast<simulation::Fault>(i)).data(), total.faults[i]);
  }
  std::printf("\nevents\n");
  row("worlds", sum.worlds);
  row("terminal_days", total.terminal_hours / 24);
  row("actions_committed", total.commits);
  row("facts_told", total.facts_told);
  row("sales_told", total.sales_told);
  row("facts_held_by_hub", total.facts_held);
  row("points_spent", total.points_spent);
  row("sales_rated_by_hub", total.rated_by_hub);
  row("facts_projected", total.facts_projected);
  row("gone_with_a_disk", total.facts_forgotten);
  row("oldest_backup_h", static_cast<std::uint64_t>(total.oldest_backup_ms / 3'600'000));
  if (total.lies > 0) row("cuts_on_lying_disks", total.lies);
  row("steps", total.steps);
  row("settled_after_s_max", static_cast<std::uint64_t>(total.healed_after_ms / 1'000));
  std::printf("  %-20s %10.1f\n", "cpu_seconds", seconds);
  std::printf("  %-20s %10.0f\n", "facts_per_second", static_cast<double>(total.facts_held) / std::max(seconds, 0.001));
  std::printf("\nlost=%llu applied_twice=%llu violations=%zu\n", static_cast<unsigned long long>(total.lost),
              static_cast<unsigned long long>(total.applied_twice), total.violations.size());
}

int run_herd(const simulation::HerdOptions& options) {
  const auto begun = std::clock();
  const auto report = simulation::stampede(options);
  for (const auto& violation : report.violations) std::printf("  %s\n", violation.c_str());
  const auto row = [](const char* name, std::uint64_t value) {
    std::printf("  %-22s %10llu\n", name, static_cast<unsigned long long>(value));
  };
  row("terminals", options.terminals);
  row("requests_served", report.served);
  row("requests_shed", report.shed);
  row("facts_projected", report.facts_held);
  row("first_drained_ms", static_cast<std::uint64_t>(report.first_drained_ms));
  row("last_drained_ms", static_cast<std::uint64_t>(report.last_drained_ms));
  row("least_possible_ms", static_cast<std::uint64_t>(report.least_ms));
  row("peak_in_100_ms", report.crowd_peak);
  std::printf("  %-22s %10.1f\n", "mean_in_100_ms", report.crowd_mean);
  row("refused_to_broken_one", report.broken_refusals);
  std::printf("  %-22s %10.1f\n", "cpu_seconds", static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC);
  std::printf("\nviolations=%zu\n", report.violations.size());
  return report.violations.empty() ? 0 : 1;
}

// One world a seed, flickering in every other one.
int run_siege(simulation::SiegeOptions options, std::uint64_t worlds) {
  const auto begun = std::clock();
  std::printf("%6s %9s %7s %8s %12s %7s %11s %11s %7s %7s %6s %11s %7s %10s %12s\n", "seed", "flickers", "clones",
              "coupons", "provisional", "losses", "worst_minor", "bound_minor", "one", "limit", "twice", "held_twice",
              "points", "worst_lost", "points_bound");
  std::uint64_t failed = 0;
  std::uint64_t coupons = 0;
  std::uint64_t twice = 0;
  double worst = 0;
  for (std::uint64_t i = 0; i < worlds; ++i, ++options.seed) {
    options.flickers = options.seed % 2 == 0;
    options.clones = options.seed % 3 == 0;
    const auto report = simulation::besiege(options);
    const auto clones = report.faults[static_cast<std::size_t>(simulation::Fault::disk_cloned)];
    const auto of_it = static_cast<double>(report.worst_loss_minor) / static_cast<double>(report.bound_minor);
    std::printf(
        "%6llu %9s %7s %8llu %12llu %7llu %11lld %11lld %7lld %7lld %6llu %11llu %7llu %10lld %12lld\n",
        static_cast<unsigned long long>(options.seed), options.flickers ? "yes" : "no", clones == 0 ? "no" : "yes",
        static_cast<unsigned long long>(report.coupons), static_cast<unsigned long long>(report.provisional),
        static_cast<unsigned long long>(report.losses), static_cast<long long>(report.worst_loss_minor),
        static_cast<long long>(report.bound_minor), static_cast<long long>(report.worst_at_minor),
        static_cast<long long>(report.limit_minor), static_cast<unsigned long long>(report.confirmed_twice),
        static_cast<unsigned long long>(report.held_twice), static_cast<unsigned long long>(report.points_spent),
        static_cast<long long>(report.points_lost_worst), static_cast<long long>(report.points_bound));
    for (const auto& violation : report.violations) std::printf("  %s\n", violation.c_str());
    if (!report.violations.empty()) ++failed;
    if (!options.flickers) worst = std::max(worst, of_it);
    coupons += report.coupons;
    twice += report.confirmed_twice;
  }
  std::printf(
      "\ncoupons honoured %llu, confirmed twice %llu, worst loss of one outage %.0f%% of what was announced, "
      "worlds that failed %llu, %.1f s of CPU\n",
      static_cast<unsigned long long>(coupons), static_cast<unsigned long long>(twice), 100 * worst,
      static_cast<unsigned long long>(failed), static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC);
  return failed == 0 ? 0 : 1;
}

// The siege is about rights and limits and nothing else; every other bug is noticed in ordinary worlds.
bool holds(const Options& options) {
  using enum simulation::Bug;
  if (options.bug < rights_by_acknowledgement || options.bug > lost_replica_trusted) {
    return simulation::simulate(options).holds();
  }
  simulation::SiegeOptions siege;
  siege.seed = options.seed;
  siege.bug = options.bug;
  siege.rounds = 2;
  return simulation::besiege(siege).violations.empty();
}

// Which seeds notice each bug: the first one, and how many of all.
void measure_plants(Options options, std::uint64_t seeds) {
  std::printf("%-28s %10s %10s\n", "bug", "first", ("of " + std::to_string(seeds)).c_str());
  for (std::size_t i = 1; i < static_cast<std::size_t>(simulation::Bug::count_); ++i) {
    options.bug = static_cast<simulation::Bug>(i);
    std::uint64_t first = 0;
    std::uint64_t noticed = 0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      options.seed = seed;
      if (holds(options)) continue;
      ++noticed;
      if (first == 0) first = seed;
    }
    std::printf("%-28s %10s %10llu\n", simulation::bug_name(options.bug).data(),
                first == 0 ? "none" : std::to_string(first).c_str(), static_cast<unsigned long long>(noticed));
    std::fflush(stdout);
  }
}

template <class Name, class Kind>
void list(const char* what, const std::string& wrong, Name name, Kind count) {
  std::cerr << "There is no " << what << " \"" << wrong << "\". These exist:\n";
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
    std::cerr << "  " << name(static_cast<Kind>(i)) << '\n';
}

// Fewer faults, then less time, as long as it still fails.
void shrink(Options options) {
  const auto kind_of = [](const Report& report) {  // its words without numbers
    std::string words = report.violations.empty() ? "" : report.violations.front();
    std::erase_if(words, [](char c) { return c >= '0' && c <= '9'; });
    return words.substr(0, 40);
  };
  const auto sought = kind_of(simulation::simulate(options));
  const auto fails = [&](const Options& tried) {
    const auto report = simulation::simulate(tried);
    return !report.holds() && kind_of(report) == sought;
  };
  for (std::size_t i = 0; i < simulation::fault_kinds; ++i) {
    auto fewer = options;
    fewer.off.set(i);
    if (fails(fewer)) options = fewer;
  }
  std::int64_t holds = 0;
  while (options.hours - holds > 1) {
    auto shorter = options;
    shorter.hours = holds + (options.hours - holds) / 2;
    if (fails(shorter)) {
      options = shorter;
    } else {
      holds = shorter.hours;
    }
  }
  std::printf("fails still: --seed %llu --terminals %u --hours %lld --actions-a-day %u",
              static_cast<unsigned long long>(options.seed), options.terminals, static_cast<long long>(options.hours),
              options.actions_a_day);
  for (std::size_t i = 0; i < simulation::fault_kinds; ++i) {
    if (options.off[i]) std::printf(" --without %s", simulation::fault_name(static_cast<simulation::Fault>(i)).data());
  }
  std::printf("\nfaults left:");
  for (std::size_t i = 0; i < simulation::fault_kinds; ++i) {
    if (!options.off[i]) std::printf(" %s", simulation::fault_name(static_cast<simulation::Fault>(i)).data());
  }
  std::printf("\n");
  for (const auto& violation : simulation::simulate(options).violations) std::printf("  %s\n", violation.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Attacks the shipped sync code in virtual time", "millpond-sim"};
  Options options;
  std::uint64_t terminal_days = 6;
  std::string bug = "none";
  std::vector<std::string> without;
  bool shrinks = false;
  app.add_option("--seed", options.seed, "of the first world; one seed gives one history")->capture_default_str();
  app.add_option("--terminal-days", terminal_days, "days of business over all terminals of all worlds")
      ->check(CLI::Range(1U, 10'000'000U))
      ->capture_default_str();
  app.add_option("--terminals", options.terminals, "terminals of one hub")
      ->check(CLI::Range(1U, 1'000U))
      ->capture_default_str();
  app.add_option("--hours", options.hours, "of business in one world")
      ->check(CLI::Range(1, 24 * 400))
      ->capture_default_str();
  app.add_option("--actions-a-day", options.actions_a_day, "sales and enrolments of one terminal")
      ->check(CLI::Range(40U, 1'000'000U))
      ->capture_default_str();
  app.add_option("--plant", bug, "plant a bug, to see that it is caught; bugs of rights and limits show in a --siege")
      ->capture_default_str();
  app.add_flag(
      "--old-backup", options.old_backup,
      "a backup of the hub from early on is put back at three quarters of the time; --hours 1202: after 30 days");
  app.add_option("--without", without, "a fault that does not happen; may be repeated");
  app.add_flag("--lying-disk", options.lying_disks,
               "terminals' disks say that they synced and did not, every other life. What a power cut then takes is "
               "counted as gone_with_a_disk; the exit status is 0 when everything else held");
  app.add_flag("--shrink", shrinks, "find fewer faults and less time with which this seed still fails");
  std::uint64_t plants = 0;
  app.add_option("--measure-plants", plants,
                 "plant every bug in turn in worlds of so many seeds, from 1 on, and count");
  std::uint32_t herd = 0;
  app.add_option("--herd", herd, "so many terminals come back to one hub in the same millisecond; nothing else happens")
      ->check(CLI::Range(2U, 100'000U));
  std::uint64_t sieges = 0;
  app.add_option(
      "--siege", sieges,
      "so many worlds in which people show every coupon everywhere while lines are cut: what that costs, and "
      "what the hub announced");
  CLI11_PARSE(app, argc, argv);
  const auto planted = simulation::bug_of(bug);
  if (!planted) {
    list("planted bug", bug, simulation::bug_name, simulation::Bug::count_);
    return 2;
  }
  options.bug = *planted;
  for (const auto& name : without) {
    const auto fault = simulation::fault_of(name);
    if (!fault) {
      list("fault", name, simulation::fault_name, simulation::Fault::count_);
      return 2;
    }
    options.off.set(static_cast<std::size_t>(*fault));
  }
  if (const auto started = crypto::start(); !started) {
    std::cerr << base::describe(started.error()) << '\n';
    return 1;
  }
  if (herd > 0) {
    simulation::HerdOptions herd_options;
    herd_options.seed = options.seed;
    herd_options.terminals = herd;
    return run_herd(herd_options);
  }
  if (sieges > 0) {
    simulation::SiegeOptions siege_options;
    siege_options.seed = options.seed;
    siege_options.bug = options.bug;
    return run_siege(siege_options, sieges);
  }
  if (plants > 0) {
    measure_plants(options, plants);
    return 0;
  }
  const auto begun = std::clock();
  Sum sum;
  const auto first_seed = options.seed;
  do {
    options.seed = first_seed + sum.worlds;
    add(sum, simulation::simulate(options));
  } while (sum.total.terminal_hours < terminal_days * 24);
  print(sum, static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC);
  if (sum.failed_seeds.empty()) return 0;
  if (shrinks) {
    options.seed = sum.failed_seeds.front();
    shrink(options);
  }
  return 1;
}
