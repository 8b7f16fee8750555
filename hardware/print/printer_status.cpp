// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/printer_status.h"

#include "sync/base/check.h"

#include <algorithm>
#include <span>

namespace millpond::print {
namespace {

using ports::DeviceState;

constexpr std::uint8_t dle = 0x10;
constexpr std::uint8_t eot = 0x04;
constexpr std::uint8_t gs = 0x1D;
constexpr std::uint8_t xon = 0x11;
constexpr std::uint8_t xoff = 0x13;

// Bits that every answer has alike, which tell it from other answers and from print data of a confused device.
struct Shape {
  std::uint8_t mask;
  std::uint8_t value;
  [[nodiscard]] bool fits(std::uint8_t byte) const { return (byte & mask) == value; }
};
constexpr Shape real_time_shape{0x93, 0x12};
constexpr Shape in_turn_shape{0x90, 0x00};
constexpr Shape automatic_first{0x93, 0x10};
constexpr Shape automatic_next{0x90, 0x00};

// One row a bit: what it says when it is set. The worst of the set ones counts.
struct Bit {
  std::uint8_t mask;
  DeviceState state;
};
constexpr std::array printer_bits{Bit{0x08, DeviceState::offline},  // off-line, whatever the cause
                                  Bit{0x20, DeviceState::busy},     // waits to be put on-line again
                                  Bit{0x40, DeviceState::busy}};    // somebody holds the feed button
constexpr std::array offline_bits{
    Bit{0x04, DeviceState::cover_open}, Bit{0x08, DeviceState::busy},     // paper is fed by the button
    Bit{0x20, DeviceState::paper_out}, Bit{0x40, DeviceState::offline}};  // an error: DLE EOT 3 knows which
constexpr std::array error_bits{Bit{0x04, DeviceState::offline},  // mechanical, ends when somebody has cleared it
                                Bit{0x08, DeviceState::cutter_error},
                                Bit{0x20, DeviceState::offline},  // beyond repair on the spot
                                Bit{0x40, DeviceState::busy}};    // ends by itself: a hot head
constexpr std::array paper_bits{Bit{0x0C, DeviceState::paper_low}, Bit{0x60, DeviceState::paper_out}};
constexpr std::array in_turn_bits{Bit{0x03, DeviceState::paper_low}, Bit{0x0C, DeviceState::paper_out}};
constexpr std::array automatic_printer_bits{Bit{0x08, DeviceState::offline}, Bit{0x20, DeviceState::cover_open},
                                            Bit{0x40, DeviceState::busy}};

DeviceState by_bits(std::span<const Bit> bits, std::uint8_t answer) {
  auto state = DeviceState::ok;
  for (const auto& bit : bits) {
    if ((answer & bit.mask) != 0) state = worse(state, bit.state);
  }
  return state;
}

std::span<const Bit> bits_of(RealTime question) {
  switch (question) {
    case RealTime::printer:
      return printer_bits;
    case RealTime::offline_cause:
      return offline_bits;
    case RealTime::error_cause:
      return error_bits;
    case RealTime::paper:
      break;
  }
  return paper_bits;
}

// From what says least to what says most. A state that tells a person what to do beats one that only says "not now".
int weight_of(DeviceState state) {
  constexpr std::array order{DeviceState::ok,        DeviceState::paper_low,    DeviceState::status_unknown,
                             DeviceState::busy,      DeviceState::offline,      DeviceState::protocol_mismatch,
                             DeviceState::timeout,   DeviceState::cutter_error, DeviceState::paper_out,
                             DeviceState::cover_open};
  const auto* const at = std::find(order.begin(), order.end(), state);
  MILLPOND_CHECK(at != order.end());
  return static_cast<int>(at - order.begin());
}

}  // namespace

base::ByteView ask_real_time(RealTime question) {
  static constexpr std::array<std::array<std::uint8_t, 3>, 4> questions{
      {{dle, eot, 1}, {dle, eot, 2}, {dle, eot, 3}, {dle, eot, 4}}};
  return questions[static_cast<std::size_t>(question) - 1];
}

base::ByteView ask_in_turn() {
  static constexpr std::array question{gs, std::uint8_t{'r'}, std::uint8_t{1}};
  return question;
}

std::optional<DeviceState> read_real_time(RealTime question, std::uint8_t answer) {
  if (!real_time_shape.fits(answer)) return std::nullopt;
  return by_bits(bits_of(question), answer);
}

std::optional<DeviceState> read_in_turn(std::uint8_t answer) {
  if (!in_turn_shape.fits(answer)) return std::nullopt;
  return by_bits(in_turn_bits, answer);
}

std::optional<bool> read_drawer_sensor(std::uint8_t answer) {
  if (!real_time_shape.fits(answer)) return std::nullopt;
  return (answer & 0x04) != 0;
}

std::optional<DeviceState> read_automatic(const std::array<std::uint8_t, 4>& bytes) {
  const bool shaped =
      automatic_first.fits(bytes[0]) &&
      std::all_of(bytes.begin() + 1, bytes.end(), [](std::uint8_t byte) { return automatic_next.fits(byte); });
  if (!shaped) return std::nullopt;
  const auto of_printer = by_bits(automatic_printer_bits, bytes[0]);
  return worse(of_printer, worse(by_bits(error_bits, bytes[1]), by_bits(in_turn_bits, bytes[2])));
}

DeviceState worse(DeviceState one, DeviceState other) { return weight_of(one) < weight_of(other) ? other : one; }

StatusReader::Kind StatusReader::take(std::uint8_t byte) {
  if (byte == xon || byte == xoff) return Kind::nothing;
  if (taken_ > 0 && automatic_next.fits(byte)) {
    status_[taken_++] = byte;
    if (taken_ < status_.size()) return Kind::nothing;
    taken_ = 0;
    automatic_ = read_automatic(status_);
    return Kind::automatic;
  }
  taken_ = 0;  // a status that broke off is none
  if (automatic_first.fits(byte)) {
    status_[taken_++] = byte;
    return Kind::nothing;
  }
  if (real_time_shape.fits(byte)) return Kind::real_time;
  return in_turn_shape.fits(byte) ? Kind::in_turn : Kind::garbage;
}

}  // namespace millpond::print
