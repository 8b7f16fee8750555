// SPDX-License-Identifier: Apache-2.0
// Tills, and people behind the counter.
#include "hardware/till/request_check.h"
#include "hardware/till/sale_json.h"
#include "sync/crypto/pin.h"
#include "sync/terminal/staff_desk.h"
#include "tests/contract/refusals/doors.h"
#include "tests/contract/refusals/sold.h"
#include "tests/unit/terminal/shop.h"

namespace millpond::tests {
namespace {

using base::Code;

constexpr std::int64_t minute_ms = 60'000;

struct Staff {
  Brand brand;
  Shop shop{brand};
  terminal::StaffDesk desk{*shop.terminal, shop.clock, "boot-1"};

  Staff() { shop.hub_says({row(shop.secrets.pin_key)}); }

  [[nodiscard]] static wire::DownRow row(const std::array<std::uint8_t, 32>& store_key) {
    constexpr crypto::PinCost cheap{1, 8U << 10};
    const auto hash = crypto::hash_pin("825917", 3, crypto::SecretKey::of(store_key), cheap);
    REQUIRE(hash);
    wire::DownRow row;
    row.kind = static_cast<std::uint8_t>(wire::RowKind::staff);
    base::append_big_endian(row.key, 3, 4);
    row.body = wire::encode(wire::StaffRow{{3}, model::Role::cashier, *hash, 1});
    return row;
  }
  [[nodiscard]] Verdict enter(std::string_view pin, base::StaffId staff = {3}) {
    return verdict_of(desk.check_pin(staff, pin));
  }
};

Door pin() {
  return {"PIN",
          [] { return Staff{}.enter("825917"); },
          {refused(Code::pin_wrong, [] { return Staff{}.enter("825918"); }),
           refused(Code::pin_wrong, [] { return Staff{}.enter("82591"); }),
           taken("a PIN is entered again and again, and each time is a fact",
                 [] {
                   Staff at;
                   REQUIRE_FALSE(at.enter("825917"));
                   const auto again = at.enter("825917");
                   REQUIRE(at.shop.facts_of<model::StaffChecked>().size() == 2);
                   return again;
                 }),
           senseless("a PIN stands for itself and for no place in an order"),
           refused(Code::person_unknown,  // the hub took the person away
                   [] {
                     Staff at;
                     auto gone = Staff::row(at.shop.secrets.pin_key);
                     gone.deleted = true;
                     gone.body.clear();
                     at.shop.hub_says({gone});
                     return at.enter("825917");
                   }),
           refused(Code::person_unknown, [] { return Staff{}.enter("825917", {4}); }),
           refused(Code::pin_wrong,
                   [] {
                     Staff at;
                     std::array<std::uint8_t, 32> theirs{};
                     theirs.fill(0x77);
                     at.shop.hub_says({Staff::row(theirs)});
                     return at.enter("825917");
                   }),
           senseless("a person may or may not, from the moment at which the hub says so")}};
}

// What a till posts, signed.
struct Signed {
  ManualClock clock{noon_ms};
  till::RequestCheck check{clock};
  till::Key key{"till-1-aa", "till-1", base::Bytes(32, 7)};

  Signed() { check.add_key(key); }

  [[nodiscard]] http::Request request(std::int64_t at_ms = noon_ms, const std::string& nonce = "nonce-0001") const {
    return request(key, at_ms, nonce);
  }
  [[nodiscard]] static http::Request request(const till::Key& by, std::int64_t at_ms, const std::string& nonce) {
    http::Request made;
    made.method = "POST";
    made.target = "/v1/sales";
    made.body = {'{', '}'};
    const auto time = std::to_string(at_ms / 1'000);
    made.headers = {{std::string{till::header_key}, by.id},
                    {std::string{till::header_timestamp}, time},
                    {std::string{till::header_nonce}, nonce},
                    {std::string{till::header_signature},
                     till::sign_request(by, time, nonce, made.method, made.target, made.body)}};
    return made;
  }
  [[nodiscard]] Verdict show(const http::Request& of) { return verdict_of(check.check(of)); }
};

Door till_request() {
  return {"till's request",
          [] {
            Signed at;
            return at.show(at.request());
          },
          {refused(Code::unauthorized,
                   [] {
                     Signed at;
                     auto request = at.request();
                     request.target = "/v1/members";
                     return at.show(request);
                   }),
           refused(Code::unauthorized,
                   [] {
                     Signed at;
                     auto request = at.request();
                     request.body.pop_back();
                     return at.show(request);
                   }),
           refused(Code::replayed,
                   [] {
                     Signed at;
                     REQUIRE_FALSE(at.show(at.request()));
                     return at.show(at.request());
                   }),
           taken("a till may send at once what it kept; each request counts once",
                 [] {
                   Signed at;
                   REQUIRE_FALSE(at.show(at.request()));
                   return at.show(at.request(noon_ms - minute_ms, "nonce-0002"));
                 }),
           refused(Code::clock_skew,
                   [] {
                     Signed at;
                     return at.show(at.request(noon_ms - 6 * minute_ms));
                   }),
           refused(Code::unauthorized,
                   [] {
                     Signed at;
                     const till::Key theirs{"till-1-bb", "till-1", base::Bytes(32, 8)};
                     return at.show(Signed::request(theirs, noon_ms, "nonce-0001"));
                   }),
           senseless("a till's key is known at one machine only, whatever the brand"), refused(Code::clock_skew, [] {
             Signed at;
             return at.show(at.request(noon_ms + 6 * minute_ms));
           })}};
}

Door paid_sale() {
  return {"paid sale",
          [] { return Sold{}.post(); },
          {refused(Code::sale_changed,  // under the key of one that is recorded
                   [] {
                     Sold at;
                     REQUIRE_FALSE(at.post());
                     at.sale["operator"] = "somebody else";
                     return at.post();
                   }),
           refused(Code::sale_malformed,
                   [] {
                     Sold at;
                     const auto body = at.sale.dump();
                     return at.post(std::string_view{body}.substr(0, body.size() - 9));
                   }),
           taken("an answer may have been lost: recorded once, answered again to the byte",
                 [] {
                   Sold at;
                   REQUIRE_FALSE(at.post());
                   const auto first = at.last.json;
                   const auto again = at.post();
                   REQUIRE(at.last.json == first);
                   return again;
                 }),
           taken("a till sends later what it could not send before",
                 [] {
                   Sold at;
                   at.sale["transaction"] = "T-2";
                   REQUIRE_FALSE(at.post());
                   at.sale["transaction"] = "T-1";
                   return at.post();
                 }),
           taken("what was paid was paid, however long ago",
                 [] {
                   Sold at;
                   at.sale["business_date"] = "2025-01-01";
                   at.sale["completed_at"] = "2025-01-01T12:00:00+08:00";
                   return at.post();
                 }),
           refused(Code::sale_malformed,
                   [] {
                     Sold at;
                     at.sale["store"] = 12;
                     return at.post();
                   }),
           senseless("a sale names a shop and no brand"),
           taken("a till's date is a label: points and coupons are dated by the hub's time", [] {
             Sold at;
             at.sale["business_date"] = "2030-01-01";
             at.sale["completed_at"] = "2030-01-01T12:00:00+08:00";
             return at.post();
           })}};
}

}  // namespace

std::vector<Door> people_doors() { return {till_request(), paid_sale(), pin()}; }

}  // namespace millpond::tests
