// SPDX-License-Identifier: Apache-2.0
// The protocol as a terminal sees it, with requests that are right and requests that are not.
#include "sync/hub/server/terminal_api.h"
#include "sync/codes/base45.h"
#include "sync/codes/payload.h"
#include "tests/support/seeded_key.h"
#include "tests/unit/hub_server/asked_api.h"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

using namespace millpond;

using tests::Api;
using tests::code_of;
using tests::header;

// Whoever may sign an app's key could become any member.
TEST_CASE("No terminal can have the key of a member's app signed") {
  Api api;
  auto terminal = api.brand.provision();
  terminal.begin_epoch();
  terminal.enrol({9}, {1});
  REQUIRE(api.up(terminal, 1, terminal.head()).status == 200);
  REQUIRE(api.brand.core->project());
  const auto body = R"({"member":")" + base::format_id('M', 9) + R"(","key":")" +
                    base::to_hex(tests::seeded_key(60).public_key()) + R"("})";
  const auto bytes = base::view_of(body);
  for (const auto* target : {"/members/app-card", "/v1/members/app-card", "/v1/app-card"}) {
    CAPTURE(target);
    const auto answer = api.api.answer(api.signed_request(terminal, "POST", target, {bytes.begin(), bytes.end()}));
    CHECK(answer.status == 404);
    CHECK(code_of(answer) == "not_found");
  }
}

TEST_CASE("A full round: provision, up, down until the hub's word includes everything") {
  int woken = 0;
  Api api{{.on_ingested = [&] { ++woken; }}};
  const auto code = api.brand.core->add_terminal({1});
  auto key = crypto::SigningKey::generate();
  const auto public_key = key.public_key();
  const auto provisioned =
      api.provision(std::string{base::text_of(wire::to_json(wire::ProvisionRequest{code->code, public_key}))});
  REQUIRE(provisioned.status == 200);
  const auto answer = wire::parse_provision_answer(provisioned.body);
  REQUIRE(answer);
  const auto checked = wire::check_answer(*answer, public_key);
  REQUIRE(checked);
  tests::PretendTerminal terminal{checked->brand, checked->certificate.terminal, {5}, std::move(key)};
  terminal.begin_epoch();
  terminal.enrol({9}, {1});
  terminal.sell({9}, "a", 5000, 50);

  const auto sent = api.signed_request(terminal, "POST", "/v1/up", wire::encode(terminal.all()));
  const auto accepted = api.api.answer(sent);
  CHECK(accepted.status == 200);
  CHECK(api.signed_by_hub(sent, accepted));
  CHECK(wire::decode_up_answer(accepted.body)->accepted_through.value == terminal.head());
  CHECK(woken == 1);
  REQUIRE(api.brand.core->project());

  wire::DownCursor cursor;
  std::size_t rows = 0;
  for (bool more = true; more;) {
    const auto target = "/v1/down?cursor=" + std::to_string(cursor.generation) + "." + std::to_string(cursor.hub_seq) +
                        "." + std::to_string(cursor.scoped_seq) + "&limit=2";
    const auto asked = api.signed_request(terminal, "GET", target);
    const auto got = api.api.answer(asked);
    REQUIRE(got.status == 200);
    CHECK(api.signed_by_hub(asked, got));
    const auto page = wire::decode_down_page(got.body);
    REQUIRE(page);
    CHECK(page->rows.size() <= 2);
    rows += page->rows.size();
    cursor = page->next;
    more = page->more;
    if (!more) CHECK(page->includes_your_seq.value == terminal.head());
  }
  CHECK(rows == 4);  // two issuers, one member, the keys of its store
}

TEST_CASE("Batches that repeat, leave a hole or contradict get the status that says so") {
  Api api;
  auto terminal = api.brand.provision();
  terminal.begin_epoch();
  for (int i = 0; i < 10; ++i) terminal.sell({9}, "s" + std::to_string(i), 100, 1);
  CHECK(api.up(terminal, 1, 10).status == 200);
  CHECK(api.up(terminal, 1, 10).status == 200);
  const auto gap = api.up(terminal, 15, 20);
  CHECK(gap.status == 409);
  CHECK(wire::decode_up_answer(gap.body)->status == wire::UpStatus::gap);
  CHECK(wire::decode_up_answer(gap.body)->accepted_through.value == 10);

  auto clone =
      tests::PretendTerminal{api.brand.core->brand(), terminal.id(), terminal.epoch(), crypto::SigningKey::generate()};
  clone.begin_epoch();
  for (int i = 0; i < 10; ++i) clone.sell({8}, "f" + std::to_string(i), 100, 1);
  auto request = clone.batch(1, 12);
  terminal.sign(request);  // a cloned machine has the same key
  const auto fork = api.api.answer(api.signed_request(terminal, "POST", "/v1/up", wire::encode(request)));
  CHECK(fork.status == 409);
  CHECK(wire::decode_up_answer(fork.body)->status == wire::UpStatus::fork);
}

TEST_CASE("A request is heard only from a known terminal, signed, in time and once") {
  Api api;
  auto terminal = api.brand.provision();
  auto revoked = api.brand.provision();
  REQUIRE(api.brand.core->revoke_terminal(revoked.id()));
  tests::PretendTerminal stranger{api.brand.core->brand(), {4'000}, {1}, crypto::SigningKey::generate()};
  const std::string target = "/v1/down?cursor=0.0.0";
  const auto good = [&] { return api.signed_request(terminal, "GET", target); };
  const auto replace = [](http::Request request, std::string_view name, std::string value) {
    for (auto& [key, old] : request.headers) {
      if (key == name) old = value;
    }
    return request;
  };
  auto other_brand = good();
  {
    wire::RequestAuth auth{terminal.id(), api.brand.clock.wall_ms(), std::string(32, 'b'), {}};
    auth.signature =
        terminal.key().sign(crypto::context::request, base::BrandId{},
                            wire::request_signed_bytes("GET", target, auth.terminal, auth.wall_ms, auth.nonce, {}));
    other_brand.headers = wire::to_headers(auth);
  }
  auto changed_target = good();
  changed_target.target = "/v1/down?cursor=0.1.0";
  auto changed_body = good();
  changed_body.body = {1};
  auto slow = good();
  api.brand.clock.advance_ms(wire::request_skew_max_ms + 1);
  auto early = good();
  api.brand.clock.set_wall_ms(api.brand.clock.wall_ms() - wire::request_skew_max_ms - 1);
  early = replace(early, "none", "");
  struct Row {
    const char* what;
    http::Request request;
    int status;
    std::string code;
    bool hub_signs;
  };
  const Row rows[] = {
      {"as it should be", good(), 200, "", true},
      {"no headers", {"GET", target, {}, {}, "x:1"}, 401, "unauthorized", false},
      {"half a nonce", replace(good(), wire::header_nonce, "abc"), 401, "unauthorized", false},
      {"unknown terminal", api.signed_request(stranger, "GET", target), 401, "unauthorized", true},
      {"revoked terminal", api.signed_request(revoked, "GET", target), 403, "terminal_revoked", true},
      {"claims to be another", replace(good(), wire::header_terminal, "2"), 403, "terminal_revoked", true},
      {"other target", changed_target, 401, "signature_invalid", true},
      {"other body", changed_body, 401, "signature_invalid", true},
      {"other brand", other_brand, 401, "signature_invalid", true},
      {"other time", replace(good(), wire::header_time, std::to_string(api.brand.clock.wall_ms() + 1)), 401,
       "signature_invalid", true},
      {"clock ahead", early, 401, "clock_skew", true},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    const auto response = api.api.answer(row.request);
    CHECK(response.status == row.status);
    CHECK(code_of(response) == row.code);
    CHECK(api.signed_by_hub(row.request, response) == row.hub_signs);
  }
  const auto once = good();
  CHECK(api.api.answer(once).status == 200);
  CHECK(code_of(api.api.answer(once)) == "replayed");
  api.brand.clock.advance_ms(wire::request_skew_max_ms + 1);
  const auto late = api.api.answer(slow);
  CHECK(code_of(late) == "clock_skew");
  CHECK(nlohmann::json::parse(base::text_of(late.body)).at("hub_wall_ms") == api.brand.clock.wall_ms());
}

TEST_CASE("What is sent instead of a batch or a cursor is refused politely") {
  Api api;
  auto terminal = api.brand.provision();
  auto other = api.brand.provision();
  other.begin_epoch();
  const auto html = base::view_of("<html>Welcome to our wireless</html>");
  struct Row {
    std::string method;
    std::string target;
    base::Bytes body;
    int status;
  };
  const Row rows[] = {
      {"POST", "/v1/up", {html.begin(), html.end()}, 400},
      {"POST", "/v1/up", {}, 400},
      {"POST", "/v1/up", wire::encode(other.all()), 400},  // another terminal's batch
      {"GET", "/v1/down", {}, 400},
      {"GET", "/v1/down?cursor=", {}, 400},
      {"GET", "/v1/down?cursor=1", {}, 400},
      {"GET", "/v1/down?cursor=1.x", {}, 400},
      {"GET", "/v1/down?cursor=-1.2", {}, 400},
      {"GET", "/v1/down?cursor=1.99999999999999999999", {}, 400},
      {"GET", "/v1/down?cursor=0.0.0&limit=0", {}, 400},
      {"GET", "/v1/down?cursor=0.0.0&limit=999999999", {}, 200},
      {"GET", "/v1/up", {}, 404},
      {"DELETE", "/v1/down?cursor=0.0.0", {}, 404},
      {"GET", "/", {}, 404},
  };
  for (const auto& row : rows) {
    CAPTURE(row.method, row.target);
    CHECK(api.api.answer(api.signed_request(terminal, row.method, row.target, row.body)).status == row.status);
  }
}

TEST_CASE("A terminal that asks too often is told when to come back, others are not") {
  Api api{{.requests_per_s = 2, .requests_burst = 3}};
  auto a = api.brand.provision();
  auto b = api.brand.provision();
  const auto ask = [&](const tests::PretendTerminal& terminal) {
    return api.api.answer(api.signed_request(terminal, "GET", "/v1/down?cursor=0.0.0"));
  };
  for (int i = 0; i < 3; ++i) CHECK(ask(a).status == 200);
  const auto refused = ask(a);
  CHECK(refused.status == 429);
  CHECK(header(refused, "Retry-After") == "1");
  CHECK(ask(b).status == 200);
  api.brand.clock.advance_ms(500);
  CHECK(ask(a).status == 200);
}

TEST_CASE("A request without news is held for whoever has a slot, and answered when there is some") {
  Api api{{.poll_slots = 1}};
  auto terminal = api.brand.provision();
  auto other = api.brand.provision();
  for (const auto* asking : {&terminal, &other}) REQUIRE(api.brand.core->down(asking->id(), {}));  // seals its keys
  const auto head = *api.brand.core->feed_head();
  const auto cursor = [](const hub::FeedHead& at) {
    const auto seq = std::to_string(at.hub_seq);
    return "/v1/down?cursor=" + std::to_string(at.generation) + "." + seq + "." + seq + "&epoch=77&wait=";
  };
  auto held = api.signed_request(terminal, "GET", cursor(head) + "5000");
  CHECK(api.api.answer(held).park_ms == 5'000);
  CHECK(api.api.answer(api.signed_request(terminal, "GET", cursor(head) + "99999999")).park_ms == hub::poll_slot_ms);
  const auto at_once = api.api.answer(api.signed_request(terminal, "GET", cursor(head) + "0"));
  CHECK(at_once.park_ms == 0);
  CHECK(wire::decode_down_page(at_once.body)->credit.poll_slot_ms == hub::poll_slot_ms);
  const auto without = api.api.answer(api.signed_request(other, "GET", cursor(head) + "5000"));
  CHECK(without.park_ms == 0);
  CHECK(wire::decode_down_page(without.body)->credit.poll_slot_ms == 0);
  CHECK(api.api.answer(api.signed_request(terminal, "GET", cursor(head) + "soon")).status == 400);

  held.attempt = 1;  // woken for nothing: the same nonce again, and no token
  CHECK(api.api.answer(held).park_ms == 5'000);
  held.last_call = true;
  const auto empty = api.api.answer(held);
  CHECK(empty.status == 200);
  CHECK(api.signed_by_hub(held, empty));
  held.last_call = false;
  REQUIRE(api.brand.core->publish_programme(base::view_of(tests::hub_programme_json(1))));
  const auto news = api.api.answer(held);
  CHECK(news.status == 200);
  CHECK(wire::decode_down_page(news.body)->rows.size() == 1);
  REQUIRE(api.brand.core->revoke_terminal(terminal.id()));
  CHECK(api.api.answer(held).status == 403);
}

TEST_CASE("A held request is answered when what its copy may honour changes") {
  Api api{{.poll_slots = 2}};
  std::uint64_t woken = 0;
  api.brand.core->on_feed_changed([&](std::uint64_t) { ++woken; });
  auto terminal = api.brand.provision();
  terminal.enrol({9}, {1});
  REQUIRE(api.brand.up(terminal.all()).status == wire::UpStatus::accepted);
  REQUIRE(api.brand.core->project());
  auto copy = terminal.clone(0, crypto::SigningKey::generate());
  copy.enrol({8}, {1});
  auto other_history = copy.all();
  terminal.sign(other_history);
  REQUIRE(api.brand.core->down(terminal.id(), {}));  // seals its store's keys
  const auto head = *api.brand.core->feed_head();
  const auto seq = std::to_string(head.hub_seq);
  const auto target = "/v1/down?cursor=" + std::to_string(head.generation) + "." + seq + "." + seq +
                      "&epoch=" + std::to_string(terminal.epoch().value) + "&wait=5000";
  auto held = api.signed_request(terminal, "GET", target);
  REQUIRE(api.api.answer(held).park_ms == 5'000);
  const auto ask_again = [&] {
    held.attempt += 1;
    return api.api.answer(held);
  };

  auto before = woken;
  REQUIRE(api.brand.up(other_history).status == wire::UpStatus::fork);
  CHECK(woken > before);
  const auto told = ask_again();
  REQUIRE(told.park_ms == 0);
  CHECK(wire::decode_down_page(told.body)->value_suspended);

  held = api.signed_request(terminal, "GET", target + "&suspended=1");
  REQUIRE(api.api.answer(held).park_ms == 5'000);  // it knows
  before = woken;
  REQUIRE(api.brand.core->keep_copy(terminal.id(), terminal.epoch()));
  CHECK(woken > before);
  const auto freed = ask_again();
  REQUIRE(freed.park_ms == 0);
  CHECK_FALSE(wire::decode_down_page(freed.body)->value_suspended);
  // Whoever lost that answer hears it at the next question.
  CHECK(api.api.answer(api.signed_request(terminal, "GET", target + "&suspended=1")).park_ms == 0);
}

TEST_CASE("Whoever changes the feed says so") {
  tests::PretendBrand brand;
  std::vector<std::uint64_t> heard;
  brand.core->on_feed_changed([&](std::uint64_t hub_seq) { heard.push_back(hub_seq); });
  auto terminal = brand.provision();
  terminal.enrol({9}, {1});
  CHECK(heard.back() == brand.core->feed_head()->hub_seq);
  REQUIRE(brand.up(terminal.all()).status == wire::UpStatus::accepted);
  REQUIRE(brand.core->project());
  CHECK(heard.back() == brand.core->feed_head()->hub_seq);
  REQUIRE(brand.core->publish_programme(base::view_of(tests::hub_programme_json(1))));
  CHECK(heard.back() == brand.core->feed_head()->hub_seq);
  CHECK(heard.size() == 3);
}

TEST_CASE("Provisioning counts failed tries by address") {
  Api api{{.provision_failures_per_h = 3}};
  const auto key = base::to_hex(crypto::SigningKey::generate().public_key());
  const auto guess = R"({"code":"0000000000","terminal_key":")" + key + "\"}";
  struct Row {
    std::string body;
    int status;
    std::string code;
  };
  for (const auto& row : {Row{guess, 403, "provision_code_invalid"}, Row{"<html>", 400, "bad_input"},
                          Row{R"({"code":"short","terminal_key":")" + key + "\"}", 403, "provision_code_invalid"}}) {
    const auto response = api.provision(row.body);
    CHECK(response.status == row.status);
    CHECK(code_of(response) == row.code);
  }
  const auto code = api.brand.core->add_terminal({1});
  const auto good = R"({"code":")" + code->code + R"(","terminal_key":")" + key + "\"}";
  // More wrong ones wait, and take no tries: whoever floods from an address locks nobody out.
  for (int i = 0; i < 2 * wire::provision_tries_max; ++i) {
    const auto limited = api.provision(
        R"({"code":")" + code->code.substr(0, 9) + R"(*","terminal_key":")" + key + "\"}", "127.0.0.1:6000");
    CHECK(limited.status == 429);
    CHECK_FALSE(header(limited, "Retry-After").empty());
    auto near = code->code;
    near.back() = near.back() == '0' ? '1' : '0';
    CHECK(api.provision(R"({"code":")" + near + R"(","terminal_key":")" + key + "\"}", "127.0.0.1:6000").status == 429);
  }
  CHECK(api.provision(good, "127.0.0.1:6000").status == 200);
}

TEST_CASE("Whoever watches is answered without a signature") {
  bool healthy = true;
  Api api{{.projector_healthy = [&] { return healthy; }}};
  const auto get = [&](const char* target) { return api.api.answer({"GET", target, {}, {}, "127.0.0.1:1"}); };
  CHECK(get("/livez").status == 200);
  CHECK(get("/version").status == 200);
  CHECK(get("/readyz").status == 200);
  healthy = false;
  CHECK(get("/readyz").status == 503);
  CHECK(get("/livez").status == 200);
}

TEST_CASE("A hub that a terminal has read further than it is says so, and is ready all the same") {
  Api api;
  const auto terminal = api.brand.provision();
  const auto ready = [&] { return api.api.answer({"GET", "/readyz", {}, {}, "127.0.0.1:1"}); };
  CHECK(base::text_of(ready().body) == R"({"ready":true})");
  const auto head = *api.brand.core->feed_head();
  const auto ahead = std::to_string(head.generation) + "." + std::to_string(head.hub_seq + 100) + ".0";
  CHECK(api.api.answer(api.signed_request(terminal, "GET", "/v1/down?cursor=" + ahead)).status == 200);
  CHECK(ready().status == 200);
  CHECK(base::text_of(ready().body).find("run millpond-hub restored") != std::string_view::npos);
  REQUIRE(api.brand.core->restored());
  CHECK(base::text_of(ready().body) == R"({"ready":true})");
}

TEST_CASE("Whoever names another hub key than the one that signs is told who vouches for it") {
  Api api;
  const auto terminal = api.brand.provision();
  const auto ask = [&](std::optional<std::string> known) {
    auto request = api.signed_request(terminal, "GET", "/v1/down?cursor=0.0.0");
    if (known) request.headers.emplace_back(wire::header_hub_key, *known);
    return api.api.answer(request);
  };
  const auto own = std::to_string(api.brand.hub_key.number);
  CHECK(header(ask({}), wire::header_hub_key_vouched).empty());
  CHECK(header(ask(own), wire::header_hub_key_vouched).empty());
  const auto told = ask("77");
  CHECK(header(told, wire::header_hub_key) == own);
  const auto vouched = base::from_hex(header(told, wire::header_hub_key_vouched));
  REQUIRE(vouched);
  CHECK(wire::open_hub_key(*vouched, api.brand.root).value() == api.brand.hub_key);
}

TEST_CASE("A terminal renews its certificate over the key it has, and a revoked one is told so") {
  Api api;
  const auto terminal = api.brand.provision();
  api.brand.clock.advance_ms(200 * 86'400'000LL);  // long expired
  const auto ask = [&] {
    const auto request = api.signed_request(terminal, "POST", "/v1/renew", {'{', '}'});
    auto response = api.api.answer(request);
    CHECK(api.signed_by_hub(request, response));
    return response;
  };
  const auto first = ask();
  REQUIRE(first.status == 200);
  const auto answer = wire::parse_renew_answer(first.body);
  REQUIRE(answer);
  const auto certificate = wire::open_certificate(answer->certificate, api.brand.hub_key.key, api.brand.core->brand());
  REQUIRE(certificate);
  CHECK(certificate->terminal == terminal.id());
  CHECK(certificate->key == terminal.key().public_key());
  CHECK(certificate->first_day == base::local_date_at(api.brand.clock.wall_ms(), 0).days);
  CHECK(certificate->last_day - certificate->first_day == hub::certificate_days);
  CHECK(ask().body == first.body);  // the answer was lost: the same again
  api.brand.clock.advance_ms(86'400'000);
  CHECK(ask().body != first.body);
  CHECK(api.brand.core->check()->holds());

  REQUIRE(api.brand.core->revoke_terminal(terminal.id()));
  const auto refused = ask();
  CHECK(refused.status == 403);
  CHECK(code_of(refused) == "terminal_revoked");
}

TEST_CASE("The hub signs cards of members that it knows, so many a terminal") {
  Api api;
  auto terminal = api.brand.provision();
  terminal.begin_epoch();
  terminal.enrol({9}, {1});
  CHECK(api.up(terminal, 1, terminal.head()).status == 200);
  REQUIRE(api.brand.core->project());
  const auto ask = [&](const std::string& body) {
    const auto bytes = base::view_of(body);
    return api.api.answer(api.signed_request(terminal, "POST", "/v1/card", {bytes.begin(), bytes.end()}));
  };
  const auto number = [](std::uint64_t member) { return "\"" + base::format_id('M', member) + "\""; };
  const auto answered = ask(R"({"members":[)" + number(9) + "," + number(77) + "]}");
  REQUIRE(answered.status == 200);
  const auto cards = nlohmann::json::parse(base::text_of(answered.body)).at("cards");
  REQUIRE(cards.size() == 1);  // 77 is nobody
  const auto parsed = codes::parse(cards.at(0).get<std::string>(), api.brand.core->brand());
  REQUIRE(parsed);
  const auto card = codes::verify(*parsed, api.brand.hub_key.key, api.brand.core->brand());
  REQUIRE(card);
  CHECK(std::get<codes::MemberCode>(*card).member == base::MemberId{9});
  CHECK(std::get<codes::MemberCode>(*card).issuer.is_hub());

  std::string many = number(1);
  for (int i = 0; i < 50; ++i) many += "," + number(1);
  for (const auto& body : {std::string{}, std::string{"[]"}, std::string{R"({"members":[]})"},
                           std::string{R"({"members":[5]})"}, std::string{R"({"members":["M-1"]})"},
                           R"({"members":[)" + many + "]}", R"({"members":)" + std::string(17, '[') + "}"}) {
    CAPTURE(body);
    CHECK(ask(body).status == 400);
  }
  CHECK(ask(std::string((256U << 10) + 1, ' ')).status == 413);
  int given = 0;
  const std::string fifty = R"({"members":[)" + many.substr(0, many.rfind(',')) + "]}";
  while (given < 100 && ask(fifty).status == 200) {
    ++given;
    api.brand.clock.advance_ms(1'000);
  }
  CHECK(given == 9);  // 500 cards at once, less those asked for above
  const auto limited = ask(fifty);
  CHECK(limited.status == 429);
  CHECK(code_of(limited) == "rate_limited");
}

TEST_CASE("Whoever asks whether this is the hub gets its signed word") {
  Api api;
  const auto terminal = api.brand.provision();
  const auto request = api.signed_request(terminal, "GET", "/v1/hello");
  const auto response = api.api.answer(request);
  CHECK(response.status == 200);
  CHECK(api.signed_by_hub(request, response));
  CHECK(api.api.answer({"GET", "/v1/hello", {}, {}, "x:1"}).status == 401);
}

TEST_CASE("A machine binds its grant with a request that its own key signed, and hears the hub's signed word") {
  Api api{{.provision_failures_per_h = 3}};
  const auto grant = api.brand.core->add_grant({.store = {4}, .hub_url = "https://hub.example"});
  REQUIRE(grant);
  const auto bytes = codes::base45_decode(grant->sheet.substr(wire::sheet_prefix.size()));
  const auto sheet = wire::decode_sheet(*bytes);
  const auto checked = wire::check_sheet(*sheet);
  REQUIRE(checked);
  const auto show = [&](const crypto::SigningKey& key, std::uint8_t signer) {
    const wire::BindRequest wanted{sheet->grant, key.public_key(),
                                   wire::bind_grant(checked->key, checked->brand, key.public_key())};
    const tests::PretendTerminal machine{checked->brand, grant->terminal, {1}, tests::seeded_key(signer)};
    return api.signed_request(machine, "POST", "/v1/bind", wire::to_json(wanted));
  };
  const auto key = tests::seeded_key(40);
  const auto thief = tests::seeded_key(41);
  const auto unsigned_by_it = api.api.answer(show(key, 41));
  CHECK(unsigned_by_it.status == 401);
  CHECK(code_of(unsigned_by_it) == "signature_invalid");
  const auto request = show(key, 40);
  const auto taken = api.api.answer(request);
  CHECK(taken.status == 200);
  CHECK(api.signed_by_hub(request, taken));
  CHECK(wire::check_answer(*wire::parse_provision_answer(taken.body), key.public_key()));
  CHECK(code_of(api.api.answer(request)) == "replayed");
  const auto second = show(thief, 41);
  const auto refused = api.api.answer(second);
  CHECK(refused.status == 403);
  CHECK(code_of(refused) == "grant_invalid");
  CHECK(api.signed_by_hub(second, refused));
  CHECK(api.api.answer(show(thief, 41)).status == 429);  // like wrong codes, so many an hour
  CHECK(api.brand.core->grants()->front().clashes == 1);
  CHECK(api.api.answer(show(key, 40)).status == 200);  // whose it is hears it all the same
}

TEST_CASE("A terminal asks about a coupon and gets a signed yes with a receipt, within the hub's limits") {
  Api api;
  auto issuer = api.brand.provision();
  const auto asker = api.brand.provision({2});
  const auto bound = api.brand.core->set_limits(model::default_limits());
  REQUIRE(bound);
  CHECK(*bound == 2 * 2 * model::default_limits().outstanding_minor_max);  // two terminals
  model::CouponIssued coupon;
  coupon.coupon = {500};
  coupon.value_minor = 500;
  coupon.expires = {30'000};
  issuer.begin_epoch();
  issuer.add(coupon);
  issuer.add(model::RightsReleased{});
  CHECK(api.up(issuer, 1, issuer.head()).status == 200);
  REQUIRE(api.brand.core->project());

  const wire::RedeemAsk ask{7, {500}, {}, asker.epoch(), 2'000};
  const auto request = api.signed_request(asker, "POST", "/v1/redeem", wire::encode(ask));
  const auto response = api.api.answer(request);
  REQUIRE(response.status == 200);
  CHECK(api.signed_by_hub(request, response));
  const auto word = wire::decode_redeem_word(response.body);
  REQUIRE(word);
  CHECK(word->word == model::HubWord::confirmed);
  CHECK(crypto::verify(api.brand.hub_key.key, crypto::context::redemption, api.brand.core->brand(),
                       wire::redemption_signed_bytes(7, {500}, asker.id()), word->receipt));
  const wire::RedeemAsk other{8, {500}, {}, issuer.epoch(), 2'000};
  const auto refused = api.api.answer(api.signed_request(issuer, "POST", "/v1/redeem", wire::encode(other)));
  CHECK(wire::decode_redeem_word(refused.body)->why.code == base::Code::coupon_spent);
  CHECK(code_of(api.api.answer(api.signed_request(asker, "POST", "/v1/redeem", {1, 2, 3}))) == "bad_input");

  const auto page = api.brand.core->down(asker.id(), {});  // a new feed: from its beginning
  REQUIRE(page);
  const auto rows = api.brand.core->down(asker.id(), page->next);
  REQUIRE(rows);
  std::size_t allowances = 0;
  for (const auto& row : rows->rows) {
    if (row.kind != static_cast<std::uint8_t>(wire::RowKind::allowance)) continue;
    ++allowances;
    CHECK(wire::decode_allowance(row.body)->outstanding_minor_max == model::default_limits().outstanding_minor_max);
  }
  CHECK(allowances == 1);
  REQUIRE(api.brand.core->set_limits(model::default_limits()));
  CHECK(api.brand.core->down(asker.id(), rows->next)->rows.empty());  // the same limits are no news
  CHECK(api.brand.core->rights()->size() == 2);
  CHECK(api.brand.core->break_rights(issuer.id()).error().code == base::Code::bad_input);
  api.brand.clock.advance_ms(hub::rights_break_ms);
  CHECK(api.brand.core->break_rights(issuer.id()));
}
