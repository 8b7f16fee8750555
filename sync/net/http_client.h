// SPDX-License-Identifier: Apache-2.0
// HTTP out over libcurl: one request at a time on a kept connection, with every limit explicit. Says what kind of
// failure it was and believes nothing: whether an answer comes from a hub is the caller's check (content type,
// signature). Blocking for at most timeout_ms; one thread per client.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millpond::net {

struct ClientOptions {
  std::string base_url;     // "https://hub.example", "http://127.0.0.1:8460"
  std::string unix_path{};  // speak to this unix socket instead of the URL's host
  std::string ca_file{};    // pinned certificate authority; empty: the system's
  std::string proxy{};      // "http://proxy:3128"; empty: none, the environment is not asked
  std::int64_t connect_timeout_ms{5'000};
  std::size_t answer_bytes_max{32U << 20};
};

struct HttpRequest {
  std::string method{"GET"};
  std::string target{};  // "/v1/down?cursor=0.0"
  std::vector<std::pair<std::string, std::string>> headers{};
  base::Bytes body{};
  std::int64_t timeout_ms{20'000};
  // Once true (set by any thread), perform() gives up within about a second; it must outlive the call.
  const std::atomic<bool>* cancelled{};
};

struct HttpAnswer {
  int status{};
  std::vector<std::pair<std::string, std::string>> headers;
  base::Bytes body;
  std::int64_t retry_after_ms{};                                       // from Retry-After in seconds; 0 when absent
  [[nodiscard]] std::string_view header(std::string_view name) const;  // case-insensitive
};

class HttpClient {
 public:
  // Error: config_invalid for a URL that is not http or https.
  [[nodiscard]] static base::Result<std::unique_ptr<HttpClient>> create(ClientOptions options);
  virtual ~HttpClient() = default;

  // Any HTTP status is an answer. Redirects are not followed: a captive portal's login page must not swallow a batch.
  // Errors: hub_unreachable (name, connect, broken line), timeout, too_large, certificate_invalid (TLS), hub_not_a_hub
  // (what answers does not speak HTTP), bad_input (our own request is malformed).
  [[nodiscard]] virtual base::Result<HttpAnswer> perform(const HttpRequest& request) = 0;
};

}  // namespace millpond::net
