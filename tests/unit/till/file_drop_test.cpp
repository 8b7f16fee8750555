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
#include <set>
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
  ports::TillRefund refunded;
  int sales_before_refund = -1;

  ports::TillAnswer refund(const ports::TillRefund& refund, const base::Hash&) override {
    const std::lock_guard lock{mutex};
    refunded = refund;
    sales_before_refund = calls;
    return answer(200, R"({"sale_known":true})");
  }
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
  [[nodiscard]] std::string signed_file(std::string_view body, const till::Key& by,
                                        const std::string& target = "/v1/sales") const {
    const std::string timestamp = "1700000000";  // long ago
    const std::string nonce = "0f1e2d3c4b5a";
    const auto signature = till::sign_request(by, timestamp, nonce, "POST", target, base::view_of(body));
    const bool named = target.ends_with("/void");
    return (named ? "Millpond-Target: " + target + "\n" : std::string{}) + "Millpond-Key: " + by.id +
           "\nMillpond-Timestamp: " + timestamp + "\nMillpond-Nonce: " + nonce + "\nMillpond-Signature: " + signature +
           "\n\n" + std::string{body};
  }
  void put(const std::string& name, const std::string& content) const {
    REQUIRE(base::write_file(dir / "in" / name, base::view_of(content)));
  }
  static void wait_until_gone(const std::filesystem::path& file) {
    for (int i = 0; i < 1'000 && std::filesystem::exists(file); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    REQUIRE_FALSE(std::filesystem::exists(file));
  }
  // The answer once the file is away.
  [[nodiscard]] json wait(const std::string& where, const std::string& name, const char* ending = ".sale") const {
    wait_until_gone(dir / "in" / (name.ends_with(ending) ? name : name + ending));
    const auto told = base::read_file(dir / where / (name + ".answer"));
    REQUIRE(told);
    return json::parse(told->begin(), told->end());
  }
  // As after a crash between the answer and the file's going.
  void put_once_more(const std::string& name, const std::string& content) const {
    std::filesystem::remove(dir / "done" / (name + ".answer"));
    put(name + ".sale", content);
  }
  [[nodiscard]] std::set<std::string> names() const {
    std::set<std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{dir.path()}) {
      if (!entry.is_directory()) all.insert(std::filesystem::relative(entry.path(), dir.path()).string());
    }
    return all;
  }
  [[nodiscard]] bool written(std::string_view text) const {
    for (const auto& name : names()) {
      const auto content = base::read_file(dir / name);
      REQUIRE(content);
      if (base::text_of(*content).find(text) != std::string_view::npos) return true;
    }
    return false;
  }
};

}  // namespace

TEST_CASE("A dropped sale is answered in done, and again the same after a restart") {
  Drop drop;
  drop.start();
  const auto file = drop.signed_file(good_sale, drop.key);
  drop.put("17.sale", file);
  CHECK(drop.wait("done", "17").at("points_earned") == 68);
  CHECK(drop.memory.late);
  drop.drop.reset();
  drop.put_once_more("17", file);
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

TEST_CASE("Refunds and voids are dropped as they are posted, and are taken after the sales that lie beside them") {
  const std::string refund =
      R"({"store":1,"till":"T1","business_date":"2026-11-22","transaction":"R-7","completed_at":"2026-11-22T02:42:00Z",
          "of":{"business_date":"2026-11-21","transaction":"17"},"currency":"CNY","total_minor":1500})";
  const std::string voided = R"({"business_date":"2026-11-21","completed_at":"2026-11-21T03:00:00Z"})";
  const std::string target = "/v1/sales/1/T1/2026-11-21/a%2F17/void";
  Drop drop;
  drop.put("17.sale", drop.signed_file(good_sale, drop.key));
  drop.put("17.refund", drop.signed_file(refund, drop.key, "/v1/refunds"));
  drop.start();
  CHECK(drop.wait("done", "17.refund", ".refund").at("sale_known") == true);
  CHECK(drop.wait("done", "17").at("points_earned") == 68);
  CHECK(drop.memory.sales_before_refund == 1);
  CHECK(drop.memory.refunded.key.transaction == "R-7");
  CHECK(drop.memory.refunded.of.transaction == "17");
  drop.put("18.void", drop.signed_file(voided, drop.key, target));
  CHECK(drop.wait("done", "18.void", ".void").at("sale_known") == true);
  CHECK(drop.memory.refunded.whole);
  CHECK(drop.memory.refunded.of.transaction == "a/17");

  const auto other = till::Key{"k1", "T1", base::Bytes(32, 8)};
  auto of_another = refund;
  of_another.replace(of_another.find("T1"), 2, "T2");
  auto moved = drop.signed_file(voided, drop.key, target);
  moved.replace(moved.find("a%2F17"), 6, "a%2F18");
  const std::vector<std::tuple<std::string, std::string, std::string>> rows{
      {"a.refund", drop.signed_file(refund, drop.key), "unauthorized"},  // signed for the sales
      {"b.refund", drop.signed_file(refund, other, "/v1/refunds"), "unauthorized"},
      {"c.refund", drop.signed_file(of_another, drop.key, "/v1/refunds"), "unauthorized"},
      {"d.refund", drop.signed_file("{}", drop.key, "/v1/refunds"), "sale_malformed"},
      {"e.void", moved, "unauthorized"},
      {"f.void", drop.signed_file(voided, drop.key, "/v1/sales/1/T2/2026-11-21/17/void"), "unauthorized"},
      {"g.void", drop.signed_file(voided, drop.key, "/v1/sales/1/T1/2026-11-21/void"), "bad_input"},
      {"h.void", drop.signed_file(voided, drop.key, "/v1/refunds/void"), "bad_input"},
      {"i.void", drop.signed_file(voided, drop.key), "unauthorized"},
      {"j.void", drop.signed_file("{}", drop.key, target), "sale_malformed"},
  };
  drop.memory.refunded = {};
  for (const auto& [name, content, code] : rows) {
    CAPTURE(name);
    drop.put(name, content);
    CHECK(drop.wait("reject", name, "").at("code") == code);
  }
  CHECK(drop.memory.refunded.of.transaction.empty());
}

TEST_CASE("A file that cannot be answered or taken away holds up no other") {
  Drop drop;
  std::filesystem::create_directories(drop.dir / "done" / "1.answer" / "in the way");
  drop.put("1.sale", drop.signed_file(good_sale, drop.key));
  drop.put("2.sale", drop.signed_file(good_sale, drop.key));
  drop.start();
  CHECK(drop.wait("done", "2").at("points_earned") == 68);
  CHECK(std::filesystem::exists(drop.dir / "in" / "1.sale"));
}

TEST_CASE("Nothing of a person is left of a file that was answered, whatever the answer") {
  struct Row {
    const char* name;
    std::string more;    // members of the sale
    std::string secret;  // what must be nowhere
  };
  const std::vector<Row> rows{
      {"coupon", R"("redemptions":["286123456789012345"])", "286123456789012345"},
      {"payer", R"("payer":{"provider":"wechat_pay","subject":"oUpF8uMuAJO"})", "oUpF8uMuAJO"},
      {"payment", R"("member_code":"130123456789012345")", "130123456789012345"},
      {"phone", R"("member_code":"13800138000")", "13800138000"},
      {"pin", R"("approval":{"staff":3,"pin":"825917"})", "825917"},
      {"state", R"("state":"13900139000")", "13900139000"},
  };
  Drop drop;
  std::set<std::string> answers;
  const auto dropped = [&](const std::string& where, const std::string& name, const std::string& content) {
    drop.put(name + ".sale", content);
    answers.insert(where + "/" + name + ".answer");
  };
  for (const auto& [name, more, secret] : rows) {
    auto body = std::string{good_sale};
    const bool state = std::string_view{name} == "state";
    const std::string_view taken = R"("state":"paid")";
    if (state) {
      body.replace(body.find(taken), taken.size(), more);
    } else {
      body.insert(1, more + ",");
    }
    const auto of = [&name = name](const char* what) { return std::string{name} + "-" + what; };
    const auto whole = drop.signed_file(body, drop.key);
    // Files go by name: the first is recorded, and each other has another body under the same key.
    dropped(state || name != rows.front().name ? "reject" : "done", of("whole"), whole);
    dropped("reject", of("forged"), drop.signed_file(body, {"k1", "T1", base::Bytes(32, 8)}));
    dropped("reject", of("half"), drop.signed_file(body.substr(0, body.size() - 9), drop.key));
    dropped("reject", of("unsigned"), body);
    dropped("reject", of("long"), whole + std::string(till::drop_file_bytes_max, ' '));
  }
  for (const auto& row : rows) REQUIRE(drop.written(row.secret));
  drop.start();
  for (const auto& answer : answers)
    Drop::wait_until_gone(drop.dir / "in" / std::filesystem::path{answer}.stem().concat(".sale"));
  CHECK(drop.names() == answers);
  for (const auto& row : rows) {
    CAPTURE(row.name);
    CHECK_FALSE(drop.written(row.secret));
  }
}

TEST_CASE("Old answers go without a new file, and so do sales that an earlier version kept") {
  Drop drop;
  tests::ManualClock clock;
  const auto file = [&](const std::string& name, int days) {
    REQUIRE(base::write_file(drop.dir / name, base::view_of("13800138000")));
    std::filesystem::last_write_time(drop.dir / name,
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours{24 * days});
  };
  file("done/1.sale", 0);
  file("done/1.answer", till::drop_kept_days - 1);
  file("reject/2.sale", 0);
  file("reject/2.answer", till::drop_kept_days + 1);
  auto started = till::FileDrop::start({drop.dir.path(), 10}, {drop.key}, drop.memory, clock);
  REQUIRE(started);
  for (const auto* const name : {"done/1.sale", "reject/2.sale", "reject/2.answer"})
    Drop::wait_until_gone(drop.dir / name);
  CHECK(drop.names() == std::set<std::string>{"done/1.answer"});
  file("done/1.answer", till::drop_kept_days + 1);
  clock.advance_ms(3'600'000);
  Drop::wait_until_gone(drop.dir / "done/1.answer");
}
