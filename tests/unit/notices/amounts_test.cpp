// SPDX-License-Identifier: Apache-2.0
#include "sync/notices/fields.h"
#include "sync/notices/local_time.h"
#include "sync/notices/told_sale.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using notices::minor_of;

namespace {

const auto cny = *base::parse_currency("CNY");
const auto jpy = *base::parse_currency("JPY");

std::string misfit_of(std::string_view json, const std::function<void(notices::Fields&)>& read) {
  auto document = notices::Document::parse(base::view_of(json));
  if (!document) return document.error().detail;
  auto top = document->top();
  read(top);
  const auto checked = document->check();
  return checked ? "" : checked.error().detail;
}

}  // namespace

TEST_CASE("An amount in major units becomes minor ones without a binary fraction in between") {
  struct Row {
    std::string_view text;
    base::Currency currency;
    bool exact;
    std::optional<std::int64_t> minor;
  };
  for (const auto& [text, currency, exact, minor] :
       std::initializer_list<Row>{{"0", cny, true, 0},
                                  {"20.00", cny, true, 2'000},
                                  {"0.07", cny, true, 7},
                                  {"20.5", cny, true, 2'050},
                                  {"20.500", cny, true, 2'050},
                                  {"20.005", cny, true, std::nullopt},
                                  {"59.800000000000004", cny, false, 5'980},
                                  {"59.799999999999997", cny, false, 5'980},
                                  {"-18.0", cny, false, -1'800},
                                  {"1.4210854715202004e-14", cny, false, 0},
                                  {"1e3", cny, false, std::nullopt},
                                  {"1e-3", cny, false, std::nullopt},
                                  {"1e-05", cny, true, std::nullopt},
                                  {"120", jpy, true, 120},
                                  {"120.5", jpy, false, 121},
                                  {"10000000000.00", cny, true, 1'000'000'000'000},
                                  {"10000000000.01", cny, true, std::nullopt},
                                  {"99999999999999", cny, true, std::nullopt},
                                  {"", cny, false, std::nullopt},
                                  {".5", cny, false, std::nullopt},
                                  {"5.", cny, false, std::nullopt},
                                  {"+5", cny, false, std::nullopt},
                                  {"--5", cny, false, std::nullopt},
                                  {"5,00", cny, false, std::nullopt}}) {
    CAPTURE(text);
    CHECK(minor_of(text, currency, exact) == minor);
  }
}

TEST_CASE("A quantity keeps three digits and loses its sign") {
  CHECK(notices::quantity_of("2.0") == "2");
  CHECK(notices::quantity_of("-1.0") == "1");
  CHECK(notices::quantity_of("0.350") == "0.35");
  CHECK(notices::quantity_of("0.35000000000000003") == "0.35");
  CHECK(notices::quantity_of("x").empty());
  CHECK(notices::quantity_of("").empty());
}

TEST_CASE("A way of paying is known by its words") {
  CHECK(notices::tender_type_of("WeChat Pay") == model::TenderType::wechat_pay);
  CHECK(notices::tender_type_of("支付宝当面付") == model::TenderType::alipay);
  CHECK(notices::tender_type_of("Gift Card") == model::TenderType::gift_card);
  CHECK(notices::tender_type_of("Credit Card") == model::TenderType::card);
  CHECK(notices::tender_type_of("Cheque") == model::TenderType::other);
}

TEST_CASE("A time without a zone is the one of its place") {
  CHECK(notices::local_time_ms("2026-11-18 19:06:33", 480) == base::parse_rfc3339("2026-11-18T11:06:33Z"));
  CHECK(notices::local_time_ms("2026-11-18 9:05:01.250000", 0) == base::parse_rfc3339("2026-11-18T09:05:01.250Z"));
  CHECK_FALSE(notices::local_time_ms("2026-11-18", 0));
  CHECK_FALSE(notices::local_time_ms("2026-11-18T19:06:33", 0));
  CHECK_FALSE(notices::local_time_ms("2026-02-30 10:00:00", 0));
  CHECK_FALSE(notices::local_time_ms("2026-11-18 25:00:00", 0));
}

TEST_CASE("What a document may not be is refused before a field is read") {
  const auto nothing = [](notices::Fields&) {};
  std::string deep = "{\"a\":";
  for (int i = 0; i < 16; ++i) deep += "[";
  for (int i = 0; i < 16; ++i) deep += "]";
  CHECK(misfit_of(deep + "}", nothing) == "is more than 16 levels deep");
  CHECK(misfit_of(R"({"a":1,"b":2,"a":3})", nothing) == "has a member twice");
  CHECK(misfit_of(R"({"x":[{"a":1,"a":1}]})", nothing) == "has a member twice");
  CHECK(misfit_of("[1]", nothing) == "is no object");
  CHECK(misfit_of("1", nothing) == "is no object");
  CHECK(misfit_of("{\"a\":1} x", nothing).starts_with("is no JSON"));
  CHECK(misfit_of("{\"a\":\"\xff\"}", nothing).starts_with("is no JSON"));
  CHECK(misfit_of("", nothing).starts_with("is no JSON"));
  const auto long_text = "{\"a\":\"" + std::string(notices::notice_bytes_max, 'x') + "\"}";
  CHECK(notices::Document::parse(base::view_of(long_text)).error().code == base::Code::too_large);
}

TEST_CASE("The first field that does not fit is named, and never what it held") {
  const auto text = R"({"t":"secret\u0001","n":"7","f":1.5,"o":[],"l":[1],"d":true})";
  CHECK(misfit_of(text, [](auto& top) { top.text("t"); }) == "t is too long, or has control characters");
  CHECK(misfit_of(text, [](auto& top) { top.number("n"); }) == "n must be a whole number");
  CHECK(misfit_of(text, [](auto& top) { top.number("f"); }) == "f must be a whole number");
  CHECK(misfit_of(text, [](auto& top) { top.number("none"); }) == "none is missing");
  CHECK(misfit_of(text, [](auto& top) { top.object("o", [](auto&) {}); }) == "o must be an object");
  CHECK(misfit_of(text, [](auto& top) { top.each("l", [](auto&) {}); }) == "l must be a list of objects");
  CHECK(misfit_of(text, [](auto& top) { top.decimal("d"); }) == "d must be a number");
  CHECK(misfit_of(text, [](auto& top) { CHECK(top.decimal("f") == "1.5"); }).empty());
  CHECK(misfit_of(R"({"a":[7,"x"],"b":"y","c":false,"d":[1,2,3]})", [](auto& top) {
          CHECK(top.link("a").first == "7");
          CHECK(top.link("a").name == "x");
          CHECK(top.link("b").name == "y");
          CHECK(top.link("c").name.empty());
          top.link("d");
        }) == "d must name a record");
}
