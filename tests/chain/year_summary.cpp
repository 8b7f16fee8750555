// SPDX-License-Identifier: Apache-2.0
#include "tests/chain/year_summary.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace millpond::chain {
namespace {

using Json = nlohmann::ordered_json;

Json row(const YearSummary::Sales& sales) { return {{"count", sales.count}, {"eligible_minor", sales.eligible_minor}}; }

void add(YearSummary::Sales& sales, const model::PastEvent& sale) {
  ++sales.count;
  sales.eligible_minor += sale.eligible_minor;
}

}  // namespace

std::string_view event_name(const model::PastEvent& event) {
  switch (event.kind) {
    case model::PastKind::refund:
      return "refund";
    case model::PastKind::voided:
      return "void";
    case model::PastKind::no_show:
      return "no_show";
    case model::PastKind::happened:
      break;
  }
  return event.trigger == model::Trigger::sale_paid ? "sale" : model::trigger_name(event.trigger);
}

void YearSummary::count(const model::PastEvent& event, std::int32_t utc_offset_min) {
  ++events;
  if (event.heard_ms) {
    ++late;
    latest_ms = std::max(latest_ms, *event.heard_ms - event.at_ms);
  }
  if (event.kind != model::PastKind::happened || event.trigger != model::Trigger::sale_paid) {
    ++others[std::string{event_name(event)}];
    if (event.kind == model::PastKind::refund && event.whole) ++refunds_whole;
    return;
  }
  const auto moment = model::store_moment(event.at_ms, utc_offset_min);
  add(sales, event);
  if (event.shopper.member) add(of_members, event);
  add(by_weekday.at(static_cast<std::size_t>(model::weekday_of(moment.date))), event);
  add(by_hour.at(static_cast<std::size_t>(moment.minute / 60)), event);
  add(by_store[event.basket.store.value], event);
  if (!event.label.empty()) add(labelled[event.label], event);
}

std::string to_json(const YearSummary& summary) {
  Json json{{"events", summary.events},    {"sales", row(summary.sales)},   {"of_members", row(summary.of_members)},
            {"by_weekday", Json::array()}, {"by_hour", Json::array()},      {"by_store", Json::object()},
            {"labelled", Json::object()},  {"others", Json::object()},      {"refunds_whole", summary.refunds_whole},
            {"late", summary.late},        {"latest_ms", summary.latest_ms}};
  for (const auto& each : summary.by_weekday) json["by_weekday"].push_back(row(each));
  for (const auto& each : summary.by_hour) json["by_hour"].push_back(row(each));
  for (const auto& [store, sales] : summary.by_store) json["by_store"][std::to_string(store)] = row(sales);
  for (const auto& [label, sales] : summary.labelled) json["labelled"][label] = row(sales);
  for (const auto& [name, number] : summary.others) json["others"][name] = number;
  return json.dump(1) + "\n";
}

}  // namespace millpond::chain
