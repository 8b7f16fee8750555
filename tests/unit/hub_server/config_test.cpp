// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/config.h"
#include "sync/base/file.h"
#include "tests/support/settings_page.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

TEST_CASE("Settings are read, and a wrong one is named with its line") {
  struct Row {
    std::string text;
    base::Code code;
    std::string names;  // empty: accepted
  };
  const Row rows[] = {
      {"", base::Code::internal, ""},
      {"[listen]\nport = 1234\nworkers = 2\n", base::Code::internal, ""},
      {"[listen]\nprot = 1234\n", base::Code::config_unknown_key, "line 2: listen.prot"},
      {"prot = 1\n", base::Code::config_unknown_key, "line 1: prot"},
      {"[lissten]\nport = 1\n", base::Code::config_unknown_key, "line 2: lissten.port"},
      {"[listen]\nport = 70000\n", base::Code::config_invalid,
       "line 2: listen.port must be a whole number from 0 to 65535"},
      {"[listen]\nport = \"80\"\n", base::Code::config_invalid, "line 2: listen.port"},
      {"[limits]\npoints_pool_max = 0\npoints_terminal_max = 9000\n", {}, ""},
      {"[limits]\npoints_member_max = 0\n", {}, ""},
      {"[limits]\npoints_terminal_max = -1\n", base::Code::config_invalid, "line 2: limits.points_terminal_max"},
      {"[limits]\npoints_pool_max = 400\npoints_terminal_max = 401\n", base::Code::config_invalid,
       "limits.points_terminal_max is more than limits.points_pool_max"},
      {"[limits]\npoints_member_max = 5001\n", base::Code::config_invalid,
       "limits.points_member_max is more than limits.points_terminal_max"},
      {"[limits]\n\nrequests_per_s = 0\n", base::Code::config_invalid, "line 3: limits.requests_per_s"},
      {"[people]\nphone_scope = \"everywhere\"\n", base::Code::config_invalid, "people.phone_scope"},
      {"[people]\npin_passes = 0\n", {}, ""},
      {"[people]\npin_passes = 16\n", {}, ""},
      {"[people]\npin_passes = 2\n", base::Code::config_invalid,
       "people.pin_passes must be 0, or a whole number from 3"},
      {"[people]\npin_passes = 17\n", base::Code::config_invalid, "people.pin_passes"},
      {"[people]\nregions = { 1 = 2, 14 = 3 }\n", {}, ""},
      {"[people]\nregions = { one = 2 }\n", base::Code::config_invalid, "people.regions"},
      {"[notices.erp]\nprovider = \"erpnext\"\nsecrets = [\"erp.key\"]\nstores = { a = 1 }\n", {}, ""},
      {"[notices.wx]\nprovider = \"wechat_pay\"\nkeys = [{ file = \"a.pem\" }]\nsecrets = [\"k\"]\nwait_s = 5\n",
       {},
       ""},
      {"[notices.WX]\nprovider = \"alipay\"\n", base::Code::config_invalid, "notices may be named by a-z"},
      {"[notices.wx]\nprovider = \"paypal\"\n", base::Code::config_invalid, "notices.wx needs a provider"},
      {"[notices.wx]\nprovider = \"alipay\"\n", base::Code::config_invalid, "notices.wx needs keys"},
      {"[notices.erp]\nprovider = \"erpnext\"\n", base::Code::config_invalid, "notices.erp needs secrets"},
      {"[notices.erp]\nmerchnt = \"x\"\n", base::Code::config_invalid, "has no setting \"merchnt\""},
      {"[notices.erp]\nwait_s = -1\n", base::Code::config_invalid, "has a \"wait_s\" that is not"},
      {"[notices.erp]\nkeys = [{ files = \"a\" }]\n", base::Code::config_invalid, "has a \"keys\" that is not"},
      {"notices = 3\n", base::Code::config_invalid, "notices must be tables"},
      {"brand_name = 7\n", base::Code::config_invalid, "line 1: brand_name must be a text"},
      {"[listen\n", base::Code::config_invalid, "line 1"},
      {"[listen]\n[listen.port]\nx = 1\n", base::Code::config_invalid, "listen.port"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const tests::TempDir dir;
    const auto file = dir / "hub.toml";
    REQUIRE(base::write_file(file, base::view_of(row.text)));
    const auto config = hub::load_config(file);
    REQUIRE(config.has_value() == row.names.empty());
    if (config) continue;
    CHECK(config.error().code == row.code);
    CHECK(config.error().detail.find(row.names) != std::string::npos);
    CHECK(config.error().hint == file.string());
  }
}

TEST_CASE("A new hub.toml says the defaults and keeps any brand name") {
  const tests::TempDir dir;
  const auto file = dir / "hub.toml";
  for (const std::string name : {"", "灯笼茶铺", "A \"quoted\" 'name'\\"}) {
    CAPTURE(name);
    REQUIRE(base::write_file(file, base::view_of(hub::initial_config(name))));
    const auto config = hub::load_config(file);
    REQUIRE(config);
    CHECK(config->brand_name == name);
    CHECK(config->port == hub::HubConfig{}.port);
  }
  CHECK(hub::load_config(dir / "absent.toml")->port == hub::HubConfig{}.port);
}

TEST_CASE("docs/settings.md has every key of hub.toml, once, with the default that holds") {
  const tests::SettingsPage page{"hub.toml"};
  auto keys = hub::config_keys();
  std::erase(keys, "notices");  // docs/notices.md has those
  CHECK(page.keys() == keys);
  const auto defaults = hub::parse_config(page.defaults(), "docs/settings.md");
  if (!defaults) FAIL(base::describe(defaults.error()));
  CHECK(*defaults == hub::HubConfig{});
}
