// SPDX-License-Identifier: Apache-2.0
// Leases on the operator's socket: what terminals may give out without asking, and what that has cost.
#include "sync/hub/server/admin_api.h"
#include "sync/hub/server/log.h"

#include <nlohmann/json.hpp>

namespace millpond::hub {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

const char* name_of(model::LeaseKind kind) {
  switch (kind) {
    case model::LeaseKind::campaign_budget:
      return "campaign_budget";
    case model::LeaseKind::campaign_count:
      return "campaign_count";
    case model::LeaseKind::game_stock:
      return "game_stock";
    case model::LeaseKind::points:
      break;
  }
  return "points";
}

// Lease numbers are longer than those of terminals and people.
base::LeaseId lease_in(base::ByteView body) {
  const auto json = Json::parse(base::text_of(body), nullptr, false);
  if (!json.is_object()) return {};
  const auto found = json.find("lease");
  return {found != json.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0};
}

}  // namespace

base::Result<std::string> AdminApi::list_leases(const http::Request& /*request*/) {
  MILLPOND_TRY(const auto books, core_.leases());
  auto pools = Json::array();
  for (const auto& pool : books.pools) {
    pools.push_back({{"kind", name_of(pool.kind)},
                     {"subject", pool.subject},
                     {"cap", pool.cap},
                     {"used", pool.used},
                     {"outstanding", pool.outstanding},
                     {"past_leases", pool.excess}});
  }
  auto leases = Json::array();
  for (const auto& each : books.leases) {
    leases.push_back({{"lease", each.lease.id.value},
                      {"kind", name_of(each.lease.kind)},
                      {"subject", each.lease.subject},
                      {"terminal", each.terminal.value},
                      {"epoch", each.lease.epoch.value},
                      {"amount", each.lease.amount},
                      {"left", each.left},
                      {"told", each.told},
                      {"waited_for", each.written_off},
                      {"expires", base::format_utc(each.lease.expires_ms)}});
  }
  auto lost = Json::array();
  for (const auto& each : books.lost) {
    lost.push_back({{"terminal", each.terminal.value}, {"sales", each.sales}, {"points", each.points}});
  }
  return text_of({{"pools", std::move(pools)}, {"leases", std::move(leases)}, {"lost", std::move(lost)}});
}

base::Result<std::string> AdminApi::write_off_lease(const http::Request& request) {
  const auto lease = lease_in(request.body);
  MILLPOND_TRY_DO(core_.give_up_lease(lease));
  log(Level::warning, "lease_written_off", {{"lease", static_cast<std::int64_t>(lease.value)}});
  return text_of({{"lease", lease.value}, {"written_off", true}});
}

}  // namespace millpond::hub
