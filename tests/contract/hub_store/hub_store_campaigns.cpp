// SPDX-License-Identifier: Apache-2.0
// How often campaigns that are capped by member gave somebody something, as every engine behind HubStore counts it.
#include "sync/base/rng.h"
#include "tests/contract/hub_store/suite.h"
#include "tests/support/pretend_brand.h"

using namespace millpond;
using namespace millpond::tests;
using model::ActionKind;
using model::CampaignTimes;

namespace {

// 7 and 8 are capped by member, 9 is not.
std::string capped_programme(std::uint32_t version) {
  auto json = hub_programme_json(version);
  std::string campaigns;
  for (const auto& [id, caps] : {std::pair{7, R"("caps":{"per_member":2},)"},
                                 {8, R"("caps":{"per_member_day":1},)"},
                                 {9, R"("caps":{"count":5},)"}}) {
    campaigns += campaigns.empty() ? "" : ",";
    campaigns += R"({"id":)" + std::to_string(id) +
                 R"(,"name":{"zh-CN":"甲","en":"A"},"trigger":{"on":"sale_paid"},"starts":"2026-01-01",)" +
                 R"("ends":"2027-12-31","when":{"paid_at_least_minor":1},"offline":"defer",)" + caps +
                 R"("actions":[{"points":5}]})";
  }
  const std::string none = R"("campaigns":[])";
  return json.replace(json.find(none), none.size(), R"("campaigns":[)" + campaigns + "]");
}

void publish(HubStore& store) {
  const auto json = capped_programme(1);
  const auto bytes = base::view_of(json);
  const wire::ProgrammeRow row{1, 1, {bytes.begin(), bytes.end()}, {}};
  REQUIRE(store.publish(wire::RowKind::programme, base::view_of("programme"), wire::encode(row), 1, 1, {}));
}

base::Hash cause_of(std::uint64_t number) {
  base::Hash cause{};
  for (std::size_t i = 0; i < 8; ++i) cause[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return cause;
}

struct Chain {
  HubStore& store;
  PretendTerminal one = terminal_of(1);
  std::uint64_t sent = 0;
  std::uint64_t causes = 0;

  explicit Chain(HubStore& of) : store{of} {
    publish(store);
    admit(store, one);
    one.begin_epoch();
    one.go_by(1);
    for (const std::uint64_t member : {8, 9}) one.enrol({member}, {1});
    send();
  }
  void send() {
    REQUIRE(store.ingest(checked(one, sent + 1, one.head()), start_of(one)));
    sent = one.head();
    project_all(store);
  }
  void award(std::uint64_t member, std::uint32_t campaign, base::Seq sale, bool deferred = false) {
    one.add(model::AwardGiven{
        {member}, {campaign}, ActionKind::points, 5, "", cause_of(++causes), 0, deferred, sale, {}, 0});
  }
  void coupon(std::uint64_t number, std::uint64_t member, std::uint32_t campaign, base::Seq sale) {
    model::CouponIssued fact;
    fact.coupon = {number};
    fact.member = {member};
    fact.campaign = {3};
    fact.store = {1};
    fact.value_minor = 100;
    fact.not_before = {20'777};
    fact.expires = {20'800};
    fact.cause = cause_of(++causes);
    fact.sale = sale;
    fact.by = {campaign};
    one.add(fact);
  }
  [[nodiscard]] std::vector<CampaignTimes> given(std::uint64_t member) const {
    const auto row = store.member_row({member});
    REQUIRE(row);
    return *row ? (*row)->given : std::vector<CampaignTimes>{};
  }
  void check_whole() const {
    CHECK(store.rebuilt_otherwise(open_anything()).value().empty());
    CHECK(store.check()->holds());
  }
};

using Times = std::vector<CampaignTimes>;

}  // namespace

TEST_CASE("An occasion counts once, whatever it brought, for campaigns that are capped by member") {
  on_every_engine([](HubStore& store, const auto&) {
    Chain chain{store};
    chain.one.on_day(20'777);
    const auto first = chain.one.sell({8}, "s1", 1'000, 10);
    chain.award(8, 7, first);
    chain.coupon(1'001, 8, 7, first);
    chain.award(8, 9, first);  // counted by its leases
    const auto second = chain.one.sell({8}, "s2", 1'000, 10);
    chain.award(8, 7, second);
    chain.award(8, 8, second);
    chain.award(8, 8, second, true);  // promised, not given
    chain.send();
    CHECK(chain.given(8) == Times{{{7}, 2, {20'777}, 2}, {{8}, 1, {20'777}, 1}});
    CHECK(chain.given(9).empty());

    chain.one.on_day(20'778);
    chain.award(8, 7, chain.one.sell({8}, "s3", 1'000, 10));
    chain.one.sell({8}, "s4", 1'000, 10);
    chain.send();
    CHECK(chain.given(8) == Times{{{7}, 3, {20'778}, 1}, {{8}, 1, {20'777}, 1}});
    // Goods that came back do not make it something that was never given.
    chain.one.refund("s3", "r3", 1'000);
    chain.send();
    CHECK(chain.given(8).front() == CampaignTimes{{7}, 3, {20'778}, 1});
    chain.check_whole();
  });
}

TEST_CASE("What does not count at the hub does not count as given, and rules that were never published cap nothing") {
  on_every_engine([](HubStore& store, const auto&) {
    Chain chain{store};
    const auto sale = chain.one.sell({8}, "s1", 1'000, 10);
    chain.award(8, 7, sale);
    const auto again = chain.one.sell({8}, "s1", 1'000, 10);  // the same sale under another number
    chain.award(8, 7, again);
    chain.coupon(1'001, 8, 7, again);
    chain.coupon(1'002, 8, 7, sale);
    --chain.causes;
    chain.coupon(1'003, 8, 8, sale);  // the cause of the one before
    chain.one.go_by(6);
    chain.award(8, 8, chain.one.sell({8}, "s2", 1'000, 10));
    chain.one.go_by(0);
    chain.award(8, 8, chain.one.sell({8}, "s3", 1'000, 10));
    chain.send();
    CHECK(chain.given(8) == Times{{{7}, 1, {20'777}, 1}});
    chain.check_whole();
  });
}

TEST_CASE("One person's numbers are capped together, and who leaves leaves nothing") {
  on_every_engine([](HubStore& store, const auto&) {
    Chain chain{store};
    chain.award(8, 7, chain.one.sell({8}, "s1", 1'000, 10));
    chain.award(9, 7, chain.one.sell({9}, "s2", 1'000, 10));
    chain.send();
    REQUIRE(store.merge_members({8}, {9}, 8));
    project_all(store);
    CHECK(chain.given(9) == Times{{{7}, 2, {20'777}, 2}});
    REQUIRE(store.unmerge_member({8}, 9));
    project_all(store);
    CHECK(chain.given(9) == Times{{{7}, 1, {20'777}, 1}});
    chain.check_whole();
    REQUIRE(store.remove_member({9}, 10));
    project_all(store);
    chain.award(9, 7, chain.one.sell({9}, "s4", 1'000, 10));
    chain.send();
    CHECK(chain.given(9).empty());
    chain.check_whole();
  });
}

// Whoever counts by hand: a sale of a day is one time for each campaign of 7 and 8 that gave on it.
TEST_CASE("At random, counting comes to what a list of occasions says") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    on_every_engine([seed](HubStore& store, const auto&) {
      base::SeededRng rng{seed};
      Chain chain{store};
      std::map<std::pair<std::uint64_t, std::uint32_t>, std::map<std::uint64_t, std::int32_t>> naive;
      std::int32_t day = 20'777;
      for (int i = 0; i < 60; ++i) {
        day += static_cast<std::int32_t>(rng.below(4) == 0);
        chain.one.on_day(day - static_cast<std::int32_t>(rng.below(5) == 0));  // one in five is told a day late
        const auto member = 8 + rng.below(2);
        const auto sale = chain.one.sell({member}, "s" + std::to_string(i), 1'000, 1);
        for (auto gifts = rng.below(4); gifts > 0; --gifts) {
          const auto campaign = static_cast<std::uint32_t>(7 + rng.below(3));
          if (rng.below(2) == 0) {
            chain.award(member, campaign, sale);
          } else {
            chain.coupon(2'000 + chain.causes, member, campaign, sale);
          }
          if (campaign < 9) naive[{member, campaign}][sale.value] = chain.one.day().days;
        }
        if (rng.below(5) == 0) chain.send();
      }
      chain.send();
      for (const auto& [who, occasions] : naive) {
        const auto told = model::times_of(chain.given(who.first), {who.second});
        CHECK(told.times == static_cast<std::int64_t>(occasions.size()));
        std::int32_t newest = 0;
        for (const auto& [sale, on] : occasions) newest = std::max(newest, on);
        CHECK(told.day.days == newest);
      }
      chain.check_whole();
    });
  }
}
