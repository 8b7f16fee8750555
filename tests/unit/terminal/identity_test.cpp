// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/identity.h"

#include "sync/base/file.h"
#include "tests/unit/terminal/shop.h"

#include <sys/stat.h>

using namespace millpond;
using base::Code;

namespace {

struct Machine {
  tests::TempDir folder;
  tests::Brand brand;
  crypto::PublicKey key{};
  Machine() {
    const auto made = terminal::load_or_make_key(folder.path());
    REQUIRE(made);
    key = made->public_key();
  }
  [[nodiscard]] base::Result<> save(const wire::ProvisionAnswer& answer) const {
    return terminal::save_identity(folder.path(), "https://hub.example", answer);
  }
  [[nodiscard]] Code refusal() const {
    const auto identity = terminal::load_identity(folder.path());
    REQUIRE_FALSE(identity);
    return identity.error().code;
  }
  void write(const std::string& name, std::string_view text) const {
    REQUIRE(base::write_file(folder / name, base::view_of(text), base::Privacy::owner));
  }
};

}  // namespace

TEST_CASE("A machine without provisioning says so", "[identity]") {
  const tests::TempDir folder;
  const auto identity = terminal::load_identity(folder.path());
  REQUIRE_FALSE(identity);
  CHECK(identity.error().code == Code::not_provisioned);
  const auto nowhere = terminal::load_identity(folder / "missing");
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().code == Code::not_provisioned);
}

TEST_CASE("The machine's key is made once, in a folder of its own", "[identity]") {
  const tests::TempDir folder;
  const auto first = terminal::load_or_make_key(folder / "a");
  const auto second = terminal::load_or_make_key(folder / "a");
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->public_key() == second->public_key());
  struct stat status {};
  REQUIRE(::stat((folder / "a").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0700U);
}

TEST_CASE("A saved identity is loaded with everything in it, and its file is the owner's alone", "[identity]") {
  const Machine machine;
  REQUIRE(machine.save(machine.brand.provision(machine.key, 5)));
  const auto identity = terminal::load_identity(machine.folder.path());
  REQUIRE(identity);
  CHECK(identity->hub_url == "https://hub.example");
  CHECK(identity->root == machine.brand.root.public_key());
  CHECK(identity->brand == machine.brand.id);
  CHECK(identity->hub_key == machine.brand.hub_key);
  CHECK(identity->certificate.terminal == base::TerminalId{5});
  CHECK(identity->certificate.store == base::StoreId{15});
  CHECK(identity->certificate_bytes.size() == wire::certificate_bytes);
  CHECK(identity->key.public_key() == machine.key);
  struct stat status {};
  REQUIRE(::stat((machine.folder / "identity.json").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600U);
}

TEST_CASE("An identity is renewed for its own terminal and never replaced by another's", "[identity]") {
  const Machine machine;
  REQUIRE(machine.save(machine.brand.provision(machine.key, 5)));
  CHECK(machine.save(machine.brand.provision(machine.key, 5)));
  const auto other_terminal = machine.save(machine.brand.provision(machine.key, 6));
  REQUIRE_FALSE(other_terminal);
  CHECK(other_terminal.error().code == Code::config_invalid);
  const tests::Brand rival;
  const auto other_brand = machine.save(rival.provision(machine.key, 5));
  REQUIRE_FALSE(other_brand);
  CHECK(other_brand.error().code == Code::config_invalid);
}

TEST_CASE("An answer that does not hold is not saved", "[identity]") {
  const Machine machine;
  const tests::Brand rival;
  const auto good = machine.brand.provision(machine.key, 5);
  const auto refused = [&](const wire::ProvisionAnswer& answer) {
    const auto saved = machine.save(answer);
    REQUIRE_FALSE(saved);
    CHECK(machine.refusal() == Code::not_provisioned);
  };
  auto foreign_root = good;
  foreign_root.root = rival.root.public_key();
  refused(foreign_root);
  auto foreign_hub = good;
  foreign_hub.hub_key = wire::vouch_hub_key(rival.hub_key, rival.root);
  refused(foreign_hub);
  auto cut = good;
  cut.certificate.pop_back();
  refused(cut);
  refused(machine.brand.provision(crypto::SigningKey::generate().public_key(), 5));
}

TEST_CASE("Files that do not fit each other are refused by name", "[identity]") {
  const Machine machine;
  REQUIRE(machine.save(machine.brand.provision(machine.key, 5)));
  const auto text = base::read_file(machine.folder / "identity.json");
  REQUIRE(text);
  const std::string good{base::text_of(*text)};
  auto newer = good;
  newer.replace(newer.find("\"version\": 1"), 12, "\"version\": 9");
  auto bent = good;
  const auto at = bent.find("\"certificate\": \"") + 16;
  bent[at] = bent[at] == '0' ? '1' : '0';
  for (const auto& damaged : {std::string{}, std::string{"{}"}, good.substr(0, good.size() / 2), newer, bent}) {
    machine.write("identity.json", damaged);
    CHECK(machine.refusal() == Code::certificate_invalid);
  }

  machine.write("identity.json", good);
  REQUIRE(terminal::load_identity(machine.folder.path()));
  machine.write("terminal.key", std::string(32, 'k'));
  CHECK(machine.refusal() == Code::certificate_invalid);
  machine.write("terminal.key", "short");
  CHECK(machine.refusal() == Code::key_unusable);
  std::filesystem::remove(machine.folder / "terminal.key");
  CHECK(machine.refusal() == Code::certificate_invalid);
}

TEST_CASE("A renewal takes the certificate's place, under another hub key too, and a forged one changes nothing",
          "[identity]") {
  const Machine machine;
  REQUIRE(machine.save(machine.brand.provision(machine.key, 5)));
  const auto before = terminal::load_identity(machine.folder.path());
  const auto second = crypto::SigningKey::generate();
  const wire::HubKey key{2, second.public_key(), machine.brand.opening.public_key()};
  auto next = before->certificate;
  next.hub_key = 2;
  next.first_day = 20'760;
  next.last_day = 20'850;
  next.serial = 9;
  const wire::RenewAnswer answer{wire::vouch_hub_key(key, machine.brand.root),
                                 wire::issue_certificate(next, second, machine.brand.id)};
  auto forged = answer;
  forged.hub_key = wire::vouch_hub_key(key, second);
  CHECK(terminal::renew_identity(machine.folder.path(), forged).error().code == Code::certificate_invalid);
  CHECK(terminal::load_identity(machine.folder.path())->certificate == before->certificate);

  REQUIRE(terminal::renew_identity(machine.folder.path(), answer));
  const auto after = terminal::load_identity(machine.folder.path());
  REQUIRE(after);
  CHECK(after->certificate == next);
  CHECK(after->hub_key == key);
  CHECK(after->last_day.get() == 20'850);
  CHECK(after->hub_key_bytes == answer.hub_key);

  REQUIRE(terminal::move_identity(machine.folder.path(), "https://new.example"));
  CHECK(terminal::load_identity(machine.folder.path())->hub_url == "https://new.example");
  CHECK(terminal::load_identity(machine.folder.path())->certificate == next);
  CHECK(terminal::move_identity(machine.folder / "nowhere", "https://x").error().code == Code::not_provisioned);
}

TEST_CASE("A machine with an offline grant is a terminal at once, for the days of the grant, and bound to its own key",
          "[identity]") {
  const tests::TempDir folder;
  const tests::Brand brand;
  wire::GrantSheet sheet;
  sheet.seed.fill(7);
  const auto on_paper = crypto::SigningKey::from_seed(sheet.seed);
  wire::Grant grant;
  grant.hub_key = 1;
  grant.terminal = {9};
  grant.store = {4};
  grant.key = on_paper.public_key();
  grant.first_day = 20'700;
  grant.last_day = 20'714;
  grant.serial = 5;
  sheet.root = brand.root.public_key();
  sheet.hub_key = wire::vouch_hub_key(brand.hub_key, brand.root);
  sheet.grant = wire::issue_grant(grant, brand.hub, brand.id);
  sheet.hub_url = "https://hub.example";
  const auto checked = wire::check_sheet(sheet);
  REQUIRE(checked);
  CHECK(terminal::save_granted(folder.path(), sheet, *checked, 20'699).error().code == Code::clock_skew);
  CHECK(terminal::save_granted(folder.path(), sheet, *checked, 20'715).error().code == Code::grant_expired);
  REQUIRE(terminal::save_granted(folder.path(), sheet, *checked, 20'714));
  const auto identity = terminal::load_identity(folder.path());
  REQUIRE(identity);
  CHECK(identity->certificate.terminal == base::TerminalId{9});
  CHECK(identity->certificate.store == base::StoreId{4});
  CHECK(identity->certificate.key == identity->key.public_key());
  CHECK(identity->last_day.get() == 20'714);
  REQUIRE(identity->unbound);
  CHECK(wire::binding_holds(grant, brand.id, identity->key.public_key(), identity->unbound->binding));
  CHECK(terminal::save_granted(folder.path(), sheet, *checked, 20'714).error().code == Code::config_invalid);
  // The seed of the sheet is nowhere on the disk.
  const auto content = base::read_file(folder / "identity.json");
  REQUIRE(content);
  CHECK(base::text_of(*content).find(base::to_hex(sheet.seed)) == std::string_view::npos);

  // The hub took it: a certificate is in its place.
  auto answer = brand.provision(identity->key.public_key(), 9);
  REQUIRE(terminal::save_identity(folder.path(), "https://hub.example", answer));
  const auto bound = terminal::load_identity(folder.path());
  REQUIRE(bound);
  CHECK_FALSE(bound->unbound);
}

TEST_CASE("An identity whose hub would be spoken to in clear is neither saved, moved nor loaded", "[identity]") {
  const Machine machine;
  const auto answer = machine.brand.provision(machine.key, 5);
  const auto folder = machine.folder.path();
  for (const auto* const url : {"http://127.0.0.1:8460", "http://[::1]:8460", "https://hub.example:8443"}) {
    REQUIRE(terminal::save_identity(folder, url, answer));
    CHECK(terminal::load_identity(folder)->hub_url == url);
  }
  REQUIRE(machine.save(answer));
  const auto stored = base::read_file(machine.folder / "identity.json");
  REQUIRE(stored);
  const std::string good = "https://hub.example";
  for (const auto* const url : {"http://hub.example", "http://10.0.0.5:8460", "http://localhost.evil.example",
                                "https://hub.example@far.example", ""}) {
    CAPTURE(url);
    CHECK(terminal::save_identity(folder, url, answer).error().code == Code::config_invalid);
    CHECK(terminal::move_identity(folder, url).error().code == Code::config_invalid);
    CHECK(terminal::load_identity(folder)->hub_url == good);
    std::string edited{base::text_of(*stored)};
    edited.replace(edited.find(good), good.size(), url);
    machine.write("identity.json", edited);
    CHECK(machine.refusal() == Code::config_invalid);
    // Nobody else's terminal takes its place, and the hub's own new address mends it.
    CHECK(terminal::save_identity(folder, good, machine.brand.provision(machine.key, 6)).error().code ==
          Code::config_invalid);
    REQUIRE(terminal::move_identity(folder, good));
    CHECK(terminal::load_identity(folder)->hub_url == good);
  }
}
