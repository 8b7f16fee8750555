// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/admin_api.h"

#include "sync/hub/server/admin_json.h"
#include "sync/hub/server/answers.h"
#include "sync/hub/server/log.h"

#include <nlohmann/json.hpp>

namespace millpond::hub {
namespace {

using base::Code;
using base::Error;
using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json to_json(const model::Country& country) {
  return {{"code", country.code},
          {"age_min", country.joining.age_min},
          {"guardians_agree", country.joining.guardians_agree},
          {"profile_days", country.profile_days},
          {"breach_told_hours", country.breach_told_hours}};
}

Json to_json(const ProgrammeBound& bound) {
  const auto numbers = [](const std::vector<base::CampaignId>& campaigns) {
    auto list = Json::array();
    for (const auto campaign : campaigns) list.push_back(campaign.value);
    return list;
  };
  const auto& outage = bound.outage;
  return {{"terminals", bound.terminals},
          {"past_limits", numbers(outage.past_limits)},
          {"coupons_minor", outage.coupons_minor},
          {"these_coupons_minor", outage.these_coupons_minor},
          {"points", outage.points},
          {"asked_for", numbers(outage.asked_for)}};
}

Json to_json(const TerminalStatus& terminal) {
  auto epochs = Json::array();
  for (const auto& mark : terminal.epochs) {
    epochs.push_back({{"epoch", mark.epoch.value},
                      {"watermark", mark.through.value},
                      {"projected", mark.projected.value},
                      {"forked", mark.forked},
                      {"value_suspended", terminal.standing.suspends(mark.epoch)}});
  }
  return {{"terminal", terminal.terminal.value},
          {"store", terminal.store.value},
          {"revoked", terminal.revoked},
          {"matching_digits", terminal.matching_digits},
          {"copies_suspected", terminal.standing.suspected_ms > 0},
          {"kept_epoch", terminal.standing.kept.value},
          {"last_received", terminal.last_received_ms > 0 ? base::format_utc(terminal.last_received_ms) : ""},
          {"clock_offset_ms", terminal.clock_offset_ms},
          {"epochs", std::move(epochs)}};
}

}  // namespace

AdminApi::AdminApi(HubCore& core, const base::Clock& clock, std::string brand_name, std::function<void()> on_changed)
    : core_{core}, clock_{clock}, brand_name_{std::move(brand_name)}, on_changed_{std::move(on_changed)} {}

const std::map<std::string, AdminApi::Route, std::less<>>& AdminApi::routes() {
  static const std::map<std::string, Route, std::less<>> table{
      {"POST /terminals", &AdminApi::add_terminal},
      {"POST /terminals/revoke", &AdminApi::revoke_terminal},
      {"POST /terminals/keep", &AdminApi::keep_copy},
      {"POST /keys/withdraw", &AdminApi::withdraw_hub_key},
      {"POST /terminals/readmit", &AdminApi::readmit},
      {"GET /terminals", &AdminApi::list_terminals},
      {"GET /rights", &AdminApi::rights},
      {"POST /rights/break", &AdminApi::break_rights},
      {"GET /leases", &AdminApi::list_leases},
      {"POST /leases/write-off", &AdminApi::write_off_lease},
      {"POST /members/remove", &AdminApi::remove_member},
      {"POST /members/export", &AdminApi::export_member},
      {"POST /members/app-card", &AdminApi::app_card},
      {"POST /members/payer", &AdminApi::know_payer},
      {"GET /notices", &AdminApi::list_notices},
      {"GET /notices/show", &AdminApi::show_notice},
      {"POST /members/app-card/withdraw", &AdminApi::withdraw_app_card},
      {"POST /members/card/withdraw", &AdminApi::withdraw_card},
      {"POST /members/merge", &AdminApi::merge_members},
      {"POST /members/unmerge", &AdminApi::unmerge_member},
      {"POST /members/mark", &AdminApi::mark_member},
      {"POST /members/adjust", &AdminApi::adjust_points},
      {"POST /staff", &AdminApi::add_staff},
      {"POST /staff/disable", &AdminApi::disable_staff},
      {"POST /staff/reset-pin", &AdminApi::reset_pin},
      {"GET /staff", &AdminApi::list_staff},
      {"GET /audit", &AdminApi::audit},
      {"GET /audit/hub", &AdminApi::hub_audit},
      {"GET /signals", &AdminApi::signals},
      {"POST /programme", &AdminApi::publish},
      {"POST /programme/dry-run", &AdminApi::dry_run},
      {"POST /programme/campaign", &AdminApi::switch_campaign},
      {"GET /programme/reach", &AdminApi::programme_reach},
      {"GET /balances", &AdminApi::balances},
      {"GET /status", &AdminApi::status},
      {"POST /rebuild", &AdminApi::rebuild},
      {"POST /restored", &AdminApi::restored},
      {"POST /backup", &AdminApi::back_up},
      {"GET /verify", &AdminApi::verify},
      {"POST /orders", &AdminApi::add_order},
      {"GET /orders", &AdminApi::list_orders},
      {"POST /orders/revoke", &AdminApi::revoke_order},
      {"POST /grants", &AdminApi::add_grant},
      {"GET /grants", &AdminApi::list_grants},
      {"POST /grants/revoke", &AdminApi::revoke_grant},
  };
  return table;
}

// Whoever asks for something to be done is noted before it is, and again when it was refused: what cannot be noted is
// not done. Questions are not acts, but for a member's export, which is a POST.
base::Result<std::string> AdminApi::act(Route route, const http::Request& request) {
  if (request.method != "POST") return (this->*route)(request);
  const auto told = told_of(request);
  MILLPOND_TRY_DO(core_.note_act(told));
  auto answered = (this->*route)(request);
  if (!answered) {
    MILLPOND_TRY_DO(core_.note_act(told + " refused=" + std::string{base::code_name(answered.error().code)}));
  }
  if (on_changed_) on_changed_();
  return answered;
}

http::Response AdminApi::answer(const http::Request& request) {
  const auto route = routes().find(request.method + " " + std::string{request.path()});
  base::Result<std::string> answered = Error{Code::not_found, "route", std::string{request.path()}};
  if (route != routes().end()) answered = act(route->second, request);
  if (answered) return http::json_response(200, *answered);
  log_error("admin_refused", answered.error());
  return error_response(answered.error(), Audience::operator_, clock_.wall_ms());
}

base::Result<std::string> AdminApi::add_terminal(const http::Request& request) {
  MILLPOND_TRY(const auto store, number_in(request.body, "store", UINT32_MAX));
  MILLPOND_TRY(const auto made, core_.add_terminal({store}));
  log(Level::info, "terminal_code_made",
      {{"terminal", std::int64_t{made.terminal.value}}, {"store", std::int64_t{store}}});
  return text_of({{"code", made.code},
                  {"shown", wire::show_provision_code(made.code)},
                  {"terminal", made.terminal.value},
                  {"store", store},
                  {"expires", base::format_utc(made.expires_ms)},
                  {"minutes", wire::provision_code_ms / 60'000}});
}

base::Result<std::string> AdminApi::revoke_terminal(const http::Request& request) {
  MILLPOND_TRY(const auto terminal, number_in(request.body, "terminal", base::terminal_id_max));
  MILLPOND_TRY(const auto since_ms, time_in(request.body, "since"));
  MILLPOND_TRY(const auto given, core_.revoke_terminal({terminal}, since_ms));
  log(Level::warning, "terminal_revoked", {{"terminal", std::int64_t{terminal}}});
  const auto country = core_.country().value_or(model::china());  // it is revoked, whatever cannot be read
  Json answer{{"terminal", terminal}, {"revoked", true}, {"country", to_json(country)}};
  if (since_ms != INT64_MAX) {
    answer["since"] = {
        {"at", base::format_utc(since_ms)},   {"coupons", given.coupons}, {"coupons_minor", given.coupons_minor},
        {"coupons_used", given.coupons_used}, {"points", given.points},   {"uses", given.uses},
        {"uses_minor", given.uses_minor}};
  }
  return text_of(answer);
}

base::Result<std::string> AdminApi::keep_copy(const http::Request& request) {
  MILLPOND_TRY(const auto terminal, number_in(request.body, "terminal", base::terminal_id_max));
  MILLPOND_TRY(const auto epoch, number_in(request.body, "epoch", UINT32_MAX));
  MILLPOND_TRY_DO(core_.keep_copy({terminal}, {epoch}));
  log(Level::warning, "terminal_copy_kept", {{"terminal", std::int64_t{terminal}}, {"epoch", std::int64_t{epoch}}});
  return text_of({{"terminal", terminal}, {"epoch", epoch}, {"kept", true}});
}

base::Result<std::string> AdminApi::withdraw_hub_key(const http::Request& request) {
  MILLPOND_TRY(const auto number, number_in(request.body, "key", UINT16_MAX));
  MILLPOND_TRY_DO(core_.withdraw_hub_key(static_cast<std::uint16_t>(number)));
  log(Level::warning, "hub_key_withdrawn", {{"key", std::int64_t{number}}});
  return text_of({{"key", number}, {"withdrawn", true}});
}

base::Result<std::string> AdminApi::readmit(const http::Request& request) {
  const auto certificate = base::from_hex(text_in(request.body, "certificate"));
  if (!certificate) return Error{Code::bad_input, "let a terminal in again", "certificate must be hexadecimal digits"};
  MILLPOND_TRY(const auto record, core_.readmit(*certificate));
  log(Level::warning, "terminal_readmitted", {{"terminal", std::int64_t{record.terminal.value}}});
  return text_of({{"terminal", record.terminal.value}, {"store", record.store.value}});
}

base::Result<std::string> AdminApi::remove_member(const http::Request& request) {
  MILLPOND_TRY(const auto member, member_in(request.body, "member"));
  MILLPOND_TRY_DO(core_.remove_member(member));
  log(Level::warning, "member_removed");
  return text_of({{"member", base::format_id('M', member.value)}, {"removed", true}});
}

base::Result<std::string> AdminApi::merge_members(const http::Request& request) {
  MILLPOND_TRY(const auto from, member_in(request.body, "from"));
  MILLPOND_TRY(const auto into, member_in(request.body, "into"));
  MILLPOND_TRY_DO(core_.merge_members(from, into));
  log(Level::warning, "members_merged");
  return text_of(
      {{"from", base::format_id('M', from.value)}, {"into", base::format_id('M', into.value)}, {"merged", true}});
}

base::Result<std::string> AdminApi::unmerge_member(const http::Request& request) {
  MILLPOND_TRY(const auto from, member_in(request.body, "from"));
  MILLPOND_TRY_DO(core_.unmerge_member(from));
  log(Level::warning, "member_unmerged");
  return text_of({{"from", base::format_id('M', from.value)}, {"unmerged", true}});
}

base::Result<std::string> AdminApi::rights(const http::Request& /*request*/) {
  MILLPOND_TRY(const auto all, core_.rights());
  const auto now_ms = clock_.wall_ms();
  auto list = Json::array();
  for (const auto& each : all) {
    list.push_back({{"terminal", each.terminal.value},
                    {"revoked", each.revoked},
                    {"held", each.held},
                    {"held_minor", each.held_minor},
                    {"losses", each.losses},
                    {"loss_minor", each.loss_minor},
                    {"breaches", each.breaches},
                    {"may_be_broken", may_be_broken(each, now_ms)},
                    {"last_received", each.last_received_ms > 0 ? base::format_utc(each.last_received_ms) : ""}});
  }
  MILLPOND_TRY(const auto bound_minor, core_.loss_bound_minor(all));
  return text_of({{"bound_minor", bound_minor}, {"terminals", std::move(list)}});
}

base::Result<std::string> AdminApi::break_rights(const http::Request& request) {
  MILLPOND_TRY(const auto terminal, number_in(request.body, "terminal", base::terminal_id_max));
  MILLPOND_TRY(const auto epochs, core_.break_rights({terminal}));
  log(Level::warning, "rights_broken", {{"terminal", std::int64_t{terminal}}});
  return text_of({{"terminal", terminal}, {"epochs", epochs}, {"broken", true}});
}

base::Result<std::string> AdminApi::list_terminals(const http::Request& /*request*/) {
  MILLPOND_TRY(const auto status, core_.status());
  auto list = Json::array();
  for (const auto& terminal : status.terminals) list.push_back(to_json(terminal));
  return text_of({{"terminals", std::move(list)}});
}

base::Result<std::string> AdminApi::publish(const http::Request& request) {
  MILLPOND_TRY(const auto bound, core_.bound_of(request.body));
  MILLPOND_TRY(const auto version, core_.publish_programme(request.body));
  log(Level::info, "programme_published", {{"version", std::int64_t{version}}});
  return text_of({{"version", version}, {"published", true}, {"outage", to_json(bound)}});
}

// The document that is in force, with that one word changed, under the next number.
base::Result<std::string> AdminApi::switch_campaign(const http::Request& request) {
  MILLPOND_TRY(const auto campaign, number_in(request.body, "campaign", UINT32_MAX));
  const auto asked = Json::parse(request.body.begin(), request.body.end(), nullptr, false);
  const auto stopped = asked.value("stopped", Json{});
  if (!stopped.is_boolean()) return Error{Code::bad_input, "read request", "stopped must be true or false"};
  MILLPOND_TRY(const auto published, core_.programme_json());
  auto document = Json::parse(published.begin(), published.end(), nullptr, false);
  bool found = false;
  for (auto& each : document["campaigns"]) {
    if (each.value("id", Json{}) != campaign) continue;
    found = true;
    if (each.value("stopped", false) == stopped.get<bool>()) {
      return Error{Code::already_exists, "switch campaign", stopped ? "it is stopped" : "it is not stopped"};
    }
    each["stopped"] = stopped;
  }
  if (!found) return Error{Code::not_found, "switch campaign", "the programme has no campaign of this number"};
  document["version"] = document["version"].get<std::uint32_t>() + 1;
  const auto text = document.dump();
  MILLPOND_TRY(const auto version, core_.publish_programme(base::view_of(text)));
  log(Level::warning, stopped ? "campaign_stopped" : "campaign_resumed",
      {{"campaign", std::int64_t{campaign}}, {"version", std::int64_t{version}}});
  return programme_reach(request);
}

base::Result<std::string> AdminApi::programme_reach(const http::Request& /*request*/) {
  MILLPOND_TRY(const auto reach, core_.programme_reach());
  auto list = Json::array();
  for (const auto& each : reach.terminals) {
    list.push_back({{"terminal", each.terminal.value},
                    {"store", each.store.value},
                    {"has_it", each.has_it},
                    {"asked", each.asked_ms > 0 ? base::format_utc(each.asked_ms) : ""}});
  }
  return text_of({{"version", reach.version}, {"terminals", std::move(list)}});
}

base::Result<std::string> AdminApi::dry_run(const http::Request& request) {
  MILLPOND_TRY(const auto bound, core_.bound_of(request.body));
  return text_of({{"version", bound.version}, {"published", false}, {"outage", to_json(bound)}});
}

base::Result<std::string> AdminApi::balances(const http::Request& /*request*/) {
  MILLPOND_TRY(const auto balances, core_.balances());
  auto list = Json::array();
  for (const auto& balance : balances) {
    list.push_back({{"member", base::format_id('M', balance.member.value)},
                    {"points", balance.points},
                    {"qualifying_minor", balance.qualifying_minor},
                    {"version", balance.version},
                    {"same_as", balance.same_as ? base::format_id('M', balance.same_as.value) : ""},
                    {"phone_of", balance.phone_of ? base::format_id('M', balance.phone_of.value) : ""}});
  }
  return text_of({{"members", std::move(list)}});
}

base::Result<std::string> AdminApi::status(const http::Request& /*request*/) {
  MILLPOND_TRY(const auto status, core_.status());
  MILLPOND_TRY(const auto country, core_.country());
  Json json{{"brand_name", brand_name_},
            {"brand", base::to_hex(core_.brand().bytes)},
            {"generation", status.generation},
            {"hub_seq", status.hub_seq},
            {"went_back", status.went_back},
            {"events_received", status.events_received},
            {"events_projected", status.events_projected},
            {"members", status.members},
            {"members_awaited", status.members_awaited},
            {"members_removed", status.members_removed},
            {"members_aliases", status.members_aliases},
            {"members_overdrawn", status.members_overdrawn},
            {"sales", status.sales},
            {"points", status.points},
            {"coupons_issued", status.coupons_issued},
            {"coupons_redeemed", status.coupons_redeemed},
            {"coupons_over_redeemed", status.coupons_over_redeemed},
            {"offline_loss_minor", status.offline_loss_minor},
            {"coupons_kept_minor", status.coupons_kept_minor},
            {"disputes", status.disputes},
            {"points_lost", status.points_lost},
            {"programme_version", status.programme_version},
            {"country", to_json(country)}};
  auto verdicts = Json::object();
  for (const auto& [code, count] : status.verdicts) verdicts[code] = count;
  json["verdicts"] = std::move(verdicts);
  if (const auto checked = core_.last_check()) {
    json["checked"] = {
        {"at", base::format_utc(checked->at_ms)}, {"holds", checked->holds}, {"broken", checked->broken}};
  }
  auto list = Json::array();
  for (const auto& terminal : status.terminals) list.push_back(to_json(terminal));
  json["terminals"] = std::move(list);
  return text_of(json);
}

base::Result<std::string> AdminApi::rebuild(const http::Request& /*request*/) {
  MILLPOND_TRY(const auto done, core_.rebuild());
  log(Level::info, "rebuilt", {{"events", static_cast<std::int64_t>(done.events)}});
  return text_of({{"events", done.events}, {"verdicts", done.verdicts}});
}

base::Result<std::string> AdminApi::restored(const http::Request& /*request*/) {
  MILLPOND_TRY(const auto done, core_.restored());
  log(Level::warning, "restored", {{"events", static_cast<std::int64_t>(done.events)}});
  return text_of({{"events", done.events}, {"verdicts", done.verdicts}, {"numbers_skipped", numbers_skipped}});
}

base::Result<std::string> AdminApi::back_up(const http::Request& request) {
  const std::filesystem::path file{text_in(request.body, "file")};
  if (!file.is_absolute()) return Error{Code::bad_input, "back up", "file must be an absolute path"};
  MILLPOND_TRY_DO(core_.copy_to(file));
  std::error_code unknown;
  const auto bytes = std::filesystem::file_size(file, unknown);
  log(Level::info, "backed_up", {{"bytes", unknown ? std::int64_t{0} : static_cast<std::int64_t>(bytes)}});
  return text_of({{"file", file.string()}, {"bytes", unknown ? std::uintmax_t{0} : bytes}});
}

base::Result<std::string> AdminApi::verify(const http::Request& /*request*/) {
  MILLPOND_TRY(const auto check, core_.check(CheckDepth::rebuilt));
  return text_of({{"holds", check.holds()},
                  {"batches", check.batches},
                  {"batches_broken", check.batches_broken},
                  {"batches_asked", check.batches_asked},
                  {"batches_put_right", check.batches_put_right},
                  {"forks", check.forks},
                  {"first_broken", check.first_broken},
                  {"database_ok", check.store.database_ok},
                  {"events", check.store.events},
                  {"ledger_points", check.store.ledger_points},
                  {"balance_points", check.store.balance_points},
                  {"members_equal", check.store.members_equal},
                  {"checkpoint_equal", check.store.checkpoint_equal},
                  {"marks_hold", check.store.marks_hold},
                  {"figures_hold", check.store.figures_hold},
                  {"pools_hold", check.store.pools_hold},
                  {"lots_hold", check.store.lots_hold},
                  {"log_holds", check.store.log_holds},
                  {"rebuilt_otherwise", check.rebuilt_otherwise}});
}

}  // namespace millpond::hub
