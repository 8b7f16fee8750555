// SPDX-License-Identifier: Apache-2.0
#include "sync/http/server.h"
#include "tests/support/raw_line.h"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <future>
#include <stdexcept>
#include <thread>

using namespace millpond;

namespace {

// Answers with method, target, body size and body.
http::Handler echo() {
  return [](const http::Request& request) {
    auto response =
        http::json_response(200, request.method + " " + request.target + " " + std::to_string(request.body.size()));
    base::append(response.body, base::view_of("\n"));
    base::append(response.body, request.body);
    return response;
  };
}

std::unique_ptr<http::Server> started(http::ServerOptions options, http::Handler handler) {
  auto server = http::Server::start(std::move(options), std::move(handler));
  REQUIRE(server);
  return std::move(server).value();
}

std::string post(std::string_view body) {
  return "POST /v1/up HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string{body};
}

}  // namespace

TEST_CASE("Requests of every shape get the answer they deserve") {
  const auto server = started({.body_bytes_max = 1000}, echo());
  struct Row {
    std::string sent;
    std::string starts;
    std::string holds;
  };
  const auto chunked = [](std::size_t size) {
    char length[16];
    static_cast<void>(std::snprintf(length, sizeof length, "%zx", size));
    return "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" +
           std::string{length} + "\r\n" + std::string(size, 'b') + "\r\n0\r\n\r\n";
  };
  const Row rows[] = {
      {"GET /a?b=c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 200", "GET /a?b=c 0"},
      {"GET /old HTTP/1.0\r\n\r\n", "HTTP/1.1 200", "GET /old 0"},
      {post("hello"), "HTTP/1.1 200", "POST /v1/up 5\nhello"},
      {post(std::string(1000, 'a')), "HTTP/1.1 200", " 1000\n"},
      {post(std::string(1001, 'a')), "HTTP/1.1 413", "too_large"},
      {chunked(1000), "HTTP/1.1 200", " 1000\n"},
      {chunked(1001), "HTTP/1.1 413", "too_large"},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", "HTTP/1.1 400", "bad_input"},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4294967296\r\n\r\n", "HTTP/1.1 413", "too_large"},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 400",
       "bad_input"},
      {"GET / HTTP/1.1\r\nX: " + std::string(40'000, 'h') + "\r\n\r\n", "HTTP/1.1 431", "too_large"},
      {"<!DOCTYPE html><html><body>Welcome to our wireless</body></html>\r\n\r\n", "HTTP/1.1 400", "bad_input"},
      {std::string{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11}, "HTTP/1.1 400", "bad_input"},
      {"GET / HTTP/9.9\r\n\r\n", "HTTP/1.1 400", "bad_input"},
      {"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 200", "Content-Length: 9\r\n"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.sent.substr(0, 120));
    tests::RawLine line{server->port()};
    REQUIRE(line.connected());
    line.send(row.sent);
    const auto answer = line.read_all();
    CHECK(answer.starts_with(row.starts));
    CHECK(answer.find(row.holds) != std::string::npos);
  }
}

TEST_CASE("A request that is cut off is dropped without an answer and without harm") {
  std::atomic<int> calls = 0;
  const auto server = started({}, [&](const http::Request&) {
    ++calls;
    return http::json_response(200, "{}");
  });
  for (const auto* part : {"", "GE", "GET / HTTP/1.1\r\nHost", "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc"}) {
    CAPTURE(part);
    tests::RawLine line{server->port()};
    line.send(part);
    line.finish_sending();
    CHECK(line.read_all().empty());
  }
  CHECK(calls == 0);
}

TEST_CASE("A slow drip is told 408 and cut") {
  const auto server = started({.read_timeout_ms = 100}, echo());
  for (const auto* part : {"GET / HTTP/1.1\r\nHost:", "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc",
                           "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"}) {
    CAPTURE(part);
    tests::RawLine line{server->port()};
    line.send(part);
    CHECK(line.read_all().starts_with("HTTP/1.1 408"));
  }
}

TEST_CASE("A line that is slow and moves is served, within bounds") {
  struct Row {
    const char* what;
    http::ServerOptions options;
    const char* answer;
  };
  for (const auto& row : {Row{"as it comes", {.read_timeout_ms = 1'000}, "HTTP/1.1 200"},
                          Row{"longer than any", {.read_timeout_ms = 1'000, .slow_timeout_ms = 0}, "HTTP/1.1 408"},
                          Row{"one too many", {.read_timeout_ms = 1'000, .slow_max = 0}, "HTTP/1.1 408"}}) {
    CAPTURE(row.what);
    const auto server = started(row.options, echo());
    tests::RawLine line{server->port()};
    line.send("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 20\r\n\r\n");
    for (int byte = 0; byte < 20; ++byte) {
      std::this_thread::sleep_for(std::chrono::milliseconds{100});
      if (!line.send("x")) break;
    }
    CHECK(line.read_all().starts_with(row.answer));
  }
}

TEST_CASE("An idle connection is closed silently") {
  const auto server = started({.idle_timeout_ms = 50}, echo());
  tests::RawLine line{server->port()};
  CHECK(line.read_all().empty());
}

TEST_CASE("A connection carries several requests, pipelined ones included") {
  const auto server = started({}, echo());
  tests::RawLine line{server->port()};
  line.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab");
  CHECK(line.read_until("GET /1 0\n").find("200") != std::string::npos);
  CHECK(line.read_until("\nab").find("POST /2 2\nab") != std::string::npos);
  line.send("GET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(line.read_all().find("GET /3 0\n") != std::string::npos);
}

TEST_CASE("A client that waits for 100 Continue gets it") {
  const auto server = started({}, echo());
  tests::RawLine line{server->port()};
  line.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n");
  CHECK(line.read_until("\r\n\r\n").starts_with("HTTP/1.1 100"));
  line.send("ok");
  CHECK(line.read_all().find("\nok") != std::string::npos);
}

TEST_CASE("A handler that throws answers 500 and harms nobody else") {
  const auto server = started({.workers = 1}, [](const http::Request& request) -> http::Response {
    if (request.target == "/throw") throw std::runtime_error{"secret"};
    if (request.target == "/odd") throw 7;
    return http::json_response(200, "fine");
  });
  struct Row {
    const char* target;
    const char* starts;
  };
  for (const auto& row : {Row{"/throw", "HTTP/1.1 500"}, Row{"/odd", "HTTP/1.1 500"}, Row{"/", "HTTP/1.1 200"}}) {
    tests::RawLine line{server->port()};
    line.send("GET " + std::string{row.target} + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const auto answer = line.read_all();
    CHECK(answer.starts_with(row.starts));
    CHECK(answer.find("secret") == std::string::npos);
  }
}

TEST_CASE("When every worker is busy and the list is full, the answer is 503 with Retry-After") {
  std::promise<void> entered;
  std::promise<void> release;
  auto released = release.get_future().share();
  std::atomic<bool> first = true;
  const auto server = started({.workers = 1, .waiting_max = 0}, [&](const http::Request&) {
    if (first.exchange(false)) {
      entered.set_value();
      released.wait();
    }
    return http::json_response(200, "done");
  });
  tests::RawLine busy{server->port()};
  busy.send(post("a"));
  entered.get_future().wait();

  tests::RawLine refused{server->port()};
  refused.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n");  // the body is not waited for
  const auto answer = refused.read_until("overloaded");
  CHECK(answer.starts_with("HTTP/1.1 503"));
  CHECK(answer.find("Retry-After: ") != std::string::npos);

  release.set_value();
  CHECK(busy.read_all().starts_with("HTTP/1.1 200"));
  tests::RawLine next{server->port()};
  next.send(post("b"));
  CHECK(next.read_all().starts_with("HTTP/1.1 200"));
}

TEST_CASE("Bodies promised beyond the budget are refused before they are read") {
  const auto server = started({.body_bytes_max = 1000, .bodies_bytes_max = 1500}, echo());
  tests::RawLine slow{server->port()};
  slow.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n");
  CHECK(slow.read_until("\r\n\r\n").starts_with("HTTP/1.1 100"));  // now its share is taken
  tests::RawLine second{server->port()};
  second.send(post(std::string(600, 'x')));
  CHECK(second.read_all().starts_with("HTTP/1.1 503"));
  slow.send(std::string(1000, 'y'));
  CHECK(slow.read_all().starts_with("HTTP/1.1 200"));
}

TEST_CASE("Sixty-four connections at once are all served") {
  const auto server = started({.workers = 4}, echo());
  std::atomic<int> served = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&, i] {
      const std::string body(static_cast<std::size_t>(1000 * i), 'z');
      tests::RawLine line{server->port()};
      line.send(post(body));
      const auto answer = line.read_all();
      if (answer.starts_with("HTTP/1.1 200") && answer.ends_with("\n" + body)) ++served;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(served == 64);
}

TEST_CASE("More connections than allowed are refused, the others live on") {
  const auto server = started({.connections_max = 2}, echo());
  tests::RawLine a{server->port()};
  tests::RawLine b{server->port()};
  a.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(a.read_until("GET /a 0\n").starts_with("HTTP/1.1 200"));
  b.send("GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(b.read_until("GET /b 0\n").starts_with("HTTP/1.1 200"));
  tests::RawLine c{server->port()};
  CHECK(c.read_all().starts_with("HTTP/1.1 503"));
  a.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(a.read_until("GET /a 0\n").starts_with("HTTP/1.1 200"));
}

TEST_CASE("Stopping lets running handlers answer and cuts idle lines") {
  std::promise<void> entered;
  std::promise<void> release;
  auto released = release.get_future().share();
  auto server = started({.workers = 1}, [&](const http::Request&) {
    entered.set_value();
    released.wait();
    return http::json_response(200, "late but whole");
  });
  const auto port = server->port();
  tests::RawLine idle{port};
  tests::RawLine busy{port};
  busy.send(post("a"));
  entered.get_future().wait();
  std::thread stopper{[&] { server.reset(); }};
  CHECK(idle.read_all().empty());  // cut while the handler still runs
  release.set_value();
  CHECK(busy.read_all().find("late but whole") != std::string::npos);
  stopper.join();
  CHECK_FALSE(tests::RawLine{port}.connected());
}
