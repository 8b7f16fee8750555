// SPDX-License-Identifier: Apache-2.0
// Serial scanners over pseudo terminals, and the line that the till reads.
#include "hardware/scan/serial_scanner.h"
#include "hardware/scan/shared_scanner.h"
#include "hardware/sim/sim_scanner.h"
#include "sync/base/file.h"
#include "tests/support/manual_clock.h"
#include "tests/support/serial_ends.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using tests::SerialScannerEnd;
using tests::TillEnd;

namespace {

std::string next_text(ports::Scanner& scanner) {
  const auto scan = scanner.next(5000);
  REQUIRE(scan);
  return *scan ? (*scan)->text : "";
}

}  // namespace

TEST_CASE("bytes of a serial line become scans, whatever ends them") {
  struct Row {
    const char* what;
    std::string bytes;
    std::vector<std::string> scans;
  };
  for (const auto& row : {
           Row{"carriage return", "A\rB\r", {"A", "B"}},
           Row{"line feed", "A\nB\n", {"A", "B"}},
           Row{"both", "A\r\nB\r\n", {"A", "B"}},
           Row{"not ended", "A", {}},
           Row{"nothing but ends", "\r\n\r\n", {}},
           Row{"a group separator stays",
               "]C110A\x1d"
               "21B\r",
               {"]C110A\x1d"
                "21B"}},
           Row{"endless", std::string(scan::scan_text_max + 1, 'A') + "\rB\r", {"B"}},
       }) {
    CAPTURE(row.what);
    scan::LineDecoder decoder;
    std::vector<std::string> scans;
    for (const char c : row.bytes) {
      if (auto text = decoder.byte(static_cast<std::uint8_t>(c), 10)) scans.push_back(*text);
    }
    CHECK(scans == row.scans);
  }
  scan::LineDecoder decoder{300};
  CHECK_FALSE(decoder.byte('A', 0));
  CHECK_FALSE(decoder.byte('B', 1000));
  CHECK(decoder.byte('\r', 1001) == "B");
}

TEST_CASE("a serial scanner reads, says when it is unplugged, and returns under its name") {
  const tests::TempDir folder;
  SerialScannerEnd device{folder / "scanner"};
  scan::SerialScanner scanner{{folder / "scanner"}, base::system_clock()};
  CHECK(scanner.state() == ports::DeviceState::not_configured);
  CHECK(scanner.next(0).error().code == base::Code::device_absent);
  REQUIRE(scanner.open());
  REQUIRE(scanner.open());
  CHECK(scanner.state() == ports::DeviceState::ok);
  CHECK_FALSE(*scanner.next(0));

  device.send("K1:ONE\r\nK1:TWO\rK1:HA");
  CHECK(next_text(scanner) == "K1:ONE");
  CHECK(next_text(scanner) == "K1:TWO");
  device.send("LF\r");
  CHECK(next_text(scanner) == "K1:HALF");

  device.send("K1:CUT");
  device.unplug();
  const auto gone = scanner.next(5000);
  // What had come may still be read before the hang-up is told.
  CHECK((gone ? scanner.next(5000).error() : gone.error()).code == base::Code::device_absent);
  CHECK(scanner.state() == ports::DeviceState::absent);
  CHECK(scanner.open().error().code == base::Code::device_absent);

  device.plug_in();
  REQUIRE(scanner.open());
  device.send("K1:BACK\r");
  CHECK(next_text(scanner) == "K1:BACK");
}

TEST_CASE("what is no serial line, or runs at no speed, is refused") {
  scan::SerialScanner null_device{{"/dev/null"}, base::system_clock()};
  CHECK(null_device.open().error().code == base::Code::unsupported);
  scan::SerialScanner odd{{"/dev/null", 1234}, base::system_clock()};
  CHECK(odd.open().error().code == base::Code::bad_input);
}

TEST_CASE("a shared scanner keeps what is ours and passes the rest on at once, unchanged") {
  const tests::TempDir folder;
  const auto link = folder / "till";
  tests::ManualClock clock;
  auto outlet = scan::PtyOutlet::make(link, clock);
  REQUIRE(outlet);
  auto till = std::make_unique<TillEnd>(link);
  sim::SimScanner scanner{base::system_clock()};
  scan::SharedScanner shared{scanner, **outlet, [](std::string_view text) { return text.starts_with("K1:"); }};
  REQUIRE(shared.open());
  for (const auto* text : {"6901234567892", "K1:MEMBER", "134567890123456789"}) REQUIRE(scanner.present(text));
  CHECK_FALSE(*shared.next(0));
  CHECK(till->line() == "6901234567892");
  const auto ours = shared.next(0);
  REQUIRE(ours);
  REQUIRE(*ours);
  CHECK((*ours)->text == "K1:MEMBER");
  CHECK_FALSE(*shared.next(0));
  CHECK(till->line() == "134567890123456789");

  // A till that closes its line and opens it again goes on.
  till.reset();
  REQUIRE((*outlet)->pass_on("AGAIN"));
  CHECK(TillEnd{link}.line() == "AGAIN");
  outlet->reset();
  CHECK_FALSE(std::filesystem::exists(std::filesystem::symlink_status(link)));
}

TEST_CASE("what a till did not read in time is thrown away, told once, and in nobody's basket later") {
  const tests::TempDir folder;
  const auto link = folder / "till";
  tests::ManualClock clock;
  auto outlet = scan::PtyOutlet::make(link, clock);
  REQUIRE(outlet);
  sim::SimScanner scanner{base::system_clock()};
  scan::SharedScanner shared{scanner, **outlet, [](std::string_view) { return false; }};
  REQUIRE(shared.open());
  REQUIRE(scanner.present("134567890123456789"));
  REQUIRE(shared.next(0));
  clock.advance_ms(1'000);
  REQUIRE(shared.next(0));
  clock.advance_ms(1'000);
  const auto unread = shared.next(0);
  REQUIRE_FALSE(unread);
  CHECK(unread.error().code == base::Code::device_busy);
  CHECK(shared.state() == ports::DeviceState::ok);
  CHECK(shared.next(0));

  // The till starts in the evening.
  const TillEnd till{link};
  CHECK_FALSE(till.has_something());
  REQUIRE(scanner.present("6901234567892"));
  REQUIRE(shared.next(0));
  CHECK(till.line() == "6901234567892");
}

TEST_CASE("a line that is full takes the whole of a text or nothing, so that no two become one") {
  const tests::TempDir folder;
  const auto link = folder / "till";
  tests::ManualClock clock;
  auto outlet = scan::PtyOutlet::make(link, clock);
  REQUIRE(outlet);
  const std::string text(1000, 'X');
  int taken = 0;
  base::Result<> result;
  for (; taken < 200; ++taken) {
    result = (*outlet)->pass_on(text);
    if (!result) break;
  }
  REQUIRE_FALSE(result);
  CHECK(result.error().code == base::Code::device_busy);
  const TillEnd till{link};
  for (int i = 0; i < taken; ++i) CHECK(till.line() == text);
  clock.advance_ms(200);
  REQUIRE((*outlet)->pass_on("6901234567892"));
  CHECK(till.line() == "6901234567892");
}

TEST_CASE("the till's line replaces a link and nothing else") {
  const tests::TempDir folder;
  REQUIRE(base::write_file(folder / "file", base::view_of("somebody's")));
  CHECK(scan::PtyOutlet::make(folder / "file", base::system_clock()).error().code == base::Code::already_exists);
  CHECK(base::read_file(folder / "file"));
  CHECK(scan::PtyOutlet::make(folder / "none" / "line", base::system_clock()).error().code ==
        base::Code::file_unwritable);
}
