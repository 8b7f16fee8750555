// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/gateway_certificate.h"

#include "sync/base/file.h"
#include "sync/crypto/tls_certificate.h"

namespace millpond::service {
namespace {

constexpr const char* certificate_file = "gateway-own.pem";
constexpr const char* key_file = "gateway-own.key";
constexpr int years_20_days = 20 * 365;  // it is compared by people, not vouched for; an end would stop a shop's tills

bool is_this_machine(const std::string& address) { return address.starts_with("127.") || address == "::1"; }

}  // namespace

bool has_gateway_tls(const Settings& settings) {
  return !settings.gateway_certificate.empty() || !is_this_machine(settings.gateway_address);
}

base::Result<GatewayTls> gateway_tls(const std::filesystem::path& folder, const Settings& settings,
                                     const base::Clock& clock) {
  const auto at = [&](const std::string& file) { return file.empty() ? std::filesystem::path{} : folder / file; };
  if (!has_gateway_tls(settings) || !settings.gateway_certificate.empty() || !settings.gateway_key.empty()) {
    return GatewayTls{at(settings.gateway_certificate), at(settings.gateway_key)};
  }
  const GatewayTls own{folder / certificate_file, folder / key_file};
  std::error_code failed;
  if (std::filesystem::exists(own.certificate, failed) && std::filesystem::exists(own.key, failed)) return own;
  MILLPOND_TRY(const auto made, crypto::make_tls_certificate(gateway_name, clock.wall_ms() / 1'000, years_20_days));
  // The certificate last: one without its key would be taken for whole.
  MILLPOND_TRY_DO(base::write_file(own.key, base::view_of(made.key_pem), base::Privacy::owner));
  MILLPOND_TRY_DO(base::write_file(own.certificate, base::view_of(made.certificate_pem)));
  return own;
}

}  // namespace millpond::service
