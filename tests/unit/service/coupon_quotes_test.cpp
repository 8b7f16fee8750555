// SPDX-License-Identifier: Apache-2.0
// What the till hears about coupons over HTTP: quotes with sentences in its language, what is kept, and the sale.
#include "tests/unit/service/counter.h"

using namespace millpond;
using nlohmann::json;
using tests::Before;
using tests::Counter;

namespace {

struct Till : Counter {
  std::string code;

  Till() : Counter{Before::nobody} {
    sell("T-0", "13911112222");
    const auto at = heard.rfind(" {") + 1;
    CHECK(json::parse(heard.substr(at, heard.find('\n', at) - at)).contains("coupon"));
    const auto answer = till->post("/v1/sales", sale("T-1").dump());
    code = answer.body.at("coupon").at("code").get<std::string>();
  }
  static json sale(const std::string& transaction, int net_minor = 4'200) {
    return {{"store", 11},
            {"till", "till-1"},
            {"business_date", "2026-11-21"},
            {"transaction", transaction},
            {"state", "paid"},
            {"completed_at", "2026-11-21T12:00:00+08:00"},
            {"currency", "CNY"},
            {"member_code", "13911112222"},
            {"total_minor", net_minor},
            {"lines", {{{"id", "1"}, {"quantity", "1"}, {"net_minor", net_minor}}}},
            {"tenders", {{{"type", "cash"}, {"amount_minor", net_minor}}}}};
  }
  [[nodiscard]] json basket(int net_minor, const std::string& name = "B-1") const {
    return {{"store", 11},       {"till", "till-1"},
            {"basket", name},    {"currency", "CNY"},
            {"coupons", {code}}, {"lines", {{{"id", "7"}, {"quantity", "1"}, {"net_minor", net_minor}}}}};
  }
};

}  // namespace

TEST_CASE("A quote is told with codes for programs and sentences for people") {
  Till till;
  auto answer = till.till->post("/v1/quotes", till.basket(2'500).dump());
  CHECK(answer.status == 200);
  CHECK(answer.body.at("to_pay_minor") == 2'000);
  const auto& taken = answer.body.at("taken").at(0);
  CHECK(taken.at("says") == "¥5, on ¥20 or more, 1 per purchase");
  CHECK(taken.at("type") == "amount_off");
  CHECK(taken.at("index") == 0);
  CHECK(taken.at("lines") == json::parse(R"([{"id": "7", "discount_minor": 500}])"));
  CHECK_FALSE(answer.body.contains("kept"));

  answer = till.till->post("/v1/quotes", till.basket(1'580).dump());
  CHECK(answer.body.at("taken").empty());
  const auto& refused = answer.body.at("refused").at(0);
  CHECK(refused.at("code") == "coupon_threshold");
  CHECK(refused.at("why") == "threshold");
  CHECK(refused.at("missing_minor") == 420);
  CHECK(refused.at("what") == "¥4.20 more and this coupon applies.");
  CHECK(till.till
            ->post("/v1/quotes", R"({"store": 12, "till": "till-1", "currency": "CNY",
    "lines": [{"id": "1", "quantity": "1", "net_minor": 1}]})")
            .body.at("at") == "/store");
}

TEST_CASE("A word that comes with what is kept is checked, and what needs none is kept all the same") {
  Till till;
  struct Row {
    int staff;
    const char* pin;
    const char* problem;
  };
  for (const auto& row : {Row{4, tests::manager_pin, ""}, Row{3, tests::cashier_pin, ""}, Row{4, "111222", "pin_wrong"},
                          Row{9, "111222", "person_unknown"}}) {
    CAPTURE(row.problem);
    auto basket = till.basket(2'500);
    basket["approval"] = {{"staff", row.staff}, {"pin", row.pin}};
    const auto kept = till.till->post("/v1/holds", basket.dump());
    CHECK(kept.status == 200);
    CHECK(kept.body.at("kept") == true);
    CHECK(kept.body.value("approval_problem", "") == row.problem);
    CHECK(till.till->post("/v1/quotes", basket.dump()).body.at("at") == "/approval");  // which keeps nothing
  }
}

TEST_CASE("A card alone brings no dear coupon to the till, and somebody's PIN or waiting word does") {
  Counter till{Before::nobody};
  const auto card = till.service->shop()->terminal().member_code({88});
  for (const char* const transaction : {"T-1", "T-2"}) till.sell(transaction, card);  // each brings one of 5.00
  till.lets_cards_bring(400);
  const auto basket = [&](const std::string& name) {
    return json{{"store", 11},         {"till", "till-1"},
                {"basket", name},      {"currency", "CNY"},
                {"member_code", card}, {"lines", {{{"id", "7"}, {"quantity", "1"}, {"net_minor", 2'500}}}}};
  };
  const auto hold = [&](const json& asked) { return till.till->post("/v1/holds", asked.dump()).body; };
  const auto refused = hold(basket("B-1"));
  CHECK(refused.at("taken").empty());
  CHECK(refused.at("refused").at(0).at("code") == "identity_too_weak");

  auto with_pin = basket("B-1");
  with_pin["approval"] = {{"staff", 3}, {"pin", tests::cashier_pin}};
  const auto kept = hold(with_pin);
  CHECK(kept.at("taken").size() == 1);
  CHECK_FALSE(kept.contains("approval_problem"));
  const json paid{
      {"basket", "B-1"},
      {"total_minor", 2'500},
      {"lines", basket("").at("lines")},
      {"tenders", {{{"type", "cash"}, {"amount_minor", 2'000}}, {{"type", "coupon"}, {"amount_minor", 500}}}}};
  till.sell("T-3", "", paid);
  CHECK(till.count("\"redeemed\":[{") == 1);

  REQUIRE(till.ask("staff",
                   {{"do", "vouch"}, {"staff", 3}, {"pin", tests::cashier_pin}, {"member", base::format_id('M', 88)}})
              .at("done") == "vouch");
  CHECK(hold(basket("B-2")).at("taken").size() == 1);
  CHECK(hold(basket("B-3")).at("taken").empty());  // one word, one basket
}

TEST_CASE("Whose PIN is none of a manager's is told so where a coupon waits for one") {
  terminal::Quote quote;
  quote.refused.push_back({.index = 0, .code = base::Code::identity_too_weak});
  CHECK_FALSE(service::waits_for_manager(quote));
  quote.refused.push_back({.index = 1, .code = base::Code::approval_required});
  CHECK(service::waits_for_manager(quote));
}

TEST_CASE("What is kept is the sale's that names it, and let go by its release") {
  Till till;
  auto kept = till.till->post("/v1/holds", till.basket(2'500).dump());
  CHECK(kept.body.at("kept") == true);
  CHECK(kept.body.at("until") == "2026-11-21T04:05:00.000Z");
  CHECK(kept.body.at("taken").at(0).at("provisional") == false);
  CHECK(till.till->post("/v1/holds", till.basket(2'500, "B-2").dump()).body.at("refused").at(0).at("code") ==
        "coupon_held");
  CHECK(till.till->post("/v1/holds/till-1/B-1/release", "{}").status == 200);
  CHECK(till.till->post("/v1/holds/till-1/B-1/release", "{}").status == 404);
  kept = till.till->post("/v1/holds", till.basket(2'500, "B-2").dump());
  CHECK(kept.body.at("kept") == true);

  auto sale = Till::sale("T-2", 2'500);
  sale["basket"] = "B-2";
  const auto sold = till.till->post("/v1/sales", sale.dump());
  CHECK(sold.body.at("redeemed").at(0).at("discount_minor") == 500);
  CHECK(sold.body.at("discount_minor") == 500);
  CHECK_FALSE(sold.body.contains("basket_problem"));
  sale["transaction"] = "T-3";
  CHECK(till.till->post("/v1/sales", sale.dump()).body.at("basket_problem") == "hold_ended");
}

TEST_CASE("A basket for which nothing is kept is paid by whoever stands at the screen, once") {
  struct Row {
    const char* what;
    bool by_number;  // typed, else a member's code
  };
  for (const Row& row : {Row{"a member without a coupon that fits", false}, Row{"a number that was typed", true}}) {
    CAPTURE(row.what);
    Counter counter{Before::nobody};
    if (row.by_number) {
      counter.type_number();
    } else {
      REQUIRE(counter.screen->send(link::Code{counter.service->shop()->terminal().member_code(base::MemberId{88})}));
      counter.wait_for("card");
    }
    const json basket{{"store", 11},
                      {"till", "till-1"},
                      {"basket", "B-1"},
                      {"currency", "CNY"},
                      {"lines", {{{"id", "7"}, {"quantity", "1"}, {"net_minor", 4'200}}}}};
    CHECK(counter.till->post("/v1/holds", basket.dump()).body.at("kept") == false);
    counter.sell("T-1", "", {{"basket", "B-1"}});
    CHECK(counter.count("\"points_earned\":42") == 1);
    counter.sell("T-2", "");
    CHECK(counter.count("\"points_earned\":42") == 1);
  }
}

TEST_CASE("Whoever was named for a kept basket is named for no sale after it") {
  Counter counter{Before::nobody};
  const auto code = counter.service->shop()->terminal().member_code(base::MemberId{88});
  counter.sell("T-0", code);  // brings a coupon
  REQUIRE(counter.screen->send(link::Code{code}));
  counter.wait_for("card");
  const json basket{{"store", 11},
                    {"till", "till-1"},
                    {"basket", "B-1"},
                    {"currency", "CNY"},
                    {"lines", {{{"id", "7"}, {"quantity", "1"}, {"net_minor", 4'200}}}}};
  CHECK(counter.till->post("/v1/holds", basket.dump()).body.at("kept") == true);
  counter.sell("T-1", "", {{"basket", "B-1"}});
  CHECK(counter.count("\"points_earned\":") == 2);
  counter.sell("T-2", "");
  CHECK(counter.count("\"points_earned\":") == 2);
}

TEST_CASE("A sale in another currency than the programme's is refused, and counts for nothing") {
  Till till;
  auto foreign = Till::sale("T-9", 400'000);
  foreign["currency"] = "JPY";
  const auto answer = till.till->post("/v1/sales", foreign.dump());
  CHECK(answer.status == 422);
  CHECK(answer.body.at("code") == "currency_mismatch");
  CHECK(answer.body.at("at") == "/currency");
  CHECK(till.till->get("/v1/sales/11/till-1/2026-11-21/T-9").status == 404);
}
