// SPDX-License-Identifier: Apache-2.0
#include "hardware/till/sale_json.h"
#include "sync/base/rng.h"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace millpond;
using base::Code;

namespace {

const std::string good = R"({
  "store": 1, "till": "T1", "business_date": "2026-11-21", "transaction": "0042", "state": "paid",
  "completed_at": "2026-11-21T10:42:00+08:00", "currency": "CNY", "total_minor": 6850, "tax_minor": 388,
  "eligible_minor": 6050,
  "lines": [
    {"id": "1", "sku": "6901234567892", "quantity": "2", "category": "tea", "net_minor": 6000, "discount_minor": 400},
    {"id": "2", "quantity": "0.350", "net_minor": 850}
  ],
  "tenders": [{"type": "wechat_pay", "amount_minor": 6050}, {"type": "coupon", "amount_minor": 800}],
  "member_code": "K1:MEMBER", "redemptions": ["K1:COUPON"], "operator": "amy", "training": false
})";

std::string changed(const std::string& what, const std::string& by) {
  auto body = good;
  const auto at = body.find(what);
  REQUIRE(at != std::string::npos);
  return body.replace(at, what.size(), by);
}

base::Result<ports::TillSale> parse(const std::string& body) { return till::parse_sale(base::view_of(body)); }

}  // namespace

TEST_CASE("A complete sale is read field by field") {
  const auto sale = parse(good);
  REQUIRE(sale.has_value());
  CHECK(sale->key.store == base::StoreId{1});
  CHECK(sale->key.till == "T1");
  CHECK(sale->key.business_date == base::to_local_date({2026, 11, 21}));
  CHECK(sale->key.transaction == "0042");
  CHECK(base::format_utc(sale->completed_at_ms) == "2026-11-21T02:42:00.000Z");
  CHECK(sale->currency.view() == "CNY");
  CHECK(sale->total_minor == 6850);
  CHECK(sale->tax_minor == 388);
  CHECK(sale->eligible_minor == 6050);
  REQUIRE(sale->lines.size() == 2);
  CHECK(sale->lines[0].discount_minor == 400);
  CHECK(sale->lines[1].quantity == "0.350");
  REQUIRE(sale->tenders.size() == 2);
  CHECK(sale->tenders[1].points == 0);
  CHECK(sale->tenders[1].type == ports::TillTenderType::coupon);
  CHECK(sale->member_code == "K1:MEMBER");
  CHECK(sale->redemptions == std::vector<std::string>{"K1:COUPON"});
  CHECK(sale->operator_id == "amy");
  CHECK_FALSE(sale->training);
}

TEST_CASE("What a till may leave out has the plain meaning") {
  const auto sale = parse(R"({"store":1,"till":"T","business_date":"2026-11-21","transaction":"1","state":"paid",
    "completed_at":"2026-11-21T02:42:00Z","currency":"JPY","total_minor":5,
    "lines":[{"id":"1","quantity":"1","net_minor":5}],"tenders":[{"type":"cash","amount_minor":5}]})");
  REQUIRE(sale.has_value());
  CHECK(sale->eligible_minor == 5);
  CHECK(sale->tax_minor == 0);
  CHECK(sale->member_code.empty());
  CHECK(sale->redemptions.empty());
  CHECK_FALSE(sale->training);
}

TEST_CASE("A line that the till excludes earns nothing, and the rest is eligible unless the till says less") {
  auto body = changed("\"eligible_minor\": 6050,", "");
  body.replace(body.find("\"net_minor\": 850"), 16,
               R"("net_minor": 850, "eligible": false, "modifiers": ["less ice"])");
  const auto sale = parse(body);
  REQUIRE(sale.has_value());
  CHECK_FALSE(sale->lines[0].excluded);
  CHECK(sale->lines[1].excluded);
  CHECK(sale->lines[1].modifiers == std::vector<std::string>{"less ice"});
  CHECK(sale->eligible_minor == 6'000);
  body.replace(body.find("\"lines\""), 0, "\"eligible_minor\": 5999, ");
  CHECK(parse(body)->eligible_minor == 5'999);
  body.replace(body.find("5999"), 4, "6001");
  CHECK(parse(body).error().hint == "/eligible_minor");
}

TEST_CASE("A tender in points says how many are to be spent, or that somebody else has") {
  const std::string tender = R"("type": "coupon", "amount_minor": 800)";
  CHECK(parse(changed(tender, R"("type": "points", "amount_minor": 800, "points": 80)"))->tenders[1].points == 80);
  CHECK(parse(changed(tender, R"("type": "points", "amount_minor": 800)"))->tenders[1].points == 0);
}

TEST_CASE("A training sale is marked as one") {
  CHECK(parse(changed("\"training\": false", "\"training\": true")).value().training);
}

TEST_CASE("A malformed sale is refused by the place that is wrong") {
  struct Row {
    const char* name;
    std::string body;
    Code code;
    const char* at;
  };
  const auto swap = [](const char* what, const char* by) { return changed(what, by); };
  const Row rows[]{
      {"nothing", "", Code::sale_malformed, ""},
      {"no JSON", "paid 68.50", Code::sale_malformed, ""},
      {"a list", "[]", Code::sale_malformed, ""},
      {"cut off", good.substr(0, good.size() - 1), Code::sale_malformed, ""},
      {"something behind it", good + "x", Code::sale_malformed, ""},
      {"bytes that are no text", changed("amy", "\xff\xfe"), Code::sale_malformed, ""},
      {"a comment", changed("\"store\"", "/* here */ \"store\""), Code::sale_malformed, ""},
      {"an unknown member", swap("\"store\": 1,", "\"store\": 1, \"stoer\": 1,"), Code::sale_malformed, "/stoer"},
      {"an unknown member of a line", swap("\"id\": \"2\",", "\"id\": \"2\", \"nett\": 1,"), Code::sale_malformed,
       "/lines/1/nett"},
      {"a member twice", swap("\"store\": 1,", "\"store\": 1, \"store\": 2,"), Code::sale_malformed, "/store"},
      {"no store", swap("\"store\": 1,", ""), Code::sale_malformed, "/store"},
      {"store 0", swap("\"store\": 1,", "\"store\": 0,"), Code::sale_malformed, "/store"},
      {"a store as text", swap("\"store\": 1,", "\"store\": \"1\","), Code::sale_malformed, "/store"},
      {"no till", swap("\"till\": \"T1\",", ""), Code::sale_malformed, "/till"},
      {"an empty till", swap("\"T1\"", "\"\""), Code::sale_malformed, "/till"},
      {"a control character", swap("\"T1\"", "\"T\\u0007\""), Code::sale_malformed, "/till"},
      {"a day that does not exist", swap("2026-11-21\"", "2026-02-30\""), Code::sale_malformed, "/business_date"},
      {"a time without a zone", swap("+08:00", ""), Code::sale_malformed, "/completed_at"},
      {"money with a fraction", swap("6850, \"tax", "6850.0, \"tax"), Code::sale_malformed, "/total_minor"},
      {"money as text", swap("6850, \"tax", "\"6850\", \"tax"), Code::sale_malformed, "/total_minor"},
      {"money beyond any basket", swap("6850, \"tax", "99999999999999999999, \"tax"), Code::sale_malformed,
       "/total_minor"},
      {"negative money", swap("6850, \"tax", "-6850, \"tax"), Code::sale_malformed, "/total_minor"},
      {"a total that its lines do not make", swap("\"net_minor\": 850", "\"net_minor\": 851"), Code::sale_malformed,
       "/total_minor"},
      {"a total that was not paid in full", swap("\"amount_minor\": 800", "\"amount_minor\": 799"),
       Code::sale_malformed, "/tenders"},
      {"more eligible than paid", swap("6050,", "6851,"), Code::sale_malformed, "/eligible_minor"},
      {"more tax than total", swap("388", "6851"), Code::sale_malformed, "/tax_minor"},
      {"a quantity as a number", swap("\"2\", \"category\"", "2, \"category\""), Code::sale_malformed,
       "/lines/0/quantity"},
      {"a quantity that is no number", swap("\"0.350\"", "\"0.3.5\""), Code::sale_malformed, "/lines/1/quantity"},
      {"a negative quantity", swap("\"0.350\"", "\"-1\""), Code::sale_malformed, "/lines/1/quantity"},
      {"a line that is no object", swap("{\"id\": \"2\", \"quantity\": \"0.350\", \"net_minor\": 850}", "850"),
       Code::sale_malformed, "/lines/1"},
      {"an unknown tender", swap("wechat_pay", "bitcoin"), Code::sale_malformed, "/tenders/0/type"},
      {"points of another tender",
       swap("\"type\": \"coupon\", \"amount_minor\": 800",
            "\"type\": \"coupon\", \"amount_minor\": 800, \"points\": 80"),
       Code::sale_malformed, "/tenders/1/points"},
      {"no points",
       swap("\"type\": \"coupon\", \"amount_minor\": 800",
            "\"type\": \"points\", \"amount_minor\": 800, \"points\": 0"),
       Code::sale_malformed, "/tenders/1/points"},
      {"redemptions as text", swap("[\"K1:COUPON\"]", "\"K1:COUPON\""), Code::sale_malformed, "/redemptions"},
      {"too many redemptions", swap("[\"K1:COUPON\"]", R"(["1","2","3","4","5","6"])"), Code::sale_malformed,
       "/redemptions"},
      {"training as a number", swap("\"training\": false", "\"training\": 0"), Code::sale_malformed, "/training"},
      {"not paid yet", swap("\"paid\"", "\"open\""), Code::sale_not_paid, "/state"},
      {"an unknown currency", swap("CNY", "XYZ"), Code::currency_mismatch, "/currency"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    const auto sale = parse(row.body);
    REQUIRE_FALSE(sale.has_value());
    CHECK(base::code_name(sale.error().code) == base::code_name(row.code));
    CHECK(sale.error().hint == row.at);
  }
}

TEST_CASE("Depth, lengths and counts are bounded") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK_FALSE(parse(changed("\"store\": 1,", "\"store\": 1, \"x\": " + nested(100'000) + ",")).has_value());
  CHECK_FALSE(parse(nested(200'000)).has_value());
  CHECK_FALSE(parse(changed("amy", std::string(65, 'a'))).has_value());
  std::string lines;
  for (int i = 0; i < 501; ++i) lines += R"({"id":"9","quantity":"1","net_minor":0},)";
  CHECK_FALSE(parse(changed("{\"id\": \"2\"", lines + "{\"id\": \"2\"")).has_value());
}

TEST_CASE("What is kept may bring somebody's approval, and a quote, which keeps nothing, may not") {
  const std::string_view basket = R"({"store": 7, "till": "T1", "basket": "b", "currency": "CNY",
      "lines": [{"id": "1", "quantity": "1", "net_minor": 100}], "approval": {"staff": 4, "pin": "825917"}})";
  const auto kept = till::parse_basket(base::view_of(basket), true);
  REQUIRE(kept);
  REQUIRE(kept->approval);
  CHECK(kept->approval->staff == base::StaffId{4});
  CHECK(kept->approval->pin == "825917");
  const auto quoted = till::parse_basket(base::view_of(basket), false);
  REQUIRE_FALSE(quoted);
  CHECK(quoted.error().code == base::Code::bad_input);
}

TEST_CASE("An enrolment holds a phone and perhaps an approval, and no consent, which is the member's to give") {
  struct Row {
    const char* body;
    bool good;
  };
  const Row rows[]{{R"({"phone": "+8613800138000"})", true},
                   {R"({"phone": "13800138000", "approval": {"staff": 3, "pin": "825917"}})", true},
                   {R"({"phone": "13800138000", "approval": {"staff": 3}})", false},
                   {R"({"phone": "13800138000", "approval": {"staff": -3, "pin": "825917"}})", false},
                   {R"({"phone": ""})", false},
                   {R"({})", false},
                   {R"({"phone": 13800138000})", false},
                   {R"({"phone": "+8613800138000", "consents": ["marketing"]})", false}};
  for (const auto& row : rows) {
    CAPTURE(row.body);
    CHECK(till::parse_enrolment(base::view_of(row.body)).has_value() == row.good);
  }
}

TEST_CASE("Twenty thousand damaged sales are read or refused, never worse") {
  constexpr std::string_view interesting = "{}[]\":,0123456789.eE-+\\u tfn\xff\x00";
  base::SeededRng rng{42};
  std::size_t refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    auto body = good;
    for (auto changes = 1 + rng.below(4); changes > 0; --changes) {
      const auto at = rng.below(body.size());
      switch (rng.below(4)) {
        case 0:
          body[at] = interesting[rng.below(interesting.size())];
          break;
        case 1:
          body.erase(at, 1 + rng.below(8));
          break;
        case 2:
          body.insert(at, 1, interesting[rng.below(interesting.size())]);
          break;
        default:
          body.insert(at, body.substr(rng.below(body.size()), rng.below(40)));
          break;
      }
    }
    const auto sale = parse(body);
    if (sale) {
      std::int64_t lines = 0;
      for (const auto& line : sale->lines) lines += line.net_minor;
      if (lines != sale->total_minor) FAIL("sums that do not agree were accepted: " << body);
    } else {
      ++refused;
    }
  }
  CHECK(refused > 15'000);
}
