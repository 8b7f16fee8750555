// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/staff_command.h"

#include "sync/terminal/staff_desk.h"

#include <array>
#include <nlohmann/json.hpp>

namespace millpond::service {
namespace {

using Json = nlohmann::ordered_json;
using base::Code;
using base::Error;
using base::Result;

struct ActName {
  model::Act act;
  std::string_view name;
};
// What can be approved at a terminal; pin_unlocked and identity_approved have words of their own, the rest is the
// hub's.
constexpr std::array acts{ActName{model::Act::manual_lookup, "manual_lookup"},
                          ActName{model::Act::late_provisional, "late_provisional"},
                          ActName{model::Act::card_reprinted, "card_reprinted"}};

std::string_view role_name(model::Role role) {
  switch (role) {
    case model::Role::cashier:
      return "cashier";
    case model::Role::manager:
      return "manager";
    case model::Role::auditor:
      return "auditor";
    case model::Role::technician:
      break;
  }
  return "technician";
}

Error bad(std::string what) { return {Code::bad_input, "read question", std::move(what)}; }

Result<base::StaffId> person_in(const Json& params, const char* name) {
  const auto number = params.value(name, std::int64_t{0});
  if (number < 1 || number > INT32_MAX) return bad(std::string{"needs the number \""} + name + '"');
  return base::StaffId{static_cast<std::uint32_t>(number)};
}

Result<base::MemberId> member_in(const Json& params) {
  const auto number = params.value("member", "");
  const auto member = base::parse_id('M', number);
  if (!member) return bad("not a member number: " + number);
  return base::MemberId{*member};
}

Result<model::ActApproved> act_in(const Json& params) {
  MILLPOND_TRY(const auto by, person_in(params, "staff"));
  model::ActApproved act;
  act.by = by;
  act.reason = params.value("reason", "");
  const auto wanted = params.value("act", "");
  for (const auto& each : acts) {
    if (each.name == wanted) act.act = each.act;
  }
  if (act.act == model::Act{}) return bad("no such act: " + wanted);
  if (params.contains("member") && params.at("member") != "") { MILLPOND_TRY(act.member, member_in(params)); }
  return act;
}

Result<std::string> list(terminal::StaffDesk& desk) {
  MILLPOND_TRY(const auto people, desk.people());
  auto rows = Json::array();
  for (const auto& each : people) {
    rows.push_back({{"number", each.person.staff.value},
                    {"role", role_name(each.person.role)},
                    {"misses", each.misses},
                    {"wait_s", (each.gate.wait_ms + 999) / 1'000},
                    {"needs_unlocking", each.gate.needs_unlocking}});
  }
  return Json{{"staff", std::move(rows)}}.dump();
}

}  // namespace

Result<std::string> run_staff_command(terminal::StaffDesk& desk, const std::string& params_json) {
  try {
    const auto params = Json::parse(params_json);
    const auto what = params.value("do", "");
    if (what == "list") return list(desk);
    MILLPOND_TRY(const auto staff, person_in(params, "staff"));
    const auto pin = params.value("pin", "");
    if (what == "check") {
      MILLPOND_TRY(const auto person, desk.check_pin(staff, pin));
      return Json{{"number", person.staff.value}, {"role", role_name(person.role)}}.dump();
    }
    if (what == "leave") {
      MILLPOND_TRY_DO(desk.leave(staff));
    } else if (what == "unlock") {
      MILLPOND_TRY(const auto manager, person_in(params, "manager"));
      MILLPOND_TRY_DO(desk.unlock(staff, manager, pin));
    } else if (what == "vouch") {
      MILLPOND_TRY(const auto member, member_in(params));
      MILLPOND_TRY_DO(desk.vouch(member, staff, pin));
      return Json{{"done", what}, {"good_for_s", terminal::vouch_ms / 1'000}}.dump();
    } else if (what == "approve") {
      MILLPOND_TRY(const auto act, act_in(params));
      MILLPOND_TRY_DO(desk.approve(act, pin));
    } else {
      return bad("do must be list, check, leave, unlock, vouch or approve");
    }
    return Json{{"done", what}}.dump();
  } catch (const nlohmann::json::exception& error) { return bad(error.what()); }
}

}  // namespace millpond::service
