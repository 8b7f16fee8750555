// SPDX-License-Identifier: Apache-2.0
// LpPrinter: an ESC/POS printer on a character device: /dev/usb/lp0, or a serial port that was set up elsewhere. Opened
// for each job, so that an unplug between jobs costs nothing. One thread.
#pragma once

#include "hardware/print/stream_printer.h"

#include <filesystem>

namespace millpond::print {

struct LpPrinterSettings {
  std::filesystem::path device = "/dev/usb/lp0";
  StreamSettings stream{};
};

class LpPrinter final : public StreamPrinter {
 public:
  LpPrinter(LpPrinterSettings settings, const base::Clock& clock);

 private:
  // Errors: device_absent, permission_denied (user not in group lp), device_busy, unsupported for a plain file.
  [[nodiscard]] base::Result<DeviceStream> connect() override;

  const LpPrinterSettings settings_;
};

}  // namespace millpond::print
