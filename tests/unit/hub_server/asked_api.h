// SPDX-License-Identifier: Apache-2.0
// Api: a hub's TerminalApi over a brand of its own, asked as over HTTP. One thread.
#pragma once

#include "sync/hub/server/terminal_api.h"
#include "tests/support/pretend_brand.h"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace millpond::tests {

class Api {
 public:
  // A hub that has run for a while: what was signed before its start is no matter.
  explicit Api(hub::ApiOptions options = {}) : api{*brand.core, brand.clock, options} {
    brand.clock.advance_ms(2 * wire::request_skew_max_ms);
  }

  http::Request signed_request(const PretendTerminal& terminal, std::string method, std::string target,
                               base::Bytes body = {}, std::string nonce = {}) {
    if (nonce.empty()) {
      base::Bytes bytes(16);
      brand.rng.fill(bytes);
      nonce = base::to_hex(bytes);
    }
    wire::RequestAuth auth{terminal.id(), brand.clock.wall_ms(), nonce, {}};
    auth.signature =
        terminal.key().sign(crypto::context::request, brand.core->brand(),
                            wire::request_signed_bytes(method, target, auth.terminal, auth.wall_ms, nonce, body));
    return {std::move(method), std::move(target), wire::to_headers(auth), std::move(body), "127.0.0.1:4000"};
  }
  http::Response up(const PretendTerminal& terminal, std::uint64_t first, std::uint64_t last) {
    return api.answer(signed_request(terminal, "POST", "/v1/up", wire::encode(terminal.batch(first, last))));
  }
  http::Response provision(const std::string& body, const std::string& peer = "127.0.0.1:5000") {
    const auto bytes = base::view_of(body);
    return api.answer({"POST", "/v1/provision", {}, {bytes.begin(), bytes.end()}, peer});
  }
  bool signed_by_hub(const http::Request& request, const http::Response& response) const {
    std::string signature;
    for (const auto& [name, value] : response.headers) {
      if (name == wire::header_hub_signature) signature = value;
    }
    const auto bytes = base::from_hex(signature).value_or(base::Bytes{});
    const auto fixed = crypto::signature_of(bytes);
    return fixed &&
           crypto::verify(
               brand.hub_key.key, crypto::context::answer, brand.core->brand(),
               wire::answer_signed_bytes(
                   request.method, request.target,
                   {static_cast<std::uint32_t>(std::stoul(std::string{request.header(wire::header_terminal)}))},
                   request.header(wire::header_nonce), response.status, response.body),
               *fixed);
  }

  PretendBrand brand;
  hub::TerminalApi api;
};

inline std::string code_of(const http::Response& response) {
  const auto json = nlohmann::json::parse(base::text_of(response.body), nullptr, false);
  return json.is_object() ? json.value("code", "") : "";
}

inline std::string header(const http::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace millpond::tests
