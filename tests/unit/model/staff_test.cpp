// SPDX-License-Identifier: Apache-2.0
#include "sync/model/staff.h"
#include "sync/model/typed_phone.h"

#include <catch2/catch_test_macros.hpp>
#include <vector>

using namespace millpond;
using model::Act;
using model::Role;

TEST_CASE("Misses cost a wait that grows, and in the end a manager", "[staff]") {
  constexpr std::int64_t minute_ms = 60'000;
  struct Row {
    std::uint32_t misses;
    std::int64_t passed_ms;
    model::PinGate gate;
  };
  for (const auto& row : std::vector<Row>{{0, 0, {0, false}},
                                          {4, 0, {0, false}},
                                          {5, 0, {minute_ms, false}},
                                          {5, 20'000, {40'000, false}},
                                          {5, minute_ms, {0, false}},
                                          {6, 0, {5 * minute_ms, false}},
                                          {7, minute_ms, {14 * minute_ms, false}},
                                          {8, 0, {60 * minute_ms, false}},
                                          {9, 0, {60 * minute_ms, false}},
                                          {9, 60 * minute_ms, {0, false}},
                                          {5, -99 * minute_ms, {minute_ms, false}},
                                          {10, 100'000 * minute_ms, {0, true}},
                                          {4'000'000'000, 0, {0, true}}}) {
    CAPTURE(row.misses, row.passed_ms);
    CHECK(model::gate_of({row.misses, 7'000'000'000}, 7'000'000'000 + row.passed_ms) == row.gate);
  }
}

TEST_CASE("Each act needs a role, and only some acts are a cashier's", "[staff]") {
  struct Row {
    Act act;
    bool cashier;
  };
  for (const auto& row : std::vector<Row>{{Act::manual_lookup, true},
                                          {Act::identity_approved, true},
                                          {Act::card_reprinted, true},
                                          {Act::late_provisional, false},
                                          {Act::pin_set, false},
                                          {Act::pin_unlocked, false},
                                          {Act::member_exported, false},
                                          {Act::member_erased, false},
                                          {Act::sale_corrected, false}}) {
    CAPTURE(static_cast<int>(row.act));
    CHECK(model::may_approve(Role::cashier, row.act) == row.cashier);
    CHECK(model::may_approve(Role::manager, row.act));
    CHECK_FALSE(model::may_approve(Role::auditor, row.act));
    CHECK_FALSE(model::may_approve(Role::technician, row.act));
  }
  for (const auto role : {Role::cashier, Role::manager, Role::auditor, Role::technician}) {
    CHECK_FALSE(model::may_approve(role, model::act_phone_typed));  // nobody's word
  }
}
