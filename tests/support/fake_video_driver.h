// SPDX-License-Identifier: Apache-2.0
// A V4L2 driver with a grey camera of 4 x 4 pixels, whose pictures the test fills in, under the test's clock. Keeps its
// filled buffers until they are taken, as drivers do, and drops what comes while all are filled.
#pragma once

#include "hardware/scan/video_device.h"
#include "tests/support/manual_clock.h"

#include <linux/videodev2.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace millpond::tests {

struct FakeVideoDriver {
  static constexpr std::uint32_t side = 4;
  struct Filled {
    std::uint32_t index;
    std::int64_t at_us;
    std::uint32_t used;
    std::uint32_t flags;
  };

  explicit FakeVideoDriver(ManualClock& ticking) : clock{ticking} {}

  // A picture of one level. False when no buffer was free.
  bool fill(std::uint8_t level, std::uint32_t flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC) {
    if (free.empty()) return false;
    const auto index = free.front();
    free.pop_front();
    memory.at(index).fill(level);
    const auto used = says_used ? side * side : 0;
    filled.push_back({index, clock.monotonic_ms() * 1'000, used, flags});
    return true;
  }

  ManualClock& clock;
  std::uint32_t fourcc = V4L2_PIX_FMT_GREY;
  std::map<std::uint32_t, std::vector<std::uint32_t>> rates{};  // pictures a second by layout; empty: it does not tell
  struct Mode {
    std::uint32_t fourcc;
    std::uint32_t width;
    std::uint32_t height;
    std::vector<std::uint32_t> rates;
  };
  std::vector<Mode> modes{};  // instead of rates, with sizes; its pictures stay of 4 x 4 all the same
  bool names_sizes = true;    // of modes; else it tells rates of a size that it is asked about
  std::uint32_t chosen = 0;   // layout
  std::uint32_t width = 0;    // that was chosen
  std::uint32_t height = 0;
  std::uint32_t per_s = 0;                             // that was asked for
  std::map<std::uint32_t, v4l2_queryctrl> controls{};  // that it has
  std::map<std::uint32_t, int> values{};               // of them, as set
  bool says_line = true;
  bool says_used = true;
  bool has_planes = false;        // as boards with a camera of their own have
  std::uint32_t before_luma = 0;  // bytes of the first plane that are not of the picture
  int opened = 0;
  std::uint32_t capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
  std::string card{};
  std::string bus{};
  std::array<std::array<std::uint8_t, side * side>, 8> memory{};
  std::deque<std::uint32_t> free{};
  std::deque<Filled> filled{};
};

class FakeVideoDevice final : public scan::VideoDevice {
 public:
  explicit FakeVideoDevice(FakeVideoDriver& driver) : driver_{driver} {
    ++driver_.opened;
    driver_.free.clear();
    driver_.filled.clear();
  }

  int control(unsigned long request, void* argument) override {
    switch (request) {
      case VIDIOC_QUERYCAP: {
        auto& told = *static_cast<v4l2_capability*>(argument);
        told.capabilities = driver_.capabilities;
        if (driver_.has_planes) told.capabilities = V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_STREAMING;
        std::copy_n(driver_.card.begin(), std::min(driver_.card.size(), sizeof told.card - 1), told.card);
        std::copy_n(driver_.bus.begin(), std::min(driver_.bus.size(), sizeof told.bus_info - 1), told.bus_info);
        return 0;
      }
      case VIDIOC_S_FMT: {
        if (driver_.has_planes) return set_planar(*static_cast<v4l2_format*>(argument));
        auto& picture = static_cast<v4l2_format*>(argument)->fmt.pix;
        if (!knows(picture.pixelformat)) return EINVAL;
        driver_.chosen = picture.pixelformat;
        driver_.width = picture.width;
        driver_.height = picture.height;
        if (!driver_.modes.empty()) return 0;
        picture.width = FakeVideoDriver::side;
        picture.height = FakeVideoDriver::side;
        picture.bytesperline = driver_.says_line ? FakeVideoDriver::side : 0;
        return 0;
      }
      case VIDIOC_ENUM_FRAMEINTERVALS: {
        auto& asked = *static_cast<v4l2_frmivalenum*>(argument);
        const auto rates = rates_of(asked);
        if (asked.index >= rates.size()) return EINVAL;
        asked.type = V4L2_FRMIVAL_TYPE_DISCRETE;
        asked.discrete = {1, rates[asked.index]};
        return 0;
      }
      case VIDIOC_ENUM_FRAMESIZES: {
        auto& asked = *static_cast<v4l2_frmsizeenum*>(argument);
        auto left = asked.index;
        for (const auto& mode : driver_.modes) {
          if (!driver_.names_sizes || mode.fourcc != asked.pixel_format || left-- > 0) continue;
          asked.type = V4L2_FRMSIZE_TYPE_DISCRETE;
          asked.discrete = {mode.width, mode.height};
          return 0;
        }
        return EINVAL;
      }
      case VIDIOC_S_PARM:
        driver_.per_s = static_cast<v4l2_streamparm*>(argument)->parm.capture.timeperframe.denominator;
        return 0;
      case VIDIOC_QUERYCTRL: {
        auto& asked = *static_cast<v4l2_queryctrl*>(argument);
        const auto known = driver_.controls.find(asked.id);
        if (known == driver_.controls.end()) return EINVAL;
        asked = known->second;
        return 0;
      }
      case VIDIOC_G_CTRL: {
        auto& asked = *static_cast<v4l2_control*>(argument);
        if (!driver_.controls.contains(asked.id)) return EINVAL;
        asked.value = driver_.values[asked.id];
        return 0;
      }
      case VIDIOC_S_CTRL: {
        const auto& wanted = *static_cast<v4l2_control*>(argument);
        if (!driver_.controls.contains(wanted.id)) return EINVAL;
        driver_.values[wanted.id] = wanted.value;
        return 0;
      }
      case VIDIOC_REQBUFS:
      case VIDIOC_STREAMON:
      case VIDIOC_STREAMOFF:
        return 0;
      case VIDIOC_QUERYBUF: {
        auto& buffer = *static_cast<v4l2_buffer*>(argument);
        constexpr auto length = FakeVideoDriver::side * FakeVideoDriver::side;
        if (driver_.has_planes) {
          if (buffer.length < 2) return EINVAL;
          buffer.m.planes[0].length = length;
          buffer.m.planes[0].m.mem_offset = buffer.index;
          return 0;
        }
        buffer.length = length;
        buffer.m.offset = buffer.index;
        return 0;
      }
      case VIDIOC_QBUF:
        if (driver_.has_planes && static_cast<v4l2_buffer*>(argument)->length < 2) return EINVAL;
        driver_.free.push_back(static_cast<v4l2_buffer*>(argument)->index);
        return 0;
      case VIDIOC_DQBUF: {
        if (driver_.filled.empty()) return EAGAIN;
        const auto next = driver_.filled.front();
        driver_.filled.pop_front();
        auto& buffer = *static_cast<v4l2_buffer*>(argument);
        buffer.index = next.index;
        if (driver_.has_planes) {
          buffer.m.planes[0].bytesused = next.used;
          buffer.m.planes[0].data_offset = driver_.before_luma;
        } else {
          buffer.bytesused = next.used;
        }
        buffer.flags = next.flags;
        buffer.timestamp.tv_sec = next.at_us / 1'000'000;
        buffer.timestamp.tv_usec = next.at_us % 1'000'000;
        return 0;
      }
      default:
        return ENOTTY;
    }
  }
  // Waits by letting the clock run.
  base::Result<bool> wait(int timeout_ms) override {
    if (driver_.filled.empty()) driver_.clock.advance_ms(timeout_ms);
    return !driver_.filled.empty();
  }
  std::uint8_t* map(std::size_t, std::int64_t offset) override {
    return driver_.memory.at(static_cast<std::size_t>(offset)).data();
  }
  void unmap(std::uint8_t*, std::size_t) override {}
  std::int64_t now_us() const override { return driver_.clock.monotonic_ms() * 1'000; }

 private:
  int set_planar(v4l2_format& format) {
    auto& picture = format.fmt.pix_mp;
    if (format.type != V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE || !knows(picture.pixelformat)) return EINVAL;
    driver_.chosen = picture.pixelformat;
    // Two rows of the memory's four at most, so that there is room for what lies before them.
    picture.width = FakeVideoDriver::side;
    picture.height = FakeVideoDriver::side / 2;
    picture.plane_fmt[0].bytesperline = FakeVideoDriver::side;
    return 0;
  }
  bool knows(std::uint32_t fourcc) const {
    if (!driver_.rates.empty()) return driver_.rates.contains(fourcc);
    if (driver_.modes.empty()) return fourcc == driver_.fourcc;
    return std::any_of(driver_.modes.begin(), driver_.modes.end(),
                       [fourcc](const FakeVideoDriver::Mode& mode) { return mode.fourcc == fourcc; });
  }
  std::vector<std::uint32_t> rates_of(const v4l2_frmivalenum& asked) const {
    for (const auto& mode : driver_.modes) {
      if (mode.fourcc == asked.pixel_format && mode.width == asked.width && mode.height == asked.height) {
        return mode.rates;
      }
    }
    const auto rates = driver_.rates.find(asked.pixel_format);
    return rates == driver_.rates.end() ? std::vector<std::uint32_t>{} : rates->second;
  }

  FakeVideoDriver& driver_;
};

inline scan::OpenVideoDevice opens(FakeVideoDriver& driver) {
  return [&driver](const std::filesystem::path&) -> base::Result<std::unique_ptr<scan::VideoDevice>> {
    return std::unique_ptr<scan::VideoDevice>{std::make_unique<FakeVideoDevice>(driver)};
  };
}

}  // namespace millpond::tests
