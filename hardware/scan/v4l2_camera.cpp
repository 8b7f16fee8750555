// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/v4l2_camera.h"

#include "hardware/scan/camera_controls.h"
#include "hardware/scan/capture_choice.h"
#include "hardware/scan/device_error.h"
#include "hardware/scan/jpeg_luma.h"
#include "hardware/scan/luma.h"

#include <linux/videodev2.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace millpond::scan {
namespace {

constexpr std::uint32_t buffers_wanted = 4;  // one being filled, one ready, and slack for a slow pass
constexpr std::int64_t unasked_ms = 150;     // longer than a slow pass: what was filled meanwhile is of another moment
constexpr std::int64_t silent_ms = 3'000;    // without a whole picture: longer than any camera takes to begin

// EIO of a camera is a picture that was lost; of a line it is the device that was.
base::Error error_of(int cause, std::string operation) {
  if (cause == EIO) return {base::Code::device_failed, std::move(operation), std::strerror(cause)};
  return device_error(cause, std::move(operation), {});
}

struct Format {
  std::uint32_t fourcc;
  PixelLayout layout;
};
constexpr std::array formats{
    Format{V4L2_PIX_FMT_YUYV, PixelLayout::yuyv},  Format{V4L2_PIX_FMT_NV12, PixelLayout::nv12},
    Format{V4L2_PIX_FMT_NV12M, PixelLayout::nv12},  // colour in a plane of its own
    Format{V4L2_PIX_FMT_GREY, PixelLayout::grey},  Format{V4L2_PIX_FMT_MJPEG, PixelLayout::jpeg},
    Format{V4L2_PIX_FMT_JPEG, PixelLayout::jpeg}};

struct Size {
  std::uint32_t width;
  std::uint32_t height;
  friend bool operator==(const Size&, const Size&) = default;
};
// Asked about where a driver names no sizes, or any between two.
constexpr std::array smaller_sizes{Size{960, 540}, Size{640, 480}};
constexpr std::uint32_t enumerated_max = 64;  // a driver that never ends its list is left there

using Use = std::function<void(const ports::GrayView&)>;

std::uint32_t capabilities_of(const v4l2_capability& told) {
  return (told.capabilities & V4L2_CAP_DEVICE_CAPS) != 0 ? told.device_caps : told.capabilities;
}

struct Mapping {
  std::uint8_t* start;
  std::size_t length;
};

}  // namespace

// An open device that streams; stops and unmaps at its end.
class V4l2Camera::Stream {
 public:
  Stream(std::unique_ptr<VideoDevice> device, const base::Clock& clock) : device_{std::move(device)}, clock_{clock} {}
  ~Stream() {
    controls_.reset();
    static_cast<void>(device_->control(VIDIOC_STREAMOFF, &type_));
    for (const auto& mapping : mappings_) device_->unmap(mapping.start, mapping.length);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  base::Result<> start(int width, int height) {
    v4l2_capability told{};
    if (const int cause = device_->control(VIDIOC_QUERYCAP, &told)) return error_of(cause, "query camera");
    const bool packed = (capabilities_of(told) & std::uint32_t{V4L2_CAP_VIDEO_CAPTURE}) != 0;
    type_ = packed ? V4L2_BUF_TYPE_VIDEO_CAPTURE : V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
    MILLPOND_TRY_DO(choose_format(width, height));
    MILLPOND_TRY_DO(map_buffers());
    if (const int cause = device_->control(VIDIOC_STREAMON, &type_)) return error_of(cause, "start camera");
    controls_.emplace(*device_);
    asked_ms_ = clock_.monotonic_ms();
    whole_ms_ = asked_ms_;
    return {};
  }

  void heed(const ports::FrameUse& use, std::int64_t at_ms) {
    if (controls_) controls_->heed(use, at_ms);
  }

  // The newest filled buffer's picture; older ones go back unread.
  base::Result<> newest(std::int64_t timeout_ms, const Use& use) {
    if (clock_.monotonic_ms() - asked_ms_ > unasked_ms) {
      MILLPOND_TRY(auto unasked, take_filled());
      if (unasked) MILLPOND_TRY_DO(give_back(*unasked));
      whole_ms_ = clock_.monotonic_ms();  // silence counts from now
    }
    const auto whole = wait_for_picture(timeout_ms, use);
    asked_ms_ = clock_.monotonic_ms();
    if (!whole) return whole.error();
    if (*whole) whole_ms_ = asked_ms_;
    if (asked_ms_ - whole_ms_ >= silent_ms) {
      return base::Error{base::Code::device_failed, "take camera frame", "no whole picture for three seconds"};
    }
    return {};
  }

 private:
  // As the driver is asked about it. Boards with a camera of their own have planes, of which the first holds the luma.
  struct Buffer {
    v4l2_buffer head{};
    std::array<v4l2_plane, VIDEO_MAX_PLANES> planes{};
  };
  [[nodiscard]] bool has_planes() const { return type_ == V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE; }
  [[nodiscard]] int ask(unsigned long request, Buffer& buffer) {
    buffer.head.type = static_cast<std::uint32_t>(type_);
    buffer.head.memory = V4L2_MEMORY_MMAP;
    if (has_planes()) {
      buffer.head.m.planes = buffer.planes.data();
      buffer.head.length = static_cast<std::uint32_t>(buffer.planes.size());
    }
    return device_->control(request, &buffer.head);
  }

  // True when a whole one came.
  base::Result<bool> wait_for_picture(std::int64_t timeout_ms, const Use& use) {
    const auto bounded_ms = std::clamp<std::int64_t>(timeout_ms, 0, std::numeric_limits<int>::max());
    auto ready = device_->wait(static_cast<int>(bounded_ms));
    if (!ready) return ready.error();
    if (!*ready) return false;
    MILLPOND_TRY(const auto filled, take_filled());
    if (!filled) return false;
    return take(*filled, use);
  }

  // The newest buffer that is filled, out of the driver's hands; nothing when none is.
  base::Result<std::optional<Buffer>> take_filled() {
    std::optional<Buffer> filled;
    while (true) {
      Buffer buffer;
      const int cause = ask(VIDIOC_DQBUF, buffer);
      if (cause == EAGAIN) return filled;
      if (cause != 0) return error_of(cause, "take camera frame");
      if (filled) MILLPOND_TRY_DO(give_back(*filled));
      filled = buffer;
    }
  }

  // How long ago the driver stamped a buffer. Not more than the time since we last asked, when none was filled: a stamp
  // of another clock must not make every frame an old one.
  std::int64_t age_ms(const v4l2_buffer& buffer) const {
    const bool stamped = (buffer.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
    if (!stamped) return 0;
    const auto at_us = std::int64_t{buffer.timestamp.tv_sec} * 1'000'000 + buffer.timestamp.tv_usec;
    const auto longest_ms = std::max<std::int64_t>(0, clock_.monotonic_ms() - asked_ms_);
    return std::clamp<std::int64_t>((device_->now_us() - at_us) / 1'000, 0, longest_ms);
  }

  // The best time from one picture to the next that the driver offers; nothing when it does not tell.
  std::optional<FrameInterval> best_interval(std::uint32_t fourcc, const Size& size) {
    std::optional<FrameInterval> best;
    for (std::uint32_t index = 0; index < enumerated_max; ++index) {
      v4l2_frmivalenum asked{};
      asked.index = index;
      asked.pixel_format = fourcc;
      asked.width = size.width;
      asked.height = size.height;
      if (device_->control(VIDIOC_ENUM_FRAMEINTERVALS, &asked) != 0) break;
      const bool discrete = asked.type == V4L2_FRMIVAL_TYPE_DISCRETE;
      const auto told = discrete ? asked.discrete : asked.stepwise.min;
      const FrameInterval quickest{told.numerator, told.denominator};
      const auto offered = !discrete && is_shorter(quickest, usual_interval) ? usual_interval : quickest;
      if (offered.numerator > 0 && offered.denominator > 0 && (!best || is_better(offered, *best))) best = offered;
      if (!discrete) break;
    }
    return best;
  }

  // The sizes that a layout is offered in. The wanted one is always among them, for drivers that do not tell.
  std::vector<Size> sizes_of(std::uint32_t fourcc, const Size& wanted) {
    std::vector<Size> sizes{wanted};
    const auto add = [&sizes](const Size& size) {
      if (std::find(sizes.begin(), sizes.end(), size) == sizes.end()) sizes.push_back(size);
    };
    for (std::uint32_t index = 0; index < enumerated_max; ++index) {
      v4l2_frmsizeenum asked{};
      asked.index = index;
      asked.pixel_format = fourcc;
      const bool known = device_->control(VIDIOC_ENUM_FRAMESIZES, &asked) == 0;
      if (known && asked.type == V4L2_FRMSIZE_TYPE_DISCRETE) {
        constexpr auto side_max = static_cast<std::uint32_t>(ports::frame_side_max);
        if (asked.discrete.width <= side_max && asked.discrete.height <= side_max) {
          add({asked.discrete.width, asked.discrete.height});
        }
        continue;
      }
      if (known || index == 0) {
        for (const auto& size : smaller_sizes) {
          if (size.width < wanted.width && size.height < wanted.height) add(size);
        }
      }
      break;
    }
    return sizes;
  }

  std::vector<CaptureMode> modes(const Size& wanted) {
    std::vector<CaptureMode> all;
    for (const auto& format : formats) {
      for (const auto& size : sizes_of(format.fourcc, wanted)) {
        const auto interval = best_interval(format.fourcc, size);
        if (!interval && size != wanted) continue;
        all.push_back(
            {format.fourcc, format.layout, static_cast<int>(size.width), static_cast<int>(size.height), interval});
      }
    }
    return best_first(std::move(all), static_cast<int>(wanted.width), static_cast<int>(wanted.height));
  }

  // A camera may give one layout ten times a second and another thirty times, and its driver begins with what it likes.
  void hurry(std::uint32_t fourcc, const Size& size) {
    const auto best = best_interval(fourcc, size);
    if (!best) return;
    v4l2_streamparm wanted{};
    wanted.type = static_cast<std::uint32_t>(type_);
    wanted.parm.capture.timeperframe = {best->numerator, best->denominator};
    static_cast<void>(device_->control(VIDIOC_S_PARM, &wanted));  // else it stays at its own pace
  }

  struct Chosen {
    std::uint32_t fourcc;
    Size size;
    std::uint32_t line_bytes;  // of the luma, or of the packed pairs
  };
  // Asks for it, and takes over what the driver makes of it: 0, or errno.
  [[nodiscard]] int set_format(Chosen& chosen) {
    v4l2_format format{};
    format.type = static_cast<std::uint32_t>(type_);
    const auto set = [&](auto& picture, auto&& line_bytes) {
      picture.width = chosen.size.width;
      picture.height = chosen.size.height;
      picture.pixelformat = chosen.fourcc;
      picture.field = V4L2_FIELD_NONE;
      const int refused = device_->control(VIDIOC_S_FMT, &format);
      chosen = {picture.pixelformat, {picture.width, picture.height}, line_bytes(picture)};
      return refused;
    };
    if (has_planes()) {
      return set(format.fmt.pix_mp,
                 [](const auto& picture) -> std::uint32_t { return picture.plane_fmt[0].bytesperline; });
    }
    return set(format.fmt.pix, [](const auto& picture) -> std::uint32_t { return picture.bytesperline; });
  }

  base::Result<> choose_format(int width, int height) {
    int cause = EINVAL;
    for (const auto& mode : modes({static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height)})) {
      Chosen chosen{mode.fourcc, {static_cast<std::uint32_t>(mode.width), static_cast<std::uint32_t>(mode.height)}, 0};
      if (const int refused = set_format(chosen)) {
        cause = refused;
        if (cause == EBUSY || cause == ENODEV) break;
        continue;
      }
      if (chosen.fourcc != mode.fourcc) continue;
      const auto pixel_bytes = mode.layout == PixelLayout::yuyv ? 2U : 1U;
      // Some drivers leave the length of a line to be guessed.
      const auto line = std::max(chosen.line_bytes, chosen.size.width * pixel_bytes);
      picture_ = {mode.layout,
                  static_cast<int>(chosen.size.width),
                  static_cast<int>(chosen.size.height),
                  static_cast<int>(line),
                  {}};
      hurry(mode.fourcc, chosen.size);
      return {};
    }
    auto error = error_of(cause, "choose camera format");
    error.hint = "the camera must offer YUYV, NV12, GREY or MJPEG";
    return error;
  }

  base::Result<> map_buffers() {
    v4l2_requestbuffers request{};
    request.count = buffers_wanted;
    request.type = static_cast<std::uint32_t>(type_);
    request.memory = V4L2_MEMORY_MMAP;
    if (const int cause = device_->control(VIDIOC_REQBUFS, &request)) return error_of(cause, "request camera buffers");
    for (std::uint32_t index = 0; index < request.count; ++index) {
      Buffer buffer;
      buffer.head.index = index;
      if (const int cause = ask(VIDIOC_QUERYBUF, buffer)) return error_of(cause, "query camera buffer");
      const std::size_t length = has_planes() ? buffer.planes[0].length : buffer.head.length;
      const std::int64_t offset = has_planes() ? buffer.planes[0].m.mem_offset : buffer.head.m.offset;
      auto* start = device_->map(length, offset);
      if (start == nullptr) return error_of(errno, "map camera buffer");
      mappings_.push_back({start, length});
      MILLPOND_TRY_DO(give_back(buffer));
    }
    return {};
  }

  base::Result<> give_back(Buffer buffer) {
    if (const int cause = ask(VIDIOC_QBUF, buffer)) return error_of(cause, "return camera buffer");
    return {};
  }

  base::Result<bool> take(const Buffer& buffer, const Use& use) {
    const auto& head = buffer.head;
    const bool damaged = (head.flags & V4L2_BUF_FLAG_ERROR) != 0 || head.index >= mappings_.size();
    bool whole = false;
    if (!damaged) {
      const auto& mapping = mappings_[head.index];
      auto picture = picture_;
      // And some do not say how much of it they filled.
      const std::size_t told = has_planes() ? buffer.planes[0].bytesused : head.bytesused;
      const std::size_t used = std::min(told == 0 ? mapping.length : told, mapping.length);
      const std::size_t before = has_planes() ? std::min<std::size_t>(buffer.planes[0].data_offset, used) : 0;
      picture.bytes = {mapping.start + before, used - before};
      // A torn frame is dropped: the next one is 33 ms away.
      whole = show(picture, clock_.monotonic_ms() - age_ms(head), use);
    }
    MILLPOND_TRY_DO(give_back(buffer));
    return whole;
  }

  static bool show(const RawPicture& picture, std::int64_t taken_at_ms, const Use& use) {
    if (picture.layout == PixelLayout::jpeg) {
      const auto unpacked = take_jpeg_luma(picture.bytes, taken_at_ms);
      if (unpacked) use(*unpacked);
      return unpacked.has_value();
    }
    const auto luma = luma_of(picture, taken_at_ms);
    if (luma) use(*luma);
    return luma.has_value();
  }

  std::unique_ptr<VideoDevice> device_;
  std::optional<CameraControls> controls_;  // while it streams
  const base::Clock& clock_;
  int type_ = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  RawPicture picture_;
  std::vector<Mapping> mappings_;
  std::int64_t asked_ms_ = 0;  // when the last call ended
  std::int64_t whole_ms_ = 0;  // of the last whole picture, or of the beginning
};

V4l2Camera::V4l2Camera(V4l2Settings settings, const base::Clock& clock, OpenVideoDevice open_device)
    : settings_{std::move(settings)}, clock_{clock}, open_device_{std::move(open_device)} {}

V4l2Camera::~V4l2Camera() = default;

base::Error V4l2Camera::fault(base::Error error) {
  stream_.reset();
  state_ = device_state(error.code);
  if (error.hint.empty()) error.hint = settings_.device.string();
  return error;
}

// unsupported when it streams no video, as the second name that many cameras have.
base::Result<CameraIdentity> V4l2Camera::identity_of(VideoDevice& device) {
  v4l2_capability capability{};
  if (const int cause = device.control(VIDIOC_QUERYCAP, &capability)) return error_of(cause, "query camera");
  const auto capabilities = capabilities_of(capability);
  const auto captures = std::uint32_t{V4L2_CAP_VIDEO_CAPTURE} | std::uint32_t{V4L2_CAP_VIDEO_CAPTURE_MPLANE};
  if ((capabilities & captures) == 0 || (capabilities & std::uint32_t{V4L2_CAP_STREAMING}) == 0) {
    return base::Error{base::Code::unsupported, "query camera", "does not stream video"};
  }
  const auto text = [](const auto& field) {
    return std::string{std::begin(field), std::find(std::begin(field), std::end(field), 0)};
  };
  return CameraIdentity{text(capability.card), text(capability.bus_info)};
}

std::unique_ptr<VideoDevice> V4l2Camera::find_moved() const {
  std::error_code cause;
  std::filesystem::directory_iterator entry{settings_.devices, cause};
  for (; !cause && entry != std::filesystem::directory_iterator{}; entry.increment(cause)) {
    if (!entry->path().filename().string().starts_with("video")) continue;
    auto device = open_device_(entry->path());
    if (!device) continue;
    const auto identity = identity_of(**device);
    if (identity && *identity == **settings_.last) return std::move(*device);
  }
  return nullptr;
}

base::Result<> V4l2Camera::open() {
  stream_.reset();
  auto device = open_device_(settings_.device);
  auto identity = device ? identity_of(**device) : base::Result<CameraIdentity>{device.error()};
  if (*settings_.last && !(identity && *identity == **settings_.last)) {
    if (auto moved = find_moved()) {
      device = std::move(moved);
      identity = **settings_.last;
    }
  }
  if (!identity) return fault(std::move(identity).error());
  auto stream = std::make_unique<Stream>(std::move(*device), clock_);
  if (auto started = stream->start(settings_.width, settings_.height); !started) return fault(started.error());
  stream_ = std::move(stream);
  *settings_.last = std::move(*identity);
  state_ = ports::DeviceState::ok;
  return {};
}

base::Result<> V4l2Camera::look(std::int64_t timeout_ms, const std::function<void(const ports::GrayView&)>& use) {
  if (!stream_) return base::Error{base::Code::device_absent, "take camera frame", "not open"};
  if (auto taken = stream_->newest(timeout_ms, use); !taken) return fault(std::move(taken).error());
  return {};
}

base::Result<std::optional<ports::GrayFrame>> V4l2Camera::next(std::int64_t timeout_ms) {
  std::optional<ports::GrayFrame> frame;
  MILLPOND_TRY_DO(look(timeout_ms, [&frame](const ports::GrayView& picture) { frame = ports::copy_of(picture); }));
  return frame;
}

void V4l2Camera::heed(const ports::FrameUse& use, std::int64_t at_ms) {
  if (stream_) stream_->heed(use, at_ms);
}

}  // namespace millpond::scan
