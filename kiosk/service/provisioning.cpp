// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/provisioning.h"

#include "sync/codes/base45.h"
#include "sync/net/http_client.h"
#include "sync/terminal/identity.h"

#include <nlohmann/json.hpp>

namespace millpond::service {
namespace {

using base::Code;
using base::Error;
using base::Result;

// The hub names its refusal in JSON; anything else with that status is not a hub.
Error refusal_of(const net::HttpAnswer& answer) {
  const auto body = nlohmann::json::parse(answer.body, nullptr, false);
  if (body.is_object() && body.contains("code") && body["code"].is_string()) {
    const auto name = body["code"].get<std::string>();
    return {base::code_from_name(name).value_or(Code::hub_refused), "provision", "the hub answered " + name};
  }
  return {Code::hub_not_a_hub, "provision", "status " + std::to_string(answer.status)};
}

}  // namespace

Result<ProvisionReport> provision(const std::filesystem::path& folder, const Settings& settings,
                                  const std::string& hub_url, const std::string& typed_code,
                                  const Technician& technician) {
  MILLPOND_TRY(const auto code, wire::normalise_provision_code(typed_code));
  MILLPOND_TRY(const auto key, terminal::load_or_make_key(folder));
  MILLPOND_TRY(const auto client,
               net::HttpClient::create({.base_url = hub_url, .ca_file = settings.ca_file, .proxy = settings.proxy}));
  MILLPOND_TRY(const auto answer, client->perform({.method = "POST",
                                                   .target = "/v1/provision",
                                                   .headers = {{"Content-Type", "application/json"}},
                                                   .body = wire::to_json(wire::ProvisionRequest{
                                                       code, key.public_key(), technician.phone, technician.pin})}));
  if (answer.status != 200) return refusal_of(answer);
  auto parsed = wire::parse_provision_answer(answer.body);
  if (!parsed) return Error{Code::hub_not_a_hub, "provision", base::describe(parsed.error()), hub_url};
  MILLPOND_TRY(const auto provisioned, wire::check_answer(*parsed, key.public_key()));
  MILLPOND_TRY_DO(terminal::save_identity(folder, hub_url, *parsed));
  return ProvisionReport{provisioned.certificate.terminal, provisioned.certificate.store,
                         wire::matching_digits(code, key.public_key(), provisioned.root), parsed->documents};
}

Result<ProvisionReport> provision_by_grant(const std::filesystem::path& folder, const std::string& sheet_text,
                                           std::int64_t now_ms) {
  const auto from = sheet_text.find(wire::sheet_prefix);
  if (from == std::string::npos) return Error{Code::grant_invalid, "read grant sheet", "it begins with MPG1:"};
  auto text = sheet_text.substr(from + wire::sheet_prefix.size());
  text.erase(text.find_last_not_of(" \r\n\t") + 1);
  const auto bytes = codes::base45_decode(text);
  if (!bytes) return Error{Code::grant_invalid, "read grant sheet", "not as it was written"};
  MILLPOND_TRY(const auto sheet, wire::decode_sheet(*bytes));
  MILLPOND_TRY(const auto checked, wire::check_sheet(sheet));
  MILLPOND_TRY_DO(terminal::save_granted(folder, sheet, checked, base::local_date_at(now_ms, 0).days));
  return ProvisionReport{checked.grant.terminal, checked.grant.store, checked.matching_digits, {}};
}

}  // namespace millpond::service
