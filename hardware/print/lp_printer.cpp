// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/lp_printer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace millpond::print {
LpPrinter::LpPrinter(LpPrinterSettings settings, const base::Clock& clock)
    : StreamPrinter{settings.stream, clock}, settings_{std::move(settings)} {}

base::Result<DeviceStream> LpPrinter::connect() {
  constexpr int flags = O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  int fd = ::open(settings_.device.c_str(), O_RDWR | flags);
  // A printer that only takes bytes has no way back.
  if (fd < 0 && (errno == EINVAL || errno == EACCES)) fd = ::open(settings_.device.c_str(), O_WRONLY | flags);
  if (fd < 0) return device_error(errno, "open printer", settings_.device.string());
  DeviceStream stream{fd, StreamKind::character_device, clock()};
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISCHR(status.st_mode)) {
    return base::Error{base::Code::unsupported, "open printer", "not a character device", settings_.device.string()};
  }
  return stream;
}

}  // namespace millpond::print
