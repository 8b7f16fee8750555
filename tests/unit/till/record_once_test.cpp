// SPDX-License-Identifier: Apache-2.0
#include "hardware/till/record_once.h"
#include "sync/crypto/hash.h"

#include <catch2/catch_test_macros.hpp>

#include <nlohmann/json.hpp>

using namespace millpond;
using till::Once;

namespace {

ports::TillAnswer answer(int status, std::string_view json) {
  const auto view = base::view_of(json);
  return {status, {view.begin(), view.end()}};
}

struct Scripted final : ports::TillHandler {
  ports::TillAnswer stored = answer(404, R"({"code":"not_found"})");
  ports::TillAnswer told = answer(200, R"({"total_minor":6850})");
  std::vector<base::Hash> hashes;

  ports::TillAnswer sale(const ports::TillSale&, const base::Hash& hash) override {
    hashes.push_back(hash);
    return told;
  }
  ports::TillAnswer refund(const ports::TillRefund&, const base::Hash&) override { return {}; }
  ports::TillAnswer find_sale(const ports::TillSaleKey&) override { return stored; }
  ports::TillAnswer quote(const ports::TillBasket&, std::string_view) override { return {}; }
  ports::TillAnswer hold(const ports::TillBasket&, std::string_view) override { return {}; }
  ports::TillAnswer release(const std::string&, const std::string&) override { return {}; }
  ports::TillAnswer enrol(const ports::TillEnrolment&) override { return {}; }
  ports::TillAnswer look_up(const ports::TillLookup&) override { return {}; }
  ports::TillAnswer member(const std::string&) override { return {}; }
  ports::TillAnswer health() override { return {}; }
  ports::TillSentence explain(const base::Error&, std::string_view) override { return {}; }
};

ports::TillSale sample() {
  ports::TillSale sale;
  sale.key = {base::StoreId{1}, "T1", base::to_local_date({2026, 11, 21}), "42"};
  sale.currency = *base::parse_currency("CNY");
  sale.total_minor = 6850;
  sale.heard = "capture";
  return sale;
}

}  // namespace

TEST_CASE("A sale that came by another way is recorded once, and another amount is said") {
  REQUIRE(crypto::start());
  struct Row {
    ports::TillAnswer stored;
    ports::TillAnswer told;
    Once once;
    bool asks;
  };
  const auto none = answer(404, "{}");
  const auto good = answer(200, R"({"total_minor":6850,"heard":"capture"})");
  const Row rows[]{
      {none, good, Once::recorded, true},
      {good, good, Once::known, false},
      {answer(200, R"({"recorded":true})"), good, Once::changed, false},
      {answer(200, R"({"total_minor":6850,"sale_known":true})"), good, Once::changed, false},
      {answer(200, R"({"total_minor":6850})"), good, Once::known, false},
      {none, answer(200, R"({"total_minor":6850})"), Once::known, true},
      {answer(200, R"({"total_minor":6851})"), good, Once::changed, false},
      {answer(503, "{}"), good, Once::unavailable, false},
      {none, answer(409, R"({"code":"sale_changed"})"), Once::changed, true},
      {none, answer(503, R"({"code":"disk_full"})"), Once::unavailable, true},
      {none, answer(422, R"({"code":"sale_malformed"})"), Once::refused, true},
      {none, answer(503, "not JSON"), Once::unavailable, true},
  };
  for (const auto& row : rows) {
    Scripted handler;
    handler.stored = row.stored;
    handler.told = row.told;
    CHECK(till::record_once(handler, sample()).once == row.once);
    CHECK(handler.hashes.size() == (row.asks ? 1U : 0U));
    handler.hashes.clear();
    static_cast<void>(till::record_once(handler, sample(), true));
    CHECK(handler.hashes.empty());
  }
}

TEST_CASE("The same sale has the same hash, and a changed one another") {
  REQUIRE(crypto::start());
  Scripted handler;
  auto other = sample();
  other.total_minor = 1;
  for (const auto& sale : {sample(), sample(), other}) static_cast<void>(till::record_once(handler, sale));
  CHECK(handler.hashes.at(0) == handler.hashes.at(1));
  CHECK(handler.hashes.at(0) != handler.hashes.at(2));
}
