// SPDX-License-Identifier: Apache-2.0
// PassThrough: sits between a till and its printer and hands every byte on, unchanged and at once, both ways. What the
// till prints is copied to a tap, a bounded queue: when nobody empties it the copy has a hole that is counted, and
// printing goes on. Reads no printer language.
//
// The till sees what it would see without us: what the printer refuses or breaks off is refused and broken off, an
// ended side is ended, and a printer that takes no bytes makes the till wait. One difference: a till connects before
// the printer is asked, so that a refusal comes as a reset right after.
//
// One thread of its own. No durability: nothing is stored here.
#pragma once

#include "hardware/ports/serial_line.h"
#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/queue.h"
#include "sync/base/result.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace millpond::capture {

struct TapPiece {
  std::uint64_t connection{};  // counts up; pieces of one are in order
  std::uint64_t lost_bytes{};  // that were printed before these and did not fit into the queue
  base::Bytes bytes{};
  bool ended{};  // the till sends no more on this connection
};

inline constexpr std::size_t piece_bytes_max = 16U << 10;
inline constexpr std::size_t tap_pieces_max = 256;  // four megabytes: minutes of receipts

using Tap = base::Queue<TapPiece>;

// A serial line: 8 data bits, no parity, 1 stop bit.
struct SerialLine {
  std::filesystem::path device{};
  int baud{9'600};
  ports::FlowControl flow{};  // how a printer makes us wait, and we the till
};

struct PassThroughSettings {
  // Where the till prints to: TCP, or a serial line when its device is named.
  std::string listen_host{"127.0.0.1"};
  std::uint16_t listen_port{9'100};  // 0: any free one
  SerialLine till_line{};
  // Where the printer is: TCP, or a device (/dev/usb/lp0, a serial port) when one is named.
  std::string printer_host{};
  std::uint16_t printer_port{9'100};
  SerialLine printer_line{};
  std::int64_t connect_ms{5'000};
  std::int64_t busy_ms{15'000};  // how long a till waits for a device that somebody else has open
  // What cannot be opened at the start is tried again, after a quarter of a second and up to five: an adapter or a
  // network that comes up after us must not leave the shop without receipts until somebody restarts us.
  bool keep_trying{};
};

struct PassThroughCounts {
  std::uint64_t connections{};
  std::uint64_t refused{};  // the printer could not be reached
  std::uint64_t to_printer_bytes{};
  std::uint64_t to_till_bytes{};
  std::uint64_t lost_bytes{};  // of the copy
};

class PassThrough {
 public:
  // The tap outlives the result. Errors, none with keep_trying: port_taken, address_not_allowed, config_invalid (no
  // such host name; a name is looked up once, here), device_absent, permission_denied and device_failed of the till's
  // serial line.
  [[nodiscard]] static base::Result<std::unique_ptr<PassThrough>> start(PassThroughSettings settings, Tap& tap);
  virtual ~PassThrough() = default;  // breaks off what is under way; closes nothing of the tap
  [[nodiscard]] virtual std::uint16_t port()
      const = 0;  // 0 for a serial line, and until it could be opened; any thread
  [[nodiscard]] virtual std::optional<base::Error> problem() const = 0;  // why it is not open yet; any thread
  [[nodiscard]] virtual PassThroughCounts counts() const = 0;            // any thread
};

}  // namespace millpond::capture
