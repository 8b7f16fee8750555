// SPDX-License-Identifier: Apache-2.0
// Rights on the line: when a terminal gives them to the hub, its allowance, and questions while a till waits.
#include "sync/client/documents.h"
#include "sync/client/redeem_line.h"
#include "tests/unit/client/executor_bench.h"

#include <algorithm>
#include <catch2/generators/catch_generators.hpp>
#include <functional>

using namespace millpond;
using Bench = tests::ExecutorBench;
using tests::bytes_of;
using tests::PretendHub;

namespace {

void issue(Bench& bench, std::uint64_t number) {
  model::CouponIssued coupon;
  coupon.coupon = {number};
  coupon.cause.fill(static_cast<std::uint8_t>(number));
  const store::Action action = [&](store::Transaction& t) -> base::Result<> {
    MILLPOND_TRY_DO(t.append(coupon, bench.clock.wall, 480, 1));
    return {};
  };
  REQUIRE(bench.journal->commit({&action, 1}).front());
}

std::size_t releases(Bench& bench) {
  const auto entries = bench.journal->entries(1'000, false);
  REQUIRE(entries);
  return static_cast<std::size_t>(std::ranges::count_if(
      *entries, [](const auto& entry) { return std::holds_alternative<model::RightsReleased>(entry.fact.body); }));
}

void take(Bench& bench, const client::Outgoing& outgoing) {
  const auto answer = Bench::taken(outgoing);
  bool told = false;
  for (const auto& input :
       bench.executor->finish(outgoing, bench.hub.answer(outgoing.signed_request.http, 200, wire::encode(answer)))) {
    // What the answer changes is told after it: an outbox told then is older, and would take the engine back.
    if (std::holds_alternative<engine::OutboxChanged>(input)) CHECK_FALSE(told);
    if (const auto* accepted = std::get_if<engine::UpAccepted>(&input)) {
      told = true;
      static_cast<void>(bench.executor->execute(engine::Acknowledge{accepted->epoch, accepted->through}));
    }
  }
}

class ScriptedHttp final : public net::HttpClient {
 public:
  using Script = std::function<base::Result<net::HttpAnswer>(const net::HttpRequest&)>;
  explicit ScriptedHttp(Script script) : script_{std::move(script)} {}
  base::Result<net::HttpAnswer> perform(const net::HttpRequest& request) override { return script_(request); }

 private:
  Script script_;
};

}  // namespace

TEST_CASE("rights go to the hub by a fact right after a fresh answer, one at a time") {
  Bench bench;
  bench.earn(1);
  take(bench, bench.send());
  CHECK(releases(bench) == 0);  // nothing was issued
  issue(bench, 1);
  auto outgoing = bench.send();
  issue(bench, 2);  // while the batch is on its way
  take(bench, outgoing);
  CHECK(releases(bench) == 1);
  CHECK(*bench.journal->rights() == store::RightsStatus{false, true});
  issue(bench, 3);
  const auto asked = bench.ask();
  static_cast<void>(
      bench.executor->finish(asked, bench.hub.answer(asked.signed_request.http, 200, wire::encode(bench.page(1)))));
  CHECK(releases(bench) == 1);  // the first one is not acknowledged
  take(bench, bench.send());
  CHECK(*bench.journal->rights() == store::RightsStatus{true, false});
  const auto again = bench.ask();
  static_cast<void>(
      bench.executor->finish(again, bench.hub.answer(again.signed_request.http, 200, wire::encode(bench.page(2)))));
  CHECK(releases(bench) == 2);
}

TEST_CASE("an outage gives nothing away") {
  Bench bench;
  issue(bench, 1);
  SECTION("no answer") {
    const auto outgoing = bench.send();
    static_cast<void>(bench.executor->finish(outgoing, base::Error{base::Code::timeout, "", ""}));
  }
  SECTION("an answer that nobody signed") {
    const auto outgoing = bench.send();
    static_cast<void>(
        bench.executor->finish(outgoing, net::HttpAnswer{200, {}, wire::encode(Bench::taken(outgoing)), 0}));
  }
  SECTION("a refusal") {
    const auto outgoing = bench.send();
    static_cast<void>(bench.executor->finish(
        outgoing, bench.hub.answer(outgoing.signed_request.http, 503, tests::bytes_of(R"({"code":"disk_full"})"))));
  }
  SECTION("an answer that took ten seconds") {
    const auto outgoing = bench.send();
    bench.clock.monotonic += 10'000;
    take(bench, outgoing);
  }
  CHECK(releases(bench) == 0);
  CHECK(bench.journal->rights()->held);
}

TEST_CASE("the hub's limits for this terminal are kept, and nobody else's") {
  Bench bench;
  const auto page = [&](std::uint32_t terminal, std::uint32_t version, std::int64_t value) {
    auto limits = model::default_limits();
    limits.version = version;
    limits.value_minor_max = value;
    wire::DownPage with;
    wire::DownRow row;
    row.kind = static_cast<std::uint8_t>(wire::RowKind::allowance);
    base::append_big_endian(row.key, terminal, 4);
    row.body = wire::encode(limits);
    with.rows = {row};
    return with;
  };
  const auto keep = [&](const wire::DownPage& with) {
    REQUIRE(client::keep_documents(with, bench.hub.credentials(), *bench.journal, 0));
  };
  const auto kept = [&]() -> std::int64_t {
    const auto document = *bench.journal->document(client::allowance_document);
    return document ? wire::decode_allowance(*document)->value_minor_max : -1;
  };
  keep(page(PretendHub::terminal.value + 1, 1, 100));
  CHECK(kept() == -1);
  keep(page(PretendHub::terminal.value, 2, 200));
  keep(page(PretendHub::terminal.value, 1, 100));  // older
  CHECK(kept() == 200);
}

TEST_CASE("a question about a coupon is signed, and only the hub's signed word to it counts") {
  const PretendHub hub;
  tests::HandClock clock;
  base::SeededRng rng{1};
  const wire::RedeemAsk ask{77, {500}, {9}, {3}, 2'000, GENERATE("", "K1:A CODE TO CHECK")};
  wire::RedeemWord word;
  word.redemption = 77;
  word.word = model::HubWord::confirmed;
  word.receipt.fill(4);
  int asked = 0;
  ScriptedHttp::Script script = [&](const net::HttpRequest& request) -> base::Result<net::HttpAnswer> {
    ++asked;
    CHECK(hub.signed_by_terminal(request));
    CHECK(request.target == "/v1/redeem");
    CHECK(request.timeout_ms <= client::RedeemLine::limit_ms);
    CHECK(wire::decode_redeem_ask(request.body).value() == ask);
    return hub.answer(request, 200, wire::encode(word));
  };
  store::HubTime time{clock, "boot", {}};
  auto credentials = hub.credentials();
  // The next key of the hub has begun, and signs later.
  constexpr std::uint16_t next_begins = 20'700;
  credentials.later_keys.push_back({2, tests::seeded_key(102).public_key(), {}, next_begins, 21'000});
  credentials.hub_key.last_day = 21'000;
  client::RedeemLine line{credentials,
                          std::make_unique<ScriptedHttp>([&](const auto& request) { return script(request); }), clock,
                          time, rng};
  const std::vector<std::optional<wire::RedeemAsk>> asks{std::nullopt, ask};
  auto words = line.ask(asks);
  REQUIRE(words.size() == 2);
  CHECK(words[0].word == model::HubWord::not_asked);
  CHECK(words[1] == word);

  SECTION("an answer about another redemption, or unsigned, is silence") {
    if (GENERATE(true, false)) {
      word.redemption = 78;
    } else {
      script = [&](const auto&) { return net::HttpAnswer{200, {}, wire::encode(word), 0}; };
    }
    CHECK(line.ask(asks)[1].word == model::HubWord::silent);
  }
  SECTION("a word by a key that was replaced 35 days ago is silence") {
    time.hear((next_begins + 34) * 86'400'000LL);
    CHECK(line.ask(asks)[1] == word);
    time.hear((next_begins + 35) * 86'400'000LL);
    CHECK(line.ask(asks)[1].word == model::HubWord::silent);
  }
  SECTION("after a failure nobody waits for a while") {
    script = [&](const auto&) -> base::Result<net::HttpAnswer> {
      ++asked;
      return base::Error{base::Code::timeout, "", ""};
    };
    CHECK(line.ask(asks)[1].word == model::HubWord::silent);
    const auto before = asked;
    CHECK(line.ask(asks)[1].word == model::HubWord::not_asked);
    CHECK(asked == before);
    clock.monotonic += client::RedeemLine::pause_ms;
    CHECK(line.ask(asks)[1].word == model::HubWord::silent);
    CHECK(asked == before + 1);
  }
  SECTION("a hub that finds the clock wrong is asked again at once, by its own time") {
    script = [&](const net::HttpRequest& request) -> base::Result<net::HttpAnswer> {
      if (++asked == 2)
        return hub.answer(request, 401, bytes_of(R"({"code":"clock_skew","hub_wall_ms":1795000000000})"));
      return hub.answer(request, 200, wire::encode(word));
    };
    CHECK(line.ask(asks)[1] == word);
    CHECK(asked == 3);
  }
}

TEST_CASE("words about a redemption come back as they were, and nothing else does") {
  for (const auto what : {model::HubWord::unknown, model::HubWord::confirmed, model::HubWord::refused}) {
    wire::RedeemWord word{7, what, {}, {}, 1'790'000'000'000};
    if (what == model::HubWord::unknown) word.open = {700, 3, 0};
    if (what == model::HubWord::refused) word.why = {base::Code::coupon_threshold, 300, base::LocalDate{-5}};
    CHECK(wire::decode_redeem_word(wire::encode(word)).value() == word);
  }
  CHECK_FALSE(wire::decode_redeem_word(wire::encode(wire::RedeemWord{7, model::HubWord::silent, {}, {}, 0})));
  CHECK_FALSE(
      wire::decode_redeem_word(wire::encode(wire::RedeemWord{7, model::HubWord::unknown, {}, {}, 0, {-1, 0, 0}})));
  CHECK_FALSE(wire::decode_redeem_ask(wire::encode(wire::RedeemAsk{})));
  CHECK_FALSE(wire::decode_redeem_ask(wire::encode(wire::RedeemAsk{1, {2}, {}, {}, -1})));
  auto limits = model::default_limits();
  CHECK(wire::decode_allowance(wire::encode(limits)).value() == limits);
  limits.outstanding_minor_max = -1;
  CHECK_FALSE(wire::decode_allowance(wire::encode(limits)));
}
