// SPDX-License-Identifier: Apache-2.0
#include "tests/support/tls_version.h"
#include "sync/net/http_client.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

TEST_CASE("A server that offers nothing newer than TLS 1.2 is not spoken to") {
  const tests::TempDir folder;
  const auto files = tests::make_tls_files(folder.path());
  struct Row {
    tests::TlsVersion version;
    int handshakes;
  };
  for (const auto& row : {Row{tests::TlsVersion::tls_1_2, 0}, Row{tests::TlsVersion::tls_1_3, 1}}) {
    const tests::OneVersionServer server{files, row.version};
    net::ClientOptions options;
    options.base_url = "https://127.0.0.1:" + std::to_string(server.port());
    options.ca_file = files.authority;
    const auto client = net::HttpClient::create(options);
    REQUIRE(client);
    const auto answer = (*client)->perform({.target = "/"});
    CHECK_FALSE(answer);  // whoever is let in is closed upon
    CHECK(server.handshakes() == row.handshakes);
  }
}
