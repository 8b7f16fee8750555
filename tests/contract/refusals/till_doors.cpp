// SPDX-License-Identifier: Apache-2.0
// Addresses of the gateway, asked over HTTP: whatever is behind one, nobody passes with a wrong signature, nonce or
// time, and no till speaks for another.
#include "hardware/till/file_drop.h"
#include "hardware/till/pairing.h"
#include "hardware/till/request_check.h"
#include "sync/net/http_client.h"
#include "tests/contract/refusals/sold.h"

namespace millpond::tests {
namespace {

using base::Code;

constexpr std::int64_t minute_ms = 60'000;

// What its own row tells (a member code, a PIN), and a basket that keeps nothing, is let in here, so that the door
// around it is seen.
class Counter final : public ports::TillHandler {
 public:
  explicit Counter(ports::TillHandler& real) : real_{real} {}
  ports::TillAnswer sale(const ports::TillSale& of, const base::Hash& hash) override { return real_.sale(of, hash); }
  ports::TillAnswer refund(const ports::TillRefund& of, const base::Hash& hash) override {
    return real_.refund(of, hash);
  }
  ports::TillAnswer find_sale(const ports::TillSaleKey& key) override { return real_.find_sale(key); }
  ports::TillAnswer quote(const ports::TillBasket& of, std::string_view in) override { return real_.quote(of, in); }
  ports::TillAnswer hold(const ports::TillBasket& of, std::string_view in) override { return real_.hold(of, in); }
  ports::TillAnswer release(const std::string& /*till*/, const std::string& /*of*/) override { return {}; }
  ports::TillAnswer enrol(const ports::TillEnrolment& of) override { return real_.enrol(of); }
  ports::TillAnswer look_up(const ports::TillLookup& /*of*/) override { return {}; }
  ports::TillAnswer member(const std::string& /*code*/) override { return {}; }
  ports::TillAnswer health() override { return real_.health(); }
  ports::TillSentence explain(const base::Error& error, std::string_view in) override {
    return real_.explain(error, in);
  }

 private:
  ports::TillHandler& real_;
};

struct Asking {
  std::string method{"POST"};
  std::string target;
  std::string body{};
};

std::string basket_of(int store) {
  return R"({"store": )" + std::to_string(store) +
         R"(, "till": "till-1", "basket": "B-1", "currency": "CNY",
"lines": [{"id": "1", "quantity": "1", "net_minor": 4200}]})";
}

// A terminal with its gateway open, one sale in its books.
struct Open : Sold {
  till::Key key{"till-1-aa", "till-1", base::Bytes(32, 7)};
  Counter door{*counter};
  std::unique_ptr<till::Gateway> gateway;

  Open() {
    auto started = till::Gateway::start({}, {key}, door, clock);
    REQUIRE(started);
    gateway = std::move(*started);
    REQUIRE_FALSE(post());
  }
  [[nodiscard]] net::HttpRequest request(const Asking& of, int minutes = 0, const std::string& nonce = "nonce-0001",
                                         std::uint8_t secret = 7) const {
    const till::Key by{key.id, key.till, base::Bytes(32, secret)};
    net::HttpRequest made;
    made.method = of.method;
    made.target = of.target;
    made.body.assign(of.body.begin(), of.body.end());
    const auto time = std::to_string((noon_ms + minutes * minute_ms) / 1'000);
    made.headers = {{std::string{till::header_key}, by.id},
                    {std::string{till::header_timestamp}, time},
                    {std::string{till::header_nonce}, nonce},
                    {std::string{till::header_signature},
                     till::sign_request(by, time, nonce, made.method, made.target, made.body)}};
    return made;
  }
  [[nodiscard]] Verdict ask(const net::HttpRequest& of) const {
    auto client = net::HttpClient::create({.base_url = "http://127.0.0.1:" + std::to_string(gateway->port())});
    REQUIRE(client);
    const auto answer = (*client)->perform(of);
    REQUIRE(answer);
    if (answer->status == 200) return std::nullopt;
    const auto json = nlohmann::json::parse(answer->body.begin(), answer->body.end(), nullptr, false);
    return base::code_from_name(json.is_object() ? json.value("code", "") : "").value_or(Code::internal);
  }
};

struct Route {
  std::string_view name;
  std::string_view serves;
  Asking good;
  std::optional<Code> cut{};  // what the till itself signs, one byte short; none: there is nothing to cut
  std::optional<std::pair<Code, Asking>> elsewhere{};  // of another shop or another till; none: it names neither
};

Door door_of(const Route& route) {
  const auto show = [good = route.good](int minutes) {
    return [good, minutes] {
      const Open at;
      return at.ask(at.request(good, minutes));
    };
  };
  auto truncated = senseless("there is nothing in it to cut");
  if (route.cut) {
    truncated = refused(*route.cut, [good = route.good] {
      const Open at;
      auto cut = good;
      cut.body.pop_back();
      return at.ask(at.request(cut));
    });
  }
  auto elsewhere = senseless("it names neither a shop nor a till, and a till's key is known at one machine only");
  if (route.elsewhere) {
    elsewhere = refused(route.elsewhere->first, [other = route.elsewhere->second] {
      const Open at;
      return at.ask(at.request(other));
    });
  }
  return {
      route.name,
      show(0),
      {refused(Code::unauthorized,
               [good = route.good] {
                 const Open at;
                 return at.ask(at.request(good, 0, "nonce-0001", 8));
               }),
       truncated,
       refused(Code::replayed,
               [good = route.good] {
                 const Open at;
                 static_cast<void>(at.ask(at.request(good)));
                 return at.ask(at.request(good));
               }),
       taken("a till may send at once what it kept; each request counts once",
             [good = route.good] {
               const Open at;
               REQUIRE_FALSE(at.ask(at.request({"GET", "/v1/health"}, 1, "nonce-0002")));
               return at.ask(at.request(good));
             }),
       refused(Code::clock_skew, show(-6)), elsewhere,
       senseless("a till's key is known at one machine only, whatever the brand"), refused(Code::clock_skew, show(6))},
      route.serves};
}

std::string refund_of(int store) {
  return R"({"store": )" + std::to_string(store) +
         R"(, "till": "till-1", "business_date": "2026-11-21", "transaction": "R-1",
"completed_at": "2026-11-21T12:01:00+08:00", "of": {"store": 11, "till": "till-1", "business_date": "2026-11-21",
"transaction": "T-1"}, "currency": "CNY", "total_minor": 4200, "lines": [{"id": "1", "net_minor": 4200}]})";
}

const char* const void_body =
    R"({"business_date": "2026-11-21", "transaction": "V-1", "completed_at": "2026-11-21T12:01:00+08:00"})";

std::vector<Route> routes() {
  const std::string sold = "/v1/sales/11/till-1/2026-11-21/T-1";
  const std::string sold_elsewhere = "/v1/sales/12/till-1/2026-11-21/T-1";
  const std::string approved = R"("approval": {"staff": 3, "pin": "825917"}})";
  return {
      {"sale asked for again",
       "/v1/sales",
       {"GET", sold},
       {},
       std::pair{Code::not_found, Asking{"GET", sold_elsewhere}}},
      {"void of a sale",
       "/v1/sales",
       {"POST", sold + "/void", void_body},
       Code::sale_malformed,
       std::pair{Code::sale_malformed, Asking{"POST", sold_elsewhere + "/void", void_body}}},
      {"refund",
       "/v1/refunds",
       {"POST", "/v1/refunds", refund_of(11)},
       Code::sale_malformed,
       std::pair{Code::sale_malformed, Asking{"POST", "/v1/refunds", refund_of(12)}}},
      {"basket",
       "/v1/quotes",
       {"POST", "/v1/quotes", basket_of(11)},
       Code::bad_input,
       std::pair{Code::bad_input, Asking{"POST", "/v1/quotes", basket_of(12)}}},
      {"basket to be kept",
       "/v1/holds",
       {"POST", "/v1/holds", basket_of(11)},
       Code::bad_input,
       std::pair{Code::bad_input, Asking{"POST", "/v1/holds", basket_of(12)}}},
      {"basket let go",
       "/v1/holds",
       {"POST", "/v1/holds/till-1/B-1/release"},
       {},
       std::pair{Code::unauthorized, Asking{"POST", "/v1/holds/till-2/B-1/release"}}},
      {"enrolment at a till",
       "/v1/members",
       {"POST", "/v1/members", R"({"phone": "+8613800138000"})"},
       Code::bad_input},
      {"member asked for", "/v1/members", {"GET", "/v1/members/K1%3AABC"}},
      {"look-up by a cashier",
       "/v1/lookups",
       {"POST", "/v1/lookups", R"({"whom": "13800138000", )" + approved},
       Code::bad_input},
      {"question about health", "/v1/health", {"GET", "/v1/health"}},
  };
}

// A file in the drop folder is a request that lay: its time says nothing.
Door dropped() {
  struct Drop {
    till::RequestCheck check;
    till::Key key{"till-1-aa", "till-1", base::Bytes(32, 7)};
    explicit Drop(const base::Clock& clock) : check{clock} { check.add_key(key); }

    [[nodiscard]] static std::string file(const till::Key& by, int minutes = 0) {
      const auto time = std::to_string((noon_ms + minutes * minute_ms) / 1'000);
      const std::string nonce = "0f1e2d3c4b5a";
      const std::string body = "{}";
      return "Millpond-Key: " + by.id + "\nMillpond-Timestamp: " + time + "\nMillpond-Nonce: " + nonce +
             "\nMillpond-Signature: " + till::sign_request(by, time, nonce, "POST", "/v1/sales", base::view_of(body)) +
             "\n\n" + body;
    }
    [[nodiscard]] Verdict read(std::string_view content) {
      const auto request = till::read_dropped_file(base::view_of(content));
      return request ? verdict_of(check.verify(*request)) : Verdict{request.error().code};
    }
  };
  static const ManualClock clock{noon_ms};
  const till::Key own{"till-1-aa", "till-1", base::Bytes(32, 7)};
  const auto show = [](const till::Key& by, int minutes) {
    return [=] { return Drop{clock}.read(Drop::file(by, minutes)); };
  };
  return {"dropped file",
          show(own, 0),
          {refused(Code::unauthorized, show({"till-1-aa", "till-1", base::Bytes(32, 8)}, 0)),
           refused(Code::unauthorized,
                   [own] {
                     const auto content = Drop::file(own);
                     return Drop{clock}.read(std::string_view{content}.substr(0, content.size() - 1));
                   }),
           taken("its sale has a key: the same file again is answered again, and booked once",
                 [own] {
                   Drop at{clock};
                   REQUIRE_FALSE(at.read(Drop::file(own)));
                   return at.read(Drop::file(own));
                 }),
           taken("files lie until somebody reads them; sales have keys and no order", show(own, -1)),
           taken("how long a file lay does not matter: the machine may have been off", show(own, -400 * 1'440)),
           refused(Code::unauthorized, show({"till-9-aa", "till-9", base::Bytes(32, 9)}, 0)),
           senseless("a till's key is known at one machine only, whatever the brand"),
           taken("its time is only signed with it, and decides nothing", show(own, 400 * 1'440))}};
}

// Nobody has a key yet. What lets a till in is a person who compared, for five minutes.
Door pairing() {
  struct Pair : Open {
    const std::string nonce = std::string(32, '1');
    [[nodiscard]] Verdict ask_for_key(const std::string& body) const {
      net::HttpRequest made;
      made.method = "POST";
      made.target = std::string{till::pairings_path};
      made.body.assign(body.begin(), body.end());
      return ask(made);
    }
    [[nodiscard]] Verdict ask_with(const std::string& number) const {
      return ask_for_key(R"({"nonce": ")" + number + "\"}");
    }
    void pair() {
      gateway->pairing().open("till-2");
      static_cast<void>(ask_with(nonce));
      REQUIRE(gateway->pairing().confirm(gateway->pairing().standing().fingerprint,
                                         {"till-2-aa", "till-2", base::Bytes(32, 9)}));
    }
  };
  const auto paired = [](const std::string& number) {
    return [number] {
      Pair at;
      at.pair();
      return at.ask_with(number.empty() ? at.nonce : number);
    };
  };
  return {
      "pairing of a till",
      paired({}),
      {refused(Code::not_found, paired(std::string(32, '2'))), refused(Code::bad_input, paired(std::string(31, '1'))),
       taken("the first answer may have been lost; it is the same key",
             [] {
               Pair at;
               at.pair();
               REQUIRE_FALSE(at.ask_with(at.nonce));
               return at.ask_with(at.nonce);
             }),
       senseless("there is one request"),
       refused(Code::not_found,
               [] {
                 Pair at;
                 at.pair();
                 at.gateway->pairing().close();
                 return at.ask_with(at.nonce);
               }),
       senseless("it names neither a shop nor a till"), senseless("it names no brand"), senseless("it has no time")},
      till::pairings_path};
}

}  // namespace

std::vector<Door> till_doors() {
  std::vector<Door> doors;
  for (const auto& route : routes()) doors.push_back(door_of(route));
  doors.push_back(dropped());
  doors.push_back(pairing());
  return doors;
}

}  // namespace millpond::tests
