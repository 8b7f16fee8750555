// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/lp_printer.h"

#include "sync/base/file.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>

using namespace millpond;
using ports::DeviceState;
using ports::PrintOutcome;

namespace {

constexpr print::StreamDeadlines short_deadlines{.connect_ms = 200, .answer_ms = 40, .send_ms = 300, .confirm_ms = 100};

// A pseudo terminal in the place of a line printer: its other end is the paper.
class Terminal {
 public:
  Terminal() : master_{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)} {
    REQUIRE(master_ >= 0);
    REQUIRE(::grantpt(master_) == 0);
    REQUIRE(::unlockpt(master_) == 0);
    name_ = ::ptsname(master_);
    // Held open, so that opening and closing the device in between is no hang-up.
    slave_ = ::open(name_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    termios settings{};
    REQUIRE(::tcgetattr(slave_, &settings) == 0);
    ::cfmakeraw(&settings);
    REQUIRE(::tcsetattr(slave_, TCSANOW, &settings) == 0);
  }
  ~Terminal() {
    stop();
    ::close(slave_);
    ::close(master_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void start_reading() {
    reader_ = std::thread{[this] {
      while (!stopping_) {
        pollfd waiting{master_, POLLIN, 0};
        if (::poll(&waiting, 1, 10) <= 0) continue;
        std::array<char, 4096> bytes{};
        const auto count = ::read(master_, bytes.data(), bytes.size());
        if (count > 0) received_.append(bytes.data(), static_cast<std::size_t>(count));
      }
    }};
  }
  void stop() {
    stopping_ = true;
    if (reader_.joinable()) reader_.join();
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& received() const { return received_; }  // after stop()

 private:
  int master_;
  int slave_ = -1;
  std::string name_;
  std::string received_;
  std::atomic<bool> stopping_{false};
  std::thread reader_;
};

}  // namespace

TEST_CASE("a line printer that takes every byte and says nothing has been sent the job, no more") {
  Terminal terminal;
  terminal.start_reading();
  print::LpPrinter printer{{terminal.name(), {short_deadlines}}, base::system_clock()};
  const auto report = printer.submit({"1", base::Bytes(20'000, 'x')});
  REQUIRE(report);
  CHECK(report->outcome == PrintOutcome::sent);
  CHECK(report->state == DeviceState::status_unknown);
  std::this_thread::sleep_for(std::chrono::milliseconds{100});
  terminal.stop();
  CHECK(terminal.received().ends_with(std::string(20'000, 'x')));
}

TEST_CASE("a line printer that stops in the middle leaves the job uncertain") {
  const Terminal terminal;
  print::LpPrinter printer{{terminal.name(), {short_deadlines}}, base::system_clock()};
  const auto report = printer.submit({"1", base::Bytes(1U << 20, 'x')});
  REQUIRE(report);
  CHECK(report->outcome == PrintOutcome::uncertain);
  CHECK(report->state == DeviceState::timeout);
  CHECK_FALSE(report->detail.empty());
}

TEST_CASE("a device that is not there or is a plain file prints nothing") {
  const tests::TempDir folder;
  print::LpPrinter absent{{folder / "lp0", {short_deadlines}}, base::system_clock()};
  CHECK(absent.submit({"1", {1}}).error().code == base::Code::device_absent);
  CHECK(absent.state() == DeviceState::absent);
  REQUIRE(base::write_file(folder / "file", base::view_of("x")));
  print::LpPrinter file{{folder / "file", {short_deadlines}}, base::system_clock()};
  CHECK(file.submit({"1", {1}}).error().code == base::Code::unsupported);
  CHECK(*base::read_file(folder / "file") == base::Bytes{'x'});
}
