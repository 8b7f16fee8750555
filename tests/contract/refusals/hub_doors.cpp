// SPDX-License-Identifier: Apache-2.0
// What terminals send to the hub: signed requests, batches of facts, questions about coupons.
#include "sync/hub/server/terminal_api.h"
#include "tests/contract/refusals/doors.h"
#include "tests/support/pretend_brand.h"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

namespace millpond::tests {
namespace {

using base::Code;

constexpr std::int64_t minute_ms = 60'000;

// A hub with one terminal that has begun.
struct Hub {
  PretendBrand brand;
  PretendTerminal terminal = brand.provision();

  Hub() {
    terminal.begin_epoch();
    terminal.enrol({9}, {1});
    terminal.sell({9}, "a", 4'000, 40);
  }

  [[nodiscard]] Verdict up(const wire::UpRequest& batch) {
    const auto answer = brand.core->ingest(terminal.id(), wire::encode(batch));
    if (!answer) return answer.error().code;
    if (answer->status == wire::UpStatus::accepted) return std::nullopt;
    return base::code_from_name(answer->reason).value_or(Code::internal);
  }
};

std::function<Verdict()> spoiled(const std::function<void(Hub&, wire::UpRequest&)>& spoil) {
  return [spoil] {
    Hub hub;
    auto batch = hub.terminal.all();
    spoil(hub, batch);
    return hub.up(batch);
  };
}

Door batch() {
  return {"batch of facts",
          spoiled([](Hub&, wire::UpRequest&) {}),
          {refused(Code::signature_invalid, spoiled([](Hub&, auto& batch) { batch.signature[3] ^= 1U; })),
           refused(Code::bad_input,
                   [] {
                     Hub hub;
                     auto body = wire::encode(hub.terminal.all());
                     body.resize(body.size() - 9);
                     return verdict_of(hub.brand.core->ingest(hub.terminal.id(), body));
                   }),
           taken("an answer may have been lost: counted once, answered again", spoiled([](Hub& hub, auto& batch) {
                   REQUIRE_FALSE(hub.up(batch));
                   batch = hub.terminal.all();
                 })),
           refused(Code::hub_gap, spoiled([](Hub& hub, auto& batch) { batch = hub.terminal.batch(3, 4); })),
           taken("facts have no last day: a month offline strands nothing",
                 spoiled([](Hub& hub, auto&) { hub.brand.clock.advance_ms(400LL * 1'440 * minute_ms); })),
           refused(Code::bad_input, spoiled([](Hub& hub, auto& batch) {
                     auto there = hub.brand.provision({2}, 78);
                     there.begin_epoch();
                     batch = there.all();
                   })),
           refused(Code::signature_invalid, spoiled([](Hub& hub, auto& batch) {
                     batch.signature =
                         hub.terminal.key().sign(crypto::context::batch, base::BrandId{},
                                                 wire::batch_signed_bytes(batch.terminal, batch.epoch, batch.first_seq,
                                                                          batch.rows.size(), batch.chain_head));
                   })),
           taken("when something happened is the terminal's word; the hub dates it by its arrival",
                 spoiled([](Hub& hub, auto&) { hub.brand.clock.advance_ms(-400LL * 1'440 * minute_ms); }))}};
}

// The facts inside, under a signature that holds.
Door facts() {
  return {"facts in it",
          spoiled([](Hub&, wire::UpRequest&) {}),
          {refused(Code::chain_broken, spoiled([](Hub&, auto& batch) { batch.rows[1].canonical.back() ^= 1U; })),
           refused(Code::signature_invalid, spoiled([](Hub&, auto& batch) { batch.rows.pop_back(); })),
           refused(Code::chain_broken, spoiled([](Hub& hub, auto& batch) {
                     batch.rows.push_back(batch.rows.back());
                     hub.terminal.sign(batch);
                   })),
           refused(Code::chain_broken, spoiled([](Hub&, auto& batch) { std::swap(batch.rows[1], batch.rows[2]); })),
           senseless("facts have no last day"),
           senseless("a fact is its terminal's, and the hub knows which shop that is in"),
           refused(Code::chain_broken, spoiled([](Hub& hub, auto& batch) {
                     batch.chain_before = wire::chain_start(base::BrandId{}, batch.terminal, batch.epoch);
                     batch.chain_head = batch.chain_before;
                     for (const auto& row : batch.rows) {
                       batch.chain_head = wire::chain_next(batch.chain_head, row.canonical);
                     }
                     hub.terminal.sign(batch);
                   })),
           senseless("what a fact says of the time decides nothing at the hub")}};
}

// Requests as they come over HTTP.
struct Api {
  PretendBrand brand;
  PretendTerminal terminal = brand.provision();
  hub::TerminalApi api{*brand.core, brand.clock, {}};

  Api() { brand.clock.advance_ms(2 * wire::request_skew_max_ms); }  // it has run for a while

  [[nodiscard]] http::Request request(std::int64_t at_ms, const base::BrandId& of, char nonce = 'a') const {
    wire::RequestAuth auth{terminal.id(), at_ms, std::string(32, nonce), {}};
    auth.signature = terminal.key().sign(
        crypto::context::request, of,
        wire::request_signed_bytes("GET", "/v1/hello", auth.terminal, auth.wall_ms, auth.nonce, {}));
    return {"GET", "/v1/hello", wire::to_headers(auth), {}, "127.0.0.1:4000"};
  }
  [[nodiscard]] http::Request request() const { return request(brand.clock.wall_ms(), brand.core->brand()); }

  [[nodiscard]] Verdict ask(const http::Request& of) {
    const auto response = api.answer(of);
    if (response.status == 200) return std::nullopt;
    const auto json = nlohmann::json::parse(base::text_of(response.body), nullptr, false);
    return base::code_from_name(json.is_object() ? json.value("code", "") : "").value_or(Code::internal);
  }
};

Door request() {
  return {"signed request",
          [] {
            Api hub;
            return hub.ask(hub.request());
          },
          {refused(Code::signature_invalid,
                   [] {
                     Api hub;
                     auto request = hub.request();
                     request.target = "/v1/hello?more";
                     return hub.ask(request);
                   }),
           refused(Code::unauthorized,
                   [] {
                     Api hub;
                     auto request = hub.request();
                     request.headers.pop_back();
                     return hub.ask(request);
                   }),
           refused(Code::replayed,
                   [] {
                     Api hub;
                     REQUIRE_FALSE(hub.ask(hub.request()));
                     return hub.ask(hub.request());
                   }),
           taken("requests overtake each other on the line; each counts once",
                 [] {
                   Api hub;
                   const auto first = hub.request(hub.brand.clock.wall_ms() - 1'000, hub.brand.core->brand(), 'b');
                   REQUIRE_FALSE(hub.ask(hub.request()));
                   return hub.ask(first);
                 }),
           refused(Code::clock_skew,
                   [] {
                     Api hub;
                     return hub.ask(hub.request(hub.brand.clock.wall_ms() - 6 * minute_ms, hub.brand.core->brand()));
                   }),
           senseless("a request names a terminal, and the hub knows which shop that is in"),
           refused(Code::signature_invalid,
                   [] {
                     Api hub;
                     return hub.ask(hub.request(hub.brand.clock.wall_ms(), base::BrandId{}));
                   }),
           refused(Code::clock_skew, [] {
             Api hub;
             return hub.ask(hub.request(hub.brand.clock.wall_ms() + 6 * minute_ms, hub.brand.core->brand()));
           })}};
}

// Questions about a coupon of an issuer that is cut off, with its code.
struct Counter : Hub {
  PretendTerminal asker = brand.provision({2}, 78);

  Counter() {
    move_to(20'780);
    terminal.issue({500}, {9}, 1, {3});
    terminal.add(model::RightsReleased{});
    REQUIRE(brand.up(terminal.all()).status == wire::UpStatus::accepted);
    REQUIRE(brand.core->project());
  }
  [[nodiscard]] wire::RedeemAsk question(std::uint64_t redemption = 7) const {
    return {redemption, {500}, {9}, asker.epoch(), 4'000, text(brand.core->brand(), terminal.key())};
  }
  [[nodiscard]] std::string text(const base::BrandId& of, const crypto::SigningKey& by) const {
    return codes::compose(
        codes::CouponCode{
            of.tag(), codes::Issuer::terminal(terminal.id(), 1), {500}, {9}, {7}, 800, 20'777, 20'800, 0, {1}},
        by, of);
  }
  [[nodiscard]] Verdict ask(const wire::RedeemAsk& of) {
    const auto word = brand.core->redeem(asker.id(), wire::encode(of));
    if (!word) return word.error().code;
    if (word->word == model::HubWord::confirmed) return std::nullopt;
    return word->word == model::HubWord::refused ? Verdict{word->why.code} : Verdict{Code::coupon_unknown};
  }
  // The hub's clock stands before the coupon's days, or behind them.
  void move_to(std::int32_t day) { brand.clock.advance_ms(day * 1'440LL * minute_ms - brand.clock.wall_ms()); }
};

Door question() {
  const auto with_code = [](const std::function<std::string(Counter&)>& code) {
    return [code] {
      Counter at;
      auto ask = at.question();
      ask.code = code(at);
      return at.ask(ask);
    };
  };
  return {"question about a coupon",
          [] {
            Counter at;
            return at.ask(at.question());
          },
          {refused(Code::code_forged,
                   with_code([](Counter& at) { return at.text(at.brand.core->brand(), at.asker.key()); })),
           refused(Code::bad_input,
                   [] {
                     Counter at;
                     auto body = wire::encode(at.question());
                     body.resize(body.size() - 9);
                     return verdict_of(at.brand.core->redeem(at.asker.id(), body));
                   }),
           refused(Code::coupon_spent,
                   [] {
                     Counter at;
                     REQUIRE_FALSE(at.ask(at.question()));
                     REQUIRE_FALSE(at.ask(at.question()));  // the same redemption told again is the same one
                     return at.ask(at.question(8));
                   }),
           senseless("each redemption is asked about alone"),
           refused(Code::code_expired,
                   [] {
                     Counter at;
                     at.move_to(20'802);
                     return at.ask(at.question());
                   }),
           taken("a right is the coupon's, in every shop of the brand: the asker is another one",
                 [] {
                   Counter at;
                   return at.ask(at.question());
                 }),
           refused(Code::code_wrong_brand, with_code([](Counter& at) {
                     auto other = at.brand.core->brand();
                     other.bytes.fill(7);
                     return at.text(other, at.terminal.key());
                   })),
           refused(Code::code_not_yet_valid, [] {
             Counter at;
             at.move_to(20'770);
             return at.ask(at.question());
           })}};
}

}  // namespace

std::vector<Door> hub_doors() { return {request(), batch(), facts(), question()}; }

}  // namespace millpond::tests
