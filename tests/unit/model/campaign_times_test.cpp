// SPDX-License-Identifier: Apache-2.0
#include "sync/model/campaign_times.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using model::CampaignTimes;
using Times = std::vector<CampaignTimes>;

TEST_CASE("An occasion counts for its campaign, and by the newest day alone") {
  Times times;
  for (const std::int32_t day : {10, 10, 9, 12}) model::count_time(times, {5}, {day});
  model::count_time(times, {3}, {11});
  CHECK(times == Times{{{3}, 1, {11}, 1}, {{5}, 4, {12}, 1}});
  CHECK(model::times_of(times, {5}) == CampaignTimes{{5}, 4, {12}, 1});
  CHECK(model::times_of(times, {4}) == CampaignTimes{{4}, 0, {}, 0});
}

TEST_CASE("One person's numbers add up, whichever comes first") {
  const Times one{{{3}, 2, {11}, 2}, {{5}, 1, {12}, 1}};
  const Times other{{{3}, 1, {11}, 1}, {{4}, 1, {9}, 1}, {{5}, 7, {10}, 3}};
  const Times sum{{{3}, 3, {11}, 3}, {{4}, 1, {9}, 1}, {{5}, 8, {12}, 1}};
  for (const bool swapped : {false, true}) {
    Times times;
    model::add_times(times, swapped ? other : one);
    model::add_times(times, swapped ? one : other);
    CHECK(times == sum);
  }
}

TEST_CASE("Past the most a row can hold the campaign that gave longest ago is forgotten") {
  Times times;
  const auto most = static_cast<std::uint32_t>(model::campaign_times_max);
  for (std::uint32_t i = 1; i <= most; ++i) model::count_time(times, {i}, {static_cast<std::int32_t>(100 - i)});
  model::count_time(times, {500}, {200});
  CHECK(times.size() == model::campaign_times_max);
  CHECK(model::times_of(times, {most}).times == 0);
  CHECK(model::times_of(times, {500}).times == 1);
  CHECK(model::times_of(times, {1}).times == 1);
}
