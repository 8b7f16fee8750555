// SPDX-License-Identifier: Apache-2.0
// SimHub: the shipped hub core and snapshot shelf over a disk that crashes, behind a door that checks and signs as the
// server does, and its operator. One thread; a crash shows as no answer.
#pragma once

#include "sync/base/rng.h"
#include "sync/hub/core/hub_core.h"
#include "sync/hub/core/snapshot_shelf.h"
#include "sync/model/programme.h"
#include "sync/net/http_client.h"
#include "sync/wire/request_auth.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/oracle.h"
#include "tests/simulation/timeline.h"
#include "tests/support/crash_vfs.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace millpond::simulation {

inline constexpr const char* hub_file = "hub.db";
// The longer the poll, the more of the simulated days is about facts and not about asking for none.
inline constexpr wire::Credit hub_credit{2'000, 1U << 20, 0, 20 * 60'000};

class SimHub {
 public:
  SimHub(Timeline& timeline, Oracle& oracle, Faults& faults, Bug bug, std::uint64_t seed);
  ~SimHub();
  SimHub(const SimHub&) = delete;
  SimHub& operator=(const SimHub&) = delete;

  [[nodiscard]] const base::BrandId& brand() const { return brand_; }
  [[nodiscard]] wire::HubKey hub_key() const;
  // Makes a terminal with this key, as `millpond-hub` and `millpond provision` do together. Before any fault.
  [[nodiscard]] base::TerminalId add_terminal(const crypto::PublicKey& key) {
    return provision(key).certificate.terminal;
  }
  [[nodiscard]] wire::Provisioned provision(const crypto::PublicKey& key);
  [[nodiscard]] model::Programme publish_programme();
  // What terminals may honour without asking. Returns what one outage costs at the most, as the hub announces it.
  [[nodiscard]] std::int64_t set_limits(const model::HonourLimits& limits);
  [[nodiscard]] std::vector<hub::RightsStanding> rights();
  // What terminals may let members spend without asking.
  void set_points(const hub::LeaseTerms& terms);
  [[nodiscard]] hub::LeaseBooks leases();
  [[nodiscard]] std::int64_t lost_points();

  [[nodiscard]] bool up() const { return core_ != nullptr; }
  [[nodiscard]] std::uint64_t life() const { return life_; }
  [[nodiscard]] bool went_back() const { return went_back_; }                        // was ever restored
  void with_store(const std::function<void(hub::HubStore&)>& use) { use(*store_); }  // while it is up
  // What the hub answers; nothing when it is down or dies over it.
  [[nodiscard]] std::optional<net::HttpAnswer> handle(const net::HttpRequest& request);

  // Of one terminal. In heavy trade pages and turns of the projector get as large as the server's; in light trade they
  // stay small, so that a download takes several pages and a backlog several turns.
  void expect_trade(std::uint32_t actions_a_day);
  void plan_faults(std::int64_t until_ms);
  // The operator's word. A hub that does not know the member yet, or that was restored, is told again until it obeys.
  void keep_backup(std::int64_t until_ms);  // the next one is not made before
  void restore_backup();
  [[nodiscard]] std::int64_t oldest_backup_ms() const { return oldest_backup_ms_; }  // of those put back
  void jump_years();                                                                 // for up to two hours
  void remove_member(base::MemberId member) { removed_.insert(member); }
  [[nodiscard]] bool removed(base::MemberId member) const { return removed_.contains(member); }
  // Two numbers are one person, from now on or not any more. Told again like a removal.
  void join_members(base::MemberId from, base::MemberId into);
  void part_members(base::MemberId from);
  [[nodiscard]] bool is_paired(base::MemberId member) const;
  void revoke(base::TerminalId terminal);
  [[nodiscard]] bool revoked(base::TerminalId terminal);
  // Whether a copy of a terminal may honour value, as the hub sees it.
  [[nodiscard]] bool suspends(base::TerminalId terminal, base::Epoch epoch);

  // The end: up and well, everything projected, and the store itself for the last checks.
  void bring_up();
  [[nodiscard]] bool settled();
  [[nodiscard]] std::uint64_t hub_seq();
  [[nodiscard]] wire::DownCursor head();  // where a terminal stands that has read everything
  [[nodiscard]] std::vector<hub::Balance> balances();
  // Its own check, then the oracle's with the balances that it shows.
  void check(const std::vector<hub::Balance>& balances);
  [[nodiscard]] std::uint64_t events_projected() const { return events_projected_; }

 private:
  void make_backup();
  // hub_door.cpp
  [[nodiscard]] net::HttpAnswer answer(const wire::RequestAuth& auth, const net::HttpRequest& request);
  [[nodiscard]] net::HttpAnswer up_answer(const wire::RequestAuth& auth, const net::HttpRequest& request);
  [[nodiscard]] net::HttpAnswer redeem_answer(const wire::RequestAuth& auth, const net::HttpRequest& request);
  [[nodiscard]] net::HttpAnswer points_answer(const wire::RequestAuth& auth, const net::HttpRequest& request);
  [[nodiscard]] net::HttpAnswer down_answer(const wire::RequestAuth& auth, const net::HttpRequest& request);
  [[nodiscard]] net::HttpAnswer snapshot_answer(const net::HttpRequest& request);
  [[nodiscard]] net::HttpAnswer answer_too_early(const wire::RequestAuth& auth, const net::HttpRequest& request);
  [[nodiscard]] net::HttpAnswer refuse(int status, base::Code code) const;
  void note_stored(base::TerminalId terminal, const wire::UpAnswer& answer);
  [[nodiscard]] bool holds_poison(base::ByteView body) const;

  // hub_faults.cpp
  void misfortune();
  void strike(Fault fault, tests::FaultKind kind);
  void fail_disk(Fault fault, tests::FaultKind kind);
  void rebuild();
  void heal_disk();
  void flip_snapshot();
  void touch_sleeping_disk();
  void change_batch();
  void note_batches();
  void look_after_mending();
  void tend();
  bool repeat_removals();
  bool repeat_pairs();
  void choose_copies();

  // sim_hub.cpp
  void check_signals();
  void check_pairs(const std::vector<hub::Balance>& balances);
  void boot(bool restored);
  [[nodiscard]] base::Result<> open(bool restored);
  [[nodiscard]] base::Result<> open_shelf(std::uint64_t moved_min, std::uint32_t moved_percent);
  void replace_snapshots();
  void close();
  void project_soon();
  void project();
  [[nodiscard]] bool died();  // after any use of the disk: true when it struck, and then the hub is down

  Timeline& timeline_;
  Oracle& oracle_;
  Faults& faults_;
  const Bug bug_;
  MachineClock clock_;
  base::SeededRng rng_;
  tests::CrashDisk disk_;
  base::BrandId brand_;
  std::unique_ptr<hub::HubCore> core_;
  hub::HubStore* store_{};  // of core_
  std::unique_ptr<hub::SnapshotShelf> shelf_;
  wire::NonceCache nonces_;
  std::optional<model::HonourLimits> limits_;
  std::shared_ptr<const tests::CrashDisk::Image> backup_;
  std::int64_t backup_kept_until_ms_{};
  std::int64_t backup_made_ms_{};
  std::int64_t oldest_backup_ms_{};
  std::uint64_t deaths_{};
  std::uint64_t life_{};
  bool projecting_{};
  bool faulty_{true};
  bool went_back_{};
  bool owes_restored_{};  // its file was put back, and it was not told yet
  std::uint32_t page_rows_{200};
  std::size_t events_a_turn_{500};
  bool disk_well_{true};
  std::vector<hub::RightsStanding> rights_read_;  // last: a disk that fails to sync lets nobody read either
  hub::LeaseBooks leases_read_;
  bool dies_before_answer_{};
  bool rebuilds_after_page_{};
  bool rebuilds_after_piece_{};
  bool replaces_after_piece_{};
  std::uint32_t later_version_{1};
  bool flipped_{};               // a bit of its file changed, and nobody has looked yet
  base::SeededRng batches_rng_;  // of its own, so that what it decides changes no other fault's turn
  std::uint64_t batches_noted_{};
  std::string in_batch_;  // some bytes of a stored batch, by which it is found in the file
  std::optional<std::int64_t> mending_since_ms_;
  std::set<base::MemberId> removed_;
  struct Pair {
    base::MemberId into;
    bool parted{};
  };
  std::map<base::MemberId, Pair> pairs_;  // by the alias; nobody is in two
  std::optional<hub::LeaseTerms> points_;
  std::map<base::TerminalId, std::int64_t> choice_due_ms_;  // when the operator will have chosen between copies
  std::int64_t no_credit_until_ms_{};
  std::uint64_t events_projected_{};
};

}  // namespace millpond::simulation
