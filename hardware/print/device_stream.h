// SPDX-License-Identifier: Apache-2.0
// DeviceStream: an open, non-blocking descriptor of a printer, with deadlines on everything, because a printer can stop
// taking bytes for ever. Knows no printer language. Owns and closes the descriptor. One thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/error.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace millpond::print {

enum class StreamKind : std::uint8_t {
  socket,
  character_device,  // a line printer, whose driver reads as 0 bytes when it has nothing to say
  serial_line,       // 0 bytes are an unplug
};

// What a failed open or ioctl of a printer's device file means: device_absent, permission_denied, device_busy,
// unsupported, device_failed.
[[nodiscard]] base::Error device_error(int cause, std::string operation, std::string where);

struct Written {
  std::size_t bytes{};                   // that the kernel took
  std::optional<base::Error> failure{};  // timeout, device_absent (unplugged), device_failed
};

class DeviceStream {
 public:
  // Takes over fd, which must be non-blocking. The clock outlives the stream.
  DeviceStream(int fd, StreamKind kind, const base::Clock& clock);
  DeviceStream(DeviceStream&& other) noexcept;
  DeviceStream& operator=(DeviceStream&&) = delete;
  ~DeviceStream();

  // Writes until all is taken or the time is over.
  [[nodiscard]] Written write(base::ByteView bytes, std::int64_t timeout_ms);

  // Waits until what the kernel took has left it: a socket's kernel takes a whole receipt for a printer that stopped
  // reading, and a serial line's some kilobytes. True at once for devices whose kernel does not tell. False at the end
  // of the time, and when the line broke.
  [[nodiscard]] bool wait_taken(std::int64_t timeout_ms);

  // The next byte that the device sends; nothing at the end of the time or when it sends no more.
  [[nodiscard]] std::optional<std::uint8_t> read_byte(std::int64_t timeout_ms);

  // Drops unread answers, so that the next byte answers the next question.
  void discard_input();

  // The device ended its side in order: it may still take bytes.
  [[nodiscard]] bool has_ended() const { return ended_; }
  // The connection broke: what was not acknowledged is lost.
  [[nodiscard]] bool is_broken() const { return broken_; }

 private:
  [[nodiscard]] bool wait_for(short events, std::int64_t deadline_ms) const;

  int fd_;
  const StreamKind kind_;
  const base::Clock& clock_;
  bool stuck_ = false;
  bool ended_ = false;
  bool broken_ = false;
};

}  // namespace millpond::print
