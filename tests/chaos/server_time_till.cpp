// SPDX-License-Identifier: Apache-2.0
#include "tests/chaos/server_time_till.h"

#include "hardware/till/gateway.h"
#include "sync/base/check.h"
#include "sync/base/clock.h"
#include "sync/crypto/hash.h"
#include "sync/net/http_client.h"
#include "tests/chaos/floor.h"

namespace millpond::chaos {
namespace {

constexpr int patience_ms = 60'000;

}  // namespace

TimedAnswer try_at_server_time(std::uint16_t port, const TillKey& key, const std::string& path,
                               const std::string& body) {
  auto client = net::HttpClient::create({.base_url = "http://127.0.0.1:" + std::to_string(port)});
  MILLPOND_CHECK(client.has_value());
  const till::Key signing{key.id, key.till, base::from_hex(key.secret_hex).value_or(base::Bytes{})};
  const auto bytes = base::view_of(body);
  auto time_s = base::system_clock().wall_ms() / 1000;
  for (int round = 0; round < 2; ++round) {
    const auto timestamp = std::to_string(time_s);
    std::array<std::uint8_t, 8> random{};
    crypto::system_rng().fill(random);
    const auto nonce = base::to_hex(random);
    const auto answer =
        (*client)->perform({.method = "POST",
                            .target = path,
                            .headers = {{"Content-Type", "application/json"},
                                        {std::string{till::header_key}, key.id},
                                        {std::string{till::header_timestamp}, timestamp},
                                        {std::string{till::header_nonce}, nonce},
                                        {std::string{till::header_signature},
                                         till::sign_request(signing, timestamp, nonce, "POST", path, bytes)}},
                            .body = base::Bytes{bytes.begin(), bytes.end()}});
    if (!answer) return {0, base::describe(answer.error())};
    auto json = nlohmann::json::parse(answer->body, nullptr, false);
    if (answer->status != 401 || !json.is_object() || !json.contains("server_time")) return {answer->status, json};
    time_s = json.at("server_time").get<std::int64_t>();
  }
  return {401, "the gateway's own time was refused"};
}

nlohmann::json post_at_server_time(std::uint16_t port, const TillKey& key, const std::string& path,
                                   const std::string& body) {
  TimedAnswer answer;
  wait_until(
      "a till's answer",
      [&] {
        answer = try_at_server_time(port, key, path, body);
        return answer.status == 200;
      },
      patience_ms);
  return answer.body;
}

}  // namespace millpond::chaos
