// SPDX-License-Identifier: Apache-2.0
// Parts of files, proxies, and lines that are slow on purpose or by accident.
#include "sync/http/server.h"
#include "sync/net/http_client.h"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <mutex>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace millpond;

namespace {

std::unique_ptr<net::HttpClient> client(net::ClientOptions options) {
  auto made = net::HttpClient::create(std::move(options));
  REQUIRE(made);
  return std::move(made).value();
}

std::string url(std::uint16_t port) { return "http://127.0.0.1:" + std::to_string(port); }

base::Bytes some_bytes(std::size_t size) {
  base::Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
  return bytes;
}

// Serves ranges of one file, as a hub does.
http::Handler serves(const base::Bytes& file) {
  return [&file](const http::Request& request) {
    const std::string range{request.header("Range")};
    if (request.path() != "/file" || !range.starts_with("bytes="))
      return http::json_response(404, R"({"code":"none"})");
    const auto from = std::stoull(range.substr(6));
    const auto last = std::min<std::uint64_t>(std::stoull(range.substr(range.find('-') + 1)), file.size() - 1);
    http::Response response{206, "application/octet-stream", {}, {}};
    response.body.assign(file.begin() + static_cast<std::ptrdiff_t>(from),
                         file.begin() + static_cast<std::ptrdiff_t>(last) + 1);
    // "/file?lie" names another place than it was asked for.
    const auto named = request.target.ends_with("lie") ? from + 1 : from;
    response.headers.emplace_back("Content-Range", "bytes " + std::to_string(named) + "-" + std::to_string(last) + "/" +
                                                       std::to_string(file.size()));
    return response;
  };
}

// Accepts one connection, keeps what it hears up to the end of the headers, and lets `speak` answer.
class OneCall {
 public:
  explicit OneCall(std::function<void(int)> speak) : speak_{std::move(speak)} {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
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
  ~OneCall() { join(); }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  std::string heard() {
    join();
    return heard_;
  }

 private:
  void serve() {
    const int peer = ::accept(fd_, nullptr, nullptr);
    char piece = 0;
    while (heard_.find("\r\n\r\n") == std::string::npos && ::recv(peer, &piece, 1, 0) == 1) heard_ += piece;
    speak_(peer);
    ::close(peer);
  }
  void join() {
    if (!thread_.joinable()) return;
    thread_.join();
    ::close(fd_);
  }

  std::function<void(int)> speak_;
  int fd_ = -1;
  std::uint16_t port_ = 0;
  std::string heard_;
  std::thread thread_;
};

void say(int peer, std::string_view text) { static_cast<void>(::send(peer, text.data(), text.size(), MSG_NOSIGNAL)); }

constexpr std::string_view ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

}  // namespace

TEST_CASE("A file comes in parts to a sink, and only the parts that were asked for") {
  const auto file = some_bytes(300'000);
  const auto server = http::Server::start({}, serves(file));
  REQUIRE(server);
  const auto line = client({.base_url = url((*server)->port()), .answer_bytes_max = 1'000});
  base::Bytes got;
  while (got.size() < file.size()) {
    net::HttpRequest request{.target = "/file"};
    request.part = {got.size(), 70'000, [&](base::ByteView bytes) -> base::Result<> {
                      base::append(got, bytes);
                      return {};
                    }};
    const auto answer = line->perform(request);
    REQUIRE(answer);
    CHECK(answer->status == 206);
    CHECK(answer->body.empty());
    CHECK(answer->bytes > 0);
  }
  CHECK(got == file);
}

TEST_CASE("What is not the part that was asked for does not reach the sink") {
  const auto file = some_bytes(900);
  const auto server = http::Server::start({}, serves(file));
  REQUIRE(server);
  const auto line = client({.base_url = url((*server)->port()), .answer_bytes_max = 1'000});
  int sunk = 0;
  const auto ask = [&](const char* target) {
    net::HttpRequest request{.target = target};
    request.part = {100, 700, [&](base::ByteView) -> base::Result<> {
                      ++sunk;
                      return {};
                    }};
    return line->perform(request);
  };
  CHECK(ask("/none")->status == 404);
  const auto lie = ask("/file?lie");
  REQUIRE(lie);
  CHECK(lie->body.size() == 700);
  CHECK(sunk == 0);
  CHECK(ask("/file")->body.empty());
  CHECK(sunk > 0);
}

TEST_CASE("A sink's error ends the transfer and is what comes back") {
  const auto file = some_bytes(900);
  const auto server = http::Server::start({}, serves(file));
  REQUIRE(server);
  net::HttpRequest request{.target = "/file"};
  request.part = {0, 900, [](base::ByteView) -> base::Result<> {
                    return base::Error{base::Code::disk_full, "keep part", ""};
                  }};
  CHECK(client({.base_url = url((*server)->port())})->perform(request).error().code == base::Code::disk_full);
}

TEST_CASE("What came before a line broke has reached the sink") {
  OneCall server{[](int peer) {
    say(peer, "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-9/20\r\nContent-Length: 5\r\n\r\nabc");
  }};
  std::string got;
  net::HttpRequest request{.target = "/file"};
  request.part = {5, 5, [&](base::ByteView bytes) -> base::Result<> {
                    got += base::text_of(bytes);
                    return {};
                  }};
  CHECK(client({.base_url = url(server.port())})->perform(request).error().code == base::Code::hub_unreachable);
  CHECK(got == "abc");
  CHECK(server.heard().find("Range: bytes=5-9\r\n") != std::string::npos);
}

TEST_CASE("Who is cut off after a while was too slow for somebody, and at once met a broken line") {
  struct Row {
    std::int64_t patience_ms;
    base::Code code;
  };
  for (const auto& row : {Row{60'000, base::Code::hub_unreachable}, Row{1, base::Code::timeout}}) {
    CAPTURE(row.patience_ms);
    OneCall server{[](int peer) {
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
      say(peer, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc");
    }};
    const auto answer =
        client({.base_url = url(server.port()), .cut_for_slowness_ms = row.patience_ms})->perform({.target = "/"});
    CHECK(answer.error().code == row.code);
  }
}

TEST_CASE("A proxy is asked for the hub's URL with its user and password") {
  OneCall proxy{[](int peer) { say(peer, ok); }};
  const auto line = client(
      {.base_url = "http://hub.invalid:8460", .proxy = "http://shop:secret@127.0.0.1:" + std::to_string(proxy.port())});
  const auto answer = line->perform({.target = "/v1/down?cursor=0.0.0"});
  REQUIRE(answer);
  CHECK(base::text_of(answer->body) == "ok");
  const auto heard = proxy.heard();
  CHECK(heard.starts_with("GET http://hub.invalid:8460/v1/down?cursor=0.0.0 HTTP/1.1\r\n"));
  CHECK(heard.find("Proxy-Authorization: Basic c2hvcDpzZWNyZXQ=\r\n") != std::string::npos);
}

TEST_CASE("A proxy that refuses, or is not there, is an unreachable hub, and errors hold no password") {
  OneCall refuses{
      [](int peer) { say(peer, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"); }};
  const auto through = [](std::uint16_t port) {
    return client({.base_url = "https://hub.invalid", .proxy = "http://shop:secret@127.0.0.1:" + std::to_string(port)})
        ->perform({.target = "/"});
  };
  const auto refused = through(refuses.port());
  CHECK(refused.error().code == base::Code::hub_unreachable);
  CHECK(base::describe(refused.error()).find("secret") == std::string::npos);
  CHECK(refuses.heard().starts_with("CONNECT hub.invalid:443 HTTP/1.1\r\n"));
  const auto absent = through(1);
  CHECK(absent.error().code == base::Code::hub_unreachable);
  CHECK(base::describe(absent.error()).find("secret") == std::string::npos);
}

TEST_CASE("A drip is given up although its time is not over, and silence on purpose is not") {
  std::atomic<bool> stop{};
  OneCall drip{[&](int peer) {
    say(peer, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    while (!stop && ::send(peer, "x", 1, MSG_NOSIGNAL) == 1) std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }};
  const net::ClientOptions impatient{
      .base_url = url(drip.port()), .low_speed_bytes_per_s = 10'000, .low_speed_ms = 1'000};
  const auto given_up = client(impatient)->perform({.target = "/", .timeout_ms = 60'000});
  stop = true;
  CHECK(given_up.error().code == base::Code::timeout);

  OneCall holds{[](int peer) {
    std::this_thread::sleep_for(std::chrono::milliseconds{2'500});
    say(peer, ok);
  }};
  auto patient = impatient;
  patient.base_url = url(holds.port());
  CHECK(client(patient)->perform({.target = "/", .timeout_ms = 60'000, .held_ms = 20'000}));
}

TEST_CASE("A capped line carries the same bytes") {
  const auto server = http::Server::start({.body_bytes_max = 1U << 20}, [](const http::Request& request) {
    http::Response response;
    response.body = request.body;
    return response;
  });
  REQUIRE(server);
  net::HttpRequest request{.method = "POST", .target = "/v1/up"};
  request.body = some_bytes(200'000);
  const auto answer =
      client({.base_url = url((*server)->port()), .up_bytes_per_s = 2'000'000, .down_bytes_per_s = 2'000'000})
          ->perform(request);
  REQUIRE(answer);
  CHECK(answer->body == request.body);
}
