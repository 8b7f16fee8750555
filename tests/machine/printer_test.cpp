// SPDX-License-Identifier: Apache-2.0
// A USB printer of the kernel's own: usblp on one side, on the other a printer that reads ESC/POS and answers. Only in
// the machine that tests/machine/run starts.
#include "hardware/plug/device_watch.h"
#include "hardware/print/lp_printer.h"
#include "tests/machine/gadget.h"
#include "tests/support/escpos_interpreter.h"

#include <catch2/catch_test_macros.hpp>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <mutex>
#include <thread>

using namespace millpond;
using ports::DeviceState;
using ports::PrintOutcome;
using tests::GadgetKind;
using tests::UsbGadget;

namespace {

constexpr const char* device = "/dev/usb/lp0";
// An emulated machine is slow.
constexpr print::StreamSettings stream{{3'000, 2'000, 15'000, 8'000}, print::DrawerPin::pin2};

// The printer's own end, and whoever works in it.
class Inside {
 public:
  explicit Inside(const std::filesystem::path& end) : fd_{::open(end.c_str(), O_RDWR | O_CLOEXEC)} {
    REQUIRE(fd_ >= 0);
    thread_ = std::thread{[this] { work(); }};
  }
  ~Inside() {
    stopping_ = true;
    thread_.join();
    ::close(fd_);
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

  void set_paper(tests::PaperLeft paper) {
    const std::lock_guard lock{mutex_};
    state_.paper = paper;
  }
  void stall(bool stalled) { stalled_ = stalled; }
  base::Bytes printed() {
    const std::lock_guard lock{mutex_};
    return interpreter_.paper().job_bytes;
  }
  int kicks() {
    const std::lock_guard lock{mutex_};
    return interpreter_.paper().drawer_kicks;
  }

 private:
  void work() {
    while (!stopping_) {
      pollfd waiting{fd_, POLLIN, 0};
      if (stalled_ || ::poll(&waiting, 1, 20) <= 0 || (waiting.revents & POLLIN) == 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
        continue;
      }
      std::array<std::uint8_t, 512> bytes{};
      const auto count = ::read(fd_, bytes.data(), bytes.size());
      for (ssize_t i = 0; i < count; ++i) {
        const std::lock_guard lock{mutex_};
        const auto answer = interpreter_.take(bytes[static_cast<std::size_t>(i)], state_);
        if (!answer.empty() && ::write(fd_, answer.data(), answer.size()) < 0) return;
      }
    }
  }

  int fd_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> stalled_{false};
  std::mutex mutex_;
  tests::EmulatorState state_;            // guarded by mutex_
  tests::EscposInterpreter interpreter_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace

TEST_CASE("A USB printer keeps the contract of every printer, and comes back after it was pulled out") {
  UsbGadget gadget{GadgetKind::printer};
  print::LpPrinter printer{{device, stream}, base::system_clock()};
  CHECK(printer.state() == DeviceState::status_unknown);
  CHECK(printer.probe() == DeviceState::absent);
  for (int round = 0; round < 2; ++round) {
    CAPTURE(round);
    gadget.plug();
    REQUIRE(tests::comes(device));
    REQUIRE(tests::comes(gadget.own_end()));
    {
      Inside inside{gadget.own_end()};
      CHECK(printer.probe() == DeviceState::ok);
      const base::Bytes first{0x00, 'a', 0xFF, 0x0A, 'b'};
      const base::Bytes second(3'000, 'c');
      for (const auto& job : {ports::PrintJob{"j-1", first}, ports::PrintJob{"j-2", second}}) {
        const auto report = printer.submit(job);
        REQUIRE(report);
        CHECK(report->outcome == PrintOutcome::confirmed);
        CHECK(report->state == DeviceState::ok);
      }
      auto expected = first;
      base::append(expected, second);
      CHECK(inside.printed() == expected);

      const auto kicked = printer.kick_drawer();
      REQUIRE(kicked);
      CHECK(kicked->outcome == ports::DrawerOutcome::moved);
      CHECK(inside.kicks() == 1);

      const auto before = inside.printed();  // with the drawer's pulse
      inside.set_paper(tests::PaperLeft::none);
      const auto hungry = printer.submit({"j-3", {'y'}});
      REQUIRE_FALSE(hungry);
      CHECK(hungry.error().code == base::Code::device_failed);
      CHECK(printer.state() == DeviceState::paper_out);
      CHECK(inside.printed() == before);
      inside.set_paper(tests::PaperLeft::enough);
      CHECK(printer.probe() == DeviceState::ok);
    }
    gadget.unplug();
    CHECK(tests::goes(device));
    const auto refused = printer.submit({"j-4", {'x'}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Code::device_absent);
    CHECK(printer.state() == DeviceState::absent);
  }
}

// There is no udev in this machine, so that it is the kernel who tells.
TEST_CASE("A watch tells that a printer was plugged in, and that it was pulled out") {
  std::atomic<int> heard{0};
  const auto watch = plug::DeviceWatch::start({"usbmisc"}, [&] { ++heard; });
  REQUIRE(watch);
  UsbGadget gadget{GadgetKind::printer};
  const auto hears = [&](int count) {
    for (int i = 0; i < 500 && heard < count; ++i) std::this_thread::sleep_for(std::chrono::milliseconds{20});
    return heard == count;
  };
  gadget.plug();
  REQUIRE(tests::comes(device));
  CHECK(hears(1));
  gadget.unplug();
  CHECK(hears(2));
  CHECK(tests::goes(device));
}

// Writes to usblp may wait for ever; a shop's till may not.
TEST_CASE("A USB printer that takes no more bytes costs the deadline, and leaves the job uncertain") {
  UsbGadget gadget{GadgetKind::printer};
  gadget.plug();
  REQUIRE(tests::comes(device));
  REQUIRE(tests::comes(gadget.own_end()));
  Inside inside{gadget.own_end()};
  auto hurried = stream;
  hurried.deadlines.send_ms = 1'500;
  print::LpPrinter printer{{device, hurried}, base::system_clock()};
  CHECK(printer.probe() == DeviceState::ok);
  std::thread hand{[&] {
    while (inside.printed().size() < 100) std::this_thread::sleep_for(std::chrono::milliseconds{2});
    inside.stall(true);
  }};
  const auto report = printer.submit({"j-1", base::Bytes(4U << 20, 'x')});
  hand.join();
  REQUIRE(report);
  CHECK(report->outcome == PrintOutcome::uncertain);
  CHECK(report->state == DeviceState::timeout);
  inside.stall(false);
}
