// SPDX-License-Identifier: Apache-2.0
// PretendHub: the hub's side of the signed line for tests of the client: keys, and answers as a hub would sign them.
// Not the hub's decisions; a test says what is answered.
#pragma once

#include "sync/client/hub_line.h"
#include "sync/crypto/hash.h"
#include "sync/wire/messages.h"
#include "sync/wire/request_auth.h"
#include "tests/support/seeded_key.h"

#include <string>
#include <utility>

namespace millpond::tests {

// A clock that tests set.
class HandClock final : public base::Clock {
 public:
  std::int64_t wall{1'790'000'000'000};
  std::int64_t monotonic{1'000};
  [[nodiscard]] std::int64_t wall_ms() const override { return wall; }
  [[nodiscard]] std::int64_t monotonic_ms() const override { return monotonic; }
};

class PretendHub {
 public:
  static constexpr base::TerminalId terminal{5};

  PretendHub() : brand_{crypto::brand_id_of(seeded_key(9).public_key())} {}

  [[nodiscard]] const base::BrandId& brand() const { return brand_; }

  [[nodiscard]] client::Credentials credentials() const {
    return {terminal, brand_, std::make_shared<crypto::SigningKey>(seeded_key(2)),
            wire::HubKey{1, seeded_key(1).public_key(), {}}, seeded_key(9).public_key()};
  }

  // From now on another key signs, vouched for by `root` for terminals that name another number.
  void change_key(std::uint16_t number, const crypto::SigningKey& root = seeded_key(9)) {
    number_ = number;
    signing_ = seeded_key(static_cast<std::uint8_t>(100 + number));
    vouched_ = wire::vouch_hub_key({number, signing_.public_key(), {}}, root);
  }

  [[nodiscard]] static std::string header(const net::HttpRequest& request, std::string_view name) {
    for (const auto& [key, value] : request.headers) {
      if (key == name) return value;
    }
    return {};
  }

  // Whether the request is the terminal's, as a hub checks it.
  [[nodiscard]] bool signed_by_terminal(const net::HttpRequest& request) const {
    const auto auth = wire::from_headers([&](std::string_view name) { return header(request, name); });
    return auth && auth->terminal == terminal &&
           crypto::verify(seeded_key(2).public_key(), crypto::context::request, brand_,
                          wire::request_signed_bytes(request.method, request.target, auth->terminal, auth->wall_ms,
                                                     auth->nonce, request.body),
                          auth->signature);
  }

  [[nodiscard]] net::HttpAnswer answer(const net::HttpRequest& request, int status, base::Bytes body) const {
    net::HttpAnswer answer{status, {}, std::move(body), 0};
    const auto signature =
        signing_.sign(crypto::context::answer, brand_,
                      wire::answer_signed_bytes(request.method, request.target, terminal,
                                                header(request, wire::header_nonce), status, answer.body));
    const auto number = std::to_string(number_);
    answer.headers.emplace_back(std::string{wire::header_hub_key}, number);
    if (header(request, wire::header_hub_key) != number) {
      answer.headers.emplace_back(std::string{wire::header_hub_key_vouched}, base::to_hex(vouched_));
    }
    answer.headers.emplace_back(std::string{wire::header_hub_signature}, base::to_hex(signature));
    return answer;
  }

  [[nodiscard]] const crypto::SigningKey& signing() const { return signing_; }

 private:
  std::uint16_t number_{1};
  crypto::SigningKey signing_{seeded_key(1)};
  base::Bytes vouched_;
  base::BrandId brand_;
};

inline base::Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

}  // namespace millpond::tests
