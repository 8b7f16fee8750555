// SPDX-License-Identifier: Apache-2.0
// Staff, audit, signals, and rows that only some terminals get.
#include "sync/crypto/seal.h"
#include "sync/wire/people_rows.h"
#include "tests/support/pretend_brand.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using base::Code;
using model::Role;
using tests::PretendBrand;
using tests::PretendTerminal;
using wire::RowKind;

namespace {

constexpr crypto::PinCost cheap{1, 8U << 10};

// Every live row that a terminal gets from the beginning on.
std::vector<wire::DownRow> rows_of(PretendBrand& brand, const PretendTerminal& terminal, RowKind kind) {
  std::vector<wire::DownRow> rows;
  wire::DownCursor cursor;
  for (bool more = true; more;) {
    const auto page = brand.core->down(terminal.id(), cursor);
    REQUIRE(page);
    for (const auto& row : page->rows) {
      std::erase_if(rows, [&](const auto& known) { return known.key == row.key; });
      if (row.kind == static_cast<std::uint8_t>(kind) && !row.deleted) rows.push_back(row);
    }
    cursor = page->next;
    more = page->more;
  }
  return rows;
}

wire::StoreSecrets secrets_of(PretendBrand& brand, const PretendTerminal& terminal) {
  const auto rows = rows_of(brand, terminal, RowKind::store_secrets);
  REQUIRE(rows.size() == 1);
  const auto opened = terminal.key().opening_key().open(rows[0].body);
  REQUIRE(opened);
  return wire::decode_store_secrets(*opened).value();
}

void upload(PretendBrand& brand, const PretendTerminal& terminal) {
  REQUIRE(brand.up(terminal.all()).status == wire::UpStatus::accepted);
  REQUIRE(brand.core->project());
}

}  // namespace

TEST_CASE("A person behind the counter is known in their own store only, until they are disabled", "[people]") {
  PretendBrand brand;
  brand.core->set_people({{}, cheap});
  const auto here = brand.provision({1});
  const auto elsewhere = brand.provision({2});
  CHECK(brand.core->add_staff({1}, Role::cashier, "123456").error().code == Code::pin_too_simple);
  CHECK(brand.core->add_staff({1}, Role::cashier, "12").error().code == Code::pin_malformed);
  CHECK(brand.core->add_staff({}, Role::cashier, "825917").error().code == Code::bad_input);
  const auto cashier = brand.core->add_staff({1}, Role::cashier, "825917");
  const auto manager = brand.core->add_staff({1}, Role::manager, "6420917");
  REQUIRE((cashier && manager));
  CHECK(cashier->staff == base::StaffId{1});
  CHECK(manager->staff == base::StaffId{2});
  CHECK(rows_of(brand, elsewhere, RowKind::staff).empty());
  const auto rows = rows_of(brand, here, RowKind::staff);
  REQUIRE(rows.size() == 2);
  const auto row = wire::decode_staff_row(rows[0].body);
  REQUIRE(row);
  CHECK(row->role == Role::cashier);
  const auto key = crypto::SecretKey::of(secrets_of(brand, here).pin_key);
  CHECK(crypto::pin_fits(row->pin_hash, "825917", 1, key));
  CHECK_FALSE(
      crypto::pin_fits(row->pin_hash, "825917", 1, crypto::SecretKey::of(secrets_of(brand, elsewhere).pin_key)));

  const auto reset = brand.core->reset_pin({1}, "739164");
  REQUIRE(reset);
  CHECK(reset->version == 2);
  REQUIRE(brand.core->disable_staff({2}));
  CHECK(brand.core->disable_staff({9}).error().code == Code::not_found);
  CHECK(rows_of(brand, here, RowKind::staff).size() == 1);
  REQUIRE(brand.core->rebuild());
  const auto again = rows_of(brand, here, RowKind::staff);
  REQUIRE(again.size() == 1);
  CHECK(crypto::pin_fits(wire::decode_staff_row(again[0].body)->pin_hash, "739164", 1, key));
  CHECK(brand.core->check()->holds());
}

TEST_CASE("A hub that no cost was fixed for asks once what a pass takes, when the first PIN is set", "[people]") {
  PretendBrand brand;
  int asked = 0;
  brand.core->set_people({.pin_pass_us = [&] {
    ++asked;
    return std::int64_t{90'000};
  }});
  CHECK(asked == 0);
  const auto cashier = brand.core->add_staff({1}, Role::cashier, "825917");
  REQUIRE(cashier);
  CHECK(crypto::pin_cost_of(cashier->pin_hash).value() == crypto::PinCost{4});
  const auto reset = brand.core->reset_pin({1}, "739164");
  REQUIRE(reset);
  CHECK(crypto::pin_cost_of(reset->pin_hash).value() == crypto::PinCost{4});
  CHECK(asked == 1);
}

TEST_CASE("A terminal's keys are sealed for it and change with the generation", "[people]") {
  PretendBrand brand;
  const auto one = brand.provision({1});
  const auto other = brand.provision({1});
  const auto first = secrets_of(brand, one);
  CHECK(secrets_of(brand, one) == first);
  CHECK(secrets_of(brand, other) == first);
  const auto rows = rows_of(brand, one, RowKind::store_secrets);
  CHECK_FALSE(other.key().opening_key().open(rows.at(0).body));
  REQUIRE(brand.core->rebuild());
  const auto second = secrets_of(brand, one);
  CHECK(second.generation != first.generation);
  CHECK(second.phone_key != first.phone_key);
  CHECK(second.pin_key == first.pin_key);
}

TEST_CASE("A phone is found by the terminals of its scope, also of a second one where it was typed", "[people]") {
  PretendBrand brand;
  brand.core->set_people({{hub::PhoneScope::Kind::region, {{{1}, 10}, {{2}, 10}, {{3}, 30}}}, cheap});
  auto terminal = brand.provision({1});
  const auto neighbour = brand.provision({2});
  auto far = brand.provision({3}, 78);
  terminal.begin_epoch();
  terminal.enrol({9}, {1}, "+8613800002917", brand.hub_key.sealing_key);
  upload(brand, terminal);
  const auto found = rows_of(brand, terminal, RowKind::phone);
  REQUIRE(found.size() == 1);
  CHECK(rows_of(brand, neighbour, RowKind::phone) == found);
  CHECK(rows_of(brand, far, RowKind::phone).empty());

  far.begin_epoch();
  far.enrol({10}, {3}, "+8613800002917", brand.hub_key.sealing_key);
  upload(brand, far);
  for (int twice = 0; twice < 2; ++twice) {
    const auto there = rows_of(brand, far, RowKind::phone);
    REQUIRE(there.size() == 1);
    const auto hash = crypto::keyed_blake2b_16(secrets_of(brand, far).phone_key, base::view_of("+8613800002917"));
    CHECK(there[0].key == base::Bytes{hash.begin(), hash.end()});
    CHECK(base::read_big_endian(there[0].body) == 9);  // who had it first, and an operator hears of both
    CHECK(there[0].key != rows_of(brand, terminal, RowKind::phone).at(0).key);
    REQUIRE(brand.core->rebuild());
  }
  REQUIRE(brand.core->remove_member({9}));
  REQUIRE(brand.core->project());
  CHECK(rows_of(brand, terminal, RowKind::phone).empty());
  CHECK(rows_of(brand, far, RowKind::phone).empty());
}

TEST_CASE("What people behind the counter did is listed, newest first, and survives a rebuild", "[people]") {
  PretendBrand brand;
  auto terminal = brand.provision();
  terminal.begin_epoch();
  using Check = model::StaffCheck;
  terminal.add(model::StaffChecked{{3}, Check::missed});
  terminal.add(model::StaffChecked{{3}, Check::passed});
  terminal.add(model::ActApproved{model::Act::manual_lookup, {3}, {}, {77}, 5, "forgot the card"});
  upload(brand, terminal);
  for (int twice = 0; twice < 2; ++twice) {
    const auto audit = brand.core->audit(10);
    REQUIRE(audit);
    REQUIRE(audit->size() == 3);
    const auto& act = audit->front();
    CHECK(act.is_act);
    CHECK(act.what == static_cast<std::uint8_t>(model::Act::manual_lookup));
    CHECK(act.staff == base::StaffId{3});
    CHECK(act.member == base::MemberId{77});
    CHECK(act.reason == "forgot the card");
    CHECK(act.terminal == terminal.id());
    CHECK(audit->back().what == static_cast<std::uint8_t>(Check::missed));
    CHECK(brand.core->audit(1)->size() == 1);
    REQUIRE(brand.core->rebuild());
  }
}

TEST_CASE("Patterns in a terminal's facts become signals, the same after a rebuild", "[people]") {
  PretendBrand brand;
  brand.core->set_people({{}, cheap});
  auto terminal = brand.provision();
  REQUIRE(brand.core->add_staff({1}, Role::cashier, "825917", base::MemberId{50}));
  terminal.begin_epoch();
  for (std::uint64_t member = 10; member < 14; ++member) terminal.enrol({member}, {1});  // four and no sale
  terminal.enrol({50}, {1});
  terminal.sell({50}, "T-1", 1'000, 10);
  terminal.add(model::StaffChecked{{1}, model::StaffCheck::passed});
  terminal.sell({50}, "T-2", 1'000, 10);  // twice in minutes, and the cashier's own card
  terminal.add(model::StaffChecked{{1}, model::StaffCheck::left});
  terminal.add(model::StaffChecked{{2}, model::StaffCheck::locked});
  upload(brand, terminal);
  for (int twice = 0; twice < 2; ++twice) {
    const auto signals = brand.core->signals(100);
    REQUIRE(signals);
    std::vector<model::Signal> kinds;
    for (const auto& each : *signals) kinds.push_back(each.raised.signal);
    std::ranges::sort(kinds);
    using model::Signal;
    CHECK(kinds ==
          std::vector{Signal::enrolments_without_sale, Signal::member_twice, Signal::own_card, Signal::pin_guessing});
    const auto own =
        std::ranges::find_if(*signals, [](const auto& each) { return each.raised.signal == model::Signal::own_card; });
    REQUIRE(own != signals->end());
    CHECK(own->raised.staff == base::StaffId{1});
    CHECK(own->raised.member == base::MemberId{50});
    REQUIRE(brand.core->rebuild());
  }
}
