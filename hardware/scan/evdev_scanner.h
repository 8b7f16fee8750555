// SPDX-License-Identifier: Apache-2.0
// EvdevScanner: a hand scanner that pretends to be a keyboard, grabbed so that its codes reach nobody else. Reads the
// one device it was bound to (scanner_binding.h), never "any keyboard". One thread; the clock outlives it.
#pragma once

#include "hardware/ports/scanner.h"
#include "hardware/scan/key_relay.h"
#include "hardware/scan/keyboard_decoder.h"
#include "hardware/scan/scanner_device.h"
#include "sync/base/clock.h"

#include <deque>
#include <filesystem>
#include <optional>

namespace millpond::scan {

struct EvdevSettings {
  std::filesystem::path device;  // a /dev/input/by-id name, which stays with the scanner
  KeyboardLayout layout = KeyboardLayout::us;
};

class EvdevScanner final : public ports::Scanner {
 public:
  // With a share, what is not ours is typed for the till and is no scan.
  EvdevScanner(EvdevSettings settings, const base::Clock& clock, std::optional<KeyShare> share = {});

  // Errors as the port says; unsupported for a device without an ENTER key, device_busy when another program holds the
  // grab, which is a fault, because scans would reach that program and not this one.
  base::Result<> open() override;
  // Also the outlet's errors, once each, while the state stays the scanner's: the till got nothing.
  base::Result<std::optional<ports::Scan>> next(std::int64_t timeout_ms) override;
  [[nodiscard]] ports::DeviceState state() const override { return state_; }

 private:
  base::Error fault(base::Error error);

  const EvdevSettings settings_;
  const base::Clock& clock_;
  ScannerDevice device_;
  KeyboardDecoder decoder_;
  std::optional<KeyRelay> relay_;
  std::deque<ports::Scan> waiting_;
  ports::DeviceState state_ = ports::DeviceState::not_configured;
};

// Takes the kernel's input_event records apart, whole ones only, and feeds key events to the decoder: what a device
// delivers, and what a recording holds. Each text that ended goes to `scans` with the time `at_ms`, or by the relay,
// where there is one, to the till.
void take_key_events(base::ByteView records, std::int64_t at_ms, KeyboardDecoder& decoder,
                     std::deque<ports::Scan>& scans, KeyRelay* relay = nullptr);

}  // namespace millpond::scan
