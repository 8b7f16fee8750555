// SPDX-License-Identifier: Apache-2.0
// The real terminal under a clock that is wrong from the start or jumps while it runs (libfaketime): sales go on and
// stay what they were, coupons go by the hub's time because this boot has heard it, and the queue drains without
// anybody's help.
#include "sync/crypto/hash.h"
#include "tests/chaos/compare.h"
#include "tests/chaos/server_time_till.h"
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>
#include <fstream>

namespace millpond::chaos {
namespace {

using nlohmann::json;

// Debian's libfaketime for programs with threads; empty when it is not installed.
std::string faketime_library() {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator{"/usr/lib", ignored}) {
    const auto file = entry.path() / "faketime/libfaketimeMT.so.1";
    if (std::filesystem::exists(file, ignored)) return file.string();
  }
  return {};
}

std::string member_code(Floor& floor) {
  const auto journal = floor.ask_terminal(0, {"journal", "--all"});
  for (const auto& entry : journal.at("entries")) {
    if (!entry.contains("member")) continue;
    return floor.look_up(0, entry.at("member").get<std::string>()).at("code").get<std::string>();
  }
  return {};
}

// A shop with one terminal whose clock a file moves.
class Shop {
 public:
  explicit Shop(const std::string& library) : floor_{plan()} {
    set_clock("+0");
    floor_.use_prefix({"/usr/bin/env", "LD_PRELOAD=" + library, "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1",
                       "FAKETIME_TIMESTAMP_FILE=" + (folder_ / "clock").string()});
    floor_.open();
    const auto key = floor_.ask_terminal(0, {"till", "till-1"});
    key_id_ = key.at("key");
    secret_ = key.at("secret");
    REQUIRE(post("/v1/members", R"({"phone":"+8613012345678"})").is_object());
    member_ = member_code(floor_);
    REQUIRE_FALSE(member_.empty());
  }

  void set_clock(const std::string& setting) {
    const auto file = folder_ / "clock";
    std::ofstream{file.string() + ".new"} << setting << '\n';
    std::filesystem::rename(file.string() + ".new", file);
  }
  void restart() {
    REQUIRE(floor_.stop_terminal(0) == 0);
    floor_.start_terminal(0);
  }

  // Posts until it is answered, and remembers.
  json sell(std::int64_t total_minor, const std::string& coupon = {}) {
    const auto transaction = std::to_string(++sales_);
    json body{{"store", 1},
              {"till", "till-1"},
              {"business_date", "2026-11-21"},
              {"transaction", transaction},
              {"state", "paid"},
              {"completed_at", "2026-11-21T10:00:00+08:00"},
              {"currency", "CNY"},
              {"total_minor", total_minor},
              {"member_code", member_},
              {"lines", {{{"id", "1"}, {"quantity", "1"}, {"net_minor", total_minor}}}},
              {"tenders", {{{"type", "cash"}, {"amount_minor", total_minor}}}}};
    if (!coupon.empty()) body["redemptions"] = {coupon};
    bodies_.push_back(body.dump());
    const auto answer = post("/v1/sales", bodies_.back());
    answers_.push_back(answer);
    told_.sales["till-1 2026-11-21 " + transaction] = 1;
    if (answer.contains("member")) told_.points[answer.at("member")] += answer.value("points_earned", 0);
    if (answer.contains("coupon")) told_.coupons.insert(answer.at("coupon").at("coupon"));
    for (const auto& redeemed : answer.at("redeemed")) told_.redeemed.insert(redeemed.at("coupon"));
    return answer;
  }
  std::string coupon() {
    const auto coupon = sell(4'000).at("coupon");
    expiry_ = coupon.at("expires");
    return coupon.at("code");
  }
  [[nodiscard]] const std::string& expiry() const { return expiry_; }  // of the newest coupon()
  [[nodiscard]] std::string clock() const { return floor_.ask_terminal(0, {"status"}).at("clock"); }

  // Whatever the clock says now, what was answered is still answered.
  void check_answers() {
    for (std::size_t i = 0; i < bodies_.size(); ++i) CHECK(post("/v1/sales", bodies_[i]) == answers_[i]);
  }
  void check_drains() {
    wait_until(
        "the queue to drain", [&] { return floor_.drained(0); }, 60'000);
  }
  void check_totals() {
    told_.phones = {"one"};
    const auto result = compare(floor_, told_);
    for (const auto& finding : result.findings) {
      INFO(finding.name << ": " << finding.detail);
      CHECK(finding.held);
    }
    CHECK(result.lost == 0);
    CHECK(result.twice == 0);
  }

 private:
  FloorPlan plan() const {
    FloorPlan plan{tests::bin_dir(), tests::source_dir() / "assets/shop/programme.json", folder_.path(), 1, {}};
    // One member uses a dozen coupons a day here, some of them just while their right is on its way to the hub.
    plan.hub_settings += "[limits]\ncoupon_uses_a_member_day_max = 100\n";
    return plan;
  }
  json post(const std::string& path, const std::string& body) {
    return post_at_server_time(floor_.counter(0).port(), {key_id_, "till-1", secret_}, path, body);
  }

  tests::TempDir folder_;
  Floor floor_;
  std::string key_id_;
  std::string secret_;
  std::string member_;
  std::string expiry_;
  std::uint64_t sales_ = 0;
  std::vector<std::string> bodies_;
  std::vector<json> answers_;
  Told told_;
};

constexpr const char* wrong_clocks[]{"+10y", "-10y", "-2d", "@1970-01-02 00:00:00"};

TEST_CASE("A terminal that starts with a wrong clock sells, dates coupons by the hub's time, and drains") {
  REQUIRE(crypto::start());
  const auto library = faketime_library();
  if (library.empty()) SKIP("libfaketime is not installed: packaging/deps installs it");
  Shop shop{library};
  for (const auto* wrong : wrong_clocks) {
    INFO(wrong);
    const auto first = shop.coupon();
    const auto expires = shop.expiry();
    shop.set_clock(wrong);
    shop.restart();
    CHECK(shop.clock() == "wrong");
    shop.check_answers();
    const auto honoured = shop.sell(4'000, first);
    CHECK(honoured.at("redeemed").size() == 1);
    CHECK(honoured.at("points_earned") == 40);
    const auto second = honoured.at("coupon");
    CHECK(second.at("expires") == expires);
    shop.check_drains();
    shop.set_clock("+0");
    shop.restart();
    CHECK(shop.clock() == "right");
    shop.check_answers();
    CHECK(shop.sell(4'000, second.at("code")).at("redeemed").size() == 1);
    shop.check_drains();
  }
  shop.check_totals();
}

TEST_CASE("A clock that jumps under a running terminal stops neither sales nor sync") {
  REQUIRE(crypto::start());
  const auto library = faketime_library();
  if (library.empty()) SKIP("libfaketime is not installed: packaging/deps installs it");
  Shop shop{library};
  for (const auto* wrong : wrong_clocks) {
    INFO(wrong);
    const auto first = shop.coupon();
    const auto second = shop.coupon();
    shop.set_clock(wrong);
    CHECK(shop.clock() == "wrong");
    CHECK(shop.sell(4'000, first).at("redeemed").size() == 1);
    shop.check_drains();
    shop.set_clock("+0");
    CHECK(shop.sell(4'000, second).at("redeemed").size() == 1);
    shop.check_answers();
    shop.check_drains();
  }
  shop.check_totals();
}

}  // namespace
}  // namespace millpond::chaos
