// SPDX-License-Identifier: Apache-2.0
// Leases through the core: whoever asks for pages gets what is due.
#include "sync/wire/lease_rows.h"
#include "tests/support/pretend_brand.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using tests::PretendBrand;
using tests::PretendTerminal;

namespace {

constexpr hub::LeaseTerms points{model::LeaseKind::points, 0, 900, 500, 200};

void project_all(PretendBrand& brand) {
  for (bool more = true; more;) {
    const auto outcome = brand.core->project();
    REQUIRE(outcome);
    more = outcome->more;
  }
}

// What a terminal hears of its lease; nothing when there is none.
std::optional<model::Lease> lease_of(PretendBrand& brand, const PretendTerminal& terminal, base::Epoch epoch) {
  const auto head = brand.core->feed_head();
  REQUIRE(head);
  const auto page = brand.core->down(terminal.id(), {head->generation, 0, 0}, wire::page_rows_max, epoch);
  REQUIRE(page);
  for (const auto& row : page->rows) {
    if (row.kind != static_cast<std::uint8_t>(wire::RowKind::lease) || row.deleted) continue;
    auto lease = wire::decode_lease(row.body);
    REQUIRE(lease);
    CHECK(wire::is_lease_key(row.key, terminal.id(), *lease));
    return *lease;
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("Whoever was given all of its day hears so, and is given more the day after") {
  PretendBrand brand;
  auto terminal = brand.provision();
  terminal.begin_epoch();
  terminal.enrol({9}, {1});
  terminal.sell({9}, "first", 1'000, 500);
  brand.up(terminal.all());
  project_all(brand);
  auto bounded = points;
  bounded.cap = 5'000;
  bounded.terminal_day_max = 500;
  brand.core->set_lease_terms({bounded});
  REQUIRE(lease_of(brand, terminal, {77}));
  const auto ask = [&](std::uint64_t asked) {
    const auto word = brand.core->points(terminal.id(), wire::encode(wire::PointsAsk{asked, {9}, {77}, 100}));
    REQUIRE(word);
    return *word;
  };
  const auto refused = ask(1);
  CHECK(refused.word == model::HubWord::refused);
  CHECK(base::code_name(refused.why) == "points_cap");
  brand.clock.advance_ms(hub::bounded_day_ms);
  CHECK(ask(2).word == model::HubWord::confirmed);
}

TEST_CASE("Whoever asks for pages gets a lease for the life it lives, within the pool") {
  PretendBrand brand;
  auto first = brand.provision();
  auto second = brand.provision();
  for (auto* terminal : {&first, &second}) {
    terminal->begin_epoch();
    brand.up(terminal->all());
  }
  project_all(brand);
  CHECK_FALSE(lease_of(brand, first, {77}));  // nobody has set any terms
  brand.core->set_lease_terms({points});
  CHECK_FALSE(lease_of(brand, first, {}));  // a copy that does not say which
  const auto lease = lease_of(brand, first, {77});
  REQUIRE(lease);
  CHECK(lease->amount == 500);
  CHECK(lease->a_member_max == 200);
  CHECK(lease->epoch.value == 77);
  CHECK(lease->expires_ms == brand.clock.wall_ms() + hub::lease_ms);
  CHECK(lease_of(brand, first, {77}) == lease);
  CHECK(lease_of(brand, second, {77})->amount == 400);
  const auto books = brand.core->leases();
  REQUIRE(books);
  CHECK(books->pools.front().outstanding == 900);
  CHECK(brand.core->check()->holds());

  REQUIRE(brand.core->rebuild());
  CHECK(lease_of(brand, first, {77}) == lease);
  CHECK(brand.core->leases()->pools.front().outstanding == 900);

  REQUIRE(brand.core->give_up_lease(lease->id));
  project_all(brand);
  CHECK(brand.core->leases()->pools.front().outstanding == 400);
  CHECK(brand.core->give_up_lease(lease->id).error().code == base::Code::bad_input);
  CHECK(brand.core->give_up_lease({1}).error().code == base::Code::not_found);
}

TEST_CASE("A revoked terminal gets no lease, and what it had stays out until somebody gives it up") {
  PretendBrand brand;
  auto terminal = brand.provision();
  terminal.begin_epoch();
  brand.up(terminal.all());
  project_all(brand);
  brand.core->set_lease_terms({points});
  REQUIRE(brand.core->revoke_terminal(terminal.id()));
  project_all(brand);
  CHECK_FALSE(lease_of(brand, terminal, {77}));
}
