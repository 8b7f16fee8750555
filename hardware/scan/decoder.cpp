// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/decoder.h"

#include "sync/base/check.h"

#include <ctime>
#include <utility>

namespace millpond::scan {
namespace {

constexpr int side_min = 21;  // a QR symbol of one pixel a module; nothing smaller holds a code

bool works_on_half(Rung rung) {
  return rung == Rung::half || rung == Rung::mean_half || rung == Rung::mean_half_inverted;
}

// Corners of a half-size pass are where the middles of 2x2 boxes lie in the frame.
Corners doubled(Corners corners) {
  for (auto& corner : corners) corner = {corner.x * 2 + 0.5F, corner.y * 2 + 0.5F};
  return corners;
}

}  // namespace

std::string_view rung_name(Rung rung) {
  switch (rung) {
    case Rung::half:
      return "half";
    case Rung::full:
      return "full";
    case Rung::mean_half:
      return "mean_half";
    case Rung::mean_half_inverted:
      return "mean_half_inverted";
    case Rung::mean_full:
      return "mean_full";
    case Rung::mean_full_inverted:
      return "mean_full_inverted";
    case Rung::thorough:
      break;
  }
  return "thorough";
}

double thread_cpu_ms() {
  timespec now{};
  MILLPOND_CHECK(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

std::optional<RawRead> Decoder::read(const LumaView& frame, Rung rung) {
  const bool inverted = rung == Rung::mean_half_inverted || rung == Rung::mean_full_inverted;
  if (works_on_half(rung)) halve(frame, half_);
  switch (rung) {
    case Rung::half:
      return read_symbol(half_.view(), Pass::fast);
    case Rung::full:
      return read_symbol(frame, Pass::fast);
    case Rung::thorough:
      return read_symbol(frame, Pass::thorough);
    case Rung::mean_half:
    case Rung::mean_half_inverted:
      local_mean_.threshold(half_.view(), inverted, binary_);
      break;
    case Rung::mean_full:
    case Rung::mean_full_inverted:
      local_mean_.threshold(frame, inverted, binary_);
      break;
  }
  return read_symbol(binary_.view(), Pass::binary);
}

std::optional<Decoded> Decoder::try_rung(const ports::GrayFrame& frame, Rung rung) {
  if (!frame.is_sound() || frame.width < side_min || frame.height < side_min) return std::nullopt;
  const auto start_ms = thread_cpu_ms();
  auto found = read({frame.bytes.data(), frame.width, frame.height, frame.stride}, rung);
  if (!found) return std::nullopt;
  const auto corners = works_on_half(rung) ? doubled(found->corners) : found->corners;
  return Decoded{std::move(found->text), found->symbology, corners, rung, thread_cpu_ms() - start_ms};
}

std::optional<Decoded> Decoder::decode(const ports::GrayFrame& frame, std::span<const Rung> ladder) {
  const auto start_ms = thread_cpu_ms();
  for (const auto rung : ladder) {
    if (auto found = try_rung(frame, rung)) {
      found->cpu_ms = thread_cpu_ms() - start_ms;
      return found;
    }
  }
  return std::nullopt;
}

}  // namespace millpond::scan
