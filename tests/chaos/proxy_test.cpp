// SPDX-License-Identifier: Apache-2.0
// The chaos proxy itself: a fault that does not happen would let every chaos run pass.
#include "tests/chaos/proxy.h"
#include "tests/support/raw_line.h"

#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <poll.h>
#include <set>

namespace millpond::chaos {
namespace {

constexpr std::string_view request = "POST /v1/up?x=1 HTTP/1.1\r\nHost: hub\r\nContent-Length: 10\r\n\r\n0123456789";

// Answers "answer N" to its N-th whole request, and remembers what broke off.
class Hub {
 public:
  Hub() : listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 16) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
    acceptor_ = std::thread{[this] { accept_loop(); }};
  }
  ~Hub() {
    stopping_ = true;
    acceptor_.join();
    for (auto& thread : threads_) thread.join();
    ::close(listener_);
  }
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  bool wait_for_requests(std::uint64_t count) {
    for (int i = 0; i < 100 && whole < count; ++i) std::this_thread::sleep_for(std::chrono::milliseconds{20});
    return whole == count;
  }

  std::uint16_t port = 0;
  std::atomic<std::uint64_t> whole{0};
  std::atomic<std::uint64_t> broken_bytes{0};

 private:
  void accept_loop() {
    pollfd waiting{listener_, POLLIN, 0};
    while (!stopping_) {
      if (::poll(&waiting, 1, 20) <= 0) continue;
      threads_.emplace_back([this, fd = ::accept(listener_, nullptr, nullptr)] {
        Socket socket{fd};
        std::string buffer;
        const auto go_on = [this] { return !stopping_.load(); };
        while (read_message(socket, buffer, Kind::request, go_on)) {
          const auto body = "answer " + std::to_string(++whole);
          if (!socket.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body))
            return;
        }
        broken_bytes += buffer.size();
      });
    }
  }

  const int listener_;
  std::atomic<bool> stopping_{false};
  std::thread acceptor_;
  std::vector<std::thread> threads_;
};

Settings only(Fault fault) {
  Settings settings;
  settings.weights.at(static_cast<std::size_t>(fault)) = 1;
  settings.exchanges_before_max = 0;
  settings.delay_ms_max = 50;
  settings.hold_ms_max = 300;
  return settings;
}

// What a client gets for one request over a new connection.
std::string ask_once(const Proxy& proxy) {
  tests::RawLine line{proxy.port()};
  REQUIRE(line.connected());
  REQUIRE(line.send(request));
  line.finish_sending();
  return line.read_all();
}

bool is_whole(const std::string& answer) { return answer.find("\r\n\r\nanswer ") != std::string::npos; }

std::uint64_t struck(const Proxy& proxy, Fault fault) {
  return proxy.counts().faults.at(static_cast<std::size_t>(fault));
}

TEST_CASE("A plan depends on the seed and the connection's number alone") {
  Settings settings;
  settings.weights.fill(1);
  Settings other = settings;
  other.seed = 2;
  std::set<Fault> seen;
  std::size_t different = 0;
  for (std::uint64_t i = 0; i < 500; ++i) {
    const auto plan = plan_for(settings, i);
    CHECK(plan == plan_for(settings, i));
    CHECK(plan.at_exchange <= settings.exchanges_before_max);
    if (plan != plan_for(other, i)) ++different;
    seen.insert(plan.fault);
  }
  CHECK(seen.size() == fault_count);
  CHECK(different > 400);
  CHECK(plan_for(Settings{}, 7) == Plan{});
}

TEST_CASE("A quiet line passes exchanges on, several over one connection") {
  Hub hub;
  const Proxy proxy{hub.port, {}};
  tests::RawLine line{proxy.port()};
  for (const char number : {'1', '2', '3'}) {
    REQUIRE(line.send(request));
    CHECK(line.read_until(std::string{"answer "} + number).ends_with(number));
  }
  CHECK(proxy.counts().requests == 3);
}

TEST_CASE("Each fault does what its name says") {
  struct Case {
    Fault fault;
    bool answered;               // the client gets a whole answer of the hub
    std::uint64_t hub_requests;  // whole ones that arrive
  };
  const Case cases[]{{Fault::delay, true, 1},
                     {Fault::reorder, true, 1},
                     {Fault::lose_request, false, 0},
                     {Fault::lose_answer, false, 1},
                     {Fault::duplicate, true, 2},
                     {Fault::late_duplicate, true, 2},
                     {Fault::truncate_request, false, 0},
                     {Fault::portal, false, 0},
                     {Fault::unavailable, false, 0}};
  for (const auto& row : cases) {
    INFO(name_of(row.fault));
    Hub hub;
    const Proxy proxy{hub.port, only(row.fault)};
    CHECK(is_whole(ask_once(proxy)) == row.answered);
    CHECK(hub.wait_for_requests(row.hub_requests));
    CHECK(struck(proxy, row.fault) == 1);
  }
}

TEST_CASE("A portal's page has status 200, and a refusal says when to come back") {
  Hub hub;
  const Proxy portal{hub.port, only(Fault::portal)};
  const auto page = ask_once(portal);
  CHECK(page.starts_with("HTTP/1.1 200"));
  CHECK(page.find("<html>") != std::string::npos);
  const Proxy busy{hub.port, only(Fault::unavailable)};
  const auto refusal = ask_once(busy);
  CHECK(refusal.starts_with("HTTP/1.1 503"));
  CHECK(refusal.find("Retry-After: 1\r\n") != std::string::npos);
}

TEST_CASE("Messages are cut at every part of their length") {
  Hub hub;
  std::set<std::size_t> request_parts;
  std::set<std::size_t> answer_parts;
  Proxy proxy{hub.port, only(Fault::truncate_answer)};
  for (int i = 0; i < 40; ++i) {
    const auto got = ask_once(proxy);
    CHECK(got.size() < std::string_view{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nanswer 40"}.size());
    answer_parts.insert(got.size());
  }
  CHECK(answer_parts.size() > 10);
  const auto whole = hub.whole.load();
  proxy.set(only(Fault::truncate_request));
  for (int i = 0; i < 40; ++i) {
    const auto before = hub.broken_bytes.load();
    CHECK(ask_once(proxy).empty());
    for (int wait = 0; wait < 50 && hub.broken_bytes == before; ++wait)
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    request_parts.insert(hub.broken_bytes - before);
  }
  CHECK(request_parts.size() > 10);
  CHECK(hub.whole == whole);
}

TEST_CASE("An earlier answer is repeated without asking the hub") {
  Hub hub;
  Proxy proxy{hub.port, {}};
  CHECK(ask_once(proxy).ends_with("answer 1"));
  CHECK(ask_once(proxy).ends_with("answer 2"));
  proxy.set(only(Fault::replay));
  CHECK(ask_once(proxy).ends_with("answer 1"));
  CHECK(hub.whole == 2);
}

TEST_CASE("A held request arrives after one that came later") {
  Hub hub;
  auto settings = only(Fault::reorder);
  settings.hold_ms_max = 5'000;
  Proxy proxy{hub.port, settings};
  tests::RawLine first{proxy.port()};
  REQUIRE(first.send(request));
  while (struck(proxy, Fault::reorder) == 0) std::this_thread::sleep_for(std::chrono::milliseconds{5});
  proxy.set({});
  CHECK(ask_once(proxy).ends_with("answer 1"));
  CHECK(first.read_until("answer 2").ends_with("answer 2"));
}

TEST_CASE("A dripping message is cut when it takes too long, and arrives when it does not") {
  Hub hub;
  auto settings = only(Fault::drip);
  settings.drip_bytes_per_s = 2'000;
  settings.hold_ms_max = 3'000;
  Proxy proxy{hub.port, settings};
  for (int i = 0; i < 4; ++i) CHECK(is_whole(ask_once(proxy)));
  settings.drip_bytes_per_s = 1;
  settings.hold_ms_max = 100;
  proxy.set(settings);
  CHECK_FALSE(is_whole(ask_once(proxy)));
}

TEST_CASE("A reset loses the line, and a hub that is away closes it") {
  Hub hub;
  Proxy proxy{hub.port, only(Fault::reset)};
  CHECK_FALSE(is_whole(ask_once(proxy)));
  CHECK(struck(proxy, Fault::reset) == 1);
  proxy.set({});
  {
    const Hub gone;
    proxy.aim(gone.port);
  }
  CHECK(ask_once(proxy).empty());
  proxy.aim(hub.port);
  CHECK(is_whole(ask_once(proxy)));
}

TEST_CASE("A line that becomes quiet lets go of what it held") {
  Hub hub;
  auto settings = only(Fault::lose_request);
  settings.hold_ms_max = 60'000;
  Proxy proxy{hub.port, settings};
  tests::RawLine line{proxy.port()};
  REQUIRE(line.send(request));
  while (struck(proxy, Fault::lose_request) == 0) std::this_thread::sleep_for(std::chrono::milliseconds{5});
  proxy.set({});
  CHECK(line.read_all().empty());
}

TEST_CASE("Chunked messages and those without a body are told apart") {
  struct Case {
    std::string bytes;
    Kind kind;
    std::size_t size;  // of the first message
  };
  const std::string next = "GET / HTTP/1.1\r\n\r\n";
  const std::string bare = "GET /v1/down?cursor=1.2.3 HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  const std::string empty = "HTTP/1.1 304 Not Modified\r\n\r\n";
  const std::string going_on = "HTTP/1.1 100 Continue\r\n\r\n";
  const std::string to_the_end = "HTTP/1.0 200 OK\r\n\r\nall of it";
  const Case cases[]{{bare + next, Kind::request, bare.size()},
                     {chunked + empty, Kind::answer, chunked.size()},
                     {empty + chunked, Kind::answer, empty.size()},
                     {going_on + empty, Kind::answer, empty.size()},
                     {to_the_end, Kind::answer, to_the_end.size()}};
  for (const auto& row : cases) {
    INFO(row.bytes);
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    Socket from{ends[0]};
    {
      Socket to{ends[1]};
      REQUIRE(to.send(row.bytes));
    }
    std::string buffer;
    const auto message = read_message(from, buffer, row.kind, [] { return true; });
    REQUIRE(message);
    CHECK(message->size() == row.size);
  }
  CHECK(door_of(bare) == "GET /v1/down");
}

}  // namespace
}  // namespace millpond::chaos
