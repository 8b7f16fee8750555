// SPDX-License-Identifier: Apache-2.0
// Terminals that are made without an operator beside them: work orders and offline grants.
#include "sync/codes/base45.h"
#include "sync/hub/core/hub_core.h"
#include "tests/support/pretend_brand.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using base::Code;
using tests::PretendBrand;

namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr const char* phone = "+86 138 0000 2917";
constexpr const char* pin = "739251";

wire::ProvisionRequest request_of(const std::string& code, const crypto::SigningKey& key,
                                  const std::string& with_phone = "13800002917", const std::string& with_pin = pin) {
  return {code, key.public_key(), with_phone, with_pin};
}

std::string outcome(const base::Result<wire::ProvisionAnswer>& answer) {
  return answer ? "good" : std::string{base::code_name(answer.error().code)};
}

// What a machine without a line makes of its sheet.
wire::BindRequest bind(const hub::NewGrant& grant, const crypto::SigningKey& key) {
  const auto bytes = codes::base45_decode(grant.sheet.substr(wire::sheet_prefix.size()));
  REQUIRE(bytes);
  const auto sheet = wire::decode_sheet(*bytes);
  REQUIRE(sheet);
  const auto checked = wire::check_sheet(*sheet);
  REQUIRE(checked);
  CHECK(checked->matching_digits == grant.matching_digits);
  return {sheet->grant, key.public_key(), wire::bind_grant(checked->key, checked->brand, key.public_key())};
}

}  // namespace

TEST_CASE("A work order makes as many terminals as it says, one a machine, until it is revoked or expires") {
  PretendBrand brand;
  CHECK(brand.core->add_order({0}, 2, phone, pin).error().code == Code::bad_input);
  CHECK(brand.core->add_order({4}, 0, phone, pin).error().code == Code::bad_input);
  CHECK(brand.core->add_order({4}, 51, phone, pin).error().code == Code::bad_input);
  CHECK(brand.core->add_order({4}, 2, "12", pin).error().code == Code::bad_input);
  CHECK(brand.core->add_order({4}, 2, phone, "123456").error().code == Code::pin_too_simple);
  const auto order = brand.core->add_order({4}, 2, phone, pin);
  REQUIRE(order);
  const auto first = crypto::SigningKey::generate();
  const auto second = crypto::SigningKey::generate();
  const auto third = crypto::SigningKey::generate();
  // Without phone and PIN it is no code of anything.
  CHECK(outcome(brand.core->provision({order->code, first.public_key()})) == "provision_code_invalid");
  const auto answer = brand.core->provision(request_of(order->code, first));
  REQUIRE(answer);
  const auto checked = wire::check_answer(*answer, first.public_key());
  REQUIRE(checked);
  CHECK(checked->certificate.store == base::StoreId{4});
  const auto again = brand.core->provision(request_of(order->code, first));
  REQUIRE(again);
  CHECK(again->certificate == answer->certificate);
  CHECK(outcome(brand.core->provision(request_of(order->code, second))) == "good");
  CHECK(outcome(brand.core->provision(request_of(order->code, third))) == "work_order_invalid");
  CHECK(brand.core->orders()->front().used == 2);
  CHECK(brand.core->status()->terminals.size() == 2);

  const auto taken = brand.core->add_order({4}, 2, phone, pin);
  REQUIRE(brand.core->revoke_order(taken->number));
  CHECK(outcome(brand.core->provision(request_of(taken->code, third))) == "work_order_invalid");
  CHECK(brand.core->revoke_order(99).error().code == Code::not_found);
  const auto late = brand.core->add_order({4}, 2, phone, pin);
  brand.clock.advance_ms(wire::order_days * day_ms);
  CHECK(outcome(brand.core->provision(request_of(late->code, third))) == "work_order_invalid");
  CHECK(brand.core->check()->holds());
}

TEST_CASE("Phone and PIN of a work order are tried ten times, each paid before it is looked at") {
  PretendBrand brand;
  const auto order = brand.core->add_order({4}, 50, phone, pin);
  REQUIRE(order);
  const auto key = crypto::SigningKey::generate();
  CHECK(outcome(brand.core->provision(request_of(order->code, key, "13800002918"))) == "work_order_invalid");
  CHECK(brand.core->orders()->front().tries_left == wire::order_tries_max - 1);
  CHECK(outcome(brand.core->provision(request_of(order->code, key))) == "good");
  CHECK(brand.core->orders()->front().tries_left == wire::order_tries_max);
  for (int i = 0; i < wire::order_tries_max; ++i) {
    CHECK(outcome(brand.core->provision(request_of(order->code, key, phone, "1"))) == "work_order_invalid");
  }
  CHECK(outcome(brand.core->provision(request_of(order->code, key))) == "work_order_invalid");
}

TEST_CASE("The first machine that shows a grant is its terminal, and every other one is refused and counted") {
  PretendBrand brand;
  const hub::GrantWish wish{.store = {4}, .days = 14, .hub_url = "https://hub.example"};
  for (const auto& bad : {hub::GrantWish{.store = {0}, .hub_url = "https://hub.example"},
                          hub::GrantWish{.store = {4}, .days = 91, .hub_url = "https://hub.example"},
                          hub::GrantWish{.store = {4}, .hub_url = "http://hub.example"}}) {
    CHECK(brand.core->add_grant(bad).error().code == Code::bad_input);
  }
  const auto grant = brand.core->add_grant(wish);
  REQUIRE(grant);
  CHECK(grant->sheet.size() < 760);
  const auto machine = crypto::SigningKey::generate();
  const auto thief = crypto::SigningKey::generate();
  CHECK(brand.core->authorized_terminal(grant->terminal).error().code == Code::unauthorized);
  auto forged = bind(*grant, machine);
  forged.terminal_key = thief.public_key();
  CHECK(outcome(brand.core->bind_grant(forged)) == "grant_invalid");
  const auto answer = brand.core->bind_grant(bind(*grant, machine));
  REQUIRE(answer);
  const auto checked = wire::check_answer(*answer, machine.public_key());
  REQUIRE(checked);
  CHECK(checked->certificate.terminal == grant->terminal);
  CHECK(checked->certificate.store == base::StoreId{4});
  CHECK(brand.core->bind_grant(bind(*grant, machine))->certificate == answer->certificate);
  CHECK(outcome(brand.core->bind_grant(bind(*grant, thief))) == "grant_invalid");
  CHECK(brand.core->grants()->front().clashes == 1);
  CHECK(brand.core->authorized_terminal(grant->terminal)->key == machine.public_key());
  CHECK(brand.core->revoke_grant(grant->terminal).error().code == Code::not_found);
  REQUIRE(brand.core->revoke_terminal(grant->terminal));
  CHECK(outcome(brand.core->bind_grant(bind(*grant, machine))) == "terminal_revoked");

  const auto revoked = brand.core->add_grant(wish);
  REQUIRE(brand.core->revoke_grant(revoked->terminal));
  CHECK(outcome(brand.core->bind_grant(bind(*revoked, thief))) == "grant_invalid");
  const auto late = brand.core->add_grant(wish);
  brand.clock.advance_ms(16 * day_ms);
  CHECK(outcome(brand.core->bind_grant(bind(*late, thief))) == "grant_expired");
  PretendBrand rival;
  CHECK(outcome(rival.core->bind_grant(bind(*late, thief))) == "grant_invalid");
  CHECK(brand.core->check()->holds());
}
