// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/refund_command.h"

#include "hardware/till/record_once.h"
#include "hardware/till/sale_json.h"
#include "sync/crypto/hash.h"
#include "sync/model/calendar.h"

#include <nlohmann/json.hpp>

namespace millpond::service {
namespace {

using Json = nlohmann::ordered_json;
using base::Code;
using base::Error;
using base::Result;

constexpr const char* what = "refund by hand";
constexpr int found = 200;
constexpr int missing = 404;

// What a till that could speak would post. The strict reader of that says what is wrong with it.
Result<Json> posted(const Json& params, const RefundHere& here) {
  if (!params.is_object() || !params.contains("of") || !params["of"].is_object()) {
    return Error{Code::bad_input, what, "needs the sale: of", "/of"};
  }
  if (params.contains("total_minor") == params.contains("whole")) {
    return Error{Code::bad_input, what, "needs one of total_minor and whole", "/total_minor"};
  }
  const auto& of = params["of"];
  const auto text = [](const Json& object, const char* name) {
    return object.contains(name) && object[name].is_string() ? object[name].get<std::string>() : std::string{};
  };
  const auto till = text(of, "till");
  const auto own_till = text(params, "till");
  Json body{{"store", here.store.value},
            {"till", own_till.empty() ? till : own_till},
            {"business_date", base::format_date(here.today)},
            {"transaction", text(params, "number")},
            {"of", {{"till", till}, {"business_date", text(of, "date")}, {"transaction", text(of, "number")}}},
            {"currency", here.currency.view()}};
  if (params.contains("total_minor")) body["total_minor"] = params["total_minor"];
  if (params.contains("whole")) body["whole"] = params["whole"];
  return body;
}

// A sale of another terminal is known to nobody here; a mistyped one neither.
Result<> check_sale(ports::TillHandler& handler, const ports::TillRefund& refund, bool elsewhere) {
  const auto sale = handler.find_sale(refund.of);
  if (sale.status == missing) {
    if (elsewhere) return {};
    return Error{Code::not_found, what, "this terminal has recorded no such sale; if another one did, say so"};
  }
  if (sale.status != found) return {};
  const auto total_minor = till::total_of_answer(sale.json);
  if (!refund.whole && total_minor && refund.total_minor > *total_minor) {
    return Error{Code::bad_input, what, "the sale was " + std::to_string(*total_minor) + " in all", "/total_minor"};
  }
  return {};
}

}  // namespace

Result<RefundHere> refund_here(Shop& shop) {
  const auto programme = shop.programme();
  if (!programme) return Error{Code::no_programme, what, "no programme has come yet"};
  const auto now = shop.time().now();
  if (!now.day_known()) return Error{Code::time_unknown, what, "nobody knows what day it is"};
  const auto today = base::local_date_at(now.wall_ms, model::offset_at(*programme, now.wall_ms));
  return RefundHere{shop.terminal().identity().certificate.store, today, now.wall_ms, programme->currency};
}

Result<std::string> refund_by_hand(ports::TillHandler& handler, const RefundHere& here,
                                   const std::string& params_json) {
  const auto params = Json::parse(params_json, nullptr, false);
  MILLPOND_TRY(auto body, posted(params, here));
  // Without the time and who said yes, so that the same command again is the same refund.
  const auto hash =
      crypto::sha256(base::view_of("refund by hand\n" + body.dump(-1, ' ', false, Json::error_handler_t::replace)));
  body["completed_at"] = base::format_utc(here.now_ms);
  if (here.approved_by) body["operator"] = std::to_string(here.approved_by.value);
  const auto text = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  auto refund = till::parse_refund(base::view_of(text));
  if (!refund) return Error{Code::bad_input, what, refund.error().detail, refund.error().hint};
  MILLPOND_TRY_DO(check_sale(handler, *refund, params.value("elsewhere", false)));
  refund->approved_by = here.approved_by;
  const auto answer = handler.refund(*refund, hash);
  if (answer.status == found) return std::string{base::text_of(answer.json)};
  const auto refusal = Json::parse(answer.json, nullptr, false);
  const auto code = refusal.is_object() ? base::code_from_name(refusal.value("code", "")) : std::nullopt;
  return Error{code.value_or(Code::internal), what,
               refusal.is_object() ? refusal.value("detail", std::string{}) : std::string{}};
}

}  // namespace millpond::service
