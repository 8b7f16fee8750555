// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/shared_scanner.h"

#include "hardware/scan/scanner_device.h"

#include <cstdlib>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace millpond::scan {
namespace {

constexpr std::int64_t unread_max_ms = 1'500;  // a till that runs reads within milliseconds
constexpr std::int64_t move_ms = 100;
constexpr std::size_t line_room = 4'000;  // of the 4,096 bytes that the kernel keeps for who does not read

base::Error outlet_error(int cause, const std::filesystem::path& link) {
  return {base::Code::device_failed, "pass scan on to the till", std::system_category().message(cause), link.string()};
}

}  // namespace

SharedScanner::SharedScanner(ports::Scanner& scanner, TextOutlet& outlet, std::function<bool(std::string_view)> is_ours)
    : scanner_{scanner}, outlet_{outlet}, is_ours_{std::move(is_ours)} {}

base::Result<std::optional<ports::Scan>> SharedScanner::next(std::int64_t timeout_ms) {
  // One wait and no clock: what goes to the till ends it early, and the caller asks again.
  MILLPOND_TRY_DO(outlet_.drop_unread());
  MILLPOND_TRY(auto scan, scanner_.next(timeout_ms));
  if (!scan || is_ours_(scan->text)) return scan;
  MILLPOND_TRY_DO(outlet_.pass_on(scan->text));
  return std::optional<ports::Scan>{};
}

PtyOutlet::PtyOutlet(int master, int kept_open, std::filesystem::path link, const base::Clock& clock)
    : master_{master}, kept_open_{kept_open}, link_{std::move(link)}, clock_{clock} {}

PtyOutlet::~PtyOutlet() {
  std::error_code ignored;
  std::filesystem::remove(link_, ignored);
  ::close(kept_open_);
  ::close(master_);
}

base::Result<std::unique_ptr<PtyOutlet>> PtyOutlet::make(const std::filesystem::path& link, const base::Clock& clock) {
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
  std::unique_ptr<PtyOutlet> outlet{new PtyOutlet{master, line, link, clock}};
  std::filesystem::remove(link, cause);
  std::filesystem::create_symlink(name.data(), link, cause);
  if (cause)
    return base::Error{base::Code::file_unwritable, "make a line for the till", cause.message(), link.string()};
  return outlet;
}

base::Result<std::size_t> PtyOutlet::unread() const {
  int count = 0;
  if (::ioctl(kept_open_, FIONREAD, &count) != 0) return outlet_error(errno, link_);
  return static_cast<std::size_t>(std::max(0, count));
}

void PtyOutlet::throw_away() const { ::tcflush(kept_open_, TCIFLUSH); }

base::Result<> PtyOutlet::drop_unread() {
  MILLPOND_TRY(const auto count, unread());
  if (count == 0 || clock_.monotonic_ms() - oldest_ms_ < unread_max_ms) return {};
  throw_away();
  in_line_bytes_ = 0;
  return base::Error{base::Code::device_busy, "pass scan on to the till", "nobody read it", link_.string()};
}

base::Result<> PtyOutlet::pass_on(std::string_view text) {
  const std::string line = std::string{text} + '\r';
  MILLPOND_TRY(const auto count, unread());
  const base::Error full{base::Code::device_busy, "pass scan on to the till", "nobody reads", link_.string()};
  const auto now_ms = clock_.monotonic_ms();
  // The kernel counts what it has moved to the till's side, a moment after it was written.
  if (count == 0 && now_ms - written_ms_ > move_ms) in_line_bytes_ = 0;
  if (in_line_bytes_ + line.size() > line_room) return full;
  ssize_t written = 0;
  do { written = ::write(master_, line.data(), line.size()); } while (written < 0 && errno == EINTR);
  if (written < 0 && errno != EAGAIN) return outlet_error(errno, link_);
  if (written != static_cast<ssize_t>(line.size())) {
    // A part of a text would be glued to the next one.
    throw_away();
    in_line_bytes_ = 0;
    return full;
  }
  // What waits there has the time of the oldest.
  if (in_line_bytes_ == 0) oldest_ms_ = now_ms;
  in_line_bytes_ += line.size();
  written_ms_ = now_ms;
  return {};
}

}  // namespace millpond::scan
