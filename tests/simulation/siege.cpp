// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/siege.h"

#include "tests/simulation/crowd.h"
#include "tests/simulation/network.h"
#include "tests/simulation/sim_hub.h"
#include "tests/simulation/sim_terminal.h"

#include <algorithm>

namespace millpond::simulation {
namespace {

constexpr std::int64_t round_ms = 10 * hour_ms;
constexpr std::int64_t settling_max_ms = 8 * hour_ms;

// What takes a promise's ground away, and is announced as such: copies, and disks of a terminal or the hub that forget.
constexpr std::array beyond{Fault::disk_cloned,      Fault::journal_deleted, Fault::journal_of_yesterday,
                            Fault::journal_bit_flip, Fault::hub_restored,    Fault::hub_bit_flip};
// Each of these is an outage, for however short.
constexpr std::array outages{Fault::line_cut,       Fault::line_crawls,      Fault::certificate_expired,
                             Fault::request_lost,   Fault::request_late,     Fault::answer_lost,
                             Fault::answer_late,    Fault::answer_cut,       Fault::answer_of_another,
                             Fault::portal_page,    Fault::request_bit_flip, Fault::answer_bit_flip,
                             Fault::hub_sheds_load, Fault::hub_power_cut,    Fault::hub_killed,
                             Fault::hub_disk_full,  Fault::hub_sync_error,   Fault::hub_failover};

FaultSet left_out(bool flickers) {
  FaultSet off;
  for (const auto fault : beyond) off.set(static_cast<std::size_t>(fault));
  if (flickers) return off;
  for (const auto fault : outages) off.set(static_cast<std::size_t>(fault));
  return off;
}

class Siege {
 public:
  explicit Siege(const SiegeOptions& options)
      : options_{options},
        seeds_{options.seed},
        faults_{left_out(options.flickers)},
        hub_{timeline_, oracle_, faults_, options.bug, seeds_.next()},
        network_{timeline_, hub_, oracle_, faults_, seeds_.next()},
        programme_{hub_.publish_programme()} {
    hub_.expect_trade(options.actions_a_day);
    for (std::uint32_t i = 0; i < options.terminals; ++i) add_terminal();
    const auto limits = draw_limits();
    report_.limit_minor = 2 * limits.outstanding_minor_max;  // unheard, and open at the hub (docs/rights.md)
    report_.bound_minor = hub_.set_limits(limits);
  }

  SiegeReport run() {
    for (auto& terminal : terminals_) terminal->boot();
    for (std::uint32_t i = 0; i < options_.rounds && oracle_.violations().empty(); ++i) play_round();
    report_.faults = faults_.counts();
    report_.violations = oracle_.violations();
    return report_;
  }

 private:
  void add_terminal() {
    KeySeed key{};
    base::SeededRng key_rng{seeds_.next()};
    key_rng.fill(key);
    const auto provisioned = hub_.provision(crypto::SigningKey::from_seed(key).public_key());
    const Surroundings surroundings{timeline_,
                                    hub_,
                                    network_,
                                    oracle_,
                                    faults_,
                                    programme_,
                                    members_,
                                    seen_,
                                    sold_,
                                    options_.actions_a_day,
                                    options_.bug,
                                    /*lying_disks=*/false,
                                    &crowd_};
    terminals_.push_back(
        std::make_unique<SimTerminal>(surroundings, provisioned, key, terminals_.size() % 2 == 1, seeds_.next()));
  }

  // Small enough to be reached in a round.
  model::HonourLimits draw_limits() {
    auto limits = model::default_limits();
    limits.outstanding_minor_max = 800 + 800 * static_cast<std::int64_t>(seeds_.below(4));
    limits.outstanding_uses_max = 1 + static_cast<std::uint32_t>(seeds_.below(10));
    limits.uses_a_member_day_max = 1 + static_cast<std::uint32_t>(seeds_.below(6));
    return limits;
  }

  void play_round() {
    const auto until_ms = timeline_.now_ms() + round_ms;
    hub_.plan_faults(until_ms);
    for (auto& terminal : terminals_) {
      terminal->fall_ill();
      terminal->open_until(until_ms);
      terminal->plan_faults(until_ms);
      if (!seeds_.chance(1, 2)) continue;
      const auto after_ms = static_cast<std::int64_t>(seeds_.below(round_ms / 2));
      timeline_.after(after_ms, [this, &terminal, until_ms] {
        if (seeds_.chance(1, 2)) {
          terminal->isolate_within_upload(until_ms);
        } else {
          terminal->isolate_until(until_ms);
        }
        crowd_.knows_isolated(terminal->id());
      });
      // What it was told of uses elsewhere is in the way of whoever stands in front of it.
      if (!seeds_.chance(1, 4)) continue;
      const auto later_ms = after_ms + static_cast<std::int64_t>(seeds_.below(round_ms / 4));
      timeline_.after(later_ms, [&terminal] { terminal->lose_replica(); });
    }
    while (oracle_.violations().empty() && timeline_.step(until_ms)) {}
    for (auto& terminal : terminals_) terminal->heal();
    crowd_.knows_all_back();
    settle(timeline_.now_ms() + settling_max_ms);
    if (oracle_.violations().empty()) weigh();
  }

  void settle(std::int64_t until_ms) {
    std::int64_t look_ms = timeline_.now_ms();
    while (oracle_.violations().empty() && timeline_.step(until_ms)) {
      if (timeline_.now_ms() < look_ms) continue;
      look_ms = timeline_.now_ms() + minute_ms;
      if (!hub_.settled()) continue;
      const auto hub_seq = hub_.hub_seq();
      if (std::ranges::all_of(terminals_, [&](const auto& each) { return each->settled(hub_seq); })) return;
    }
    if (!oracle_.violations().empty()) return;
    for (auto& terminal : terminals_) oracle_.violated("not settled: " + terminal->describe());
  }

  void weigh() {
    hub_.with_store([this](hub::HubStore& store) {
      if (const auto read = crowd_.read(store); !read) {
        oracle_.violated("the hub's batches cannot be read: " + base::describe(read.error()));
      }
    });
    const auto now = crowd_.takings();
    const auto cost = now.provisional_minor - before_.provisional_minor;
    report_.worst_loss_minor = std::max(report_.worst_loss_minor, cost);
    for (const auto& [terminal, minor] : now.provisional_minor_at) {
      const auto at = minor - before_.provisional_minor_at[terminal];
      report_.worst_at_minor = std::max(report_.worst_at_minor, at);
      if (options_.flickers || at <= report_.limit_minor) continue;
      oracle_.violated("an outage cost " + std::to_string(at) + " at terminal " + std::to_string(terminal.value) +
                       ", its limit is " + std::to_string(report_.limit_minor));
    }
    report_.coupons = now.coupons;
    report_.provisional = now.provisional;
    report_.losses = now.losses;
    report_.confirmed_twice = now.confirmed_twice;
    before_ = now;
    if (now.confirmed_twice > 0) oracle_.violated("honoured for certain twice: " + now.first_confirmed_twice);
    if (!options_.flickers && cost > report_.bound_minor) {
      oracle_.violated("an outage cost " + std::to_string(cost) + ", the hub announced " +
                       std::to_string(report_.bound_minor) + " at the most");
    }
    compare_ledger(now);
  }

  // What the hub's books say it cost, by terminal, against what was honoured.
  void compare_ledger(const Crowd::Takings& now) {
    std::uint64_t losses = 0;
    std::int64_t loss_minor = 0;
    for (const auto& each : hub_.rights()) {
      losses += each.losses;
      loss_minor += each.loss_minor;
      if (each.breaches == 0) continue;
      oracle_.violated("terminal " + std::to_string(each.terminal.value) + " used " + std::to_string(each.breaches) +
                       " rights that it had released");
    }
    const bool all_there = losses >= now.losses && loss_minor >= now.loss_minor;
    const bool no_more = losses <= now.losses + now.taken_back && loss_minor <= now.loss_minor + now.taken_back_minor;
    if (all_there && no_more) return;
    oracle_.violated("the ledger has " + std::to_string(losses) + " losses of " + std::to_string(loss_minor) +
                     ", there were " + std::to_string(now.losses) + " of " + std::to_string(now.loss_minor));
  }

  const SiegeOptions options_;
  base::SeededRng seeds_;
  Timeline timeline_;
  Oracle oracle_;
  Faults faults_;
  std::vector<base::MemberId> members_;
  std::vector<model::CouponIssued> seen_;
  std::vector<Sold> sold_;
  Crowd crowd_;
  SimHub hub_;
  Network network_;
  const model::Programme programme_;
  std::vector<std::unique_ptr<SimTerminal>> terminals_;
  Crowd::Takings before_;
  SiegeReport report_;
};

}  // namespace

SiegeReport besiege(const SiegeOptions& options) { return Siege{options}.run(); }

}  // namespace millpond::simulation
