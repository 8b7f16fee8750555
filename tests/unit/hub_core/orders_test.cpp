// SPDX-License-Identifier: Apache-2.0
// Terminals that are made without an operator beside them: work orders and offline grants.
#include "sync/codes/base45.h"
#include "sync/hub/core/hub_core.h"
#include "sync/wire/grant_file.h"
#include "tests/support/pretend_brand.h"
#include "tests/support/pretend_terminal.h"
#include "tests/support/seeded_key.h"

#include <algorithm>
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
  CHECK(wire::sheet_digits(sheet->root, sheet->grant) == grant.matching_digits);
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

TEST_CASE("Machines that were made of one disk's picture are one terminal, and the second is told so") {
  PretendBrand brand;
  const auto order = brand.core->add_order({4}, 50, phone, pin);
  REQUIRE(order);
  auto key = tests::seeded_key(40);
  const auto first = brand.core->provision(request_of(order->code, key));
  REQUIRE(first);
  const auto checked = wire::check_answer(*first, key.public_key());
  REQUIRE(checked);
  const auto terminal = checked->certificate.terminal;
  CHECK(brand.core->provision(request_of(order->code, key))->certificate == first->certificate);
  tests::PretendTerminal machine{brand.core->brand(), terminal, {4}, tests::seeded_key(40)};
  machine.begin_epoch();
  REQUIRE(brand.core->ingest(terminal, wire::encode(machine.all())));
  CHECK(outcome(brand.core->provision(request_of(order->code, key))) == "already_exists");
  CHECK(brand.core->orders()->front().used == 1);
  // Revoked, its key is no terminal's any more, by whatever is shown beside it.
  REQUIRE(brand.core->revoke_terminal(terminal));
  CHECK(outcome(brand.core->provision(request_of(order->code, key))) == "terminal_revoked");
  const auto code = brand.core->add_terminal({4});
  REQUIRE(code);
  CHECK(outcome(brand.core->provision({code->code, key.public_key()})) == "already_exists");
  const auto other = brand.core->add_order({4}, 1, phone, pin);
  REQUIRE(other);
  CHECK(outcome(brand.core->provision(request_of(other->code, key))) == "already_exists");
  CHECK(outcome(brand.core->provision({code->code, crypto::SigningKey::generate().public_key()})) == "good");
  CHECK(brand.core->orders()->at(1).used == 0);
  CHECK(brand.core->orders()->at(1).tries_left == wire::order_tries_max);
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

TEST_CASE("A grant names the documents of its day, and the file of a stick has them") {
  PretendBrand brand;
  const hub::GrantWish wish{.store = {4}, .hub_url = "https://hub.example"};
  const auto before = brand.core->add_grant(wish);
  REQUIRE(brand.core->publish_programme(base::view_of(tests::hub_programme_json(7))));
  const auto after = brand.core->add_grant(wish);
  REQUIRE(before);
  REQUIRE(after);
  const auto programmes_of = [&](const hub::NewGrant& grant) {
    const auto file = wire::decode_grant_file(grant.file);
    REQUIRE(file);
    CHECK(std::string{wire::sheet_prefix} + codes::base45_encode(wire::encode_sheet(file->sheet)) == grant.sheet);
    const auto checked = wire::check_sheet(file->sheet);
    REQUIRE(checked);
    const auto rows = wire::open_documents(file->documents, checked->grant);
    REQUIRE(rows);
    CHECK(wire::check_documents(*rows, brand.root, checked->hub_key));
    return std::ranges::count(*rows, static_cast<std::uint8_t>(wire::RowKind::programme), &wire::DownRow::kind);
  };
  CHECK(programmes_of(*before) == 0);
  CHECK(programmes_of(*after) == 1);
}

TEST_CASE(
    "A grant lets its terminal honour what the hub lets others, and the announced bound counts it until it is shown") {
  PretendBrand brand;
  const auto allowed = [&](const hub::NewGrant& grant) {
    const auto checked = wire::check_sheet(wire::decode_grant_file(grant.file)->sheet);
    REQUIRE(checked);
    return wire::limits_of(checked->grant);
  };
  const auto bound = [&] {
    const auto terminals = brand.core->rights();
    REQUIRE(terminals);
    const auto minor = brand.core->loss_bound_minor(*terminals);
    REQUIRE(minor);
    return *minor;
  };
  const hub::GrantWish wish{.store = {4}, .days = 1, .hub_url = "https://hub.example"};
  CHECK(allowed(*brand.core->add_grant(wish)).outstanding_minor_max == model::default_limits().outstanding_minor_max);
  REQUIRE(brand.core->revoke_grant(brand.core->grants()->front().terminal));
  auto limits = model::default_limits();
  limits.value_minor_max = 700;
  limits.outstanding_minor_max = 4'000;
  limits.outstanding_uses_max = 100'000;  // more than a grant has room for
  CHECK(*brand.core->set_limits(limits) == 0);
  const auto grant = *brand.core->add_grant(wish);
  CHECK(allowed(grant).value_minor_max == 700);
  CHECK(allowed(grant).outstanding_minor_max == 4'000);
  CHECK(allowed(grant).outstanding_uses_max == 65'535);
  CHECK(bound() == 4'000);
  auto own = limits;
  own.outstanding_minor_max = 900;
  auto other = wish;
  other.limits = own;
  const auto small = *brand.core->add_grant(other);
  CHECK(bound() == 4'900);
  REQUIRE(brand.core->revoke_grant(small.terminal));
  CHECK(bound() == 4'000);
  // Shown, it is a terminal like others, which may have as much open at the hub.
  REQUIRE(brand.core->bind_grant(bind(grant, crypto::SigningKey::generate())));
  CHECK(bound() == 8'000);
  // A sheet of one day is used until the hub's word is too old, whatever its last day.
  REQUIRE(brand.core->add_grant(wish));
  brand.clock.advance_ms(60 * 3'600'000LL);
  CHECK(bound() == 12'000);
  brand.clock.advance_ms(12 * 3'600'000LL);
  CHECK(bound() == 8'000);
}
