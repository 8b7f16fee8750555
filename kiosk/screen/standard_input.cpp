// SPDX-License-Identifier: Apache-2.0
#include "kiosk/screen/standard_input.h"

#include <array>
#include <poll.h>
#include <string>
#include <sys/eventfd.h>
#include <unistd.h>

namespace millpond::screen {
namespace {

constexpr std::size_t line_bytes_max = 256;  // what is longer is no command of ours

void read_lines(Inbox& inbox, int stop) {
  std::string line;
  while (true) {
    std::array<pollfd, 2> wait{{{STDIN_FILENO, POLLIN, 0}, {stop, POLLIN, 0}}};
    if (::poll(wait.data(), wait.size(), -1) < 0) continue;
    if (wait[1].revents != 0) return;
    std::array<char, line_bytes_max> piece{};
    const auto got = ::read(STDIN_FILENO, piece.data(), piece.size());
    if (got <= 0) return;
    for (const char c : std::string_view{piece.data(), static_cast<std::size_t>(got)}) {
      if (c != '\n') {
        if (line.size() < line_bytes_max) line += c;
        continue;
      }
      if (!line.empty()) inbox.post(Commanded{line});
      line.clear();
    }
  }
}

}  // namespace

StandardInput::StandardInput(Inbox& inbox)
    : stop_{::eventfd(0, EFD_CLOEXEC)}, thread_{[this, &inbox] { read_lines(inbox, stop_); }} {}

StandardInput::~StandardInput() {
  ::eventfd_write(stop_, 1);
  thread_.join();
  ::close(stop_);
}

}  // namespace millpond::screen
