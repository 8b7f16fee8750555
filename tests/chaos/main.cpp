// SPDX-License-Identifier: Apache-2.0
// millpond-chaos: kills the real programs and spoils their lines while tills sell, then compares what tills were told
// with what the hub booked. Exit status 0 only when nothing was lost and nothing counted twice.
#include "sync/base/rng.h"
#include "sync/crypto/hash.h"
#include "tests/chaos/compare.h"
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <optional>

namespace millpond::chaos {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct Options {
  double seconds{8};
  std::uint64_t seed{1};
  std::size_t tills{2};  // per terminal
  int drain_ms{60'000};
  bool hurry{true};  // ask for a sync at the end instead of waiting for pauses to pass
  bool plant{};      // falsify what was remembered, to see that the comparison notices
};

struct Kills {
  std::uint64_t hub{};
  std::uint64_t terminals{};
};

void pause_ms(std::uint64_t ms) { std::this_thread::sleep_for(std::chrono::milliseconds{ms}); }

// A few faults at a time, each with a weight of its own, and some connections that meet none.
Settings weather(base::Rng& rng, bool for_tills) {
  Settings settings;
  settings.seed = rng.next();
  settings.hold_ms_max = 1'000;
  settings.weights.front() = static_cast<std::uint32_t>(rng.below(4));
  for (std::size_t i = 1; i < fault_count; ++i) {
    if (rng.chance(1, 2)) settings.weights.at(i) = 1 + static_cast<std::uint32_t>(rng.below(4));
  }
  // A till has only its answer's place on the line to tell whose it is; on a shop's own machine nobody swaps answers.
  if (for_tills) settings.weights.at(static_cast<std::size_t>(Fault::replay)) = 0;
  return settings;
}

class Run {
 public:
  Run(FloorPlan plan, Options options) : floor_{std::move(plan)}, options_{options}, rng_{options.seed} {}

  int play() {
    floor_.open();
    tills_.emplace(floor_, options_.seed, options_.tills, 2);
    std::cout << "the shop is open; " << options_.seconds << " s of bad luck, seed " << options_.seed << std::endl;
    const auto until =
        SteadyClock::now() + std::chrono::milliseconds{static_cast<std::int64_t>(options_.seconds * 1e3)};
    tills_->start();
    for (int round = 0; SteadyClock::now() < until; ++round) {
      if (round % 3 == 0) change_weather();
      strike();
      if (options_.seconds > 60 && round % 60 == 0) tell_progress();
    }
    clear_up();
    auto told = tills_->told();
    if (options_.plant) {
      told.sales.erase(told.sales.begin());
      told.sales["a sale that never was"] = 1;
    }
    result_ = compare(floor_, told);
    print();
    return result_.holds() ? 0 : 1;
  }

 private:
  void change_weather() {
    for (std::size_t i = 0; i < floor_.terminals(); ++i) {
      floor_.line(i).set(weather(rng_, false));
      floor_.counter(i).set(rng_.chance(1, 2) ? weather(rng_, true) : Settings{});
    }
  }

  // Kills one program and brings it back a little later.
  void strike() {
    pause_ms(100 + rng_.below(900));
    const auto victim = rng_.below(floor_.terminals() + 1);
    if (victim == floor_.terminals()) {
      floor_.kill_hub();
      ++kills_.hub;
      pause_ms(rng_.below(500));
      floor_.start_hub();
    } else {
      floor_.kill_terminal(victim);
      ++kills_.terminals;
      pause_ms(rng_.below(300));
      floor_.start_terminal(victim);
    }
  }

  void clear_up() {
    for (std::size_t i = 0; i < floor_.terminals(); ++i) {
      floor_.line(i).set({});
      floor_.counter(i).set({});
    }
    tills_->finish();
    const auto started = SteadyClock::now();
    for (std::size_t i = 0; i < floor_.terminals(); ++i) {
      wait_until(
          "terminal " + std::to_string(i + 1) + " to drain",
          [&] {
            if (options_.hurry) static_cast<void>(floor_.ask_terminal(i, {"sync"}));
            return floor_.drained(i);
          },
          options_.drain_ms);
    }
    wait_until("the projector", [&] {
      const auto status = floor_.ask_hub({"status"});
      return status.at("events_received") == status.at("events_projected");
    });
    drained_s_ = std::chrono::duration<double>(SteadyClock::now() - started).count();
  }

  void tell_progress() {
    const auto told = tills_->told();
    std::cout << "  " << told.sales.size() << " sales acknowledged, " << kills_.hub + kills_.terminals << " kills"
              << std::endl;
  }

  static void line(const std::string& name, std::uint64_t value) {
    std::printf("  %-34s %10llu\n", name.c_str(), static_cast<unsigned long long>(value));
  }

  void print() {
    Counts lines;
    Counts counters;
    const auto add = [](Counts& to, const Counts& counts) {
      to.requests += counts.requests;
      for (std::size_t i = 0; i < fault_count; ++i) to.faults.at(i) += counts.faults.at(i);
    };
    for (std::size_t i = 0; i < floor_.terminals(); ++i) {
      add(lines, floor_.line(i).counts());
      add(counters, floor_.counter(i).counts());
    }
    const auto told = tills_->told();
    const auto asked = tills_->counts();
    std::puts("");
    line("requests of tills", asked.requests);
    line("  without a usable answer", asked.unanswered);
    line("requests of terminals", lines.requests);
    for (std::size_t i = 1; i < fault_count; ++i) {
      line("fault " + std::string{name_of(static_cast<Fault>(i))}, lines.faults.at(i) + counters.faults.at(i));
    }
    line("kills of the hub", kills_.hub);
    line("kills of terminals", kills_.terminals);
    line("sales acknowledged", told.sales.size());
    line("enrolments acknowledged", told.phones.size());
    line("coupons told", told.coupons.size());
    line("coupons honoured", told.redeemed.size());
    std::printf("  %-34s %10.1f\n", "seconds to drain", drained_s_);
    line("LOST", result_.lost);
    line("TWICE", result_.twice);
    for (const auto& finding : result_.findings) {
      if (!finding.held) std::printf("NOT HELD: %s: %s\n", finding.name.c_str(), finding.detail.c_str());
    }
    std::printf("%s, %zu checks\n", result_.holds() ? "everything holds" : "NOT everything holds",
                result_.findings.size());
    std::fflush(stdout);
  }

  Floor floor_;
  const Options options_;
  base::SeededRng rng_;
  std::optional<Tills> tills_;
  Kills kills_;
  Comparison result_;
  double drained_s_{};
};

}  // namespace
}  // namespace millpond::chaos

int main(int argc, char** argv) {
  using namespace millpond;
  chaos::Options options;
  double minutes = 0;
  std::string folder;
  CLI::App app{"Kills the real programs and spoils their lines while tills sell, and counts what was lost",
               "millpond-chaos"};
  app.add_option("--seconds", options.seconds, "of bad luck")->capture_default_str();
  app.add_option("--minutes", minutes, "of bad luck; then also waits for the drain without asking for it");
  app.add_option("--seed", options.seed, "of kills, faults and sales")->capture_default_str();
  app.add_option("--tills", options.tills, "per terminal")->capture_default_str();
  app.add_option("--out", folder, "an existing folder to keep data and logs in (default: a temporary one)");
  app.add_flag("--plant", options.plant, "remember a sale that never was and forget one: the run must notice both");
  CLI11_PARSE(app, argc, argv);
  if (minutes > 0) {
    options.seconds = minutes * 60;
    options.hurry = false;
    options.drain_ms = 300'000;
  }
  std::signal(SIGPIPE, SIG_IGN);
  if (const auto started = crypto::start(); !started) return 1;
  std::optional<tests::TempDir> temporary;
  if (folder.empty()) folder = temporary.emplace().path().string();
  chaos::FloorPlan plan;
  plan.programs = std::filesystem::canonical("/proc/self/exe").parent_path();
  plan.programme = tests::source_dir() / "assets/shop/programme.json";
  plan.folder = std::filesystem::absolute(folder);
  try {
    return chaos::Run{std::move(plan), options}.play();
  } catch (const std::exception& stuck) {  // ours, or a JSON answer without what was asked for
    std::cout << "STUCK: " << stuck.what() << std::endl;
    return 1;
  }
}
