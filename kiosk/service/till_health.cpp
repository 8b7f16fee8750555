// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/till_health.h"

#include <nlohmann/json.hpp>

namespace millpond::service {

using base::Code;

std::string_view line_name(engine::Line line) {
  switch (line) {
    case engine::Line::unknown:
      return "unknown";
    case engine::Line::online:
      return "online";
    case engine::Line::offline:
      return "offline";
    case engine::Line::stopped:
      break;
  }
  return "stopped";
}

std::string health_json(const TillHealth& health) {
  auto refuses = nlohmann::ordered_json::object();
  const auto refuse = [&](bool so, const char* what, Code why) {
    if (so && !refuses.contains(what)) refuses[what] = base::code_name(why);
  };
  const auto budget = health.journal ? health.journal->budget : store::BudgetLevel::normal;
  for (const auto* const what : {"sales", "members", "coupons", "holds"}) {
    refuse(!health.journal, what, health.journal_error);
    refuse(budget == store::BudgetLevel::full, what, Code::disk_full);
  }
  refuse(budget == store::BudgetLevel::tight, "members", Code::disk_full);
  for (const auto* const what : {"coupons", "holds"}) {
    refuse(health.programme == 0, what, Code::no_programme);
    refuse(health.suspended, what, Code::value_suspended);
    refuse(!health.day_known, what, Code::time_unknown);
  }
  refuse(health.holds_left == 0, "holds", Code::overloaded);
  return nlohmann::ordered_json{{"ok", !refuses.contains("sales")},
                                {"programme", health.programme},
                                {"refuses", refuses},
                                {"line", line_name(health.line)},
                                {"printer", ports::state_name(health.printer)},
                                {"holds_left", health.holds_left}}
      .dump();
}

}  // namespace millpond::service
