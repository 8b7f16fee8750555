// SPDX-License-Identifier: Apache-2.0
#include "hardware/capture/pass_through.h"
#include "hardware/capture/descriptors.h"
#include "tests/support/till_line.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <fcntl.h>
#include <linux/capability.h>
#include <mutex>
#include <poll.h>
#include <pty.h>
#include <random>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <thread>
#include <unistd.h>

using namespace millpond;
using capture::PassThrough;
using capture::PassThroughSettings;
using tests::PrinterDoor;
using tests::TillLine;

namespace {

base::Bytes noise(std::size_t size, std::uint32_t seed) {
  std::mt19937 rng{seed};
  base::Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(rng());
  return bytes;
}

struct Between {
  PrinterDoor door;
  capture::Tap tap;
  std::unique_ptr<PassThrough> through;

  explicit Between(std::size_t pieces = capture::tap_pieces_max) : tap{pieces, base::Overflow::refuse} {
    PassThroughSettings settings;
    settings.listen_port = 0;
    settings.printer_host = "127.0.0.1";
    settings.printer_port = door.port();
    auto started = PassThrough::start(settings, tap);
    REQUIRE(started.has_value());
    through = std::move(started).value();
  }
  TillLine till() { return TillLine::to(through->port()); }

  // What the tap got, with the holes; waits for the end of so many connections.
  struct Copy {
    base::Bytes bytes{};
    std::uint64_t lost_bytes{};
    int ended{};
  };
  Copy copy(int ends = 1) {
    Copy copy;
    while (copy.ended < ends) {
      const auto piece = tap.pop(10'000);
      if (!piece) break;
      copy.bytes.insert(copy.bytes.end(), piece->bytes.begin(), piece->bytes.end());
      copy.lost_bytes += piece->lost_bytes;
      copy.ended += piece->ended ? 1 : 0;
    }
    return copy;
  }
};

// Root may open a device that somebody else has open, and tests run as anybody.
class WithoutAdmin {
 public:
  WithoutAdmin() {
    ::syscall(SYS_capget, &header_, before_.data());
    auto less = before_;
    less[0].effective &= ~(1U << CAP_SYS_ADMIN);
    ::syscall(SYS_capset, &header_, less.data());
  }
  ~WithoutAdmin() { ::syscall(SYS_capset, &header_, before_.data()); }
  WithoutAdmin(const WithoutAdmin&) = delete;
  WithoutAdmin& operator=(const WithoutAdmin&) = delete;

 private:
  __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> before_{};
};

// A printer on a device that somebody else has open.
struct BusyPrinter {
  int printer = -1;
  int device = -1;
  char name[128]{};
  BusyPrinter() {
    REQUIRE(::openpty(&printer, &device, name, nullptr, nullptr) == 0);
    REQUIRE(::ioctl(device, TIOCEXCL) == 0);
  }
  ~BusyPrinter() {
    ::close(printer);
    ::close(device);
  }
  BusyPrinter(const BusyPrinter&) = delete;
  BusyPrinter& operator=(const BusyPrinter&) = delete;
};

}  // namespace

TEST_CASE("Garbage and receipts go through byte for byte, both ways, and the tap has a copy") {
  Between between;
  const auto job = noise(700'001, 1);
  const auto answers = noise(3'000, 2);
  auto till = between.till();
  auto printer = between.door.accept();
  std::thread printing{[&] {
    till.send(job);
    till.end();
  }};
  base::Bytes copied;
  std::thread tapping{[&] { copied = between.copy().bytes; }};
  printer.send(answers);
  const auto printed = printer.hear(job.size() + 1);
  CHECK((printed.bytes == job));
  CHECK(printed.end == TillLine::End::ended);
  printer.end();
  const auto heard = till.hear(answers.size() + 1);
  CHECK((heard.bytes == answers));
  CHECK(heard.end == TillLine::End::ended);
  printing.join();
  tapping.join();
  CHECK((copied == job));
  const auto counts = between.through->counts();
  CHECK(counts.to_printer_bytes == job.size());
  CHECK(counts.to_till_bytes == answers.size());
  CHECK(counts.lost_bytes == 0);
}

TEST_CASE("A question is answered while the line stays open") {
  Between between;
  const auto till = between.till();
  const auto printer = between.door.accept();
  for (int i = 0; i < 20; ++i) {
    const base::Bytes question{0x10, 0x04, static_cast<std::uint8_t>(1 + i % 4)};
    till.send(question);
    CHECK((printer.hear(3).bytes == question));
    printer.send(base::Bytes{0x12});
    CHECK(till.hear(1).bytes == base::Bytes{0x12});
  }
}

TEST_CASE("A tap that nobody empties stops nothing, and its hole is counted and told") {
  Between between{4};
  const auto job = noise(2'000'000, 3);
  const auto till = between.till();
  const auto printer = between.door.accept();
  std::thread printing{[&] {
    till.send(job);
    till.end();
  }};
  CHECK((printer.hear(job.size()).bytes == job));
  printing.join();
  printer.end();
  CHECK(till.hear(1).end == TillLine::End::ended);
  const auto copy = between.copy();
  CHECK(copy.ended == 1);
  CHECK(copy.lost_bytes > 0);
  CHECK(copy.bytes.size() + copy.lost_bytes == job.size());
}

TEST_CASE("Several tills at once are kept apart") {
  Between between;
  std::vector<std::thread> tills;
  for (std::uint32_t i = 0; i < 6; ++i) {
    tills.emplace_back([&, i] {
      const auto till = between.till();
      till.send(noise(100'000, i));
      till.end();
      static_cast<void>(till.hear(1));
    });
  }
  std::vector<base::Bytes> printed;
  std::vector<std::thread> printers;
  std::mutex mutex;
  for (int i = 0; i < 6; ++i) {
    printers.emplace_back([&, line = std::make_shared<TillLine>(between.door.accept())] {
      auto heard = line->hear(200'000).bytes;
      const std::lock_guard lock{mutex};
      printed.push_back(std::move(heard));
    });
  }
  for (auto& each : printers) each.join();
  for (auto& each : tills) each.join();
  for (std::uint32_t i = 0; i < 6; ++i) { CHECK(std::count(printed.begin(), printed.end(), noise(100'000, i)) == 1); }
  CHECK(between.through->counts().connections == 6);
}

TEST_CASE("A printer that is not there refuses the till, and the next one is asked again") {
  Between between;
  between.door.close();
  const auto refused = between.till();
  CHECK(refused.hear(1).end == TillLine::End::reset);
  const auto again = between.till();
  CHECK(again.hear(1).end == TillLine::End::reset);
  CHECK(between.copy(1).ended == 1);
  CHECK(between.through->counts().refused >= 1);
}

TEST_CASE("A printer that is unplugged in the middle breaks the till off, and others go on") {
  Between between;
  const auto till = between.till();
  {
    auto printer = between.door.accept();
    till.send(noise(1'000, 4));
    CHECK(printer.hear(1'000).bytes.size() == 1'000);
    printer.reset();
  }
  CHECK(till.hear(1).end == TillLine::End::reset);
  const auto next = between.till();
  const auto printer = between.door.accept();
  next.send(noise(10, 5));
  CHECK((printer.hear(10).bytes == noise(10, 5)));
}

TEST_CASE("A till that breaks off breaks the printer off; one that ended in order is printed to the last byte") {
  Between between;
  {
    auto till = between.till();
    const auto printer = between.door.accept();
    till.send(noise(100, 6));
    CHECK(printer.hear(100).bytes.size() == 100);
    till.reset();
    CHECK(printer.hear(1).end == TillLine::End::reset);
  }
  {
    auto till = between.till();
    const auto printer = between.door.accept();
    const auto job = noise(50'000, 7);
    till.send(job);
    till.close();
    CHECK(between.copy(2).ended == 2);
    printer.send(base::Bytes{0x12, 0x12});  // to a till that is gone: its line breaks, ours goes on
    const auto printed = printer.hear(job.size() + 1);
    CHECK((printed.bytes == job));
    CHECK(printed.end == TillLine::End::ended);
  }
}

TEST_CASE("A printer that takes nothing makes the till wait, and nothing is lost when it goes on") {
  Between between;
  const auto till = between.till();
  const auto printer = between.door.accept();
  const auto job = noise(8'000'000, 8);
  std::thread printing{[&] {
    till.send(job);
    till.end();
  }};
  std::thread tapping{[&] { static_cast<void>(between.copy()); }};
  std::this_thread::sleep_for(std::chrono::milliseconds{150});
  CHECK(between.through->counts().to_printer_bytes < job.size());
  CHECK((printer.hear(job.size()).bytes == job));
  printing.join();
  printer.end();
  tapping.join();
}

TEST_CASE("A serial till and a printer on a device talk through us, and an unplugged line is found again") {
  int till = -1;
  int ours = -1;
  char name[128];
  REQUIRE(::openpty(&till, &ours, name, nullptr, nullptr) == 0);
  int printer = -1;
  int device = -1;
  char device_name[128];
  REQUIRE(::openpty(&printer, &device, device_name, nullptr, nullptr) == 0);
  capture::Tap tap{64, base::Overflow::refuse};
  PassThroughSettings settings;
  settings.till_line.device = name;
  settings.printer_line.device = device_name;
  settings.printer_line.baud = 115'200;
  const auto through = PassThrough::start(settings, tap);
  REQUIRE(through.has_value());
  const auto hear = [](int fd, std::size_t size) {
    base::Bytes bytes;
    while (bytes.size() < size) {
      pollfd waiting{fd, POLLIN, 0};
      if (::poll(&waiting, 1, 10'000) <= 0) break;
      std::uint8_t room[256];
      const auto count = ::read(fd, room, std::min(sizeof room, size - bytes.size()));
      if (count <= 0) break;
      bytes.insert(bytes.end(), room, room + count);
    }
    return bytes;
  };
  const auto job = noise(900, 9);
  REQUIRE(::write(till, job.data(), job.size()) == 900);
  CHECK(hear(printer, job.size()) == job);
  const base::Bytes answer{0x00, 0x11, 0x13, 0x7F};
  REQUIRE(::write(printer, answer.data(), answer.size()) == 4);
  CHECK(hear(till, answer.size()) == answer);
  const auto piece = tap.pop(10'000);
  REQUIRE(piece.has_value());
  CHECK_FALSE(piece->bytes.empty());
  for (const int fd : {till, ours, printer, device}) ::close(fd);
}

TEST_CASE("A printer's line is told to wait when the printer says so, and a till's line to say so") {
  struct Row {
    ports::FlowControl flow;
    capture::LineTo to;
    tcflag_t in;   // of XON and XOFF
    tcflag_t out;  // of RTS and CTS
  };
  for (const auto& row : {Row{ports::FlowControl::none, capture::LineTo::printer, 0, 0},
                          Row{ports::FlowControl::rts_cts, capture::LineTo::printer, 0, CRTSCTS},
                          Row{ports::FlowControl::xon_xoff, capture::LineTo::printer, IXON, 0},
                          Row{ports::FlowControl::rts_cts, capture::LineTo::till, 0, CRTSCTS},
                          Row{ports::FlowControl::xon_xoff, capture::LineTo::till, IXOFF, 0}}) {
    CAPTURE(static_cast<int>(row.flow), static_cast<int>(row.to));
    int other = -1;
    int line = -1;
    char name[128];
    REQUIRE(::openpty(&other, &line, name, nullptr, nullptr) == 0);
    const auto opened = capture::open_line({name, 19'200, row.flow}, row.to);
    REQUIRE(opened);
    termios set{};
    REQUIRE(::tcgetattr(opened->get(), &set) == 0);
    CHECK((set.c_iflag & (IXON | IXOFF | IXANY)) == row.in);
    CHECK((set.c_cflag & CRTSCTS) == row.out);
    CHECK(::cfgetospeed(&set) == B19200);
    for (const int fd : {other, line}) ::close(fd);
  }
}

TEST_CASE("What a printer says to make us wait reaches no till, and no byte is lost by it") {
  int till = -1;
  int ours = -1;
  char name[128];
  REQUIRE(::openpty(&till, &ours, name, nullptr, nullptr) == 0);
  int printer = -1;
  int device = -1;
  char device_name[128];
  REQUIRE(::openpty(&printer, &device, device_name, nullptr, nullptr) == 0);
  capture::Tap tap{64, base::Overflow::refuse};
  PassThroughSettings settings;
  settings.till_line.device = name;
  settings.printer_line = {device_name, 9'600, ports::FlowControl::xon_xoff};
  const auto through = PassThrough::start(settings, tap);
  REQUIRE(through.has_value());
  const auto hear = [](int fd, std::size_t size) {
    base::Bytes bytes;
    while (bytes.size() < size) {
      pollfd waiting{fd, POLLIN, 0};
      if (::poll(&waiting, 1, 10'000) <= 0) break;
      std::uint8_t room[256];
      const auto count = ::read(fd, room, std::min(sizeof room, size - bytes.size()));
      if (count <= 0) break;
      bytes.insert(bytes.end(), room, room + count);
    }
    return bytes;
  };
  const base::Bytes first{'o', 'n', 'e'};
  REQUIRE(::write(till, first.data(), first.size()) == 3);
  CHECK(hear(printer, first.size()) == first);  // now the line is set up
  const base::Bytes stop{0x13};
  const base::Bytes go_on{0x11, 0x16};  // and an answer behind it
  REQUIRE(::write(printer, stop.data(), stop.size()) == 1);
  const auto job = noise(2'000, 4);
  REQUIRE(::write(till, job.data(), job.size()) == 2'000);
  REQUIRE(::write(printer, go_on.data(), go_on.size()) == 2);
  CHECK(hear(till, 1) == base::Bytes{0x16});
  CHECK(hear(printer, job.size()) == job);
  for (const int fd : {till, ours, printer, device}) ::close(fd);
}

TEST_CASE("A capture that cannot be says why") {
  capture::Tap tap{4, base::Overflow::refuse};
  PrinterDoor taken;
  PassThroughSettings settings;
  settings.printer_host = "127.0.0.1";
  settings.listen_port = taken.port();
  CHECK(PassThrough::start(settings, tap).error().code == base::Code::port_taken);
  settings.listen_host = "not a host";
  CHECK(PassThrough::start(settings, tap).error().code == base::Code::config_invalid);
  settings.till_line.device = "/nonexistent/tty";
  CHECK(PassThrough::start(settings, tap).error().code == base::Code::device_absent);
}

TEST_CASE("A till waits for a device that is busy with something else, and is refused only when that lasts") {
  const WithoutAdmin as_a_service;
  for (const bool lasts : {false, true}) {
    CAPTURE(lasts);
    BusyPrinter busy;
    capture::Tap tap{64, base::Overflow::refuse};
    PassThroughSettings settings;
    settings.listen_port = 0;
    settings.printer_line.device = busy.name;
    if (lasts) settings.busy_ms = 300;
    const auto through = PassThrough::start(settings, tap);
    REQUIRE(through.has_value());
    const auto till = TillLine::to((*through)->port());
    const base::Bytes job{'r', 'e', 'c', 'e', 'i', 'p', 't'};
    REQUIRE(till.send(job) == job.size());
    if (lasts) {
      CHECK(till.hear(1).end == TillLine::End::reset);
      CHECK((*through)->counts().refused == 1);
      continue;
    }
    pollfd early{busy.printer, POLLIN, 0};
    CHECK(::poll(&early, 1, 400) == 0);
    REQUIRE(::ioctl(busy.device, TIOCNXCL) == 0);
    pollfd waiting{busy.printer, POLLIN, 0};
    REQUIRE(::poll(&waiting, 1, 10'000) == 1);
    std::uint8_t room[64];
    CHECK(::read(busy.printer, room, sizeof room) == static_cast<ssize_t>(job.size()));
    CHECK((*through)->counts().refused == 0);
  }
}

TEST_CASE("A capture that cannot be yet is tried again until it can") {
  capture::Tap tap{4, base::Overflow::refuse};
  PrinterDoor taken;
  PrinterDoor printer;
  PassThroughSettings settings;
  settings.printer_host = "127.0.0.1";
  settings.printer_port = printer.port();
  settings.listen_port = taken.port();
  settings.keep_trying = true;
  const auto through = PassThrough::start(settings, tap);
  REQUIRE(through.has_value());
  REQUIRE((*through)->problem());
  CHECK((*through)->problem()->code == base::Code::port_taken);
  CHECK((*through)->port() == 0);
  taken.close();
  for (int i = 0; i < 1'000 && (*through)->problem(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds{20});
  CHECK_FALSE((*through)->problem());
  CHECK((*through)->port() == settings.listen_port);
}
