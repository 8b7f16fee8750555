// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/desk_refund.h"

#include "kiosk/flow/cashier.h"
#include "kiosk/service/cashier_desk.h"
#include "kiosk/service/till_keys.h"
#include "sync/terminal/refund_desk.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace millpond::service {
namespace {

using Json = nlohmann::ordered_json;
using base::Code;
using base::Error;
using base::Result;

constexpr int refunds_a_day_max = 99;  // of one sale

// What two refunds of one sale on one day differ by.
Result<std::string> free_number(Shop& shop, const RefundHere& here, const std::string& till,
                                const std::string& receipt) {
  for (int n = 1; n <= refunds_a_day_max; ++n) {
    auto number = "R-" + receipt + "-" + std::to_string(n);
    MILLPOND_TRY(const auto taken, shop.terminal().find_sale({here.store, till, here.today, number}));
    if (!taken) return number;
  }
  return Error{Code::too_large, "find sale", "too many refunds of one sale today"};
}

flow::Refunded refunded_of(const Json& answer) {
  flow::Refunded refunded;
  refunded.total_minor = answer.value("total_minor", std::int64_t{0});
  if (answer.contains("paid_minor")) refunded.paid_minor = answer["paid_minor"].get<std::int64_t>();
  refunded.sale_known = answer.value("sale_known", false);
  refunded.points_taken = answer.value("points_taken", std::int64_t{0});
  refunded.points_returned = answer.value("points_returned", std::int64_t{0});
  const auto count = [&](const char* name) {
    return answer.contains(name) ? static_cast<std::int64_t>(answer[name].size()) : 0;
  };
  refunded.coupons_voided = count("coupons_voided");
  refunded.coupons_returned = count("coupons_returned");
  return refunded;
}

}  // namespace

std::vector<std::string> tills_here(const std::filesystem::path& folder, const Settings& settings) {
  std::vector<std::string> tills{till_by_hand(folder, settings)};
  const auto add = [&](const std::string& till) {
    if (!till.empty() && std::ranges::find(tills, till) == tills.end()) tills.push_back(till);
  };
  if (!settings.capture_listen.empty()) add(settings.capture_till);
  if (const auto keys = load_till_keys(folder)) {
    for (const auto& key : *keys) add(key.till);
  }
  add("counter");  // of before the first till had a key
  std::sort(tills.begin() + 1, tills.end());
  return tills;
}

Result<flow::PastSale> find_sale_at_desk(Shop& shop, const std::vector<std::string>& tills,
                                         const flow::FindSale& wanted) {
  MILLPOND_TRY(const auto here, refund_here(shop));
  const auto day = flow::typed_day(wanted.day, here.today);
  if (!day) return Error{Code::bad_input, "find sale", "no such day in the past year"};
  terminal::RefundDesk desk{shop.terminal()};
  flow::PastSale sale;
  sale.till = tills.front();
  sale.receipt = wanted.receipt;
  sale.day = *day;
  for (const auto& till : tills) {
    MILLPOND_TRY(const auto standing, desk.look({here.store, till, *day, wanted.receipt}));
    if (!standing) continue;
    sale.till = till;
    sale.known = true;
    sale.total_minor = standing->total_minor;
    sale.returned_minor = standing->returned_minor;
    break;
  }
  MILLPOND_TRY(sale.number, free_number(shop, here, tills.front(), sale.receipt));
  return sale;
}

Result<flow::Refunded> refund_at_desk(Shop& shop, ports::TillHandler& handler, const std::string& till,
                                      const flow::RefundSale& refund) {
  MILLPOND_TRY(auto here, refund_here(shop));
  MILLPOND_TRY_DO(shop.staff().authorise(model::Act::sale_corrected, refund.staff, refund.pin));
  here.approved_by = refund.staff;
  const auto& sale = refund.sale;
  Json params{{"of", {{"till", sale.till}, {"date", base::format_date(sale.day)}, {"number", sale.receipt}}},
              {"number", sale.number},
              {"till", till},
              {"elsewhere", !sale.known}};
  if (refund.whole) {
    params["whole"] = true;
  } else {
    params["total_minor"] = refund.total_minor;
  }
  MILLPOND_TRY(const auto answer, refund_by_hand(handler, here, params.dump()));
  return refunded_of(Json::parse(answer));
}

}  // namespace millpond::service
