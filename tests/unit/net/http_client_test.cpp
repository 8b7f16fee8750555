// SPDX-License-Identifier: Apache-2.0
#include "sync/net/http_client.h"
#include "sync/http/server.h"
#include "tests/support/temp_dir.h"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <netinet/in.h>
#include <set>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace millpond;

namespace {

std::string url(std::uint16_t port) { return "http://127.0.0.1:" + std::to_string(port); }

std::unique_ptr<net::HttpClient> client(net::ClientOptions options) {
  auto made = net::HttpClient::create(std::move(options));
  REQUIRE(made);
  return std::move(made).value();
}

std::string endless_headers() {
  std::string lines;
  for (int i = 0; i < 900; ++i) lines += "X: " + std::string(100, 'h') + "\r\n";
  return lines;
}

// A server that reads a little, says one thing to each connection and closes.
class Misbehaving {
 public:
  explicit Misbehaving(std::string says, bool closes = true) : says_{std::move(says)}, closes_{closes} {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(fd_, 8) == 0);
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { serve(); }};
  }
  ~Misbehaving() {
    ::shutdown(fd_, SHUT_RDWR);
    if (held_ >= 0) ::shutdown(held_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void serve() {
    for (;;) {
      const int peer = ::accept(fd_, nullptr, nullptr);
      if (peer < 0) return;
      held_ = peer;
      char piece[4096];
      static_cast<void>(::recv(peer, piece, sizeof piece, 0));
      static_cast<void>(::send(peer, says_.data(), says_.size(), MSG_NOSIGNAL));
      if (!closes_) {
        while (::recv(peer, piece, sizeof piece, 0) > 0) {}
      }
      held_ = -1;
      ::close(peer);
    }
  }

  std::string says_;
  bool closes_;
  int fd_ = -1;
  std::atomic<int> held_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace

TEST_CASE("Method, target, headers and body arrive as they were given") {
  auto server = http::Server::start({}, [](const http::Request& request) {
    auto response =
        http::json_response(201, request.method + "|" + request.target + "|" + std::string{request.header("X-Test")} +
                                     "|" + std::string{request.header("Content-Type")} + "|");
    base::append(response.body, request.body);
    response.headers.emplace_back("Millpond-Hub-Key", "1");
    return response;
  });
  REQUIRE(server);
  const auto line = client({.base_url = url((*server)->port()) + "/"});
  const base::Bytes body{'a', 0, 'b'};
  struct Row {
    net::HttpRequest request;
    std::string answer;
  };
  const Row rows[] = {
      {{.target = "/v1/down?cursor=1.2", .headers = {{"X-Test", "t"}}, .body = {}}, "GET|/v1/down?cursor=1.2|t||"},
      {{.method = "POST", .target = "/v1/up", .body = body},
       std::string{"POST|/v1/up||application/octet-stream|a\0b", 43}},
      {{.method = "POST",
        .target = "/e",
        .headers = {{"content-type", "application/json"}, {"X-Test", ""}},
        .body = {}},
       "POST|/e||application/json|"},
      {{.method = "DELETE", .target = "/d"}, "DELETE|/d|||"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.answer);
    const auto answer = line->perform(row.request);
    REQUIRE(answer);
    CHECK(answer->status == 201);
    CHECK(answer->header("millpond-hub-key") == "1");
    CHECK(base::text_of(answer->body).starts_with(row.answer.substr(0, row.answer.rfind('|') + 1)));
    CHECK(base::text_of(answer->body).ends_with(base::text_of(row.request.body)));
  }
}

TEST_CASE("One connection is kept for many requests") {
  std::set<std::string> peers;
  auto server = http::Server::start({.workers = 1}, [&](const http::Request& request) {
    peers.insert(request.peer);
    return http::json_response(200, "{}");
  });
  REQUIRE(server);
  const auto line = client({.base_url = url((*server)->port())});
  for (int i = 0; i < 5; ++i) REQUIRE(line->perform({.target = "/"}));
  CHECK(peers.size() == 1);
}

TEST_CASE("Every status is an answer, and a redirect is not followed") {
  std::atomic<int> calls = 0;
  auto server = http::Server::start({}, [&](const http::Request& request) {
    ++calls;
    auto response = http::json_response(std::stoi(request.query("status")), "{}");
    response.headers = {{"Location", "/elsewhere?status=200"}, {"Retry-After", "7"}};
    return response;
  });
  REQUIRE(server);
  const auto line = client({.base_url = url((*server)->port())});
  for (const int status : {302, 307, 401, 409, 429, 500, 503}) {
    const auto answer = line->perform({.target = "/?status=" + std::to_string(status)});
    REQUIRE(answer);
    CHECK(answer->status == status);
    CHECK(answer->retry_after_ms == 7'000);
  }
  CHECK(calls == 7);
}

TEST_CASE("It speaks over a unix socket") {
  const tests::TempDir dir;
  const auto path = dir / "admin.sock";
  const auto server = http::Server::start(
      {.unix_path = path}, [](const http::Request& request) { return http::json_response(200, request.peer); });
  REQUIRE(server);
  const auto answer = client({.base_url = "http://hub", .unix_path = path})->perform({.target = "/"});
  REQUIRE(answer);
  CHECK(base::text_of(answer->body).starts_with("unix:uid="));
  const auto nobody = client({.base_url = "http://hub", .unix_path = dir / "none.sock"});
  CHECK(nobody->perform({.target = "/"}).error().code == base::Code::hub_unreachable);
}

TEST_CASE("Failures say what kind they are") {
  struct Row {
    const char* what;
    std::string says;
    bool closes;
    base::Code code;
  };
  const Row rows[] = {
      {"closes without a word", "", true, base::Code::hub_unreachable},
      {"cuts the body", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", true, base::Code::hub_unreachable},
      {"speaks another language", "220 mail.example ESMTP\r\n", true, base::Code::hub_not_a_hub},
      {"says nothing", "", false, base::Code::timeout},
      {"stops in the middle", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", false, base::Code::timeout},
      {"sends too much", "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + std::string(5000, 'x'), true,
       base::Code::too_large},
      {"sends endless headers", "HTTP/1.1 200 OK\r\n" + endless_headers(), true, base::Code::too_large},
      {"breaks off within a header", "HTTP/1.1 200 OK\r\nContent-Le", true, base::Code::hub_unreachable},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    const Misbehaving server{row.says, row.closes};
    const auto line = client({.base_url = url(server.port()), .answer_bytes_max = 1000});
    const auto answer = line->perform({.method = "POST", .target = "/v1/up", .body = {1, 2, 3}, .timeout_ms = 300});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == row.code);
  }
}

TEST_CASE("A captive portal's page is an answer for the caller to judge") {
  const Misbehaving portal{"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>"};
  const auto answer = client({.base_url = url(portal.port())})->perform({.target = "/v1/down"});
  REQUIRE(answer);
  CHECK(answer->header("Content-Type") == "text/html");
}

TEST_CASE("Nobody listening and an unknown name are unreachable hubs") {
  std::uint16_t port = 0;
  {
    auto server = http::Server::start({}, [](const http::Request&) { return http::Response{}; });
    REQUIRE(server);
    port = (*server)->port();
  }
  CHECK(client({.base_url = url(port)})->perform({.target = "/"}).error().code == base::Code::hub_unreachable);
  CHECK(client({.base_url = "http://hub.invalid"})->perform({.target = "/"}).error().code ==
        base::Code::hub_unreachable);
}

TEST_CASE("Malformed requests and URLs are refused before anything is sent") {
  for (const auto* base_url : {"", "hub.example", "ftp://hub.example", "file:///etc/passwd", "http://a\r\nb"}) {
    CAPTURE(base_url);
    CHECK(net::HttpClient::create({.base_url = base_url}).error().code == base::Code::config_invalid);
  }
  const auto line = client({.base_url = "http://127.0.0.1:1"});
  CHECK(line->perform({.target = "no-slash"}).error().code == base::Code::bad_input);
  CHECK(line->perform({.target = "/a\r\nX: 1"}).error().code == base::Code::bad_input);
  CHECK(line->perform({.target = "/", .headers = {{"X", "1\r\nY: 2"}}, .body = {}}).error().code ==
        base::Code::bad_input);
}
