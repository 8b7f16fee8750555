// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/settings.h"

#include "kiosk/service/shop_options.h"
#include "sync/base/file.h"
#include "tests/support/settings_page.h"
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
       "[screen]\nlanguage = \"en\"\n[journal]\ndurability = \"wal\"\nbudget_mb = 1000\nring_mb = 500\n"
       "retention_days = 60\n[hub]\npoll_ms = 1000\nca_file = \"/etc/tea.pem\"\nproxy = "
       "\"http://shop:secret@proxy:3128\"\n"
       "[line]\nup_bytes_per_s = 2000\nbulk_events = 500\nbulk_hours = \"22:00-06:30\"\n"
       "[capture]\nlisten = \"127.0.0.1:9100\"\nprinter = \"/dev/usb/lp0\"\ncode_page = \"cp437\"\nbaud = 19200\n"
       "printer_baud = 115200\nflow = \"rts_cts\"\ntill_flow = \"xon_xoff\"\n",
       {},
       ""},
      {"a speed that no line has", "[capture]\nbaud = 10000\n", base::Code::config_invalid,
       "line 2: capture.baud must be one of 1200, 2400"},
      {"no speed for a till", "[capture]\nbaud = 0\n", base::Code::config_invalid,
       "line 2: capture.baud must be one of 1200"},
      {"an unknown section", "[gatewy]\nport = 1\n", base::Code::config_unknown_key, "line 1: [gatewy]"},
      {"an unknown key", "[gateway]\n\nprot = 1\n", base::Code::config_unknown_key, "line 3: gateway.prot"},
      {"a till that no file can be named after", "[screen]\ntill = \"till/1\"\n", base::Code::config_invalid,
       "line 2: screen.till must be a till's name"},
      {"a number out of range", "[gateway]\nport = 70000\n", base::Code::config_invalid,
       "line 2: gateway.port must be"},
      {"a text for a number", "[gateway]\nport = \"80\"\n", base::Code::config_invalid, "line 2: gateway.port must be"},
      {"a word that is no choice", "[journal]\ndurability = \"fast\"\n", base::Code::config_invalid,
       "line 2: journal.durability must be one of"},
      {"a budget in bytes", "[journal]\nbudget_mb = 4294967296\n", base::Code::config_invalid,
       "line 2: journal.budget_mb must be a whole number from 0 to 1048576"},
      {"a ring for a day", "[journal]\nring_mb = 1\n", base::Code::config_invalid,
       "line 2: journal.ring_mb must be a whole number from 16"},
      {"a hub's backup of last month is not refilled", "[journal]\nretention_days = 34\n", base::Code::config_invalid,
       "line 2: journal.retention_days must be a whole number from 35 to 400"},
      {"a ring that leaves no room", "[journal]\nbudget_mb = 1000\nring_mb = 501\n", base::Code::config_invalid,
       "line 1: journal.ring_mb (501) must be at most half of budget_mb (1000)"},
      {"a budget that the ring of every journal fills", "\n[journal]\nbudget_mb = 300\n", base::Code::config_invalid,
       "line 2: journal.ring_mb (256) must be at most half of budget_mb (300)"},
      {"a certificate that is no name", "[hub]\nca_file = 1\n", base::Code::config_invalid,
       "line 2: hub.ca_file must be a text in quotes"},
      {"a proxy that is no text", "[hub]\nproxy = true\n", base::Code::config_invalid,
       "line 2: hub.proxy must be a text in quotes"},
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
      CHECK(settings->capture_baud == 19'200);
      CHECK(settings->capture_printer_baud == 115'200);
      CHECK(settings->capture_flow == "rts_cts");
      CHECK(settings->capture_till_flow == "xon_xoff");
      CHECK(settings->printer_flow == "rts_cts");
      CHECK(settings->printer_drawer == "pin5");
      CHECK_FALSE(settings->printer_cutter);
      CHECK(settings->journal_budget_mb == 1'000);
      CHECK(settings->journal_ring_mb == 500);
      CHECK(settings->journal_retention_days == 60);
      CHECK(settings->ca_file == "/etc/tea.pem");
      CHECK(settings->proxy == "http://shop:secret@proxy:3128");
      CHECK(settings->bulk_hours == client::BulkHours{22 * 60, 6 * 60 + 30});
      continue;
    }
    CHECK(settings.error().code == *row.error);
    CHECK(settings.error().detail.starts_with(row.detail));
    CHECK(settings.error().hint == (folder / "terminal.toml").string());
  }
}

TEST_CASE("What a file says of the journal reaches the journal") {
  const tests::TempDir folder;
  const auto settings = parse_settings(
      "[journal]\ndurability = \"wal\"\nbudget_mb = 1000\nring_mb = 500\nretention_days = 60\n", "terminal.toml");
  REQUIRE(settings);
  const auto options = journal_options(folder.path(), *settings, {});
  CHECK(options.path == folder / "journal.db");
  CHECK(options.durability == store::Durability::wal);
  CHECK(options.budget_bytes_max == 1'000ULL * 1'024 * 1'024);
  CHECK(options.ring_bytes_max == 500ULL * 1'024 * 1'024);
  CHECK(options.retention_ms == 60LL * 86'400'000);
}

TEST_CASE("A journal of a file that says nothing is as the journal itself would be") {
  const tests::TempDir folder;
  const auto options = journal_options(folder.path(), Settings{}, {});
  const store::JournalOptions own;
  CHECK(options.durability == own.durability);
  CHECK(options.budget_bytes_max == own.budget_bytes_max);
  CHECK(options.ring_bytes_max == own.ring_bytes_max);
  CHECK(options.retention_ms == own.retention_ms);
}

TEST_CASE("No budget takes any ring") {
  const auto settings = parse_settings("[journal]\nbudget_mb = 0\nring_mb = 100000\n", "terminal.toml");
  REQUIRE(settings);
  CHECK(journal_options("shop", *settings, {}).budget_bytes_max == 0);
}

TEST_CASE("What a file says of the hub and the line reaches both directions of the line") {
  const auto settings = parse_settings(
      "[hub]\nca_file = \"/etc/tea.pem\"\nproxy = \"http://proxy:3128\"\npoll_ms = 900\n"
      "[line]\nup_bytes_per_s = 2000\ndown_bytes_per_s = 3000\nconnect_timeout_ms = 700\n"
      "request_timeout_ms = 8000\nlow_speed_bytes_per_s = 9\nlow_speed_ms = 1100\npoll_slot_max_ms = 40\n"
      "bulk_events = 500\nbulk_hours = \"22:00-06:00\"\n",
      "terminal.toml");
  REQUIRE(settings);
  const auto line = line_options("https://hub.example", *settings);
  CHECK(line.base_url == "https://hub.example");
  CHECK(line.ca_file == "/etc/tea.pem");
  CHECK(line.proxy == "http://proxy:3128");
  CHECK(line.up_bytes_per_s == 2'000);
  CHECK(line.down_bytes_per_s == 3'000);
  CHECK(line.connect_timeout_ms == 700);
  CHECK(line.low_speed_bytes_per_s == 9);
  CHECK(line.low_speed_ms == 1'100);
  const auto runner = runner_options(*settings);
  CHECK(runner.limits.up_bytes_per_s == 2'000);
  CHECK(runner.limits.down_bytes_per_s == 3'000);
  CHECK(runner.limits.poll_default_ms == 900);
  CHECK(runner.limits.request_timeout_ms == 8'000);
  CHECK(runner.limits.poll_slot_max_ms == 40);
  CHECK(runner.limits.bulk_events_min == 500);
  CHECK(runner.bulk_hours == client::BulkHours{22 * 60, 6 * 60});
}

TEST_CASE("docs/settings.md has every key of terminal.toml, once, with the default that holds") {
  const tests::SettingsPage page{"terminal.toml"};
  CHECK(page.keys() == settings_keys());
  const auto defaults = parse_settings(page.defaults(), "docs/settings.md");
  if (!defaults) FAIL(base::describe(defaults.error()));
  CHECK(*defaults == Settings{});
}

TEST_CASE("A captured printer is as fast as its till unless told otherwise") {
  const auto parsed = parse_settings("[capture]\nbaud = 2400\nprinter_baud = 0\n", "terminal.toml");
  REQUIRE(parsed);
  CHECK(parsed->capture_baud == 2'400);
  CHECK(parsed->capture_printer_baud == 0);
}

}  // namespace
}  // namespace millpond::service
