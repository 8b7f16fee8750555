// SPDX-License-Identifier: Apache-2.0
#include "hardware/plug/device_watch.h"

#include <libudev.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>

namespace millpond::plug {
namespace {

using base::Code;
using base::Error;

struct Unref {
  void operator()(udev* of) const { ::udev_unref(of); }
  void operator()(udev_monitor* of) const { ::udev_monitor_unref(of); }
  void operator()(udev_device* of) const { ::udev_device_unref(of); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

// Its daemon's door; without it nobody repeats what the kernel says.
const char* source() {
  std::error_code ignored;
  return std::filesystem::exists("/run/udev/control", ignored) ? "udev" : "kernel";
}

class UdevWatch final : public DeviceWatch {
 public:
  UdevWatch(Owned<udev> context, Owned<udev_monitor> monitor, int stop, std::function<void()> changed)
      : context_{std::move(context)},
        monitor_{std::move(monitor)},
        stop_{stop},
        changed_{std::move(changed)},
        thread_{[this] { run(); }} {}
  ~UdevWatch() override {
    const std::uint64_t one = 1;
    while (::write(stop_, &one, sizeof one) < 0 && errno == EINTR) {}
    thread_.join();
    ::close(stop_);
  }

 private:
  void run() {
    std::array<pollfd, 2> waiting{{{::udev_monitor_get_fd(monitor_.get()), POLLIN, 0}, {stop_, POLLIN, 0}}};
    while (true) {
      if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return;
      if (waiting[1].revents != 0) return;
      if (waiting[0].revents == 0) continue;
      const Owned<udev_device> device{::udev_monitor_receive_device(monitor_.get())};
      const char* const action = device ? ::udev_device_get_action(device.get()) : nullptr;
      if (action == nullptr) continue;
      if (std::strcmp(action, "add") == 0 || std::strcmp(action, "remove") == 0) changed_();
    }
  }

  Owned<udev> context_;
  Owned<udev_monitor> monitor_;
  const int stop_;  // an eventfd
  const std::function<void()> changed_;
  std::thread thread_;
};

}  // namespace

base::Result<std::unique_ptr<DeviceWatch>> DeviceWatch::start(std::vector<std::string> subsystems,
                                                              std::function<void()> changed) {
  const Error unsupported{Code::unsupported, "watch devices", "this system tells nobody of devices"};
  Owned<udev> context{::udev_new()};
  if (!context) return unsupported;
  Owned<udev_monitor> monitor{::udev_monitor_new_from_netlink(context.get(), source())};
  if (!monitor) return unsupported;
  for (const auto& subsystem : subsystems) {
    if (::udev_monitor_filter_add_match_subsystem_devtype(monitor.get(), subsystem.c_str(), nullptr) < 0) {
      return unsupported;
    }
  }
  if (::udev_monitor_enable_receiving(monitor.get()) < 0) return unsupported;
  const int stop = ::eventfd(0, EFD_CLOEXEC);
  if (stop < 0) return unsupported;
  return std::unique_ptr<DeviceWatch>{
      std::make_unique<UdevWatch>(std::move(context), std::move(monitor), stop, std::move(changed))};
}

}  // namespace millpond::plug
