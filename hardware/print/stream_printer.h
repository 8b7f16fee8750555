// SPDX-License-Identifier: Apache-2.0
// StreamPrinter: what every ESC/POS printer behind a stream of bytes has in common: ask, send, ask again, and an honest
// outcome. The transports differ in how they connect. One thread, which blocks up to the sum of the deadlines.
#pragma once

#include "hardware/ports/printer.h"
#include "hardware/print/device_stream.h"
#include "hardware/print/escpos.h"
#include "hardware/print/printer_status.h"
#include "sync/base/clock.h"
#include "sync/base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace millpond::print {

struct StreamDeadlines {
  std::int64_t connect_ms = 3000;
  std::int64_t answer_ms = 300;    // for a real-time question; printers that never answer cost this once a job
  std::int64_t send_ms = 15000;    // for the whole job, a long receipt at a slow printer included
  std::int64_t confirm_ms = 8000;  // from the last byte to the answer in turn, while the paper moves
};

struct StreamSettings {
  StreamDeadlines deadlines{};
  DrawerPin drawer = DrawerPin::none;
};

class StreamPrinter : public ports::Printer {
 public:
  // confirmed: the printer answered a question that it takes in turn, so that everything before was processed.
  // sent: the device or the peer's network took every byte and said nothing after. uncertain: it stopped taking bytes,
  // broke off, ran out of paper, or fell silent after it had answered before.
  base::Result<ports::PrintReport> submit(const ports::PrintJob& job) final;
  // Unsupported when no pin is set. Never blocked by paper or cover.
  base::Result<ports::DrawerReport> kick_drawer() final;
  ports::DeviceState probe() final;
  [[nodiscard]] ports::DeviceState state() const final { return state_; }

 protected:
  StreamPrinter(StreamSettings settings, const base::Clock& clock) : settings_{settings}, clock_{clock} {}

  // Sets no state: the error's code tells it.
  [[nodiscard]] virtual base::Result<DeviceStream> connect() = 0;
  // How long so many bytes may take; a slow line needs more than the deadline that fits a fast one.
  [[nodiscard]] virtual std::int64_t send_ms(std::size_t bytes) const;

  [[nodiscard]] const StreamDeadlines& deadlines() const { return settings_.deadlines; }
  [[nodiscard]] const base::Clock& clock() const { return clock_; }

 private:
  struct Answers {
    ports::DeviceState state{};
    std::optional<bool> drawer{};  // the sensor's level
  };
  [[nodiscard]] Answers ask(DeviceStream& stream) const;
  [[nodiscard]] bool sees_drawer_move(DeviceStream& stream, bool level) const;
  [[nodiscard]] ports::PrintReport confirm(DeviceStream& stream, std::size_t bytes, bool answered_before) const;

  const StreamSettings settings_;
  const base::Clock& clock_;
  ports::DeviceState state_ = ports::DeviceState::status_unknown;
};

}  // namespace millpond::print
