// SPDX-License-Identifier: Apache-2.0
// What the hub gives for sales whose terminal had no programme.
#include "tests/contract/notices/notice_hub.h"

using namespace millpond;
using namespace millpond::tests;

namespace {

constexpr base::MemberId anna{101};

// A point for each `per_minor`.
std::string programme_of(std::uint32_t version, std::int64_t per_minor) {
  auto json = hub_programme_json(version);
  const std::string usual = "\"per_minor\":100";
  return json.replace(json.find(usual), usual.size(), "\"per_minor\":" + std::to_string(per_minor));
}

// Version 1 is published when the first fact of a terminal is made; each further one is a millisecond later.
struct Shop : NoticeHub {
  void publish(std::uint32_t version, std::int64_t per_minor, std::int64_t at_ms) {
    clock.advance_ms(at_ms - clock.wall_ms());
    const auto json = programme_of(version, per_minor);
    REQUIRE(core->publish_programme(base::view_of(json)));
  }
  void told() {
    up(terminal);
    project();
    settle();
  }
  PretendTerminal terminal = provision();
};

constexpr std::int64_t sold_at_ms = notice_now_ms + 1;

}  // namespace

TEST_CASE("A sale without a programme is rated by the one that was in force when it was made") {
  struct Row {
    const char* what;
    std::int64_t second_published_ms;
    std::int64_t points;
  };
  const std::vector<Row> rows{{"by then", sold_at_ms, 100}, {"a moment later", sold_at_ms + 1, 10}};
  for (const auto& row : rows) {
    CAPTURE(row.what);
    Shop shop;
    shop.publish(2, 10, row.second_published_ms);
    shop.publish(3, 1, sold_at_ms + 3'600'000);
    sell_paid(shop.terminal, anna, "a", "p1", 1'000, 0);
    shop.told();
    CHECK(shop.points()[anna.value] == row.points);
    CHECK(shop.holds());
    REQUIRE(shop.core->rebuild());
    shop.settle();
    CHECK(shop.points()[anna.value] == row.points);
    CHECK(shop.core->check(hub::CheckDepth::rebuilt)->holds());
  }
}

TEST_CASE("A sale in another currency is closed and earns nothing") {
  Shop shop;
  model::SaleRecorded sale;
  sale.key = {{2}, "T1", {20'777}, "a"};
  sale.member = anna;
  sale.currency = *base::parse_currency("EUR");
  sale.total_minor = sale.eligible_minor = 1'000;
  shop.terminal.add(sale);
  shop.told();
  CHECK(shop.points()[anna.value] == 0);
  CHECK(*shop.core->settle() == 0);
  CHECK(shop.holds());
}

TEST_CASE("A sale that the hub had booked from a notice is rated anew when a terminal tells it without a programme") {
  Shop shop;
  shop.enrol(shop.terminal, anna);
  shop.know(anna, "openid-of-anna");
  REQUIRE(shop.take(providers().wechat_pay, providers().wechat_paid("p1", 5'990, "openid-of-anna")));
  shop.pass(NoticeHub::wait_ms);
  shop.settle();
  CHECK(shop.points()[anna.value] == 59);
  sell_paid(shop.terminal, anna, "a", "p1", 5'990, 0);
  shop.told();
  CHECK(shop.points()[anna.value] == 59);
  CHECK(shop.sales() == 1);
  CHECK(shop.core->check(hub::CheckDepth::rebuilt)->holds());
}

TEST_CASE("A hub that was restored from before it had rated a sale rates it once more, and once only") {
  Shop shop;
  sell_paid(shop.terminal, anna, "a", "p1", 1'000, 0);
  shop.up(shop.terminal);
  shop.project();
  shop.core.reset();
  std::filesystem::copy_file(shop.dir / "hub.db", shop.dir / "backup.db");
  shop.start();
  shop.settle();
  CHECK(shop.points()[anna.value] == 10);
  shop.core.reset();
  std::filesystem::rename(shop.dir / "backup.db", shop.dir / "hub.db");
  std::filesystem::remove(shop.dir / "hub.db-wal");
  shop.start();
  REQUIRE(shop.core->rebuild());
  CHECK(shop.points()[anna.value] == 0);
  shop.up(shop.terminal);  // what it has, once more
  shop.settle();
  shop.settle();
  CHECK(shop.points()[anna.value] == 10);
  CHECK(shop.core->check(hub::CheckDepth::rebuilt)->holds());
}
