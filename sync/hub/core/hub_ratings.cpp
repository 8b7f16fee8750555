// SPDX-License-Identifier: Apache-2.0
// What the hub gives for sales whose terminal had no programme: points by the programme that was in force then, and
// nothing of campaigns (docs/provisioning.md says why); and what it takes when points have ended.
#include "sync/hub/core/hub_state.h"
#include "sync/model/rules.h"

namespace millpond::hub {
namespace {

constexpr std::size_t rated_at_once = 50;  // in one transaction, while uploads wait
constexpr std::size_t expired_at_once = 200;
constexpr std::size_t expired_pages_a_turn = 100;
constexpr std::size_t rated_a_turn = 1'000;  // before stage 2 applies them

}  // namespace

// One that earns nothing is closed with no points, so that nobody looks at it again. One by a version that nobody can
// read waits, and holds up no other.
base::Result<std::uint64_t> HubCore::State::rate_sales() {
  std::uint64_t rated = 0;
  MILLPOND_TRY(const auto any, store->published_version(wire::RowKind::programme));
  if (any == 0) return rated;  // they wait, and nobody reads them meanwhile
  FactPlace after;
  while (rated < rated_a_turn) {
    MILLPOND_TRY(const auto page, store->unrated_sales(after, rated_at_once));
    std::vector<Rating> ratings;
    for (const auto& fact : page.sales) {
      MILLPOND_TRY(const auto version, store->programme_at(fact.stamp.occurred_at_ms));
      MILLPOND_TRY(const auto rules, store->programme(version));
      if (!rules) continue;
      const auto& sale = std::get<model::SaleRecorded>(fact.body);
      const auto earning = model::earning_of(*rules, sale).value_or(model::Earning{});
      model::Fact points{fact.stamp, model::PointsEarned{sale.member, fact.stamp.seq, earning.points,
                                                         earning.base_minor, fact.stamp.epoch}};
      points.stamp.programme_version = version;
      ratings.push_back({fact.stamp, std::move(points)});
    }
    if (!ratings.empty()) MILLPOND_TRY_DO(store->rate_sales(ratings, clock.wall_ms()));
    rated += ratings.size();
    if (!page.more) break;
    after = page.last;
  }
  return rated;
}

// A page of members is one transaction, so that uploads and stage 2 pass between two.
base::Result<std::uint64_t> HubCore::State::expire_points() {
  std::uint64_t expired = 0;
  DuePoints page;
  for (std::size_t pages = 0; pages < expired_pages_a_turn; ++pages) {
    MILLPOND_TRY(page, store->expire_points(page, expired_at_once, clock.wall_ms()));
    expired += page.noted;
    if (!page.more) break;
  }
  return expired;
}

}  // namespace millpond::hub
