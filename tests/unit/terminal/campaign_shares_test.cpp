// SPDX-License-Identifier: Apache-2.0
// Limits of whole campaigns at a terminal: what its share lets it give, what is told of that, and what it says when the
// share is used up.
#include "tests/unit/terminal/shop.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <nlohmann/json.hpp>

using namespace millpond;
using model::CampaignDrawn;
using model::LeaseKind;
using tests::Brand;
using tests::Shop;
using Json = nlohmann::json;

namespace {

// Campaign 7 gives coupon 7, which takes off 8.00, to everybody.
struct Counter {
  Brand brand;
  Shop shop{brand};
  base::MemberId member;
  std::int64_t face_minor{};
  int sales = 0;

  Counter(const std::string& offline, const Json& caps) {
    auto document = Json::parse(tests::programme_json());
    auto& campaign = document["campaigns"][0];
    campaign["offline"] = offline;
    campaign["caps"] = caps;
    campaign["actions"] = {{{"coupon", 7}}, {{"points", 30}}};
    face_minor = document["coupons"][0]["value_minor"];
    document["version"] = 2;
    shop.publish(document.dump(), 2);
    shop.hub_says_time(tests::noon_ms);
    member = shop.enrol("13800138000");
  }
  [[nodiscard]] base::Epoch live() const {
    base::Epoch epoch;
    REQUIRE(shop.journal->with([&](store::Journal& journal) { epoch = journal.outbox()->live_epoch; }));
    return epoch;
  }
  void let(LeaseKind kind, std::int64_t amount, std::uint64_t id, std::uint32_t lives_later = 0) {
    const model::Lease lease{{id}, kind, 7, {live().value + lives_later}, amount, 0, tests::noon_ms + 7LL * 86'400'000};
    REQUIRE(shop.journal->commit([&](store::Transaction& t) { return t.put_lease(lease); }));
  }
  terminal::SaleOutcome sell() { return shop.post(shop.sale_of("T-" + std::to_string(++sales), 4'200, member)); }
};

}  // namespace

TEST_CASE("A campaign gives out of the share that this terminal was let, and says when it is used up", "[campaign]") {
  const std::string policy = GENERATE("decide", "defer", "deny");
  CAPTURE(policy);
  Counter counter{policy, {{"count", 100}, {"money_minor", 90'000}}};
  counter.let(LeaseKind::campaign_count, 3, 500);
  counter.let(LeaseKind::campaign_budget, 2 * counter.face_minor + 1, 501);
  for (int i = 0; i < 2; ++i) {
    const auto outcome = counter.sell();
    CHECK(outcome.issued.size() == 1);
    CHECK(outcome.points_given == 30);
    CHECK(outcome.used_up.empty());
    const auto drawn = counter.shop.facts_of<CampaignDrawn>();
    REQUIRE(drawn.size() == 2 * (static_cast<std::size_t>(i) + 1));
    CHECK(drawn[drawn.size() - 2] ==
          CampaignDrawn{counter.member, {7}, LeaseKind::campaign_count, {500}, 1, outcome.seq, {}});
    CHECK(drawn.back() ==
          CampaignDrawn{counter.member, {7}, LeaseKind::campaign_budget, {501}, counter.face_minor, outcome.seq, {}});
  }
  // One giving is left by count, and not enough money for it.
  const auto refused = counter.sell();
  CHECK(refused.issued.empty());
  CHECK(refused.points_given == 0);
  CHECK(refused.points_earned == 42);
  CHECK(refused.used_up == std::vector<base::CampaignId>{{7}});
  CHECK(counter.shop.facts_of<CampaignDrawn>().size() == 4);

  counter.let(LeaseKind::campaign_budget, counter.face_minor, 502);  // the next share
  CHECK(counter.sell().issued.size() == 1);
  CHECK(counter.sell().used_up == std::vector<base::CampaignId>{{7}});
  CHECK(counter.shop.facts_of<CampaignDrawn>().size() == 6);
}

TEST_CASE("A sale that is told again draws nothing more", "[campaign]") {
  Counter counter{"deny", {{"count", 100}}};
  counter.let(LeaseKind::campaign_count, 3, 500);
  const auto request = counter.shop.sale_of("T-1", 4'200, counter.member);
  CHECK(counter.shop.post(request).issued.size() == 1);
  CHECK(counter.shop.post(request).kind == terminal::SaleOutcome::Kind::repeated);
  CHECK(counter.shop.facts_of<CampaignDrawn>().size() == 1);
}

TEST_CASE("Without a share of its own life a terminal gives nothing of what is limited, and promises it at the most",
          "[campaign]") {
  struct Row {
    std::string policy;
    bool of_another_life;
    std::size_t promised;  // coupon and points
  };
  for (const auto& row : {Row{"decide", false, 0}, Row{"deny", false, 0}, Row{"defer", false, 2},
                          Row{"decide", true, 0}, Row{"defer", true, 2}}) {
    CAPTURE(row.policy, row.of_another_life);
    Counter counter{row.policy, {{"count", 100}}};
    if (row.of_another_life) counter.let(LeaseKind::campaign_count, 3, 500, 1);
    const auto outcome = counter.sell();
    CHECK(outcome.issued.empty());
    CHECK(outcome.points_given == 0);
    CHECK(outcome.promised ==
          (row.promised > 0 ? std::vector<base::CampaignId>{{7}} : std::vector<base::CampaignId>{}));
    const auto given = counter.shop.facts_of<model::AwardGiven>();
    CHECK(given.size() == row.promised);
    for (const auto& each : given) CHECK(each.deferred);
    CHECK(counter.shop.facts_of<CampaignDrawn>().empty());
  }
}

TEST_CASE("A share is worth nothing after its end, and while copies of this terminal are suspected", "[campaign]") {
  Counter counter{"decide", {{"count", 100}}};
  counter.let(LeaseKind::campaign_count, 3, 500);
  SECTION("its end") {
    counter.shop.clock.advance_ms(7LL * 86'400'000);
    CHECK(counter.shop.facts_of<CampaignDrawn>().empty());
  }
  SECTION("copies") {
    REQUIRE(counter.shop.journal->commit([](store::Transaction& t) {
      return t.put_document("standing", 1, base::Bytes{1, 0, 0, 0, 0, 0, 0, 0, 1});
    }));
  }
  CHECK(counter.sell().issued.empty());
  CHECK(counter.shop.facts_of<CampaignDrawn>().empty());
}
