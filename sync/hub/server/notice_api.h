// SPDX-License-Identifier: Apache-2.0
// NoticeApi: POST /v1/notices/NAME, where payment providers and other tills' servers tell the hub. The body is read and
// believed by sync/notices; here are the address, sizes, rates and the provider's own form of an answer. Whoever fails
// too often is not listened to for a while, because checking a signature costs more than making a wrong one. Any
// thread. Clock and core are borrowed and outlive it.
#pragma once

#include "sync/http/rate_limit.h"
#include "sync/http/server.h"
#include "sync/hub/core/hub_core.h"
#include "sync/hub/server/notice_accounts.h"

#include <functional>

namespace millpond::hub {

class NoticeApi {
 public:
  static constexpr double notices_per_s = 50;    // an account
  static constexpr double notices_burst = 500;   // a provider sends what it had kept back
  static constexpr double failures_per_s = 0.2;  // an address
  static constexpr double failures_burst = 20;

  // on_kept: there is something to join; must not block.
  NoticeApi(HubCore& core, const base::Clock& clock, NoticeAccounts accounts, std::function<void()> on_kept);

  [[nodiscard]] static bool serves(std::string_view path);
  [[nodiscard]] http::Response answer(const http::Request& request);

 private:
  base::Result<NoticeTaken> take(const LoadedAccount& account, const http::Request& request);
  [[nodiscard]] http::Response refusal(const base::Error& error, const LoadedAccount* account) const;

  HubCore& core_;
  const base::Clock& clock_;
  NoticeAccounts accounts_;
  std::function<void()> on_kept_;
  http::RateLimit notices_;
  http::RateLimit failures_;
};

}  // namespace millpond::hub
