// SPDX-License-Identifier: Apache-2.0
// The local protocol between the service, its screens and the command line: typed messages over a unix socket. A frame
// is four bytes of length, most significant first, and that many bytes of JSON. Versioned by Hello; unknown types are
// answered with a Failure of id 0 and protocol_mismatch. Values; pure.
#pragma once

#include "kiosk/flow/view_model.h"
#include "hardware/ports/device_state.h"
#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

namespace millpond::link {

inline constexpr std::uint32_t protocol_version = 1;
inline constexpr std::size_t frame_bytes_max = 8U << 20;

// A screen attaches. A known screen_id takes up where it was, so a killed screen costs nothing.
struct Hello {
  std::uint32_t protocol{protocol_version};
  std::string screen_id;
  std::string role{"kiosk"};  // or "cashier", "customer"; a screen keeps the role it first came with
};
struct Welcome { std::string role; };                     // that the service assigned
struct Show { flow::ViewModel view; };                    // only the newest matters
struct SessionEnded {};                                   // wipe textures, buffers and scans now
struct Tap { flow::Target target{}; };
struct Code { std::string text; };                        // read by camera or scanner; never a payment code
struct PaymentCode {};                                    // one was seen and dropped
struct Camera { ports::DeviceState state{}; };
struct Scanner { ports::DeviceState state{}; };           // the screen's hand scanner
struct Ask { std::uint64_t id{}; std::string method; std::string params_json; };   // command line
struct Answer { std::uint64_t id{}; std::string result_json; };
struct Failure { std::uint64_t id{}; base::Error error; };

using Message = std::variant<Hello, Welcome, Show, SessionEnded, Tap, Code, PaymentCode, Camera, Scanner, Ask, Answer,
                             Failure>;

[[nodiscard]] base::Bytes encode(const Message& message);              // with its length
// The body of one frame. Errors: protocol_mismatch, bad_input.
[[nodiscard]] base::Result<Message> decode(base::ByteView body);

}  // namespace millpond::link
