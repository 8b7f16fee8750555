// SPDX-License-Identifier: Apache-2.0
// SerialScanner: a hand scanner on a serial line or USB-CDC, whose scans end with a carriage return or a line feed.
// After an unplug it is opened again by whoever asks; by-id names find it again. One thread; the clock outlives it.
#pragma once

#include "hardware/ports/scanner.h"
#include "hardware/scan/keyboard_decoder.h"
#include "hardware/scan/scanner_device.h"
#include "sync/base/clock.h"

#include <deque>
#include <filesystem>

namespace millpond::scan {

struct SerialSettings {
  std::filesystem::path device;  // better a /dev/serial/by-id name, which stays with the scanner
  int bits_per_s = 9600;         // 9600, 19200, 38400, 57600 or 115200; USB-CDC takes any
};

class SerialScanner final : public ports::Scanner {
 public:
  SerialScanner(SerialSettings settings, const base::Clock& clock);

  // Takes the line for itself: another program that reads it would take away letters. Errors as the port says, and
  // bad_input for a speed that is not in the list.
  base::Result<> open() override;
  base::Result<std::optional<ports::Scan>> next(std::int64_t timeout_ms) override;
  [[nodiscard]] ports::DeviceState state() const override { return state_; }

 private:
  base::Error fault(base::Error error);

  const SerialSettings settings_;
  const base::Clock& clock_;
  ScannerDevice device_;
  LineDecoder decoder_;
  std::deque<ports::Scan> waiting_;  // of one read; a scanner has no more than a few
  ports::DeviceState state_ = ports::DeviceState::not_configured;
};

}  // namespace millpond::scan
