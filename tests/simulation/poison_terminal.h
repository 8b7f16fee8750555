// SPDX-License-Identifier: Apache-2.0
// PoisonTerminal: a terminal of another release, or a broken one. Its signed batches hold facts that this hub cannot
// read or will not apply, first, last or in the middle of good ones, and sometimes a layout that this hub does not
// know. The good facts must count, the bad ones must be kept and stop nothing. No journal and no engine: it sends each
// batch until the hub says that it holds it. One thread.
#pragma once

#include "sync/base/rng.h"
#include "sync/client/hub_line.h"
#include "tests/simulation/network.h"
#include "tests/simulation/oracle.h"
#include "tests/simulation/sim_hub.h"
#include "tests/simulation/timeline.h"
#include "tests/support/pretend_terminal.h"

#include <optional>

namespace millpond::simulation {

class PoisonTerminal {
 public:
  PoisonTerminal(Timeline& timeline, SimHub& hub, Network& network, Oracle& oracle, Faults& faults, std::uint64_t seed);

  void plan(std::int64_t until_ms);
  void doubt() { confirmed_ = false; }  // the hub may have been set back since
  [[nodiscard]] bool drained() const { return confirmed_ && acked_ == pretend_->head(); }

 private:
  void make_batch();
  void add_poison();
  void add_good();
  void send();
  void send_newer_schema();
  void take(const client::SignedRequest& request, const base::Result<net::HttpAnswer>& answer);

  Timeline& timeline_;
  Network& network_;
  Oracle& oracle_;
  Faults& faults_;
  base::SeededRng rng_;
  MachineClock clock_;
  std::optional<client::HubLine> line_;
  std::optional<tests::PretendTerminal> pretend_;
  std::uint64_t acked_{};
  bool confirmed_{};
  std::uint64_t made_{};
};

}  // namespace millpond::simulation
