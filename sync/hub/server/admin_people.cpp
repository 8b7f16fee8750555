// SPDX-License-Identifier: Apache-2.0
// The routes of AdminApi about people: who works where, what they did, what should be looked at.
#include "sync/hub/server/admin_api.h"
#include "sync/hub/server/admin_json.h"
#include "sync/hub/server/log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

namespace millpond::hub {
namespace {

using base::Code;
using base::Error;
using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

constexpr std::size_t listing_default = 100;
constexpr std::size_t listing_max = 10'000;

struct RoleName {
  model::Role role;
  std::string_view name;
};
constexpr std::array roles{RoleName{model::Role::cashier, "cashier"}, RoleName{model::Role::manager, "manager"},
                           RoleName{model::Role::auditor, "auditor"}, RoleName{model::Role::technician, "technician"}};

std::string purpose_text(model::Purpose purpose) {
  constexpr std::array names{"membership", "marketing", "profiling", "partners"};
  const auto index = static_cast<std::size_t>(purpose) - 1;
  return index < names.size() ? names.at(index) : "purpose " + std::to_string(index + 1);
}

std::string age_text(model::AgeAnswer age) {
  constexpr std::array names{"not_asked", "old_enough", "guardian_agrees"};
  const auto index = static_cast<std::size_t>(age);
  return index < names.size() ? names.at(index) : "answer " + std::to_string(index);
}

std::string role_text(model::Role role) {
  for (const auto& each : roles) {
    if (each.role == role) return std::string{each.name};
  }
  return "unknown";
}

base::Result<model::Role> role_in(base::ByteView body) {
  const auto wanted = text_in(body, "role");
  for (const auto& each : roles) {
    if (each.name == wanted) return each.role;
  }
  return Error{Code::bad_input, "read request", "role must be cashier, manager, auditor or technician"};
}

constexpr std::size_t marks_max = 64;  // in one question

// {"mark": "tag", "word": "vip"}; a word only where one belongs.
base::Result<model::MemberMark> mark_in(const Json& json) {
  constexpr std::array names{"tag", "untag", "verified", "unverified", "rfm"};
  const auto name = json.is_object() ? json.value("mark", Json{}) : Json{};
  const auto word = json.is_object() ? json.value("word", Json{""}) : Json{};
  const auto found = name.is_string() ? std::ranges::find(names, name.get<std::string>()) : names.end();
  if (found == names.end() || !word.is_string()) {
    return Error{Code::bad_input, "read request", "mark must be tag, untag, verified, unverified or rfm"};
  }
  return model::MemberMark{static_cast<model::MarkKind>(1 + (found - names.begin())), word.get<std::string>()};
}

std::string act_text(std::uint8_t act) {
  constexpr std::array names{"manual_lookup",  "identity_approved", "late_provisional", "pin_set",
                             "pin_unlocked",   "card_reprinted",    "member_exported",  "member_erased",
                             "sale_corrected", "phone_typed"};
  return act >= 1 && act <= names.size() ? names.at(act - 1U) : "act " + std::to_string(act);
}

std::string check_text(std::uint8_t outcome) {
  constexpr std::array names{"pin_passed", "pin_missed", "pin_locked", "left"};
  return outcome >= 1 && outcome <= names.size() ? names.at(outcome - 1U) : "check " + std::to_string(outcome);
}

std::string signal_text(model::Signal signal) {
  constexpr std::array names{"enrolments_without_sale", "member_twice",     "own_card",         "coupon_rate",
                             "over_redemption",         "right_breached",   "manual_lookups",   "pin_guessing",
                             "second_conflict",         "void_after_issue", "foreign_identity", "issue_beyond_rules",
                             "programme_unknown",       "uses_rate",        "journal_lost",     "programme_old"};
  const auto number = static_cast<std::size_t>(signal);
  return number >= 1 && number <= names.size() ? names.at(number - 1) : "signal " + std::to_string(number);
}

std::string member_text(base::MemberId member) { return member ? base::format_id('M', member.value) : ""; }

Json to_json(const StaffRecord& record) {
  const auto cost = crypto::pin_cost_of(record.pin_hash);
  return {{"staff", record.staff.value},          {"store", record.store.value}, {"role", role_text(record.role)},
          {"disabled", record.disabled},          {"version", record.version},   {"member", member_text(record.member)},
          {"pin_passes", cost ? cost->passes : 0}};
}

std::size_t limit_of(const http::Request& request) {
  const auto text = request.query("limit");
  std::size_t limit = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), limit);
  const bool good = failure == std::errc{} && end == text.data() + text.size() && limit > 0;
  return good ? std::min(limit, listing_max) : listing_default;
}

}  // namespace

// The document is signed as the text that stands in "document", so that whoever gets it can check it as it is.
base::Result<std::string> AdminApi::export_member(const http::Request& request) {
  MILLPOND_TRY(const auto member, member_in(request.body, "member"));
  MILLPOND_TRY(const auto found, core_.export_member(member));
  Json document{{"brand", base::to_hex(core_.brand().bytes)}, {"exported_at", base::format_utc(clock_.wall_ms())}};
  auto& numbers = document["numbers"] = Json::array();
  for (const auto number : found.file.numbers) numbers.push_back(member_text(number));
  document["points"] = found.file.points;
  document["tags"] = found.marks.tags;
  document["rfm"] = found.marks.rfm;
  document["phone_verified"] = found.marks.verified;
  auto& personal = document["personal"] = Json::array();
  for (const auto& each : found.personal) {
    constexpr std::array names{"phone", "name", "birthday", "language", "email"};
    const auto field = static_cast<std::size_t>(each.field);
    personal.push_back({{"field", field < names.size() ? names.at(field) : "field " + std::to_string(field)},
                        {"version", each.version},
                        {"value", each.value}});
  }
  auto& consents = document["consents"] = Json::array();
  for (const auto& each : found.file.consents) {
    consents.push_back({{"purpose", each.purpose}, {"version", each.version}, {"granted", each.granted}});
  }
  auto& said = document["said"] = Json::array();
  for (const auto& each : found.file.said) {
    said.push_back({{"member", member_text(each.member)},
                    {"purpose", purpose_text(each.consent.purpose)},
                    {"granted", each.consent.granted},
                    {"text_hash", base::to_hex(each.consent.text_hash)},
                    {"language", each.consent.language},
                    {"age", age_text(each.consent.age)},
                    {"at", base::format_utc(each.at_ms)},
                    {"terminal", each.terminal.value}});
  }
  auto& coupons = document["coupons"] = Json::array();
  for (const auto& each : found.file.coupons) {
    coupons.push_back({{"coupon", base::format_id('C', each.coupon.value)},
                       {"campaign", each.campaign.value},
                       {"store", each.store.value},
                       {"value_minor", each.value_minor},
                       {"expires", base::format_date(base::LocalDate{each.expires_day})},
                       {"state", static_cast<int>(each.state)}});
  }
  auto& sales = document["sales"] = Json::array();
  for (const auto& each : found.file.sales) {
    sales.push_back({{"store", each.store.value},
                     {"till", each.till},
                     {"date", base::format_date(each.date)},
                     {"transaction", each.transaction},
                     {"total_minor", each.total_minor}});
  }
  const auto text = text_of(document);
  log(Level::warning, "member_exported");
  return text_of({{"document", text},
                  {"hub_key", core_.hub_key_number()},
                  {"signature", base::to_hex(core_.sign_document(base::view_of(text)))}});
}

// Logged with whose it is: a card that nobody asked for is somebody who can pay with a member's points.
base::Result<std::string> AdminApi::app_card(const http::Request& request) {
  MILLPOND_TRY(const auto member, member_in(request.body, "member"));
  const auto key = crypto::public_key_of(base::from_hex(text_in(request.body, "key")).value_or(base::Bytes{}));
  if (!key) return Error{Code::bad_input, "read request", "key must be the app's public key, 64 hexadecimal digits"};
  MILLPOND_TRY(const auto made, core_.sign_app_card(member, *key));
  log(Level::warning, "app_card_signed", {{"member", member_text(member)}});
  return text_of({{"member", member_text(member)},
                  {"brand", base::to_hex(core_.brand().bytes)},
                  {"card", base::to_hex(made.card)},
                  {"last_day", base::format_date(made.last_day)}});
}

base::Result<std::string> AdminApi::withdraw_app_card(const http::Request& request) {
  MILLPOND_TRY(const auto member, member_in(request.body, "member"));
  std::optional<crypto::PublicKey> key;
  if (const auto text = text_in(request.body, "key"); !text.empty()) {
    key = crypto::public_key_of(base::from_hex(text).value_or(base::Bytes{}));
    if (!key) return Error{Code::bad_input, "read request", "key must be the app's public key, 64 hexadecimal digits"};
  }
  MILLPOND_TRY(const auto cards, core_.withdraw_app_cards(member, key));
  log(Level::warning, "app_card_withdrawn", {{"member", member_text(member)}, {"all", std::int64_t{!key}}});
  return text_of({{"member", member_text(member)}, {"all", !key.has_value()}, {"version", cards.version}});
}

base::Result<std::string> AdminApi::withdraw_card(const http::Request& request) {
  MILLPOND_TRY(const auto member, member_in(request.body, "member"));
  MILLPOND_TRY(const auto cards, core_.withdraw_cards(member));
  log(Level::warning, "card_withdrawn", {{"member", member_text(member)}});
  return text_of({{"member", member_text(member)}, {"good_from", base::format_date({cards.cards_from_day})}});
}

base::Result<std::string> AdminApi::add_staff(const http::Request& request) {
  MILLPOND_TRY(const auto store, number_in(request.body, "store", UINT32_MAX));
  MILLPOND_TRY(const auto role, role_in(request.body));
  base::MemberId member;
  if (!text_in(request.body, "member").empty()) { MILLPOND_TRY(member, member_in(request.body, "member")); }
  MILLPOND_TRY(const auto added, core_.add_staff({store}, role, text_in(request.body, "pin"), member));
  log(Level::info, "staff_added", {{"staff", std::int64_t{added.staff.value}}, {"store", std::int64_t{store}}});
  return text_of(to_json(added));
}

base::Result<std::string> AdminApi::disable_staff(const http::Request& request) {
  MILLPOND_TRY(const auto staff, number_in(request.body, "staff", UINT32_MAX));
  MILLPOND_TRY(const auto changed, core_.disable_staff({staff}));
  log(Level::warning, "staff_disabled", {{"staff", std::int64_t{staff}}});
  return text_of(to_json(changed));
}

base::Result<std::string> AdminApi::reset_pin(const http::Request& request) {
  MILLPOND_TRY(const auto staff, number_in(request.body, "staff", UINT32_MAX));
  MILLPOND_TRY(const auto changed, core_.reset_pin({staff}, text_in(request.body, "pin")));
  log(Level::warning, "staff_pin_reset", {{"staff", std::int64_t{staff}}});
  return text_of(to_json(changed));
}

base::Result<std::string> AdminApi::list_staff(const http::Request& /*request*/) {
  MILLPOND_TRY(const auto people, core_.staff());
  auto list = Json::array();
  const auto cost = core_.pin_cost();
  for (const auto& record : people) {
    auto row = to_json(record);
    // Set when a check was cheaper: on a slower machine, or under an earlier setting.
    row["pin_below_cost"] = !record.disabled && row["pin_passes"].get<std::uint64_t>() < cost.passes;
    list.push_back(std::move(row));
  }
  return text_of({{"pin_passes", cost.passes}, {"staff", std::move(list)}});
}

base::Result<std::string> AdminApi::audit(const http::Request& request) {
  MILLPOND_TRY(const auto entries, core_.audit(limit_of(request)));
  auto list = Json::array();
  for (const auto& entry : entries) {
    list.push_back({{"at", base::format_utc(entry.at_ms)},
                    {"terminal", entry.terminal.value},
                    {"epoch", entry.epoch.value},
                    {"seq", entry.seq.value},
                    {"what", entry.is_act ? act_text(entry.what) : check_text(entry.what)},
                    {"staff", entry.staff.value},
                    {"asked_by", entry.asked_by.value},
                    {"member", member_text(entry.member)},
                    {"subject", entry.subject},
                    {"reason", entry.reason}});
  }
  return text_of({{"audit", std::move(list)}});
}

base::Result<std::string> AdminApi::hub_audit(const http::Request& request) {
  MILLPOND_TRY(const auto acts, core_.acts(limit_of(request)));
  auto list = Json::array();
  for (const auto& entry : acts.entries) {
    list.push_back(
        {{"no", entry.no}, {"at", base::format_utc(entry.at_ms)}, {"what", entry.what}, {"told", entry.told}});
  }
  return text_of({{"holds", !acts.broken_at}, {"broken_at", acts.broken_at.value_or(0)}, {"acts", std::move(list)}});
}

base::Result<std::string> AdminApi::signals(const http::Request& request) {
  MILLPOND_TRY(const auto entries, core_.signals(limit_of(request)));
  auto list = Json::array();
  for (const auto& entry : entries) {
    list.push_back({{"at", base::format_utc(entry.at_ms)},
                    {"terminal", entry.terminal.value},
                    {"epoch", entry.epoch.value},
                    {"seq", entry.seq.value},
                    {"signal", signal_text(entry.raised.signal)},
                    {"member", member_text(entry.raised.member)},
                    {"staff", entry.raised.staff.value},
                    {"value", entry.raised.value},
                    {"limit", entry.raised.limit}});
  }
  return text_of({{"signals", std::move(list)}});
}

base::Result<std::string> AdminApi::adjust_points(const http::Request& request) {
  MILLPOND_TRY(const auto member, member_in(request.body, "member"));
  const auto json = Json::parse(request.body.begin(), request.body.end(), nullptr, false);
  const auto points = json.is_object() ? json.value("points", Json{}) : Json{};
  if (!points.is_number_integer()) return Error{Code::bad_input, "read request", "points must be a whole number"};
  const auto why = std::ranges::find(adjust_reasons, text_in(request.body, "reason"));
  if (why == adjust_reasons.end()) {
    return Error{Code::bad_input, "read request", "reason must be our-error, goodwill, misuse or other-system"};
  }
  const auto reason = static_cast<AdjustReason>(1 + (why - adjust_reasons.begin()));
  MILLPOND_TRY_DO(core_.adjust_points(member, points.get<std::int64_t>(), reason));
  log(Level::info, "points_adjusted", {});
  return text_of({{"member", base::format_id('M', member.value)}, {"points", points}});
}

base::Result<std::string> AdminApi::mark_member(const http::Request& request) {
  MILLPOND_TRY(const auto member, member_in(request.body, "member"));
  const auto json = Json::parse(request.body.begin(), request.body.end(), nullptr, false);
  const auto found = json.is_object() ? json.find("marks") : json.end();
  if (found == json.end() || !found->is_array() || found->empty() || found->size() > marks_max) {
    return Error{Code::bad_input, "read request", "marks must be a list of 1 to " + std::to_string(marks_max)};
  }
  std::vector<model::MemberMark> marks;
  for (const auto& each : *found) {
    MILLPOND_TRY(auto mark, mark_in(each));
    marks.push_back(std::move(mark));
  }
  MILLPOND_TRY_DO(core_.mark_member(member, marks));
  log(Level::info, "member_marked", {{"marks", static_cast<std::int64_t>(marks.size())}});
  return text_of({{"member", base::format_id('M', member.value)}, {"marks", marks.size()}});
}

}  // namespace millpond::hub
