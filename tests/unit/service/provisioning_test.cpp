// SPDX-License-Identifier: Apache-2.0
// Becoming a terminal from a sheet of paper, without any hub in reach.
#include "kiosk/service/provisioning.h"
#include "sync/codes/base45.h"
#include "sync/crypto/hash.h"
#include "sync/terminal/identity.h"
#include "sync/wire/grant.h"
#include "tests/support/seeded_key.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using base::Code;

namespace {

constexpr std::int64_t day_ms = 86'400'000;

std::string sheet_text(std::uint8_t hub_signs = 2, const std::string& hub_url = "https://hub.example") {
  const auto root = tests::seeded_key(1);
  const auto hub = tests::seeded_key(2);
  const auto brand = crypto::brand_id_of(root.public_key());
  wire::GrantSheet sheet;
  sheet.seed.fill(3);
  wire::Grant grant;
  grant.hub_key = 1;
  grant.terminal = {9};
  grant.store = {4};
  grant.key = tests::seeded_key(3).public_key();
  grant.first_day = 20'700;
  grant.last_day = 20'714;
  sheet.root = root.public_key();
  sheet.hub_key = wire::vouch_hub_key({1, hub.public_key(), {}}, root);
  sheet.grant = wire::issue_grant(grant, tests::seeded_key(hub_signs), brand);
  sheet.hub_url = hub_url;
  return std::string{wire::sheet_prefix} + codes::base45_encode(wire::encode_sheet(sheet));
}

}  // namespace

TEST_CASE("A sheet makes a machine its terminal, whatever white space a scanner put around it") {
  REQUIRE(crypto::start());
  for (const auto& text : {sheet_text(), "\n " + sheet_text() + "\r\n"}) {
    const tests::TempDir folder;
    const auto report = service::provision_by_grant(folder.path(), base::view_of(text), 20'705 * day_ms);
    REQUIRE(report);
    CHECK(report->terminal == base::TerminalId{9});
    CHECK(report->store == base::StoreId{4});
    CHECK(report->digits.size() == 6);
    const auto identity = terminal::load_identity(folder.path());
    REQUIRE(identity);
    CHECK(identity->unbound);
    CHECK(identity->hub_url == "https://hub.example");
    CHECK(service::provision_by_grant(folder.path(), base::view_of(text), 20'705 * day_ms).error().code ==
          Code::config_invalid);
  }
}

TEST_CASE("A sheet that is forged, cut, of another day or no sheet is refused by name and leaves nothing") {
  REQUIRE(crypto::start());
  const auto good = sheet_text();
  struct Row {
    std::string text;
    std::int64_t day;
    Code code;
  };
  for (const auto& row : {Row{"", 20'705, Code::grant_invalid}, Row{"MPG1:", 20'705, Code::grant_invalid},
                          Row{"K1:ABC", 20'705, Code::grant_invalid}, Row{good + "00", 20'705, Code::grant_invalid},
                          Row{good.substr(0, good.size() - 3), 20'705, Code::grant_invalid},
                          Row{sheet_text(50), 20'705, Code::grant_invalid}, Row{good, 20'699, Code::clock_skew},
                          Row{good, 20'715, Code::grant_expired}}) {
    CAPTURE(row.text.substr(0, 20), row.day);
    const tests::TempDir folder;
    const auto report = service::provision_by_grant(folder.path(), base::view_of(row.text), row.day * day_ms);
    REQUIRE_FALSE(report);
    CHECK(report.error().code == row.code);
    CHECK(terminal::load_identity(folder.path()).error().code == Code::not_provisioned);
  }
}

TEST_CASE("A code, a phone and a PIN are sent to no hub in clear, and nothing is made on the machine") {
  REQUIRE(crypto::start());
  struct Row {
    const char* url;
    Code code;
  };
  // Port 1 answers nobody: unreachable says that it was taken for a hub.
  for (const auto& row :
       {Row{"http://127.0.0.1:1", Code::hub_unreachable}, Row{"http://127.0.0.1:1/", Code::hub_unreachable},
        Row{"http://[::1]:1", Code::hub_unreachable}, Row{"https://127.0.0.1:1", Code::hub_unreachable},
        Row{"http://hub.example", Code::bad_input}, Row{"http://192.168.1.10:8460", Code::bad_input},
        Row{"http://[fd00::5]:8460", Code::bad_input}, Row{"http://localhost.evil.example", Code::bad_input},
        Row{"http://127.0.0.1:1@127.0.0.2:1", Code::bad_input}, Row{"http://[::1]@127.0.0.2:1", Code::bad_input},
        Row{"https://hub.example@127.0.0.1:1", Code::bad_input}, Row{"ftp://127.0.0.1:1", Code::bad_input},
        Row{"127.0.0.1:1", Code::bad_input}, Row{"", Code::bad_input}}) {
    CAPTURE(row.url);
    const tests::TempDir folder;
    const auto report = service::provision(folder / "terminal", {}, row.url, "7K3QX-9MZ2D", {"13800002917", "825917"});
    REQUIRE_FALSE(report);
    CHECK(report.error().code == row.code);
    CHECK(std::filesystem::exists(folder / "terminal") == (row.code != Code::bad_input));
    CHECK(base::describe(report.error()).find("13800002917") == std::string::npos);
  }
}

TEST_CASE("A sheet whose URL was changed to one without encryption is refused before anything is written") {
  REQUIRE(crypto::start());
  for (const auto* const url : {"http://hub.example", "http://10.0.0.5:8460", "https://hub.example@far.example", ""}) {
    CAPTURE(url);
    const tests::TempDir folder;
    const auto report = service::provision_by_grant(folder.path(), base::view_of(sheet_text(2, url)), 20'705 * day_ms);
    REQUIRE_FALSE(report);
    CHECK(report.error().code == Code::grant_invalid);
    CHECK(std::filesystem::is_empty(folder.path()));
  }
}
