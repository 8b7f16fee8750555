// SPDX-License-Identifier: Apache-2.0
#include "hardware/till/pairing.h"

#include "sync/crypto/hash.h"
#include "tests/support/manual_clock.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using base::Code;
using State = till::Pairing::State;

namespace {

const std::string certificate(64, 'a');
const std::string nonce(32, '1');
const std::string other(32, '2');

struct Desk {
  tests::ManualClock clock{1'795'000'000'000};
  till::Pairing pairing{certificate, clock};
  till::Key key{"till-1-aa", "till-1", base::Bytes(32, 7)};

  Desk() { REQUIRE(crypto::start()); }
  Code refusal(const std::string& by) {
    const auto answer = pairing.ask(by);
    return answer ? Code{} : answer.error().code;
  }
};

}  // namespace

TEST_CASE("A till gets its key after somebody compared, as often as it asks, and nobody else does") {
  Desk desk;
  CHECK(desk.refusal(nonce) == Code::not_found);
  desk.pairing.open("till-1");
  CHECK(desk.pairing.standing().state == State::open);
  auto answer = desk.pairing.ask(nonce);
  REQUIRE(answer);
  CHECK_FALSE(*answer);
  const auto standing = desk.pairing.standing();
  CHECK(standing.state == State::asked);
  CHECK(standing.till == "till-1");
  CHECK(standing.fingerprint == till::pairing_fingerprint(certificate, nonce));
  CHECK(desk.pairing.confirm(till::pairing_fingerprint(certificate, other), desk.key).error().code == Code::not_found);
  CHECK(desk.pairing.standing().state == State::asked);
  REQUIRE(desk.pairing.confirm(standing.fingerprint, desk.key));
  for (int i = 0; i < 2; ++i) {  // the first answer may have been lost
    answer = desk.pairing.ask(nonce);
    REQUIRE(answer);
    REQUIRE(*answer);
    CHECK((*answer)->id == desk.key.id);
    CHECK((*answer)->secret == desk.key.secret);
  }
  CHECK(desk.refusal(other) == Code::not_found);
  CHECK(desk.pairing.standing().state == State::paired);
  CHECK(desk.pairing.confirm(standing.fingerprint, desk.key).error().code == Code::already_exists);
  desk.clock.advance_ms(till::pairing_open_ms);
  CHECK(desk.refusal(nonce) == Code::not_found);
  CHECK(desk.pairing.standing().state == State::closed);
}

TEST_CASE("A second till that asks before anybody compared closes the pairing for both") {
  Desk desk;
  desk.pairing.open("till-1");
  REQUIRE(desk.pairing.ask(nonce));
  const auto shown = desk.pairing.standing().fingerprint;
  CHECK(desk.refusal(other) == Code::not_found);
  CHECK(desk.pairing.standing().state == State::disturbed);
  CHECK(desk.refusal(nonce) == Code::not_found);
  CHECK(desk.pairing.confirm(shown, desk.key).error().code == Code::not_found);
  desk.pairing.open("till-1");
  CHECK(desk.pairing.ask(nonce));
  desk.pairing.close();
  CHECK(desk.refusal(nonce) == Code::not_found);
}

TEST_CASE("The fingerprint is what a shell makes of certificate and number, and differs with either") {
  // printf 'millpond till pairing 1\n%s\n%s\n' CERTIFICATE NONCE | sha256sum | cut -c1-24
  CHECK(till::pairing_fingerprint(certificate, nonce) == "8899 7d22 44e1 9a93 59cb 4363");
  CHECK(till::pairing_fingerprint(certificate, nonce) != till::pairing_fingerprint(certificate, other));
  CHECK(till::pairing_fingerprint(certificate, nonce) != till::pairing_fingerprint(std::string(64, 'b'), nonce));
}

TEST_CASE("A number that is short, long or not hexadecimal is not taken") {
  const auto parse = [](const std::string& json) { return till::parse_pairing(base::view_of(json)); };
  CHECK(parse(R"({"nonce":")" + nonce + R"("})").value() == nonce);
  for (const auto& json :
       {R"({"nonce":")" + std::string(31, '1') + R"("})", R"({"nonce":")" + std::string(129, '1') + R"("})",
        R"({"nonce":")" + std::string(32, 'G') + R"("})", R"({"nonce":")" + nonce + R"(","till":"a"})",
        std::string{"{}"}, std::string{"["}}) {
    CAPTURE(json);
    const auto read = parse(json);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Code::bad_input);
  }
}
