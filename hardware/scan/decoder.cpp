// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/decoder.h"

#include "sync/base/check.h"

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <utility>

namespace millpond::scan {
namespace {

constexpr int region_side_min = 48;      // thresholds need ground around a symbol
constexpr int small_width = 960;         // of a picture in which finders are looked for at full size too
constexpr int quartered_side_min = 480;  // a smaller picture has no room for modules that are too large at half size
constexpr float certain_match = 0.9F;    // of fixed patterns
constexpr int side_min = 21;             // a QR symbol of one pixel a module; nothing smaller holds a code

bool works_on_half(Rung rung) {
  return rung == Rung::half || rung == Rung::mean_half || rung == Rung::mean_half_inverted;
}

// Corners of a half-size pass are where the middles of 2x2 boxes lie in the frame.
Corners doubled(Corners corners) {
  for (auto& corner : corners) corner = {corner.x * 2 + 0.5F, corner.y * 2 + 0.5F};
  return corners;
}

Corners moved(Corners corners, Point by) {
  for (auto& corner : corners) corner = {corner.x + by.x, corner.y + by.y};
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
    case Rung::soft:
      return "soft";
    case Rung::soft_inverted:
      return "soft_inverted";
    case Rung::mean_full:
      return "mean_full";
    case Rung::mean_full_inverted:
      return "mean_full_inverted";
    case Rung::items:
      return "items";
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

std::vector<RawRead> Decoder::read(const ports::GrayView& part, const Region& region, Rung rung, int symbols_max) {
  const bool inverted = rung == Rung::mean_half_inverted || rung == Rung::mean_full_inverted;
  if (works_on_half(rung)) halve(part, half_);
  switch (rung) {
    case Rung::half:
      return read_symbols(half_.view(), Pass::fast, symbols_max);
    case Rung::full:
      return read_symbols(part, Pass::fast, symbols_max);
    case Rung::items:
      return read_symbols(part, Pass::items, symbols_max);
    case Rung::thorough:
      return read_symbols(part, Pass::thorough, symbols_max);
    case Rung::soft:
    case Rung::soft_inverted:
      return read_softly(part, region, rung == Rung::soft_inverted);
    case Rung::mean_half:
    case Rung::mean_half_inverted:
      local_mean_.threshold(half_.view(), inverted, shape_radius(frame_width_ / 2), binary_);
      break;
    case Rung::mean_full:
    case Rung::mean_full_inverted:
      local_mean_.threshold(part, inverted, shape_radius(frame_width_), binary_);
      break;
  }
  return read_symbols(binary_.view(), Pass::binary, symbols_max);
}

std::vector<RawRead> Decoder::read_softly(const ports::GrayView& part, const Region& region, bool inverted) {
  const bool alone = frames_ == Frames::single;
  const Point origin{static_cast<float>(region.x), static_cast<float>(region.y)};
  trace_ = {};
  for (const int scale : {2, 1, 4}) {
    // A stream has the half for whole pictures; what is too small there is closer in the next frame, and what is too
    // large is read by the library. Small pictures cost little.
    const bool small = part.width <= small_width;
    const bool room_for_large = std::min(part.width, part.height) >= quartered_side_min;
    const bool worth_it = scale == 2 || (scale == 1 ? alone || small : alone && room_for_large);
    if (!worth_it || part.width / scale < side_min || part.height / scale < side_min) continue;
    const auto picture = at_scale(part, scale);
    local_mean_.threshold(picture, inverted, scale == 1 ? sharp_radius(0) : sharp_radius(frame_width_ / 2), binary_);
    const auto lines = alone ? FinderSearch::Lines::both : FinderSearch::Lines::rows_first;
    auto found = soft_reader_.read({part, inverted, origin, overlooked_}, {picture, binary_, scale, lines}, at_ms_);
    if (soft_reader_.suspected()) suspected_ = soft_reader_.suspected();
    if (soft_reader_.trace().match >= trace_.match) trace_ = soft_reader_.trace();
    if (found) return {std::move(*found)};
    if (trace_.match > certain_match) break;  // it is found, and cannot be read
  }
  return {};
}

// The part itself, a half or a quarter of it on a side.
ports::GrayView Decoder::at_scale(const ports::GrayView& part, int scale) {
  if (scale == 1) return part;
  halve(part, half_);
  if (scale == 2) return half_.view();
  halve(half_.view(), quarter_);
  return quarter_.view();
}

Region region_around(const Corners& outline, const ports::GrayView& frame) {
  float left = outline[0].x;
  float right = left;
  float top = outline[0].y;
  float bottom = top;
  for (const auto& corner : outline) {
    left = std::min(left, corner.x);
    right = std::max(right, corner.x);
    top = std::min(top, corner.y);
    bottom = std::max(bottom, corner.y);
  }
  const float margin_x = (right - left) / 2;
  const float margin_y = (bottom - top) / 2;
  const auto bounded = [](float at, int end) {
    return static_cast<int>(std::clamp(at, 0.0F, static_cast<float>(end)));
  };
  const int from_x = bounded(left - margin_x, frame.width);
  const int from_y = bounded(top - margin_y, frame.height);
  const Region region{from_x, from_y, bounded(right + margin_x, frame.width) - from_x,
                      bounded(bottom + margin_y, frame.height) - from_y};
  const bool worth_it = region.width >= region_side_min && region.height >= region_side_min;
  return worth_it ? region : Region{0, 0, frame.width, frame.height};
}

std::optional<Decoded> Decoder::try_rung(const ports::GrayView& frame, Rung rung) {
  return try_rung(frame, rung, {0, 0, frame.width, frame.height});
}

std::optional<Decoded> Decoder::try_rung(const ports::GrayView& frame, Rung rung, const Region& region) {
  auto found = read_region(frame, rung, region, 1);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<Decoded> Decoder::all_symbols(const ports::GrayView& frame, Rung rung, int symbols_max) {
  return read_region(frame, rung, {0, 0, frame.width, frame.height}, symbols_max);
}

std::vector<Decoded> Decoder::read_region(const ports::GrayView& frame, Rung rung, const Region& region,
                                          int symbols_max) {
  suspected_.reset();
  if (!frame.is_sound() || region.width < side_min || region.height < side_min) return {};
  MILLPOND_CHECK(region.x >= 0 && region.y >= 0 && region.x + region.width <= frame.width &&
                 region.y + region.height <= frame.height);
  const auto start_ms = thread_cpu_ms();
  at_ms_ = frames_ == Frames::single ? std::nullopt : std::optional{frame.taken_at_ms};
  if (frames_ == Frames::follow_apart) soft_reader_.forget();
  frame_width_ = frame.width;
  const auto* first = frame.row(region.y) + static_cast<std::ptrdiff_t>(region.x) * frame.step;
  auto reads = read({first, region.width, region.height, frame.stride, frame.step}, region, rung, symbols_max);
  const Point origin{static_cast<float>(region.x), static_cast<float>(region.y)};
  if (suspected_) suspected_ = moved(*suspected_, origin);
  std::vector<Decoded> found;
  for (auto& one : reads) {
    const auto corners = moved(works_on_half(rung) ? doubled(one.corners) : one.corners, origin);
    found.push_back({std::move(one.text), one.symbology, corners, rung, thread_cpu_ms() - start_ms});
  }
  return found;
}

void Decoder::forget() { soft_reader_.forget(); }

std::optional<Decoded> Decoder::decode(const ports::GrayView& frame, std::span<const Rung> ladder) {
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
