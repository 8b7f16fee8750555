// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/import_command.h"

#include "hardware/till/record_once.h"
#include "hardware/till/sale_json.h"
#include "sync/crypto/hash.h"

#include <nlohmann/json.hpp>

namespace millpond::service {
namespace {

using Json = nlohmann::ordered_json;

std::string_view name_of(till::Once once) {
  switch (once) {
    case till::Once::recorded:
      return "recorded";
    case till::Once::known:
      return "known";
    case till::Once::changed:
      return "changed";
    case till::Once::unavailable:
      return "unavailable";
    case till::Once::refused:
      break;
  }
  return "refused";
}

// A refund that came live has its answer under its own key.
till::OnceAnswer import_refund(ports::TillHandler& handler, const Json& json, bool dry) {
  constexpr int found = 200;
  constexpr int missing = 404;
  constexpr int disputed = 409;
  constexpr int broken = 500;
  const auto text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  const auto refund = till::parse_refund(base::view_of(text));
  if (!refund) return {till::Once::refused, refund.error().hint + " " + refund.error().detail};
  const auto before = handler.find_sale(refund->key);
  if (before.status == found) {
    const auto stored = Json::parse(before.json, nullptr, false);
    const bool same = stored.is_object() && stored.contains("sale_known") &&
                      stored.value("total_minor", std::int64_t{0}) == refund->total_minor;
    return {same ? till::Once::known : till::Once::changed, {}};
  }
  if (before.status != missing) return {till::Once::unavailable, {}};
  if (dry) return {till::Once::recorded, {}};
  const auto answer = handler.refund(*refund, crypto::sha256(base::view_of(text)));
  if (answer.status == found) return {till::Once::recorded, {}};
  if (answer.status == disputed) return {till::Once::changed, {}};
  const auto refusal = Json::parse(answer.json, nullptr, false);
  return {answer.status >= broken ? till::Once::unavailable : till::Once::refused,
          refusal.is_object() ? refusal.value("code", std::string{}) : std::string{}};
}

till::OnceAnswer import_one(ports::TillHandler& handler, const Json& json, bool dry) {
  if (json.is_object() && json.contains("refund")) return import_refund(handler, json["refund"], dry);
  const auto text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  auto sale = till::parse_sale(base::view_of(text));
  if (!sale) return {till::Once::refused, sale.error().hint + " " + sale.error().detail};
  sale->heard = "import";
  sale->late = true;
  return till::record_once(handler, *sale, dry);
}

}  // namespace

base::Result<std::string> import_sales(ports::TillHandler& handler, const std::string& params_json) {
  const auto params = Json::parse(params_json, nullptr, false);
  const bool whole = params.is_object() && params.contains("sales") && params["sales"].is_array() &&
                     params["sales"].size() <= import_sales_max && params.contains("dry") && params["dry"].is_boolean();
  if (!whole) return base::Error{base::Code::bad_input, "import sales", "needs dry and at most 50 sales"};
  auto results = Json::array();
  for (const auto& json : params["sales"]) {
    const auto answer = import_one(handler, json, params["dry"].get<bool>());
    results.push_back({{"once", name_of(answer.once)}, {"detail", answer.detail}});
  }
  return Json{{"results", results}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace millpond::service
