// SPDX-License-Identifier: Apache-2.0
// gateway: what a posted sale costs a till: HTTP, signature, JSON, the sale with its points and coupon, and the durable
// commit, through a whole service in this process. Against the same sales handed to the till counter without HTTP, in
// turns. On the disk as it is, and with 8 ms added to every sync. No hub is there, and no printer: slips are queued and
// not drawn, which a terminal does on a thread of its own.
#include "hardware/till/sale_json.h"
#include "kiosk/service/service.h"
#include "kiosk/service/till_keys.h"
#include "sync/net/http_client.h"
#include "tests/bench/bench.h"
#include "tests/support/brand.h"
#include "tests/support/slow_sync_vfs.h"
#include "tests/unit/terminal/shop_programme.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>
#include <thread>

namespace millpond::bench {
namespace {

using Clock = std::chrono::steady_clock;
using base::Result;

constexpr std::int64_t slow_sync_us = 8'000;                // as commit_rows.cpp has it
constexpr std::int64_t opened_wall_ms = 1'795'233'600'000;  // 2026-11-21, within the days of a Brand's certificates
constexpr const char* business_date = "2026-11-21";
constexpr std::size_t tills = 20;
constexpr std::size_t crowd = 1'000;  // tills that sell in one moment; 32 are served and 256 wait
constexpr double paced_per_s = 50;
constexpr int served = 200;
constexpr int sent_away = 503;

// A day on which certificates are good, from the start of the benchmark on.
class ThatDay final : public base::Clock {
 public:
  [[nodiscard]] std::int64_t wall_ms() const override { return opened_wall_ms + monotonic_ms() - began_ms_; }
  [[nodiscard]] std::int64_t monotonic_ms() const override { return base::system_clock().monotonic_ms(); }

 private:
  const std::int64_t began_ms_ = base::system_clock().monotonic_ms();
};

double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

double percentile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

// A provisioned service, open for tills, in a folder of its own.
class OpenShop {
 public:
  [[nodiscard]] static Result<std::unique_ptr<OpenShop>> open(std::filesystem::path folder) {
    std::unique_ptr<OpenShop> shop{new OpenShop{std::move(folder)}};
    MILLPOND_TRY_DO(shop->provision());
    for (std::size_t i = 0; i < crowd; ++i) {
      MILLPOND_TRY(shop->keys_.emplace_back(), shop->service_->add_till("till-" + std::to_string(i)));
    }
    auto& terminal = shop->service_->shop()->terminal();
    for (std::size_t i = 0; i < tills; ++i) {
      MILLPOND_TRY(const auto member,
                   terminal.enrol({"1380013" + std::to_string(8'000 + i), {}, model::Channel::gateway}));
      shop->member_codes_.push_back(terminal.member_code(member.member));
    }
    return shop;
  }
  ~OpenShop() {
    service_->stop();
    if (loop_.joinable()) loop_.join();
    service_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  OpenShop(const OpenShop&) = delete;
  OpenShop& operator=(const OpenShop&) = delete;

  [[nodiscard]] service::Service& service() { return *service_; }
  [[nodiscard]] const till::Key& key(std::size_t till) const { return keys_[till]; }

  // Of a member, with points, and a coupon on the slip.
  [[nodiscard]] std::string body(std::size_t till, const std::string& transaction) const {
    return nlohmann::json{{"store", 11},
                          {"till", keys_[till].till},
                          {"business_date", business_date},
                          {"transaction", transaction},
                          {"state", "paid"},
                          {"completed_at", "2026-11-21T12:00:00+08:00"},
                          {"currency", "CNY"},
                          {"total_minor", 4'200},
                          {"member_code", member_codes_[till % member_codes_.size()]},
                          {"lines",
                           {{{"id", "1"}, {"sku", "oolong"}, {"quantity", "1"}, {"net_minor", 2'200}},
                            {{"id", "2"}, {"sku", "cake"}, {"quantity", "1"}, {"net_minor", 2'000}}}},
                          {"tenders", {{{"type", "wechat_pay"}, {"amount_minor", 4'200}}}}}
        .dump();
  }

 private:
  explicit OpenShop(std::filesystem::path folder) : folder_{std::move(folder)} {
    service::Settings settings;
    settings.gateway_port = 0;
    settings.printer = service::PrinterKind::none;
    service_ = std::make_unique<service::Service>(folder_, settings, clock_);
  }

  Result<> provision() {
    MILLPOND_TRY_DO(service_->start());
    loop_ = std::thread{[this] { service_->run(); }};
    MILLPOND_TRY(const auto key, terminal::load_or_make_key(folder_));
    MILLPOND_TRY_DO(terminal::save_identity(folder_, "http://127.0.0.1:1", brand_.provision(key.public_key(), 1)));
    const auto programme =
        tests::row_of(wire::RowKind::programme, 1, wire::encode(brand_.programme(tests::programme_json())));
    std::promise<Result<>> opened;
    static_cast<void>(service_->work().post([&] { opened.set_value(service_->open_shop({programme})); }));
    return opened.get_future().get();
  }

  const std::filesystem::path folder_;
  const ThatDay clock_;
  const tests::Brand brand_;
  std::unique_ptr<service::Service> service_;
  std::thread loop_;
  std::vector<till::Key> keys_;
  std::vector<std::string> member_codes_;
};

struct Answer {
  int status{};  // 0: none came
  std::int64_t retry_after_ms{};
};

// One till with a connection that it keeps.
class Till {
 public:
  Till(OpenShop& shop, std::size_t number)
      : shop_{shop}, number_{number}, http_{net::HttpClient::create({shop.service().gateway_url()})} {}

  [[nodiscard]] Answer post(const std::string& transaction) {
    const auto text = shop_.body(number_, transaction);
    const auto body = base::view_of(text);
    const auto timestamp = std::to_string(base::system_clock().wall_ms() / 1'000);  // as the gateway's
    std::array<std::uint8_t, 8> random{};
    crypto::system_rng().fill(random);
    const auto nonce = base::to_hex(random);
    const auto& key = shop_.key(number_);
    const auto answer =
        (*http_)->perform({.method = "POST",
                           .target = "/v1/sales",
                           .headers = {{"Content-Type", "application/json"},
                                       {std::string{till::header_key}, key.id},
                                       {std::string{till::header_timestamp}, timestamp},
                                       {std::string{till::header_nonce}, nonce},
                                       {std::string{till::header_signature},
                                        till::sign_request(key, timestamp, nonce, "POST", "/v1/sales", body)}},
                           .body = {body.begin(), body.end()}});
    return answer ? Answer{answer->status, answer->retry_after_ms} : Answer{};
  }

  // The same sale without HTTP, signature and JSON.
  [[nodiscard]] Answer hand_over(const std::string& transaction) {
    const auto text = shop_.body(number_, transaction);
    const auto sale = till::parse_sale(base::view_of(text));
    if (!sale) return {};
    return {shop_.service().counter()->sale(*sale, crypto::sha256(base::view_of(text))).status, 0};
  }

 private:
  OpenShop& shop_;
  const std::size_t number_;
  Result<std::unique_ptr<net::HttpClient>> http_;
};

struct Times {
  std::vector<double> posted_ms;
  std::vector<double> handed_ms;
};

base::Error unserved() { return {base::Code::internal, "sell", "a sale was not recorded"}; }

// How long each row may take, in seconds: the sales at a pace are as many as fit, and who falls far behind ends early.
struct Lengths {
  int paced{};
  int turn{};  // of sales as fast as they go
  int turns{};
};
constexpr Lengths quick_s{8, 1, 2};
constexpr Lengths whole_s{40, 2, 6};

// Sales at a pace, each timed from when it was due, whether or not an earlier one was late. A second of posts, a second
// without HTTP.
Result<Times> paced(OpenShop& shop, int for_s) {
  std::vector<Times> by_till(tills);
  std::atomic<bool> failed{false};
  std::vector<std::thread> running;
  const auto begin = Clock::now() + std::chrono::milliseconds{100};
  const auto gives_up = begin + std::chrono::seconds{2 * for_s};
  const auto sales = static_cast<std::size_t>(paced_per_s * for_s);
  for (std::size_t number = 0; number < tills; ++number) {
    running.emplace_back([&, number] {
      Till till{shop, number};
      for (std::size_t i = number; i < sales && Clock::now() < gives_up; i += tills) {
        const auto slot = std::chrono::duration<double>{static_cast<double>(i) / paced_per_s};
        const auto due = begin + std::chrono::duration_cast<Clock::duration>(slot);
        const bool posts = static_cast<std::int64_t>(slot.count()) % 2 == 0;
        const auto transaction = "paced-" + std::to_string(i);
        std::this_thread::sleep_until(due);
        const auto answer = posts ? till.post(transaction) : till.hand_over(transaction);
        if (answer.status != served) failed = true;
        (posts ? by_till[number].posted_ms : by_till[number].handed_ms).push_back(ms_since(due));
      }
    });
  }
  for (auto& thread : running) thread.join();
  if (failed) return unserved();
  Times all;
  for (const auto& own : by_till) {
    all.posted_ms.insert(all.posted_ms.end(), own.posted_ms.begin(), own.posted_ms.end());
    all.handed_ms.insert(all.handed_ms.end(), own.handed_ms.begin(), own.handed_ms.end());
  }
  return all;
}

// Sales a second of 20 tills that wait for nothing but their answers.
Result<double> rate(std::vector<std::unique_ptr<Till>>& selling, bool posts, int for_s,
                    std::atomic<std::uint64_t>& number) {
  std::atomic<bool> failed{false};
  std::vector<std::thread> running;
  const auto first = number.load();
  const auto begin = Clock::now();
  for (auto& till : selling) {
    running.emplace_back([&] {
      while (Clock::now() < begin + std::chrono::seconds{for_s}) {
        const auto transaction = "fast-" + std::to_string(++number);
        const auto answer = posts ? till->post(transaction) : till->hand_over(transaction);
        if (answer.status != served) failed = true;
      }
    });
  }
  for (auto& thread : running) thread.join();
  if (failed) return unserved();
  return static_cast<double>(number - first) / (ms_since(begin) / 1'000);
}

Row of_value(std::string name, double value, std::string unit, double target, bool holds, std::size_t n) {
  return {std::move(name), value, std::move(unit), 0, "", 0, target, holds, n};
}

// For the ratio alone: nobody has asked for one.
Row beside(std::string name, double value, std::string unit, double baseline, std::size_t n) {
  const double ratio = baseline > 0 ? value / baseline : 0;
  return {std::move(name),
          value,
          std::move(unit),
          baseline,
          "the same sales without HTTP, signature and JSON",
          ratio,
          0,
          true,
          n};
}

Result<std::vector<Row>> rows_of_disk(OpenShop& shop, const std::string& name, double p99_ms_max,
                                      const Lengths& lengths_s) {
  MILLPOND_TRY(const auto times, paced(shop, lengths_s.paced));
  std::vector<Row> rows;
  const auto p99 = percentile(times.posted_ms, 0.99);
  rows.push_back(of_value(name + ".50_per_s.p99", p99, "ms", p99_ms_max, p99 <= p99_ms_max, times.posted_ms.size()));
  for (const auto& [part, word] : {std::pair{0.5, "p50"}, std::pair{0.99, "p99"}}) {
    rows.push_back(beside(name + ".50_per_s." + word + ".against_counter", percentile(times.posted_ms, part), "ms",
                          percentile(times.handed_ms, part), times.posted_ms.size()));
  }
  std::vector<std::unique_ptr<Till>> selling;
  for (std::size_t i = 0; i < tills; ++i) selling.push_back(std::make_unique<Till>(shop, i));
  std::atomic<std::uint64_t> number{0};
  std::vector<double> posted;
  std::vector<double> handed;
  for (int turn = 0; turn < lengths_s.turns; ++turn) {
    MILLPOND_TRY(handed.emplace_back(), rate(selling, false, lengths_s.turn, number));
    MILLPOND_TRY(posted.emplace_back(), rate(selling, true, lengths_s.turn, number));
  }
  rows.push_back(
      beside(name + ".20_tills", percentile(posted, 0.5), "sales/s", percentile(handed, 0.5), number.load()));
  return rows;
}

struct Crowded {
  std::mutex mutex;
  std::map<std::string, std::size_t> acknowledged;  // transaction: by which till
  std::size_t refused{};
  std::size_t without_retry_after{};
  std::size_t broken{};  // no answer, or another one
};

// Everybody sells in the same moment, and whoever is sent away comes back with the same sale.
void crowd_in(OpenShop& shop, Crowded& told) {
  std::vector<std::thread> running;
  std::promise<void> open;
  const auto opened = open.get_future().share();
  for (std::size_t number = 0; number < crowd; ++number) {
    running.emplace_back([&, number] {
      Till till{shop, number};
      const auto transaction = "crowd-" + std::to_string(number);
      opened.wait();
      for (int tries = 0; tries < 60; ++tries) {
        const auto answer = till.post(transaction);
        {
          const std::lock_guard lock{told.mutex};
          if (answer.status == served) told.acknowledged.emplace(transaction, number);
          if (answer.status == sent_away) ++told.refused;
          if (answer.status == sent_away && answer.retry_after_ms <= 0) ++told.without_retry_after;
          if (answer.status != served && answer.status != sent_away) ++told.broken;
        }
        if (answer.status == served) return;
        std::this_thread::sleep_for(
            std::chrono::milliseconds{std::clamp<std::int64_t>(answer.retry_after_ms, 50, 2'000)});
      }
    });
  }
  open.set_value();
  for (auto& thread : running) thread.join();
}

// Every sale that was acknowledged is in the journal, once.
Result<std::vector<Row>> overload_rows(OpenShop& shop, const std::string& name) {
  Crowded told;
  crowd_in(shop, told);
  std::map<std::string, std::size_t> recorded;
  Result<> read;
  MILLPOND_TRY_DO(shop.service().shop()->journal().with([&](store::Journal& journal) {
    constexpr std::size_t all = 1'000'000;
    const auto entries = journal.entries(all, false);
    if (!entries) {
      read = entries.error();
      return;
    }
    for (const auto& entry : *entries) {
      const auto* const sale = std::get_if<model::SaleRecorded>(&entry.fact.body);
      if (sale != nullptr && sale->key.transaction.starts_with("crowd-")) ++recorded[sale->key.transaction];
    }
  }));
  MILLPOND_TRY_DO(std::move(read));
  std::size_t lost = 0;
  for (const auto& [transaction, till] : told.acknowledged) lost += recorded.contains(transaction) ? 0 : 1;
  std::size_t twice = 0;
  for (const auto& [transaction, times] : recorded) twice += times - 1;
  const auto row = [&](const std::string& what, std::size_t value, const std::string& unit, std::size_t n) {
    // Where nobody was sent away there was no overload to speak of.
    return of_value(name + ".overload." + what, static_cast<double>(value), unit, 0, value == 0 && told.refused > 0, n);
  };
  return std::vector{row("lost", lost, "sales", told.acknowledged.size()),
                     row("unsold", crowd - told.acknowledged.size(), "sales", crowd),
                     row("twice", twice, "sales", recorded.size()),
                     row("without_retry_after", told.without_retry_after, "answers", told.refused),
                     row("broken", told.broken, "answers", told.acknowledged.size() + told.refused)};
}

Result<std::vector<Row>> run_gateway(const Options& options) {
  spdlog::set_level(spdlog::level::off);  // the hub is out of reach, and says so
  const auto& lengths_s = options.quick ? quick_s : whole_s;
  std::vector<Row> all;
  const auto add = [&](Result<std::vector<Row>> rows) -> Result<> {
    MILLPOND_TRY(auto more, std::move(rows));
    std::move(more.begin(), more.end(), std::back_inserter(all));
    return {};
  };
  {
    MILLPOND_TRY(const auto shop, OpenShop::open(options.dir / "gateway"));
    MILLPOND_TRY_DO(add(rows_of_disk(*shop, "gateway", 30, lengths_s)));
  }
  const tests::SlowSyncVfs vfs{"gateway-slow-sync", slow_sync_us, true};
  MILLPOND_TRY(const auto shop, OpenShop::open(options.dir / "gateway8"));
  MILLPOND_TRY_DO(add(rows_of_disk(*shop, "gateway.8ms", 80, lengths_s)));
  MILLPOND_TRY_DO(add(overload_rows(*shop, "gateway.8ms")));
  return all;
}

const Registration registration{
    "gateway", "a till's sale over HTTP with its durable commit: at a pace, as fast as it goes, and from a crowd",
    run_gateway};

}  // namespace
}  // namespace millpond::bench
