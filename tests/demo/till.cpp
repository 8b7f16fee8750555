// SPDX-License-Identifier: Apache-2.0
#include "tests/demo/till.h"

#include "hardware/till/gateway.h"
#include "sync/base/clock.h"
#include "sync/crypto/hash.h"
#include "sync/net/http_client.h"
#include "tests/support/openapi.h"

namespace millpond::demo {

struct Till::State {
  std::string name;
  till::Key key;
  std::unique_ptr<net::HttpClient> http;
  Between between{};

  TillAnswer perform(const std::string& method, const std::string& target, const std::string& body) {
    const auto timestamp = std::to_string(base::system_clock().wall_ms() / 1000);
    std::array<std::uint8_t, 8> random{};
    crypto::system_rng().fill(random);
    const auto nonce = base::to_hex(random);
    const auto bytes = base::view_of(body);
    const auto signature = till::sign_request(key, timestamp, nonce, method, target, bytes);
    const auto answer = http->perform({.method = method,
                                       .target = target,
                                       .headers = {{"Content-Type", "application/json"},
                                                   {"Accept-Language", "en"},
                                                   {std::string{till::header_key}, key.id},
                                                   {std::string{till::header_timestamp}, timestamp},
                                                   {std::string{till::header_nonce}, nonce},
                                                   {std::string{till::header_signature}, signature}},
                                       .body = base::Bytes{bytes.begin(), bytes.end()}});
    if (!answer) return {0, base::describe(answer.error())};
    auto json = nlohmann::json::parse(answer->body, nullptr, false);
    if (between == Between::nothing) tests::hold_to_description(method, target, answer->status, json);
    return {answer->status, std::move(json)};
  }
};

Till::Till(std::string gateway, std::string name, std::string key_id, const std::string& secret_hex, Between between)
    : state_{std::make_unique<State>()} {
  auto client = net::HttpClient::create({.base_url = std::move(gateway)});
  MILLPOND_CHECK(client.has_value());
  state_->http = std::move(client).value();
  state_->key = {std::move(key_id), name, base::from_hex(secret_hex).value_or(base::Bytes{})};
  state_->name = std::move(name);
  state_->between = between;
}

Till::~Till() = default;

std::string Till::sale_body(const Basket& basket) const {
  // Ten in the morning of today: a sale that is posted again is the same to the byte, whenever that is.
  const auto today = base::format_date(base::local_date_at(base::system_clock().wall_ms(), 480));
  nlohmann::ordered_json body{{"store", 1},
                              {"till", state_->name},
                              {"business_date", today},
                              {"transaction", basket.transaction},
                              {"state", "paid"},
                              {"completed_at", today + "T10:00:00+08:00"},
                              {"currency", "CNY"},
                              {"total_minor", basket.total_minor},
                              {"lines",
                               {{{"id", "1"},
                                 {"sku", "TEA-JASMINE"},
                                 {"quantity", "1"},
                                 {"category", "drinks"},
                                 {"net_minor", basket.total_minor}}}},
                              {"tenders", nlohmann::json::array()}};
  if (basket.coupon_minor > 0) body["tenders"].push_back({{"type", "coupon"}, {"amount_minor", basket.coupon_minor}});
  if (basket.points > 0) {
    body["tenders"].push_back({{"type", "points"}, {"amount_minor", basket.points_minor}, {"points", basket.points}});
  }
  const auto paid_minor = basket.total_minor - basket.coupon_minor - basket.points_minor;
  body["tenders"].push_back({{"type", "wechat_pay"}, {"amount_minor", paid_minor}});
  if (!basket.member_code.empty()) body["member_code"] = basket.member_code;
  if (!basket.coupons.empty()) body["redemptions"] = basket.coupons;
  return body.dump();
}

TillAnswer Till::sale(const Basket& basket) { return post("/v1/sales", sale_body(basket)); }
TillAnswer Till::post(const std::string& path, const std::string& body) { return state_->perform("POST", path, body); }
TillAnswer Till::get(const std::string& path) { return state_->perform("GET", path, {}); }

}  // namespace millpond::demo
