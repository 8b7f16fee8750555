// SPDX-License-Identifier: Apache-2.0
// Coupons of every type with the real programs: one shop gives them, another one quotes them to its till, has them
// confirmed by the hub and kept, and its sale redeems them; what is abandoned is good again at the first shop. And
// goods that are brought back, where they were bought or elsewhere.
#include "sync/base/file.h"
#include "tests/demo/process.h"
#include "tests/demo/till.h"
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <functional>
#include <thread>

namespace millpond {
namespace {

using nlohmann::json;

constexpr const char* programme = R"({"version": 1,
  "brand_name": {"zh-CN": "磨坊", "en": "Millpond"}, "currency": "CNY", "earn": {"points": 1, "per_minor": 100},
  "zone": [{"from": "2020-01-01T00:00:00Z", "offset_min": 480}], "tiers": [],
  "coupons": [
    {"id": 21, "name": {"zh-CN": "饮品八折", "en": "Drinks"}, "type": "percent_off", "basis_points": 2000,
     "cap_minor": 900, "threshold_minor": 0, "valid": {"days": 30}, "scope": {"categories": ["drinks"]},
     "goods": {"zh-CN": "饮品", "en": "drinks"}},
    {"id": 22, "name": {"zh-CN": "送蛋糕", "en": "Cake"}, "type": "gift", "rewards": ["cake"],
     "reward": {"zh-CN": "蛋糕", "en": "a cake"}, "cap_minor": 900, "threshold_minor": 1000, "valid": {"days": 30}},
    {"id": 23, "name": {"zh-CN": "换购", "en": "Swap"}, "type": "exchange", "rewards": ["mug"], "exchange_minor": 100,
     "reward": {"zh-CN": "杯子", "en": "a mug"}, "cap_minor": 800, "threshold_minor": 1000, "valid": {"days": 30}},
    {"id": 24, "name": {"zh-CN": "免配送", "en": "Delivery"}, "type": "free_delivery", "cap_minor": 600,
     "threshold_minor": 0, "valid": {"days": 30}}],
  "campaigns": [{"id": 7, "name": {"zh-CN": "支付有礼", "en": "Thank you"}, "trigger": {"on": "sale_paid"},
    "starts": "2020-01-01", "ends": "2060-12-31", "when": {"paid_at_least_minor": 5000}, "offline": "decide",
    "actions": [{"coupon": 21}, {"coupon": 22}, {"coupon": 23}, {"coupon": 24}]}],
  "notices": {"membership": {"zh-CN": "须知", "en": "Terms"}, "marketing": {"zh-CN": "消息", "en": "News"}}})";

std::string program(const std::string& name) { return (tests::bin_dir() / name).string(); }

// Generous: it only ends a test that would hang.
bool comes_true(const std::function<bool()>& holds) {
  for (int i = 0; i < 1'200; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  return false;
}

json answer_of(const std::vector<std::string>& command) {
  const auto done = demo::run(command);
  INFO(done.errors);
  REQUIRE(done.status == 0);
  return json::parse(done.output);
}

struct Hub {
  tests::TempDir dir;
  std::string folder = (dir / "hub").string();
  demo::Process serving;

  Hub() {
    REQUIRE(demo::run({program("millpond-hub"), "init", "--dir", folder}).status == 0);
    REQUIRE(base::write_file(dir / "programme.json", base::view_of(std::string_view{programme})));
    serving = demo::Process{{program("millpond-hub"), "serve", "--dir", folder, "--port", "0"}, dir / "hub.log"};
    REQUIRE(comes_true([&] { return std::filesystem::exists(dir / "hub/port"); }));
    const auto published =
        demo::run({program("millpond-hub"), "campaign", "publish", "--dir", folder, (dir / "programme.json").string()});
    INFO(published.errors);
    REQUIRE(published.status == 0);
  }
  ~Hub() { serving.stop(); }
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  [[nodiscard]] std::string url() const {
    const auto port = base::read_file(dir / "hub/port");
    const auto text = base::text_of(*port);
    return "http://127.0.0.1:" + std::string{text.substr(0, text.find('\n'))};
  }
  [[nodiscard]] json status() const {
    return answer_of({program("millpond-hub"), "status", "--dir", folder, "--json"});
  }
};

struct Shop {
  tests::TempDir dir;
  demo::Process serving;
  std::unique_ptr<demo::Till> till;

  explicit Shop(const Hub& hub) {
    const std::string_view settings = "[gateway]\nport = 0\n[printer]\nkind = \"none\"\n[hub]\npoll_ms = 500\n";
    REQUIRE(base::write_file(dir / "terminal.toml", base::view_of(settings)));
    serving = demo::Process{{program("millpond-terminal"), "--dir", dir.path().string()}, dir / "log"};
    REQUIRE(comes_true([&] { return std::filesystem::exists(dir / "terminal.sock"); }));
    const auto code =
        answer_of({program("millpond-hub"), "terminal", "add", "--store", "1", "--dir", hub.folder, "--json"});
    answer_of({program("millpond"), "--dir", dir.path().string(), "provision", "--hub", hub.url(), "--code",
               code.at("code").get<std::string>(), "--json"});
    const auto key = answer_of({program("millpond"), "--dir", dir.path().string(), "till", "till-1", "--json"});
    till = std::make_unique<demo::Till>(key.at("gateway"), "till-1", key.at("key"), key.at("secret"));
    REQUIRE(comes_true([&] { return till->get("/v1/health").body.value("programme", 0) == 1; }));
  }
  ~Shop() { serving.stop(); }
  Shop(const Shop&) = delete;
  Shop& operator=(const Shop&) = delete;
};

json lines() {
  const auto line = [](const char* id, const char* sku, const char* category, int net_minor) {
    return json{{"id", id}, {"sku", sku}, {"quantity", "1"}, {"category", category}, {"net_minor", net_minor}};
  };
  return {line("1", "oolong", "drinks", 2'000), line("2", "cake", "food", 1'700), line("3", "mug", "goods", 1'500),
          line("4", "", "delivery", 700)};
}

json basket(const std::string& name, const json& codes) {
  return {{"store", 1},        {"till", "till-1"}, {"basket", name},
          {"currency", "CNY"}, {"lines", lines()}, {"coupons", codes}};
}

json discounts(const json& rows) {
  json found = json::object();
  for (const auto& row : rows) found[row.at("type").get<std::string>()] = row.at("discount_minor");
  return found;
}

TEST_CASE("Coupons of every type go from one shop to the till of another, and back when a basket is abandoned") {
  const Hub hub;
  Shop giving{hub};
  Shop taking{hub};
  // Nobody is named, so that the coupons are their holder's.
  const auto given = giving.till->sale({.transaction = "1", .total_minor = 6'000, .member_code = "13800138000"});
  INFO(given.body.dump());
  REQUIRE(given.status == 200);
  json codes = {given.body.at("coupon").at("code")};
  for (const auto& each : given.body.at("more_coupons")) codes.push_back(each.at("code"));
  REQUIRE(codes.size() == 4);
  CHECK(given.body.at("coupon").at("says") == "8 折，无门槛，最高减 ¥9，适用商品：饮品，每单限用 1 张");
  REQUIRE(comes_true([&] { return hub.status().value("coupons_issued", 0) == 4; }));

  // Quoted at once; the other shop hears of the issuer and its release by the next page.
  demo::TillAnswer held;
  REQUIRE(comes_true([&] {
    held = taking.till->post("/v1/holds", basket("B-1", codes).dump());
    if (held.status != 200 || held.body.at("taken").size() != 4) return false;
    for (const auto& each : held.body.at("taken")) {
      if (each.at("provisional") == true) return false;
    }
    return true;
  }));
  INFO(held.body.dump());
  const json expected{{"percent_off", 400}, {"gift", 900}, {"exchange", 800}, {"free_delivery", 600}};
  CHECK(discounts(held.body.at("taken")) == expected);
  CHECK(held.body.at("to_pay_minor") == 5'900 - 2'700);
  CHECK(held.body.at("refused").empty());

  // Abandoned: the first shop may have them again as soon as the hub has heard of it.
  REQUIRE(taking.till->post("/v1/holds/till-1/B-1/release", "{}").status == 200);
  REQUIRE(comes_true([&] {
    held = giving.till->post("/v1/holds", basket("B-2", codes).dump());
    return held.status == 200 && held.body.at("taken").size() == 4 &&
           std::ranges::none_of(held.body.at("taken"), [](const json& each) { return each.at("provisional") == true; });
  }));
  const auto elsewhere = taking.till->post("/v1/holds", basket("B-3", codes).dump());
  CHECK(elsewhere.body.at("taken").empty());
  CHECK(elsewhere.body.at("refused").at(0).at("code") == "coupon_spent");

  json sale{{"store", 1},
            {"till", "till-1"},
            {"business_date", "2026-11-21"},
            {"transaction", "2"},
            {"state", "paid"},
            {"currency", "CNY"},
            {"total_minor", 5'900},
            {"lines", lines()},
            {"basket", "B-2"},
            {"completed_at", "2026-11-21T10:00:00+08:00"},
            {"tenders", {{{"type", "coupon"}, {"amount_minor", 2'700}}, {{"type", "cash"}, {"amount_minor", 3'200}}}}};
  const auto sold = giving.till->post("/v1/sales", sale.dump());
  INFO(sold.body.dump());
  CHECK(sold.status == 200);
  CHECK(discounts(sold.body.at("redeemed")) == expected);
  CHECK(sold.body.at("discount_minor") == 2'700);
  CHECK(sold.body.at("refused").empty());
  CHECK(comes_true([&] { return hub.status().value("coupons_redeemed", 0) == 4; }));
  CHECK(hub.status().value("coupons_over_redeemed", -1) == 0);
}

json refund(const std::string& number, const std::string& of, int total_minor) {
  return {{"store", 1},
          {"till", "till-1"},
          {"business_date", "2026-11-21"},
          {"transaction", number},
          {"completed_at", "2026-11-21T11:00:00+08:00"},
          {"of", {{"business_date", "2026-11-21"}, {"transaction", of}}},
          {"currency", "CNY"},
          {"total_minor", total_minor}};
}

TEST_CASE(
    "Goods are brought back in parts, here and at another shop, and the hub takes back exactly what they brought") {
  const Hub hub;
  Shop bought{hub};
  Shop elsewhere{hub};
  const auto points = [&] {
    std::int64_t sum = 0;
    const auto answer = answer_of({program("millpond-hub"), "balances", "--dir", hub.folder, "--json"});
    for (const auto& row : answer.at("members")) { sum += row.at("points").get<std::int64_t>(); }
    return sum;
  };
  const json sale{{"store", 1},
                  {"till", "till-1"},
                  {"business_date", "2026-11-21"},
                  {"transaction", "1"},
                  {"state", "paid"},
                  {"currency", "CNY"},
                  {"total_minor", 6'090},
                  {"lines", {{{"id", "1"}, {"quantity", "1"}, {"net_minor", 6'090}}}},
                  {"member_code", "13800138000"},
                  {"completed_at", "2026-11-21T10:00:00+08:00"},
                  {"tenders", {{{"type", "cash"}, {"amount_minor", 6'090}}}}};
  const auto sold = bought.till->post("/v1/sales", sale.dump());
  INFO(sold.body.dump());
  REQUIRE(sold.status == 200);
  CHECK(sold.body.at("points_earned") == 60);
  const auto first = bought.till->post("/v1/refunds", refund("R1", "1", 1'000).dump());
  INFO(first.body.dump());
  REQUIRE(first.status == 200);
  CHECK(first.body.at("sale_known") == true);
  CHECK(first.body.at("points_taken") == 9);
  CHECK(first.body.at("coupons_voided").empty());  // 50.90 remain of the 50.00 that the campaign asks for
  CHECK(bought.till->post("/v1/refunds", refund("R1", "1", 1'000).dump()).body == first.body);
  CHECK(bought.till->post("/v1/refunds", refund("R1", "1", 1'001).dump()).status == 409);
  CHECK(comes_true([&] { return points() == 51; }));
  CHECK(hub.status().value("coupons_issued", -1) == 4);

  // The other shop has never heard of the sale.
  const auto second = elsewhere.till->post("/v1/refunds", refund("R2", "1", 2'000).dump());
  REQUIRE(second.status == 200);
  CHECK(second.body.at("sale_known") == false);
  CHECK(comes_true([&] { return points() == 31; }));
  // With both parts less remains than the campaign asks for.
  CHECK(comes_true([&] { return hub.status().value("coupons_issued", -1) == 0; }));
  const std::string voided = R"({"business_date":"2026-11-21","completed_at":"2026-11-21T12:00:00+08:00"})";
  const auto rest = bought.till->post("/v1/sales/1/till-1/2026-11-21/1/void", voided);
  INFO(rest.body.dump());
  REQUIRE(rest.status == 200);
  CHECK(rest.body.at("total_minor") == 5'090);  // what this shop knows of
  CHECK(rest.body.at("coupons_voided").size() == 4);
  CHECK(comes_true([&] { return points() == 0; }));
  CHECK(comes_true([&] { return hub.status().value("coupons_issued", -1) == 0; }));
  const auto quote = basket("B-9", json::array({sold.body.at("coupon").at("code")}));
  CHECK(comes_true([&] {  // the other shop hears of it by its next page
    const auto later = elsewhere.till->post("/v1/quotes", quote.dump());
    return later.status == 200 && later.body.at("taken").empty();
  }));
}

}  // namespace
}  // namespace millpond
