// SPDX-License-Identifier: Apache-2.0
// What the real programs say on a bad day: to a person what happened and what to do next, to a program a stable code.
#include "hardware/image/image.h"
#include "sync/base/file.h"
#include "tests/demo/process.h"
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"

#include <arpa/inet.h>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace millpond {
namespace {

using demo::Finished;
using demo::Process;

std::string program(const std::string& name) { return (tests::bin_dir() / name).string(); }

// A sentence for people and, in brackets, the code for programs.
void check_tells(const Finished& finished, const std::string& code) {
  INFO(finished.errors);
  CHECK(finished.status == 1);
  CHECK(finished.errors.find("[" + code) != std::string::npos);
  CHECK(finished.errors.find(code) > 20);
}

void settings(const tests::TempDir& folder, std::string_view content) {
  REQUIRE(base::write_file(folder / "terminal.toml", base::view_of(content)));
}

bool wait_for(const std::function<bool()>& holds) {
  for (int i = 0; i < 400; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{25});
  }
  return false;
}

// A listener on a free port of 127.0.0.1 that answers everything with the same bytes.
class Impostor {
 public:
  explicit Impostor(std::string answer)
      : answer_{std::move(answer)}, socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(socket_, 8) == 0);
    REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { serve(); }};
  }
  ~Impostor() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  Impostor(const Impostor&) = delete;
  Impostor& operator=(const Impostor&) = delete;
  [[nodiscard]] std::string port() const { return std::to_string(port_); }

 private:
  void serve() {
    for (int client = ::accept(socket_, nullptr, nullptr); client >= 0; client = ::accept(socket_, nullptr, nullptr)) {
      char buffer[4096];
      if (::recv(client, buffer, sizeof buffer, 0) > 0) ::send(client, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      ::close(client);
    }
  }
  const std::string answer_;
  const int socket_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

std::string html(int status) {
  const std::string body = "<html><title>Welcome to Free Wi-Fi</title></html>";
  return "HTTP/1.1 " + std::to_string(status) +
         " OK\r\nContent-Type: text/html\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n" + body;
}

TEST_CASE("A misspelt setting stops the service and is named with its line") {
  const tests::TempDir folder;
  settings(folder, "[gateway]\nprot = 8461\n");
  const auto finished = demo::run({program("millpond-terminal"), "--dir", folder.path().string()});
  check_tells(finished, "config_unknown_key");
  CHECK(finished.errors.find("line 2: gateway.prot") != std::string::npos);
}

TEST_CASE("Of two services on one folder the second goes") {
  const tests::TempDir folder;
  settings(folder, "[gateway]\nport = 0\n");
  Process first{{program("millpond-terminal"), "--dir", folder.path().string()}, folder / "log"};
  REQUIRE(wait_for([&] { return std::filesystem::exists(folder / "terminal.sock"); }));
  check_tells(demo::run({program("millpond-terminal"), "--dir", folder.path().string()}), "already_running");
  CHECK(first.running());
  CHECK(first.stop() == 0);
}

TEST_CASE("The command line says when no service runs, and that a machine is no terminal yet") {
  const tests::TempDir folder;
  check_tells(demo::run({program("millpond"), "--dir", folder.path().string(), "status"}), "not_running");
  check_tells(demo::run({program("millpond"), "--dir", folder.path().string(), "journal"}), "not_provisioned");
}

TEST_CASE("The doctor of a machine that is no terminal says how to make it one") {
  const tests::TempDir folder;
  settings(folder, "[gateway]\nport = 0\n");
  Process service{{program("millpond-terminal"), "--dir", folder.path().string()}, folder / "log"};
  REQUIRE(wait_for([&] { return std::filesystem::exists(folder / "terminal.sock"); }));
  const auto finished = demo::run({program("millpond"), "--dir", folder.path().string(), "doctor"});
  CHECK(finished.status == 1);
  CHECK(finished.output.find("millpond provision --hub") != std::string::npos);
  CHECK(service.stop() == 0);
  CHECK(demo::run({program("millpond"), "--dir", folder.path().string(), "doctor"}).status == 2);
}

TEST_CASE("Provisioning tells a dead hub, a captive portal and a mistyped code apart") {
  const tests::TempDir folder;
  settings(folder, "[gateway]\nport = 0\n");
  Process service{{program("millpond-terminal"), "--dir", folder.path().string()}, folder / "log"};
  REQUIRE(wait_for([&] { return std::filesystem::exists(folder / "terminal.sock"); }));
  const auto provision = [&](const std::string& port, const std::string& code) {
    return demo::run({program("millpond"), "--dir", folder.path().string(), "provision", "--hub",
                      "http://127.0.0.1:" + port, "--code", code});
  };
  std::string dead_port;
  {
    const Impostor closed{"x"};
    dead_port = closed.port();
  }
  check_tells(provision(dead_port, "ABCDE-FGHJK"), "hub_unreachable");
  const Impostor portal{html(200)};
  check_tells(provision(portal.port(), "ABCDE-FGHJK"), "hub_not_a_hub");
  const Impostor angry{html(500)};
  check_tells(provision(angry.port(), "ABCDE-FGHJK"), "hub_not_a_hub");
  check_tells(provision(portal.port(), "short"), "provision_code_invalid");
  CHECK(service.stop() == 0);
}

TEST_CASE("A hub on a taken port and a second hub on one folder say so") {
  const tests::TempDir folder;
  REQUIRE(demo::run({program("millpond-hub"), "init", "--dir", (folder / "hub").string()}).status == 0);
  const Impostor squatter{"x"};
  check_tells(
      demo::run({program("millpond-hub"), "serve", "--dir", (folder / "hub").string(), "--port", squatter.port()}),
      "port_taken");
  Process hub{{program("millpond-hub"), "serve", "--dir", (folder / "hub").string(), "--port", "0"}, folder / "log"};
  REQUIRE(wait_for([&] { return std::filesystem::exists(folder / "hub/port"); }));
  check_tells(demo::run({program("millpond-hub"), "serve", "--dir", (folder / "hub").string(), "--port", "0"}),
              "already_running");
  CHECK(hub.stop() == 0);
}

TEST_CASE("A terminal is provisioned once, and says when its tills' port is taken") {
  const tests::TempDir folder;
  const auto hub_folder = (folder / "hub").string();
  REQUIRE(demo::run({program("millpond-hub"), "init", "--dir", hub_folder}).status == 0);
  Process hub{{program("millpond-hub"), "serve", "--dir", hub_folder, "--port", "0"}, folder / "hub.log"};
  REQUIRE(wait_for([&] { return std::filesystem::exists(folder / "hub/port"); }));
  const auto added =
      demo::run({program("millpond-hub"), "terminal", "add", "--store", "1", "--dir", hub_folder, "--json"});
  REQUIRE(added.status == 0);
  const auto port = base::read_file(folder / "hub/port");
  REQUIRE(port);
  const auto text = base::text_of(*port);
  const std::vector<std::string> provision{program("millpond"),
                                           "--dir",
                                           folder.path().string(),
                                           "provision",
                                           "--hub",
                                           "http://127.0.0.1:" + std::string{text.substr(0, text.find('\n'))},
                                           "--code",
                                           nlohmann::json::parse(added.output).at("code").get<std::string>()};
  settings(folder, "[gateway]\nport = 0\n");
  Process service{{program("millpond-terminal"), "--dir", folder.path().string()}, folder / "log"};
  REQUIRE(wait_for([&] { return std::filesystem::exists(folder / "terminal.sock"); }));
  const auto provisioned = demo::run(provision);
  INFO(provisioned.errors);
  CHECK(provisioned.status == 0);
  check_tells(demo::run(provision), "already_exists");
  CHECK(service.stop() == 0);

  const Impostor squatter{"x"};
  settings(folder, "[gateway]\nport = " + squatter.port() + "\n");
  check_tells(demo::run({program("millpond-terminal"), "--dir", folder.path().string()}), "port_taken");
  CHECK(hub.stop() == 0);
}

TEST_CASE("A hub that was restored from before it knew a terminal, and is mended, gets it back by a word") {
  const tests::TempDir folder;
  const auto hub_folder = folder / "hub";
  const auto operate = [&](std::vector<std::string> words) {
    words.insert(words.begin(), program("millpond-hub"));
    words.insert(words.end(), {"--dir", hub_folder.string()});
    return demo::run(words);
  };
  const auto serve = [&](const std::string& port) {
    std::filesystem::remove(hub_folder / "port");
    Process hub{{program("millpond-hub"), "serve", "--dir", hub_folder.string(), "--port", port}, folder / "hub.log"};
    REQUIRE(wait_for([&] { return std::filesystem::exists(hub_folder / "port"); }));
    return hub;
  };
  const auto ask = [&](const std::string& question, const std::string& what = {}) {
    std::vector<std::string> words{program("millpond"), "--dir", folder.path().string(), question};
    if (!what.empty()) words.push_back(what);
    if (question == "status") words.emplace_back("--json");
    return demo::run(words);
  };
  const auto reaches = [&](const std::string& line, const std::string& reason) {
    return wait_for([&] {
      const auto status = nlohmann::json::parse(ask("status").output);
      return status.value("line", "") == line && status.value("reason", "") == reason;
    });
  };
  REQUIRE(operate({"init"}).status == 0);
  std::filesystem::copy(hub_folder, folder / "backup", std::filesystem::copy_options::recursive);
  auto hub = serve("0");
  const auto said = base::read_file(hub_folder / "port");
  REQUIRE(said);
  const std::string port{base::text_of(*said).substr(0, base::text_of(*said).find('\n'))};
  const auto added = operate({"terminal", "add", "--store", "1", "--json"});
  REQUIRE(added.status == 0);
  settings(folder, "[gateway]\nport = 0\n[printer]\nkind = \"none\"\n[hub]\npoll_ms = 200\n");
  Process service{{program("millpond-terminal"), "--dir", folder.path().string()}, folder / "log"};
  REQUIRE(wait_for([&] { return std::filesystem::exists(folder / "terminal.sock"); }));
  REQUIRE(
      demo::run({program("millpond"), "--dir", folder.path().string(), "provision", "--hub", "http://127.0.0.1:" + port,
                 "--code", nlohmann::json::parse(added.output).at("code").get<std::string>()})
          .status == 0);
  REQUIRE(reaches("online", ""));

  CHECK(hub.stop() == 0);
  std::filesystem::rename(hub_folder, folder / "whole");
  std::filesystem::rename(folder / "backup", hub_folder);
  hub = serve(port);
  CHECK(reaches("stopped", "unauthorized"));
  const auto doctor = ask("doctor");
  CHECK(doctor.status == 1);
  CHECK(doctor.output.find("unauthorized") != std::string::npos);
  CHECK(doctor.output.find("millpond sync resume") != std::string::npos);

  CHECK(hub.stop() == 0);
  std::filesystem::rename(hub_folder, folder / "backup");
  std::filesystem::rename(folder / "whole", hub_folder);
  hub = serve(port);
  CHECK(ask("sync", "resume").status == 0);
  CHECK(reaches("online", ""));
  CHECK(ask("sync", "resum").status != 0);
  CHECK(service.stop() == 0);
  CHECK(hub.stop() == 0);
}

TEST_CASE("Operators' questions without a running hub are told what to start") {
  const tests::TempDir folder;
  REQUIRE(demo::run({program("millpond-hub"), "init", "--dir", folder.path().string()}).status == 0);
  check_tells(demo::run({program("millpond-hub"), "status", "--dir", folder.path().string()}), "not_running");
}

TEST_CASE("Pictures without a code, and files that are no pictures, are told apart") {
  const tests::TempDir folder;
  const image::GrayImage empty{64, 64, std::vector<std::uint8_t>(64 * 64, 128)};
  REQUIRE(image::save_png(folder / "empty.png", empty));
  REQUIRE(base::write_file(folder / "text.png", base::view_of("no picture at all")));
  const auto decode = [&](const std::string& name) {
    return demo::run(
        {program("millpond"), "--dir", folder.path().string(), "decode", "--json", (folder / name).string()});
  };
  const auto without = decode("empty.png");
  CHECK(without.status == 0);
  CHECK(nlohmann::json::parse(without.output).at("found") == false);
  const auto unreadable = decode("text.png");
  CHECK(unreadable.status == 1);
  CHECK(nlohmann::json::parse(unreadable.output).at("error") == "picture_unreadable");
  CHECK(nlohmann::json::parse(decode("absent.png").output).at("error") == "not_found");
}

TEST_CASE("A kiosk without a display says how to run without one") {
  const tests::TempDir folder;
  ::unsetenv("DISPLAY");
  ::unsetenv("WAYLAND_DISPLAY");
  ::setenv("SDL_VIDEODRIVER", "x11", 1);
  const auto finished =
      demo::run({program("millpond-kiosk"), "--socket", (folder / "terminal.sock").string(), "--screen-id", "kiosk-1"});
  ::unsetenv("SDL_VIDEODRIVER");
  check_tells(finished, "display_absent");
}

}  // namespace
}  // namespace millpond
