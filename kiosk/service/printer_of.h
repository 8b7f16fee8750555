// SPDX-License-Identifier: Apache-2.0
// The printer that the settings name. Opens nothing yet: a printer that is switched off is a state, not an error.
#pragma once

#include "hardware/ports/printer.h"
#include "hardware/ports/serial_line.h"
#include "kiosk/service/settings.h"

#include <filesystem>
#include <functional>
#include <memory>

namespace millpond::service {

// For PrintingSetup::watch: of printers on a cable; empty for the others.
[[nodiscard]] std::function<std::shared_ptr<void>(std::function<void()>)> printer_watch(const Settings& settings);

// Error: config_invalid for a target that does not fit its kind ("host:port", a device, a folder).
[[nodiscard]] base::Result<std::unique_ptr<ports::Printer>> printer_of(const Settings& settings,
                                                                       const std::filesystem::path& folder);

// "none", "rts_cts" or "xon_xoff", as settings have it.
[[nodiscard]] ports::FlowControl flow_of(const std::string& name);

}  // namespace millpond::service
