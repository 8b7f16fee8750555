// SPDX-License-Identifier: Apache-2.0
// HTTP out over libcurl: one request at a time on a kept connection, with every limit explicit; HTTP/2 where a server
// offers it under TLS, HTTP/1.1 otherwise; TLS 1.3 and nothing older. Says what kind of failure it was and believes
// nothing: whether an answer comes from a hub is the caller's check (content type, signature). Blocking for at most
// timeout_ms; one thread per client.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millpond::net {

struct ClientOptions {
  std::string base_url;     // "https://hub.example", "http://127.0.0.1:8460"
  std::string unix_path{};  // speak to this unix socket instead of the URL's host
  std::string ca_file{};    // pinned certificate authority; empty: the system's
  std::string proxy{};      // "http://user:password@proxy:3128"; empty: none, the environment is not asked
  std::int64_t connect_timeout_ms{5'000};
  // A transfer slower than this for that long is given up although its time is not over; 0: never.
  std::uint32_t low_speed_bytes_per_s{1};
  std::int64_t low_speed_ms{30'000};
  // Somebody on the way has patience too, and cuts what takes longer, often after 15, 30 or 60 s: an exchange that
  // breaks off after so long is a time-out, after which less is sent at once.
  std::int64_t cut_for_slowness_ms{10'000};
  std::uint64_t up_bytes_per_s{};  // of a request's body; 0: as fast as the line
  std::uint64_t down_bytes_per_s{};
  std::size_t answer_bytes_max{32U << 20};
};

// A part of a file, handed over as it comes, so that what arrived before a line broke is not lost.
struct Part {
  std::uint64_t from{};
  std::uint64_t bytes_max{};
  // Called by perform() for the bytes of a 206 answer that begins at `from`, in order; any other answer's body is in
  // HttpAnswer::body. An error ends the transfer and is what perform() returns.
  std::function<base::Result<>(base::ByteView)> sink;
};

struct HttpRequest {
  std::string method{"GET"};
  std::string target{};    // "/v1/down?cursor=0.0"
  std::string base_url{};  // another one than the client's, http or https; empty: the client's
  std::vector<std::pair<std::string, std::string>> headers{};
  base::Bytes body{};
  std::int64_t timeout_ms{20'000};
  std::int64_t held_ms{};  // how long the server may keep silent on purpose, before low_speed_ms begins
  std::optional<Part> part{};
  // Once true (set by any thread), perform() gives up within about a second; it must outlive the call.
  const std::atomic<bool>* cancelled{};
};

struct HttpAnswer {
  int status{};
  std::vector<std::pair<std::string, std::string>> headers;
  base::Bytes body;
  std::int64_t retry_after_ms{};                                       // from Retry-After in seconds; 0 when absent
  std::uint64_t bytes{};                                               // of the body, a part included
  int http_version{};                                                  // 11 for HTTP/1.1, 20 for HTTP/2
  [[nodiscard]] std::string_view header(std::string_view name) const;  // case-insensitive
};

class HttpClient {
 public:
  // Error: config_invalid for a URL that is not http or https.
  [[nodiscard]] static base::Result<std::unique_ptr<HttpClient>> create(ClientOptions options);
  virtual ~HttpClient() = default;

  // Any HTTP status is an answer. Redirects are not followed: a captive portal's login page must not swallow a batch.
  // Errors: hub_unreachable (name, connect, proxy, broken line), timeout, too_large, certificate_invalid (TLS),
  // hub_not_a_hub (what answers does not speak HTTP), bad_input (our own request is malformed), cancelled, a sink's
  // own.
  [[nodiscard]] virtual base::Result<HttpAnswer> perform(const HttpRequest& request) = 0;
};

}  // namespace millpond::net
