// SPDX-License-Identifier: Apache-2.0
// SimScanner: a scanner that reads what it is handed, and fails when told to. Handing over: any thread; the rest: one
// thread.
#pragma once

#include "hardware/ports/scanner.h"
#include "sync/base/clock.h"
#include "sync/base/queue.h"

#include <atomic>
#include <string>
#include <variant>

namespace millpond::sim {

class SimScanner final : public ports::Scanner {
 public:
  explicit SimScanner(const base::Clock& clock);

  // Puts a code before the scanner. False when more than 64 wait.
  [[nodiscard]] bool present(std::string text, ports::Symbology symbology = ports::Symbology::qr);
  // Makes the next read after what waits fail; device_absent unplugs until the scanner is opened again.
  [[nodiscard]] bool fail(base::Error error);

  base::Result<> open() override;
  base::Result<std::optional<ports::Scan>> next(std::int64_t timeout_ms) override;
  [[nodiscard]] ports::DeviceState state() const override { return state_; }

 private:
  const base::Clock& clock_;
  base::Queue<std::variant<ports::Scan, base::Error>> waiting_;  // refuses when full
  std::atomic<ports::DeviceState> state_{ports::DeviceState::not_configured};
};

}  // namespace millpond::sim
