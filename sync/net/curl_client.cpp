// SPDX-License-Identifier: Apache-2.0
#include "sync/net/http_client.h"

#include <algorithm>
#include <curl/curl.h>
#include <mutex>

namespace millpond::net {
namespace {

using base::Code;
using base::Error;

// A kept connection older than this is not used again: the hub closes idle ones after 60 s, and a request that meets a
// closing line would be sent twice by libcurl.
constexpr long kept_connection_max_s = 45;
// Below the half minute after which some mobile networks forget a silent connection.
constexpr long keep_alive_s = 25;
constexpr std::size_t headers_bytes_max = 64U << 10;
constexpr std::int64_t retry_after_ms_max = 24LL * 3'600'000;

// libcurl asks about once a second while it waits.
int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(user)->load() ? 1 : 0;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

bool has_line_break(std::string_view text) { return text.find_first_of("\r\n") != std::string_view::npos; }

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// libcurl prepares the process once, and never unloads: other threads may still use it at exit.
bool start_curl() {
  static std::once_flag once;
  static bool started = false;
  std::call_once(once, [] { started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK; });
  return started;
}

// What the callbacks of one transfer fill.
struct Incoming {
  HttpAnswer answer;
  std::size_t bytes_max{};
  std::size_t header_bytes{};
  CURL* easy{};
  const Part* part{};
  std::optional<bool> is_part{};  // nothing before the first byte of the body
  std::optional<Error> sink_failed;
  bool too_large{};
  bool headers_ended{};  // libcurl takes a line that breaks within the headers for a whole answer
};

// Whether the body that begins is the part that was asked for: "Content-Range: bytes 100-199/5000".
bool is_wanted_part(const Incoming& incoming) {
  if (incoming.part == nullptr) return false;
  long status = 0;
  curl_easy_getinfo(incoming.easy, CURLINFO_RESPONSE_CODE, &status);
  return status == 206 &&
         incoming.answer.header("Content-Range").starts_with("bytes " + std::to_string(incoming.part->from) + "-");
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& incoming = *static_cast<Incoming*>(user);
  const auto bytes = size * count;
  if (!incoming.is_part) incoming.is_part = is_wanted_part(incoming);
  const auto bytes_max = *incoming.is_part ? incoming.part->bytes_max : incoming.bytes_max;
  if (incoming.answer.bytes + bytes > bytes_max) {
    incoming.too_large = true;
    return 0;
  }
  incoming.answer.bytes += bytes;
  if (!*incoming.is_part) {
    base::append(incoming.answer.body, base::view_of({data, bytes}));
    return bytes;
  }
  const auto sunk = incoming.part->sink(base::view_of({data, bytes}));
  if (sunk) return bytes;
  incoming.sink_failed = sunk.error();
  return 0;
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto& incoming = *static_cast<Incoming*>(user);
  const auto bytes = size * count;
  incoming.header_bytes += bytes;
  if (incoming.header_bytes > headers_bytes_max) {
    incoming.too_large = true;
    return 0;
  }
  const std::string_view line{data, bytes};
  if (line.starts_with("HTTP/")) {  // also after "100 Continue": only the last answer counts
    incoming.answer.headers.clear();
    incoming.headers_ended = false;
    incoming.is_part.reset();
    return bytes;
  }
  if (trimmed(line).empty()) incoming.headers_ended = true;
  const auto colon = line.find(':');
  if (colon != std::string_view::npos) {
    incoming.answer.headers.emplace_back(trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
  }
  return bytes;
}

Code code_of(CURLcode result) {
  switch (result) {
    case CURLE_OPERATION_TIMEDOUT:
      return Code::timeout;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return Code::certificate_invalid;
    case CURLE_UNSUPPORTED_PROTOCOL:  // an answer that is not HTTP
    case CURLE_WEIRD_SERVER_REPLY:
      return Code::hub_not_a_hub;
    case CURLE_OUT_OF_MEMORY:
      return Code::overloaded;
    case CURLE_ABORTED_BY_CALLBACK:
      return Code::cancelled;
    default:
      return Code::hub_unreachable;
  }
}

class HeaderList {
 public:
  HeaderList() = default;
  ~HeaderList() { curl_slist_free_all(list_); }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;

  void add(const std::string& line) {
    if (auto* longer = curl_slist_append(list_, line.c_str())) list_ = longer;
  }
  [[nodiscard]] curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

class CurlClient final : public HttpClient {
 public:
  CurlClient(ClientOptions options, CURL* easy) : options_{std::move(options)}, easy_{easy} {}
  ~CurlClient() override { curl_easy_cleanup(easy_); }
  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;

  base::Result<HttpAnswer> perform(const HttpRequest& request) override {
    const auto operation = request.method + " " + request.target.substr(0, request.target.find('?'));
    const bool bad_header = std::any_of(request.headers.begin(), request.headers.end(), [](const auto& field) {
      return has_line_break(field.first) || has_line_break(field.second);
    });
    if (bad_header || has_line_break(request.target) || !request.target.starts_with('/')) {
      return Error{Code::bad_input, operation, "a line break in a header, or a target without its slash"};
    }
    Incoming incoming;
    incoming.bytes_max = options_.answer_bytes_max;
    incoming.easy = easy_;
    incoming.part = request.part ? &*request.part : nullptr;
    char reason[CURL_ERROR_SIZE] = "";
    HeaderList headers;
    add_headers(request, headers);

    curl_easy_reset(easy_);  // options only; the connection is kept
    set_line_options();
    set_pace(request);
    set_method(request);
    const auto url = (request.base_url.empty() ? options_.base_url : request.base_url) + request.target;
    curl_easy_setopt(easy_, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, reason);
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, &incoming);
    curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy_, CURLOPT_HEADERDATA, &incoming);
    const auto result = curl_easy_perform(easy_);

    if (incoming.sink_failed) return *incoming.sink_failed;
    if (incoming.too_large) return Error{Code::too_large, operation, "the answer exceeds what was asked for"};
    if (result != CURLE_OK) {
      return Error{failure_of(result), operation, *reason != '\0' ? reason : curl_easy_strerror(result),
                   options_.base_url};
    }
    if (!incoming.headers_ended) {
      return Error{Code::hub_unreachable, operation, "the answer broke off within its headers", options_.base_url};
    }
    return complete(std::move(incoming.answer));
  }

 private:
  static void add_headers(const HttpRequest& request, HeaderList& headers) {
    headers.add("Expect:");  // no pause of a second before a large batch
    bool has_type = false;
    for (const auto& [name, value] : request.headers) {
      headers.add(value.empty() ? name + ";" : name + ": " + value);
      has_type = has_type || equal_ignoring_case(name, "Content-Type");
    }
    if (!has_type) headers.add(request.body.empty() ? "Content-Type:" : "Content-Type: application/octet-stream");
    if (request.part) {
      const auto last = request.part->from + request.part->bytes_max - 1;
      headers.add("Range: bytes=" + std::to_string(request.part->from) + "-" + std::to_string(last));
    }
  }

  [[nodiscard]] HttpAnswer complete(HttpAnswer answer) {
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    curl_off_t retry_after_s = 0;
    curl_easy_getinfo(easy_, CURLINFO_RETRY_AFTER, &retry_after_s);
    long version = 0;
    curl_easy_getinfo(easy_, CURLINFO_HTTP_VERSION, &version);
    answer.status = static_cast<int>(status);
    answer.retry_after_ms =
        retry_after_s > retry_after_ms_max / 1000 ? retry_after_ms_max : std::int64_t{retry_after_s} * 1000;
    answer.http_version = version == CURL_HTTP_VERSION_2_0 ? 20 : 11;
    return answer;
  }

  static bool broke_off(CURLcode result) {
    return result == CURLE_PARTIAL_FILE || result == CURLE_RECV_ERROR || result == CURLE_SEND_ERROR ||
           result == CURLE_GOT_NOTHING;
  }
  [[nodiscard]] std::int64_t took_ms() {
    curl_off_t took_us = 0;
    curl_easy_getinfo(easy_, CURLINFO_TOTAL_TIME_T, &took_us);
    return std::int64_t{took_us} / 1'000;
  }

  // A certificate that does not hold is sometimes told as a broken handshake only.
  [[nodiscard]] Code failure_of(CURLcode result) {
    long verified = 0;
    curl_easy_getinfo(easy_, CURLINFO_SSL_VERIFYRESULT, &verified);
    if (result == CURLE_SSL_CONNECT_ERROR && verified != 0) return Code::certificate_invalid;
    if (broke_off(result) && took_ms() >= options_.cut_for_slowness_ms) return Code::timeout;
    return code_of(result);
  }

  void set_pace(const HttpRequest& request) {
    curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout_ms));
    if (options_.low_speed_bytes_per_s > 0 && options_.low_speed_ms > 0) {
      const auto patience_s = (options_.low_speed_ms + request.held_ms + 999) / 1'000;
      curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(options_.low_speed_bytes_per_s));
      curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_TIME, static_cast<long>(patience_s));
    }
    curl_easy_setopt(easy_, CURLOPT_MAX_SEND_SPEED_LARGE, static_cast<curl_off_t>(options_.up_bytes_per_s));
    curl_easy_setopt(easy_, CURLOPT_MAX_RECV_SPEED_LARGE, static_cast<curl_off_t>(options_.down_bytes_per_s));
    if (request.cancelled != nullptr) {
      curl_easy_setopt(easy_, CURLOPT_NOPROGRESS, 0L);
      curl_easy_setopt(easy_, CURLOPT_XFERINFOFUNCTION, on_progress);
      curl_easy_setopt(easy_, CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(request.cancelled));
    }
  }

  void set_line_options() {
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_3));  // and later
    curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout_ms));
    curl_easy_setopt(easy_, CURLOPT_MAXAGE_CONN, kept_connection_max_s);
    curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy_, CURLOPT_TCP_KEEPIDLE, keep_alive_s);
    curl_easy_setopt(easy_, CURLOPT_TCP_KEEPINTVL, keep_alive_s);
    curl_easy_setopt(easy_, CURLOPT_PROXY, options_.proxy.c_str());  // an empty one overrides the environment
    if (!options_.unix_path.empty()) curl_easy_setopt(easy_, CURLOPT_UNIX_SOCKET_PATH, options_.unix_path.c_str());
    if (!options_.ca_file.empty()) curl_easy_setopt(easy_, CURLOPT_CAINFO, options_.ca_file.c_str());
  }

  void set_method(const HttpRequest& request) {
    if (request.method == "GET" && request.body.empty()) {
      curl_easy_setopt(easy_, CURLOPT_HTTPGET, 1L);
    } else if (request.method == "HEAD") {
      curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
    } else {
      curl_easy_setopt(easy_, CURLOPT_POST, 1L);
      curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request.body.empty() ? "" : base::text_of(request.body).data());
      if (request.method != "POST") curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
  }

  ClientOptions options_;
  CURL* easy_;
};

}  // namespace

std::string_view HttpAnswer::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (equal_ignoring_case(key, name)) return value;
  }
  return {};
}

base::Result<std::unique_ptr<HttpClient>> HttpClient::create(ClientOptions options) {
  const std::string_view url = options.base_url;
  if ((!url.starts_with("http://") && !url.starts_with("https://")) || has_line_break(url)) {
    return Error{Code::config_invalid, "prepare HTTP client", "a hub's URL begins with http:// or https://",
                 options.base_url};
  }
  if (has_line_break(options.proxy)) return Error{Code::config_invalid, "prepare HTTP client", "a proxy's URL"};
  while (options.base_url.ends_with('/')) options.base_url.pop_back();
  if (!start_curl()) return Error{Code::internal, "prepare HTTP client", "curl_global_init failed"};
  CURL* easy = curl_easy_init();
  if (easy == nullptr) return Error{Code::internal, "prepare HTTP client", "curl_easy_init failed"};
  return std::unique_ptr<HttpClient>{std::make_unique<CurlClient>(std::move(options), easy)};
}

}  // namespace millpond::net
