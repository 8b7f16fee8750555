// SPDX-License-Identifier: Apache-2.0
#include "sync/client/errands.h"

#include "sync/wire/hub_address.h"
#include "tests/unit/client/executor_bench.h"

#include <nlohmann/json.hpp>

using namespace millpond;
using base::Code;
using tests::bytes_of;
using tests::code_in;

namespace {

constexpr std::int32_t first_day = 20'700;

// A terminal with errands: what was kept of them, and what the hub would issue.
struct Bench : tests::ExecutorBench {
  Bench() : errands{certificate(first_day), tests::seeded_key(9).public_key(), "https://old.example", hooks()} {
    executor->set_errands(errands);
  }
  [[nodiscard]] wire::Certificate certificate(std::int32_t day) const {
    wire::Certificate made;
    made.brand_tag = hub.brand().tag();
    made.hub_key = 1;
    made.terminal = tests::PretendHub::terminal;
    made.generation = 1;
    made.store = {3};
    made.key = tests::seeded_key(2).public_key();
    made.first_day = static_cast<std::uint16_t>(day);
    made.last_day = static_cast<std::uint16_t>(day + 90);
    made.serial = static_cast<std::uint32_t>(day);
    return made;
  }
  [[nodiscard]] wire::RenewAnswer renewal(const wire::Certificate& next) const {
    return {wire::vouch_hub_key({1, tests::seeded_key(1).public_key(), {}}, tests::seeded_key(9)),
            wire::issue_certificate(next, tests::seeded_key(1), hub.brand())};
  }
  client::ErrandHooks hooks() {
    client::ErrandHooks all;
    all.keep_certificate = [this](const wire::RenewAnswer& answer) {
      certificates.push_back(answer);
      return disk;
    };
    all.keep_binding = [this](const wire::ProvisionAnswer&) {
      ++bound;
      return disk;
    };
    all.keep_address = [this](const std::string& url) {
      addresses.push_back(url);
      return disk;
    };
    all.keep_cards = [this](const std::vector<std::string>& given) {
      cards = given;
      return disk;
    };
    return all;
  }
  void hub_day(std::int32_t day) { clock.wall = day * 86'400'000LL; }
  // What is asked next on the downlink's lane.
  std::string target() { return ask().signed_request.http.target.substr(0, 9); }
  void name_address(std::uint32_t version, const std::string& url) {
    const auto bytes = wire::sign_hub_address({version, url}, tests::seeded_key(9));
    const store::Action keep = [&](store::Transaction& t) {
      return t.put_document(client::address_document, version, bytes);
    };
    REQUIRE(journal->commit({&keep, 1}).front());
  }
  void hear_now() { time->hear(clock.wall); }

  base::Result<> disk{};
  std::vector<wire::RenewAnswer> certificates;
  std::vector<std::string> addresses;
  int bound{};
  std::vector<std::string> cards;
  client::Errands errands;
};

}  // namespace

TEST_CASE("a certificate is renewed from day 60 on, before the next page, and kept once") {
  Bench bench;
  bench.hub_day(first_day + 59);
  bench.hear_now();
  CHECK(bench.target() == "/v1/down?");
  bench.hub_day(first_day + 60);
  bench.hear_now();
  const auto asked = bench.ask();
  CHECK(asked.question == client::Question::errand);
  CHECK(asked.signed_request.http.target == "/v1/renew");
  CHECK(bench.hub.signed_by_terminal(asked.signed_request.http));
  const auto next = bench.renewal(bench.certificate(first_day + 60));
  CHECK(std::holds_alternative<engine::ErrandDone>(bench.answer(asked, 200, wire::to_json(next))));
  REQUIRE(bench.certificates.size() == 1);
  CHECK(bench.certificates.front() == next);
  CHECK(bench.target() == "/v1/down?");
}

TEST_CASE("after a long absence an expired certificate is renewed all the same") {
  Bench bench;
  bench.hub_day(first_day + 400);
  bench.hear_now();
  const auto asked = bench.ask();
  CHECK(asked.signed_request.http.target == "/v1/renew");
  (void)bench.answer(asked, 200, wire::to_json(bench.renewal(bench.certificate(first_day + 400))));
  CHECK(bench.certificates.size() == 1);
}

TEST_CASE("a renewal that is refused, forged or not durable leaves everything and is tried after a pause") {
  struct Row {
    const char* name;
    std::function<base::Bytes(Bench&)> body;
    int status;
  };
  const auto changed = [](auto change) {
    return [change](Bench& bench) {
      auto next = bench.certificate(first_day + 60);
      change(next);
      return wire::to_json(bench.renewal(next));
    };
  };
  const std::vector<Row> rows{
      {"refused", [](Bench&) { return bytes_of(R"({"code":"not_found"})"); }, 404},
      {"no JSON", [](Bench&) { return bytes_of("<html>"); }, 200},
      {"another terminal", changed([](auto& c) { c.terminal.value = 6; }), 200},
      {"another key", changed([](auto& c) { c.key = tests::seeded_key(50).public_key(); }), 200},
      {"another store", changed([](auto& c) { c.store = {4}; }), 200},
      {"an earlier end", changed([](auto& c) { c.last_day = first_day + 80; }), 200},
      {"a hub key that nobody vouches for",
       [](Bench& bench) {
         auto answer = bench.renewal(bench.certificate(first_day + 60));
         answer.hub_key = wire::vouch_hub_key({1, tests::seeded_key(1).public_key(), {}}, tests::seeded_key(77));
         return wire::to_json(answer);
       },
       200},
      {"a full disk",
       [](Bench& bench) {
         bench.disk = base::Error{Code::disk_full, "", ""};
         return wire::to_json(bench.renewal(bench.certificate(first_day + 60)));
       },
       200},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    Bench bench;
    bench.hub_day(first_day + 60);
    bench.hear_now();
    const auto asked = bench.ask();
    const auto body = row.body(bench);
    CHECK(std::holds_alternative<engine::ErrandDone>(bench.answer(asked, row.status, body)));
    CHECK(bench.certificates.size() == (bench.disk ? 0U : 1U));
    CHECK(bench.target() == "/v1/down?");
    bench.clock.monotonic += client::Errands::pause_ms;
    CHECK(bench.target() == "/v1/renew");
  }
}

TEST_CASE("a new address is kept after a hub of this brand answered there, and the old one until then") {
  Bench bench;
  bench.name_address(1, "https://new.example");
  const auto first = bench.ask();
  CHECK(first.signed_request.http.target == "/v1/hello");
  CHECK(first.signed_request.http.base_url == "https://new.example");
  // Nobody there, or somebody else: the hub where it is goes on, and the line is not offline.
  const auto nobody = bench.executor->finish(first, base::Error{Code::hub_unreachable, "", ""});
  CHECK(std::holds_alternative<engine::ErrandDone>(nobody.back()));
  CHECK(bench.ask().signed_request.http.base_url.empty());
  bench.clock.monotonic += client::Errands::pause_ms;
  const auto second = bench.ask();
  const auto portal = bench.executor->finish(second, net::HttpAnswer{200, {}, bytes_of("<html>"), 0});
  CHECK(std::holds_alternative<engine::ErrandDone>(portal.back()));
  CHECK(bench.addresses.empty());
  CHECK(bench.ask().signed_request.http.base_url.empty());

  bench.clock.monotonic += client::Errands::pause_ms;
  CHECK(std::holds_alternative<engine::ErrandDone>(bench.answer(bench.ask(), 200, bytes_of("{}"))));
  CHECK(bench.addresses == std::vector<std::string>{"https://new.example"});
  const auto page = bench.ask();
  CHECK(page.signed_request.http.target.starts_with("/v1/down?"));
  CHECK(page.signed_request.http.base_url == "https://new.example");
}

TEST_CASE("an address that another root signed is not tried") {
  Bench bench;
  const auto forged = wire::sign_hub_address({1, "https://evil.example"}, tests::seeded_key(77));
  const store::Action keep = [&](store::Transaction& t) { return t.put_document(client::address_document, 1, forged); };
  REQUIRE(bench.journal->commit({&keep, 1}).front());
  CHECK(bench.target() == "/v1/down?");
}

TEST_CASE("cards that are wanted are asked for together, and again after a failure") {
  Bench bench;
  for (std::uint64_t i = 1; i <= client::Errands::cards_at_once + 1; ++i) bench.errands.want_card(base::MemberId{i});
  const auto asked = bench.ask();
  CHECK(asked.signed_request.http.target == "/v1/card");
  const auto members = nlohmann::json::parse(asked.signed_request.http.body).at("members");
  CHECK(members.size() == client::Errands::cards_at_once);
  CHECK(members.at(0) == base::format_id('M', 1));
  const auto broken = bench.executor->finish(asked, base::Error{Code::hub_unreachable, "", ""});
  CHECK(std::holds_alternative<engine::DownFailed>(broken.back()));
  CHECK(bench.target() == "/v1/down?");
  bench.clock.monotonic += client::Errands::pause_ms;
  CHECK(std::holds_alternative<engine::ErrandDone>(bench.answer(bench.ask(), 200, bytes_of(R"({"cards":["K1:A"]})"))));
  CHECK(bench.cards == std::vector<std::string>{"K1:A"});
  const auto rest = bench.ask();
  CHECK(nlohmann::json::parse(rest.signed_request.http.body).at("members").size() == 1);
  (void)bench.answer(rest, 200, bytes_of(R"({"cards":[]})"));
  CHECK(bench.target() == "/v1/down?");
}

TEST_CASE("a machine with a grant shows its binding before anything else, and uploads once it was let in") {
  Bench bench;
  bench.earn(1);
  wire::BindRequest request;
  request.grant = base::Bytes(wire::grant_bytes, 7);
  request.terminal_key = tests::seeded_key(2).public_key();
  bench.errands.bind_first(request);
  const auto status = bench.outbox();
  const engine::SendUp send{status.epoch, base::Seq{status.acked.value + 1}, 100, 1U << 20, 1'000};
  const auto held = bench.executor->execute(send);
  CHECK_FALSE(held.outgoing);
  CHECK(code_in<engine::UpFailed>(held.inputs.front()) == "not_provisioned");

  const auto asked = bench.ask();
  CHECK(asked.signed_request.http.target == "/v1/bind");
  CHECK(wire::parse_bind_request(asked.signed_request.http.body).value() == request);
  CHECK(code_in<engine::DownRefused>(bench.answer(asked, 403, bytes_of(R"({"code":"grant_invalid"})"))) ==
        "grant_invalid");
  CHECK(bench.bound == 0);

  const auto certificate = bench.certificate(first_day);
  wire::ProvisionAnswer answer{tests::seeded_key(9).public_key(),
                               bench.renewal(certificate).hub_key,
                               bench.renewal(certificate).certificate,
                               {}};
  auto another = answer;
  auto elsewhere = certificate;
  elsewhere.store = {77};
  another.certificate = bench.renewal(elsewhere).certificate;
  CHECK(code_in<engine::DownFailed>(bench.answer(bench.ask(), 200, wire::to_json(another))) == "hub_refused");
  CHECK(bench.bound == 0);
  CHECK(std::holds_alternative<engine::ErrandDone>(bench.answer(bench.ask(), 200, wire::to_json(answer))));
  CHECK(bench.bound == 1);
  CHECK(bench.executor->execute(send).outgoing);
  CHECK(bench.target() == "/v1/down?");
}
