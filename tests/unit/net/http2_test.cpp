// SPDX-License-Identifier: Apache-2.0
// HTTP/2 against nghttpd, a server that is not ours (Debian: nghttp2-server).
#include "sync/net/http_client.h"
#include "tests/support/raw_line.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_files.h"

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <fstream>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>

using namespace millpond;

namespace {

constexpr const char* nghttpd = "/usr/sbin/nghttpd";

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(fd);
  return ntohs(address.sin_port);
}

class Nghttpd {
 public:
  Nghttpd(const std::filesystem::path& folder, const tests::TlsFiles& files) : port_{free_port()} {
    std::vector<std::string> words{nghttpd,
                                   "--address=127.0.0.1",
                                   "--htdocs=" + folder.string(),
                                   "--echo-upload",
                                   std::to_string(port_),
                                   files.key.string(),
                                   files.certificate.string()};
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    REQUIRE(::posix_spawn(&process_, nghttpd, nullptr, nullptr, arguments.data(), environ) == 0);
    while (!tests::RawLine{port_}.connected()) {
      REQUIRE(::waitpid(process_, nullptr, WNOHANG) == 0);
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
  }
  ~Nghttpd() {
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
  }
  Nghttpd(const Nghttpd&) = delete;
  Nghttpd& operator=(const Nghttpd&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  std::uint16_t port_;
  pid_t process_{};
};

}  // namespace

TEST_CASE("HTTP/2 is spoken where the server offers it") {
  if (!std::filesystem::exists(nghttpd)) SKIP("no nghttpd on this machine (Debian: apt-get install nghttp2-server)");
  const tests::TempDir folder;
  const auto files = tests::make_tls_files(folder.path());
  std::ofstream{folder / "page"} << "from a file";
  const Nghttpd server{folder.path(), files};
  auto made = net::HttpClient::create(
      {.base_url = "https://127.0.0.1:" + std::to_string(server.port()), .ca_file = files.authority});
  REQUIRE(made);
  auto& line = **made;

  const auto page = line.perform({.target = "/page"});
  REQUIRE(page);
  CHECK(page->status == 200);
  CHECK(page->http_version == 20);
  CHECK(base::text_of(page->body) == "from a file");
  CHECK(line.perform({.target = "/none"})->status == 404);
  for (const std::size_t size : {1UL, 20'000UL, 2'000'000UL}) {
    CAPTURE(size);
    net::HttpRequest request{.method = "POST", .target = "/echo"};
    request.body.assign(size, 0x5a);
    const auto answer = line.perform(request);
    REQUIRE(answer);
    CHECK(answer->http_version == 20);
    CHECK(answer->body == request.body);
  }
}
