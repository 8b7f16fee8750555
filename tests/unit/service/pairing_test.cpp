// SPDX-License-Identifier: Apache-2.0
// A till on another machine that has nothing: it sees the terminal's certificate, asks, is compared, and sells.
#include "hardware/till/pairing.h"
#include "kiosk/service/gateway_certificate.h"
#include "sync/base/file.h"
#include "sync/crypto/tls_certificate.h"
#include "sync/net/http_client.h"
#include "tests/support/openapi.h"
#include "tests/support/paths.h"
#include "tests/unit/service/counter.h"

#include <chrono>
#include <cstdlib>
#include <thread>

using namespace millpond;
using nlohmann::json;
using tests::Before;
using tests::Counter;

namespace {

const std::string nonce(32, '7');

// A terminal that tills of the shop's network reach.
struct Shop : Counter {
  std::filesystem::path certificate = folder / "gateway-own.pem";

  Shop() : Counter{Before::nobody, [](service::Settings& settings) { settings.gateway_address = "0.0.0.0"; }} {}
};

}  // namespace

TEST_CASE("On the network a terminal makes itself a certificate, once, and a till pairs by its fingerprint") {
  const tests::TempDir folder;
  service::Settings settings;
  const auto& clock = base::system_clock();
  CHECK(service::gateway_tls(folder.path(), settings, clock)->certificate.empty());
  settings.gateway_address = "0.0.0.0";
  const auto own = service::gateway_tls(folder.path(), settings, clock);
  REQUIRE(own);
  const auto before = base::read_file(own->certificate).value();
  CHECK(service::gateway_tls(folder.path(), settings, clock)->certificate == own->certificate);
  CHECK(base::read_file(own->certificate).value() == before);
  CHECK((std::filesystem::status(own->key).permissions() & std::filesystem::perms{077}) ==
        std::filesystem::perms::none);
  settings.gateway_certificate = "shop.pem";
  settings.gateway_key = "shop.key";
  CHECK(service::gateway_tls(folder.path(), settings, clock)->certificate == folder / "shop.pem");
}

TEST_CASE("A paired till's key is a till's key, and nobody gets one without a comparison") {
  Shop shop;
  const auto pem = base::read_file(shop.certificate);
  REQUIRE(pem);
  const auto seen = crypto::tls_fingerprint(base::text_of(*pem));
  REQUIRE(seen);
  const auto port = std::to_string(shop.service->gateway()->port());
  const auto line =
      net::HttpClient::create({.base_url = "https://127.0.0.1:" + port, .ca_file = shop.certificate.string()});
  REQUIRE(line);
  const auto perform = [&](net::HttpRequest request) {
    const auto answer = (*line)->perform(request);
    REQUIRE(answer);
    auto body = json::parse(answer->body, nullptr, false);
    tests::hold_to_description(request.method, request.target, answer->status, body);
    return std::pair{answer->status, std::move(body)};
  };
  const auto ask_for_key = [&] {
    const auto body = json{{"nonce", nonce}}.dump();
    return perform({.method = "POST", .target = "/v1/pairings", .headers = {}, .body = {body.begin(), body.end()}});
  };
  const auto pair = [&](const json& params) { return shop.ask("till_pair", params); };

  CHECK(ask_for_key().first == 404);
  CHECK(pair({{"do", "open"}, {"till", "a/b"}}).at("error") == "bad_input");
  CHECK(pair({{"do", "open"}, {"till", "till-2"}}).at("state") == "open");
  CHECK(ask_for_key() == std::pair{202, json{{"state", "waiting"}}});
  const auto standing = pair({{"do", "look"}});
  CHECK(standing.at("state") == "asked");
  CHECK(standing.at("fingerprint") == till::pairing_fingerprint(*seen, nonce));
  CHECK(
      pair({{"do", "confirm"}, {"fingerprint", till::pairing_fingerprint(*seen, std::string(32, '8'))}}).at("error") ==
      "not_found");
  CHECK(ask_for_key().first == 202);
  CHECK(pair({{"do", "confirm"}, {"fingerprint", standing.at("fingerprint")}}).at("state") == "paired");
  const auto [status, told] = ask_for_key();
  CHECK(status == 200);
  CHECK(told.at("till") == "till-2");

  const till::Key key{told.at("key"), "till-2", base::from_hex(told.at("secret").get<std::string>()).value()};
  const auto now = std::to_string(base::system_clock().wall_ms() / 1'000);
  const auto health = perform({.method = "GET",
                               .target = "/v1/health",
                               .headers = {{std::string{till::header_key}, key.id},
                                           {std::string{till::header_timestamp}, now},
                                           {std::string{till::header_nonce}, "nonce-0001"},
                                           {std::string{till::header_signature},
                                            till::sign_request(key, now, "nonce-0001", "GET", "/v1/health", {})}},
                               .body = {}});
  CHECK(health.first == 200);
  CHECK(pair({{"do", "close"}}).at("state") == "closed");
  CHECK(ask_for_key().first == 404);
}

// What a till's vendor copies has to work as it stands on the page.
TEST_CASE("The page's script pairs with a real terminal, by curl and openssl") {
  if (std::system("command -v curl >/dev/null && command -v openssl >/dev/null") != 0)
    SKIP("curl or openssl is not here");
  const auto page = base::read_file(tests::source_dir() / "docs/till.md");
  REQUIRE(page);
  const std::string text{base::text_of(*page)};
  const auto begin = text.rfind("#!/bin/sh\n", text.find("# pair.sh"));
  REQUIRE(begin != std::string::npos);
  Shop shop;
  const tests::TempDir till;
  REQUIRE(base::write_file(till / "pair.sh", base::view_of(text.substr(begin, text.find("```", begin) - begin))));
  CHECK(shop.ask("till_pair", {{"do", "open"}, {"till", "till-3"}}).at("state") == "open");
  const auto port = std::to_string(shop.service->gateway()->port());
  std::jthread screen{[&] {
    const auto command = "cd " + till.path().string() + " && sh pair.sh 127.0.0.1:" + port + " >said 2>&1";
    static_cast<void>(std::system(command.c_str()));
  }};
  auto standing = json::object();
  for (int i = 0; i < 400 && standing.value("state", "") != "asked"; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
    standing = shop.ask("till_pair", {{"do", "look"}});
  }
  const auto said = [&] {
    const auto content = base::read_file(till / "said");
    return content ? std::string{base::text_of(*content)} : std::string{};
  };
  CAPTURE(said());
  CHECK(said().starts_with(standing.value("fingerprint", "none")));
  CHECK(shop.ask("till_pair", {{"do", "confirm"}, {"fingerprint", standing.value("fingerprint", "")}})
            .value("state", "") == "paired");
  screen.join();
  CHECK(said().find(R"({"state":"paired","till":"till-3","key":"till-3-)") != std::string::npos);
}
