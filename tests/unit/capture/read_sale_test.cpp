// SPDX-License-Identifier: Apache-2.0
// Receipts of eleven kinds of tills through reader and templates: read as they are, or kept for review with the right
// reason; and never another amount when bytes change on their way.
#include "hardware/capture/read_sale.h"
#include "tests/support/receipt_source.h"

#include <catch2/catch_test_macros.hpp>

#include <random>
#include <set>

using namespace millpond;
using capture::Reading;
using capture::Reason;
using capture::Verdict;
using tests::SourceReceipt;

namespace {

std::vector<capture::Template> templates() {
  std::vector<capture::Template> all;
  for (const auto& document : tests::source_templates()) {
    auto parsed = capture::parse_template(document);
    if (!parsed) FAIL(parsed.error().detail << " in " << base::text_of(document));
    all.push_back(std::move(parsed).value());
  }
  return all;
}

std::string tenders_of(const ports::TillSale& sale) {
  static const char* const names[]{"cash", "card", "wechat_pay", "alipay", "points", "coupon", "gift_card", "other"};
  std::string text;
  for (const auto& tender : sale.tenders) {
    if (!text.empty()) text += ',';
    text += std::string{names[static_cast<int>(tender.type)]} + ":" + std::to_string(tender.amount_minor);
    if (tender.change_minor > 0) text += "-" + std::to_string(tender.change_minor);
  }
  return text;
}

std::map<std::string, std::string> values_of(const ports::TillSale& sale) {
  std::map<std::string, std::string> values{
      {"total", std::to_string(sale.total_minor)},         {"receipt", sale.key.transaction},
      {"date", base::format_date(sale.key.business_date)}, {"till", sale.key.till},
      {"lines", std::to_string(sale.lines.size())},        {"tenders", tenders_of(sale)}};
  if (!sale.member_code.empty()) values["member"] = sale.member_code;
  return values;
}

std::string_view verdict_name(Verdict verdict) {
  return verdict == Verdict::sale ? "sale" : verdict == Verdict::no_sale ? "no_sale" : "review";
}

}  // namespace

TEST_CASE("Every receipt is read as it is or kept for review, with all templates at hand") {
  const auto all = templates();
  const auto receipts = tests::source_receipts();
  CHECK(receipts.size() >= 30);
  std::set<std::string> tills;
  for (const auto& source : receipts) {
    CAPTURE(source.till, source.number);
    tills.insert(source.till);
    const auto reading = capture::read_sale(tests::read_source(source), all, tests::source_context());
    CAPTURE(reading.template_name, reading.detail, capture::reason_name(reading.reason));
    CHECK(verdict_name(reading.verdict) == source.verdict);
    if (source.verdict == "review") CHECK(capture::reason_name(reading.reason) == source.reason);
    if (source.verdict != "sale") continue;
    CHECK(values_of(reading.sale) == source.values);
    CHECK(reading.template_name == source.till);
    std::int64_t lines = 0;
    for (const auto& line : reading.sale.lines) lines += line.net_minor;
    CHECK(lines == reading.sale.total_minor);
  }
  CHECK(tills.size() >= 10);
}

TEST_CASE("What stands beside the amounts is read too") {
  const auto all = templates();
  for (const auto& source : tests::source_receipts()) {
    if (source.number != 1) continue;
    const auto sale = capture::read_sale(tests::read_source(source), all, tests::source_context()).sale;
    if (source.till == "tea_shop") {
      CHECK(sale.tenders.at(0).provider_transaction == "4200001234202611211234567890");
      CHECK(base::format_utc(sale.completed_at_ms) == "2026-11-21T02:42:00.000Z");
    }
    if (source.till == "convenience") {
      CHECK(sale.lines.at(0).sku == "6901028001234");
      CHECK(sale.lines.at(0).quantity == "2.000");
    }
    if (source.till == "restaurant") {
      CHECK(sale.lines.back().net_minor == 2'480);
      CHECK(base::format_utc(sale.completed_at_ms) == "2026-11-20T17:12:00.000Z");
    }
  }
}

// What is promised where a template reads items or tenders: one changed byte, or several, never bring another amount.
// A changed receipt number, till, day or member has nothing that contradicts it, and is not promised.
TEST_CASE("Changed bytes bring the same amount or a review, never another amount") {
  const auto all = templates();
  std::mt19937 rng{20261121};
  std::size_t read = 0;
  std::size_t kept = 0;
  for (const auto& source : tests::source_receipts()) {
    if (source.till == "generic_80mm") continue;  // its template has no redundancy
    const auto before = capture::read_sale(tests::read_source(source), all, tests::source_context());
    const auto check = [&](const base::Bytes& bytes) {
      auto receipt = tests::read_bytes(bytes, source.pages);
      receipt.lost_bytes = source.lost_bytes;
      const auto after = capture::read_sale(receipt, all, tests::source_context());
      if (after.verdict != Verdict::sale) {
        ++kept;
        return;
      }
      ++read;
      // A refund, a copy or a void becomes no sale by losing its mark unless that mark is all that tells it apart.
      if (before.verdict != Verdict::sale) return;
      if (after.sale.total_minor != before.sale.total_minor) {
        CAPTURE(source.till, source.number, base::text_of(bytes));
        CHECK(after.sale.total_minor == before.sale.total_minor);
      }
    };
    for (std::size_t at = 0; at < source.bytes.size(); ++at) {
      auto bytes = source.bytes;
      bytes[at] = static_cast<std::uint8_t>(rng());
      check(bytes);
      // The likeliest harm: a digit for a digit.
      if (source.bytes[at] >= '0' && source.bytes[at] <= '9') {
        bytes[at] = static_cast<std::uint8_t>('0' + (source.bytes[at] - '0' + 1 + rng() % 9) % 10);
        check(bytes);
      }
      bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at));
      check(bytes);
    }
    for (int round = 0; round < 200; ++round) {
      auto bytes = source.bytes;
      for (std::uint32_t i = 0, count = 2 + rng() % 4; i < count; ++i)
        bytes[rng() % bytes.size()] = static_cast<std::uint8_t>(rng());
      check(bytes);
    }
  }
  CHECK(read > 0);
  CHECK(kept > 0);
}

TEST_CASE("A refund with negative amounts stays a review when its mark is lost") {
  const auto all = templates();
  for (const auto& source : tests::source_receipts()) {
    if (source.reason != "refund") continue;
    auto receipt = tests::read_source(source);
    for (std::size_t i = 0; i < receipt.lines.size(); ++i) {
      auto without = receipt;
      without.lines.erase(without.lines.begin() + static_cast<std::ptrdiff_t>(i));
      CHECK(capture::read_sale(without, all, tests::source_context()).verdict == Verdict::review);
    }
  }
}

TEST_CASE("A template is refused with the place of what is wrong") {
  struct Row {
    const char* json;
    const char* at;
  };
  const std::string good = R"({"version":1,"name":"x","currency":"CNY","signature":["S"],"receipt":["R {receipt}"],)"
                           R"("date":["{date}"],"total":["T {amount}"])";
  CHECK(capture::parse_template(base::view_of(good + "}")).has_value());
  const std::vector<std::pair<std::string, std::string>> rows{
      {"", ""},
      {"[]", ""},
      {good + R"(,"totl":[]})", "/totl"},
      {good + R"(,"time":["at {hour}"]})", "/time/0"},
      {good + R"(,"time":["at"]})", "/time/0"},
      {good + R"(,"change":["C {amount}"]})", "/change"},
      {good + R"(,"adjustments":[{"sign":"add","line":"A {amount}"}]})", "/adjustments"},
      {good + R"(,"tenders":[{"type":"gold","line":"A {amount}"}]})", "/tenders/0/type"},
      {good + R"(,"tenders":[{"type":"cash","line":"A"}]})", "/tenders/0/line"},
      {good + R"(,"items":{"from":"*","until":"T","lines":[{"line":"{name} {amount}"}]}})", "/items/from"},
      {good + R"(,"items":{"from":"F","until":"T","lines":[]}})", "/items/lines"},
      {good + R"(,"dates":"dym"})", "/dates"},
      {R"({"version":2,"name":"x","kind":"no_sale","signature":["S"]})", "/version"},
      {R"({"version":1,"name":"x","kind":"no_sale","signature":[]})", "/signature"},
      {R"({"version":1,"name":"x","kind":"no_sale","signature":["S"],"total":["{amount}"]})", "/total"},
      {R"({"version":1,"name":"x","currency":"XXX","signature":["S"],"receipt":["{receipt}"],)"
       R"("date":["{date}"],"total":["{amount}"]})",
       "/currency"},
      {R"({"version":1,"name":"x","currency":"CNY","signature":["S"],"receipt":["{receipt}"],"date":["{date}"]})",
       "/total"},
  };
  for (const auto& [json, at] : rows) {
    CAPTURE(json);
    const auto parsed = capture::parse_template(base::view_of(json));
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().hint == at);
    CHECK_FALSE(parsed.error().detail.empty());
  }
}

TEST_CASE("Two templates that say as much of a receipt leave it to a person") {
  auto all = templates();
  const auto receipts = tests::source_receipts();
  const auto& source = receipts.front();
  const auto reading = [&] { return capture::read_sale(tests::read_source(source), all, tests::source_context()); };
  const auto chosen = reading().template_name;
  for (const auto& each : std::vector<capture::Template>{all}) {
    if (each.name == chosen) all.push_back(each);
  }
  CHECK(reading().reason == Reason::several_templates);
}
