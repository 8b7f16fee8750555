// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/file_printer.h"

#include "sync/base/file.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace millpond;
using ports::DeviceState;
using ports::PrintOutcome;
using print::FileMode;

TEST_CASE("each job is a file of its name, in a folder that is made when missing") {
  const tests::TempDir folder;
  print::FilePrinter printer{{folder / "receipts", FileMode::one_per_job}};
  CHECK(printer.probe() == DeviceState::ok);
  CHECK(printer.submit({"A-1", {1, 2}})->outcome == PrintOutcome::confirmed);
  CHECK(printer.submit({"A-2", {3}})->outcome == PrintOutcome::confirmed);
  CHECK(*base::read_file(folder / "receipts" / std::string{"A-1.escpos"}) == base::Bytes{1, 2});
  CHECK(*base::read_file(folder / "receipts/A-2.escpos") == base::Bytes{3});
}

TEST_CASE("an appending printer keeps every job in one file") {
  const tests::TempDir folder;
  print::FilePrinter printer{{folder / "all.escpos", FileMode::append}};
  REQUIRE(printer.submit({"1", {1}}));
  REQUIRE(printer.submit({"2", {2, 3}}));
  CHECK(*base::read_file(folder / "all.escpos") == base::Bytes{1, 2, 3});
}

TEST_CASE("a job id that is no file name is refused") {
  const tests::TempDir folder;
  print::FilePrinter printer{{folder.path(), FileMode::one_per_job}};
  for (const auto& id : {std::string{}, std::string{"../x"}, std::string{"a/b"}, std::string{".hidden"},
                         std::string{"a b"}, std::string(200, 'a')}) {
    CAPTURE(id);
    CHECK(printer.submit({id, {1}}).error().code == base::Code::bad_input);
  }
}

TEST_CASE("a place that cannot be written is an error with its path and nothing printed") {
  const tests::TempDir folder;
  REQUIRE(base::write_file(folder / "file", base::view_of("x")));
  print::FilePrinter printer{{folder / "file" / std::string{"below"}, FileMode::append}};
  const auto report = printer.submit({"1", {1}});
  REQUIRE_FALSE(report);
  CHECK_FALSE(report.error().hint.empty());
  CHECK_FALSE(ports::is_known_good(printer.state()));
}
