// SPDX-License-Identifier: Apache-2.0
#include "hardware/sim/sim_camera.h"
#include "hardware/sim/sim_printer.h"
#include "hardware/sim/sim_scanner.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using ports::DeviceState;
using ports::PrintOutcome;
using sim::PrintFault;

TEST_CASE("a simulated printer fails as scripted and keeps what reached the paper") {
  const ports::PrintJob job{"j1", {1, 2, 3, 4}};
  struct Row {
    PrintFault fault;
    std::optional<PrintOutcome> outcome;  // nothing: an error
    DeviceState state;
    std::size_t bytes_on_paper;
  };
  for (const auto& row : {
           Row{PrintFault::none, PrintOutcome::confirmed, DeviceState::ok, 4},
           Row{PrintFault::silent, PrintOutcome::sent, DeviceState::status_unknown, 4},
           Row{PrintFault::paper_out, std::nullopt, DeviceState::paper_out, 0},
           Row{PrintFault::cover_open, std::nullopt, DeviceState::cover_open, 0},
           Row{PrintFault::absent, std::nullopt, DeviceState::absent, 0},
           Row{PrintFault::timeout, std::nullopt, DeviceState::timeout, 0},
           Row{PrintFault::breaks_off, PrintOutcome::uncertain, DeviceState::offline, 2},
           Row{PrintFault::paper_out_midway, PrintOutcome::uncertain, DeviceState::paper_out, 4},
       }) {
    CAPTURE(static_cast<int>(row.fault));
    sim::SimPrinter printer{{row.fault}};
    const auto report = printer.submit(job);
    CHECK(report.has_value() == row.outcome.has_value());
    if (report && row.outcome) CHECK(report->outcome == *row.outcome);
    CHECK(printer.state() == row.state);
    CHECK((printer.received().empty() ? 0 : printer.received().front().bytes.size()) == row.bytes_on_paper);
    CHECK(printer.submit(job)->outcome == PrintOutcome::confirmed);
  }
}

TEST_CASE("a simulated scanner reads what it is handed, in order, and fails once when told to") {
  sim::SimScanner scanner{base::system_clock()};
  REQUIRE(scanner.open());
  REQUIRE(scanner.present("A"));
  REQUIRE(scanner.fail({base::Code::device_failed, "read", "smudge"}));
  REQUIRE(scanner.present("B", ports::Symbology::ean13));
  CHECK((*scanner.next(0))->text == "A");
  CHECK(scanner.next(0).error().code == base::Code::device_failed);
  CHECK((*scanner.next(0))->symbology == ports::Symbology::ean13);
  CHECK_FALSE((*scanner.next(0)).has_value());
}

TEST_CASE("a simulated camera plays frames and faults and then shows nothing") {
  const ports::GrayFrame frame{2, 1, 2, {1, 2}, 0};
  sim::SimCamera camera{{frame, base::Error{base::Code::picture_unreadable, "read", "torn"}, frame},
                        base::system_clock()};
  REQUIRE(camera.open());
  CHECK((*camera.next(0))->bytes == frame.bytes);
  CHECK(camera.next(0).error().code == base::Code::picture_unreadable);
  CHECK((*camera.next(0)).has_value());
  CHECK_FALSE((*camera.next(0)).has_value());
}
