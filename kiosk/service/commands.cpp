// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/commands.h"

#include "kiosk/service/disk_encryption.h"
#include "kiosk/service/import_command.h"
#include "kiosk/service/journal_copy.h"
#include "kiosk/service/member_command.h"
#include "kiosk/service/pair_command.h"
#include "kiosk/service/print_command.h"
#include "kiosk/service/provisioning.h"
#include "kiosk/service/refund_command.h"
#include "kiosk/service/service.h"
#include "kiosk/service/staff_command.h"
#include "kiosk/service/till_health.h"
#include "sync/model/programme.h"
#include "sync/terminal/consent.h"
#include "sync/terminal/listing.h"

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

namespace millpond::service {
namespace {

using Json = nlohmann::ordered_json;
using base::Code;
using base::Error;
using base::Result;

constexpr std::size_t listing_max =
    100'000;  // facts in one answer, at most; those of long words are too large for a link frame, which says so

std::string_view clock_name(store::HubTime::Source source) {
  switch (source) {
    case store::HubTime::Source::machine:
      return "right";
    case store::HubTime::Source::hub:
      return "wrong";
    case store::HubTime::Source::unknown:
      break;
  }
  return "unknown";
}

Error bad(const std::string& what) { return {Code::bad_input, "read question", what}; }

Result<std::string> text_of(const Json& params, const char* name) {
  if (!params.contains(name) || !params[name].is_string()) return bad(std::string{"needs the text \""} + name + '"');
  return params[name].get<std::string>();
}

Result<Shop*> shop_of(Service& service) {
  if (service.shop() == nullptr) {
    return Error{Code::not_provisioned, "ask", "this machine is no terminal yet", service.folder().string()};
  }
  return service.shop();
}

// Runs on the journal's thread and hands its answer out.
Result<std::string> ask_journal(Shop& shop, const std::function<Result<std::string>(store::Journal&)>& question) {
  Result<std::string> answer{std::string{}};
  MILLPOND_TRY_DO(shop.journal().with([&](store::Journal& journal) { answer = question(journal); }));
  return answer;
}

Result<std::string> status(Service& service, const Json&) {
  const auto sync = service.sync_status();
  Json answer{{"provisioned", service.shop() != nullptr}};
  if (auto* shop = service.shop()) {
    const auto& identity = shop->terminal().identity();
    const auto& certificate = identity.certificate;
    const auto programme = shop->programme();
    answer["terminal"] = certificate.terminal.value;
    answer["store"] = certificate.store.value;
    answer["certificate_until"] = base::format_date(base::LocalDate{identity.last_day.get()});
    answer["line"] = line_name(sync.line);
    answer["reason"] = sync.reason;
    answer["notice"] = sync.notice;
    answer["queued"] = sync.queued;
    answer["oldest"] = sync.oldest_ms == 0 ? "" : base::format_utc(sync.oldest_ms);
    answer["last_contact"] = sync.last_contact_ms == 0 ? "" : base::format_utc(sync.last_contact_ms);
    answer["as_of"] = sync.as_of_ms == 0 ? "" : base::format_utc(sync.as_of_ms);
    answer["programme"] = programme ? programme->version : 0;
    answer["utc_offset_min"] = programme ? model::offset_at(*programme, shop->time().now().wall_ms) : 0;
    answer["printer"] = ports::state_name(shop->printer_state());
    answer["clock"] = clock_name(shop->time().now().source);
    answer["gateway"] = service.gateway_url();
  }
  return answer.dump();
}

Result<std::string> provision_command(Service& service, const Json& params) {
  if (service.shop() != nullptr) {
    return Error{Code::already_exists, "provision", "this machine is a terminal already", service.folder().string()};
  }
  ProvisionReport report;
  if (params.contains("grant")) {
    MILLPOND_TRY(const auto grant, text_of(params, "grant"));
    MILLPOND_TRY(report, provision_by_grant(service.folder(), base::view_of(grant), base::system_clock().wall_ms()));
  } else if (params.contains("grant_file")) {
    MILLPOND_TRY(const auto hex, text_of(params, "grant_file"));
    const auto content = base::from_hex(hex);
    if (!content) return bad("grant_file must be hexadecimal");
    MILLPOND_TRY(report, provision_by_grant(service.folder(), *content, base::system_clock().wall_ms()));
  } else {
    MILLPOND_TRY(const auto hub, text_of(params, "hub"));
    MILLPOND_TRY(const auto code, text_of(params, "code"));
    const Technician technician{text_of(params, "phone").value_or(""), text_of(params, "pin").value_or("")};
    MILLPOND_TRY(report, provision(service.folder(), service.settings(), hub, code, technician));
  }
  MILLPOND_TRY_DO(service.open_shop(report.documents));
  return Json{{"terminal", report.terminal.value}, {"store", report.store.value}, {"digits", report.digits}}.dump();
}

Result<std::string> journal(Service& service, const Json& params) {
  MILLPOND_TRY(auto* const shop, shop_of(service));
  const auto limit = params.value("limit", std::size_t{50});
  const bool queued_only = params.value("queued_only", true);
  return ask_journal(*shop, [&](store::Journal& opened) {
    return terminal::journal_listing(opened, std::min(limit, listing_max), queued_only);
  });
}

Result<std::string> verify(Service& service, const Json&) {
  MILLPOND_TRY(auto* const shop, shop_of(service));
  return ask_journal(*shop, [](store::Journal& opened) { return terminal::verify_listing(opened); });
}

Result<std::string> quarantine(Service& service, const Json& params) {
  MILLPOND_TRY(auto* const shop, shop_of(service));
  const bool close = params.value("close", false);
  return ask_journal(*shop, [close](store::Journal& opened) -> Result<std::string> {
    if (close) MILLPOND_TRY_DO(opened.close_quarantine());
    return terminal::quarantine_listing(opened);
  });
}

// In pages between the sales and the work for screens; replies when the copy is on the disk, or at once why not.
Result<> journal_copy(Service& service, const Json& params, const Reply& reply) {
  MILLPOND_TRY(auto* const shop, shop_of(service));
  MILLPOND_TRY(const auto target, text_of(params, "target"));
  if (!std::filesystem::path{target}.is_absolute()) return bad("the target must be an absolute path");
  copy_journal(shop->journal(), service.work(), target, [target, reply](const Result<>& copied) {
    if (copied)
      reply(Json{{"copy", target}}.dump());
    else
      reply(copied.error());
  });
  return {};
}

Result<std::string> health_of(Shop& shop) {
  return ask_journal(shop, [](store::Journal& opened) -> Result<std::string> {
    MILLPOND_TRY(const auto health, opened.health());
    return terminal::health_words(health);
  });
}

Result<std::string> till_add(Service& service, const Json& params) {
  MILLPOND_TRY(auto* const shop, shop_of(service));
  static_cast<void>(shop);
  MILLPOND_TRY(const auto name, text_of(params, "till"));
  MILLPOND_TRY(const auto key, service.add_till(name));
  return Json{{"till", name}, {"key", key.id}, {"secret", base::to_hex(key.secret)}, {"gateway", service.gateway_url()}}
      .dump();
}

Result<std::string> till_pair(Service& service, const Json& params) {
  MILLPOND_TRY(auto* const shop, shop_of(service));
  static_cast<void>(shop);
  return run_pair_command(
      service.gateway()->pairing(), [&](const std::string& till) { return service.add_till(till); }, params.dump());
}

Result<std::string> member(Service& service, const Json& params) {
  MILLPOND_TRY(auto* const shop, shop_of(service));
  return show_member(*shop, service.settings().language, params.dump());
}

Result<std::string> card(Service& service, const Json& params) {
  MILLPOND_TRY(auto* const shop, shop_of(service));
  return print_member_card(*shop, service.settings().language, params.dump());
}

Result<std::string> screens(Service& service, const Json&) {
  auto list = Json::array();
  for (const auto& [id, shown] : service.screens().shown()) {
    list.push_back({{"id", id}, {"screen", shown.screen}, {"attached", shown.attached}});
  }
  return Json{{"screens", list}}.dump();
}

Result<std::string> sync_now(Service& service, const Json& params) {
  MILLPOND_TRY(auto* const shop, shop_of(service));
  shop->sync().poke();
  return status(service, params);
}

Result<std::string> sync_resume(Service& service, const Json& params) {
  MILLPOND_TRY(auto* const shop, shop_of(service));
  shop->sync().resume();
  return status(service, params);
}

// Names and findings are stable codes; the command line turns them into sentences.
Json check(std::string_view name, bool ok, const std::string& found) {
  return {{"name", name}, {"ok", ok}, {"found", found}};
}

// A hub that refused this terminal asks for another step than one out of reach.
Json hub_check(const client::SyncStatus& sync) {
  const bool online = sync.line == engine::Line::online;
  auto result = check("hub", online, sync.reason.empty() ? std::string{line_name(sync.line)} : sync.reason);
  result["line"] = line_name(sync.line);
  return result;
}

// Nothing is broken, and a machine without a TPM has no better place for it; but whoever owns it must know.
Json root_key_check(terminal::MachineKey::Source source) {
  auto result = check("root_key", true, std::string{terminal::source_name(source)});
  if (source != terminal::MachineKey::Source::credential) result["warning"] = true;
  return result;
}

// A keyed file on an open disk is read by whoever takes the disk. What cannot be seen from here is no warning.
Json disk_check(const std::filesystem::path& folder) {
  const auto encryption = disk_encryption(folder);
  auto result = check("disk", true, std::string{encryption_name(encryption)});
  if (encryption == DiskEncryption::plain) result["warning"] = true;
  return result;
}

Result<std::string> doctor(Service& service, const Json&) {
  auto checks = Json::array();
  auto* const shop = service.shop();
  checks.push_back(check("identity", shop != nullptr, shop != nullptr ? "provisioned" : "not_provisioned"));
  if (shop != nullptr) {
    const auto sync = service.sync_status();
    const auto verified = verify(service, {});
    const bool holds = verified && Json::parse(*verified).at("holds").get<bool>();
    MILLPOND_TRY(const auto found, health_of(*shop));
    const bool online = sync.line == engine::Line::online;
    const auto printer = shop->printer_state();
    const bool printing = ports::is_known_good(printer) || printer == ports::DeviceState::status_unknown;
    const auto programme = shop->programme();
    checks.push_back(check("journal", holds && found == "holds", holds ? found : "damaged"));
    checks.push_back(hub_check(sync));
    checks.push_back(check("copies", sync.notice.empty(), sync.notice.empty() ? "none_seen" : sync.notice));
    checks.push_back(check("queue", sync.queued == 0 || online, std::to_string(sync.queued)));
    auto of_printer = check("printer", printing, std::string{ports::state_name(printer)});
    // It may be out of paper, and nobody would know.
    if (printing && printer == ports::DeviceState::status_unknown) of_printer["warning"] = true;
    checks.push_back(std::move(of_printer));
    const auto clock = shop->time().now().source;
    checks.push_back(check("clock", clock == store::HubTime::Source::machine, std::string{clock_name(clock)}));
    checks.push_back(root_key_check(shop->root_key()));
    checks.push_back(disk_check(service.folder()));
    checks.push_back(check("programme", programme.has_value(), std::to_string(programme ? programme->version : 0)));
  }
  return Json{{"checks", checks}}.dump();
}

Result<std::string> staff_command(Service& service, const Json& params) {
  MILLPOND_TRY(auto* const shop, shop_of(service));
  return run_staff_command(shop->staff(), params.dump());
}

Result<std::string> capture_command(Service& service, const Json& params) {
  if (service.capture() == nullptr) {
    return Error{Code::not_found, "ask capture", "nothing is captured here: [capture] in terminal.toml",
                 "terminal.toml"};
  }
  auto asked = params;
  const auto programme = service.shop() == nullptr ? std::nullopt : service.shop()->programme();
  if (programme) asked["currency"] = programme->currency.view();
  return service.capture()->command(asked.dump());
}

Result<std::string> import_command(Service& service, const Json& params) {
  MILLPOND_TRY(auto* const shop, shop_of(service));
  static_cast<void>(shop);
  return import_sales(*service.counter(), params.dump());
}

Result<std::string> refund_command(Service& service, const Json& params) {
  MILLPOND_TRY(auto* const shop, shop_of(service));
  MILLPOND_TRY(const auto here, refund_here(*shop));
  return refund_by_hand(*service.counter(), here, params.dump());
}

// The member's own code says who asks; whoever drives the command line has scanned it.
Result<std::string> consent(Service& service, const Json& params) {
  MILLPOND_TRY(auto* const shop, shop_of(service));
  MILLPOND_TRY(const auto code, text_of(params, "code"));
  MILLPOND_TRY(const auto purpose, text_of(params, "purpose"));
  MILLPOND_TRY(const auto found, shop->terminal().see(code));
  terminal::ConsentAsk ask;
  ask.member = found.member;
  ask.strength = found.strength;
  ask.purpose = purpose == "marketing"   ? model::Purpose::marketing
                : purpose == "profiling" ? model::Purpose::profiling
                                         : model::Purpose::partners;
  if (purpose != "marketing" && purpose != "profiling" && purpose != "partners")
    return bad("no such purpose: " + purpose);
  ask.granted = params.value("granted", false);
  ask.language = params.value("language", service.settings().language);
  if (const auto age = params.value("age", ""); !age.empty()) {
    if (age != "enough" && age != "guardian") return bad("no such answer about age: " + age);
    ask.age = age == "enough" ? model::AgeAnswer::old_enough : model::AgeAnswer::guardian_agrees;
  } else if (ask.granted) {
    const auto programme = shop->programme();
    const auto age_min = (programme ? programme->country : model::china()).joining.age_min;
    if (service.consents()->told_age_min(found) >= age_min) ask.age = model::AgeAnswer::old_enough;
  }
  MILLPOND_TRY_DO(service.consents()->change(ask));
  return Json{{"purpose", purpose}, {"granted", ask.granted}}.dump();
}

using Command = Result<std::string> (*)(Service&, const Json&);

const std::map<std::string, Command, std::less<>>& commands() {
  static const std::map<std::string, Command, std::less<>> table{
      {"status", status},           {"doctor", doctor},         {"provision", provision_command},
      {"journal", journal},         {"verify", verify},         {"till_add", till_add},
      {"till_pair", till_pair},     {"quarantine", quarantine}, {"member", member},
      {"screens", screens},         {"sync", sync_now},         {"sync_resume", sync_resume},
      {"capture", capture_command}, {"import", import_command}, {"refund", refund_command},
      {"staff", staff_command},     {"consent", consent},       {"card", card}};
  return table;
}

}  // namespace

void run_command(Service& service, const std::string& method, const std::string& params_json, Reply reply) {
  const auto params = Json::parse(params_json, nullptr, false);
  if (!params.is_object()) return reply(bad("parameters must be a JSON object"));
  if (method == "journal_copy") {
    if (const auto begun = journal_copy(service, params, reply); !begun) reply(begun.error());
    return;
  }
  if (method == "print") {
    if (service.shop() == nullptr) return reply(shop_of(service).error());
    return run_print_command(*service.shop(), service.settings(), service.work(), params_json, std::move(reply));
  }
  const auto command = commands().find(method);
  if (command == commands().end()) return reply(Error{Code::unsupported, "ask", "no such question: " + method});
  const auto answer = [&]() -> Result<std::string> {
    try {
      return command->second(service, params);
    } catch (const nlohmann::json::exception& error) { return bad(error.what()); }
  };
  reply(answer());
}

}  // namespace millpond::service
