// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/file_printer.h"

#include "sync/base/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace millpond::print {
namespace {

constexpr std::size_t id_length_max = 100;

bool is_file_name(std::string_view id) {
  return !id.empty() && id.size() <= id_length_max && id.front() != '.' &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' ||
                  c == '.';
         });
}

base::Error file_error(int cause, const std::filesystem::path& path) {
  auto code = base::Code::file_unwritable;
  if (cause == ENOSPC || cause == EDQUOT) code = base::Code::disk_full;
  if (cause == EACCES || cause == EPERM || cause == EROFS) code = base::Code::permission_denied;
  return {code, "print to file", std::strerror(cause), path.string()};
}

}  // namespace

FilePrinter::FilePrinter(FilePrinterSettings settings) : settings_{std::move(settings)} {}

base::Result<ports::PrintReport> FilePrinter::submit(const ports::PrintJob& job) {
  if (!is_file_name(job.id)) return base::Error{base::Code::bad_input, "print to file", "job id is no file name"};
  if (auto written = write(job); !written) {
    state_ = written.error().code == base::Code::permission_denied ? ports::DeviceState::permission_denied
                                                                   : ports::DeviceState::offline;
    return written.error();
  }
  state_ = ports::DeviceState::ok;
  return ports::PrintReport{ports::PrintOutcome::confirmed, state_, {}};
}

base::Result<> FilePrinter::write(const ports::PrintJob& job) const {
  const bool folder = settings_.mode == FileMode::one_per_job;
  const auto parent = folder ? settings_.path : settings_.path.parent_path();
  std::error_code cause;
  if (!parent.empty()) std::filesystem::create_directories(parent, cause);
  if (cause) return file_error(cause.value(), parent);
  if (!folder) return append(job.bytes);
  return base::write_file(settings_.path / (job.id + ".escpos"), job.bytes);
}

base::Result<> FilePrinter::append(base::ByteView bytes) const {
  const int fd = ::open(settings_.path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return file_error(errno, settings_.path);
  const auto start = ::lseek(fd, 0, SEEK_END);
  int cause = start < 0 ? errno : 0;
  std::size_t done = 0;
  while (cause == 0 && done < bytes.size()) {
    const auto count = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (count > 0)
      done += static_cast<std::size_t>(count);
    else if (count < 0 && errno != EINTR)
      cause = errno;
  }
  if (cause == 0 && ::fsync(fd) != 0) cause = errno;
  // Half a job would print as rubbish; what stands after an error must be what stood before.
  if (cause != 0 && start >= 0 && ::ftruncate(fd, start) != 0) cause = EIO;
  ::close(fd);
  if (cause != 0) return file_error(cause, settings_.path);
  return {};
}

base::Result<ports::DrawerReport> FilePrinter::kick_drawer() {
  return base::Error{base::Code::unsupported, "open drawer", "no drawer hangs on a file"};
}

ports::DeviceState FilePrinter::probe() {
  // The nearest thing that exists: what is missing below it is made with the first job.
  auto place = settings_.path;
  std::error_code cause;
  while (!place.empty() && place != place.root_path() && !std::filesystem::exists(place, cause)) {
    place = place.parent_path();
  }
  if (place.empty()) place = ".";
  const bool writable = ::access(place.c_str(), W_OK) == 0;
  if (writable)
    state_ = ports::DeviceState::ok;
  else
    state_ = errno == EACCES || errno == EROFS ? ports::DeviceState::permission_denied : ports::DeviceState::absent;
  return state_;
}

}  // namespace millpond::print
