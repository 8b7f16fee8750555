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
  int finds = 0;

  ports::TillAnswer sale(const ports::TillSale&, const base::Hash& hash) override {
    hashes.push_back(hash);
    return told;
  }
  ports::TillAnswer refund(const ports::TillRefund&, const base::Hash&) override { return {}; }
  ports::TillAnswer find_sale(const ports::TillSaleKey&) override {
    ++finds;
    return stored;
  }
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
    Once looked;
    const char* detail;
  };
  const auto again = [](ports::TillAnswer told) {
    told.repeated = true;
    return told;
  };
  const auto changed = answer(409, R"({"code":"sale_changed"})");
  const auto none = answer(404, "{}");
  const auto good = answer(200, R"({"total_minor":6850,"heard":"capture"})");
  const Row rows[]{
      {none, good, Once::recorded, Once::recorded, ""},
      {good, again(good), Once::known, Once::known, ""},
      {answer(200, R"({"total_minor":6850})"), again(answer(200, R"({"total_minor":6850})")), Once::known, Once::known,
       ""},
      {answer(200, R"({"recorded":true})"), changed, Once::changed, Once::changed, "no total"},
      {answer(200, R"({"total_minor":6850,"sale_known":true})"), changed, Once::changed, Once::changed, "no total"},
      {answer(200, R"({"total_minor":6851})"), changed, Once::changed, Once::changed, "6851"},
      {none, changed, Once::changed, Once::recorded, "sale_changed"},  // gone meanwhile
      {answer(503, R"({"code":"disk_full"})"), answer(503, R"({"code":"disk_full"})"), Once::unavailable,
       Once::unavailable, "disk_full"},
      {none, answer(422, R"({"code":"sale_malformed"})"), Once::refused, Once::recorded, "sale_malformed"},
      {none, answer(503, "not JSON"), Once::unavailable, Once::recorded, "503"},
  };
  for (const auto& row : rows) {
    Scripted handler;
    handler.stored = row.stored;
    handler.told = row.told;
    const auto once = till::record_once(handler, sample());
    CHECK(once.once == row.once);
    CHECK(once.detail == row.detail);
    CHECK(handler.hashes.size() == 1);
    // Only what differs is asked for: what there is is told in the sale's own turn.
    CHECK(handler.finds == (row.once == Once::changed ? 1 : 0));
    handler.hashes.clear();
    CHECK(till::record_once(handler, sample(), true).once == row.looked);
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
