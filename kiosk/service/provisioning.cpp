// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/provisioning.h"

#include "sync/net/http_client.h"
#include "sync/terminal/granted.h"
#include "sync/wire/hub_address.h"

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

Result<ProvisionReport> provision(const std::filesystem::path& folder, const Settings& settings, std::string hub_url,
                                  const std::string& typed_code, const Technician& technician) {
  while (hub_url.ends_with('/')) hub_url.pop_back();
  // Neither does the refusal repeat it: a URL may hold a password.
  if (!wire::usable_hub_url(hub_url)) {
    return Error{Code::bad_input, "provision",
                 "the hub's URL is https://HOST, or http://127.0.0.1:PORT of a hub on this machine"};
  }
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

Result<ProvisionReport> provision_by_grant(const std::filesystem::path& folder, base::ByteView content,
                                           std::int64_t now_ms) {
  MILLPOND_TRY(const auto grant, terminal::read_grant(content));
  MILLPOND_TRY_DO(terminal::save_grant(folder, grant, base::local_date_at(now_ms, 0).days));
  const auto& of = grant.checked;
  return ProvisionReport{
      of.grant.terminal, of.grant.store, wire::sheet_digits(grant.sheet.root, grant.sheet.grant), {}};
}

}  // namespace millpond::service
