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
constexpr std::array beyond{Fault::journal_deleted,      Fault::journal_of_yesterday, Fault::journal_bit_flip,
                            Fault::journal_page_damaged, Fault::hub_restored,         Fault::hub_bit_flip};
constexpr std::int64_t long_silence_ms = 8 * day_ms;  // longer than any lease
constexpr Oracle::DiskNumber first_copy = 10'000;
// Each of these is an outage, for however short.
constexpr std::array outages{Fault::line_cut,       Fault::line_crawls,      Fault::certificate_expired,
                             Fault::request_lost,   Fault::request_late,     Fault::answer_lost,
                             Fault::answer_late,    Fault::answer_cut,       Fault::answer_of_another,
                             Fault::portal_page,    Fault::request_bit_flip, Fault::answer_bit_flip,
                             Fault::hub_sheds_load, Fault::hub_power_cut,    Fault::hub_killed,
                             Fault::hub_disk_full,  Fault::hub_sync_error,   Fault::hub_failover};

FaultSet left_out(const SiegeOptions& options) {
  FaultSet off;
  for (const auto fault : beyond) off.set(static_cast<std::size_t>(fault));
  if (!options.clones) off.set(static_cast<std::size_t>(Fault::disk_cloned));
  if (options.flickers) return off;
  for (const auto fault : outages) off.set(static_cast<std::size_t>(fault));
  return off;
}

class Siege {
 public:
  explicit Siege(const SiegeOptions& options)
      : options_{options},
        seeds_{options.seed},
        faults_{left_out(options)},
        hub_{timeline_, oracle_, faults_, options.bug, seeds_.next()},
        network_{timeline_, hub_, oracle_, faults_, seeds_.next()},
        programme_{hub_.publish_programme()} {
    hub_.expect_trade(options.actions_a_day);
    for (std::uint32_t i = 0; i < options.terminals; ++i) add_terminal();
    const auto limits = draw_limits();
    report_.limit_minor = 2 * limits.outstanding_minor_max;  // unheard, and open at the hub (docs/rights.md)
    report_.bound_minor = hub_.set_limits(limits);
    const auto share = 200 + 100 * static_cast<std::int64_t>(seeds_.below(5));
    points_ = {model::LeaseKind::points, 0, 3 * share, share, share / 2};
    hub_.set_points(points_);
    report_.points_bound = points_.cap;
  }

  SiegeReport run() {
    for (auto& terminal : terminals_) terminal->boot();
    auto silent_round = seeds_.below(2ULL * options_.rounds);
    if (options_.bug == Bug::lease_end_ignored) silent_round %= options_.rounds;
    const auto cloned_round = seeds_.below(options_.rounds);
    for (std::uint32_t i = 0; i < options_.rounds && oracle_.violations().empty(); ++i) {
      if (options_.clones && i == cloned_round) plan_clone();
      play_round(i == silent_round);
    }
    if (oracle_.violations().empty()) hub_.check(hub_.balances());
    report_.points_spent = oracle_.points_spent();
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

  // Before anybody trades some are cut off for longer than their leases are good.
  void keep_silent() {
    for (auto& terminal : terminals_) {
      if (!seeds_.chance(1, 2)) continue;
      terminal->isolate_until(timeline_.now_ms() + long_silence_ms + round_ms);
      crowd_.knows_isolated(terminal->id());
    }
    const auto until_ms = timeline_.now_ms() + long_silence_ms;
    while (oracle_.violations().empty() && timeline_.step(until_ms)) {}
  }

  // A disk is copied while its terminal trades; both copies go on, in different shops.
  void plan_clone() {
    const auto after_ms = static_cast<std::int64_t>(seeds_.below(round_ms / 2));
    timeline_.after(after_ms, [this, seed = seeds_.next(), of = seeds_.below(terminals_.size())] {
      const auto closes_ms = round_closes_ms_;
      auto copy = terminals_[of]->clone(seed, static_cast<Oracle::DiskNumber>(first_copy + of));
      if (!copy) {  // it is down just now
        if (timeline_.now_ms() < closes_ms) plan_clone();
        return;
      }
      cloned_ = copy->id();
      copy->boot();
      copy->open_until(closes_ms);
      copy->plan_faults(closes_ms);
      if (seeds_.chance(3, 4)) copy->isolate_until(closes_ms);
      crowd_.knows_isolated(cloned_);
      terminals_.push_back(std::move(copy));
    });
  }

  // Those with little are worth sending: what they have is gone after the first till.
  void send_spenders() {
    std::vector<Crowd::Spender> spenders;
    for (const auto& balance : hub_.balances()) {
      const bool little = balance.points >= 40 && balance.points <= 2 * points_.a_member_max;
      if (!little || balance.member.value % 2 == 0 || hub_.is_paired(balance.member)) continue;
      spenders.push_back({balance.member, std::min(balance.points, points_.a_member_max)});
      if (spenders.size() == 6) break;
    }
    crowd_.sends(std::move(spenders));
  }

  void join_somebody() {
    if (members_.size() < 2) return;
    hub_.join_members(members_[seeds_.below(members_.size())], members_[seeds_.below(members_.size())]);
  }

  void play_round(bool silent) {
    if (silent) keep_silent();
    send_spenders();
    const auto until_ms = timeline_.now_ms() + round_ms;
    round_closes_ms_ = until_ms;
    hub_.plan_faults(until_ms);
    for (int i = 0; i < 3; ++i) {
      timeline_.after(static_cast<std::int64_t>(seeds_.below(round_ms)), [this] { join_somebody(); });
    }
    for (auto& terminal : terminals_) {
      terminal->fall_ill();
      terminal->open_until(until_ms);
      terminal->plan_faults(until_ms);
      if (!seeds_.chance(1, 2)) continue;
      const auto after_ms = static_cast<std::int64_t>(seeds_.below(round_ms / 2));
      auto* const whose = terminal.get();
      timeline_.after(after_ms, [this, whose, until_ms] {
        if (seeds_.chance(1, 2)) {
          whose->isolate_within_upload(until_ms);
        } else {
          whose->isolate_until(until_ms);
        }
        crowd_.knows_isolated(whose->id());
      });
      // What it was told of uses elsewhere is in the way of whoever stands in front of it.
      if (!seeds_.chance(1, 4)) continue;
      const auto later_ms = after_ms + static_cast<std::int64_t>(seeds_.below(round_ms / 4));
      timeline_.after(later_ms, [whose] { whose->lose_replica(); });
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

  // One copy more of one terminal is one terminal more, until the hub has seen both.
  [[nodiscard]] std::int64_t copies_of(base::TerminalId terminal) const { return cloned_ == terminal ? 2 : 1; }

  void weigh_points() {
    const auto books = hub_.leases();
    for (const auto& pool : books.pools) {
      if (pool.used + pool.outstanding <= points_.cap) continue;
      oracle_.violated("of " + std::to_string(points_.cap) + " points " + std::to_string(pool.used) + " are used and " +
                       std::to_string(pool.outstanding) + " outstanding");
    }
    const auto lost = hub_.lost_points();
    const auto cost = lost - lost_points_;
    lost_points_ = lost;
    report_.points_lost_worst = std::max(report_.points_lost_worst, cost);
    const auto bound = points_.cap + (cloned_ ? points_.terminal_max : 0);
    if (options_.flickers || cost <= bound) return;
    oracle_.violated("an outage cost " + std::to_string(cost) + " points, announced were " + std::to_string(bound));
  }

  void weigh() {
    weigh_points();
    hub_.with_store([this](hub::HubStore& store) {
      if (const auto read = crowd_.read(store); !read) {
        oracle_.violated("the hub's batches cannot be read: " + base::describe(read.error()));
      }
    });
    const auto now = crowd_.takings(cloned_);
    const auto cost = now.provisional_minor - before_.provisional_minor;
    report_.worst_loss_minor = std::max(report_.worst_loss_minor, cost);
    for (const auto& [terminal, minor] : now.provisional_minor_at) {
      const auto at = minor - before_.provisional_minor_at[terminal];
      report_.worst_at_minor = std::max(report_.worst_at_minor, at);
      const auto limit = report_.limit_minor * copies_of(terminal);
      if (options_.flickers || at <= limit) continue;
      oracle_.violated("an outage cost " + std::to_string(at) + " at terminal " + std::to_string(terminal.value) +
                       ", its limit is " + std::to_string(limit));
    }
    report_.coupons = now.coupons;
    report_.provisional = now.provisional;
    report_.losses = now.losses;
    report_.confirmed_twice = now.confirmed_twice;
    report_.held_twice = now.held_twice;
    before_ = now;
    if (now.confirmed_twice > 0) oracle_.violated("honoured for certain twice: " + now.first_confirmed_twice);
    const auto bound = report_.bound_minor + (cloned_ ? report_.limit_minor : 0);
    if (!options_.flickers && cost > bound) {
      oracle_.violated("an outage cost " + std::to_string(cost) + ", announced were " + std::to_string(bound) +
                       " at the most");
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
      if (each.breaches == 0 || each.terminal == cloned_) continue;
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
  hub::LeaseTerms points_;
  std::int64_t lost_points_{};
  std::int64_t round_closes_ms_{};
  base::TerminalId cloned_;  // 0: none
  SiegeReport report_;
};

}  // namespace

SiegeReport besiege(const SiegeOptions& options) { return Siege{options}.run(); }

}  // namespace millpond::simulation
