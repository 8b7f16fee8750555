// SPDX-License-Identifier: Apache-2.0
// What a terminal asks a real hub while somebody waits, and what happens when that hub is slow, away or no hub.
#include "kiosk/link/link.h"
#include "kiosk/service/service.h"
#include "sync/codes/payload.h"
#include "sync/http/server.h"
#include "sync/hub/core/sqlite_open.h"
#include "sync/hub/server/terminal_api.h"
#include "tests/demo/till.h"
#include "tests/support/pretend_brand.h"

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cctype>
#include <nlohmann/json.hpp>
#include <thread>

using namespace millpond;
using nlohmann::json;

namespace {

constexpr base::StoreId store{11};
constexpr base::MemberId member{9};
constexpr std::int64_t slower_than_anybody_waits_ms = 2'000;

// What the questions meet; up- and downloads meet the hub while it is `whole`, and nothing otherwise.
enum class Line { whole, questions_only, slow, another_page, away };

bool is_question(std::string_view path) { return path == "/v1/points" || path == "/v1/member" || path == "/v1/redeem"; }

// A hub behind a real door, with the machine's own clock.
struct Chain {
  tests::TempDir dir;
  std::unique_ptr<hub::HubCore> core;
  std::unique_ptr<hub::TerminalApi> api;
  std::atomic<Line> line{Line::whole};
  std::unique_ptr<http::Server> server;

  Chain() {
    REQUIRE(crypto::start());
    auto opened =
        hub::open_sqlite_store({.path = dir / "hub.db", .generation = hub::new_generation(crypto::system_rng())});
    REQUIRE(opened);
    auto made =
        hub::HubCore::create(std::move(*opened), hub::generate_keys(), base::system_clock(), crypto::system_rng());
    REQUIRE(made);
    core = std::move(*made);
    REQUIRE(core->publish_programme(base::view_of(tests::hub_programme_json(1))));
    core->set_lease_terms({{model::LeaseKind::points, 0, 10'000, 1'000, 500}});
    api = std::make_unique<hub::TerminalApi>(*core, base::system_clock(), hub::ApiOptions{});
    auto started = http::Server::start({}, [this](const http::Request& request) { return answer(request); });
    REQUIRE(started);
    server = std::move(*started);
  }
  http::Response answer(const http::Request& request) {
    const auto now = line.load();
    if (now == Line::another_page) return {200, "text/html", {'<', 'p', '>'}, {}};
    if (now != Line::whole && !is_question(request.path())) return http::json_response(503, "{}");
    if (now == Line::slow) std::this_thread::sleep_for(std::chrono::milliseconds{slower_than_anybody_waits_ms});
    auto response = api->answer(request);
    if (request.path() == "/v1/up") project();
    return response;
  }
  void project() {
    for (bool more = true; more;) {
      const auto outcome = core->project();
      if (!outcome) return;
      more = outcome->more;
    }
  }
  [[nodiscard]] std::int64_t points_of(base::MemberId who) const {
    const auto all = core->balances();
    REQUIRE(all);
    const auto found = std::ranges::find(*all, who, &hub::Balance::member);
    return found == all->end() ? 0 : found->points;
  }
  void meet(Line next) {
    line = next;
    if (next == Line::away) server.reset();
  }
  wire::ProvisionAnswer provision(const crypto::PublicKey& key) {
    const auto code = core->add_terminal(store);
    REQUIRE(code);
    const auto answer = core->provision({code->code, key});
    REQUIRE(answer);
    return *answer;
  }
  // A terminal elsewhere that has enrolled somebody, with so many points.
  tests::PretendTerminal enrolled_elsewhere(base::MemberId who, std::int64_t points) {
    auto key = crypto::SigningKey::generate();
    const auto answer = wire::check_answer(provision(key.public_key()), key.public_key());
    REQUIRE(answer);
    tests::PretendTerminal terminal{answer->brand, answer->certificate.terminal, {77}, std::move(key)};
    terminal.begin_epoch();
    terminal.enrol(who, store);
    terminal.sell(who, "T-" + std::to_string(terminal.id().value), points * 100, points);
    REQUIRE(core->ingest(terminal.id(), wire::encode(terminal.all())));
    project();
    return terminal;
  }
  [[nodiscard]] std::string card(const tests::PretendTerminal& by, base::MemberId of,
                                 const crypto::SigningKey& key) const {
    return codes::compose(codes::MemberCode{core->brand().tag(), codes::Issuer::terminal(by.id(), 1), of, 1, 20'700, 0},
                          key, core->brand());
  }
};

std::string in_a_path(const std::string& text) {
  std::string escaped;
  constexpr std::string_view hex = "0123456789ABCDEF";
  for (const char each : text) {
    const auto byte = static_cast<unsigned char>(each);
    if (std::isalnum(byte) != 0) {
      escaped += each;
    } else {
      escaped += {'%', hex[byte >> 4], hex[byte & 15]};
    }
  }
  return escaped;
}

// A terminal of the chain with its till, that knows the member and has its share of points.
struct Shop {
  static constexpr std::uint32_t in_store = store.value;
  Chain chain;
  tests::PretendTerminal elsewhere = chain.enrolled_elsewhere(member, 3'000);
  tests::TempDir folder;
  std::unique_ptr<service::Service> service;
  std::thread loop;
  std::unique_ptr<demo::Till> till;
  std::string card;

  Shop() {
    const auto key = terminal::load_or_make_key(folder.path());
    REQUIRE(key);
    REQUIRE(terminal::save_identity(folder.path(), "http://127.0.0.1:" + std::to_string(chain.server->port()),
                                    chain.provision(key->public_key())));
    service::Settings settings;
    settings.gateway_port = 0;
    settings.printer = service::PrinterKind::none;
    service = std::make_unique<service::Service>(folder.path(), settings, base::system_clock());
    REQUIRE(service->start());
    loop = std::thread{[this] { service->run(); }};
    const auto made =
        link::Client::connect(folder / "terminal.sock").value()->ask("till_add", R"({"till":"1"})", 30'000);
    REQUIRE(made);
    const auto told = json::parse(*made);
    till = std::make_unique<demo::Till>(told.at("gateway"), "1", told.at("key"), told.at("secret"));
    card = chain.card(elsewhere, member, elsewhere.key());
    // Its first fact is at the hub, the member is here, and so is its share.
    REQUIRE(comes_to_be([this] { return !service->shop()->terminal().see(card).has_value() ? false : has_lease(); }));
  }
  ~Shop() {
    service->stop();
    loop.join();
  }
  static bool comes_to_be(const std::function<bool()>& what) {
    for (int i = 0; i < 300; ++i) {
      if (what()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
    return false;
  }
  bool has_lease() {
    bool found = false;
    REQUIRE(service->shop()->journal().with([&](store::Journal& journal) {
      static_cast<void>(journal.read([&](store::Transaction& transaction) -> base::Result<> {
        MILLPOND_TRY(const auto leases, transaction.leases({}));
        found = !leases.empty();
        return {};
      }));
    }));
    return found;
  }
  json sell(const std::string& transaction, const std::string& code, std::int64_t points = 0) {
    json tenders{{{"type", "cash"}, {"amount_minor", 4'200 - points}}};
    if (points > 0) tenders.push_back({{"type", "points"}, {"amount_minor", points}, {"points", points}});
    const json body{{"store", store.value},
                    {"till", "1"},
                    {"business_date", "2026-11-21"},
                    {"transaction", transaction},
                    {"state", "paid"},
                    {"completed_at", "2026-11-21T12:00:00+08:00"},
                    {"currency", "CNY"},
                    {"total_minor", 4'200},
                    {"member_code", code},
                    {"lines", {{{"id", "1"}, {"quantity", "1"}, {"net_minor", 4'200}}}},
                    {"tenders", tenders}};
    const auto answer = till->post("/v1/sales", body.dump());
    REQUIRE(answer.status == 200);
    return answer.body;
  }
  std::string refusal_of(const json& sold) const {
    return sold.contains("points_refused") ? sold.at("points_refused").value("code", "") : "";
  }
  demo::TillAnswer look_at(const std::string& code) { return till->get("/v1/members/" + in_a_path(code)); }
};

}  // namespace

TEST_CASE("A sale that the lease does not suffice for asks the hub, which gives one, or says why not") {
  Shop shop;
  CHECK(shop.sell("1", shop.card, 450).value("points_spent", 0) == 450);
  REQUIRE(Shop::comes_to_be([&] { return shop.chain.points_of(member) == 3'000 - 450 + 37; }));
  // The lease has 550 left, of which this member may have 50.
  const auto paid = shop.sell("2", shop.card, 450);
  CHECK(paid.value("points_spent", 0) == 450);
  CHECK(shop.sell("2", shop.card, 450) == paid);
  REQUIRE(Shop::comes_to_be([&] { return shop.chain.points_of(member) == 3'000 - 900 + 2 * 37; }));
  const auto books = shop.chain.core->leases();
  REQUIRE(books);
  CHECK(books->pools.front().excess == 0);
  CHECK(shop.chain.core->check()->holds());

  // Somewhere else they have spent what is left, and this terminal has not heard of it.
  shop.chain.line = Line::questions_only;
  const auto lent = shop.chain.core->points(shop.elsewhere.id(),
                                            wire::encode(wire::PointsAsk{9, member, shop.elsewhere.epoch(), 2'000}));
  REQUIRE(lent);
  REQUIRE(lent->lease);
  shop.elsewhere.add(model::PointsSpent{member, {3}, 2'000, lent->lease->id, {}});
  REQUIRE(shop.chain.core->ingest(shop.elsewhere.id(), wire::encode(shop.elsewhere.all())));
  shop.chain.project();
  const auto short_of = shop.sell("3", shop.card, 450);
  CHECK(short_of.at("recorded") == true);
  CHECK(shop.refusal_of(short_of) == "points_short");
}

TEST_CASE("Without an answer a sale goes by the lease that is here, and nobody waits for the hub twice") {
  for (const auto line : {Line::slow, Line::another_page, Line::away}) {
    CAPTURE(static_cast<int>(line));
    Shop shop;
    CHECK(shop.sell("1", shop.card, 450).value("points_spent", 0) == 450);
    shop.chain.meet(line);
    for (const auto* transaction : {"2", "3"}) {
      const auto sold = shop.sell(transaction, shop.card, 450);
      CHECK(sold.at("recorded") == true);
      CHECK(shop.refusal_of(sold) == "points_cap");
      CHECK(sold.value("points_earned", 0) == 37);
    }
    CHECK(shop.sell("4", shop.card, 50).value("points_spent", 0) == 50);
  }
}

TEST_CASE("A campaign gives out of this terminal's share while the hub is away, and no more than that") {
  Shop shop;
  const json words{{"zh-CN", "甲"}, {"en", "A"}};
  auto document = json::parse(tests::hub_programme_json(2));
  document["coupons"] = json::array({{{"id", 3},
                                      {"name", words},
                                      {"type", "amount_off"},
                                      {"threshold_minor", 3'000},
                                      {"value_minor", 800},
                                      {"valid", {{"days", 30}}}}});
  document["campaigns"] = json::array({{{"id", 7},
                                        {"name", words},
                                        {"trigger", {{"on", "sale_paid"}}},
                                        {"starts", "2020-01-01"},
                                        {"ends", "2099-12-31"},
                                        {"offline", "decide"},
                                        {"caps", {{"count", 16}}},
                                        {"actions", json::array({{{"coupon", 3}}})}}});
  REQUIRE(shop.chain.core->publish_programme(base::view_of(document.dump())));
  shop.chain.project();
  const auto share_left = [&] {
    std::int64_t left = 0;
    REQUIRE(shop.service->shop()->journal().with([&](store::Journal& journal) {
      static_cast<void>(journal.read([&](store::Transaction& transaction) -> base::Result<> {
        MILLPOND_TRY(const auto held, transaction.lease_of(model::LeaseKind::campaign_count, 7, {}));
        left = held ? held->lease.amount - held->use.used : 0;
        return {};
      }));
    }));
    return left;
  };
  // Two terminals: a quarter of 16 are two for each.
  std::int64_t given = 0;
  for (int round = 0; round < 2; ++round) {
    const auto goes_by_it = [&] {
      const auto programme = shop.service->shop()->programme();
      return programme && programme->version == 2;
    };
    REQUIRE(Shop::comes_to_be([&] { return goes_by_it() && share_left() == 2; }));
    shop.chain.line = Line::questions_only;
    for (int i = 0; i < 3; ++i) {
      const auto sold = shop.sell(std::to_string(round) + "-" + std::to_string(i), shop.card);
      CHECK(sold.contains("coupon") == (i < 2));
      CHECK(sold.value("used_up", json::array()) == (i < 2 ? json::array() : json::array({7})));
      given += sold.contains("coupon") ? 1 : 0;
    }
    shop.chain.line = Line::whole;
  }
  const auto used = [&] {
    const auto books = shop.chain.core->leases();
    REQUIRE(books);
    const auto pool = std::ranges::find(books->pools, model::LeaseKind::campaign_count, &hub::PoolStanding::kind);
    return pool == books->pools.end() || pool->excess != 0 ? std::int64_t{-1} : pool->used;
  };
  CHECK(given == 4);
  CHECK(Shop::comes_to_be([&] { return used() == given; }));
  CHECK(shop.chain.core->check()->holds());
}

TEST_CASE("A tier is entered by a sale here, and the hub's coupon for it is used here by the hub's word") {
  Shop shop;
  const json words{{"zh-CN", "甲"}, {"en", "A"}};
  auto document = json::parse(tests::hub_programme_json(2));
  document["tiers"] =
      json::array({{{"name", words}, {"threshold_minor", 0}}, {{"name", words}, {"threshold_minor", 301'000}}});
  document["coupons"] = json::array({{{"id", 3},
                                      {"name", words},
                                      {"type", "amount_off"},
                                      {"threshold_minor", 3'000},
                                      {"value_minor", 800},
                                      {"valid", {{"days", 30}}}}});
  document["campaigns"] = json::array({{{"id", 7},
                                        {"name", words},
                                        {"trigger", {{"on", "tier_entered"}, {"tier", 1}}},
                                        {"starts", "2020-01-01"},
                                        {"ends", "2099-12-31"},
                                        {"offline", "defer"},
                                        {"caps", {{"count", 16}}},
                                        {"actions", json::array({{{"coupon", 3}}})}}});
  REQUIRE(shop.chain.core->publish_programme(base::view_of(document.dump())));
  shop.chain.project();
  REQUIRE(Shop::comes_to_be([&] {
    const auto programme = shop.service->shop()->programme();
    return programme && programme->version == 2;
  }));
  const auto sold = shop.sell("1", shop.card);
  CHECK_FALSE(sold.contains("coupon"));
  CHECK_FALSE(sold.contains("to_be_confirmed"));
  const json basket{{"store", Shop::in_store},  {"till", "1"},
                    {"basket", "B-1"},          {"currency", "CNY"},
                    {"member_code", shop.card}, {"lines", {{{"id", "1"}, {"quantity", "1"}, {"net_minor", 4'200}}}}};
  json held;
  REQUIRE(Shop::comes_to_be([&] {
    if (!shop.chain.core->settle()) return false;
    shop.chain.project();
    held = shop.till->post("/v1/holds", basket.dump()).body;
    return held.value("discount_minor", 0) == 800;
  }));
  const json paid{
      {"store", Shop::in_store},
      {"till", "1"},
      {"business_date", "2026-11-21"},
      {"transaction", "2"},
      {"state", "paid"},
      {"completed_at", "2026-11-21T12:00:00+08:00"},
      {"currency", "CNY"},
      {"total_minor", 4'200},
      {"member_code", shop.card},
      {"basket", "B-1"},
      {"lines", basket.at("lines")},
      {"tenders", {{{"type", "coupon"}, {"amount_minor", 800}}, {{"type", "cash"}, {"amount_minor", 3'400}}}}};
  const auto used = shop.till->post("/v1/sales", paid.dump());
  REQUIRE(used.status == 200);
  CAPTURE(used.body.dump());
  REQUIRE(used.body.at("redeemed").size() == 1);
  CHECK(used.body.at("redeemed").at(0).at("coupon") == held.at("taken").at(0).at("coupon"));
  CHECK_FALSE(used.body.at("redeemed").at(0).value("provisional", false));
  REQUIRE(Shop::comes_to_be([&] { return shop.chain.core->status()->coupons_redeemed == 1; }));
  CHECK(shop.chain.core->check()->holds());
}

TEST_CASE("The card of a terminal that is unknown here is good when the hub says so, balance included") {
  Shop shop;
  shop.chain.line = Line::questions_only;
  const base::MemberId newcomer{10};
  const auto opened_today = shop.chain.enrolled_elsewhere(newcomer, 70);
  const auto card = shop.chain.card(opened_today, newcomer, opened_today.key());
  const auto seen = shop.look_at(card);
  CHECK(seen.status == 200);
  CHECK(seen.body.value("points", 0) == 70);
  const auto sold = shop.sell("1", card);
  CHECK(sold.value("member", "") == base::format_id('M', newcomer.value));
  CHECK(sold.value("balance", 0) == 70 + 42);
  CHECK_FALSE(sold.contains("member_problem"));

  const auto forged = shop.chain.card(opened_today, newcomer, crypto::SigningKey::generate());
  CHECK(shop.look_at(forged).body.value("code", "") == "code_forged");
  CHECK(shop.sell("2", forged).value("member_problem", "") == "code_forged");
}

TEST_CASE("Without an answer the card of an unknown terminal is refused as ever, and the sale stands") {
  for (const auto line : {Line::slow, Line::another_page, Line::away}) {
    CAPTURE(static_cast<int>(line));
    Shop shop;
    shop.chain.line = Line::questions_only;
    const auto opened_today = shop.chain.enrolled_elsewhere({10}, 70);
    const auto card = shop.chain.card(opened_today, {10}, opened_today.key());
    shop.chain.meet(line);
    CHECK(shop.look_at(card).body.value("code", "") == "code_unknown_issuer");
    const auto sold = shop.sell("1", card);
    CHECK(sold.at("recorded") == true);
    CHECK(sold.value("member_problem", "") == "code_unknown_issuer");
    CHECK(shop.look_at(shop.card).status == 200);
  }
}
