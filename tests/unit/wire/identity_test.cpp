// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/hash.h"
#include "sync/wire/certificate.h"
#include "sync/wire/provisioning.h"
#include "sync/wire/request_auth.h"
#include "tests/support/seeded_key.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

namespace {

struct Chain {
  crypto::SigningKey root = tests::seeded_key(1);
  crypto::SigningKey hub = tests::seeded_key(2);
  crypto::SigningKey terminal = tests::seeded_key(3);
  base::BrandId brand = crypto::brand_id_of(root.public_key());
  wire::HubKey hub_key{1, hub.public_key(), {5, 6, 7}};
  wire::Certificate certificate{brand.tag(),          1, {70'000}, 4, {12}, terminal.public_key(), 20'000, 20'090,
                                wire::Role::terminal, 99};
};

}  // namespace

TEST_CASE("a certificate is 120 bytes, and any changed bit breaks it") {
  const Chain chain;
  const auto bytes = wire::issue_certificate(chain.certificate, chain.hub, chain.brand);
  REQUIRE(bytes.size() == wire::certificate_bytes);
  CHECK(*wire::open_certificate(bytes, chain.hub.public_key(), chain.brand) == chain.certificate);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    CHECK_FALSE(wire::open_certificate(flipped, chain.hub.public_key(), chain.brand));
  }
  CHECK_FALSE(wire::open_certificate(bytes, chain.root.public_key(), chain.brand));
  base::BrandId other = chain.brand;
  other.bytes[5] ^= 1;
  CHECK_FALSE(wire::open_certificate(bytes, chain.hub.public_key(), other));
  CHECK(wire::open_certificate(base::ByteView{bytes}.first(119), chain.hub.public_key(), chain.brand).error().code ==
        base::Code::certificate_invalid);
}

TEST_CASE("only the brand root vouches for a hub key") {
  const Chain chain;
  const auto bytes = wire::vouch_hub_key(chain.hub_key, chain.root);
  CHECK(bytes.size() == wire::vouched_hub_key_bytes);
  CHECK(*wire::open_hub_key(bytes, chain.root.public_key()) == chain.hub_key);
  CHECK_FALSE(wire::open_hub_key(bytes, chain.hub.public_key()));
  CHECK_FALSE(wire::open_hub_key(wire::vouch_hub_key(chain.hub_key, chain.hub), chain.root.public_key()));
}

TEST_CASE("a provisioning answer is believed only when every signature holds") {
  const Chain chain;
  wire::ProvisionAnswer answer;
  answer.root = chain.root.public_key();
  answer.hub_key = wire::vouch_hub_key(chain.hub_key, chain.root);
  answer.certificate = wire::issue_certificate(chain.certificate, chain.hub, chain.brand);
  const base::Bytes json{'{', '}'};
  const wire::ProgrammeRow programme{1, 1, json, chain.hub.sign(crypto::context::document, chain.brand, json)};
  answer.documents = {{static_cast<std::uint8_t>(wire::RowKind::programme), {1}, false, wire::encode(programme)}};
  const auto back = wire::parse_provision_answer(wire::to_json(answer));
  REQUIRE(back);
  const auto checked = wire::check_answer(*back, chain.terminal.public_key());
  REQUIRE(checked);
  CHECK(checked->brand == chain.brand);
  CHECK(checked->certificate == chain.certificate);

  CHECK_FALSE(wire::check_answer(answer, chain.hub.public_key()));
  auto forged_hub = answer;
  forged_hub.hub_key = wire::vouch_hub_key(chain.hub_key, chain.hub);
  CHECK_FALSE(wire::check_answer(forged_hub, chain.terminal.public_key()));
  auto forged_document = answer;
  auto changed = programme;
  changed.json.push_back(' ');
  forged_document.documents[0].body = wire::encode(changed);
  CHECK(wire::check_answer(forged_document, chain.terminal.public_key()).error().code == base::Code::signature_invalid);
}

TEST_CASE("provisioning bodies that are not what they should be are refused") {
  for (const auto* const text :
       {"", "[]", "{}", "null", "{\"code\":5}", "{\"code\":\"7K3QX9MZ2D\",\"terminal_key\":\"zz\"}",
        "{\"code\":\"SHORT\",\"terminal_key\":\"00\"}", "<html>"}) {
    CAPTURE(text);
    CHECK_FALSE(wire::parse_provision_request(base::view_of(text)));
    CHECK_FALSE(wire::parse_provision_answer(base::view_of(text)));
  }
  const wire::ProvisionRequest request{"7K3QX9MZ2D", tests::seeded_key(3).public_key()};
  const auto back = wire::parse_provision_request(wire::to_json(request));
  REQUIRE(back);
  CHECK(back->code == request.code);
  CHECK(back->terminal_key == request.terminal_key);
}

TEST_CASE("a typed provisioning code is read as people write") {
  struct Row {
    const char* typed;
    const char* code;  // nullptr: refused
  };
  for (const auto& row : std::initializer_list<Row>{{"7K3QX-9MZ2D", "7K3QX9MZ2D"},
                                                    {" 7k3qx 9mz2d ", "7K3QX9MZ2D"},
                                                    {"oOiIl-00000", "0011100000"},
                                                    {"7K3QX-9MZ2", nullptr},
                                                    {"7K3QX-9MZ2DD", nullptr},
                                                    {"7K3QX-9MZ2U", nullptr},
                                                    {"", nullptr}}) {
    CAPTURE(row.typed);
    const auto code = wire::normalise_provision_code(row.typed);
    CHECK(code.has_value() == (row.code != nullptr));
    if (code) CHECK(*code == row.code);
  }
  CHECK(wire::show_provision_code("7K3QX9MZ2D") == "7K3QX-9MZ2D");
  const auto digits =
      wire::matching_digits("7K3QX9MZ2D", tests::seeded_key(3).public_key(), tests::seeded_key(1).public_key());
  CHECK(digits.size() == 6);
  CHECK(digits !=
        wire::matching_digits("7K3QX9MZ2D", tests::seeded_key(4).public_key(), tests::seeded_key(1).public_key()));
}

TEST_CASE("a request's signature headers are read strictly") {
  const wire::RequestAuth auth{{70'000}, 1'795'000'000'000, "00112233445566778899aabbccddeeff", {1, 2, 3}};
  const auto headers = wire::to_headers(auth);
  const auto get = [&](std::string_view name) -> std::string_view {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return {};
  };
  const auto back = wire::from_headers(get);
  REQUIRE(back);
  CHECK(back->terminal == auth.terminal);
  CHECK(back->wall_ms == auth.wall_ms);
  CHECK(back->nonce == auth.nonce);
  CHECK(back->signature == auth.signature);
  const std::string signature(128, '0');
  const std::string nonce(32, 'a');
  CHECK(wire::parse_auth("1", "5", nonce, signature));
  CHECK_FALSE(wire::parse_auth("", "5", nonce, signature));
  CHECK_FALSE(wire::parse_auth("0", "5", nonce, signature));
  CHECK_FALSE(wire::parse_auth("16777216", "5", nonce, signature));
  CHECK_FALSE(wire::parse_auth("1 ", "5", nonce, signature));
  CHECK_FALSE(wire::parse_auth("1", "5x", nonce, signature));
  CHECK_FALSE(wire::parse_auth("01", "5", nonce, signature));
  CHECK_FALSE(wire::parse_auth("1", "-0", nonce, signature));
  CHECK_FALSE(wire::parse_auth("1", "5", nonce, std::string(128, 'A')));
  CHECK_FALSE(wire::parse_auth("1", "5", nonce.substr(1), signature));
  CHECK_FALSE(wire::parse_auth("1", "5", nonce, signature.substr(2)));
}

TEST_CASE("what is signed differs in every part") {
  const auto body = base::view_of("body");
  const auto bytes = wire::request_signed_bytes("POST", "/v1/up", {1}, 5, "n", body);
  CHECK(bytes != wire::request_signed_bytes("POST/", "v1/up", {1}, 5, "n", body));
  CHECK(bytes != wire::request_signed_bytes("POST", "/v1/up", {2}, 5, "n", body));
  CHECK(bytes != wire::request_signed_bytes("POST", "/v1/up", {1}, 6, "n", body));
  CHECK(bytes != wire::request_signed_bytes("POST", "/v1/up", {1}, 5, "m", body));
  CHECK(bytes != wire::request_signed_bytes("POST", "/v1/up", {1}, 5, "n", base::view_of("bodz")));
  const auto answer = wire::answer_signed_bytes("GET", "/v1/down", {1}, "n", 200, body);
  CHECK(answer != wire::answer_signed_bytes("GE", "T/v1/down", {1}, "n", 200, body));
  CHECK(answer != wire::answer_signed_bytes("GET", "/v1/hello", {1}, "n", 200, body));
  CHECK(answer != wire::answer_signed_bytes("GET", "/v1/down", {2}, "n", 200, body));
  CHECK(answer != wire::answer_signed_bytes("GET", "/v1/down", {1}, "m", 200, body));
  CHECK(answer != wire::answer_signed_bytes("GET", "/v1/down", {1}, "n", 201, body));
  CHECK(answer != wire::answer_signed_bytes("GET", "/v1/down", {1}, "n", 200, base::view_of("bodz")));
}

TEST_CASE("a nonce is good once, and a full cache refuses rather than forgets") {
  wire::NonceCache cache{3};
  constexpr wire::NonceCache::Now now{1'000, 50};
  CHECK(cache.remember({1}, "a", 1000, now));
  CHECK_FALSE(cache.remember({1}, "a", 1000, now));
  CHECK_FALSE(cache.remember({1}, "a", 2000, now));
  CHECK(cache.remember({2}, "a", 1001, now));
  CHECK(cache.remember({1}, "b", 1002, now));
  CHECK(cache.remember({1}, "c", 1003, now));        // forgets the oldest, of 1000
  CHECK_FALSE(cache.remember({1}, "a", 1000, now));  // which may have been used
  CHECK_FALSE(cache.remember({9}, "z", 999, now));
  const auto later_ms = 2 * wire::request_skew_max_ms + 10;
  CHECK(cache.remember({1}, "later", 1003 + later_ms, {1003 + later_ms, 50 + later_ms}));
  CHECK(cache.remember({1}, "again", 1004 + later_ms, {1004 + later_ms, 51 + later_ms}));
}

TEST_CASE("a hub whose clock is set forward and back takes no captured request, and locks nobody out") {
  constexpr std::int64_t today = 1'795'400'000'000;
  constexpr std::int64_t decade = 3'650LL * 86'400'000;
  constexpr std::int64_t minute = 60'000;
  struct Row {
    const char* what;
    std::size_t capacity;
    std::int64_t off_ms;
    std::int64_t wrong_for_ms;
  };
  for (const auto& row :
       {Row{"a minute in ten years", 1'000, decade, minute}, Row{"an hour in ten years", 1'000, decade, 60 * minute},
        Row{"a minute ten years ago", 1'000, -decade, minute}, Row{"full meanwhile", 20, decade, 60 * minute}}) {
    CAPTURE(row.what);
    wire::NonceCache cache{row.capacity};
    std::int64_t running = 0;
    std::int64_t off = 0;
    int number = 0;
    const auto say = [&](const std::string& nonce, std::int64_t signed_at) {
      const wire::NonceCache::Now now{today + running + off, running};
      return wire::is_timely(signed_at, now.wall_ms) && cache.remember({1}, nonce, signed_at, now);
    };
    REQUIRE(say("captured", today));
    off = row.off_ms;
    for (std::int64_t spent = 0; spent < row.wrong_for_ms; spent += minute / 2) {
      running += minute / 2;
      CHECK(say("wrong " + std::to_string(++number), today + running + off));
    }
    off = 0;
    CHECK_FALSE(say("captured", today));
    for (int i = 0; i < 100; ++i) {
      running += minute / 10;
      CHECK(say("right " + std::to_string(++number), today + running));
      CHECK_FALSE(say("captured", today));
    }
  }
}
