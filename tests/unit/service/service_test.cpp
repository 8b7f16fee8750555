// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/service.h"

#include "kiosk/link/link.h"
#include "tests/unit/terminal/shop.h"

#include <grp.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

using namespace millpond;

namespace {

// A provisioned service whose hub is out of reach.
struct Bench {
  tests::TempDir folder;
  tests::Brand brand;
  std::unique_ptr<service::Service> service;

  Bench() {
    const auto key = terminal::load_or_make_key(folder.path());
    REQUIRE(key);
    REQUIRE(terminal::save_identity(folder.path(), "http://127.0.0.1:1", brand.provision(key->public_key(), 1)));
    service::Settings settings;
    settings.gateway_port = 0;
    settings.printer = service::PrinterKind::none;
    service = std::make_unique<service::Service>(folder.path(), settings, base::system_clock());
    REQUIRE(service->start());
  }
  [[nodiscard]] base::Result<std::string> ask(const std::string& method, const nlohmann::json& params) const {
    const auto client = link::Client::connect(folder / "terminal.sock");
    REQUIRE(client);
    return (*client)->ask(method, params.dump(), 30'000);
  }
  [[nodiscard]] std::string code_of(const std::string& method, const nlohmann::json& params) const {
    const auto answer = ask(method, params);
    return answer ? "answered" : std::string{base::code_name(answer.error().code)};
  }
};

}  // namespace

TEST_CASE("A service that cannot open its link goes down with everything that works in its shop") {
  tests::TempDir folder;
  const tests::Brand brand;
  const auto key = terminal::load_or_make_key(folder.path());
  REQUIRE(key);
  REQUIRE(terminal::save_identity(folder.path(), "http://127.0.0.1:1", brand.provision(key->public_key(), 1)));
  std::filesystem::create_directories(folder / "terminal.sock" / "in the way");
  service::Settings settings;
  settings.gateway_port = 0;
  settings.printer = service::PrinterKind::none;
  for (int i = 0; i < 20; ++i) {  // the shop is open by then, and what was kept for baskets is being looked through
    service::Service service{folder.path(), settings, base::system_clock()};
    CHECK_FALSE(service.start());
  }
}

TEST_CASE("A group of the settings may attach screens, and one that does not exist stops the service by name") {
  const auto* own = ::getgrgid(::getegid());
  if (own == nullptr) SKIP("this machine knows no name for our own group");
  struct Row {
    std::string group;
    mode_t mode;
  };
  for (const auto& row : {Row{"", 0600}, Row{own->gr_name, 0660}}) {
    CAPTURE(row.group);
    tests::TempDir folder;
    service::Settings settings;
    settings.group = row.group;
    service::Service service{folder.path(), settings, base::system_clock()};
    REQUIRE(service.start());
    struct stat socket {};
    REQUIRE(::stat((folder / "terminal.sock").c_str(), &socket) == 0);
    CHECK((socket.st_mode & 0777) == row.mode);
    CHECK(socket.st_gid == ::getegid());
    CHECK(link::Client::connect(folder / "terminal.sock"));
  }
  tests::TempDir folder;
  service::Settings settings;
  settings.group = "no-such-group";
  service::Service service{folder.path(), settings, base::system_clock()};
  const auto started = service.start();
  REQUIRE_FALSE(started);
  CHECK(started.error().code == base::Code::config_invalid);
  CHECK(started.error().detail.find("no-such-group") != std::string::npos);
}

TEST_CASE("The service copies its journal and says where, or why not") {
  Bench bench;
  const auto target = (bench.folder / "copy.db").string();
  const auto answer = bench.ask("journal_copy", {{"target", target}});
  REQUIRE(answer);
  CHECK(nlohmann::json::parse(*answer) == nlohmann::json{{"copy", target}});
  CHECK(std::filesystem::exists(target));
  CHECK(bench.code_of("journal_copy", {{"target", target}}) == "already_exists");
  CHECK(bench.code_of("journal_copy", {{"target", "copy.db"}}) == "bad_input");
  CHECK(bench.code_of("journal_copy", nlohmann::json::object()) == "bad_input");
  CHECK(bench.code_of("journal_copies", nlohmann::json::object()) == "unsupported");
}

TEST_CASE("A person may have a hub that refused asked once more, and the doctor says how the line is") {
  Bench bench;
  const auto answer = bench.ask("sync_resume", nlohmann::json::object());
  REQUIRE(answer);
  CHECK(nlohmann::json::parse(*answer).contains("line"));
  const auto doctor = bench.ask("doctor", nlohmann::json::object());
  REQUIRE(doctor);
  const auto checks = nlohmann::json::parse(*doctor).at("checks");
  const auto hub = std::ranges::find_if(checks, [](const auto& check) { return check.at("name") == "hub"; });
  REQUIRE(hub != checks.end());
  CHECK(hub->at("ok") == false);
  CHECK((hub->at("line") == "offline" || hub->at("line") == "unknown"));
}

TEST_CASE("The doctor warns where the key of personal data lies on the disk as a plain file") {
  Bench bench;
  const auto answer = bench.ask("doctor", nlohmann::json::object());
  REQUIRE(answer);
  const auto checks = nlohmann::json::parse(*answer).at("checks");
  const auto key = std::ranges::find_if(checks, [](const auto& check) { return check.at("name") == "root_key"; });
  REQUIRE(key != checks.end());
  CHECK(key->at("found") == "plain_file");
  CHECK(key->at("ok") == true);
  CHECK(key->at("warning") == true);
  const auto disk = std::ranges::find_if(checks, [](const auto& check) { return check.at("name") == "disk"; });
  REQUIRE(disk != checks.end());
  CHECK(disk->at("ok") == true);
  CHECK(disk->value("warning", false) == (disk->at("found") == "not_encrypted"));
}

TEST_CASE("The doctor names the clock among what it checks") {
  Bench bench;
  const auto answer = bench.ask("doctor", nlohmann::json::object());
  REQUIRE(answer);
  const auto checks = nlohmann::json::parse(*answer).at("checks");
  const auto clock = std::ranges::find_if(checks, [](const auto& check) { return check.at("name") == "clock"; });
  REQUIRE(clock != checks.end());
  const bool right = bench.service->shop()->time().now().source == store::HubTime::Source::machine;
  CHECK(clock->at("ok") == right);
  CHECK(clock->at("found") == (right ? "right" : "unknown"));
}
