// SPDX-License-Identifier: Apache-2.0
// A thousand tills at one terminal, each with its own key, over the real gateway into a real journal.
#include "tests/unit/service/counter.h"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <mutex>
#include <thread>

namespace millpond::tests {
namespace {

constexpr std::size_t tills = 1'000;
constexpr std::size_t at_once = 64;

struct Shopful {
  Counter counter{Before::nobody};
  std::vector<till::Key> keys;

  Shopful() {
    for (std::size_t i = 0; i < tills; ++i) {
      auto key = counter.service->add_till("lane-" + std::to_string(i));
      REQUIRE(key);
      keys.push_back(std::move(*key));
    }
  }
  [[nodiscard]] demo::Till till(std::size_t number) const {
    const auto& key = keys[number];
    return {counter.service->gateway_url(), key.till, key.id, base::to_hex(key.secret)};
  }
  [[nodiscard]] json sale(std::size_t number) const {
    const auto total_minor = 1'000 + static_cast<std::int64_t>(number);
    return {{"store", 11},
            {"till", keys[number].till},
            {"business_date", "2026-11-21"},
            {"transaction", "1"},  // every till begins its day with it
            {"state", "paid"},
            {"completed_at", "2026-11-21T12:00:00+08:00"},
            {"currency", "CNY"},
            {"total_minor", total_minor},
            {"lines", {{{"id", "1"}, {"quantity", "1"}, {"net_minor", total_minor}}}},
            {"tenders", {{{"type", "cash"}, {"amount_minor", total_minor}}}}};
  }
  void by_all(const std::function<void(std::size_t)>& sell) const {
    std::atomic<std::size_t> next{0};
    std::vector<std::thread> running;
    for (std::size_t i = 0; i < at_once; ++i) {
      running.emplace_back([&] {
        for (auto number = next++; number < tills; number = next++) sell(number);
      });
    }
    for (auto& thread : running) thread.join();
  }
};

TEST_CASE("A thousand tills sell at once, each sale counts once, and no till can sell for another") {
  const Shopful shop;
  std::mutex mutex;
  std::map<std::string, std::uint64_t> acknowledged;  // event by till
  std::size_t wrong = 0;
  shop.by_all([&](std::size_t number) {
    auto till = shop.till(number);
    const auto body = shop.sale(number).dump();
    const auto first = till.post("/v1/sales", body);
    const auto again = till.post("/v1/sales", body);  // as if the answer had been lost
    const auto for_another = till.post("/v1/sales", shop.sale((number + 1) % tills).dump());
    const std::lock_guard lock{mutex};
    if (first.status == 200) acknowledged[shop.keys[number].till] = first.body.at("event").get<std::uint64_t>();
    if (first.status != 200 || again.status != 200 || again.body != first.body || for_another.status != 401) ++wrong;
  });
  CHECK(wrong == 0);
  CHECK(acknowledged.size() == tills);

  std::map<std::string, std::vector<std::uint64_t>> recorded;
  std::int64_t total_minor = 0;
  std::size_t disputes = 0;
  REQUIRE(shop.counter.service->shop()->journal().with([&](store::Journal& journal) {
    const auto entries = journal.entries(100'000, false);
    REQUIRE(entries);
    for (const auto& entry : *entries) {
      disputes += std::holds_alternative<model::SaleDisputed>(entry.fact.body) ? 1 : 0;
      const auto* const sale = std::get_if<model::SaleRecorded>(&entry.fact.body);
      if (sale == nullptr) continue;
      recorded[sale->key.till].push_back(entry.fact.stamp.seq.value);
      total_minor += sale->total_minor;
    }
  }));
  CHECK(disputes == 0);
  CHECK(total_minor == 1'000 * tills + tills * (tills - 1) / 2);
  REQUIRE(recorded.size() == tills);
  std::size_t different = 0;
  for (const auto& [till, events] : recorded) {
    const bool same = events.size() == 1 && acknowledged.contains(till) && acknowledged.at(till) == events.front();
    different += same ? 0 : 1;
  }
  CHECK(different == 0);
}

}  // namespace
}  // namespace millpond::tests
