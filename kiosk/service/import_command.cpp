// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/import_command.h"

#include "hardware/till/record_once.h"
#include "hardware/till/sale_json.h"

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

till::OnceAnswer import_one(ports::TillHandler& handler, const Json& json, bool dry) {
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
