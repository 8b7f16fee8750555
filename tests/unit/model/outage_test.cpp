// SPDX-License-Identifier: Apache-2.0
#include "sync/model/outage.h"

#include "sync/base/file.h"
#include "tests/support/paths.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>

using namespace millpond;
using model::CouponType;
using model::OfflinePolicy;

namespace {

model::CouponOffer offer(std::uint32_t id, std::int64_t value_minor, std::int64_t times_max = 1, bool asks = false) {
  model::CouponOffer of;
  of.id.value = id;
  of.type = CouponType::amount_off;
  of.value_minor = value_minor;
  of.times_max = times_max;
  of.confirmed_only = asks;
  return of;
}

model::Campaign campaign(std::uint32_t id, OfflinePolicy policy, std::int64_t count) {
  model::Campaign of;
  of.id.value = id;
  of.offline = policy;
  of.caps.per_member = count;
  return of;
}

// 10.00 a coupon, 100.00 and 20 uses outstanding.
model::OutageLimits limits(std::int64_t terminals) {
  model::OutageLimits of;
  of.terminals = terminals;
  return of;
}

}  // namespace

TEST_CASE("An outage costs twice what every terminal may honour unasked, whatever is published", "[outage]") {
  const model::Programme nothing;
  struct Row {
    std::int64_t terminals;
    std::int64_t outstanding_minor_max;
    std::int64_t coupons_minor;
  };
  for (const auto& row :
       {Row{0, 10'000, 0}, Row{1, 10'000, 20'000}, Row{40, 10'000, 800'000}, Row{40, 0, 0}, Row{40, -5, 0},
        Row{std::numeric_limits<std::int64_t>::max(), 10'000, std::numeric_limits<std::int64_t>::max()}}) {
    auto of = limits(row.terminals);
    of.honour.outstanding_minor_max = row.outstanding_minor_max;
    CAPTURE(row.terminals, row.outstanding_minor_max);
    CHECK(model::outage_bound(nothing, of).coupons_minor == row.coupons_minor);
    CHECK(model::outage_bound(nothing, of).these_coupons_minor == 0);
  }
}

TEST_CASE("Of one programme an outage costs no more than its own coupons can", "[outage]") {
  struct Row {
    const char* what;
    std::vector<model::CouponOffer> coupons;
    std::int64_t these_minor;  // at one terminal
    std::vector<base::CampaignId> asked_for;
  };
  const std::vector<Row> rows{
      {"20 uses of 3.00", {offer(1, 300)}, 2 * 20 * 300, {}},
      {"the dearest counts", {offer(1, 300), offer(2, 400)}, 2 * 20 * 400, {}},
      {"20 uses of 8.00 are more than 100.00", {offer(1, 800)}, 2 * 10'000, {}},
      {"3.00 three times are no more than 10.00", {offer(1, 300, 4)}, 2 * 10'000, {}},
      {"one that always asks costs nothing", {offer(1, 300, 1, true)}, 0, {{1}}},
      {"nor does one above what a terminal may honour", {offer(9, 1'001), offer(3, 5'000)}, 0, {{3}, {9}}},
      {"the limit is inclusive", {offer(1, 1'000)}, 2 * 10'000, {}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    model::Programme programme;
    programme.coupons = row.coupons;
    const auto bound = model::outage_bound(programme, limits(1));
    CHECK(bound.these_coupons_minor == row.these_minor);
    CHECK(bound.these_coupons_minor <= bound.coupons_minor);
    CHECK(bound.asked_for == row.asked_for);
  }
}

TEST_CASE("Campaigns that decide without the line give past their limits, and points no more than is leased",
          "[outage]") {
  model::Programme programme;
  programme.campaigns = {campaign(4, OfflinePolicy::decide, 10), campaign(2, OfflinePolicy::decide, 1),
                         campaign(3, OfflinePolicy::decide, 0), campaign(5, OfflinePolicy::defer, 10),
                         campaign(6, OfflinePolicy::deny, 10)};
  auto leased = campaign(7, OfflinePolicy::decide, 0);
  leased.caps.count = 10;
  leased.caps.money_minor = 1'000;
  programme.campaigns.push_back(leased);
  auto of = limits(40);
  CHECK(model::outage_bound(programme, of).past_limits == std::vector<base::CampaignId>{{2}, {4}});
  CHECK(model::outage_bound(programme, of).points == 100'000);
  of.points_pool_max = 0;
  CHECK(model::outage_bound(programme, of).points == 0);
  CHECK(model::outage_bound(programme, limits(0)).points == 0);
}

TEST_CASE("The tea chain asks for what is dear", "[outage]") {
  const auto bytes = base::read_file((tests::source_dir() / "assets/chain/programme.json").string(), 1U << 20);
  REQUIRE(bytes);
  const auto programme = model::parse_programme(*bytes);
  REQUIRE(programme);
  const auto bound = model::outage_bound(*programme, limits(38));
  CHECK(bound.coupons_minor == 2 * 38 * 10'000);
  // A birthday cup of 20.00, pastry of up to 12.00, the cinema's 10.00 and tea bags of 39.00.
  CHECK(bound.asked_for == std::vector<base::CampaignId>{{3}, {9}, {10}, {11}});
  CHECK(bound.past_limits == std::vector<base::CampaignId>{{1}, {2}, {6}, {12}});
}
