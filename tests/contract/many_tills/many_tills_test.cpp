// SPDX-License-Identifier: Apache-2.0
// A thousand tills at one terminal, each with its own key, over the real gateway into a real journal.
// All of them sell in the same moment: 32 are served, 256 wait, and whoever is sent away comes back when it is told to.
#include "hardware/till/gateway.h"
#include "sync/crypto/hash.h"
#include "tests/support/openapi.h"
#include "tests/support/raw_line.h"
#include "tests/unit/service/counter.h"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <charconv>
#include <chrono>
#include <mutex>
#include <poll.h>
#include <thread>

namespace millpond::tests {
namespace {

constexpr std::size_t tills = 1'000;
constexpr std::size_t let_in = 288;  // served and waiting
constexpr std::size_t at_once = 64;  // of those that ask again
constexpr int patience_ms = 60'000;

using Moment = std::chrono::steady_clock::time_point;

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
  // A whole signed request that ends its connection, as it stands on the line.
  [[nodiscard]] std::string request(std::size_t number) const {
    const auto body = sale(number).dump();
    const auto timestamp = std::to_string(base::system_clock().wall_ms() / 1'000);
    std::array<std::uint8_t, 8> random{};
    crypto::system_rng().fill(random);
    const auto nonce = base::to_hex(random);
    const auto signature = till::sign_request(keys[number], timestamp, nonce, "POST", "/v1/sales", base::view_of(body));
    std::string text = "POST /v1/sales HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept-Language: zh-CN\r\n";
    const auto add = [&](std::string_view name, const std::string& value) {
      text.append(name).append(": ").append(value).append("\r\n");
    };
    add("Content-Length", std::to_string(body.size()));
    add(till::header_key, keys[number].id);
    add(till::header_timestamp, timestamp);
    add(till::header_nonce, nonce);
    add(till::header_signature, signature);
    return text + "\r\n" + body;
  }
  [[nodiscard]] std::uint16_t port() const {
    const auto url = counter.service->gateway_url();
    return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
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

struct Answer {
  int status{};
  json body;
  int retry_after_s{};  // 0: not told
};

Answer read_answer(tests::RawLine& line) {
  const auto text = line.read_all();
  Answer answer;
  const auto number = [&](std::string_view before, int& into) {
    const auto at = text.find(before);
    if (at != std::string::npos) std::from_chars(text.data() + at + before.size(), text.data() + text.size(), into);
  };
  number("HTTP/1.1 ", answer.status);
  number("\r\nRetry-After: ", answer.retry_after_s);
  const auto end = text.find("\r\n\r\n");
  if (end != std::string::npos) answer.body = json::parse(text.substr(end + 4), nullptr, false);
  return answer;
}

// Until as many lines have something to read; which ones have.
std::vector<bool> wait_readable(const std::vector<std::unique_ptr<tests::RawLine>>& lines, std::size_t wanted) {
  std::vector<bool> readable(lines.size());
  const auto gives_up = std::chrono::steady_clock::now() + std::chrono::milliseconds{patience_ms};
  while (static_cast<std::size_t>(std::ranges::count(readable, true)) < wanted) {
    std::vector<pollfd> waiting;
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (readable[i]) continue;
      waiting.push_back({lines[i]->descriptor(), POLLIN, 0});
      numbers.push_back(i);
    }
    REQUIRE(std::chrono::steady_clock::now() < gives_up);
    if (::poll(waiting.data(), waiting.size(), 100) <= 0) continue;
    for (std::size_t i = 0; i < waiting.size(); ++i) readable[numbers[i]] = waiting[i].revents != 0;
  }
  return readable;
}

// What the tills were told, each until its sale was acknowledged.
struct Told {
  std::map<std::size_t, json> answers;           // of what was acknowledged, by till
  std::multimap<Moment, std::size_t> back_at{};  // who was sent away, by when it was told to come again
  std::size_t wrong{};                           // neither, or not as the description says
  const GatewayDescription description{};

  void hear(std::size_t number, const Answer& answer) {
    const bool described = description.misfit("POST", "/v1/sales", answer.status, answer.body).empty();
    if (answer.status == 200 && described) {
      if (!answers.emplace(number, answer.body).second) ++wrong;
    } else if (answer.status == 503 && described && answer.retry_after_s >= 1 &&
               answer.body.at("code") == "overloaded") {
      back_at.emplace(std::chrono::steady_clock::now() + std::chrono::seconds{answer.retry_after_s}, number);
    } else {
      ++wrong;
    }
  }
};

TEST_CASE("A thousand tills sell at once, each sale counts once, and no till can sell for another") {
  const Shopful shop;
  Told told;
  {
    // The last byte stays back until everybody's request is there, so that all are in flight in one moment.
    std::vector<std::unique_ptr<RawLine>> lines;
    for (std::size_t number = 0; number < tills; ++number) {
      lines.push_back(std::make_unique<RawLine>(shop.port()));
      REQUIRE(lines.back()->connected());
    }
    std::vector<char> last;
    for (std::size_t number = 0; number < tills; ++number) {
      auto text = shop.request(number);
      last.push_back(text.back());
      text.pop_back();
      REQUIRE(lines[number]->send(text));
    }
    const auto sent_away = wait_readable(lines, tills - let_in);
    REQUIRE(static_cast<std::size_t>(std::ranges::count(sent_away, false)) == let_in);
    for (std::size_t number = 0; number < tills; ++number) {
      if (!sent_away[number]) REQUIRE(lines[number]->send({&last[number], 1}));
    }
    for (std::size_t number = 0; number < tills; ++number) told.hear(number, read_answer(*lines[number]));
  }
  CHECK(told.answers.size() == let_in);
  CHECK(told.back_at.size() == tills - let_in);
  while (!told.back_at.empty()) {
    std::this_thread::sleep_until(told.back_at.begin()->first);
    const auto due = told.back_at.upper_bound(std::chrono::steady_clock::now());
    std::vector<std::size_t> numbers;
    std::vector<std::unique_ptr<RawLine>> lines;
    for (auto each = told.back_at.begin(); each != due; ++each) numbers.push_back(each->second);
    told.back_at.erase(told.back_at.begin(), due);
    for (const auto number : numbers) {
      lines.push_back(std::make_unique<RawLine>(shop.port()));
      REQUIRE(lines.back()->send(shop.request(number)));
    }
    for (std::size_t i = 0; i < numbers.size(); ++i) told.hear(numbers[i], read_answer(*lines[i]));
  }
  CHECK(told.wrong == 0);
  CHECK(told.answers.size() == tills);

  std::mutex mutex;
  std::map<std::string, std::uint64_t> acknowledged;  // event by till
  std::size_t wrong = 0;
  shop.by_all([&](std::size_t number) {
    auto till = shop.till(number);
    const auto again = till.post("/v1/sales", shop.sale(number).dump());  // as if the answer had been lost
    const auto for_another = till.post("/v1/sales", shop.sale((number + 1) % tills).dump());
    const std::lock_guard lock{mutex};
    acknowledged[shop.keys[number].till] = again.body.at("event").get<std::uint64_t>();
    if (again.status != 200 || again.body != told.answers.at(number) || for_another.status != 401) ++wrong;
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
