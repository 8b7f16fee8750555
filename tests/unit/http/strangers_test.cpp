// SPDX-License-Identifier: Apache-2.0
#include "sync/http/strangers.h"

#include <catch2/catch_test_macros.hpp>

using millpond::http::address_of_peer;
using millpond::http::Strangers;

namespace {

constexpr millpond::http::StrangerLimits tight{2, 3, 4, 5};

}  // namespace

TEST_CASE("Strangers are heard until their address has used up its burst, and by the refill again") {
  Strangers strangers{tight};
  for (int i = 0; i < 3; ++i) {
    CHECK(strangers.wait_ms("a", "", 0) == 0);
    strangers.count("a", 0);
  }
  CHECK(strangers.wait_ms("a", "", 0) == 500);
  CHECK(strangers.wait_ms("b", "", 0) == 0);
  CHECK(strangers.wait_ms("a", "", 499) > 0);
  CHECK(strangers.wait_ms("a", "", 500) == 0);
}

TEST_CASE("All addresses together have a limit too") {
  Strangers strangers{tight};
  for (const auto* const address : {"a", "b", "c", "d", "e"}) {
    CHECK(strangers.wait_ms(address, "", 0) == 0);
    strangers.count(address, 0);
  }
  CHECK(strangers.wait_ms("f", "", 0) == 250);
  CHECK(strangers.wait_ms("f", "", 250) == 0);
}

TEST_CASE("Who signed is heard from that address in a flood, for an hour, and from no other") {
  Strangers strangers{tight};
  strangers.know("a", "terminal 7", 0);
  for (int i = 0; i < 10; ++i) {
    strangers.count("a", 0);
    strangers.count("b", 0);
  }
  CHECK(strangers.wait_ms("a", "terminal 7", 0) == 0);
  CHECK(strangers.wait_ms("a", "terminal 8", 0) > 0);
  CHECK(strangers.wait_ms("b", "terminal 7", 0) > 0);
  CHECK(strangers.wait_ms("a", "", 0) > 0);
  const auto hour = Strangers::known_ms;
  for (int i = 0; i < 10; ++i) strangers.count("a", hour);
  CHECK(strangers.wait_ms("a", "terminal 7", hour - 1) == 0);
  CHECK(strangers.wait_ms("a", "terminal 7", hour) > 0);
}

TEST_CASE("An address is a peer without its port") {
  CHECK(address_of_peer("127.0.0.1:51234") == "127.0.0.1");
  CHECK(address_of_peer("[::1]:51234") == "[::1]");
  CHECK(address_of_peer("unix:uid=0") == "unix");
  // One line of the internet has 2^64 addresses of IPv6, and is one stranger.
  CHECK(address_of_peer("[2001:db8:1:2:3:4:5:6]:443") == "[2001:db8:1:2::/64]");
  CHECK(address_of_peer("[2001:db8:1:2::9]:444") == "[2001:db8:1:2::/64]");
  CHECK(address_of_peer("[2001:db8:1:3::9]:444") == "[2001:db8:1:3::/64]");
  CHECK(address_of_peer("[fe80::1]:443") == "[fe80::1]");
  CHECK(address_of_peer("[fd00:1:2:3::4]:443") == "[fd00:1:2:3::4]");
  CHECK(address_of_peer("[::ffff:192.0.2.1]:443") == "[::ffff:192.0.2.1]");
}
