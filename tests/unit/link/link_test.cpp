// SPDX-License-Identifier: Apache-2.0
#include "kiosk/link/link.h"
#include "kiosk/link/socket.h"
#include "sync/base/queue.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

#include <fstream>
#include <thread>

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace millpond;

namespace {

constexpr std::int64_t patience_ms = 10'000;

// A server that answers questions, and a queue of everything else it heard.
struct House {
  tests::TempDir folder;
  base::Queue<std::pair<link::ConnectionId, link::Message>> heard{4096, base::Overflow::refuse};
  base::Queue<link::ConnectionId> closed{4096, base::Overflow::refuse};
  std::unique_ptr<link::Server> server;

  House() { open(); }
  std::filesystem::path path() const { return folder / "link.sock"; }

  void open() {
    auto started = link::Server::start({path()}, {[this](auto id, auto message) { hear(id, std::move(message)); },
                                                  [this](auto id) { REQUIRE(closed.push(id)); }});
    REQUIRE(started.has_value());
    server = std::move(*started);
  }

  void hear(link::ConnectionId id, link::Message message) {
    if (const auto* ask = std::get_if<link::Ask>(&message)) {
      if (ask->method == "echo") return server->send(id, link::Answer{ask->id, ask->params_json});
      if (ask->method == "much") {
        return server->send(id, link::Answer{ask->id, std::string(link::frame_bytes_max, 'x')});
      }
      if (ask->method == "fail")
        return server->send(id, link::Failure{ask->id, {base::Code::not_found, "fail", "", ""}});
    }
    REQUIRE(heard.push({id, std::move(message)}));
  }

  std::unique_ptr<link::Client> connect() const {
    auto client = link::Client::connect(path());
    REQUIRE(client.has_value());
    return std::move(*client);
  }
};

link::Show show(std::uint64_t revision, std::size_t padding = 0) {
  link::Show message;
  message.view.revision = revision;
  message.view.chrome.brand = std::string(padding, 'x');
  return message;
}

void send_raw(int fd, base::ByteView bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const auto step = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (step > 0) {
      sent += static_cast<std::size_t>(step);
    } else if (errno != EAGAIN) {
      return;  // closed by the other side, which may be what is tested
    }
  }
}

}  // namespace

TEST_CASE("A screen and the service hear each other") {
  House house;
  const auto screen = house.connect();
  REQUIRE(screen->send(link::Hello{1, "kiosk-1"}));
  const auto heard = house.heard.pop(patience_ms);
  REQUIRE(heard.has_value());
  CHECK(std::get<link::Hello>(heard->second).screen_id == "kiosk-1");
  house.server->send(heard->first, show(5));
  const auto shown = screen->receive(patience_ms);
  REQUIRE(shown.has_value());
  REQUIRE(shown->has_value());
  CHECK(std::get<link::Show>(**shown).view.revision == 5);
}

TEST_CASE("Receiving waits no longer than asked") {
  House house;
  const auto screen = house.connect();
  const auto nothing = screen->receive(0);
  REQUIRE(nothing.has_value());
  CHECK_FALSE(nothing->has_value());
}

TEST_CASE("A question gets its answer, its failure, or a time-out") {
  House house;
  const auto client = house.connect();
  CHECK(client->ask("echo", "[1]").value() == "[1]");
  const auto failed = client->ask("fail", "");
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().code == base::Code::not_found);
  CHECK(client->ask("ignore", "", 1).error().code == base::Code::timeout);
  CHECK(client->ask("echo", "late answers of earlier questions do not count").has_value());
}

// It was taken for a service that does not run, and the command line then found the journal locked.
TEST_CASE("An answer that is too large for a frame is refused by name, and the connection stays") {
  House house;
  const auto client = house.connect();
  const auto refused = client->ask("much", "");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == base::Code::too_large);
  CHECK(refused.error().hint.find("copy of the journal") != std::string::npos);
  CHECK(client->ask("echo", "1").value() == "1");
}

TEST_CASE("Garbage closes the connection it came from and no other") {
  struct Row {
    const char* name;
    base::Bytes bytes;
    bool hang_up;
  };
  base::Bytes garbage{0, 0, 0, 3, 'x', 'y', 'z'};
  const Row rows[]{
      {"not JSON", garbage, false},
      {"too large a frame", {0xFF, 0xFF, 0xFF, 0xFF}, false},
      {"a frame cut off", {0, 0, 0, 9, '{'}, true},
      {"a length cut off", {0, 0}, true},
  };
  House house;
  const auto good = house.connect();
  CHECK(good->ask("echo", "before").has_value());
  for (const auto& row : rows) {
    CAPTURE(row.name);
    {
      auto bad = link::connect_unix(house.path());
      REQUIRE(bad.has_value());
      send_raw(bad->get(), row.bytes);
      if (row.hang_up) ::shutdown(bad->get(), SHUT_WR);
      REQUIRE(house.closed.pop(patience_ms).has_value());
    }
    CHECK(good->ask("echo", "after").value() == "after");
  }
}

TEST_CASE("A message of a newer version is answered and the connection stays") {
  House house;
  const auto client = house.connect();
  const std::string body = R"({"type":"dance"})";
  base::Bytes frame;
  base::append_big_endian(frame, body.size(), 4);
  base::append(frame, base::view_of(body));
  send_raw(client->fd(), frame);
  const auto answer = client->receive(patience_ms);
  REQUIRE(answer.has_value());
  REQUIRE(answer->has_value());
  CHECK(std::get<link::Failure>(**answer).error.code == base::Code::protocol_mismatch);
  CHECK(client->ask("echo", "still here").has_value());
}

TEST_CASE("A slow reader gets the newest Show and not every one before it") {
  House house;
  const auto screen = house.connect();
  REQUIRE(screen->send(link::Hello{}));
  const auto id = house.heard.pop(patience_ms).value().first;
  constexpr std::uint64_t last = 200;
  for (std::uint64_t revision = 1; revision <= last; ++revision) house.server->send(id, show(revision, 100'000));
  std::uint64_t received = 0;
  std::uint64_t newest = 0;
  while (newest < last) {
    const auto message = screen->receive(patience_ms);
    REQUIRE(message.has_value());
    REQUIRE(message->has_value());
    const auto revision = std::get<link::Show>(**message).view.revision;
    CHECK(revision > newest);
    newest = revision;
    ++received;
  }
  CHECK(received < last);
}

TEST_CASE("A reader that lets other messages pile up is closed") {
  House house;
  const auto client = house.connect();
  REQUIRE(client->send(link::Hello{}));
  const auto id = house.heard.pop(patience_ms).value().first;
  const link::Answer large{1, std::string(200'000, 'x')};
  for (int i = 0; i < 100; ++i) house.server->send(id, large);
  CHECK(house.closed.pop(patience_ms) == id);
  house.server->send(id, large);  // to nobody: no effect
}

TEST_CASE("Closing says first what was queued") {
  House house;
  const auto client = house.connect();
  REQUIRE(client->send(link::Hello{}));
  const auto id = house.heard.pop(patience_ms).value().first;
  house.server->send(id, link::Failure{0, {base::Code::protocol_mismatch, "hello", "", ""}});
  house.server->close(id);
  const auto said = client->receive(patience_ms);
  REQUIRE(said.has_value());
  CHECK(std::holds_alternative<link::Failure>(said->value()));
  const auto end = client->receive(patience_ms);
  REQUIRE_FALSE(end.has_value());
  CHECK(end.error().code == base::Code::not_running);
}

TEST_CASE("After a restart of the service a screen connects again") {
  House house;
  const auto before = house.connect();
  CHECK(before->ask("echo", "1").has_value());
  house.server.reset();
  CHECK_FALSE(std::filesystem::exists(house.path()));
  const auto lost = before->receive(patience_ms);
  REQUIRE_FALSE(lost.has_value());
  CHECK(lost.error().code == base::Code::not_running);
  CHECK_FALSE(before->send(link::PaymentCode{}).has_value());
  CHECK(link::Client::connect(house.path()).error().code == base::Code::not_running);
  house.open();
  CHECK(house.connect()->ask("echo", "2").has_value());
}

TEST_CASE("A second service on the same path is told that one is running") {
  House house;
  const auto second = link::Server::start({house.path()}, {});
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == base::Code::already_running);
  CHECK(house.connect()->ask("echo", "unharmed").has_value());
}

TEST_CASE("What a killed service left behind is replaced, and a file that is no socket is not") {
  const tests::TempDir folder;
  const auto path = folder / "link.sock";
  {
    auto killed = link::listen_unix(path, std::nullopt);  // closes its socket without removing the file
    REQUIRE(killed.has_value());
  }
  REQUIRE(std::filesystem::exists(path));
  CHECK(link::Client::connect(path).error().code == base::Code::not_running);
  CHECK(link::Server::start({path}, {}).has_value());

  const auto file = folder / "notes.txt";
  std::ofstream{file} << "keep me";
  CHECK(link::Server::start({file}, {}).error().code == base::Code::file_unwritable);
  CHECK(std::filesystem::file_size(file) == 7);
  CHECK(link::Server::start({folder / "missing/link.sock"}, {}).error().code == base::Code::file_unwritable);
  CHECK(link::Server::start({folder / std::string(200, 'a')}, {}).error().code == base::Code::file_unwritable);
}

TEST_CASE("The socket is for its owner, or for its owner and a group") {
  struct stat found {};
  House house;
  REQUIRE(::stat(house.path().c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0600);

  const tests::TempDir folder;
  const auto shared = link::Server::start({folder / "shared.sock", ::getegid()}, {});
  REQUIRE(shared.has_value());
  REQUIRE(::stat((folder / "shared.sock").c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0660);
  CHECK(found.st_gid == ::getegid());
}

TEST_CASE("Many screens at once lose nothing") {
  House house;
  std::vector<std::thread> screens;
  std::atomic<int> answered = 0;
  for (int i = 0; i < 8; ++i) {
    screens.emplace_back([&] {
      auto client = link::Client::connect(house.path());
      if (!client) return;
      for (int k = 0; k < 50; ++k) {
        const auto text = std::to_string(k);
        if ((*client)->ask("echo", text).value_or("") == text) ++answered;
      }
    });
  }
  for (auto& screen : screens) screen.join();
  CHECK(answered == 8 * 50);
}
