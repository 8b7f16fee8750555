// SPDX-License-Identifier: Apache-2.0
// Work orders and offline grants on the operator's socket.
#include "sync/hub/server/admin_api.h"
#include "sync/hub/server/log.h"

#include <nlohmann/json.hpp>

namespace millpond::hub {
namespace {

using base::Code;
using base::Error;
using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json body_of(const http::Request& request) {
  auto json = Json::parse(base::text_of(request.body), nullptr, false);
  return json.is_object() ? std::move(json) : Json::object();
}

// 0 for what is no such number.
std::uint64_t number_in(const Json& json, const char* name, std::uint64_t max) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_number_unsigned()) return 0;
  const auto number = found->get<std::uint64_t>();
  return number <= max ? number : 0;
}

std::string word_in(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::string state_of(const WorkOrder& order, std::int64_t now_ms) {
  if (order.revoked) return "revoked";
  if (order.expires_ms <= now_ms) return "expired";
  if (order.used >= order.terminals) return "used up";
  return order.tries_left <= 0 ? "locked: tried too often" : "open";
}

std::string state_of(const GrantRecord& grant, std::int64_t now_ms) {
  if (grant.bound) return grant.clashes > 0 ? "SHOWN BY ANOTHER MACHINE TOO" : "bound";
  if (grant.revoked) return "revoked";
  return grant.expires_ms <= now_ms ? "expired" : "open";
}

}  // namespace

base::Result<std::string> AdminApi::add_order(const http::Request& request) {
  const auto json = body_of(request);
  const auto store = static_cast<std::uint32_t>(number_in(json, "store", UINT32_MAX));
  const auto terminals = static_cast<std::uint32_t>(number_in(json, "terminals", wire::order_terminals_max));
  MILLPOND_TRY(const auto made, core_.add_order({store}, terminals, word_in(json, "phone"), word_in(json, "pin")));
  log(Level::info, "order_made",
      {{"order", static_cast<std::int64_t>(made.number)}, {"terminals", std::int64_t{terminals}}});
  return text_of({{"order", made.number},
                  {"code", made.code},
                  {"shown", wire::show_provision_code(made.code)},
                  {"store", store},
                  {"terminals", terminals},
                  {"expires", base::format_utc(made.expires_ms)}});
}

base::Result<std::string> AdminApi::list_orders(const http::Request& /*request*/) {
  MILLPOND_TRY(const auto orders, core_.orders());
  auto list = Json::array();
  for (const auto& order : orders) {
    list.push_back({{"order", order.number},
                    {"store", order.store.value},
                    {"terminals", order.terminals},
                    {"used", order.used},
                    {"expires", base::format_utc(order.expires_ms)},
                    {"state", state_of(order, clock_.wall_ms())}});
  }
  return text_of({{"orders", std::move(list)}});
}

base::Result<std::string> AdminApi::revoke_order(const http::Request& request) {
  const auto number = number_in(body_of(request), "order", UINT32_MAX);
  MILLPOND_TRY_DO(core_.revoke_order(number));
  log(Level::warning, "order_revoked", {{"order", static_cast<std::int64_t>(number)}});
  return text_of({{"order", number}, {"revoked", true}});
}

base::Result<std::string> AdminApi::add_grant(const http::Request& request) {
  const auto json = body_of(request);
  GrantWish wish;
  wish.store = {static_cast<std::uint32_t>(number_in(json, "store", UINT32_MAX))};
  wish.hub_url = word_in(json, "hub");
  if (json.contains("days")) wish.days = static_cast<int>(number_in(json, "days", 90));
  MILLPOND_TRY(const auto made, core_.add_grant(wish));
  log(Level::info, "grant_made", {{"terminal", std::int64_t{made.terminal.value}}});
  Json answer{{"terminal", made.terminal.value},
              {"store", wish.store.value},
              {"sheet", made.sheet},
              {"matching_digits", made.matching_digits},
              {"expires", base::format_utc(made.expires_ms)}};
  if (json.value("usb", Json{}) == true) {
    MILLPOND_TRY(const auto status, core_.status());
    answer["usb"] = base::to_hex(made.file);
    answer["programme"] = status.programme_version;  // 0: none was published, and none is on the stick
  }
  return text_of(answer);
}

base::Result<std::string> AdminApi::list_grants(const http::Request& /*request*/) {
  MILLPOND_TRY(const auto grants, core_.grants());
  auto list = Json::array();
  for (const auto& grant : grants) {
    list.push_back({{"terminal", grant.terminal.value},
                    {"store", grant.store.value},
                    {"expires", base::format_utc(grant.expires_ms)},
                    {"clashes", grant.clashes},
                    {"state", state_of(grant, clock_.wall_ms())}});
  }
  return text_of({{"grants", std::move(list)}});
}

base::Result<std::string> AdminApi::revoke_grant(const http::Request& request) {
  const auto terminal = static_cast<std::uint32_t>(number_in(body_of(request), "terminal", base::terminal_id_max));
  MILLPOND_TRY_DO(core_.revoke_grant({terminal}));
  log(Level::warning, "grant_revoked", {{"terminal", std::int64_t{terminal}}});
  return text_of({{"terminal", terminal}, {"revoked", true}});
}

}  // namespace millpond::hub
