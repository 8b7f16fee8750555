// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/world.h"

#include "tests/simulation/network.h"
#include "tests/simulation/poison_terminal.h"
#include "tests/simulation/sim_hub.h"
#include "tests/simulation/sim_terminal.h"

#include <algorithm>

namespace millpond::simulation {
namespace {

constexpr std::int64_t healing_max_ms = 8 * hour_ms;  // everything settles within an hour; a line that hangs does not

constexpr Oracle::DiskNumber first_copy = 10'000;

class World {
 public:
  explicit World(const Options& options)
      : options_{options},
        seeds_{options.seed},
        first_hours_{options.seed ^ 0x5EED},
        faults_{options.off},
        hub_{timeline_, oracle_, faults_, options.bug, seeds_.next()},
        network_{timeline_, hub_, oracle_, faults_, seeds_.next()},
        programme_{hub_.publish_programme()} {
    hub_.expect_trade(options.actions_a_day);
    // Little enough that every one of these limits is met.
    hub_.set_points({model::LeaseKind::points, 0, 3'000, 600, 300});
    for (std::uint32_t i = 0; i < options.terminals; ++i) add_terminal();
    poison_ = std::make_unique<PoisonTerminal>(timeline_, hub_, network_, oracle_, faults_, seeds_.next());
  }

  Report run() {
    const auto closes_ms = options_.hours * hour_ms;
    for (auto& terminal : terminals_) {
      terminal->boot();
      hold_programme_back(*terminal);
      terminal->open_until(closes_ms);
      terminal->plan_faults(closes_ms);
    }
    poison_->plan(closes_ms);
    // What is planted in a fork needs one, and what forgets too early a hub that needs it again.
    const bool forks = options_.bug == Bug::fork_dropped || options_.bug == Bug::reissue_too_much;
    if (seeds_.below(3) == 0 || forks) plan_clone(closes_ms);
    if (seeds_.below(4) == 0) plan_revocation(closes_ms);
    plan_removal(closes_ms);
    plan_joining(closes_ms);
    const bool old = options_.old_backup || options_.bug == Bug::ring_pruned_early;
    if (seeds_.below(4) == 0 || old) plan_old_backup(closes_ms);
    hub_.plan_faults(closes_ms);
    while (oracle_.violations().empty() && timeline_.step(closes_ms)) {}
    heal();
    const auto healed_ms = timeline_.now_ms();
    if (oracle_.violations().empty()) settle(closes_ms + healing_max_ms);
    Report report = sum_up();
    report.healed_after_ms = std::max<std::int64_t>(settled_ms_ - healed_ms, 0);
    return report;
  }

 private:
  void add_terminal() {
    KeySeed key{};
    base::SeededRng key_rng{seeds_.next()};
    key_rng.fill(key);
    const auto provisioned = hub_.provision(crypto::SigningKey::from_seed(key).public_key());
    const Surroundings surroundings{timeline_,    hub_,
                                    network_,     oracle_,
                                    faults_,      programme_,
                                    members_,     seen_,
                                    sold_,        options_.actions_a_day,
                                    options_.bug, options_.lying_disks};
    terminals_.push_back(
        std::make_unique<SimTerminal>(surroundings, provisioned, key, terminals_.size() % 2 == 1, seeds_.next()));
  }

  // What it sells meanwhile is rated by the hub. Drawn apart, so that the rest of a seed's history is as it was.
  void hold_programme_back(SimTerminal& terminal) {
    if (!first_hours_.chance(1, 4) || !faults_.begins(Fault::programme_late)) return;
    terminal.isolate_until(static_cast<std::int64_t>(first_hours_.below(6 * hour_ms)));
  }

  // At some moment one disk is copied, and both copies trade until the end.
  void plan_clone(std::int64_t closes_ms) {
    const auto at_ms = static_cast<std::int64_t>(seeds_.below(static_cast<std::uint64_t>(closes_ms)));
    timeline_.at(at_ms, [this, closes_ms, seed = seeds_.next(), of = seeds_.below(options_.terminals)] {
      auto copy = terminals_[of]->clone(seed, static_cast<Oracle::DiskNumber>(first_copy + of));
      if (!copy) return;
      terminals_.push_back(std::move(copy));
      auto& clone = *terminals_.back();
      clone.boot();
      clone.open_until(closes_ms);
      clone.plan_faults(closes_ms);
    });
  }

  void plan_revocation(std::int64_t closes_ms) {
    const auto at_ms = static_cast<std::int64_t>(seeds_.below(static_cast<std::uint64_t>(closes_ms)));
    timeline_.at(at_ms, [this, of = seeds_.below(options_.terminals)] { hub_.revoke(terminals_[of]->id()); });
  }

  // A backup is made, facts are acknowledged, a clock goes ten years ahead, a terminal's or the hub's, and more are,
  // then the backup comes back: whoever forgot by that clock what it had sent cannot fill the gap any more.
  void plan_old_backup(std::int64_t closes_ms) {
    const auto part = [closes_ms](std::int64_t hundredths) { return closes_ms * hundredths / 100; };
    timeline_.at(part(15), [this, until_ms = part(75)] { hub_.keep_backup(until_ms); });
    timeline_.at(part(45), [this, of = seeds_.below(2 * options_.terminals)] {
      of < options_.terminals ? terminals_[of]->jump_years() : hub_.jump_years();
    });
    timeline_.at(part(75), [this] { hub_.restore_backup(); });
  }

  // A member asks to be forgotten, wherever they are known by then.
  void plan_removal(std::int64_t closes_ms) {
    const auto at_ms = timeline_.now_ms() + static_cast<std::int64_t>(seeds_.below(12 * hour_ms));
    if (at_ms >= closes_ms) return;
    timeline_.at(at_ms, [this, closes_ms] {
      if (!members_.empty() && faults_.possible(Fault::member_removed)) {
        const auto member = members_[seeds_.below(members_.size())];
        if (!hub_.is_paired(member)) hub_.remove_member(member);
      }
      plan_removal(closes_ms);
    });
  }

  // Two numbers turn out to be one person, in every other case not for long.
  void plan_joining(std::int64_t closes_ms) {
    const auto at_ms = timeline_.now_ms() + static_cast<std::int64_t>(seeds_.below(12 * hour_ms));
    if (at_ms >= closes_ms) return;
    timeline_.at(at_ms, [this, closes_ms] {
      plan_joining(closes_ms);
      if (members_.empty() || !faults_.possible(Fault::members_merged)) return;
      const auto from = members_[seeds_.below(members_.size())];
      hub_.join_members(from, members_[seeds_.below(members_.size())]);
      if (!seeds_.chance(1, 2)) return;
      timeline_.after(static_cast<std::int64_t>(seeds_.below(12 * hour_ms)), [this, from] { hub_.part_members(from); });
    });
  }

  void heal() {
    network_.behave();
    hub_.bring_up();
    poison_->doubt();
    for (auto& terminal : terminals_) terminal->heal();
  }

  void settle(std::int64_t until_ms) {
    std::int64_t look_ms = timeline_.now_ms();
    settled_ms_ = 0;
    while (oracle_.violations().empty() && timeline_.step(until_ms)) {
      if (timeline_.now_ms() < look_ms) continue;
      look_ms = timeline_.now_ms() + minute_ms;
      if (!all_settled() || !all_readable()) continue;
      if (settled_ms_ == 0) settled_ms_ = timeline_.now_ms();
      // What the hub thinks of a terminal is no row: it is told with the next page.
      if (!all_know_standing() && timeline_.now_ms() < settled_ms_ + hour_ms) continue;
      check();
      return;
    }
    if (!oracle_.violations().empty()) return;
    for (auto& terminal : terminals_) oracle_.violated("not settled: " + terminal->describe());
    if (!poison_->drained()) oracle_.violated("not settled: the poison terminal's facts do not get through");
  }

  [[nodiscard]] bool all_settled() {
    if (!hub_.settled() || !poison_->drained()) return false;
    const auto hub_seq = hub_.hub_seq();
    return std::all_of(terminals_.begin(), terminals_.end(), [this, hub_seq](const auto& terminal) {
      return terminal->settled(hub_seq) || (terminal->waits_in_vain() && hub_.revoked(terminal->id()));
    });
  }

  [[nodiscard]] bool all_know_standing() {
    return std::ranges::all_of(
        terminals_, [&](const auto& terminal) { return hub_.revoked(terminal->id()) || terminal->knows_standing(); });
  }

  [[nodiscard]] bool all_readable() {
    const auto balances = hub_.balances();
    return std::ranges::all_of(terminals_, [&](const auto& terminal) {
      return hub_.revoked(terminal->id()) || terminal->all_readable(balances);
    });
  }

  void check() {
    const auto balances = hub_.balances();
    std::vector<SimTerminal*> believed;
    for (auto& terminal : terminals_) {
      if (!hub_.revoked(terminal->id())) {
        believed.push_back(terminal.get());
        terminal->check_standing();
      } else {
        terminal->report_queued();
      }
    }
    hub_.check(balances);
    for (auto* terminal : believed) terminal->check_shown(balances);
    for (auto& terminal : terminals_) terminal->check_files();
  }

  Report sum_up() {
    Report report;
    report.seed = options_.seed;
    report.faults = faults_.counts();
    report.terminal_hours = static_cast<std::uint64_t>(options_.hours) * options_.terminals;
    for (const auto& terminal : terminals_) report.commits += terminal->commits();
    report.facts_told = oracle_.facts_told();
    report.sales_told = oracle_.sales_told();
    report.facts_held = oracle_.facts_held();
    report.points_spent = oracle_.points_spent();
    report.rated_by_hub = oracle_.rated_by_hub();
    report.facts_projected = hub_.events_projected();
    report.facts_forgotten = oracle_.facts_forgotten();
    report.lies = oracle_.lies();
    report.oldest_backup_ms = hub_.oldest_backup_ms();
    report.lost = oracle_.lost();
    report.applied_twice = oracle_.applied_twice();
    report.steps = timeline_.done();
    report.violations = oracle_.violations();
    return report;
  }

  const Options options_;
  base::SeededRng seeds_;
  base::SeededRng first_hours_;
  Timeline timeline_;
  Oracle oracle_;
  Faults faults_;
  std::vector<base::MemberId> members_;
  std::vector<model::CouponIssued> seen_;
  std::vector<Sold> sold_;
  SimHub hub_;
  Network network_;
  const model::Programme programme_;
  std::vector<std::unique_ptr<SimTerminal>> terminals_;
  std::unique_ptr<PoisonTerminal> poison_;
  std::int64_t settled_ms_{};
};

}  // namespace

Report simulate(const Options& options) { return World{options}.run(); }

}  // namespace millpond::simulation
