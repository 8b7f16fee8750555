// SPDX-License-Identifier: Apache-2.0
#include "hardware/till/request_check.h"
#include "sync/crypto/hash.h"

#include <catch2/catch_test_macros.hpp>

#include <functional>

using namespace millpond;
using base::Code;

namespace {

constexpr std::int64_t now_s = 1'795'228'920;

struct StillClock final : base::Clock {
  std::int64_t now_ms = now_s * 1000;
  [[nodiscard]] std::int64_t wall_ms() const override { return now_ms; }
  [[nodiscard]] std::int64_t monotonic_ms() const override { return now_ms; }
};

till::Key key(const std::string& id, const std::string& of_till = "T1", std::uint8_t seed = 7) {
  return {id, of_till, base::Bytes(32, seed)};
}

http::Request request(const till::Key& by, const std::string& nonce, std::int64_t at_s = now_s) {
  http::Request made;
  made.method = "POST";
  made.target = "/v1/sales";
  const auto body = base::view_of("{\"a\":1}");
  made.body.assign(body.begin(), body.end());
  const auto timestamp = std::to_string(at_s);
  made.headers = {{std::string{till::header_key}, by.id},
                  {std::string{till::header_timestamp}, timestamp},
                  {std::string{till::header_nonce}, nonce},
                  {std::string{till::header_signature},
                   till::sign_request(by, timestamp, nonce, made.method, made.target, made.body)}};
  return made;
}

std::string verdict(till::RequestCheck& check, const http::Request& of) {
  const auto result = check.check(of);
  return result ? "ok" : std::string{base::code_name(result.error().code)};
}

}  // namespace

TEST_CASE("A signature is what the till's vendor can compute with any HMAC") {
  REQUIRE(crypto::start());
  // printf '1795228920\nnonce-0001\nPOST\n/v1/sales\n%s' "$(printf '{"a":1}' | sha256sum | cut -d' ' -f1)" |
  //   openssl dgst -sha256 -mac HMAC -macopt hexkey:0707...07
  CHECK(till::sign_request(key("k1"), "1795228920", "nonce-0001", "POST", "/v1/sales", base::view_of("{\"a\":1}")) ==
        "1ac97defe316d66dcf3d97867fd42e86093541c833c2562392862c23bb666216");
}

TEST_CASE("A request passes once, signed by a known key, within five minutes, exactly as it was signed") {
  REQUIRE(crypto::start());
  using Change = std::function<void(http::Request&)>;
  const auto set = [](std::string_view name, std::string value) {
    return [name, value](http::Request& r) {
      for (auto& [key_name, old] : r.headers) {
        if (key_name == name) old = value;
      }
    };
  };
  struct Row {
    const char* name;
    Change change;
    const char* verdict;
  };
  const Row rows[]{
      {"as signed", [](http::Request&) {}, "ok"},
      {"header names in another case", [](http::Request& r) { r.headers[0].first = "MILLPOND-KEY"; }, "ok"},
      {"another body", [](http::Request& r) { r.body.back() ^= 1; }, "unauthorized"},
      {"another path", [](http::Request& r) { r.target = "/v1/members"; }, "unauthorized"},
      {"a query behind the path", [](http::Request& r) { r.target += "?a=b"; }, "unauthorized"},
      {"another method", [](http::Request& r) { r.method = "PUT"; }, "unauthorized"},
      {"another nonce", set(till::header_nonce, "nonce-other"), "unauthorized"},
      {"another time", set(till::header_timestamp, std::to_string(now_s + 1)), "unauthorized"},
      {"an unknown key", set(till::header_key, "k9"), "unauthorized"},
      {"no signature", [](http::Request& r) { r.headers.pop_back(); }, "unauthorized"},
      {"nothing at all", [](http::Request& r) { r.headers.clear(); }, "unauthorized"},
      {"a time that is no number", set(till::header_timestamp, "now"), "unauthorized"},
      {"a time beyond numbers", set(till::header_timestamp, "99999999999999999999"), "unauthorized"},
      {"a short nonce", set(till::header_nonce, "1"), "unauthorized"},
      {"a nonce with a space", set(till::header_nonce, "nonce 0001"), "unauthorized"},
      {"a signature that is no hexadecimal", [](http::Request& r) { r.headers[3].second[0] = 'G'; }, "unauthorized"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    const StillClock clock;
    till::RequestCheck check{clock};
    check.add_key(key("k1"));
    auto signed_request = request(key("k1"), "nonce-0001");
    row.change(signed_request);
    CHECK(verdict(check, signed_request) == row.verdict);
  }
}

TEST_CASE("A wrong secret is no better than no key, and both read the same") {
  REQUIRE(crypto::start());
  const StillClock clock;
  till::RequestCheck check{clock};
  check.add_key(key("k1"));
  CHECK(verdict(check, request(key("k1", "T1", 8), "nonce-0001")) == "unauthorized");
}

TEST_CASE("Clocks may differ by five minutes and no more") {
  REQUIRE(crypto::start());
  struct Row {
    std::int64_t off_s;
    const char* verdict;
  };
  const Row rows[]{{0, "ok"},           {300, "ok"},          {-300, "ok"},
                   {301, "clock_skew"}, {-301, "clock_skew"}, {-now_s, "clock_skew"}};
  for (const auto& row : rows) {
    CAPTURE(row.off_s);
    const StillClock clock;
    till::RequestCheck check{clock};
    check.add_key(key("k1"));
    CHECK(verdict(check, request(key("k1"), "nonce-0001", now_s + row.off_s)) == row.verdict);
  }
}

TEST_CASE("A repeated request is refused as long as its time could still pass") {
  REQUIRE(crypto::start());
  StillClock clock;
  till::RequestCheck check{clock};
  check.add_key(key("k1"));
  check.add_key(key("k2", "T2"));
  const auto early = request(key("k1"), "nonce-0001", now_s + 300);
  CHECK(verdict(check, early) == "ok");
  CHECK(verdict(check, early) == "replayed");
  CHECK(verdict(check, request(key("k2", "T2"), "nonce-0001")) == "ok");  // another key's nonces are its own
  clock.now_ms += 600'000;
  CHECK(verdict(check, early) == "replayed");
  clock.now_ms += 1;
  CHECK(verdict(check, early) == "clock_skew");
  CHECK(verdict(check, request(key("k1"), "nonce-0001", now_s + 600)) == "ok");
}

TEST_CASE("A forged request uses up nobody's nonce") {
  REQUIRE(crypto::start());
  const StillClock clock;
  till::RequestCheck check{clock};
  check.add_key(key("k1"));
  CHECK(verdict(check, request(key("k1", "T1", 8), "nonce-0001")) == "unauthorized");
  CHECK(verdict(check, request(key("k1"), "nonce-0001")) == "ok");
}

TEST_CASE("A till has two keys at a time, and the oldest goes") {
  REQUIRE(crypto::start());
  const StillClock clock;
  till::RequestCheck check{clock};
  for (const auto* id : {"k1", "k2", "k3"}) check.add_key(key(id));
  check.add_key(key("other", "T2"));
  CHECK(verdict(check, request(key("k1"), "nonce-0001")) == "unauthorized");
  CHECK(verdict(check, request(key("k2"), "nonce-0002")) == "ok");
  CHECK(verdict(check, request(key("k3"), "nonce-0003")) == "ok");
  CHECK(verdict(check, request(key("other", "T2"), "nonce-0004")) == "ok");
}

TEST_CASE("Adding a key that is there changes its secret and costs no other key its place") {
  REQUIRE(crypto::start());
  const StillClock clock;
  till::RequestCheck check{clock};
  check.add_key(key("k1"));
  check.add_key(key("k2"));
  check.add_key(key("k2", "T1", 9));
  CHECK(verdict(check, request(key("k1"), "nonce-0001")) == "ok");
  CHECK(verdict(check, request(key("k2", "T1", 9), "nonce-0002")) == "ok");
}
