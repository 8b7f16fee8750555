// SPDX-License-Identifier: Apache-2.0
// What every printer keeps to, run on the simulated one, on files, and on network, line and serial printers.
#include "hardware/print/file_printer.h"
#include "hardware/print/lp_printer.h"
#include "hardware/print/serial_printer.h"
#include "hardware/print/tcp_printer.h"
#include "hardware/sim/sim_printer.h"
#include "sync/base/file.h"
#include "tests/support/printer_emulator.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <optional>

using namespace millpond;
using ports::DeviceState;
using ports::PrintOutcome;

namespace {

class SimSubject {
 public:
  static constexpr bool has_drawer = true;
  int drawer_kicks() { return printer_.drawer_kicks(); }
  void take_paper_away() { printer_.then(sim::PrintFault::paper_out); }
  void put_paper_in() {}
  ports::Printer& printer() { return printer_; }
  base::Bytes on_paper() {
    base::Bytes all;
    for (const auto& job : printer_.received()) base::append(all, job.bytes);
    return all;
  }
  void unplug() { printer_.then(sim::PrintFault::absent); }

 private:
  sim::SimPrinter printer_;
};

class FileSubject {
 public:
  static constexpr bool has_drawer = false;
  int drawer_kicks() { return 0; }
  ports::Printer& printer() { return printer_; }
  base::Bytes on_paper() { return base::read_file(path()).value_or(base::Bytes{}); }
  // A file in the place of the folder.
  void unplug() {
    std::filesystem::remove_all(folder_ / "spool");
    REQUIRE(base::write_file(folder_ / "spool", {}));
  }

 private:
  [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "spool" / "all"; }
  tests::TempDir folder_;
  print::FilePrinter printer_{{path(), print::FileMode::append}};
};

constexpr print::StreamSettings stream{{2000, 500, 2000, 2000}, print::DrawerPin::pin2};

// An emulated printer behind one of the wires.
template <class Printer, tests::EmulatorWire wire>
class EmulatedSubject {
 public:
  static constexpr bool has_drawer = true;
  ports::Printer& printer() { return printer_; }
  base::Bytes on_paper() { return emulator_->paper().job_bytes; }
  int drawer_kicks() { return emulator_->paper().drawer_kicks; }
  void unplug() { emulator_.reset(); }
  void unplug_after(std::size_t bytes) {
    emulator_->change([bytes](auto& behaviour) { behaviour.resets_after = bytes; });
  }
  void take_paper_away() {
    emulator_->change([](auto& behaviour) { behaviour.state.paper = tests::PaperLeft::none; });
  }
  void put_paper_in() {
    emulator_->change([](auto& behaviour) { behaviour.state.paper = tests::PaperLeft::enough; });
  }

 private:
  auto settings() {
    if constexpr (wire == tests::EmulatorWire::tcp) {
      return print::TcpPrinterSettings{"127.0.0.1", emulator_->port(), stream};
    } else if constexpr (wire == tests::EmulatorWire::serial) {
      return print::SerialPrinterSettings{emulator_->device(), 115200, ports::FlowControl::none, stream};
    } else {
      return print::LpPrinterSettings{emulator_->device(), stream};
    }
  }

  std::optional<tests::PrinterEmulator> emulator_{std::in_place, tests::EmulatorBehaviour{}, wire};
  Printer printer_{settings(), base::system_clock()};
};
using TcpSubject = EmulatedSubject<print::TcpPrinter, tests::EmulatorWire::tcp>;
using LineSubject = EmulatedSubject<print::LpPrinter, tests::EmulatorWire::line_printer>;
using SerialSubject = EmulatedSubject<print::SerialPrinter, tests::EmulatorWire::serial>;

}  // namespace

TEMPLATE_TEST_CASE("a printer keeps its contract", "", SimSubject, FileSubject, TcpSubject, LineSubject,
                   SerialSubject) {
  TestType subject;
  auto& printer = subject.printer();

  // Before anything was tried it claims nothing; asked, it is well.
  CHECK(printer.state() == DeviceState::status_unknown);
  CHECK(printer.probe() == DeviceState::ok);
  CHECK(printer.state() == DeviceState::ok);

  // Bytes arrive unchanged, once, in the order of the jobs; an empty job is a job.
  const base::Bytes first{0x00, 'a', 0xFF, 0x0A, 'b'};
  const base::Bytes second(3000, 'c');
  for (const auto& job : {ports::PrintJob{"j-1", first}, ports::PrintJob{"j-2", {}}, ports::PrintJob{"j-3", second}}) {
    CAPTURE(job.id);
    const auto report = printer.submit(job);
    REQUIRE(report);
    CHECK(report->outcome == PrintOutcome::confirmed);
    CHECK(report->state == DeviceState::ok);
  }
  auto expected = first;
  base::append(expected, second);
  CHECK(subject.on_paper() == expected);

  // A drawer opens once for one kick, and is refused where there is none.
  const auto kicked = printer.kick_drawer();
  REQUIRE(kicked.has_value() == TestType::has_drawer);
  if (kicked) CHECK(kicked->outcome == ports::DrawerOutcome::moved);
  if (!kicked) CHECK(kicked.error().code == base::Code::unsupported);
  CHECK(subject.drawer_kicks() == (TestType::has_drawer ? 1 : 0));

  // Without paper, which a file cannot lack, it refuses before the first byte, and prints again with paper.
  if constexpr (TestType::has_drawer) {
    const auto before = subject.on_paper();
    subject.take_paper_away();
    const auto hungry = printer.submit({"j-5", {'y'}});
    REQUIRE_FALSE(hungry);
    CHECK(hungry.error().code == base::Code::device_failed);
    CHECK(printer.state() == DeviceState::paper_out);
    CHECK(subject.on_paper() == before);
    subject.put_paper_in();
    CHECK(printer.probe() == DeviceState::ok);
  }

  // Unplugged, it is an error, which promises that not a byte of this job was printed.
  subject.unplug();
  const auto refused = printer.submit({"j-4", {'x'}});
  REQUIRE_FALSE(refused);
  CHECK(base::retry_class(refused.error().code) != base::Retry::never);
  CHECK_FALSE(ports::is_known_good(printer.state()));
}

// What has no cable has nothing to tell about one: streams only.
TEMPLATE_TEST_CASE("a printer that is unplugged in the middle leaves the job uncertain", "", TcpSubject, LineSubject,
                   SerialSubject) {
  TestType subject;
  subject.unplug_after(5'000);
  const auto report = subject.printer().submit({"j-1", base::Bytes(24U << 20, 'x')});
  REQUIRE(report);
  CHECK(report->outcome == PrintOutcome::uncertain);
  CHECK_FALSE(ports::is_known_good(report->state));
  CHECK_FALSE(report->detail.empty());
}
