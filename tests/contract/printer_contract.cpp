// SPDX-License-Identifier: Apache-2.0
// What every printer keeps to, run on the simulated one, on files and on a network printer.
#include "hardware/print/file_printer.h"
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

class TcpSubject {
 public:
  ports::Printer& printer() { return printer_; }
  base::Bytes on_paper() { return emulator_->paper().job_bytes; }
  void unplug() { emulator_.reset(); }

 private:
  std::optional<tests::PrinterEmulator> emulator_{std::in_place};
  print::TcpPrinter printer_{{"127.0.0.1", emulator_->port(), {2000, 500, 2000, 2000}}, base::system_clock()};
};

}  // namespace

TEMPLATE_TEST_CASE("a printer keeps its contract", "", SimSubject, FileSubject, TcpSubject) {
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

  // Unplugged, it is an error, which promises that not a byte of this job was printed.
  subject.unplug();
  const auto refused = printer.submit({"j-4", {'x'}});
  REQUIRE_FALSE(refused);
  CHECK(base::retry_class(refused.error().code) != base::Retry::never);
  CHECK_FALSE(ports::is_known_good(printer.state()));
}
