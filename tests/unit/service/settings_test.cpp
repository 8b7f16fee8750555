// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/settings.h"
#include "sync/base/file.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

namespace millpond::service {
namespace {

TEST_CASE("A terminal without a settings file works with defaults") {
  const tests::TempDir folder;
  const auto settings = load_settings(folder / "terminal.toml");
  REQUIRE(settings);
  CHECK(settings->gateway_port == 8461);
  CHECK(settings->durability == "safe");
  CHECK(settings->printer == PrinterKind::file);
}

TEST_CASE("Settings take what they know and name what they do not") {
  struct Row {
    const char* what;
    const char* file;
    std::optional<base::Code> error;
    const char* detail;
  };
  const Row rows[] = {
      {"every section",
       "[gateway]\nport = 0\n[printer]\nkind = \"serial\"\ntarget = \"/dev/ttyS0\"\nwidth_dots = 384\n"
       "bits_per_s = 115200\nflow = \"rts_cts\"\ndrawer = \"pin5\"\ncutter = false\n"
       "[screen]\nlanguage = \"en\"\n[journal]\ndurability = \"wal\"\n[hub]\npoll_ms = 1000\n"
       "[line]\nup_bytes_per_s = 2000\nbulk_events = 500\nbulk_hours = \"22:00-06:30\"\n"
       "[capture]\nlisten = \"127.0.0.1:9100\"\nprinter = \"/dev/usb/lp0\"\ncode_page = \"cp437\"\nbaud = 19200\n",
       {},
       ""},
      {"an unknown section", "[gatewy]\nport = 1\n", base::Code::config_unknown_key, "line 1: [gatewy]"},
      {"an unknown key", "[gateway]\n\nprot = 1\n", base::Code::config_unknown_key, "line 3: gateway.prot"},
      {"a number out of range", "[gateway]\nport = 70000\n", base::Code::config_invalid,
       "line 2: gateway.port must be"},
      {"a text for a number", "[gateway]\nport = \"80\"\n", base::Code::config_invalid, "line 2: gateway.port must be"},
      {"a word that is no choice", "[journal]\ndurability = \"fast\"\n", base::Code::config_invalid,
       "line 2: journal.durability must be one of"},
      {"a speed that no line has", "[printer]\nbits_per_s = 9601\n", base::Code::config_invalid,
       "line 2: printer.bits_per_s must be one of"},
      {"a flow that no line has", "[printer]\nflow = \"dtr\"\n", base::Code::config_invalid,
       "line 2: printer.flow must be one of"},
      {"a drawer at no pin", "[printer]\ndrawer = \"pin3\"\n", base::Code::config_invalid,
       "line 2: printer.drawer must be one of"},
      {"a word for yes", "[printer]\ncutter = \"yes\"\n", base::Code::config_invalid,
       "line 2: printer.cutter must be true or false"},
      {"hours without an end", "[line]\nbulk_hours = \"22:00\"\n", base::Code::config_invalid,
       "line 2: line.bulk_hours must be hours like"},
      {"hours that no clock shows", "[line]\nbulk_hours = \"22:00-24:00\"\n", base::Code::config_invalid,
       "line 2: line.bulk_hours must be hours like"},
      {"a key outside of sections", "port = 1\n", base::Code::config_unknown_key, "line 1: [port]"},
      {"a section that is a value", "printer = 1\n", base::Code::config_invalid, "line 1: [printer] must be a section"},
      {"no TOML at all", "<html>", base::Code::config_invalid, "line 1: "},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    const tests::TempDir folder;
    REQUIRE(base::write_file(folder / "terminal.toml", base::view_of(row.file)));
    const auto settings = load_settings(folder / "terminal.toml");
    REQUIRE(settings.has_value() == !row.error.has_value());
    if (!row.error) {
      CHECK(settings->up_bytes_per_s == 2'000);
      CHECK(settings->printer == PrinterKind::serial);
      CHECK(settings->printer_bits_per_s == 115'200);
      CHECK(settings->printer_flow == "rts_cts");
      CHECK(settings->printer_drawer == "pin5");
      CHECK_FALSE(settings->printer_cutter);
      CHECK(settings->bulk_hours == client::BulkHours{22 * 60, 6 * 60 + 30});
      continue;
    }
    CHECK(settings.error().code == *row.error);
    CHECK(settings.error().detail.starts_with(row.detail));
    CHECK(settings.error().hint == (folder / "terminal.toml").string());
  }
}

}  // namespace
}  // namespace millpond::service
