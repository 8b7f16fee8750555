// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/tcp_printer.h"

#include "hardware/print/escpos.h"
#include "hardware/print/rasterize.h"
#include "tests/support/printer_emulator.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using ports::DeviceState;
using ports::PrintOutcome;
using tests::PaperLeft;

namespace {

constexpr print::StreamDeadlines short_deadlines{
    .connect_ms = 2000, .answer_ms = 60, .send_ms = 400, .confirm_ms = 200};

print::TcpPrinter printer_at(std::uint16_t port) {
  return print::TcpPrinter{{"127.0.0.1", port, {short_deadlines, print::DrawerPin::pin5}}, base::system_clock()};
}

ports::PrintJob text_job(std::size_t bytes) { return {"job-1", base::Bytes(bytes, 'x')}; }

// Larger than the socket buffers on both sides together.
constexpr std::size_t huge_bytes = 24U << 20;

}  // namespace

TEST_CASE("the outcome of a job is what the printer let us know, never more") {
  struct Row {
    const char* what;
    tests::EmulatorBehaviour behaviour;
    std::size_t job_bytes;
    std::optional<PrintOutcome> outcome;  // nothing: an error, not a byte printed
    DeviceState state;
  };
  for (const auto& row : {
           Row{"answers everything", {}, 5000, PrintOutcome::confirmed, DeviceState::ok},
           Row{"never answers",
               {.state = {.answers_real_time = false, .answers_in_turn = false}},
               5000,
               PrintOutcome::sent,
               DeviceState::status_unknown},
           Row{"knows real-time questions only",
               {.state = {.answers_in_turn = false}},
               5000,
               PrintOutcome::sent,
               DeviceState::ok},
           Row{"tells its state unasked, before every answer",
               {.state = {.tells_unasked = true}},
               5000,
               PrintOutcome::confirmed,
               DeviceState::ok},
           Row{"paper near its end",
               {.state = {.paper = PaperLeft::near_end}},
               5000,
               PrintOutcome::confirmed,
               DeviceState::paper_low},
           Row{"paper near its end, told unasked too",
               {.state = {.tells_unasked = true, .paper = PaperLeft::near_end}},
               5000,
               PrintOutcome::confirmed,
               DeviceState::paper_low},
           Row{"paper out before", {.state = {.paper = PaperLeft::none}}, 5000, std::nullopt, DeviceState::paper_out},
           Row{"cover open before", {.state = {.cover_open = true}}, 5000, std::nullopt, DeviceState::cover_open},
           Row{"cutter jammed before",
               {.state = {.cutter_jammed = true}},
               5000,
               std::nullopt,
               DeviceState::cutter_error},
           Row{"head too hot, which passes", {.state = {.head_hot = true}}, 5000, std::nullopt, DeviceState::busy},
           Row{"beyond repair", {.state = {.broken = true}}, 5000, std::nullopt, DeviceState::offline},
           Row{"somebody feeds paper", {.state = {.feed_button = true}}, 5000, std::nullopt, DeviceState::busy},
           Row{"paper out in the middle",
               {.paper_out_after = 3000},
               5000,
               PrintOutcome::uncertain,
               DeviceState::paper_out},
           Row{"cover opened in the middle",
               {.cover_opens_after = 3000},
               5000,
               PrintOutcome::uncertain,
               DeviceState::cover_open},
           Row{"slow, but in time", {.bytes_per_s_max = 50'000}, 5000, PrintOutcome::confirmed, DeviceState::ok},
           Row{"ends its side, still reads",
               {.half_closes = true},
               5000,
               PrintOutcome::sent,
               DeviceState::status_unknown},
           Row{"stops reading, large job",
               {.stalls_after = 3000},
               huge_bytes,
               PrintOutcome::uncertain,
               DeviceState::timeout},
           Row{"stops reading, job small enough for the buffers",
               {.stalls_after = 15},
               1000,
               PrintOutcome::uncertain,
               DeviceState::timeout},
           Row{"breaks the line, job small enough for the buffers",
               {.resets_after = 3000},
               200'000,
               PrintOutcome::uncertain,
               DeviceState::offline},
           Row{"breaks the line", {.resets_after = 3000}, huge_bytes, PrintOutcome::uncertain, DeviceState::offline},
           Row{"answers nonsense",
               {.state = {.answers_garbage = true}},
               5000,
               PrintOutcome::sent,
               DeviceState::status_unknown},
       }) {
    CAPTURE(row.what);
    tests::PrinterEmulator emulator{row.behaviour};
    auto printer = printer_at(emulator.port());
    const auto report = printer.submit(text_job(row.job_bytes));
    CHECK(report.has_value() == row.outcome.has_value());
    CHECK(ports::state_name(printer.state()) == ports::state_name(row.state));
    if (!report) CHECK(emulator.paper().job_bytes.empty());
    if (!report || !row.outcome) continue;
    CHECK(ports::outcome_name(report->outcome) == ports::outcome_name(*row.outcome));
    CHECK(printer.state() == report->state);
    if (*row.outcome != PrintOutcome::uncertain) {
      CHECK(emulator.paper().job_bytes == text_job(row.job_bytes).bytes);
      CHECK(emulator.paper().connections == 1);
    }
  }
}

TEST_CASE("a printer out of paper refuses the job and says why") {
  tests::PrinterEmulator emulator{{.state = {.paper = PaperLeft::none}}};
  auto printer = printer_at(emulator.port());
  CHECK(printer.probe() == DeviceState::paper_out);
  const auto report = printer.submit(text_job(10));
  REQUIRE_FALSE(report);
  CHECK(report.error().code == base::Code::device_failed);
  CHECK(report.error().detail == "paper_out");
  CHECK(printer.state() == DeviceState::paper_out);
}

TEST_CASE("nobody listening is an absent device, and an impossible host a wrong setting") {
  std::uint16_t port = 0;
  {
    const tests::PrinterEmulator gone;
    port = gone.port();
  }
  auto printer = printer_at(port);
  CHECK(printer.submit(text_job(10)).error().code == base::Code::device_absent);
  CHECK(printer.state() == DeviceState::absent);
  print::TcpPrinter lost{{"no host.invalid", 9100, {short_deadlines}}, base::system_clock()};
  CHECK(lost.probe() == DeviceState::not_configured);
}

TEST_CASE("an independent reading of the bytes gives the same dots, one cut and one kick") {
  const ports::Receipt receipt{{ports::Logo{"MILLPOND", "West Road"}, ports::Rule{true},
                                ports::KeyValue{"合计 Total", "¥198.00", ports::TextSize::large, true}}};
  const auto paper = print::rasterize(receipt, {});
  REQUIRE(paper);
  tests::PrinterEmulator emulator;
  auto printer = printer_at(emulator.port());
  const auto report = printer.submit({"r", print::to_escpos(*paper)});
  REQUIRE(report);
  CHECK(report->outcome == PrintOutcome::confirmed);
  const auto printed = emulator.paper();
  CHECK(printed.cuts == 1);
  CHECK(printed.unknown.empty());
  REQUIRE(printed.width_dots == paper->width);
  REQUIRE(printed.height() > paper->height);  // fed to the cutter
  bool equal = true;
  for (std::size_t i = 0; i < printed.dots.size(); ++i) {
    const auto width = static_cast<std::size_t>(paper->width);
    equal = equal && (printed.dots[i] != 0) == paper->get(static_cast<int>(i % width), static_cast<int>(i / width));
  }
  CHECK(equal);
}

TEST_CASE("a drawer opens only where one is configured, and the report says how sure that is") {
  struct Row {
    const char* what;
    tests::EmulatorState state;
    print::DrawerPin pin;
    std::optional<ports::DrawerOutcome> outcome;
    int kicks;
  };
  for (const auto& row : {
           Row{"no drawer set", {}, print::DrawerPin::none, std::nullopt, 0},
           Row{"a drawer with a sensor", {}, print::DrawerPin::pin2, ports::DrawerOutcome::moved, 1},
           Row{"no drawer at the plug", {.has_drawer = false}, print::DrawerPin::pin5, ports::DrawerOutcome::sent, 1},
           Row{"open already", {.drawer_open = true}, print::DrawerPin::pin2, ports::DrawerOutcome::sent, 1},
           Row{"a printer that tells nothing",
               {.answers_real_time = false, .answers_in_turn = false},
               print::DrawerPin::pin2,
               ports::DrawerOutcome::sent,
               1},
       }) {
    CAPTURE(row.what);
    tests::PrinterEmulator emulator{{.state = row.state}};
    print::TcpPrinter printer{{"127.0.0.1", emulator.port(), {short_deadlines, row.pin}}, base::system_clock()};
    const auto report = printer.kick_drawer();
    CHECK(report.has_value() == row.outcome.has_value());
    if (!report) CHECK(report.error().code == base::Code::unsupported);
    if (report && row.outcome) {
      CHECK(ports::drawer_outcome_name(report->outcome) == ports::drawer_outcome_name(*row.outcome));
    }
    CHECK(emulator.paper().drawer_kicks == row.kicks);
  }
}

TEST_CASE("answers that a picture provokes in the middle of a job are no answers to later questions") {
  // Dots that happen to be questions: a printer hears those anywhere.
  base::Bytes job{0x1D, 'v', '0', 0, 3, 0, 100, 0};
  for (int row = 0; row < 100; ++row) base::append(job, base::Bytes{0x10, 0x04, 0x01});
  tests::PrinterEmulator emulator;
  auto printer = printer_at(emulator.port());
  const auto report = printer.submit({"1", job});
  REQUIRE(report);
  CHECK(report->outcome == PrintOutcome::confirmed);
  CHECK(report->state == DeviceState::ok);
  CHECK(emulator.paper().job_bytes == job);
}
