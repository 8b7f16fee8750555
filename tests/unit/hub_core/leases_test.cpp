// SPDX-License-Identifier: Apache-2.0
// Leases through the core: whoever asks for pages gets what is due.
#include "sync/wire/lease_rows.h"
#include "tests/support/pretend_brand.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <nlohmann/json.hpp>

using namespace millpond;
using tests::PretendBrand;
using tests::PretendTerminal;

namespace {

constexpr hub::LeaseTerms points{model::LeaseKind::points, 0, 900, 500, 200};

void project_all(PretendBrand& brand) {
  for (bool more = true; more;) {
    const auto outcome = brand.core->project();
    REQUIRE(outcome);
    more = outcome->more;
  }
}

// What a terminal hears of its leases.
std::vector<model::Lease> leases_of(PretendBrand& brand, const PretendTerminal& terminal, base::Epoch epoch) {
  std::vector<model::Lease> found;
  const auto head = brand.core->feed_head();
  REQUIRE(head);
  const auto page = brand.core->down(terminal.id(), {head->generation, 0, 0}, wire::page_rows_max, epoch);
  REQUIRE(page);
  for (const auto& row : page->rows) {
    if (row.kind != static_cast<std::uint8_t>(wire::RowKind::lease) || row.deleted) continue;
    auto lease = wire::decode_lease(row.body);
    REQUIRE(lease);
    CHECK(wire::is_lease_key(row.key, terminal.id(), *lease));
    found.push_back(*lease);
  }
  return found;
}

// The only one; nothing when there is none.
std::optional<model::Lease> lease_of(PretendBrand& brand, const PretendTerminal& terminal, base::Epoch epoch) {
  const auto found = leases_of(brand, terminal, epoch);
  CHECK(found.size() <= 1);
  return found.empty() ? std::nullopt : std::optional{found.front()};
}

// A programme with one campaign, number 7, that gives a coupon of 8.00 within limits.
void publish_limited(PretendBrand& brand, const nlohmann::json& caps, const nlohmann::json& changes = {}) {
  using Json = nlohmann::json;
  const Json words{{"zh-CN", "甲"}, {"en", "A"}};
  auto document = Json::parse(tests::hub_programme_json(2));
  document["coupons"] = {{{"id", 3},
                          {"name", words},
                          {"type", "amount_off"},
                          {"threshold_minor", 3'000},
                          {"value_minor", 800},
                          {"valid", {{"days", 30}}}}};
  Json campaign{{"id", 7},
                {"name", words},
                {"trigger", {{"on", "sale_paid"}}},
                {"starts", "2026-01-01"},
                {"ends", "2027-12-31"},
                {"offline", "decide"},
                {"caps", caps},
                {"actions", {{{"coupon", 3}}}}};
  if (changes.is_object()) campaign.update(changes);
  document["campaigns"] = Json::array({campaign});
  const auto published = brand.core->publish_programme(base::view_of(document.dump()));
  INFO((published ? std::string{} : base::describe(published.error())));
  REQUIRE(published);
  project_all(brand);
}

}  // namespace

TEST_CASE("Whoever was given all of its day hears so, and is given more the day after") {
  PretendBrand brand;
  auto terminal = brand.provision();
  terminal.begin_epoch();
  terminal.enrol({9}, {1});
  terminal.sell({9}, "first", 1'000, 500);
  brand.up(terminal.all());
  project_all(brand);
  auto bounded = points;
  bounded.cap = 5'000;
  bounded.terminal_day_max = 500;
  brand.core->set_lease_terms({bounded});
  REQUIRE(lease_of(brand, terminal, {77}));
  const auto ask = [&](std::uint64_t asked) {
    const auto word = brand.core->points(terminal.id(), wire::encode(wire::PointsAsk{asked, {9}, {77}, 100}));
    REQUIRE(word);
    return *word;
  };
  const auto refused = ask(1);
  CHECK(refused.word == model::HubWord::refused);
  CHECK(base::code_name(refused.why) == "points_cap");
  brand.clock.advance_ms(hub::bounded_day_ms);
  CHECK(ask(2).word == model::HubWord::confirmed);
}

TEST_CASE("Whoever asks for pages gets a lease for the life it lives, within the pool") {
  PretendBrand brand;
  auto first = brand.provision();
  auto second = brand.provision();
  for (auto* terminal : {&first, &second}) {
    terminal->begin_epoch();
    brand.up(terminal->all());
  }
  project_all(brand);
  CHECK_FALSE(lease_of(brand, first, {77}));  // nobody has set any terms
  brand.core->set_lease_terms({points});
  CHECK_FALSE(lease_of(brand, first, {}));  // a copy that does not say which
  const auto lease = lease_of(brand, first, {77});
  REQUIRE(lease);
  CHECK(lease->amount == 500);
  CHECK(lease->a_member_max == 200);
  CHECK(lease->epoch.value == 77);
  CHECK(lease->expires_ms == brand.clock.wall_ms() + hub::lease_ms);
  CHECK(lease_of(brand, first, {77}) == lease);
  CHECK(lease_of(brand, second, {77})->amount == 400);
  const auto books = brand.core->leases();
  REQUIRE(books);
  CHECK(books->pools.front().outstanding == 900);
  CHECK(brand.core->check()->holds());

  REQUIRE(brand.core->rebuild());
  CHECK(lease_of(brand, first, {77}) == lease);
  CHECK(brand.core->leases()->pools.front().outstanding == 900);

  REQUIRE(brand.core->give_up_lease(lease->id));
  project_all(brand);
  CHECK(brand.core->leases()->pools.front().outstanding == 400);
  CHECK(brand.core->give_up_lease(lease->id).error().code == base::Code::bad_input);
  CHECK(brand.core->give_up_lease({1}).error().code == base::Code::not_found);
}

TEST_CASE("A campaign's limits go out in shares, never more than they are, and are used up for good") {
  PretendBrand brand;
  auto first = brand.provision();
  auto second = brand.provision();
  for (auto* terminal : {&first, &second}) {
    terminal->begin_epoch();
    brand.up(terminal->all());
  }
  project_all(brand);
  publish_limited(brand, {{"count", 100}, {"money_minor", 9'000}});
  const auto shares = [&](PretendTerminal& terminal) {
    std::map<model::LeaseKind, model::Lease> found;
    for (const auto& each : leases_of(brand, terminal, {77})) {
      CHECK(each.subject == 7);
      found[each.kind] = each;
    }
    return found;
  };
  // A quarter of the limit for both together, in whole givings of 8.00.
  auto of_first = shares(first);
  REQUIRE(of_first.size() == 2);
  CHECK(of_first.at(model::LeaseKind::campaign_count).amount == 12);
  CHECK(of_first.at(model::LeaseKind::campaign_budget).amount == 800);
  CHECK(shares(second).size() == 2);
  CHECK(shares(first) == of_first);

  std::int64_t sales = 0;
  std::int64_t given_minor = 0;
  // One of them gives until the hub lets it no more.
  for (int round = 0; round < 40; ++round) {
    const auto lease = shares(first).at(model::LeaseKind::campaign_budget);
    if (given_minor > 0 && lease.id == of_first.at(model::LeaseKind::campaign_budget).id) break;
    of_first.at(model::LeaseKind::campaign_budget) = lease;
    const auto from = first.head() + 1;
    first.add(model::CampaignDrawn{{9}, {7}, lease.kind, lease.id, lease.amount, {}, {}});
    brand.up(first.batch(from, first.head()));
    project_all(brand);
    given_minor += lease.amount;
    ++sales;
  }
  CHECK(given_minor == 8'000);  // 8.00 are the other one's, and what is left is less than one giving
  CHECK(sales == 10);
  const auto budget = [&] {
    const auto books = brand.core->leases();
    REQUIRE(books);
    const auto found = std::ranges::find(books->pools, model::LeaseKind::campaign_budget, &hub::PoolStanding::kind);
    REQUIRE(found != books->pools.end());
    return *found;
  };
  CHECK(budget().used == 8'000);
  CHECK(budget().outstanding == 800);
  CHECK(budget().cap == 9'000);
  CHECK(budget().excess == 0);
  CHECK(brand.core->check()->holds());
  REQUIRE(brand.core->rebuild());
  CHECK(budget().used == 8'000);

  // What is taken past a share, or out of another one's, is that terminal's breach.
  const auto from = first.head() + 1;
  first.add(model::CampaignDrawn{
      {9}, {7}, model::LeaseKind::campaign_budget, of_first.at(model::LeaseKind::campaign_budget).id, 50, {}, {}});
  brand.up(first.batch(from, first.head()));
  project_all(brand);
  CHECK(budget().excess == 50);
  CHECK(brand.core->check()->holds());
}

TEST_CASE("A share of a campaign is for shops that run it, from two days before it begins until its last day") {
  struct Row {
    nlohmann::json changes;
    std::size_t shares;
  };
  // The clock stands at 2026-11-18 in Shanghai.
  const std::vector<Row> rows{
      {{}, 1},
      {{{"starts", "2026-11-20"}}, 1},
      {{{"starts", "2026-11-21"}}, 0},
      {{{"ends", "2026-11-18"}}, 1},
      {{{"ends", "2026-11-17"}}, 0},
      {{{"when", {{"stores", nlohmann::json::array({1})}}}}, 1},
      {{{"when", {{"stores", nlohmann::json::array({2})}}}}, 0},
      {{{"trigger", {{"on", "check_in"}}}}, 0},
  };
  for (const auto& row : rows) {
    CAPTURE(row.changes.dump());
    PretendBrand brand;
    auto terminal = brand.provision();
    terminal.begin_epoch();
    brand.up(terminal.all());
    project_all(brand);
    publish_limited(brand, {{"count", 100}}, row.changes);
    CHECK(leases_of(brand, terminal, {77}).size() == row.shares);
  }
}

TEST_CASE("A revoked terminal gets no lease, and what it had stays out until somebody gives it up") {
  PretendBrand brand;
  auto terminal = brand.provision();
  terminal.begin_epoch();
  brand.up(terminal.all());
  project_all(brand);
  brand.core->set_lease_terms({points});
  REQUIRE(brand.core->revoke_terminal(terminal.id()));
  project_all(brand);
  CHECK_FALSE(lease_of(brand, terminal, {77}));
}
