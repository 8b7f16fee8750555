// SPDX-License-Identifier: Apache-2.0
// What a till may rely on, asked over real HTTP: who may speak, what comes back, and that refusals say what to do.
#include "hardware/till/gateway.h"
#include "hardware/till/openapi.h"
#include "sync/crypto/hash.h"
#include "sync/net/http_client.h"
#include "tests/support/manual_clock.h"
#include "tests/support/openapi.h"
#include "tests/support/raw_line.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_files.h"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <atomic>
#include <mutex>
#include <thread>

using namespace millpond;
using nlohmann::json;

namespace {

const char* const good_sale =
    R"({"store":1,"till":"T1","business_date":"2026-11-21","transaction":"a/b 1","state":"paid",
  "completed_at":"2026-11-21T02:42:00Z","currency":"CNY","total_minor":6850,
  "lines":[{"id":"1","quantity":"1","net_minor":6850}],"tenders":[{"type":"cash","amount_minor":6850}]})";

// Answers from memory, by the rules that TillHandler states.
class Memory final : public ports::TillHandler {
 public:
  ports::TillAnswer sale(const ports::TillSale& sale, const base::Hash& body_hash) override {
    const std::lock_guard lock{mutex_};
    ++calls;
    last = sale;
    if (full) return {503, text(R"({"code":"disk_full"})")};
    if (seen_ && hash_ != body_hash) return {409, text(R"({"code":"sale_changed"})")};
    seen_ = true;
    hash_ = body_hash;
    return {200, text(R"({"points":68})")};
  }
  ports::TillAnswer refund(const ports::TillRefund& refund, const base::Hash& /*body_hash*/) override {
    refunded = refund;
    return {200, text(R"({"recorded":true})")};
  }
  ports::TillAnswer find_sale(const ports::TillSaleKey& key) override {
    const std::lock_guard lock{mutex_};
    found = key;
    return seen_ ? ports::TillAnswer{200, text(R"({"points":68})")}
                 : ports::TillAnswer{404, text(R"({"code":"not_found"})")};
  }
  ports::TillAnswer quote(const ports::TillBasket& basket, std::string_view language) override {
    quoted = basket;
    spoken = language;
    return {200, text(R"({"discount_minor":400})")};
  }
  ports::TillAnswer hold(const ports::TillBasket& basket, std::string_view language) override {
    held = basket;
    spoken = language;
    return {200, text(R"({"kept":true})")};
  }
  ports::TillAnswer release(const std::string& till, const std::string& basket) override {
    released = till + " " + basket;
    return {200, text(R"({"released":true})")};
  }
  ports::TillAnswer look_up(const ports::TillLookup& lookup) override {
    looked_up = lookup.whom + " by " + std::to_string(lookup.approval.staff.value);
    return {};
  }
  ports::TillAnswer enrol(const ports::TillEnrolment& enrolment) override {
    enrolled = enrolment.phone;
    if (enrolment.approval) enrolled += " by " + std::to_string(enrolment.approval->staff.value);
    return {200, text("{}")};
  }
  ports::TillAnswer member(const std::string& code) override {
    asked = code;
    return {200, text(R"({"member":"M"})")};
  }
  ports::TillAnswer health() override { return {200, text(R"({"state":"ok"})")}; }
  ports::TillSentence explain(const base::Error& error, std::string_view language) override {
    return {std::string{base::code_name(error.code)} + "." + std::string{language}, "why", "next"};
  }

  int calls = 0;
  bool full = false;  // nothing can be committed
  ports::TillSale last;
  ports::TillSaleKey found;
  ports::TillRefund refunded;
  std::string enrolled;
  std::string looked_up;
  std::string asked;
  ports::TillBasket quoted;
  ports::TillBasket held;
  std::string released;
  std::string spoken;

 private:
  static base::Bytes text(std::string_view json_text) {
    const auto bytes = base::view_of(json_text);
    return {bytes.begin(), bytes.end()};
  }
  std::mutex mutex_;
  bool seen_ = false;
  base::Hash hash_{};
};

struct Counter {
  Memory memory;
  tests::ManualClock clock{1'795'000'000'000};
  till::Key key{"k1", "T1", base::Bytes(32, 7)};
  std::unique_ptr<till::Gateway> gateway;
  std::atomic<int> nonce = 0;
  std::int64_t clock_off_s = 0;

  explicit Counter(const http::StrangerLimits& strangers = {}) {
    REQUIRE(crypto::start());
    auto started =
        till::Gateway::start({.strangers = strangers}, {key, {"k2", "T2", base::Bytes(32, 8)}}, memory, clock);
    REQUIRE(started.has_value());
    gateway = std::move(*started);
  }

  net::HttpRequest signed_request(const std::string& method, const std::string& target, std::string_view body,
                                  const till::Key& by) {
    net::HttpRequest request;
    request.method = method;
    request.target = target;
    const auto bytes = base::view_of(body);
    request.body.assign(bytes.begin(), bytes.end());
    const auto timestamp = std::to_string(clock.wall_ms() / 1000 + clock_off_s);
    const auto once = "nonce-" + std::to_string(1000 + nonce++);
    request.headers = {
        {std::string{till::header_key}, by.id},
        {std::string{till::header_timestamp}, timestamp},
        {std::string{till::header_nonce}, once},
        {"Content-Type", "application/json"},
        {"Accept-Language", "en"},
        {std::string{till::header_signature}, till::sign_request(by, timestamp, once, method, target, request.body)}};
    return request;
  }

  net::HttpAnswer perform(const net::HttpRequest& request) {
    auto client = net::HttpClient::create({"http://127.0.0.1:" + std::to_string(gateway->port())});
    REQUIRE(client.has_value());
    auto answer = (*client)->perform(request);
    REQUIRE(answer.has_value());
    return std::move(*answer);
  }
  net::HttpAnswer ask(const std::string& method, const std::string& target, std::string_view body = "") {
    return perform(signed_request(method, target, body, key));
  }
};

json body_of(const net::HttpAnswer& answer) {
  const auto read = json::parse(answer.body.begin(), answer.body.end(), nullptr, false);
  REQUIRE(read.is_object());
  return read;
}

}  // namespace

TEST_CASE("A till posts a sale, repeats it, changes it, and asks for it") {
  Counter counter;
  const auto path = "/v1/sales/1/T1/2026-11-21/a%2Fb%201";
  CHECK(counter.ask("GET", path).status == 404);
  const auto first = counter.ask("POST", "/v1/sales", good_sale);
  CHECK(first.status == 200);
  CHECK(body_of(first)["points"] == 68);
  CHECK(first.header("Content-Type").starts_with("application/json"));
  CHECK(counter.memory.last.total_minor == 6850);
  const auto again = counter.ask("POST", "/v1/sales", good_sale);
  CHECK(again.status == 200);
  CHECK(again.body == first.body);
  CHECK(counter.ask("POST", "/v1/sales", std::string{good_sale} + " ").status == 409);
  CHECK(counter.ask("GET", path).status == 200);
  CHECK(counter.memory.found.transaction == "a/b 1");
  CHECK(counter.ask("GET", "/v1/sales/1/T2/2026-11-21/1").status == 401);  // another till's, with its coupons' codes
  CHECK(counter.memory.found.store == base::StoreId{1});
  CHECK(counter.memory.found.business_date == base::to_local_date({2026, 11, 21}));
}

TEST_CASE("Members, health, and codes with any character in them") {
  Counter counter;
  CHECK(counter.ask("GET", "/v1/health").status == 200);
  CHECK(counter.ask("POST", "/v1/members", R"({"phone":"+8613800138000"})").status == 200);
  CHECK(counter.memory.enrolled == "+8613800138000");
  CHECK(counter.ask("POST", "/v1/members", R"({"phone":"13800138000","approval":{"staff":3,"pin":"825917"}})").status ==
        200);
  CHECK(counter.memory.enrolled == "13800138000 by 3");
  CHECK(counter.ask("POST", "/v1/lookups", R"({"whom":"13800138000","approval":{"staff":3,"pin":"825917"}})").status ==
        200);
  CHECK(counter.memory.looked_up == "13800138000 by 3");
  CHECK(counter.ask("GET", "/v1/members/K1%3AA%20B%2FC%25").status == 200);
  CHECK(counter.memory.asked == "K1:A B/C%");
}

TEST_CASE("A till asks what its basket's coupons are worth, has them kept, and lets them go") {
  Counter counter;
  const std::string basket =
      R"({"store":1,"till":"T1","basket":"B/7","currency":"CNY","member_code":"K1:M","coupons":["K1:C"],
          "lines":[{"id":"1","sku":"oolong","quantity":"2","category":"drinks","net_minor":4000}],"keep_seconds":120})";
  auto answer = counter.ask("POST", "/v1/quotes", basket);
  CHECK(answer.status == 200);
  CHECK(body_of(answer)["discount_minor"] == 400);
  CHECK(counter.memory.quoted.lines.at(0).sku == "oolong");
  CHECK(counter.memory.quoted.coupons == std::vector<std::string>{"K1:C"});
  CHECK(counter.memory.spoken == "en");
  CHECK(counter.memory.held.lines.empty());
  answer = counter.ask("POST", "/v1/holds", basket);
  CHECK(body_of(answer)["kept"] == true);
  CHECK(counter.memory.held.basket == "B/7");
  CHECK(counter.memory.held.keep_ms == 120'000);
  CHECK(counter.ask("POST", "/v1/holds/T1/B%2F7/release").status == 200);
  CHECK(counter.memory.released == "T1 B/7");

  counter.memory.released.clear();
  CHECK(counter.ask("POST", "/v1/holds/T2/B/release").status == 401);
  CHECK(counter.ask("POST", "/v1/holds/T1/release").status == 400);
  CHECK(counter.ask("POST", "/v1/holds/release").status == 404);
  CHECK(counter.ask("POST", "/v1/holds/T1/a/b/release").status == 400);
  CHECK(counter.memory.released.empty());
  for (const auto& [from, to, at] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {R"("till":"T1")", R"("till":"T2")", "/till"},
           {R"("basket":"B/7",)", "", "/basket"},
           {R"("keep_seconds":120)", R"("keep_seconds":901)", "/keep_seconds"},
           {R"("currency":"CNY")", R"("currency":"cny")", "/currency"},
           {R"("quantity":"2")", R"("quantity":"two")", "/lines/0/quantity"},
           {R"("store":1)", R"("store":1,"tip":5)", "/tip"}}) {
    auto changed = basket;
    changed.replace(changed.find(from), from.size(), to);
    const auto refusal = counter.ask("POST", "/v1/holds", changed);
    CAPTURE(changed);
    CHECK(refusal.status >= 400);
    CHECK(refusal.status < 500);
    CHECK(body_of(refusal)["at"] == at);
  }
}

TEST_CASE("A till tells what came back, by lines, by an amount, or all of it") {
  Counter counter;
  const std::string refund =
      R"({"store":1,"till":"T1","business_date":"2026-11-22","transaction":"R-7","completed_at":"2026-11-22T02:42:00Z",
          "of":{"till":"T2","business_date":"2026-11-21","transaction":"42"},"currency":"CNY","total_minor":1500,
          "lines":[{"id":"1","net_minor":1000},{"id":"3","net_minor":500}],"operator":"amy"})";
  auto answer = counter.ask("POST", "/v1/refunds", refund);
  CHECK(answer.status == 200);
  CHECK(body_of(answer)["recorded"] == true);
  const auto& told = counter.memory.refunded;
  CHECK(told.key.transaction == "R-7");
  CHECK(told.of.store.value == 1);
  CHECK(told.of.till == "T2");
  CHECK(told.of.transaction == "42");
  CHECK(base::format_date(told.of.business_date) == "2026-11-21");
  CHECK(told.total_minor == 1'500);
  CHECK_FALSE(told.whole);
  REQUIRE(told.lines.size() == 2);
  CHECK(told.lines.back().id == "3");
  CHECK(told.lines.back().net_minor == 500);

  answer = counter.ask("POST", "/v1/sales/1/T1/2026-11-21/a%2Fb%201/void",
                       R"({"business_date":"2026-11-21","completed_at":"2026-11-21T03:00:00Z"})");
  CHECK(answer.status == 200);
  CHECK(told.whole);
  CHECK_FALSE(told.currency);
  CHECK(told.of.transaction == "a/b 1");
  CHECK(told.key.transaction == "void:a/b 1");
  CHECK(counter.ask("POST", "/v1/sales/1/T2/2026-11-21/1/void", "{}").status == 401);
  CHECK(counter.ask("POST", "/v1/sales/1/T1/2026-11-21/void", "{}").status == 400);
  CHECK(counter.ask("POST", "/v1/sales/1/T1/2026-11-21/1/void", "{}").status == 400);

  for (const auto& [from, to, at] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {R"("till":"T1")", R"("till":"T2")", "/till"},
           {R"("transaction":"42")", R"("number":"42")", "/of/transaction"},
           {R"("total_minor":1500)", R"("total_minor":1501)", "/total_minor"},
           {R"("net_minor":500)", R"("net_minor":0)", "/lines/1/net_minor"},
           {R"("operator")", R"("whole":true,"operator")", "/lines"},
           {R"("lines":[{"id":"1","net_minor":1000},{"id":"3","net_minor":500}])", R"("whole":true)", "/total_minor"},
           {R"("currency":"CNY")", R"("currency":"cny")", "/currency"},
           {R"("2026-11-22T02:42:00Z")", R"("now")", "/completed_at"}}) {
    auto changed = refund;
    changed.replace(changed.find(from), from.size(), to);
    const auto refusal = counter.ask("POST", "/v1/refunds", changed);
    CAPTURE(changed);
    CHECK(refusal.status >= 400);
    CHECK(refusal.status < 500);
    CHECK(body_of(refusal)["at"] == at);
  }
}

TEST_CASE("A refusal names its code, the place, and what to do in the till's language") {
  struct Row {
    const char* method;
    const char* target;
    std::string body;
    int status;
    const char* code;
    const char* at;
  };
  auto unpaid = std::string{good_sale};
  unpaid.replace(unpaid.find("paid"), 4, "open");
  auto other_till = std::string{good_sale};
  other_till.replace(other_till.find("T1"), 2, "T2");
  auto unbalanced = std::string{good_sale};
  unbalanced.replace(unbalanced.find("6850"), 4, "6849");
  const Row rows[]{
      {"POST", "/v1/sales", "{", 400, "sale_malformed", nullptr},
      {"POST", "/v1/sales", unbalanced, 400, "sale_malformed", "/total_minor"},
      {"POST", "/v1/sales", unpaid, 422, "sale_not_paid", "/state"},
      {"POST", "/v1/sales", other_till, 401, "unauthorized", "/till"},
      {"POST", "/v1/members", "{}", 400, "bad_input", "/phone"},
      {"POST", "/v1/members", R"({"phone":"13800138000","approval":{"staff":3}})", 400, "bad_input", "/approval/pin"},
      {"POST", "/v1/members", R"({"phone":"13800138000","approval":{"staff":0,"pin":"825917"}})", 400, "bad_input",
       "/approval/staff"},
      {"POST", "/v1/lookups", R"({"whom":"13800138000"})", 400, "bad_input", "/approval"},
      {"GET", "/v1/sales/1/T1/2026-11-21", "", 400, "bad_input", nullptr},
      {"GET", "/v1/sales/x/T1/2026-11-21/1", "", 400, "bad_input", nullptr},
      {"GET", "/v1/sales/1/T1/2026-13-21/1", "", 400, "bad_input", nullptr},
      {"GET", "/v1/members/%zz", "", 400, "bad_input", nullptr},
      {"GET", "/v1/nothing", "", 404, "not_found", nullptr},
      {"DELETE", "/v1/sales", "", 404, "not_found", nullptr},
  };
  Counter counter;
  for (const auto& row : rows) {
    CAPTURE(row.method, row.target);
    const auto answer = counter.ask(row.method, row.target, row.body);
    CHECK(answer.status == row.status);
    const auto body = body_of(answer);
    CHECK(body["code"] == row.code);
    CHECK(body["what"] == std::string{row.code} + ".en");
    CHECK_FALSE(body["next"].get<std::string>().empty());
    if (row.at != nullptr) CHECK(body["at"] == row.at);
  }
  CHECK(counter.memory.calls == 0);
}

TEST_CASE("Nobody speaks without a key, and a wrong clock is told the right time") {
  Counter counter;
  net::HttpRequest bare;
  bare.target = "/v1/health";
  CHECK(counter.perform(bare).status == 401);
  CHECK(counter.perform(counter.signed_request("GET", "/v1/health", "", {"k1", "T1", base::Bytes(32, 8)})).status ==
        401);
  const auto once = counter.signed_request("GET", "/v1/health", "", counter.key);
  CHECK(counter.perform(once).status == 200);
  CHECK(body_of(counter.perform(once))["code"] == "replayed");
  counter.clock_off_s = -4000;
  const auto late = counter.ask("GET", "/v1/health");
  CHECK(late.status == 401);
  const auto told = body_of(late);
  CHECK(told["code"] == "clock_skew");
  const auto off_s = told["server_time"].get<std::int64_t>() - counter.clock.wall_ms() / 1000;
  CHECK(off_s <= 1);
  CHECK(off_s >= -60);
}

TEST_CASE("The gateway hands out its description to whoever asks, and nothing else") {
  Counter counter;
  net::HttpRequest bare;
  bare.target = std::string{till::openapi_path};
  const auto answer = counter.perform(bare);
  CHECK(answer.status == 200);
  CHECK(answer.header("Content-Type").starts_with("application/json"));
  CHECK(base::text_of(answer.body) == till::openapi_json());
  CHECK(body_of(answer)["openapi"] == "3.1.0");
  bare.method = "POST";
  CHECK(counter.perform(bare).status == 401);
}

// A till changes over while both keys count; the third that is made ends the first.
TEST_CASE("A till has two keys at a time, and the oldest goes when a third is made") {
  Counter counter;
  const till::Key second{"k1b", "T1", base::Bytes(32, 9)};
  const till::Key third{"k1c", "T1", base::Bytes(32, 10)};
  const till::Key other{"k2", "T2", base::Bytes(32, 8)};
  const auto status = [&](const till::Key& by) {
    return counter.perform(counter.signed_request("GET", "/v1/health", "", by)).status;
  };
  counter.gateway->add_key(second);
  CHECK(status(counter.key) == 200);
  CHECK(status(second) == 200);
  counter.gateway->add_key(third);
  CHECK(status(counter.key) == 401);
  CHECK(status(second) == 200);
  CHECK(status(third) == 200);
  CHECK(status(other) == 200);  // another till's
  // A sale that the first key had posted is answered again under the new one.
  CHECK(counter.perform(counter.signed_request("POST", "/v1/sales", good_sale, second)).status == 200);
  CHECK(counter.perform(counter.signed_request("POST", "/v1/sales", good_sale, third)).status == 200);
}

TEST_CASE("A new key works at once, and a body past the limit is refused before anybody reads it") {
  Counter counter;
  const till::Key fresh{"k2", "T1", base::Bytes(32, 9)};
  CHECK(counter.perform(counter.signed_request("GET", "/v1/health", "", fresh)).status == 401);
  counter.gateway->add_key(fresh);
  CHECK(counter.perform(counter.signed_request("GET", "/v1/health", "", fresh)).status == 200);
  CHECK(counter.ask("POST", "/v1/sales", std::string(till::body_bytes_max + 1, ' ')).status == 413);
  CHECK(counter.memory.calls == 0);
}

TEST_CASE("A till that cannot be served now is told when to come back") {
  Counter counter;
  counter.memory.full = true;
  const auto answer = counter.ask("POST", "/v1/sales", good_sale);
  CHECK(answer.status == 503);
  CHECK(answer.header("Retry-After") == "1");
  counter.memory.full = false;
  const auto served = counter.ask("POST", "/v1/sales", good_sale);
  CHECK(served.status == 200);
  CHECK(served.header("Retry-After").empty());
}

// 413, 431, 400 and 503 are given by the server itself, before anybody looks at a key.
TEST_CASE("What is refused before it is read says so in the till's language as everything else does") {
  struct Row {
    std::string head;
    int status;
    const char* code;
    const char* language;
  };
  const std::string post = "POST /v1/sales HTTP/1.1\r\nHost: x\r\n";
  const auto promised = "Content-Length: " + std::to_string(till::body_bytes_max) + "\r\n";
  const auto past = "Content-Length: " + std::to_string(till::body_bytes_max + 1) + "\r\n";
  const Row rows[]{
      {post + "Accept-Language: zh-CN\r\n" + past, 413, "too_large", "zh-CN"},
      {post + "Accept-Language: en\r\n" + past, 413, "too_large", "en"},
      {post + past, 413, "too_large", ""},
      {post + "X: " + std::string(40'000, 'h') + "\r\n", 431, "too_large", ""},  // nothing of it was understood
      {"Hello\r\n", 400, "bad_input", ""},
      {post + "Accept-Language: en\r\n" + promised, 503, "overloaded", "en"},
      {post + "Accept-Language: zh-CN\r\n" + promised, 503, "overloaded", "zh-CN"},
  };
  Counter counter;
  const tests::GatewayDescription description;
  std::vector<std::unique_ptr<tests::RawLine>> promising;
  for (const auto& row : rows) {
    CAPTURE(row.status, row.language);
    // Bodies that are promised and do not come, until no more are let in.
    while (row.status == 503 && promising.size() < 256) {
      promising.push_back(std::make_unique<tests::RawLine>(counter.gateway->port()));
      REQUIRE(promising.back()->send(post + "Expect: 100-continue\r\n" + promised + "\r\n"));
      REQUIRE(promising.back()->read_until("\r\n\r\n").starts_with("HTTP/1.1 100"));
    }
    tests::RawLine line{counter.gateway->port()};
    REQUIRE(line.send(row.head + "\r\n"));
    line.finish_sending();
    const auto answer = line.read_all();
    CHECK(answer.starts_with("HTTP/1.1 " + std::to_string(row.status)));
    CHECK((answer.find("\r\nRetry-After: ") != std::string::npos) == (row.status == 503));
    const auto body = json::parse(answer.substr(answer.find("\r\n\r\n") + 4));
    CHECK(body.at("code") == row.code);
    CHECK(body.at("what") == std::string{row.code} + "." + row.language);
    CHECK(description.misfit("POST", "/v1/sales", row.status, body).empty());
  }
  CHECK(counter.memory.calls == 0);
}

TEST_CASE("Many tills at once are all answered") {
  Counter counter;
  std::atomic<int> answered = 0;
  std::vector<std::thread> tills;
  for (int i = 0; i < 8; ++i) {
    tills.emplace_back([&] {
      auto client = net::HttpClient::create({"http://127.0.0.1:" + std::to_string(counter.gateway->port())});
      if (!client) return;
      for (int k = 0; k < 20; ++k) {
        const auto answer = (*client)->perform(counter.signed_request("POST", "/v1/sales", good_sale, counter.key));
        if (answer && answer->status == 200) ++answered;
      }
    });
  }
  for (auto& each : tills) each.join();
  CHECK(answered == 160);
}

TEST_CASE("A flood of unsigned requests is answered 429, and stops no till that has spoken") {
  Counter counter{{1, 3, 1, 3}};
  const till::Key stranger{"k9", "T1", base::Bytes(32, 9)};
  const till::Key second{"k2", "T2", base::Bytes(32, 8)};
  const auto health = [&](const till::Key& by) {
    return counter.perform(counter.signed_request("GET", "/v1/health", "", by));
  };
  CHECK(health(counter.key).status == 200);
  for (int i = 0; i < 3; ++i) CHECK(health(stranger).status == 401);
  const auto refused = health(stranger);
  CHECK(refused.status == 429);
  CHECK(body_of(refused)["code"] == "rate_limited");
  CHECK(refused.header("Retry-After") == "1");
  CHECK(health(counter.key).status == 200);
  CHECK(health(second).status == 429);  // it has not spoken yet
  counter.clock.set_monotonic_ms(counter.clock.monotonic_ms() + 1'000);
  CHECK(health(second).status == 200);
  CHECK(health(stranger).status == 401);
  CHECK(health(stranger).status == 429);
  CHECK(health(second).status == 200);
}

TEST_CASE(
    "After a restart a captured question about a member is not answered again, and a sale is, once more the same") {
  Counter counter;
  const auto sale = counter.signed_request("POST", "/v1/sales", good_sale, counter.key);
  const std::string approved = R"({"phone":"13800138000","approval":{"staff":3,"pin":"825917"}})";
  const std::string looked = R"({"whom":"13800138000","approval":{"staff":3,"pin":"825917"}})";
  const std::vector<net::HttpRequest> questions{counter.signed_request("POST", "/v1/lookups", looked, counter.key),
                                                counter.signed_request("POST", "/v1/members", approved, counter.key),
                                                counter.signed_request("GET", "/v1/members/K1%3AABC", "", counter.key)};
  const auto first = counter.perform(sale);
  CHECK(first.status == 200);
  for (const auto& question : questions) CHECK(counter.perform(question).status == 200);

  counter.clock.advance_ms(2'000);
  counter.gateway.reset();
  auto again = till::Gateway::start({}, {counter.key}, counter.memory, counter.clock);
  REQUIRE(again);
  counter.gateway = std::move(*again);
  for (const auto& question : questions) {
    const auto told = counter.perform(question);
    CHECK(told.status == 401);
    CHECK(body_of(told)["code"] == "clock_skew");
    CHECK(body_of(told)["server_time"] == counter.clock.wall_ms() / 1000);
  }
  const auto repeated = counter.perform(sale);
  CHECK(repeated.status == 200);
  CHECK(repeated.body == first.body);
  CHECK(counter.ask("POST", "/v1/lookups", looked).status == 200);  // signed anew
  counter.clock.advance_ms(2 * till::skew_max_ms);
  counter.clock.set_wall_ms(counter.clock.wall_ms() - 3'600'000);
  CHECK(counter.ask("POST", "/v1/lookups", looked).status == 200);  // a clock put back later is no reason
}

// A till on another machine sends phones of new members, which nobody else on the shop's network may read.
TEST_CASE("Off this machine tills speak TLS or not at all") {
  Counter counter;
  const tests::TempDir folder;
  const auto files = tests::make_tls_files(folder.path());
  const auto in_clear = till::Gateway::start({.address = "0.0.0.0"}, {counter.key}, counter.memory, counter.clock);
  REQUIRE_FALSE(in_clear);
  CHECK(in_clear.error().code == base::Code::address_not_allowed);
  const auto keyless = till::Gateway::start({.address = "0.0.0.0", .certificate = files.certificate}, {counter.key},
                                            counter.memory, counter.clock);
  REQUIRE_FALSE(keyless);

  const auto gateway = till::Gateway::start({.address = "0.0.0.0", .certificate = files.certificate, .key = files.key},
                                            {counter.key}, counter.memory, counter.clock);
  REQUIRE(gateway);
  const auto port = std::to_string((*gateway)->port());
  const auto encrypted =
      net::HttpClient::create({.base_url = "https://127.0.0.1:" + port, .ca_file = files.authority.string()});
  REQUIRE(encrypted);
  const auto sold = (*encrypted)->perform(counter.signed_request("POST", "/v1/sales", good_sale, counter.key));
  REQUIRE(sold);
  CHECK(sold->status == 200);
  CHECK(counter.memory.last.total_minor == 6850);
  const auto plain = net::HttpClient::create({"http://127.0.0.1:" + port});
  REQUIRE(plain);
  CHECK_FALSE((*plain)->perform(counter.signed_request("GET", "/v1/health", "", counter.key)));
  const auto unknown_authority = net::HttpClient::create({"https://127.0.0.1:" + port});
  REQUIRE(unknown_authority);
  CHECK_FALSE((*unknown_authority)->perform(counter.signed_request("GET", "/v1/health", "", counter.key)));
}
