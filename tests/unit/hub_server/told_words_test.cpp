// SPDX-License-Identifier: Apache-2.0
// What operators read besides figures: what a signal means, that somebody's coupons wait, whose PIN is cheap to guess.
// The hub's own answers through its door for operators, printed as the commands print them.
#include "sync/base/file.h"
#include "sync/http/server.h"
#include "sync/hub/server/admin_api.h"
#include "sync/hub/server/check_keeper.h"
#include "sync/hub/server/commands.h"
#include "tests/support/paths.h"
#include "tests/support/pretend_brand.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>
#include <unistd.h>

using namespace millpond;
using nlohmann::json;

namespace {

constexpr std::int64_t hour_ms = 3'600'000;

// The commands' words go by the environment.
struct Speaking {
  explicit Speaking(const char* language) { ::setenv("LC_ALL", language, 1); }
  ~Speaking() { ::unsetenv("LC_ALL"); }
  Speaking(const Speaking&) = delete;
  Speaking& operator=(const Speaking&) = delete;
};

// A hub's door for operators, behind which anything may answer.
struct Door {
  tests::TempDir dir;
  hub::HubFolder folder{dir / "hub"};
  std::unique_ptr<http::Server> server;

  explicit Door(http::Handler handler) {
    REQUIRE(crypto::start());
    REQUIRE(hub::init_hub(folder, "Tea"));
    auto started = http::Server::start({.unix_path = folder.admin_socket()}, std::move(handler));
    REQUIRE(started);
    server = std::move(started).value();
  }
  template <class Command>
  [[nodiscard]] std::string told(Command command) const {
    std::ostringstream out;
    const auto done = command(folder, hub::Output::people, out);
    if (!done) FAIL(base::describe(done.error()));
    return out.str();
  }
};

struct Office {
  tests::PretendBrand brand;
  hub::AdminApi api{*brand.core, brand.clock, "Tea", [] {}};
  Door door{[this](const http::Request& request) { return api.answer(request); }};
};

std::string file_text(const std::filesystem::path& file) {
  const auto bytes = base::read_file(file);
  REQUIRE(bytes);
  return std::string{base::text_of(*bytes)};
}

// What goes to standard error while this lives: the hub's log writes to the descriptor itself.
class Log {
 public:
  explicit Log(const std::filesystem::path& file) : file_{file}, before_{::dup(2)} {
    REQUIRE(::freopen(file.c_str(), "w", stderr) != nullptr);
  }
  ~Log() { restore(); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  [[nodiscard]] std::string text() {
    restore();
    return file_text(file_);
  }

 private:
  void restore() {
    if (before_ < 0) return;
    std::fflush(stderr);
    ::dup2(before_, 2);
    ::close(before_);
    before_ = -1;
  }
  std::filesystem::path file_;
  int before_;
};

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("Whoever reads signals is told what each of them means and what to look at, in both languages") {
  const auto page = file_text(tests::source_dir() / "docs/threat-model.md");
  constexpr std::string_view begins = "signal.";
  constexpr std::string_view ends = ".says";
  for (const auto& [file, language] : {std::pair{"en.json", "en_GB.UTF-8"}, std::pair{"zh-CN.json", "zh_CN.UTF-8"}}) {
    const Speaking speaking{language};
    const auto texts = json::parse(*base::read_file(tests::source_dir() / "assets/strings" / file));
    std::vector<std::string> names;
    auto list = json::array();
    for (const auto& [key, _] : texts.items()) {
      if (!key.starts_with(begins) || !key.ends_with(ends)) continue;
      names.push_back(key.substr(begins.size(), key.size() - begins.size() - ends.size()));
      list.push_back({{"at", "2026-11-21T02:42:00.000Z"}, {"terminal", 7}, {"signal", names.back()}});
    }
    CHECK(names.size() == static_cast<std::size_t>(model::Signal::programme_old));
    const Door door{[&](const http::Request& request) {
      CHECK(request.path() == "/signals");
      return http::json_response(200, json{{"signals", list}}.dump());
    }};
    const auto told = door.told(hub::show_signals);
    for (const auto& name : names) {
      CAPTURE(name, told);
      const auto says = texts.at("signal." + name + ".says").get<std::string>();
      const auto look = texts.at("signal." + name + ".look").get<std::string>();
      CHECK(contains(told, "\n" + name + "\n  " + says + "\n  " + look + "\n"));
      CHECK(contains(page, "`" + name + "`"));
    }
  }
}

TEST_CASE("A signal that a terminal's facts raise is told with its words, once however often it stands there") {
  Office office;
  auto terminal = office.brand.provision();
  terminal.begin_epoch();
  for (int i = 0; i < 2; ++i) terminal.add(model::StaffChecked{{4}, model::StaffCheck::locked});
  REQUIRE(office.brand.up(terminal.all()).status == wire::UpStatus::accepted);
  REQUIRE(office.brand.core->project());
  const Speaking speaking{"en_GB.UTF-8"};
  const auto told = office.door.told(hub::show_signals);
  CAPTURE(told);
  CHECK(contains(told, "A PIN was locked after wrong tries."));
  CHECK(told.find("A PIN was locked") == told.rfind("A PIN was locked"));
  CHECK_FALSE(contains(told, "member_twice"));
}

TEST_CASE("Coupons that wait for a terminal which was silent for 72 hours are named to operators and in the log") {
  Office office;
  auto terminal = office.brand.provision();
  terminal.begin_epoch();
  terminal.enrol({9}, {1});
  const auto sale = terminal.sell({9}, "a", 5'000, 50);
  terminal.issue({1}, {9}, 1, sale);
  REQUIRE(office.brand.up(terminal.all()).status == wire::UpStatus::accepted);
  REQUIRE(office.brand.core->project());
  const auto line = "rights break --terminal " + std::to_string(terminal.id().value);
  const auto logged = [&] {
    Log log{office.door.dir / "log"};
    {
      const auto before_ms = office.brand.core->last_check() ? office.brand.core->last_check()->at_ms : 0;
      office.brand.clock.advance_ms(1);
      hub::CheckKeeper keeper{*office.brand.core, office.brand.clock, 3};
      keeper.look();
      while (!office.brand.core->last_check() || office.brand.core->last_check()->at_ms == before_ms) ::usleep(5'000);
    }  // its end waits for what it still says
    return log.text();
  };
  office.brand.clock.advance_ms(71 * hour_ms);
  CHECK_FALSE(contains(office.door.told(hub::list_rights), line));
  CHECK_FALSE(contains(logged(), "rights_wait"));
  office.brand.clock.advance_ms(hour_ms);
  CHECK(contains(office.door.told(hub::list_rights), line));
  const auto told = logged();
  CAPTURE(told);
  CHECK(
      contains(told, R"("event":"rights_wait","terminal":)" + std::to_string(terminal.id().value) + R"(,"coupons":1)"));
}

TEST_CASE("Whose PIN is cheaper to guess than new ones is named, and nobody where none is") {
  Office office;
  office.brand.core->set_people({.pin_cost = crypto::PinCost{1, 8U << 10}});
  const auto first = office.brand.core->add_staff({1}, model::Role::cashier, "825917");
  const auto gone = office.brand.core->add_staff({1}, model::Role::cashier, "740526");
  REQUIRE((first && gone));
  REQUIRE(office.brand.core->disable_staff(gone->staff));
  CHECK_FALSE(contains(office.door.told(hub::list_staff), "reset-pin"));
  office.brand.core->set_people({.pin_cost = crypto::PinCost{2, 8U << 10}});
  const auto second = office.brand.core->add_staff({1}, model::Role::manager, "6420917");
  REQUIRE(second);
  const auto told = office.door.told(hub::list_staff);
  CAPTURE(told);
  CHECK(contains(told, "staff reset-pin: " + std::to_string(first->staff.value) + "\n"));
  REQUIRE(office.brand.core->reset_pin(first->staff, "825917"));
  CHECK_FALSE(contains(office.door.told(hub::list_staff), "reset-pin"));
}
