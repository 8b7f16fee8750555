// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/shared_scanner.h"

#include "hardware/scan/scanner_device.h"

#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace millpond::scan {
namespace {

constexpr int write_wait_ms = 100;

base::Error outlet_error(int cause, const std::filesystem::path& link) {
  return {base::Code::device_failed, "pass scan on to the till", std::system_category().message(cause), link.string()};
}

}  // namespace

SharedScanner::SharedScanner(ports::Scanner& scanner, TextOutlet& outlet, std::function<bool(std::string_view)> is_ours)
    : scanner_{scanner}, outlet_{outlet}, is_ours_{std::move(is_ours)} {}

base::Result<std::optional<ports::Scan>> SharedScanner::next(std::int64_t timeout_ms) {
  // One wait and no clock: what goes to the till ends it early, and the caller asks again.
  MILLPOND_TRY(auto scan, scanner_.next(timeout_ms));
  if (!scan || is_ours_(scan->text)) return scan;
  MILLPOND_TRY_DO(outlet_.pass_on(scan->text));
  return std::optional<ports::Scan>{};
}

PtyOutlet::PtyOutlet(int master, int kept_open, std::filesystem::path link)
    : master_{master}, kept_open_{kept_open}, link_{std::move(link)} {}

PtyOutlet::~PtyOutlet() {
  std::error_code ignored;
  std::filesystem::remove(link_, ignored);
  ::close(kept_open_);
  ::close(master_);
}

base::Result<std::unique_ptr<PtyOutlet>> PtyOutlet::make(const std::filesystem::path& link) {
  std::error_code cause;
  const auto there = std::filesystem::symlink_status(link, cause);
  if (std::filesystem::exists(there) && !std::filesystem::is_symlink(there)) {
    return base::Error{base::Code::already_exists, "make a line for the till", "not a link", link.string()};
  }
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (master < 0) return outlet_error(errno, link);
  std::array<char, 128> name{};
  const bool ready =
      ::grantpt(master) == 0 && ::unlockpt(master) == 0 && ::ptsname_r(master, name.data(), name.size()) == 0;
  const int line = ready ? ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
  termios raw{};
  if (line < 0 || ::tcgetattr(line, &raw) != 0) {
    const auto error = outlet_error(errno, link);
    if (line >= 0) ::close(line);
    ::close(master);
    return error;
  }
  ::cfmakeraw(&raw);
  ::tcsetattr(line, TCSANOW, &raw);
  std::unique_ptr<PtyOutlet> outlet{new PtyOutlet{master, line, link}};
  std::filesystem::remove(link, cause);
  std::filesystem::create_symlink(name.data(), link, cause);
  if (cause)
    return base::Error{base::Code::file_unwritable, "make a line for the till", cause.message(), link.string()};
  return outlet;
}

base::Result<> PtyOutlet::pass_on(std::string_view text) {
  const std::string line = std::string{text} + '\r';
  std::string_view left{line};
  while (!left.empty()) {
    const auto count = ::write(master_, left.data(), left.size());
    if (count > 0) {
      left.remove_prefix(static_cast<std::size_t>(count));
      continue;
    }
    if (count < 0 && errno != EAGAIN && errno != EINTR) return outlet_error(errno, link_);
    pollfd waiting{master_, POLLOUT, 0};
    if (::poll(&waiting, 1, write_wait_ms) == 0) {
      return base::Error{base::Code::device_busy, "pass scan on to the till", "nobody reads", link_.string()};
    }
  }
  return {};
}

}  // namespace millpond::scan
