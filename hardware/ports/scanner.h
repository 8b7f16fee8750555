// SPDX-License-Identifier: Apache-2.0
// Scanner: something that reads codes and tells their text. Verifies nothing and knows no member: `codes` does.
// A scanner belongs to one thread. The text is personal data: it is never logged.
#pragma once

#include "hardware/ports/device_state.h"
#include "sync/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millpond::ports {

// What we read. A keyboard wedge does not tell, so its scans are unknown.
enum class Symbology : std::uint8_t { unknown, qr, ean13, ean8, code128, micro_qr, data_matrix };

[[nodiscard]] constexpr std::string_view symbology_name(Symbology symbology) {
  switch (symbology) {
    case Symbology::qr:
      return "qr";
    case Symbology::ean13:
      return "ean13";
    case Symbology::ean8:
      return "ean8";
    case Symbology::code128:
      return "code128";
    case Symbology::micro_qr:
      return "micro_qr";
    case Symbology::data_matrix:
      return "data_matrix";
    case Symbology::unknown:
      break;
  }
  return "unknown";
}

struct Scan {
  // UTF-8 from a camera; the bytes as they came from a hand scanner, whose codes may be in any encoding and go on to a
  // till unchanged. Of a GS1 code with its symbology identifier before it, as in "]C1".
  std::string text;
  Symbology symbology{};
  std::int64_t at_ms{};  // monotonic: when the code was in front of the device
  friend bool operator==(const Scan&, const Scan&) = default;
};

class Scanner {
 public:
  virtual ~Scanner() = default;

  // Gets the device ready; safe to repeat, also after a failure. Errors as Camera::open. Blocks at most a second.
  virtual base::Result<> open() = 0;

  // The next scan, or nothing within timeout_ms (at least 0). A code held in front of the device is one scan.
  // Errors: device_absent when it was unplugged or is not open, device_failed.
  virtual base::Result<std::optional<Scan>> next(std::int64_t timeout_ms) = 0;

  // As of the last call; never blocks. not_configured before the first open.
  [[nodiscard]] virtual DeviceState state() const = 0;
};

}  // namespace millpond::ports
