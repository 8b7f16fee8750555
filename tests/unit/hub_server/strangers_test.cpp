// SPDX-License-Identifier: Apache-2.0
// Requests of whoever has not proved who they are, and requests told again.
#include "tests/unit/hub_server/asked_api.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using tests::Api;
using tests::code_of;
using tests::header;

TEST_CASE("A flood of unsigned requests is told when to come back, and locks out no terminal that is served") {
  Api api{{.strangers = {2, 4, 6, 9}}};
  auto served = api.brand.provision();
  auto silent = api.brand.provision({1}, 78);
  const auto hello = [&](const tests::PretendTerminal& terminal, const std::string& peer = "127.0.0.1:4000") {
    auto request = api.signed_request(terminal, "GET", "/v1/hello");
    request.peer = peer;
    return api.api.answer(request);
  };
  const auto live = [&](const std::string& peer) { return api.api.answer({"GET", "/livez", {}, {}, peer}); };
  for (int i = 0; i < 20; ++i) CHECK(hello(served).status == 200);  // what is signed counts for nothing

  // Each kind of stranger pays: nobody, a forger, a code, a path that is not there.
  CHECK(live("127.0.0.1:1").status == 200);
  auto forged = api.signed_request(served, "GET", "/v1/hello");
  forged.target += "?more";
  CHECK(code_of(api.api.answer(forged)) == "signature_invalid");
  CHECK(code_of(api.api.answer({"GET", "/v1/hello", {}, {}, "127.0.0.1:2"})) == "unauthorized");
  CHECK(api.api.answer({"GET", "/else", {}, {}, "127.0.0.1:3"}).status == 404);
  for (const auto& refused : {live("127.0.0.1:4"), api.provision("{}"), hello(silent)}) {
    CHECK(refused.status == 429);
    CHECK(code_of(refused) == "rate_limited");
    CHECK(header(refused, "Retry-After") == "1");
  }
  CHECK(hello(served).status == 200);

  for (const auto* const peer : {"10.0.0.1:1", "10.0.0.2:1", "10.0.0.3:1", "10.0.0.4:1", "10.0.0.5:1"}) {
    CHECK(live(peer).status == 200);
  }
  CHECK(live("10.0.0.6:1").status == 429);  // all addresses together
  CHECK(hello(served).status == 200);
  CHECK(hello(served, "10.0.0.6:1").status == 429);  // not known there
  api.brand.clock.set_monotonic_ms(api.brand.clock.monotonic_ms() + 1'000);
  CHECK(live("10.0.0.6:1").status == 200);
  CHECK(hello(silent).status == 200);
}
