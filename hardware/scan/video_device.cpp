// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/video_device.h"

#include "hardware/scan/device_error.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace millpond::scan {
namespace {

class OpenDevice final : public VideoDevice {
 public:
  explicit OpenDevice(int fd) : fd_{fd} {}
  ~OpenDevice() override { ::close(fd_); }
  OpenDevice(const OpenDevice&) = delete;
  OpenDevice& operator=(const OpenDevice&) = delete;

  int control(unsigned long request, void* argument) override {
    while (::ioctl(fd_, request, argument) < 0) {
      if (errno != EINTR) return errno;
    }
    return 0;
  }
  base::Result<bool> wait(int timeout_ms) override {
    pollfd waiting{fd_, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, timeout_ms);
    if (ready < 0 && errno != EINTR) return device_error(errno, "wait for camera", {});
    return ready > 0;
  }
  std::uint8_t* map(std::size_t length, std::int64_t offset) override {
    void* start = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, offset);
    return start == MAP_FAILED ? nullptr : static_cast<std::uint8_t*>(start);
  }
  void unmap(std::uint8_t* start, std::size_t length) override { ::munmap(start, length); }
  std::int64_t now_us() const override {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
  }

 private:
  int fd_;
};

}  // namespace

base::Result<std::unique_ptr<VideoDevice>> open_video_device(const std::filesystem::path& device) {
  const int fd = ::open(device.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return device_error(errno, "open camera", device);
  return std::unique_ptr<VideoDevice>{std::make_unique<OpenDevice>(fd)};
}

}  // namespace millpond::scan
