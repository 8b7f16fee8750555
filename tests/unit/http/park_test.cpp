// SPDX-License-Identifier: Apache-2.0
// Requests that wait at the server without a worker until something changes.
#include "sync/http/server.h"
#include "tests/support/raw_line.h"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

using namespace millpond;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr std::int64_t long_ms = 60'000;  // longer than any test

// Parks until `value` is not 0, and counts.
struct Waiting {
  std::atomic<int> value{};
  std::atomic<int> asked{};
  std::mutex mutex;
  std::condition_variable changed;
  int parked{};
  int last_calls{};
  std::int64_t park_ms{long_ms};

  http::Response answer(const http::Request& request) {
    ++asked;
    if (value != 0 || request.last_call) {
      if (request.last_call) {
        const std::lock_guard lock{mutex};
        ++last_calls;
      }
      return http::json_response(200, "value " + std::to_string(value.load()) + " attempt " +
                                          std::to_string(request.attempt) + " " + request.target);
    }
    {
      const std::lock_guard lock{mutex};
      ++parked;
    }
    changed.notify_all();
    http::Response response;
    response.park_ms = park_ms;
    return response;
  }
  void wait_for_parked(int count) {
    std::unique_lock lock{mutex};
    REQUIRE(changed.wait_for(lock, std::chrono::seconds{30}, [&] { return parked >= count; }));
  }
};

std::unique_ptr<http::Server> started(http::ServerOptions options, Waiting& waiting) {
  auto server = http::Server::start(std::move(options), [&](const http::Request& request) {
    if (request.path() == "/now") return http::json_response(200, "now");
    return waiting.answer(request);
  });
  REQUIRE(server);
  return std::move(server).value();
}

std::string get(const std::string& target, bool keep = false) {
  return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + (keep ? "" : "Connection: close\r\n") + "\r\n";
}

}  // namespace

TEST_CASE("A parked request is answered after wake, and holds no worker meanwhile") {
  Waiting waiting;
  const auto server = started({.workers = 1, .waiting_max = 1}, waiting);
  tests::RawLine parked{server->port()};
  parked.send(get("/wait"));
  waiting.wait_for_parked(1);
  tests::RawLine other{server->port()};
  other.send(get("/now"));
  CHECK(other.read_all().find("now") != std::string::npos);

  server->wake();  // nothing changed: it parks again
  waiting.wait_for_parked(2);
  waiting.value = 7;
  server->wake();
  CHECK(parked.read_all().find("value 7 attempt 2 /wait") != std::string::npos);
}

TEST_CASE("A parked request gets a last call when its time has passed, however often it was woken") {
  Waiting waiting;
  waiting.park_ms = 50;
  const auto server = started({}, waiting);
  tests::RawLine parked{server->port()};
  parked.send(get("/wait"));
  const auto answer = parked.read_all();
  CHECK(answer.find("value 0 attempt 1") != std::string::npos);
  CHECK(waiting.last_calls == 1);
}

TEST_CASE("What changes while the handler makes up its mind is not missed") {
  for (int round = 0; round < 50; ++round) {
    Waiting waiting;
    const auto server = started({.workers = 1}, waiting);
    tests::RawLine parked{server->port()};
    parked.send(get("/wait"));
    while (waiting.asked == 0) std::this_thread::yield();
    waiting.value = 1;
    server->wake();
    REQUIRE(parked.read_all().find("value 1") != std::string::npos);
  }
}

TEST_CASE("Two hundred parked requests are answered by one worker and leave room for new ones") {
  Waiting waiting;
  const auto server = started({.workers = 1, .waiting_max = 8}, waiting);
  std::vector<std::unique_ptr<tests::RawLine>> lines;
  for (int i = 0; i < 200; ++i) {
    lines.push_back(std::make_unique<tests::RawLine>(server->port()));
    lines.back()->send(get("/wait?" + std::to_string(i)));
    waiting.wait_for_parked(i + 1);
  }
  waiting.value = 3;
  server->wake();
  int answered = 0;
  for (int i = 0; i < 200; ++i) {
    if (lines[static_cast<std::size_t>(i)]->read_all().find("value 3") != std::string::npos) ++answered;
  }
  CHECK(answered == 200);
}

TEST_CASE("One request more than may be parked gets its last call at once") {
  Waiting waiting;
  const auto server = started({.workers = 1, .parked_max = 1}, waiting);
  tests::RawLine first{server->port()};
  first.send(get("/first"));
  waiting.wait_for_parked(1);
  tests::RawLine other{server->port()};
  other.send(get("/now"));
  CHECK(other.read_all().find("now") != std::string::npos);  // by the same worker: the first one is parked by now
  tests::RawLine second{server->port()};
  second.send(get("/second"));
  CHECK(second.read_all().find("value 0 attempt 1 /second") != std::string::npos);
  waiting.value = 1;
  server->wake();
  CHECK(first.read_all().find("value 1") != std::string::npos);
}

TEST_CASE("Who leaves while parked is forgotten, and is not asked again") {
  Waiting waiting;
  const auto server = started({.parked_max = 1}, waiting);
  {
    tests::RawLine gone{server->port()};
    gone.send(get("/gone"));
    waiting.wait_for_parked(1);
  }
  // Its place is free once the server has noticed; until then the next one gets its last call.
  for (;;) {
    tests::RawLine next{server->port()};
    const auto before = waiting.asked.load();
    next.send(get("/next"));
    while (waiting.asked == before) std::this_thread::yield();
    waiting.value = 2;
    server->wake();
    const auto answer = next.read_all();
    waiting.value = 0;
    if (answer.find("value 2") != std::string::npos) break;
  }
  CHECK(waiting.asked > 1);
}

TEST_CASE("A parked connection is kept for the next request, one that came early included") {
  Waiting waiting;
  const auto server = started({}, waiting);
  tests::RawLine line{server->port()};
  line.send(get("/one", true));
  waiting.wait_for_parked(1);
  line.send(get("/two", true));
  waiting.value = 1;
  server->wake();
  CHECK_THAT(line.read_until("/one"), ContainsSubstring("value 1 attempt 1"));
  CHECK_THAT(line.read_until("/two"), ContainsSubstring("value 1 attempt 0"));
  line.send(get("/three"));
  CHECK(line.read_all().find("/three") != std::string::npos);
}

TEST_CASE("A request with a body cannot be parked") {
  Waiting waiting;
  const auto server = started({}, waiting);
  tests::RawLine line{server->port()};
  line.send("POST /wait HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\na");
  CHECK(line.read_all().starts_with("HTTP/1.1 500"));
}

TEST_CASE("Stopping ends parked requests with an answer") {
  Waiting waiting;
  auto server = started({}, waiting);
  tests::RawLine parked{server->port()};
  parked.send(get("/wait"));
  waiting.wait_for_parked(1);
  server.reset();
  CHECK(parked.read_all().starts_with("HTTP/1.1 503"));
}
