// SPDX-License-Identifier: Apache-2.0
// SerialPrinter: an ESC/POS printer on a serial line or USB-CDC, which it takes for itself: 8 data bits, no parity, one
// stop bit. Opened for each job; by-id names find it again after an unplug. One thread.
#pragma once

#include "hardware/ports/serial_line.h"
#include "hardware/print/stream_printer.h"

#include <filesystem>

namespace millpond::print {

struct SerialPrinterSettings {
  std::filesystem::path device;  // better a /dev/serial/by-id name, which stays with the printer
  int bits_per_s = 9600;         // serial_line.h
  ports::FlowControl flow = ports::FlowControl::none;
  StreamSettings stream{};
};

class SerialPrinter final : public StreamPrinter {
 public:
  SerialPrinter(SerialPrinterSettings settings, const base::Clock& clock);

 private:
  // Errors: config_invalid for a speed that is not in the list, device_absent, permission_denied (user not in group
  // dialout), device_busy (another program has the line), unsupported for what is no serial line.
  [[nodiscard]] base::Result<DeviceStream> connect() override;
  // The deadline, or longer where the line cannot be quicker: 20 kB take 21 s at 9600 bit/s.
  [[nodiscard]] std::int64_t send_ms(std::size_t bytes) const override;

  const SerialPrinterSettings settings_;
};

}  // namespace millpond::print
