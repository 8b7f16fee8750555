// SPDX-License-Identifier: Apache-2.0
#include "sync/client/hub_line.h"

#include "tests/unit/client/pretend_hub.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using tests::bytes_of;

TEST_CASE("a request carries this terminal's signature over method, target, time, nonce and body") {
  const tests::PretendHub hub;
  tests::HandClock clock;
  base::SeededRng rng{1};
  client::HubLine line{hub.credentials(), clock, rng};
  auto request = line.sign("POST", "/v1/up", bytes_of("batch"), 1'000);
  CHECK(hub.signed_by_terminal(request.http));
  CHECK(request.http.timeout_ms == 1'000);

  auto changed = request.http;
  changed.body.back() ^= 1;
  CHECK_FALSE(hub.signed_by_terminal(changed));
  changed = request.http;
  changed.target = "/v1/down";
  CHECK_FALSE(hub.signed_by_terminal(changed));
  CHECK(line.sign("POST", "/v1/up", {}, 1'000).nonce != request.nonce);
}

TEST_CASE("only what a hub key signed for this very request is the hub's word") {
  const tests::PretendHub hub;
  tests::HandClock clock;
  base::SeededRng rng{1};
  client::HubLine line{hub.credentials(), clock, rng};
  const auto request = line.sign("GET", "/v1/down?cursor=0.0", {}, 1'000);
  const auto other = line.sign("GET", "/v1/down?cursor=0.0", {}, 1'000);
  const auto good = hub.answer(request.http, 200, bytes_of("page"));

  const auto with = [&](auto change) {
    auto answer = good;
    change(answer);
    return base::Result<net::HttpAnswer>{answer};
  };
  struct Row {
    const char* name;
    base::Result<net::HttpAnswer> answer;
    std::optional<base::Code> outcome;
  };
  const std::vector<Row> rows{
      {"signed", good, std::nullopt},
      {"signed refusal", hub.answer(request.http, 401, bytes_of("{}")), std::nullopt},
      {"a portal's page", net::HttpAnswer{200, {{"Content-Type", "text/html"}}, bytes_of("<html>"), 0},
       base::Code::hub_not_a_hub},
      {"a changed body", with([](auto& a) { a.body.push_back('x'); }), base::Code::hub_not_a_hub},
      {"a cut body", with([](auto& a) { a.body.pop_back(); }), base::Code::hub_not_a_hub},
      {"a changed status", with([](auto& a) { a.status = 409; }), base::Code::hub_not_a_hub},
      {"no signature", with([](auto& a) { a.headers.clear(); }), base::Code::hub_not_a_hub},
      {"a signature that is no hexadecimal", with([](auto& a) { a.headers.back().second = "zz"; }),
       base::Code::hub_not_a_hub},
      {"an answer to another request", hub.answer(other.http, 200, bytes_of("page")), base::Code::hub_not_a_hub},
      {"a shedding hub", net::HttpAnswer{503, {}, {}, 2'000}, base::Code::overloaded},
      {"a proxy's error", net::HttpAnswer{502, {}, {}, 0}, base::Code::hub_not_a_hub},
      {"who lost patience", net::HttpAnswer{408, {}, {}, 0}, base::Code::timeout},
      {"no line", base::Error{base::Code::hub_unreachable, "", ""}, base::Code::hub_unreachable},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    const auto word = line.check(request, row.answer);
    CHECK(word.has_value() == !row.outcome.has_value());
    if (!word && row.outcome) CHECK(word.error().code == *row.outcome);
  }
}

TEST_CASE("a refusal is read from either body, and an unknown one is still a refusal") {
  wire::UpAnswer refused;
  refused.status = wire::UpStatus::refused;
  refused.reason = "unauthorized";
  refused.hub_wall_ms = 77;
  struct Row {
    base::Bytes body;
    base::Code code;
    std::int64_t hub_wall_ms;
  };
  const std::vector<Row> rows{
      {wire::encode(refused), base::Code::unauthorized, 77},
      {bytes_of(R"({"code":"clock_skew","hub_wall_ms":99})"), base::Code::clock_skew, 99},
      {bytes_of(R"({"code":"replayed"})"), base::Code::replayed, 0},
      {bytes_of(R"({"code":"from_the_future"})"), base::Code::hub_refused, 0},
      {bytes_of("[1,2]"), base::Code::hub_refused, 0},
      {bytes_of("\xff\xfe"), base::Code::hub_refused, 0},
      {{}, base::Code::hub_refused, 0},
  };
  for (const auto& row : rows) {
    const auto refusal = client::HubLine::refusal_of({401, row.body, 0});
    CHECK(base::code_name(refusal.error.code) == base::code_name(row.code));
    CHECK(refusal.hub_wall_ms == row.hub_wall_ms);
  }
}

TEST_CASE("requests carry the hub's time once it was adopted, and keep its distance") {
  const tests::PretendHub hub;
  tests::HandClock clock;
  clock.wall = 5'000;  // a dead clock battery
  base::SeededRng rng{1};
  client::HubLine line{hub.credentials(), clock, rng};
  line.adopt_time(1'790'000'000'000);
  clock.wall += 250;
  const auto request = line.sign("GET", "/v1/down", {}, 1'000);
  CHECK(tests::PretendHub::header(request.http, wire::header_time) == "1790000000250");
  CHECK(hub.signed_by_terminal(request.http));
}

TEST_CASE("a hub's new key is believed when the brand's root vouches for it") {
  tests::PretendHub hub;
  tests::HandClock clock;
  base::SeededRng rng{1};
  client::HubLine line{hub.credentials(), clock, rng};
  const auto before = line.sign("GET", "/v1/down", {}, 1'000);
  CHECK(hub.header(before.http, wire::header_hub_key) == "1");
  const auto late = hub.answer(before.http, 200, bytes_of("page"));

  hub.change_key(2);
  const auto answer = hub.answer(before.http, 200, bytes_of("page"));
  auto changed = answer;
  changed.body.push_back('x');
  CHECK(line.check(before, changed).error().code == base::Code::hub_not_a_hub);
  CHECK(line.new_key().empty());
  auto unvouched = answer;
  std::erase_if(unvouched.headers, [](const auto& header) { return header.first == wire::header_hub_key_vouched; });
  CHECK(line.check(before, unvouched).error().code == base::Code::certificate_invalid);

  REQUIRE(line.check(before, answer));
  CHECK_FALSE(line.new_key().empty());
  line.key_kept();
  CHECK(line.check(before, late));  // what the old key signed stays signed
  const auto after = line.sign("GET", "/v1/down", {}, 1'000);
  CHECK(hub.header(after.http, wire::header_hub_key) == "2");
  CHECK(line.check(after, hub.answer(after.http, 200, bytes_of("page"))));
  CHECK(line.new_key().empty());
}

TEST_CASE("a key that the hub has withdrawn is retired at once, at every line that shares the word") {
  tests::PretendHub hub;
  tests::HandClock clock;
  base::SeededRng rng{1};
  const auto credentials = hub.credentials();
  client::HubLine line{credentials, clock, rng};
  client::HubLine other{credentials, clock, rng};
  const auto request = line.sign("GET", "/v1/down", {}, 1'000);
  const auto by_first = hub.answer(request.http, 200, bytes_of("page"));
  CHECK(line.check(request, by_first));
  line.credentials().withdrawn->add(1);
  for (auto* const each : {&line, &other}) {
    CHECK(each->check(request, by_first).error().code == base::Code::hub_not_a_hub);
  }
  line.credentials().withdrawn->add(70'000);  // a terminal's number, no key
  hub.change_key(2);
  CHECK(line.check(request, hub.answer(request.http, 200, bytes_of("page"))));
}

TEST_CASE("a hub key that another root vouches for is refused by name") {
  tests::PretendHub hub;
  tests::HandClock clock;
  base::SeededRng rng{1};
  client::HubLine line{hub.credentials(), clock, rng};
  hub.change_key(2, tests::seeded_key(77));
  const auto request = line.sign("GET", "/v1/down", {}, 1'000);
  CHECK(line.check(request, hub.answer(request.http, 200, bytes_of("page"))).error().code ==
        base::Code::certificate_invalid);
  CHECK(line.new_key().empty());
}

TEST_CASE("a key that was replaced is believed for a while, and past its last day only while nothing replaced it") {
  struct Row {
    const char* name;
    std::int32_t hub_day;
    bool second_known;
    bool believed;
    std::uint16_t second_from = 20'400;
  };
  const auto root = tests::seeded_key(9);
  for (const auto& row :
       {Row{"within its days", 20'366, true, true}, Row{"past them, nothing replaced it", 30'000, false, true},
        Row{"past them, the next has not begun", 20'367, true, true},
        Row{"past them, the next has begun", 20'400, true, false},
        Row{"within them, the next began a month ago", 20'334, true, true, 20'300},
        Row{"within them, the next began 35 days ago, because this one was stolen", 20'335, true, false, 20'300},
        Row{"within them, and nobody heard of the next", 20'335, false, true, 20'300}}) {
    INFO(row.name);
    const tests::PretendHub hub;
    tests::HandClock clock;
    base::SeededRng rng{1};
    auto credentials = hub.credentials();
    credentials.hub_key.last_day = 20'366;
    client::HubLine line{credentials, clock, rng};
    const wire::HubKey second{
        2, tests::seeded_key(102).public_key(), {}, row.second_from, static_cast<std::uint16_t>(row.second_from + 366)};
    if (row.second_known) REQUIRE(line.believe(wire::vouch_hub_key(second, root)));
    CHECK(line.believe(wire::vouch_hub_key(second, tests::seeded_key(77))).error().code ==
          base::Code::hub_key_unvouched);
    line.set_hub_day(row.hub_day);
    const auto request = line.sign("GET", "/v1/down", {}, 1'000);
    const auto word = line.check(request, hub.answer(request.http, 200, bytes_of("page")));
    CHECK(word.has_value() == row.believed);
    if (!word) CHECK(word.error().code == base::Code::hub_not_a_hub);
  }
}
