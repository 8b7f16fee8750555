// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/rights_rows.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

TEST_CASE("a question about a coupon comes back with its code, or without one") {
  const wire::RedeemAsk plain{77, {500}, {9}, {3}, 2'000};
  CHECK(wire::decode_redeem_ask(wire::encode(plain)).value() == plain);
  auto asking = plain;
  asking.code = "K1:ABC $%*+-./:";
  CHECK(wire::decode_redeem_ask(wire::encode(asking)).value() == asking);
  CHECK(wire::encode(asking).size() == wire::encode(plain).size() + 2 + asking.code.size());
}

TEST_CASE("the bytes of a question stay what they are") {
  wire::RedeemAsk ask{0x0102030405060708, {500}, {9}, {3}, 2'000};
  const std::string plain =
      "090807060504030201"
      "11f401000000000000"
      "190900000000000000"
      "2503000000"
      "28d00f";
  CHECK(base::to_hex(wire::encode(ask)) == plain);
  ask.code = "K1:A";
  CHECK(base::to_hex(wire::encode(ask)) == plain + "32044b313a41");
}

TEST_CASE("a code that is longer than any printed one does not decode") {
  wire::RedeemAsk ask{77, {500}, {9}, {3}, 2'000, std::string(wire::redeem_code_chars_max, 'A')};
  CHECK(wire::decode_redeem_ask(wire::encode(ask)).value() == ask);
  ask.code += 'A';
  CHECK(wire::decode_redeem_ask(wire::encode(ask)).error().code == base::Code::bad_input);
}
