// SPDX-License-Identifier: Apache-2.0
// What the till gateway shows of itself on the shop's network: the certificate of the settings, or one that this
// machine made for itself, which a till trusts after pairing (hardware/till/pairing.h). Blocking; the work thread.
#pragma once

#include "kiosk/service/settings.h"
#include "sync/base/clock.h"

#include <filesystem>

namespace millpond::service {

// The one name in a certificate of its own, whatever the machine is called: tills ask for it at whichever address.
inline constexpr const char* gateway_name = "millpond-terminal";

struct GatewayTls {
  std::filesystem::path certificate{};  // both empty: plain HTTP, on this machine only
  std::filesystem::path key{};
};

[[nodiscard]] bool has_gateway_tls(const Settings& settings);
// Makes gateway-own.pem and gateway-own.key in the folder when they are wanted and not there yet; they are kept for
// ever, because paired tills know this one. Errors: disk_full, permission_denied, internal.
[[nodiscard]] base::Result<GatewayTls> gateway_tls(const std::filesystem::path& folder, const Settings& settings,
                                                   const base::Clock& clock);

}  // namespace millpond::service
