// SPDX-License-Identifier: Apache-2.0
#include "hardware/till/file_drop.h"
#include "sync/base/file.h"
#include "sync/crypto/hash.h"
#include "tests/support/manual_clock.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

using namespace millpond;
using nlohmann::json;

namespace {

const char* const good_sale =
    R"({"store":1,"till":"T1","business_date":"2026-11-21","transaction":"17","state":"paid",
  "completed_at":"2026-11-21T02:42:00Z","currency":"CNY","total_minor":6850,
  "lines":[{"id":"1","quantity":"1","net_minor":6850}],"tenders":[{"type":"cash","amount_minor":6850}]})";

ports::TillAnswer answer(int status, std::string_view text) {
  const auto view = base::view_of(text);
  return {status, {view.begin(), view.end()}};
}

// Answers by the rules that TillHandler states.
struct Memory final : ports::TillHandler {
  std::mutex mutex;
  std::map<std::string, base::Hash> known;
  int calls = 0;
  int unavailable = 0;  // so many times nothing can be committed
  bool late = false;

  ports::TillAnswer sale(const ports::TillSale& sale, const base::Hash& hash) override {
    const std::lock_guard lock{mutex};
    ++calls;
    late = sale.late;
    if (unavailable > 0) {
      --unavailable;
      return answer(503, "{}");
    }
    const auto [found, fresh] = known.emplace(sale.key.transaction, hash);
    return found->second == hash ? answer(200, R"({"points_earned":68})") : answer(409, R"({"code":"sale_changed"})");
  }
  ports::TillAnswer refund(const ports::TillRefund&, const base::Hash&) override { return {}; }
  ports::TillAnswer find_sale(const ports::TillSaleKey&) override { return {}; }
  ports::TillAnswer quote(const ports::TillBasket&, std::string_view) override { return {}; }
  ports::TillAnswer hold(const ports::TillBasket&, std::string_view) override { return {}; }
  ports::TillAnswer release(const std::string&, const std::string&) override { return {}; }
  ports::TillAnswer enrol(const ports::TillEnrolment&) override { return {}; }
  ports::TillAnswer look_up(const ports::TillLookup&) override { return {}; }
  ports::TillAnswer member(const std::string&) override { return {}; }
  ports::TillAnswer health() override { return {}; }
  ports::TillSentence explain(const base::Error& error, std::string_view) override {
    return {std::string{base::code_name(error.code)}, "why", "next"};
  }
};

struct Drop {
  tests::TempDir dir;
  Memory memory;
  till::Key key{"k1", "T1", base::Bytes(32, 7)};
  std::unique_ptr<till::FileDrop> drop;

  Drop() {
    REQUIRE(crypto::start());
    for (const auto* const name : {"in", "done", "reject"}) std::filesystem::create_directories(dir / name);
  }
  void start() {
    auto started = till::FileDrop::start({dir.path(), 10}, {key}, memory, base::system_clock());
    REQUIRE(started);
    drop = std::move(started).value();
  }
  [[nodiscard]] std::string signed_file(std::string_view body, const till::Key& by) const {
    const std::string timestamp = "1700000000";  // long ago
    const std::string nonce = "0f1e2d3c4b5a";
    const auto signature = till::sign_request(by, timestamp, nonce, "POST", "/v1/sales", base::view_of(body));
    return "Millpond-Key: " + by.id + "\nMillpond-Timestamp: " + timestamp + "\nMillpond-Nonce: " + nonce +
           "\nMillpond-Signature: " + signature + "\n\n" + std::string{body};
  }
  void put(const std::string& name, const std::string& content) const {
    REQUIRE(base::write_file(dir / "in" / name, base::view_of(content)));
  }
  // The answer once it is there and the file is away.
  [[nodiscard]] json wait(const std::string& where, const std::string& name) const {
    const auto file = dir / where / (name + ".sale");
    for (int i = 0; i < 1'000 && !std::filesystem::exists(file); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    REQUIRE(std::filesystem::exists(file));
    CHECK_FALSE(std::filesystem::exists(dir / "in" / (name + ".sale")));
    const auto told = base::read_file(dir / where / (name + ".answer"));
    REQUIRE(told);
    return json::parse(told->begin(), told->end());
  }
};

}  // namespace

TEST_CASE("A dropped sale is answered in done, and again the same after a restart") {
  Drop drop;
  drop.start();
  drop.put("17.sale", drop.signed_file(good_sale, drop.key));
  CHECK(drop.wait("done", "17").at("points_earned") == 68);
  CHECK(drop.memory.late);
  drop.drop.reset();
  // As after a crash between the answer and the file's going.
  std::filesystem::rename(drop.dir / "done" / "17.sale", drop.dir / "in" / "17.sale");
  drop.start();
  CHECK(drop.wait("done", "17").at("points_earned") == 68);
  CHECK(drop.memory.known.size() == 1);
}

TEST_CASE("What cannot be taken goes to reject with the reason, and nothing else is touched") {
  Drop drop;
  auto other_till = std::string{good_sale};
  other_till.replace(other_till.find("T1"), 2, "T2");
  auto unpaid = std::string{good_sale};
  unpaid.replace(unpaid.find("paid"), 4, "open");
  auto tampered = drop.signed_file(good_sale, drop.key);
  tampered.replace(tampered.find("6850"), 4, "6950");
  const std::vector<std::tuple<std::string, std::string, std::string>> rows{
      {"a", "no headers", "bad_input"},
      {"b", "Millpond-Key: k1\n\n", "unauthorized"},
      {"c", tampered, "unauthorized"},
      {"d", drop.signed_file(good_sale, {"k1", "T1", base::Bytes(32, 8)}), "unauthorized"},
      {"e", drop.signed_file(other_till, drop.key), "unauthorized"},
      {"f", drop.signed_file(unpaid, drop.key), "sale_not_paid"},
      {"g", drop.signed_file("{}", drop.key), "sale_malformed"},
      {"h", std::string(till::drop_file_bytes_max + 1, 'x'), "too_large"},
  };
  for (const auto& [name, content, code] : rows) drop.put(name + ".sale", content);
  drop.put("half.tmp", "not yet");
  drop.put(".hidden.sale", "not ours");
  std::filesystem::create_symlink("/etc/hostname", drop.dir / "in" / "link.sale");
  drop.start();
  for (const auto& [name, content, code] : rows) {
    CAPTURE(name);
    CHECK(drop.wait("reject", name).at("code") == code);
  }
  CHECK(drop.memory.calls == 0);
  for (const auto* const left : {"half.tmp", ".hidden.sale", "link.sale"})
    CHECK(std::filesystem::is_symlink(drop.dir / "in" / left) + std::filesystem::exists(drop.dir / "in" / left) > 0);
}

TEST_CASE("A sale that is told otherwise is rejected, and one that cannot be committed waits") {
  Drop drop;
  drop.memory.unavailable = 3;
  drop.put("1.sale", drop.signed_file(good_sale, drop.key));
  drop.start();
  CHECK(drop.wait("done", "1").at("points_earned") == 68);
  CHECK(drop.memory.calls == 4);
  drop.put("2.sale", drop.signed_file(std::string{good_sale} + " ", drop.key));
  CHECK(drop.wait("reject", "2").at("code") == "sale_changed");
  const till::Key fresh{"k2", "T1", base::Bytes(32, 9)};
  drop.drop->add_key(fresh);
  drop.put("3.sale", drop.signed_file(good_sale, fresh));
  CHECK(drop.wait("done", "3").at("points_earned") == 68);
}
