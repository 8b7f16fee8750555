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

TEST_CASE("What was signed before a hub's start is not taken after it, and its sender hears the time") {
  Api api;
  auto terminal = api.brand.provision();
  const auto hello = [&] { return api.signed_request(terminal, "GET", "/v1/hello"); };
  const auto captured = hello();
  CHECK(api.api.answer(captured).status == 200);
  CHECK(code_of(api.api.answer(captured)) == "replayed");
  api.brand.clock.advance_ms(1);
  hub::TerminalApi again{*api.brand.core, api.brand.clock, {}};  // another run: its nonces are gone
  const auto told = again.answer(captured);
  CHECK(told.status == 401);
  CHECK(code_of(told) == "clock_skew");
  CHECK(api.signed_by_hub(captured, told));
  CHECK(nlohmann::json::parse(told.body).at("hub_wall_ms") == api.brand.clock.wall_ms());
  for (const std::int64_t later : {1'000, 150'000, 298'000}) {  // as long as its time could pass
    CAPTURE(later);
    api.brand.clock.advance_ms(later);
    CHECK(code_of(again.answer(captured)) == "clock_skew");
  }
  CHECK(again.answer(hello()).status == 200);
}

TEST_CASE("A hub's wall clock that is put back after its start locks terminals out for ten minutes at the most") {
  Api api;
  auto terminal = api.brand.provision();
  hub::TerminalApi again{*api.brand.core, api.brand.clock, {}};
  api.brand.clock.set_wall_ms(api.brand.clock.wall_ms() - 3'600'000);
  const auto hello = [&] { return api.signed_request(terminal, "GET", "/v1/hello"); };
  CHECK(code_of(again.answer(hello())) == "clock_skew");
  api.brand.clock.advance_ms(2 * wire::request_skew_max_ms);
  CHECK(again.answer(hello()).status == 200);
}
