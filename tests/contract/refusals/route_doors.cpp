// SPDX-License-Identifier: Apache-2.0
// Addresses of the hub, asked as over HTTP: whatever is behind one, nobody passes with a wrong signature, nonce or
// time.
#include "sync/hub/server/notice_api.h"
#include "sync/hub/server/terminal_api.h"
#include "tests/contract/refusals/doors.h"
#include "tests/support/pretend_brand.h"
#include "tests/support/provider_notices.h"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

namespace millpond::tests {
namespace {

using base::Bytes;
using base::Code;

constexpr std::int64_t minute_ms = 60'000;

Verdict verdict_of_answer(const http::Response& response) {
  if (response.park_ms > 0 || response.status / 100 == 2) return std::nullopt;
  const auto json = nlohmann::json::parse(base::text_of(response.body), nullptr, false);
  return base::code_from_name(json.is_object() ? json.value("code", "") : "").value_or(Code::internal);
}

// A hub with a snapshot, an old terminal and one of another store that asks.
struct Served {
  PretendBrand brand;
  PretendTerminal terminal = brand.provision();
  PretendTerminal elsewhere = brand.provision({2}, 78);
  std::unique_ptr<hub::SnapshotShelf> shelf;
  std::unique_ptr<hub::TerminalApi> api;

  Served() {
    terminal.begin_epoch();
    for (std::uint64_t member = 1; member <= 20; ++member) terminal.enrol({member}, {1});
    REQUIRE(brand.up(terminal.all()).status == wire::UpStatus::accepted);
    REQUIRE(brand.core->project());
    auto opened = hub::SnapshotShelf::open(*brand.core, brand.clock, {.folder = brand.dir.path(), .rows_min = 1});
    REQUIRE(opened);
    shelf = std::move(opened).value();
    REQUIRE(shelf->refresh());
    hub::ApiOptions options;
    options.shelf = shelf.get();
    api = std::make_unique<hub::TerminalApi>(*brand.core, brand.clock, options);
    brand.clock.advance_ms(2 * wire::request_skew_max_ms);  // it has run for a while
  }
  [[nodiscard]] std::string card(const crypto::SigningKey& by, const base::BrandId& of, int made_in_days = 0) const {
    const auto day = base::local_date_at(brand.clock.wall_ms(), 0).days + made_in_days;
    return codes::compose(
        codes::MemberCode{
            of.tag(), codes::Issuer::terminal(terminal.id(), 1), {7}, 1, static_cast<std::uint16_t>(day), 0},
        by, of);
  }
};

// What a terminal asks at one address, and the same cut short.
struct Asking {
  std::string method{"POST"};
  std::string target;
  Bytes body{};
};

struct Route {
  std::string_view name;
  std::string_view serves;
  std::function<Asking(const Served&)> good;
  std::function<void(Asking&)> cut;     // what the terminal itself signs; none: there is nothing to cut
  std::string_view elsewhere;           // why a terminal of another store may ask as well,
  std::optional<Code> not_elsewhere{};  // or how it is refused
};

struct Manner {
  std::int64_t late_ms{};
  base::BrandId brand{};
  char nonce{'a'};
};

http::Request signed_by(const PretendTerminal& terminal, const Asking& of, const Served& at, const Manner& manner) {
  wire::RequestAuth auth{terminal.id(), at.brand.clock.wall_ms() + manner.late_ms, std::string(32, manner.nonce), {}};
  const auto bytes = wire::request_signed_bytes(of.method, of.target, auth.terminal, auth.wall_ms, auth.nonce, of.body);
  auth.signature = terminal.key().sign(crypto::context::request, manner.brand, bytes);
  return {of.method, of.target, wire::to_headers(auth), of.body, "127.0.0.1:4000"};
}

Door door_of(const Route& route) {
  using Ask = std::function<Verdict(Served&, const Asking&, const Manner&)>;
  const auto asking = [good = route.good](const Ask& ask) {
    return [good, ask] {
      Served at;
      return ask(at, good(at), {0, at.brand.core->brand(), 'a'});
    };
  };
  const auto by = [](Served& at, const Asking& of, const Manner& manner) {
    return verdict_of_answer(at.api->answer(signed_by(at.terminal, of, at, manner)));
  };
  const auto in_minutes = [&](int minutes) {
    return asking([by, minutes](Served& at, const Asking& of, Manner manner) {
      manner.late_ms = minutes * minute_ms;
      return by(at, of, manner);
    });
  };
  const auto truncated = !route.cut
                             ? senseless("there is nothing in it to cut: who asks is all it says")
                             : refused(Code::bad_input, asking([by, cut = route.cut](auto& at, auto of, auto& m) {
                                         cut(of);
                                         return by(at, of, m);
                                       }));
  const auto other = asking([](Served& at, const Asking& of, const Manner& manner) {
    return verdict_of_answer(at.api->answer(signed_by(at.elsewhere, of, at, manner)));
  });
  const auto elsewhere = route.not_elsewhere ? refused(*route.not_elsewhere, other) : taken(route.elsewhere, other);
  return {route.name,
          asking(by),
          {refused(Code::signature_invalid, asking([](Served& at, const Asking& of, const Manner& manner) {
                     auto request = signed_by(at.terminal, of, at, manner);
                     request.target += request.target.find('?') == std::string::npos ? "?more" : "&more";
                     return verdict_of_answer(at.api->answer(request));
                   })),
           truncated, refused(Code::replayed, asking([by](Served& at, const Asking& of, const Manner& manner) {
                                REQUIRE_FALSE(by(at, of, manner));
                                return by(at, of, manner);
                              })),
           taken("requests overtake each other on the line; each counts once",
                 asking([by](Served& at, const Asking& of, Manner manner) {
                   REQUIRE_FALSE(by(at, of, manner));
                   return by(at, of, {-1'000, manner.brand, 'b'});
                 })),
           refused(Code::clock_skew, in_minutes(-6)), elsewhere,
           refused(Code::signature_invalid, asking([by](Served& at, const Asking& of, Manner manner) {
                     manner.brand = {};
                     return by(at, of, manner);
                   })),
           refused(Code::clock_skew, in_minutes(6))},
          route.serves};
}

void cut_body(Asking& of) { of.body.pop_back(); }

std::vector<Route> routes() {
  constexpr std::string_view any_store = "which store it is follows from who asks, and decides what is told";
  return {
      {"batch over HTTP",
       "/v1/up",
       [](const Served& at) {
         return Asking{"POST", "/v1/up", wire::encode(at.terminal.all())};
       },
       cut_body,
       {},
       Code::bad_input},
      {"question over HTTP", "/v1/redeem",
       [](const Served& at) {
         return Asking{"POST", "/v1/redeem", wire::encode(wire::RedeemAsk{7, {500}, {9}, at.terminal.epoch(), 4'000})};
       },
       cut_body, "a right is the coupon's, in every shop of the brand"},
      {"news for a terminal", "/v1/down",
       [](const Served&) {
         return Asking{"GET", "/v1/down?cursor=0.0.0&epoch=77&limit=10"};
       },
       [](Asking& of) { of.target = "/v1/down?cursor=0.0"; }, any_store},
      {"snapshot's manifest", "/v1/snapshot",
       [](const Served&) {
         return Asking{"GET", "/v1/snapshot?schema=100"};
       },
       [](Asking& of) { of.target = "/v1/snapshot?schema="; }, any_store},
      {"greeting",
       "/v1/hello",
       [](const Served&) {
         return Asking{"GET", "/v1/hello"};
       },
       {},
       any_store},
      {"renewal of a certificate",
       "/v1/renew",
       [](const Served&) {
         return Asking{"POST", "/v1/renew"};
       },
       {},
       any_store},
      {"question about points", "/v1/points",
       [](const Served& at) {
         return Asking{"POST", "/v1/points", wire::encode(wire::PointsAsk{7, {7}, at.terminal.epoch(), 600})};
       },
       cut_body, "a lease is the asker's, whose points they are is the member's"},
      {"question about a card", "/v1/member",
       [](const Served& at) {
         const auto card = at.card(at.terminal.key(), at.brand.core->brand());
         return Asking{"POST", "/v1/member", wire::encode(wire::CardAsk{card, at.terminal.epoch()})};
       },
       cut_body, "members are the brand's, in every shop"},
      {"cards to be signed", "/v1/card",
       [](const Served&) {
         const auto body = base::view_of(R"({"members": ["M-0000-0000-0000Z"]})");
         return Asking{"POST", "/v1/card", {body.begin(), body.end()}};
       },
       cut_body, "members are the brand's, in every shop"},
  };
}

// The card inside such a question, whose signature is another's.
Door card_asked_about() {
  const auto asked = [](const std::function<std::string(const Served&)>& text) {
    return [text]() -> Verdict {
      const Served at;
      const auto word =
          at.brand.core->card(at.terminal.id(), wire::encode(wire::CardAsk{text(at), at.terminal.epoch()}));
      if (!word) return word.error().code;
      if (word->word == model::HubWord::confirmed) return std::nullopt;
      return word->why;
    };
  };
  const auto good = [](const Served& at) { return at.card(at.terminal.key(), at.brand.core->brand()); };
  return {"card asked about",
          asked(good),
          {refused(Code::code_forged,
                   asked([](const Served& at) { return at.card(at.elsewhere.key(), at.brand.core->brand()); })),
           refused(Code::code_malformed, asked([good](const Served& at) {
                     const auto text = good(at);
                     return text.substr(0, text.size() - 2);
                   })),
           taken("a card is shown again and again, and only tells who it is", asked(good)),
           senseless("a card stands for itself"), senseless("a card has no last day: a lost one is replaced"),
           taken("members are the brand's, in every shop", asked(good)),
           refused(Code::code_wrong_brand, asked([](const Served& at) {
                     auto other = at.brand.core->brand();
                     other.bytes.fill(7);
                     return at.card(at.terminal.key(), other);
                   })),
           refused(Code::code_not_yet_valid,
                   asked([](const Served& at) { return at.card(at.terminal.key(), at.brand.core->brand(), 2); }))}};
}

// What a payment provider posts.
struct Provided {
  PretendBrand brand;
  PretendProviders providers;
  hub::NoticeApi api{*brand.core, brand.clock, {{"wx", {providers.wechat_pay, {600'000}}}}, [] {}};

  [[nodiscard]] PostedNotice paid(std::int64_t minor = 5'990) const { return providers.wechat_paid("p1", minor); }
  [[nodiscard]] Verdict post(const PostedNotice& notice) {
    http::Request request{"POST", "/v1/notices/wx", {}, {notice.body.begin(), notice.body.end()}, "203.0.113.9:4711"};
    for (const auto& [name, value] : notice.headers) request.headers.emplace_back(name, value);
    const auto response = api.answer(request);
    if (response.status == 200) return std::nullopt;
    const auto json = nlohmann::json::parse(base::text_of(response.body), nullptr, false);
    return base::code_from_name(json.is_object() ? json.value("message", "") : "").value_or(Code::internal);
  }
};

Door notice() {
  const auto at_minutes = [](int minutes) {
    return [minutes] {
      Provided at;
      at.brand.clock.advance_ms(minutes * minute_ms);
      return at.post(at.paid());
    };
  };
  return {"notice of a payment",
          [] {
            Provided at;
            return at.post(at.paid());
          },
          {refused(Code::signature_invalid,
                   [] {
                     Provided at;
                     auto notice = at.paid();
                     notice.headers["Wechatpay-Nonce"] = "x";
                     return at.post(notice);
                   }),
           refused(Code::signature_invalid,
                   [] {
                     Provided at;
                     auto notice = at.paid();
                     notice.body.pop_back();
                     return at.post(notice);
                   }),
           taken("providers repeat until they hear yes: booked once",
                 [] {
                   Provided at;
                   REQUIRE_FALSE(at.post(at.paid()));
                   const auto again = at.post(at.paid());
                   REQUIRE(at.brand.core->notices({})->size() == 1);
                   return again;
                 }),
           taken("a refund may come before its payment, and waits for it",
                 [] {
                   Provided at;
                   return at.post(at.providers.wechat_refunded("p1", "r1", 100));
                 }),
           refused(Code::notice_expired, at_minutes(6)), senseless("an account says which store its payments are of"),
           refused(Code::signature_invalid,  // another merchant's keys
                   [] {
                     Provided at;
                     const Provided other;
                     return at.post(other.paid());
                   }),
           refused(Code::notice_expired, at_minutes(-6))},
          "/v1/notices"};
}

}  // namespace

std::vector<Door> route_doors() {
  std::vector<Door> doors;
  for (const auto& route : routes()) doors.push_back(door_of(route));
  doors.push_back(card_asked_about());
  doors.push_back(notice());
  return doors;
}

}  // namespace millpond::tests
