// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/lp_printer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace millpond::print {
namespace {

base::Code code_of(int cause) {
  switch (cause) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
      return base::Code::device_absent;
    case EACCES:
    case EPERM:
      return base::Code::permission_denied;
    case EBUSY:
      return base::Code::device_busy;
    default:
      return base::Code::device_failed;
  }
}

}  // namespace

LpPrinter::LpPrinter(LpPrinterSettings settings, const base::Clock& clock)
    : StreamPrinter{settings.deadlines, clock}, settings_{std::move(settings)} {}

base::Result<DeviceStream> LpPrinter::connect() {
  constexpr int flags = O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  int fd = ::open(settings_.device.c_str(), O_RDWR | flags);
  // A printer that only takes bytes has no way back.
  if (fd < 0 && (errno == EINVAL || errno == EACCES)) fd = ::open(settings_.device.c_str(), O_WRONLY | flags);
  if (fd < 0) { return base::Error{code_of(errno), "open printer", std::strerror(errno), settings_.device.string()}; }
  DeviceStream stream{fd, StreamKind::character_device, clock()};
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISCHR(status.st_mode)) {
    return base::Error{base::Code::unsupported, "open printer", "not a character device", settings_.device.string()};
  }
  return stream;
}

}  // namespace millpond::print
