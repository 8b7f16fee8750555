// SPDX-License-Identifier: Apache-2.0
// What operators do with the hub is in its own log before it is done, and what it gives out about a member is signed.
#include "sync/crypto/sign.h"
#include "sync/hub/core/sqlite_open.h"
#include "sync/hub/server/admin_api.h"
#include "sync/sqlite/connection.h"
#include "tests/support/pretend_brand.h"
#include "tests/support/seeded_key.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

using namespace millpond;
using nlohmann::json;

namespace {

constexpr base::MemberId anna{9};
constexpr base::MemberId bert{10};

struct Office {
  tests::PretendBrand brand;
  int woken = 0;
  hub::AdminApi api{*brand.core, brand.clock, "Tea", [this] { ++woken; }};

  Office() {
    brand.core->set_people({.pin_cost = crypto::PinCost{1, 8U << 10}});
    auto terminal = brand.provision();
    terminal.begin_epoch();
    terminal.enrol(anna, {1});
    terminal.enrol(bert, {1});
    REQUIRE(brand.up(terminal.all()).status == wire::UpStatus::accepted);
    REQUIRE(brand.core->project());
  }
  http::Response ask(const std::string& method, const std::string& target, const json& body = {}) {
    const auto text = body.is_null() ? std::string{} : body.dump();
    return api.answer({method, target, {}, {text.begin(), text.end()}, "unix:uid=1000"});
  }
  json list() { return json::parse(ask("GET", "/audit/hub?limit=1000").body); }
  std::vector<std::string> told() {
    std::vector<std::string> lines;
    const auto listed = list();
    for (const auto& entry : listed.at("acts")) {
      lines.push_back(entry.at("what").get<std::string>() + ": " + entry.at("told").get<std::string>());
    }
    return lines;
  }
};

std::string number_of(base::MemberId member) { return base::format_id('M', member.value); }

// As whoever gets an export checks it.
bool is_genuine(const json& exported, const crypto::PublicKey& key, const base::BrandId& brand) {
  const auto bytes = base::from_hex(exported.at("signature").get<std::string>()).value_or(base::Bytes{});
  const auto signature = crypto::signature_of(bytes);
  const auto document = exported.at("document").get<std::string>();
  return signature && crypto::verify(key, crypto::context::document, brand, base::view_of(document), *signature);
}

}  // namespace

TEST_CASE("What an operator asks for is in the hub's log with who, what and of whom, refused or not") {
  Office office;
  const auto key = base::to_hex(tests::seeded_key(60).public_key());
  CHECK(office.ask("POST", "/members/export", {{"member", number_of(anna)}}).status == 200);
  CHECK(office.ask("POST", "/members/app-card", {{"member", number_of(anna)}, {"key", key}}).status == 200);
  CHECK(office.ask("POST", "/members/remove", {{"member", number_of(bert)}}).status == 200);
  CHECK(office.ask("POST", "/members/export", {{"member", number_of({77})}}).status == 404);
  CHECK(office.ask("POST", "/terminals/revoke", {{"terminal", 1}}).status == 200);
  CHECK(office.ask("GET", "/staff").status == 200);  // a question is no act
  const std::vector<std::string> expected{
      "operator_act: uid=1000 /terminals/revoke terminal=1",
      "operator_act: uid=1000 /members/export member=" + number_of({77}) + " refused=not_found",
      "operator_act: uid=1000 /members/export member=" + number_of({77}),
      "member_removed: member=" + number_of(bert),
      "operator_act: uid=1000 /members/remove member=" + number_of(bert),
      "operator_act: uid=1000 /members/app-card member=" + number_of(anna),
      "operator_act: uid=1000 /members/export member=" + number_of(anna)};
  CHECK(office.told() == expected);
  CHECK(office.list().at("holds") == true);
  CHECK(office.list().at("acts").at(0).at("at") == base::format_utc(office.brand.clock.wall_ms()));
  CHECK(office.woken > 0);
}

TEST_CASE("Points are given and taken by hand for a reason that the log keeps") {
  Office office;
  const auto adjust = [&](const json& body) { return office.ask("POST", "/members/adjust", body).status; };
  CHECK(adjust({{"member", number_of(anna)}, {"points", 120}, {"reason", "goodwill"}}) == 200);
  CHECK(adjust({{"member", number_of(anna)}, {"points", -20}, {"reason", "our-error"}}) == 200);
  CHECK(adjust({{"member", number_of(anna)}, {"points", 5}, {"reason", "Anna complained"}}) == 400);
  CHECK(adjust({{"member", number_of(anna)}, {"points", 5}}) == 400);
  CHECK(adjust({{"member", number_of(anna)}, {"points", 0}, {"reason", "goodwill"}}) == 400);
  CHECK(adjust({{"member", number_of(anna)}, {"points", "5"}, {"reason", "goodwill"}}) == 400);
  CHECK(adjust({{"member", number_of({77})}, {"points", 5}, {"reason", "goodwill"}}) == 404);
  REQUIRE(office.brand.core->project());
  const auto balances = office.brand.core->balances();
  REQUIRE(balances);
  CHECK(std::ranges::find(*balances, anna, &hub::Balance::member)->points == 100);
  const auto told = office.told();
  CHECK(std::ranges::count(told, "points_adjusted: member=" + number_of(anna) + " points=-20 reason=our-error") == 1);
  CHECK(office.brand.core->check()->holds());
}

TEST_CASE("A campaign is stopped by its number, goes on again, and the answer says who has heard") {
  Office office;
  CHECK(office.ask("POST", "/programme/campaign", {{"campaign", 7}, {"stopped", true}}).status == 404);
  const json words{{"zh-CN", "甲"}, {"en", "A"}};
  auto document = json::parse(tests::hub_programme_json(4));
  document["campaigns"] = json::array({{{"id", 7},
                                        {"name", words},
                                        {"trigger", {{"on", "sale_paid"}}},
                                        {"starts", "2020-01-01"},
                                        {"ends", "2099-12-31"},
                                        {"offline", "deny"},
                                        {"actions", json::array({{{"points", 3}}})}}});
  REQUIRE(office.ask("POST", "/programme", document).status == 200);
  const auto turn = [&](const json& body) { return office.ask("POST", "/programme/campaign", body); };
  const auto stopped = turn({{"campaign", 7}, {"stopped", true}});
  REQUIRE(stopped.status == 200);
  const auto reach = json::parse(stopped.body);
  CHECK(reach.at("version") == 5);
  REQUIRE(reach.at("terminals").size() == 1);
  CHECK(reach.at("terminals").at(0).at("has_it") == false);
  CHECK(reach.at("terminals").at(0).at("asked") == "");
  CHECK(turn({{"campaign", 7}, {"stopped", true}}).status == 409);
  CHECK(turn({{"campaign", 8}, {"stopped", true}}).status == 404);
  CHECK(turn({{"campaign", 7}, {"stopped", "yes"}}).status == 400);
  const auto resumed = turn({{"campaign", 7}, {"stopped", false}});
  REQUIRE(resumed.status == 200);
  CHECK(json::parse(resumed.body).at("version") == 6);
  CHECK(json::parse(office.ask("GET", "/programme/reach").body) == json::parse(resumed.body));
  const auto told = office.told();
  CHECK(std::ranges::count(told, "operator_act: uid=1000 /programme/campaign campaign=7") >= 3);
}

TEST_CASE("No PIN, phone, payer or free text gets into the hub's log") {
  Office office;
  static_cast<void>(office.ask("POST", "/staff", {{"store", 1}, {"role", "cashier"}, {"pin", "825917"}}));
  static_cast<void>(
      office.ask("POST", "/orders", {{"store", 1}, {"terminals", 2}, {"phone", "13800138000"}, {"pin", "739251"}}));
  static_cast<void>(office.ask("POST", "/members/payer", {{"member", "Anna"}, {"payer", "oUpF8uMuAJO"}}));
  static_cast<void>(office.ask("POST", "/members/merge", {{"from", "13800138000"}, {"into", number_of(anna)}}));
  std::string all;
  for (const auto& line : office.told()) all += line + "\n";
  CAPTURE(all);
  for (const auto* const secret : {"825917", "739251", "13800138000", "oUpF8uMuAJO", "Anna", "cashier"}) {
    CHECK(all.find(secret) == std::string::npos);
  }
  CHECK(all.find("uid=1000 /orders store=1 terminals=2") != std::string::npos);
  CHECK(all.find("uid=1000 /members/merge into=" + number_of(anna)) != std::string::npos);
}

TEST_CASE("A log that somebody changed says from where") {
  Office office;
  CHECK(office
            .ask("POST", "/members/app-card",
                 {{"member", number_of(anna)}, {"key", base::to_hex(tests::seeded_key(60).public_key())}})
            .status == 200);
  CHECK(office.ask("POST", "/members/export", {{"member", number_of(anna)}}).status == 200);
  CHECK(office.ask("POST", "/members/export", {{"member", number_of(bert)}}).status == 200);
  CHECK(office.list().at("broken_at") == 0);
  const auto path = office.brand.dir / "hub.db";
  office.brand.core.reset();  // and with it the file is whole
  struct Row {
    const char* sql;
    std::uint64_t broken_at;
  };
  for (const auto& row :
       {Row{"UPDATE hub_log SET content=CAST('uid=0 /members/export' AS BLOB) WHERE no=2", 2},
        Row{"UPDATE hub_log SET at_ms=at_ms+1 WHERE no=3", 3}, Row{"DELETE FROM hub_log WHERE no=2", 2},
        Row{"UPDATE hub_log SET what='member_removed' WHERE no=1", 1}}) {
    CAPTURE(row.sql);
    const tests::TempDir copy_dir;
    const auto copy = copy_dir / "hub.db";
    std::filesystem::copy_file(path, copy);
    {
      auto changed = sqlite::Connection::open({.path = copy});
      REQUIRE(changed);
      REQUIRE((*changed)->execute(row.sql));
    }
    const auto store = hub::open_sqlite_store({.path = copy, .generation = 5});
    REQUIRE(store);
    const auto acts = (*store)->acts(10);
    REQUIRE(acts);
    CHECK(acts->broken_at == row.broken_at);
  }
}

TEST_CASE("A member's export is the hub's word about that member, and nothing else passes for it") {
  Office office;
  const auto& brand = office.brand.core->brand();
  const auto& key = office.brand.hub_key.key;
  const auto response = office.ask("POST", "/members/export", {{"member", number_of(anna)}});
  REQUIRE(response.status == 200);
  const auto exported = json::parse(response.body);
  CHECK(is_genuine(exported, key, brand));
  CHECK(json::parse(exported.at("document").get<std::string>()).at("numbers") == json::array({number_of(anna)}));

  const auto text = exported.at("document").get<std::string>();
  for (std::size_t at = 0; at < text.size(); at += 7) {
    auto changed = exported;
    auto other = text;
    other[at] = other[at] == 'x' ? 'y' : 'x';
    changed["document"] = other;
    CHECK_FALSE(is_genuine(changed, key, brand));
  }
  auto of_bert = exported;
  auto renamed = json::parse(text);
  renamed["numbers"] = json::array({number_of(bert)});
  of_bert["document"] = renamed.dump();
  CHECK_FALSE(is_genuine(of_bert, key, brand));
  const auto bert_exported = json::parse(office.ask("POST", "/members/export", {{"member", number_of(bert)}}).body);
  CHECK(is_genuine(bert_exported, key, brand));
  of_bert["document"] = bert_exported.at("document");  // under the other's signature
  CHECK_FALSE(is_genuine(of_bert, key, brand));

  CHECK_FALSE(is_genuine(exported, tests::seeded_key(60).public_key(), brand));
  CHECK_FALSE(is_genuine(exported, key, base::BrandId{}));
  auto forged = exported;
  forged["signature"] = std::string(128, '0');
  CHECK_FALSE(is_genuine(forged, key, brand));
}
