// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/v4l2_camera.h"

#include "hardware/scan/device_error.h"
#include "hardware/scan/luma.h"

#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

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

// EIO of a camera is a picture that was lost; of a line it is the device that was.
base::Error error_of(int cause, std::string operation) {
  if (cause == EIO) return {base::Code::device_failed, std::move(operation), std::strerror(cause)};
  return device_error(cause, std::move(operation), {});
}

int control(int fd, unsigned long request, void* argument) {
  int result = 0;
  do { result = ::ioctl(fd, request, argument); } while (result < 0 && errno == EINTR);
  return result;
}

struct Format {
  std::uint32_t fourcc;
  PixelLayout layout;
};
constexpr std::array formats{Format{V4L2_PIX_FMT_YUYV, PixelLayout::yuyv}, Format{V4L2_PIX_FMT_NV12, PixelLayout::nv12},
                             Format{V4L2_PIX_FMT_GREY, PixelLayout::grey}};

struct Mapping {
  void* start;
  std::size_t length;
};

}  // namespace

// An open device that streams; closes and unmaps at its end.
class V4l2Camera::Stream {
 public:
  explicit Stream(int fd) : fd_{fd} {}
  ~Stream() {
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    control(fd_, VIDIOC_STREAMOFF, &type);
    for (const auto& mapping : mappings_) ::munmap(mapping.start, mapping.length);
    ::close(fd_);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  base::Result<> start(int width, int height) {
    v4l2_capability capability{};
    if (control(fd_, VIDIOC_QUERYCAP, &capability) < 0) return error_of(errno, "query camera");
    const auto wanted = std::uint32_t{V4L2_CAP_VIDEO_CAPTURE} | std::uint32_t{V4L2_CAP_STREAMING};
    const auto capabilities =
        (capability.capabilities & V4L2_CAP_DEVICE_CAPS) != 0 ? capability.device_caps : capability.capabilities;
    if ((capabilities & wanted) != wanted) {
      return base::Error{base::Code::unsupported, "query camera", "does not stream video"};
    }
    MILLPOND_TRY_DO(choose_format(width, height));
    MILLPOND_TRY_DO(map_buffers());
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    if (control(fd_, VIDIOC_STREAMON, &type) < 0) return error_of(errno, "start camera");
    return {};
  }

  // The newest filled buffer's frame; older ones go back unread.
  base::Result<std::optional<ports::GrayFrame>> newest(std::int64_t timeout_ms, const base::Clock& clock) {
    pollfd waiting{fd_, POLLIN, 0};
    const auto bounded_ms = std::clamp<std::int64_t>(timeout_ms, 0, std::numeric_limits<int>::max());
    const int ready = ::poll(&waiting, 1, static_cast<int>(bounded_ms));
    if (ready < 0 && errno != EINTR) return error_of(errno, "wait for camera");
    if (ready <= 0) return std::optional<ports::GrayFrame>{};
    std::optional<v4l2_buffer> filled;
    while (true) {
      v4l2_buffer buffer{};
      buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
      buffer.memory = V4L2_MEMORY_MMAP;
      if (control(fd_, VIDIOC_DQBUF, &buffer) < 0) {
        if (errno == EAGAIN) break;
        return error_of(errno, "take camera frame");
      }
      if (filled) MILLPOND_TRY_DO(give_back(*filled));
      filled = buffer;
    }
    if (!filled) return std::optional<ports::GrayFrame>{};
    return take(*filled, clock.monotonic_ms());
  }

 private:
  base::Result<> choose_format(int width, int height) {
    int cause = EINVAL;
    for (const auto& candidate : formats) {
      v4l2_format format{};
      format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
      format.fmt.pix.width = static_cast<std::uint32_t>(width);
      format.fmt.pix.height = static_cast<std::uint32_t>(height);
      format.fmt.pix.pixelformat = candidate.fourcc;
      format.fmt.pix.field = V4L2_FIELD_NONE;
      if (control(fd_, VIDIOC_S_FMT, &format) < 0) {
        cause = errno;
        if (cause == EBUSY || cause == ENODEV) break;
        continue;
      }
      if (format.fmt.pix.pixelformat != candidate.fourcc) continue;
      picture_ = {candidate.layout,
                  static_cast<int>(format.fmt.pix.width),
                  static_cast<int>(format.fmt.pix.height),
                  static_cast<int>(format.fmt.pix.bytesperline),
                  {}};
      return {};
    }
    auto error = error_of(cause, "choose camera format");
    error.hint = "the camera must offer YUYV, NV12 or GREY";
    return error;
  }

  base::Result<> map_buffers() {
    v4l2_requestbuffers request{};
    request.count = buffers_wanted;
    request.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    request.memory = V4L2_MEMORY_MMAP;
    if (control(fd_, VIDIOC_REQBUFS, &request) < 0) return error_of(errno, "request camera buffers");
    for (std::uint32_t index = 0; index < request.count; ++index) {
      v4l2_buffer buffer{};
      buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
      buffer.memory = V4L2_MEMORY_MMAP;
      buffer.index = index;
      if (control(fd_, VIDIOC_QUERYBUF, &buffer) < 0) return error_of(errno, "query camera buffer");
      void* start = ::mmap(nullptr, buffer.length, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, buffer.m.offset);
      if (start == MAP_FAILED) return error_of(errno, "map camera buffer");
      mappings_.push_back({start, buffer.length});
      MILLPOND_TRY_DO(give_back(buffer));
    }
    return {};
  }

  base::Result<> give_back(v4l2_buffer buffer) {
    if (control(fd_, VIDIOC_QBUF, &buffer) < 0) return error_of(errno, "return camera buffer");
    return {};
  }

  base::Result<std::optional<ports::GrayFrame>> take(const v4l2_buffer& buffer, std::int64_t now_ms) {
    const bool damaged = (buffer.flags & V4L2_BUF_FLAG_ERROR) != 0 || buffer.index >= mappings_.size();
    std::optional<ports::GrayFrame> frame;
    if (!damaged) {
      const auto& mapping = mappings_[buffer.index];
      auto picture = picture_;
      picture.bytes = {static_cast<const std::uint8_t*>(mapping.start),
                       std::min<std::size_t>(buffer.bytesused, mapping.length)};
      // A torn frame is dropped: the next one is 33 ms away.
      if (auto taken = take_luma(picture, now_ms)) frame = std::move(taken).value();
    }
    MILLPOND_TRY_DO(give_back(buffer));
    return frame;
  }

  int fd_;
  RawPicture picture_;
  std::vector<Mapping> mappings_;
};

V4l2Camera::V4l2Camera(V4l2Settings settings, const base::Clock& clock)
    : settings_{std::move(settings)}, clock_{clock} {}

V4l2Camera::~V4l2Camera() = default;

base::Error V4l2Camera::fault(base::Error error) {
  stream_.reset();
  state_ = device_state(error.code);
  if (error.hint.empty()) error.hint = settings_.device.string();
  return error;
}

base::Result<> V4l2Camera::open() {
  stream_.reset();
  const int fd = ::open(settings_.device.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return fault(error_of(errno, "open camera"));
  auto stream = std::make_unique<Stream>(fd);
  if (auto started = stream->start(settings_.width, settings_.height); !started) return fault(started.error());
  stream_ = std::move(stream);
  state_ = ports::DeviceState::ok;
  return {};
}

base::Result<std::optional<ports::GrayFrame>> V4l2Camera::next(std::int64_t timeout_ms) {
  if (!stream_) return base::Error{base::Code::device_absent, "take camera frame", "not open"};
  auto frame = stream_->newest(timeout_ms, clock_);
  if (!frame) return fault(std::move(frame).error());
  return frame;
}

}  // namespace millpond::scan
