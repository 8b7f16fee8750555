// SPDX-License-Identifier: Apache-2.0
// What the hub gives for sales whose terminal had no programme: points by the programme that was in force then, and
// nothing of campaigns (docs/provisioning.md says why).
#include "sync/hub/core/hub_state.h"
#include "sync/model/rules.h"

namespace millpond::hub {
namespace {

constexpr std::size_t rated_at_once = 50;  // while uploads wait

}  // namespace

// One that earns nothing is closed with no points, so that nobody looks at it again.
base::Result<std::uint64_t> HubCore::State::rate_sales() {
  std::uint64_t rated = 0;
  MILLPOND_TRY(const auto any, store->published_version(wire::RowKind::programme));
  if (any == 0) return rated;  // they wait, and nobody reads them meanwhile
  for (;;) {
    MILLPOND_TRY(const auto sales, store->unrated_sales(rated_at_once));
    for (const auto& fact : sales) {
      MILLPOND_TRY(const auto version, store->programme_at(fact.stamp.occurred_at_ms));
      MILLPOND_TRY(const auto rules, store->programme(version));
      if (!rules) return rated;  // worth waiting for
      const auto& sale = std::get<model::SaleRecorded>(fact.body);
      const auto earning = model::earning_of(*rules, sale).value_or(model::Earning{});
      model::Fact points{fact.stamp, model::PointsEarned{sale.member, fact.stamp.seq, earning.points,
                                                         earning.base_minor, fact.stamp.epoch}};
      points.stamp.programme_version = version;
      MILLPOND_TRY_DO(store->rate_sale(fact.stamp, points, clock.wall_ms()));
      ++rated;
    }
    if (sales.size() < rated_at_once) return rated;
  }
}

}  // namespace millpond::hub
