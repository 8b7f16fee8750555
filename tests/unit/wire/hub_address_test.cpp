// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/hub_address.h"
#include "sync/crypto/hash.h"
#include "tests/support/seeded_key.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

TEST_CASE("an address of the hub is believed from the brand root only, and no part or change of it is") {
  const auto root = tests::seeded_key(1);
  const wire::HubAddress address{7, "https://hub.example:8443"};
  const auto bytes = wire::sign_hub_address(address, root);
  CHECK(wire::open_hub_address(bytes, root.public_key()).value() == address);
  CHECK_FALSE(wire::open_hub_address(bytes, tests::seeded_key(2).public_key()));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    CHECK_FALSE(wire::open_hub_address(base::ByteView{bytes}.first(i), root.public_key()));
    auto changed = bytes;
    changed[i] ^= 1;
    const auto opened = wire::open_hub_address(changed, root.public_key());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == base::Code::hub_key_unvouched);
  }
}

TEST_CASE("an address is HTTPS with a host, or plain HTTP on loopback") {
  struct Row {
    std::string url;
    bool usable;
  };
  for (const auto& row : {Row{"https://hub.example", true},
                          Row{"https://hub.example:8443", true},
                          Row{"http://127.0.0.1:8460", true},
                          Row{"http://[::1]:8460", true},
                          Row{"http://hub.example", false},
                          Row{"http://127.0.0.1.example:80", false},
                          Row{"http://127.0.0.1:1@example:80", false},
                          Row{"https://", false},
                          Row{"https:///x", false},
                          Row{"https://hub example", false},
                          Row{"ftp://hub.example", false},
                          Row{"", false},
                          Row{"http://192.168.1.10:8460", false},
                          Row{"http://[fd00::5]:8460", false},
                          Row{"http://127.0.0.1", false},
                          Row{"http://127.0.0.1:", false},
                          Row{"http://[::1]", false},
                          Row{"http://[::1]@far.example", false},
                          Row{"http://[::1]:8460@far.example", false},
                          Row{"http://localhost:8460", false},
                          Row{"http://localhost.evil.example:8460", false},
                          Row{"http://127.0.0.1:8460/", false},
                          Row{"http://127.0.0.1:8460\\@far.example", false},
                          Row{"HTTP://hub.example", false},
                          Row{"https://hub.example/chain", true},
                          Row{"https://[fd00::5]:8443", true},
                          Row{"https://hub.example@far.example", false},
                          Row{"https://user:word@far.example", false},
                          Row{"https://hub.example\\@far.example", false},
                          Row{"https://?hub.example", false},
                          Row{"https://#hub.example", false},
                          Row{"https://hub.example/a@b", true},
                          Row{"https://hub.example\r\nHost: x", false},
                          Row{"https://" + std::string(wire::hub_url_max, 'a'), false}}) {
    CAPTURE(row.url);
    CHECK(wire::usable_hub_url(row.url) == row.usable);
  }
}
