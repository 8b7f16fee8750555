// SPDX-License-Identifier: Apache-2.0
// Gateway: the HTTP door for tills, on this machine or, with a certificate, on the shop's LAN. Checks who speaks and
// what they say, and hands values to a TillHandler; decides nothing about members, points or coupons.
//
//   POST /v1/sales                                         a paid sale
//   GET  /v1/sales/{store}/{till}/{business_date}/{transaction}   the answer it got
//   POST /v1/sales/{store}/{till}/{business_date}/{transaction}/void   it was voided at the till
//   POST /v1/refunds                                       goods of a sale came back
//   POST /v1/quotes                                        what coupons take off a basket, and of the others why not
//   POST /v1/holds                                         the same, kept for the basket until it is paid
//   POST /v1/holds/{till}/{basket}/release                 the basket was abandoned
//   POST /v1/members                                       {"phone"}: a member without consents
//   GET  /v1/members/{code}                                who a scanned code is
//   POST /v1/lookups                                       {"whom", "approval"}: a member by phone or number
//   GET  /v1/health
//   POST /v1/pairings                                      a till without a key asks for one (hardware/till/pairing.h)
//   GET  /v1/openapi.json                                  all of this for programs (hardware/till/openapi.h), unsigned
//
// The last two carry no key. Every other request is signed: hex HMAC-SHA256 with the till's secret over
// "timestamp\nnonce\nMETHOD\ntarget\nsha256hex(body)". Errors are JSON {"code", "what", "why", "next"} with "at", the
// JSON pointer of the offending place, where there is one; so are those that are given before anybody reads the body.
#pragma once

#include "hardware/ports/till_gateway.h"
#include "sync/base/clock.h"
#include "sync/base/result.h"
#include "sync/http/strangers.h"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::till {

inline constexpr std::int64_t skew_max_ms = 300'000;
inline constexpr std::size_t body_bytes_max = 256U << 10;

// Names of the signature's HTTP headers. Timestamp is Unix time in seconds, nonce 8 to 64 printable characters.
inline constexpr std::string_view header_key = "Millpond-Key";
inline constexpr std::string_view header_timestamp = "Millpond-Timestamp";
inline constexpr std::string_view header_nonce = "Millpond-Nonce";
inline constexpr std::string_view header_signature = "Millpond-Signature";

struct Key {
  std::string id;      // public: names the key in a request
  std::string till;    // the only till whose sales it may post
  base::Bytes secret;  // 32 bytes
};

[[nodiscard]] std::string sign_request(const Key& key, std::string_view timestamp, std::string_view nonce,
                                       std::string_view method, std::string_view target, base::ByteView body);

struct GatewayOptions {
  std::string address{"127.0.0.1"};     // any other needs a certificate: phones of new members travel here
  std::uint16_t port{};                 // 0: any free one
  std::filesystem::path certificate{};  // PEM, with its chain; TLS 1.3 when set
  std::filesystem::path key{};          // PEM, of the certificate
  http::StrangerLimits strangers{};     // of requests that no known key signed
};

class Pairing;

class Gateway {
 public:
  static constexpr std::size_t keys_per_till_max = 2;  // the old and the new one while a till changes over

  // Errors: those of http::Server::start. The handler outlives the gateway. Past `strangers` a request is answered 429
  // (rate_limited) with Retry-After, unless its key has signed one within the hour: a flood stops no till.
  [[nodiscard]] static base::Result<std::unique_ptr<Gateway>> start(const GatewayOptions& options,
                                                                    std::vector<Key> keys, ports::TillHandler& handler,
                                                                    const base::Clock& clock);
  virtual ~Gateway() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  // Takes effect at once; past keys_per_till_max the till's oldest key goes. Any thread.
  virtual void add_key(Key key) = 0;
  [[nodiscard]] virtual Pairing& pairing() = 0;
};

}  // namespace millpond::till
