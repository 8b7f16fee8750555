// SPDX-License-Identifier: Apache-2.0
// TcpPrinter: an ESC/POS printer on the network, port 9100: one connection a job. One thread.
#pragma once

#include "hardware/print/stream_printer.h"

#include <cstdint>
#include <string>

namespace millpond::print {

struct TcpPrinterSettings {
  std::string host;  // an address; a name also waits for the system's resolver, which has its own time limit
  std::uint16_t port = 9100;
  StreamSettings stream{};
};

class TcpPrinter final : public StreamPrinter {
 public:
  TcpPrinter(TcpPrinterSettings settings, const base::Clock& clock);

 private:
  // Errors: config_invalid (no such host name), device_absent (refused, no route), timeout.
  [[nodiscard]] base::Result<DeviceStream> connect() override;

  const TcpPrinterSettings settings_;
};

}  // namespace millpond::print
