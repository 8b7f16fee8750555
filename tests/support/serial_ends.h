// SPDX-License-Identifier: Apache-2.0
// The far ends of a terminal's serial lines: a scanner that can be unplugged and comes back under the same name, and
// the till that reads its line.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace millpond::tests {

class SerialScannerEnd {
 public:
  explicit SerialScannerEnd(std::filesystem::path link) : link_{std::move(link)} { plug_in(); }
  ~SerialScannerEnd() { unplug(); }
  SerialScannerEnd(const SerialScannerEnd&) = delete;
  SerialScannerEnd& operator=(const SerialScannerEnd&) = delete;

  void plug_in() {
    master_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    REQUIRE(master_ >= 0);
    REQUIRE(::grantpt(master_) == 0);
    REQUIRE(::unlockpt(master_) == 0);
    std::filesystem::create_symlink(::ptsname(master_), link_);
  }
  void unplug() {
    if (master_ >= 0) ::close(master_);
    master_ = -1;
    std::error_code ignored;
    std::filesystem::remove(link_, ignored);
  }
  void send(std::string_view bytes) const {
    REQUIRE(::write(master_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }

 private:
  const std::filesystem::path link_;
  int master_ = -1;
};

// The till's end of its line.
class TillEnd {
 public:
  explicit TillEnd(const std::filesystem::path& link) : fd_{::open(link.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC)} {
    REQUIRE(fd_ >= 0);
  }
  ~TillEnd() { ::close(fd_); }
  TillEnd(const TillEnd&) = delete;
  TillEnd& operator=(const TillEnd&) = delete;

  // What comes until a carriage return; what came so far when nothing more does for a while.
  [[nodiscard]] std::string line(int patience_ms = 5000) const {
    std::string line;
    char byte = 0;
    pollfd waiting{fd_, POLLIN, 0};
    while (::poll(&waiting, 1, patience_ms) == 1 && ::read(fd_, &byte, 1) == 1 && byte != '\r') line += byte;
    return line;
  }
  [[nodiscard]] bool has_something() const {
    pollfd waiting{fd_, POLLIN, 0};
    return ::poll(&waiting, 1, 0) == 1;
  }

 private:
  int fd_;
};

}  // namespace millpond::tests
