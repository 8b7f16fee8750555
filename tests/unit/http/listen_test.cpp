// SPDX-License-Identifier: Apache-2.0
#include "sync/http/server.h"
#include "tests/support/raw_line.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <sys/stat.h>

using namespace millpond;

namespace {

http::Handler says_peer() {
  return [](const http::Request& request) { return http::json_response(200, request.peer); };
}

std::string ask(tests::RawLine& line) {
  line.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  return line.read_all();
}

}  // namespace

TEST_CASE("Plain HTTP is refused off loopback") {
  for (const auto* address : {"0.0.0.0", "::", "192.0.2.1", "example.com", ""}) {
    CAPTURE(address);
    const auto server = http::Server::start({.address = address}, says_peer());
    REQUIRE_FALSE(server);
    CHECK(server.error().code == base::Code::address_not_allowed);
  }
}

TEST_CASE("A port that another server holds is reported as taken") {
  auto first = http::Server::start({}, says_peer());
  REQUIRE(first);
  const auto second = http::Server::start({.port = (*first)->port()}, says_peer());
  REQUIRE_FALSE(second);
  CHECK(second.error().code == base::Code::port_taken);
}

TEST_CASE("A port is free again as soon as its server has stopped") {
  auto first = http::Server::start({}, says_peer());
  REQUIRE(first);
  const auto port = (*first)->port();
  tests::RawLine line{port};
  CHECK(ask(line).find("127.0.0.1:") != std::string::npos);
  std::move(first).value().reset();
  CHECK(http::Server::start({.port = port}, says_peer()));
}

TEST_CASE("A unix socket is private, names its peer, and goes with its server") {
  const tests::TempDir dir;
  const auto path = dir / "hub.sock";
  {
    const auto server = http::Server::start({.unix_path = path}, says_peer());
    REQUIRE(server);
    struct stat found {};
    REQUIRE(::stat(path.c_str(), &found) == 0);
    CHECK((found.st_mode & 0777U) == 0600U);
    tests::RawLine line{path};
    CHECK(ask(line).find("unix:uid=" + std::to_string(::getuid())) != std::string::npos);

    const auto second = http::Server::start({.unix_path = path}, says_peer());
    REQUIRE_FALSE(second);
    CHECK(second.error().code == base::Code::port_taken);
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("A stale socket file is replaced, any other file is not") {
  const tests::TempDir dir;
  const auto path = dir / "hub.sock";
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(fd);  // the file stays, nobody listens
  CHECK(http::Server::start({.unix_path = path}, says_peer()));

  const auto file = dir / "precious";
  std::ofstream{file} << "kept";
  const auto refused = http::Server::start({.unix_path = file}, says_peer());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == base::Code::port_taken);
  CHECK(std::filesystem::file_size(file) == 4);

  CHECK(http::Server::start({.unix_path = dir / std::string(200, 'x')}, says_peer()).error().code ==
        base::Code::address_not_allowed);
}
