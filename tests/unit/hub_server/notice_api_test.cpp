// SPDX-License-Identifier: Apache-2.0
// The door that providers knock at: addresses, sizes, rates, answers in their own form, and the files behind an
// account.
#include "sync/hub/server/notice_api.h"
#include "sync/base/file.h"
#include "sync/hub/server/commands.h"
#include "sync/net/http_client.h"
#include "tests/support/pretend_brand.h"
#include "tests/support/provider_notices.h"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

using namespace millpond;
using base::Code;
using tests::PostedNotice;
using tests::PretendProviders;

namespace {

struct Door {
  tests::PretendBrand brand;
  PretendProviders providers;
  int woken = 0;
  hub::NoticeApi api{*brand.core,
                     brand.clock,
                     {{"wx-main", {providers.wechat_pay, {600'000}}}, {"ali-main", {providers.alipay, {600'000}}}},
                     [this] { ++woken; }};

  http::Response post(const std::string& account, const PostedNotice& notice, const std::string& method = "POST") {
    http::Request request;
    request.method = method;
    request.target = "/v1/notices/" + account;
    for (const auto& [name, value] : notice.headers) request.headers.emplace_back(name, value);
    request.body.assign(notice.body.begin(), notice.body.end());
    request.peer = "203.0.113.9:4711";
    return api.answer(request);
  }
};

std::string said(const http::Response& response) {
  return std::to_string(response.status) + " " + std::string{base::text_of(response.body)};
}

}  // namespace

TEST_CASE("A provider hears success for what is kept, also the second time, and its own form of no otherwise") {
  Door door;
  const auto paid = door.providers.wechat_paid("p1", 5'990);
  CHECK(said(door.post("wx-main", paid)) == R"(200 {"code":"SUCCESS","message":""})");
  CHECK(said(door.post("wx-main", paid)) == R"(200 {"code":"SUCCESS","message":""})");
  CHECK(door.woken == 1);
  CHECK(said(door.post("wx-main", door.providers.wechat_paid("p1", 1))) ==
        R"(409 {"code":"FAIL","message":"notice_changed"})");
  CHECK(said(door.post("ali-main", door.providers.form(door.providers.alipay_paid("t1", "5.00")))) == "200 success");
  CHECK(said(door.post("ali-main", PostedNotice{{}, "a=b"})) == "401 fail");
  CHECK(door.brand.core->notices({})->size() == 2);
}

TEST_CASE("An address that nobody made, another method and a body that is too long are refused by name") {
  Door door;
  const auto paid = door.providers.wechat_paid("p1", 5'990);
  const auto unknown = door.post("wx-other", paid);
  CHECK(unknown.status == 404);
  CHECK(nlohmann::json::parse(unknown.body).at("code") == "notice_account_unknown");
  CHECK(door.post("wx-main", paid, "GET").status == 404);
  auto long_one = paid;
  long_one.body.append(257U << 10, ' ');
  CHECK(said(door.post("wx-main", long_one)) == R"(413 {"code":"FAIL","message":"too_large"})");
}

TEST_CASE("Who fails again and again is not listened to, until some time has passed") {
  Door door;
  auto forged = door.providers.wechat_paid("p1", 5'990);
  forged.headers["Wechatpay-Nonce"] = "x";
  int refused = 0;
  while (door.post("wx-main", forged).status == 401) ++refused;
  CHECK(refused == static_cast<int>(hub::NoticeApi::failures_burst));
  const auto late = door.post("wx-main", door.providers.wechat_paid("p1", 5'990));
  CHECK(late.status == 429);
  CHECK(std::ranges::any_of(late.headers, [](const auto& header) { return header.first == "Retry-After"; }));
  door.brand.clock.set_monotonic_ms(door.brand.clock.monotonic_ms() + 6'000);
  CHECK(door.post("wx-main", door.providers.wechat_paid("p1", 5'990)).status == 200);
}

TEST_CASE("Accounts bring their keys from files, and a file that does not fit is named") {
  REQUIRE(crypto::start());
  const PretendProviders providers;
  const tests::TempDir dir;
  const auto put = [&](const char* name, std::string_view text, base::Privacy privacy = base::Privacy::owner) {
    REQUIRE(base::write_file(dir / name, base::view_of(text), privacy));
  };
  put("cert.pem", providers.keys.certificate_pem(PretendProviders::serial));
  put("pub.pem", providers.keys.public_pem());
  put("apiv3.key", std::string{PretendProviders::api_key} + "\n");
  put("short.key", "short");
  put("open.key", PretendProviders::api_key, base::Privacy::everyone);
  hub::NoticeAccount account;
  account.name = "wx-main";
  account.provider = "wechat_pay";
  account.merchant = "1230000109";
  account.keys = {{"cert.pem", ""}, {"pub.pem", "PUB_KEY_ID_1"}};
  account.secrets = {"apiv3.key"};
  const auto load = [&](const hub::NoticeAccount& of) {
    return hub::load_notice_accounts({of}, dir.path(), dir.path());
  };
  const auto loaded = load(account);
  REQUIRE(loaded);
  const auto& made = loaded->at("wx-main").account;
  CHECK(made.keys.at(0).serial == PretendProviders::serial);
  CHECK(made.keys.at(1).serial == "PUB_KEY_ID_1");
  CHECK(notices::read_notice(made, providers.wechat_paid("p1", 5'990).at()));
  account.secrets = {"credential:apiv3.key"};
  CHECK(load(account));
  const auto code = [&](auto change) {
    auto changed = account;
    change(changed);
    return load(changed).error().code;
  };
  CHECK(code([](auto& of) { of.secrets = {"short.key"}; }) == Code::key_unusable);
  CHECK(code([](auto& of) { of.secrets = {"open.key"}; }) == Code::key_unusable);
  CHECK(code([](auto& of) { of.secrets = {"none.key"}; }) == Code::not_found);
  CHECK(code([](auto& of) { of.keys = {{"pub.pem", ""}}; }) == Code::key_unusable);
  CHECK(code([](auto& of) { of.keys = {{"apiv3.key", ""}}; }) == Code::key_unusable);
  CHECK(code([](auto& of) { of.currency = "XYZ"; }) == Code::config_invalid);
}

TEST_CASE("A running hub books a payment that was posted to it, and shows it to its operator") {
  REQUIRE(crypto::start());
  const PretendProviders providers;
  const tests::TempDir dir;
  const hub::HubFolder folder{dir / "hub"};
  REQUIRE(hub::init_hub(folder, "Tea"));
  const auto put = [&](const char* name, const std::string& text) {
    REQUIRE(base::write_file(folder.dir / name, base::view_of(text), base::Privacy::owner));
  };
  put("wechat-pay.pem", providers.keys.certificate_pem(PretendProviders::serial));
  put("apiv3.key", std::string{PretendProviders::api_key});
  put("hub.toml",
      "[notices.wx-main]\nprovider = \"wechat_pay\"\nmerchant = \"1230000109\"\napps = [\"wxd678efh567hg6787\"]\n"
      "keys = [{ file = \"wechat-pay.pem\" }]\nsecrets = [\"apiv3.key\"]\nstore = 1\nwait_s = 0\n");
  const auto running = hub::RunningHub::start({folder, std::nullopt, std::uint16_t{0}});
  REQUIRE(running);
  const auto ask = [&](const char* method, const std::string& target, const std::string& body = {}) {
    const auto answer = hub::ask_hub(folder, {method, target, body});
    REQUIRE(answer);
    return nlohmann::json::parse(*answer);
  };
  ask("POST", "/programme", tests::hub_programme_json(1));
  const auto line = net::HttpClient::create({.base_url = (*running)->url()});
  REQUIRE(line);
  const std::string inside =
      R"({"mchid":"1230000109","appid":"wxd678efh567hg6787","out_trade_no":"T1","transaction_id":"42",)"
      R"("trade_state":"SUCCESS","success_time":"2026-11-18T19:06:33+08:00","payer":{"openid":"secret-openid"},)"
      R"("amount":{"total":5990,"currency":"CNY"}})";
  const auto posted = providers.wechat("EV-42", "TRANSACTION.SUCCESS", inside, base::system_clock().wall_ms());
  net::HttpRequest request{.method = "POST", .target = "/v1/notices/wx-main"};
  for (const auto& [name, value] : posted.headers) request.headers.emplace_back(name, value);
  request.body.assign(posted.body.begin(), posted.body.end());
  const auto answer = (*line)->perform(request);
  REQUIRE(answer);
  CHECK(answer->status == 200);
  nlohmann::json shown;
  for (int i = 0; i < 600; ++i) {
    shown = ask("GET", "/notices/show?no=1&raw=1");
    if (shown.at("standing") == "booked") break;
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  CHECK(shown.at("standing") == "booked");
  CHECK(shown.at("payer") == "nobody's yet");
  CHECK(shown.at("raw").get<std::string>().ends_with(posted.body));
  CHECK(shown.dump().find("secret-openid") == std::string::npos);
  CHECK(ask("GET", "/notices").at("notices").size() == 1);
  CHECK(ask("GET", "/notices?troubled=1").at("notices").empty());
  CHECK(ask("GET", "/verify").at("holds") == true);
  CHECK(hub::ask_hub(folder, {"GET", "/notices/show?no=2"}).error().code == Code::not_found);
}
