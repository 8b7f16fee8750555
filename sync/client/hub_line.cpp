// SPDX-License-Identifier: Apache-2.0
#include "sync/client/hub_line.h"

#include "sync/wire/messages.h"
#include "sync/wire/request_auth.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace millpond::client {
namespace {

base::Error refused_with(base::Code code, std::string_view detail) {
  return base::Error{code, "speak to the hub", std::string{detail}};
}

std::optional<base::Code> known_code(const nlohmann::json& name) {
  return name.is_string() ? base::code_from_name(name.get<std::string>()) : std::nullopt;
}

// 0, which no key has, for anything that is no number.
std::uint32_t number_in(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc{} && end == text.data() + text.size() ? number : 0;
}

struct NewKey {
  wire::HubKey key;
  base::Bytes vouched;
};

// The key that an answer brings, when it says that it is signed by one that is not known yet.
base::Result<NewKey> key_in(const net::HttpAnswer& answer, std::string_view number, const crypto::PublicKey& root) {
  const base::Error unknown{base::Code::certificate_invalid, "check the hub's key",
                            "nobody vouches for key " + std::string{number}};
  auto vouched = base::from_hex(answer.header(wire::header_hub_key_vouched));
  if (!vouched) return unknown;
  const auto key = wire::open_hub_key(*vouched, root);
  if (!key || std::to_string(key->number) != number) return unknown;
  return NewKey{*key, std::move(*vouched)};
}

// A hub signs by the newest key that has begun, so an older one signs what is still on its way. For longer than that
// only a thief has a use for it.
constexpr std::int32_t replaced_key_days = 35;

bool retired(const wire::HubKey& key, const Credentials& credentials, std::int32_t hub_day) {
  if (credentials.withdrawn->has(key.number)) return true;
  const auto overlap = key.last_day >= hub_day ? replaced_key_days : 0;
  const auto replaces = [&](const wire::HubKey& other) {
    return other.number > key.number && other.first_day + overlap <= hub_day;
  };
  return replaces(credentials.hub_key) || std::ranges::any_of(credentials.later_keys, replaces);
}

}  // namespace

const wire::HubKey* Credentials::hub_key_of(std::uint32_t number) const {
  if (number == hub_key.number) return &hub_key;
  const auto later = std::ranges::find(later_keys, number, &wire::HubKey::number);
  return later == later_keys.end() ? nullptr : &*later;
}

std::uint32_t Credentials::newest_hub_key() const {
  std::uint32_t newest = hub_key.number;
  for (const auto& each : later_keys) newest = std::max<std::uint32_t>(newest, each.number);
  return newest;
}

HubLine::HubLine(Credentials credentials, const base::Clock& clock, base::Rng& nonces)
    : credentials_{std::move(credentials)}, clock_{clock}, nonces_{nonces} {}

SignedRequest HubLine::sign(std::string method, std::string target, base::Bytes body, std::int64_t timeout_ms) {
  std::array<std::uint8_t, 16> nonce{};
  nonces_.fill(nonce);
  wire::RequestAuth auth{credentials_.terminal, clock_.wall_ms() + offset_ms_, base::to_hex(nonce), {}};
  auth.signature =
      credentials_.key->sign(crypto::context::request, credentials_.brand,
                             wire::request_signed_bytes(method, target, auth.terminal, auth.wall_ms, auth.nonce, body));
  SignedRequest request;
  request.nonce = auth.nonce;
  request.http.method = std::move(method);
  request.http.target = std::move(target);
  request.http.base_url = base_url_;
  request.http.headers = wire::to_headers(auth);
  // A key may be known for a month before it signs; naming it would have every answer carry the vouched one of now.
  const auto known = signer_ != 0 ? signer_ : credentials_.newest_hub_key();
  request.http.headers.emplace_back(wire::header_hub_key, std::to_string(known));
  if (!body.empty()) request.http.headers.emplace_back("Content-Type", "application/x-protobuf");
  request.http.body = std::move(body);
  request.http.timeout_ms = timeout_ms;
  return request;
}

base::Result<HubWord> HubLine::check(const SignedRequest& request, const base::Result<net::HttpAnswer>& answer) {
  if (!answer) return answer.error();
  const auto bytes = base::from_hex(answer->header(wire::header_hub_signature));
  const auto signature = bytes ? crypto::signature_of(*bytes) : std::nullopt;
  const auto signed_by = [&](const wire::HubKey& key) {
    return signature &&
           crypto::verify(key.key, crypto::context::answer, credentials_.brand,
                          wire::answer_signed_bytes(request.http.method, request.http.target, credentials_.terminal,
                                                    request.nonce, answer->status, answer->body),
                          *signature);
  };
  const auto number = answer->header(wire::header_hub_key);
  const auto* known = credentials_.hub_key_of(number_in(number));
  if (known == nullptr && signature) {
    MILLPOND_TRY(auto fresh, key_in(*answer, number, credentials_.root));
    if (signed_by(fresh.key)) {
      credentials_.later_keys.push_back(fresh.key);
      new_key_ = std::move(fresh.vouched);
      known = &credentials_.later_keys.back();
    }
  }
  if (known != nullptr && !retired(*known, credentials_, hub_day_) && signed_by(*known)) {
    signer_ = std::max<std::uint32_t>(signer_, known->number);
    return HubWord{answer->status, answer->body, answer->retry_after_ms};
  }
  // A proxy's as well as a hub's: neither signs what it did not read to the end.
  if (answer->status == 408) return refused_with(base::Code::timeout, "HTTP 408");
  if (answer->status == 429 || answer->status == 503) return refused_with(base::Code::overloaded, "HTTP 429 or 503");
  return refused_with(base::Code::hub_not_a_hub,
                      "HTTP " + std::to_string(answer->status) + " without this brand's signature");
}

base::Result<> HubLine::believe(base::ByteView vouched) {
  const auto key = wire::open_hub_key(vouched, credentials_.root);
  if (!key) return refused_with(base::Code::hub_key_unvouched, "the brand root did not sign it");
  if (credentials_.hub_key_of(key->number) == nullptr) credentials_.later_keys.push_back(*key);
  return {};
}

Refusal HubLine::refusal_of(const HubWord& word) {
  Refusal refusal{refused_with(base::Code::hub_refused, "HTTP " + std::to_string(word.status)), 0};
  if (auto answer = wire::decode_up_answer(word.body)) {
    refusal.hub_wall_ms = answer->hub_wall_ms;
    if (const auto code = base::code_from_name(answer->reason)) refusal.error.code = *code;
    return refusal;
  }
  const auto json = nlohmann::json::parse(base::text_of(word.body), nullptr, false);
  if (!json.is_object()) return refusal;
  if (const auto code = known_code(json.value("code", nlohmann::json{}))) refusal.error.code = *code;
  const auto hub_wall_ms = json.value("hub_wall_ms", nlohmann::json{});
  if (hub_wall_ms.is_number_integer()) refusal.hub_wall_ms = hub_wall_ms.get<std::int64_t>();
  return refusal;
}

void HubLine::adopt_time(std::int64_t hub_wall_ms) { offset_ms_ = hub_wall_ms - clock_.wall_ms(); }

}  // namespace millpond::client
