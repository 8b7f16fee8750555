// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/lease_rows.h"

#include <catch2/catch_test_macros.hpp>
#include <functional>

using namespace millpond;
using model::Lease;
using model::LeaseKind;

namespace {

constexpr Lease stock{{0x0102'0304'0506'0708}, LeaseKind::game_stock, 9, {11}, 300, 5, 1};

}  // namespace

TEST_CASE("A lease travels as the bytes it always had") {
  CHECK(base::to_hex(wire::encode(stock)) ==
        "090807060504030201"
        "1003"
        "190900000000000000"
        "250b000000"
        "28ac02"
        "3005"
        "3801");
  CHECK(wire::decode_lease(wire::encode(stock)).value() == stock);
  CHECK(base::to_hex(wire::lease_key({0x0A0B}, LeaseKind::game_stock, 9)) ==
        "00000a0b"
        "03"
        "0000000000000009");
}

TEST_CASE("A lease that was cut for a sale says so behind them") {
  auto asked = stock;
  asked.kind = LeaseKind::points;
  asked.subject = 0;
  asked.asked_by = {0x11};
  asked.asked_points = 300;
  asked.asked_until_ms = 2;
  CHECK(base::to_hex(wire::encode(asked)) ==
        "090807060504030201"
        "1001"
        "250b000000"
        "28ac02"
        "3005"
        "3801"
        "411100000000000000"
        "48ac02"
        "5002");
  CHECK(wire::decode_lease(wire::encode(asked)).value() == asked);
}

TEST_CASE("What is no lease does not decode") {
  struct Row {
    const char* what;
    std::function<void(Lease&)> change;
  };
  for (const Row& row :
       {Row{"no number", [](auto& of) { of.id = {}; }}, Row{"no kind", [](auto& of) { of.kind = {}; }},
        Row{"an unknown kind", [](auto& of) { of.kind = static_cast<LeaseKind>(5); }},
        Row{"nothing", [](auto& of) { of.amount = 0; }}, Row{"less than nothing", [](auto& of) { of.amount = -1; }},
        Row{"a ceiling below 0", [](auto& of) { of.a_member_max = -1; }},
        Row{"no end", [](auto& of) { of.expires_ms = 0; }},
        Row{"asked for less than nothing", [](auto& of) { of.asked_points = -1; }},
        Row{"points of a subject", [](auto& of) { of.kind = LeaseKind::points; }}}) {
    CAPTURE(row.what);
    auto lease = stock;
    row.change(lease);
    CHECK(wire::decode_lease(wire::encode(lease)).error().code == base::Code::bad_input);
  }
  auto cut = wire::encode(stock);
  cut.resize(4);
  CHECK(wire::decode_lease(cut).error().code == base::Code::bad_input);
}

TEST_CASE("The key of a row says whose lease it is, and of what") {
  const auto key = wire::lease_key({3}, stock.kind, stock.subject);
  CHECK(wire::is_lease_key(key, {3}, stock));
  CHECK_FALSE(wire::is_lease_key(key, {4}, stock));
  auto other = stock;
  other.subject = 8;
  CHECK_FALSE(wire::is_lease_key(key, {3}, other));
  other = stock;
  other.kind = LeaseKind::campaign_budget;
  CHECK_FALSE(wire::is_lease_key(key, {3}, other));
  CHECK_FALSE(wire::is_lease_key(base::ByteView{key}.first(12), {3}, stock));
}
