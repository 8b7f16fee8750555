// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/serial_printer.h"

#include "sync/base/file.h"
#include "tests/support/printer_emulator.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

using namespace millpond;
using ports::DeviceState;
using ports::PrintOutcome;
using tests::EmulatorWire;

namespace {

constexpr print::StreamDeadlines short_deadlines{
    .connect_ms = 200, .answer_ms = 100, .send_ms = 500, .confirm_ms = 500};

print::SerialPrinter printer_at(const std::filesystem::path& device,
                                ports::FlowControl flow = ports::FlowControl::none) {
  return print::SerialPrinter{{device, 115200, flow, {short_deadlines}}, base::system_clock()};
}

// Every value a byte has: what a line that is not raw would change or swallow.
base::Bytes every_byte() {
  base::Bytes bytes{0x1D, 'v', '0', 0, 32, 0, 8, 0};
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<std::uint8_t>(i));
  return bytes;
}

}  // namespace

TEST_CASE("a serial line carries every byte unchanged, however it is controlled") {
  for (const auto flow : {ports::FlowControl::none, ports::FlowControl::rts_cts, ports::FlowControl::xon_xoff}) {
    CAPTURE(static_cast<int>(flow));
    tests::PrinterEmulator emulator{{}, EmulatorWire::serial};
    auto printer = printer_at(emulator.device(), flow);
    const auto report = printer.submit({"1", every_byte()});
    REQUIRE(report);
    CHECK(report->outcome == PrintOutcome::confirmed);
    CHECK(emulator.paper().job_bytes == every_byte());
  }
}

TEST_CASE("one serial printer takes one job after another, and its line is free in between") {
  tests::PrinterEmulator emulator{{}, EmulatorWire::serial};
  auto one = printer_at(emulator.device());
  auto other = printer_at(emulator.device());
  CHECK(one.submit({"1", {'a', '\n'}})->outcome == PrintOutcome::confirmed);
  CHECK(other.submit({"2", {'b', '\n'}})->outcome == PrintOutcome::confirmed);
  CHECK(emulator.paper().text == "a\nb\n");
}

TEST_CASE("a serial printer that says nothing was sent the job, no more") {
  tests::PrinterEmulator emulator{{.state = {.answers_real_time = false, .answers_in_turn = false}},
                                  EmulatorWire::serial};
  auto printer = printer_at(emulator.device());
  const auto report = printer.submit({"1", base::Bytes(5000, 'x')});
  REQUIRE(report);
  CHECK(report->outcome == PrintOutcome::sent);
  CHECK(report->state == DeviceState::status_unknown);
}

TEST_CASE("a serial printer that is unplugged in the middle is absent, and the job uncertain") {
  tests::PrinterEmulator emulator{{.resets_after = 3000}, EmulatorWire::serial};
  auto printer = printer_at(emulator.device());
  const auto report = printer.submit({"1", base::Bytes(1U << 20, 'x')});
  REQUIRE(report);
  CHECK(report->outcome == PrintOutcome::uncertain);
  CHECK(report->state == DeviceState::absent);
  CHECK(printer.probe() == DeviceState::absent);
}

TEST_CASE("a serial printer that stops in the middle leaves the job uncertain") {
  tests::PrinterEmulator emulator{{.stalls_after = 3000}, EmulatorWire::serial};
  auto printer = printer_at(emulator.device());
  const auto report = printer.submit({"1", base::Bytes(20'000, 'x')});
  REQUIRE(report);
  CHECK(report->outcome == PrintOutcome::uncertain);
}

TEST_CASE("what is no serial line, and a speed that no line has, print nothing") {
  const tests::TempDir folder;
  auto absent = printer_at(folder / "ttyUSB0");
  CHECK(absent.submit({"1", {1}}).error().code == base::Code::device_absent);
  CHECK(absent.state() == DeviceState::absent);
  REQUIRE(base::write_file(folder / "file", base::view_of("x")));
  auto file = printer_at(folder / "file");
  CHECK(file.submit({"1", {1}}).error().code == base::Code::unsupported);
  CHECK(file.state() == DeviceState::unsupported);
  CHECK(*base::read_file(folder / "file") == base::Bytes{'x'});
  print::SerialPrinter odd{{"/dev/null", 1234, ports::FlowControl::none, {}}, base::system_clock()};
  CHECK(odd.submit({"1", {1}}).error().code == base::Code::config_invalid);
  CHECK(odd.state() == DeviceState::not_configured);
}
