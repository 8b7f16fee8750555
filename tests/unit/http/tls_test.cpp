// SPDX-License-Identifier: Apache-2.0
// The server behind TLS, asked by the product's own client.
#include "sync/http/server.h"
#include "sync/net/http_client.h"
#include "tests/support/raw_line.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_files.h"
#include "tests/support/tls_version.h"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <set>
#include <thread>

using namespace millpond;

namespace {

struct Bench {
  tests::TempDir folder;
  tests::TlsFiles files{tests::make_tls_files(folder.path())};

  std::unique_ptr<http::Server> start(http::ServerOptions options, http::Handler handler) {
    options.certificate = files.certificate;
    options.key = files.key;
    auto server = http::Server::start(std::move(options), std::move(handler));
    REQUIRE(server);
    return std::move(server).value();
  }

  [[nodiscard]] std::unique_ptr<net::HttpClient> client(const http::Server& server) const {
    net::ClientOptions options;
    options.base_url = "https://127.0.0.1:" + std::to_string(server.port());
    options.ca_file = files.authority;
    auto made = net::HttpClient::create(std::move(options));
    REQUIRE(made);
    return std::move(made).value();
  }
};

http::Handler echo() {
  return [](const http::Request& request) {
    http::Response response;
    response.body = request.body;
    response.headers.emplace_back("X-Peer", request.peer);
    return response;
  };
}

}  // namespace

TEST_CASE("Requests of every size pass through TLS on a kept connection") {
  Bench bench;
  const auto server = bench.start({.body_bytes_max = 4U << 20}, echo());
  const auto line = bench.client(*server);
  std::set<std::string> peers;
  for (const std::size_t size : {0UL, 1UL, 16'384UL, 100'000UL, 3'000'000UL}) {
    CAPTURE(size);
    net::HttpRequest request;
    request.method = "POST";
    request.target = "/v1/up";
    request.body.assign(size, 0x5a);
    const auto answer = line->perform(request);
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body == request.body);
    peers.emplace(answer->header("X-Peer"));
  }
  CHECK(peers.size() == 1);
}

TEST_CASE("A client that pins another authority does not speak to the server") {
  Bench bench;
  const tests::TempDir elsewhere;
  const auto other = tests::make_tls_files(elsewhere.path());
  std::atomic<int> calls{};
  const auto server = bench.start({}, [&](const http::Request&) {
    ++calls;
    return http::json_response(200, "{}");
  });
  net::ClientOptions options;
  options.base_url = "https://127.0.0.1:" + std::to_string(server->port());
  options.ca_file = other.authority;
  const auto stranger = net::HttpClient::create(options);
  REQUIRE(stranger);
  CHECK((*stranger)->perform({.target = "/"}).error().code == base::Code::certificate_invalid);
  CHECK(calls == 0);
}

TEST_CASE("A certificate that has ended is named, nothing is said to its server, and a renewed one goes on") {
  Bench bench;
  bench.files = tests::make_tls_files(bench.folder.path(), tests::Ends::a_minute_ago);
  std::atomic<int> calls{};
  const auto server = bench.start({}, [&](const http::Request&) {
    ++calls;
    return http::json_response(200, "{}");
  });
  const auto ended = bench.client(*server)->perform({.target = "/"});
  CHECK(ended.error().code == base::Code::certificate_invalid);
  CHECK(calls == 0);
  bench.files = tests::make_tls_files(bench.folder.path());
  REQUIRE(server->reload_certificate());
  CHECK(bench.client(*server)->perform({.target = "/"}));
  CHECK(calls == 1);
}

TEST_CASE("A renewed certificate is shown to whoever comes next, and open connections go on") {
  Bench bench;
  const tests::TempDir elsewhere;
  const auto renewed = tests::make_tls_files(elsewhere.path());
  const auto server = bench.start({}, echo());
  const auto open = bench.client(*server);
  const auto peer = [](net::HttpClient& line) {
    const auto answer = line.perform({.target = "/"});
    REQUIRE(answer);
    return std::string{answer->header("X-Peer")};
  };
  const auto before = peer(*open);

  const auto replace = [](const std::filesystem::path& from, const std::filesystem::path& to) {
    std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
  };
  replace(renewed.certificate, bench.files.certificate);
  const auto half = server->reload_certificate();  // the key is still the old one
  REQUIRE_FALSE(half);
  CHECK(half.error().code == base::Code::key_unusable);
  CHECK(peer(*bench.client(*server)).size() > 0);  // who comes meanwhile is served as before

  replace(renewed.key, bench.files.key);
  REQUIRE(server->reload_certificate());
  CHECK(peer(*open) == before);
  CHECK(bench.client(*server)->perform({.target = "/"}).error().code == base::Code::certificate_invalid);
  net::ClientOptions options;
  options.base_url = "https://127.0.0.1:" + std::to_string(server->port());
  options.ca_file = renewed.authority;
  const auto fresh = net::HttpClient::create(options);
  REQUIRE(fresh);
  CHECK(peer(**fresh) != before);
}

TEST_CASE("A server without a certificate has none to read again") {
  const auto server = http::Server::start({}, echo());
  REQUIRE(server);
  CHECK((*server)->reload_certificate().error().code == base::Code::unsupported);
}

TEST_CASE("TLS is served on every address, plain HTTP on loopback only") {
  Bench bench;
  const auto server = bench.start({.address = "0.0.0.0"}, echo());
  CHECK(bench.client(*server)->perform({.target = "/"}));
  CHECK(http::Server::start({.address = "0.0.0.0"}, echo()).error().code == base::Code::address_not_allowed);
}

TEST_CASE("What is no TLS is cut, and others are served on") {
  Bench bench;
  const auto server = bench.start({.read_timeout_ms = 200}, echo());
  for (const std::string text : {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "", "\x16\x03\x01", "\x80\x00"}) {
    tests::RawLine line{server->port()};
    line.send(text);
    CHECK(line.read_all().find("HTTP/1.1 2") == std::string::npos);
  }
  CHECK(bench.client(*server)->perform({.target = "/"}));
}

TEST_CASE("A parked request is answered through TLS, and the connection is kept") {
  Bench bench;
  std::atomic<bool> changed{};
  std::atomic<int> parked{};
  std::set<std::string> peers;
  const auto server = bench.start({.workers = 1}, [&](const http::Request& request) {
    peers.insert(request.peer);
    if (changed || request.last_call) return http::json_response(200, "changed");
    ++parked;
    http::Response response;
    response.park_ms = 60'000;
    return response;
  });
  const auto line = bench.client(*server);
  for (int round = 1; round <= 3; ++round) {
    changed = false;
    std::thread waker{[&] {
      while (parked < round) std::this_thread::yield();
      changed = true;
      server->wake();
    }};
    const auto answer = line->perform({.target = "/wait"});
    waker.join();
    REQUIRE(answer);
    CHECK(base::text_of(answer->body) == "changed");
  }
  CHECK(peers.size() == 1);
}

TEST_CASE("Certificates and keys that cannot be used are told apart from files that cannot be read") {
  Bench bench;
  const tests::TempDir elsewhere;
  const auto other = tests::make_tls_files(elsewhere.path());
  const auto garbage = bench.folder / "garbage.pem";
  std::ofstream{garbage} << "-----BEGIN NOTHING-----\n";
  struct Row {
    const char* what;
    std::filesystem::path certificate;
    std::filesystem::path key;
    base::Code code;
  };
  const Row rows[] = {
      {"no certificate", bench.folder / "none.pem", bench.files.key, base::Code::file_unreadable},
      {"no key", bench.files.certificate, bench.folder / "none.pem", base::Code::file_unreadable},
      {"a key without a certificate", {}, bench.files.key, base::Code::file_unreadable},
      {"another certificate's key", bench.files.certificate, other.key, base::Code::key_unusable},
      {"no certificate in it", garbage, bench.files.key, base::Code::key_unusable},
      {"no key in it", bench.files.certificate, garbage, base::Code::key_unusable},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    const auto server = http::Server::start({.certificate = row.certificate, .key = row.key}, echo());
    REQUIRE_FALSE(server);
    CHECK(server.error().code == row.code);
  }
}

TEST_CASE("A client that speaks nothing newer than TLS 1.2 is not let in") {
  Bench bench;
  const auto server = bench.start({}, echo());
  CHECK(tests::lets_in(server->port(), tests::TlsVersion::tls_1_3));
  CHECK_FALSE(tests::lets_in(server->port(), tests::TlsVersion::tls_1_2));
}
