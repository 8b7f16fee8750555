// SPDX-License-Identifier: Apache-2.0
#include "hardware/till/gateway.h"

#include "hardware/till/openapi.h"
#include "hardware/till/pairing.h"
#include "hardware/till/paths.h"
#include "hardware/till/request_check.h"
#include "hardware/till/sale_json.h"
#include "sync/base/file.h"
#include "sync/crypto/hash.h"
#include "sync/crypto/tls_certificate.h"
#include "sync/http/server.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace millpond::till {
namespace {

using base::Code;
using base::Error;
using base::Result;
using ports::TillAnswer;

constexpr std::uint32_t workers = 32;  // they wait for commits, and waiting sales share one
constexpr std::string_view quotes_path = "/v1/quotes";
constexpr std::string_view holds_path = "/v1/holds";
constexpr std::string_view release_end = "/release";
constexpr std::string_view members_path = "/v1/members";
constexpr std::string_view lookups_path = "/v1/lookups";
constexpr std::size_t certificate_bytes_max = 1U << 20;  // a chain

int status_of(Code code) {
  switch (code) {
    case Code::unauthorized:
    case Code::clock_skew:
    case Code::replayed:
      return 401;
    case Code::rate_limited:
      return 429;
    case Code::not_found:
    case Code::member_unknown:
      return 404;
    case Code::sale_changed:
      return 409;
    case Code::bad_input:
    case Code::sale_malformed:
      return 400;
    default:
      break;
  }
  return base::retry_class(code) == base::Retry::never ? 422 : 503;
}

class HttpGateway final : public Gateway {
 public:
  HttpGateway(ports::TillHandler& handler, const base::Clock& clock, const http::StrangerLimits& strangers,
              std::string certificate_fingerprint)
      : handler_{handler},
        clock_{clock},
        check_{clock},
        pairing_{std::move(certificate_fingerprint), clock},
        strangers_{strangers},
        started_wall_ms_{clock.wall_ms()},
        started_monotonic_ms_{clock.monotonic_ms()} {}

  Result<> listen(const GatewayOptions& at) {
    http::ServerOptions options;
    options.address = at.address;
    options.port = at.port;
    options.certificate = at.certificate;
    options.key = at.key;
    options.body_bytes_max = body_bytes_max;
    options.workers = workers;
    options.refuse = [this](Code code, std::string_view detail, const http::Request& request) {
      auto response = refuse({code, "take request", std::string{detail}}, request);
      response.headers.clear();
      return response;
    };
    MILLPOND_TRY(server_,
                 http::Server::start(options, [this](const http::Request& request) { return serve(request); }));
    return {};
  }
  [[nodiscard]] std::uint16_t port() const override { return server_->port(); }
  void add_key(Key key) override { check_.add_key(std::move(key)); }
  [[nodiscard]] Pairing& pairing() override { return pairing_; }

 private:
  http::Response serve(const http::Request& request);
  http::Response pair(const http::Request& request);
  Result<TillAnswer> route(const http::Request& request, const Key& key);
  Result<TillAnswer> post_sale(const http::Request& request, const Key& key);
  Result<TillAnswer> post_basket(const http::Request& request, const Key& key, bool keep);
  Result<TillAnswer> release(std::string_view path, const Key& key);
  Result<TillAnswer> post_refund(const http::Request& request, const Key& key);
  Result<TillAnswer> post_void(std::string_view path, const http::Request& request, const Key& key);
  [[nodiscard]] bool may_be_told_again(const http::Request& request) const;
  http::Response refuse(const Error& error, const http::Request& request);

  ports::TillHandler& handler_;
  const base::Clock& clock_;
  RequestCheck check_;
  Pairing pairing_;
  http::Strangers strangers_;
  const std::int64_t started_wall_ms_;
  const std::int64_t started_monotonic_ms_;
  std::unique_ptr<http::Server> server_;
};

http::Response HttpGateway::serve(const http::Request& request) {
  const auto address = http::address_of_peer(request.peer);
  const auto named = request.header(header_key);
  const auto now_ms = clock_.monotonic_ms();
  if (const auto wait = strangers_.wait_ms(address, named, now_ms); wait > 0) {
    auto response = refuse({Code::rate_limited, "take request", "unsigned requests"}, request);
    response.headers = {{"Retry-After", std::to_string((wait + 999) / 1'000)}};
    return response;
  }
  if (request.method == "GET" && request.path() == openapi_path) {
    strangers_.count(address, now_ms);
    return http::json_response(200, openapi_json());
  }
  if (request.method == "POST" && request.path() == pairings_path) {
    strangers_.count(address, now_ms);
    return pair(request);
  }
  const auto key = check_.check(request);
  if (!key) {
    if (key.error().code == Code::unauthorized) strangers_.count(address, now_ms);
    return refuse(key.error(), request);
  }
  strangers_.know(address, named, now_ms);
  if (may_be_told_again(request)) {
    return refuse({Code::clock_skew, "take request", "signed before this terminal began; sign it anew"}, request);
  }
  auto answer = route(request, *key);
  if (!answer) return refuse(answer.error(), request);
  http::Response response;
  response.status = answer->status;
  response.body = std::move(answer->json);
  if (response.status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

http::Response HttpGateway::pair(const http::Request& request) {
  const auto nonce = parse_pairing(request.body);
  if (!nonce) return refuse(nonce.error(), request);
  const auto key = pairing_.ask(*nonce);
  if (!key) return refuse(key.error(), request);
  if (!*key) return http::json_response(202, nlohmann::ordered_json{{"state", "waiting"}}.dump());
  const nlohmann::ordered_json body{
      {"state", "paired"}, {"till", (*key)->till}, {"key", (*key)->id}, {"secret", base::to_hex((*key)->secret)}};
  return http::json_response(200, body.dump());
}

// Nonces of an earlier run are in nobody's memory. A sale, a refund or a basket counts once by its own key, and must
// not wait for a till's clock that is behind; who somebody is, and a card that is printed, is told to whoever asks, so
// such a question of before the start is not taken. Once its time could not pass any more, a clock put back is no
// reason.
bool HttpGateway::may_be_told_again(const http::Request& request) const {
  const auto path = request.path();
  if (!path.starts_with(members_path) && path != lookups_path) return false;
  std::int64_t signed_s = 0;
  const auto text = request.header(header_timestamp);
  std::from_chars(text.data(), text.data() + text.size(), signed_s);  // checked by whoever let it in
  return (signed_s + 1) * 1'000 <= started_wall_ms_ && clock_.monotonic_ms() - started_monotonic_ms_ < 2 * skew_max_ms;
}

Result<TillAnswer> HttpGateway::route(const http::Request& request, const Key& key) {
  const auto path = request.path();
  if (request.method == "POST" && path == sales_path) return post_sale(request, key);
  if (request.method == "POST" && path == quotes_path) return post_basket(request, key, false);
  if (request.method == "POST" && path == holds_path) return post_basket(request, key, true);
  if (request.method == "POST" && path == refunds_path) return post_refund(request, key);
  if (request.method == "POST") {
    if (const auto basket = inner_of(path, holds_path, release_end)) return release(*basket, key);
    if (const auto sale = inner_of(path, sales_path, void_end)) return post_void(*sale, request, key);
  }
  if (request.method == "POST" && path == members_path) {
    MILLPOND_TRY(const auto enrolment, parse_enrolment(request.body));
    return handler_.enrol(enrolment);
  }
  if (request.method == "POST" && path == lookups_path) {
    MILLPOND_TRY(const auto lookup, parse_lookup(request.body));
    return handler_.look_up(lookup);
  }
  if (request.method == "GET" && path == "/v1/health") return handler_.health();
  if (request.method == "GET" && path.starts_with(sales_path) && path.size() > sales_path.size() + 1) {
    MILLPOND_TRY(const auto sale, parse_sale_key(path.substr(sales_path.size() + 1)));
    if (sale.till != key.till) return Error{Code::unauthorized, "find sale", "this key belongs to another till"};
    return handler_.find_sale(sale);
  }
  if (request.method == "GET" && path.starts_with(members_path) && path.size() > members_path.size() + 1) {
    const auto code = percent_decoded(path.substr(members_path.size() + 1));
    if (!code) return Error{Code::bad_input, "find member", "the code is not percent-encoded"};
    return handler_.member(*code);
  }
  return Error{Code::not_found, "find door", "no such path for this method"};
}

Result<TillAnswer> HttpGateway::post_sale(const http::Request& request, const Key& key) {
  MILLPOND_TRY(const auto sale, parse_sale(request.body));
  if (sale.key.till != key.till) {
    return Error{Code::unauthorized, "take sale", "this key belongs to another till", "/till"};
  }
  return handler_.sale(sale, crypto::sha256(request.body));
}

Result<TillAnswer> HttpGateway::post_basket(const http::Request& request, const Key& key, bool keep) {
  MILLPOND_TRY(const auto basket, parse_basket(request.body, keep));
  if (basket.till != key.till) {
    return Error{Code::unauthorized, "take basket", "this key belongs to another till", "/till"};
  }
  const auto language = request.header("Accept-Language");
  return keep ? handler_.hold(basket, language) : handler_.quote(basket, language);
}

Result<TillAnswer> HttpGateway::post_refund(const http::Request& request, const Key& key) {
  MILLPOND_TRY(const auto refund, parse_refund(request.body));
  if (refund.key.till != key.till) {
    return Error{Code::unauthorized, "take refund", "this key belongs to another till", "/till"};
  }
  return handler_.refund(refund, crypto::sha256(request.body));
}

Result<TillAnswer> HttpGateway::post_void(std::string_view path, const http::Request& request, const Key& key) {
  MILLPOND_TRY(const auto sale, parse_sale_key(path));
  if (sale.till != key.till) return Error{Code::unauthorized, "void sale", "this key belongs to another till"};
  MILLPOND_TRY(const auto refund, parse_void(request.body, sale));
  return handler_.refund(refund, crypto::sha256(request.body));
}

Result<TillAnswer> HttpGateway::release(std::string_view path, const Key& key) {
  const auto parts = parts_of(path);
  if (parts.size() != 2) {
    return Error{Code::bad_input, "release basket", "the path is /v1/holds/{till}/{basket}/release"};
  }
  if (parts[0] != key.till) return Error{Code::unauthorized, "release basket", "this key belongs to another till"};
  return handler_.release(parts[0], parts[1]);
}

http::Response HttpGateway::refuse(const Error& error, const http::Request& request) {
  const auto sentence = handler_.explain(error, request.header("Accept-Language"));
  nlohmann::ordered_json body{
      {"code", base::code_name(error.code)}, {"what", sentence.what}, {"why", sentence.why}, {"next", sentence.next}};
  if (!error.detail.empty()) body["detail"] = error.detail;
  if (!error.hint.empty() && error.hint.front() == '/') body["at"] = error.hint;
  if (error.code == Code::clock_skew) body["server_time"] = clock_.wall_ms() / 1000;
  auto response =
      http::json_response(status_of(error.code), body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  if (response.status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace

Result<std::unique_ptr<Gateway>> Gateway::start(const GatewayOptions& options, std::vector<Key> keys,
                                                ports::TillHandler& handler, const base::Clock& clock) {
  std::string fingerprint;
  if (!options.certificate.empty()) {
    MILLPOND_TRY(const auto pem, base::read_file(options.certificate, certificate_bytes_max));
    MILLPOND_TRY(fingerprint, crypto::tls_fingerprint(base::text_of(pem)));
  }
  auto gateway = std::make_unique<HttpGateway>(handler, clock, options.strangers, std::move(fingerprint));
  for (auto& key : keys) gateway->add_key(std::move(key));
  MILLPOND_TRY_DO(gateway->listen(options));
  return std::unique_ptr<Gateway>{std::move(gateway)};
}

}  // namespace millpond::till
