// SPDX-License-Identifier: Apache-2.0
// TerminalApi: what the hub says to terminals over HTTP: POST /v1/up, GET /v1/down,
// GET /v1/snapshot, the questions POST /v1/redeem, /v1/points and /v1/member, GET /v1/hello (is this the hub?), POST
// /v1/renew, POST /v1/card, POST /v1/provision, POST /v1/bind (a grant's first sync), and /livez, /readyz, /version for
// whoever watches. It checks who asks (signature, time, nonce, rate) and lets HubCore decide; every answer to a request
// with a nonce is signed, refusals too, so that a terminal can tell a hub from a captive portal; but for 429 to
// strangers, who have signed nothing yet. A downlink request without news is parked when its terminal has a slot. Any
// thread. Clock and core are borrowed and outlive it.
#pragma once

#include "sync/http/rate_limit.h"
#include "sync/http/server.h"
#include "sync/http/strangers.h"
#include "sync/hub/core/hub_core.h"
#include "sync/hub/server/poll_slots.h"
#include "sync/hub/server/snapshot_api.h"
#include "sync/wire/request_auth.h"

#include <atomic>
#include <functional>
#include <mutex>

namespace millpond::hub {

struct ApiOptions {
  std::uint32_t requests_per_s{10};
  std::uint32_t requests_burst{50};
  std::uint32_t provision_failures_per_h{5};
  http::StrangerLimits strangers{};           // whoever has not signed: provisioning, health, forgeries
  std::function<void()> on_ingested{};        // wakes the projector; must not block
  std::function<bool()> projector_healthy{};  // for /readyz
  const SnapshotShelf* shelf{};               // borrowed; null: snapshots are not served
  std::size_t poll_slots{};                   // requests that may be held; 0: nobody will wake them, so none is
};

class TerminalApi {
 public:
  TerminalApi(HubCore& core, const base::Clock& clock, ApiOptions options);

  [[nodiscard]] http::Response answer(const http::Request& request);

 private:
  http::Response answer_stranger(const http::Request& request);
  http::Response answer_signed(const http::Request& request);
  base::Result<http::Response> dispatch(const http::Request& request, base::TerminalId terminal);
  base::Result<std::optional<http::Response>> admit(const http::Request& request, const wire::RequestAuth& auth);
  base::Result<> check_sender(const http::Request& request, const wire::RequestAuth& auth);
  base::Result<> check_signed(const http::Request& request, const wire::RequestAuth& auth, const crypto::PublicKey& key,
                              wire::NonceCache& nonces);
  [[nodiscard]] bool may_be_of_before(std::int64_t signed_at_ms) const;
  void sign(const http::Request& request, const wire::RequestAuth& auth, http::Response& response) const;
  base::Result<http::Response> up(const http::Request& request, base::TerminalId terminal);
  base::Result<http::Response> renew(base::TerminalId terminal);
  base::Result<http::Response> cards(const http::Request& request, base::TerminalId terminal);
  base::Result<http::Response> redeem(const http::Request& request, base::TerminalId terminal);
  base::Result<http::Response> points(const http::Request& request, base::TerminalId terminal);
  base::Result<http::Response> card(const http::Request& request, base::TerminalId terminal);
  base::Result<http::Response> down(const http::Request& request, base::TerminalId terminal);
  base::Result<http::Response> snapshot(const http::Request& request) const;
  http::Response provision(const http::Request& request);
  http::Response bind(const http::Request& request);
  http::Response ready();
  http::Response refusal(const base::Error& error) const;

  HubCore& core_;
  const base::Clock& clock_;
  ApiOptions options_;
  http::Strangers strangers_;
  http::RateLimit requests_;
  http::RateLimit provision_failures_;
  http::RateLimit cards_;
  PollSlots slots_;
  const std::int64_t started_wall_ms_;
  const std::int64_t started_monotonic_ms_;
  std::mutex nonces_mutex_;
  wire::NonceCache nonces_;       // guarded by nonces_mutex_
  wire::NonceCache bind_nonces_;  // of keys that anybody can make: a flood of those pushes out nobody else's
};

}  // namespace millpond::hub
