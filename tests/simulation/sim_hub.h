// SPDX-License-Identifier: Apache-2.0
// SimHub: the shipped hub core over a disk that crashes, behind a door that checks and signs as the server does. Its
// disk keeps sectors whole: the hub's WAL is meant for a machine with power-loss protection, the terminal's journal is
// not. One thread; a crash shows as no answer.
#pragma once

#include "sync/base/rng.h"
#include "sync/hub/core/hub_core.h"
#include "sync/model/programme.h"
#include "sync/net/http_client.h"
#include "sync/wire/request_auth.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/oracle.h"
#include "tests/simulation/timeline.h"
#include "tests/support/crash_vfs.h"

#include <functional>
#include <memory>
#include <optional>

namespace millpond::simulation {

class SimHub {
 public:
  SimHub(Timeline& timeline, Oracle& oracle, Faults& faults, Bug bug, std::uint64_t seed);
  ~SimHub();
  SimHub(const SimHub&) = delete;
  SimHub& operator=(const SimHub&) = delete;

  [[nodiscard]] const base::BrandId& brand() const { return brand_; }
  [[nodiscard]] wire::HubKey hub_key() const;
  // Makes a terminal with this key, as `millpond-hub` and `millpond provision` do together. Before any fault.
  [[nodiscard]] base::TerminalId add_terminal(const crypto::PublicKey& key);
  [[nodiscard]] model::Programme publish_programme();

  [[nodiscard]] bool up() const { return core_ != nullptr; }
  [[nodiscard]] std::uint64_t life() const { return life_; }
  [[nodiscard]] bool went_back() const { return went_back_; }                        // was ever restored
  void with_store(const std::function<void(hub::HubStore&)>& use) { use(*store_); }  // while it is up
  // What the hub answers; nothing when it is down or dies over it.
  [[nodiscard]] std::optional<net::HttpAnswer> handle(const net::HttpRequest& request);

  void plan_faults(std::int64_t until_ms);

  // The end: up and well, everything projected, and the store itself for the last checks.
  void bring_up();
  [[nodiscard]] bool settled();
  [[nodiscard]] std::uint64_t hub_seq();
  [[nodiscard]] std::vector<hub::Balance> balances();
  // Its own check, then the oracle's with the balances that it shows.
  void check(const std::vector<hub::Balance>& balances);
  [[nodiscard]] std::uint64_t events_projected() const { return events_projected_; }

 private:
  [[nodiscard]] net::HttpAnswer answer(const wire::RequestAuth& auth, const net::HttpRequest& request);
  [[nodiscard]] net::HttpAnswer up_answer(const wire::RequestAuth& auth, const net::HttpRequest& request);
  [[nodiscard]] net::HttpAnswer down_answer(const wire::RequestAuth& auth, const net::HttpRequest& request);
  [[nodiscard]] net::HttpAnswer answer_too_early(const wire::RequestAuth& auth, const net::HttpRequest& request);
  [[nodiscard]] net::HttpAnswer refuse(int status, base::Code code) const;
  void note_stored(base::TerminalId terminal, const wire::UpAnswer& answer);
  [[nodiscard]] bool holds_poison(base::ByteView body) const;
  void misfortune();
  void strike(Fault fault, tests::FaultKind kind);
  void fail_disk(Fault fault, tests::FaultKind kind);
  void restore_backup();
  void rebuild();
  void heal_disk();
  void boot(bool restored);
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
  wire::NonceCache nonces_;
  std::shared_ptr<const tests::CrashDisk::Image> backup_;
  std::uint64_t deaths_{};
  std::uint64_t life_{};
  bool projecting_{};
  bool faulty_{true};
  bool went_back_{};
  bool disk_well_{true};
  bool dies_before_answer_{};
  bool rebuilds_after_page_{};
  std::int64_t no_credit_until_ms_{};
  std::uint64_t events_projected_{};
};

}  // namespace millpond::simulation
