// SPDX-License-Identifier: Apache-2.0
// Network: carries signed requests to the hub and answers back in virtual time, and loses, doubles, delays, cuts and
// fakes them by seed. A request that got no answer in its time is told so once; whatever comes later is dropped, as on
// a closed connection. One thread.
#pragma once

#include "sync/base/result.h"
#include "sync/base/rng.h"
#include "sync/net/http_client.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/sim_hub.h"
#include "tests/simulation/timeline.h"

#include <deque>
#include <functional>
#include <memory>

namespace millpond::simulation {

enum class Line : std::uint8_t { well, cut, crawls, untrusted };

class Network {
 public:
  using Answered = std::function<void(const base::Result<net::HttpAnswer>&)>;

  Network(Timeline& timeline, SimHub& hub, Oracle& oracle, Faults& faults, std::uint64_t seed);

  // Calls `answered` exactly once, later. line: asked again at every crossing.
  void send(net::HttpRequest request, std::function<Line()> line, Answered answered);
  // What somebody hears who waits for it: in no virtual time, lost and damaged like the others.
  [[nodiscard]] base::Result<net::HttpAnswer> ask(net::HttpRequest request, Line line);
  void behave() { faulty_ = false; }

 private:
  struct Exchange;
  void arrive(const std::shared_ptr<Exchange>& exchange);
  void give(const std::shared_ptr<Exchange>& exchange, std::int64_t delay_ms, base::Result<net::HttpAnswer> answer);
  void give_part(const std::shared_ptr<Exchange>& exchange, net::HttpAnswer answer);
  void flip_bit(base::Bytes& bytes);
  bool happens(Fault fault, std::uint64_t per_thousand);

  Timeline& timeline_;
  SimHub& hub_;
  Oracle& oracle_;
  Faults& faults_;
  base::SeededRng rng_;
  bool faulty_{true};
  std::deque<net::HttpAnswer> kept_;  // signed answers that come again at the wrong time
};

}  // namespace millpond::simulation
