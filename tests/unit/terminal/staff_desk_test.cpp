// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/staff_desk.h"

#include "sync/crypto/pin.h"
#include "tests/unit/terminal/shop.h"

using namespace millpond;
using base::Code;
using model::Act;
using model::Role;
using tests::Brand;
using tests::Shop;

namespace {

constexpr base::StaffId cashier{3};
constexpr base::StaffId manager{4};
constexpr std::string_view cashier_pin = "825917";
constexpr std::string_view manager_pin = "6420917";
constexpr std::int64_t minute_ms = 60'000;
constexpr crypto::PinCost cheap{1, 8U << 10};  // the least that argon2id takes: the cost is the library's business

struct Counter {
  Brand brand;
  Shop shop{brand};
  std::optional<terminal::StaffDesk> desk;

  Counter() {
    tell(cashier, Role::cashier, cashier_pin);
    tell(manager, Role::manager, manager_pin);
    start("boot-1");
  }
  void tell(base::StaffId staff, Role role, std::string_view pin, std::uint32_t version = 1) {
    const auto key = crypto::SecretKey::of(shop.secrets.pin_key);
    const auto hash = crypto::hash_pin(pin, staff.value, key, cheap);
    REQUIRE(hash);
    tell_hash(staff, role, *hash, version);
  }
  void tell_hash(base::StaffId staff, Role role, const std::string& hash, std::uint32_t version) {
    wire::DownRow row;
    row.kind = static_cast<std::uint8_t>(wire::RowKind::staff);
    base::append_big_endian(row.key, staff.value, 4);
    row.body = wire::encode(wire::StaffRow{staff, role, hash, version});
    shop.hub_says({row});
  }
  void start(const std::string& boot) { desk.emplace(*shop.terminal, shop.clock, boot); }

  // Nothing when it fits.
  [[nodiscard]] std::optional<Code> enter(base::StaffId staff, std::string_view pin) {
    const auto checked = desk->check_pin(staff, pin);
    return checked ? std::nullopt : std::optional{checked.error().code};
  }
  void miss(int times) {
    for (int i = 0; i < times; ++i) CHECK(enter(cashier, "111222") != std::nullopt);
  }
  [[nodiscard]] std::uint32_t misses_of(base::StaffId staff) {
    const auto people = desk->people();
    REQUIRE(people);
    for (const auto& each : *people) {
      if (each.person.staff == staff) return each.misses;
    }
    return 0;
  }
};

}  // namespace

TEST_CASE("A PIN that fits is told apart, and every PIN entered is a fact", "[staff]") {
  Counter counter;
  const auto person = counter.desk->check_pin(cashier, cashier_pin);
  REQUIRE(person);
  CHECK(*person == terminal::StaffDesk::Person{cashier, Role::cashier});
  CHECK(counter.enter(cashier, manager_pin) == Code::pin_wrong);
  CHECK(counter.enter(base::StaffId{9}, cashier_pin) == Code::person_unknown);
  REQUIRE(counter.desk->leave(cashier));
  using Check = model::StaffCheck;
  CHECK(counter.shop.facts_of<model::StaffChecked>() ==
        std::vector<model::StaffChecked>{{cashier, Check::passed}, {cashier, Check::missed}, {cashier, Check::left}});
}

TEST_CASE("A stored PIN that asks for more than a check may take is refused by name and counts no miss", "[staff]") {
  Counter counter;
  counter.tell_hash(cashier, Role::cashier, "$argon2id$v=19$m=65536,t=4000000000,p=1$c2FsdHNhbHRzYWx0$aGFzaA", 2);
  CHECK(counter.enter(cashier, cashier_pin) == Code::unsupported);
  CHECK(counter.misses_of(cashier) == 0);
  CHECK(counter.shop.facts_of<model::StaffChecked>().empty());
  CHECK(counter.enter(manager, manager_pin) == std::nullopt);  // the others are checked as ever
  counter.tell(cashier, Role::cashier, cashier_pin, 3);
  CHECK(counter.enter(cashier, cashier_pin) == std::nullopt);
}

TEST_CASE("Whoever guesses waits 1, 5, 15 and 60 minutes, and after ten misses for a manager", "[staff]") {
  Counter counter;
  counter.miss(4);
  CHECK(counter.enter(cashier, cashier_pin) == std::nullopt);  // four are free, and a PIN that fits forgets them
  counter.miss(5);
  for (const std::int64_t wait_min : {1, 5, 15, 60, 60}) {
    CAPTURE(wait_min);
    counter.shop.clock.advance_ms(wait_min * minute_ms - 1'000);
    CHECK(counter.enter(cashier, cashier_pin) == Code::pin_locked);  // not even looked at
    counter.shop.clock.advance_ms(1'000);
    counter.miss(1);
  }
  CHECK(counter.misses_of(cashier) == 10);
  counter.shop.clock.advance_ms(365LL * 24 * 60 * minute_ms);
  CHECK(counter.enter(cashier, cashier_pin) == Code::pin_locked);
  CHECK(counter.desk->unlock(cashier, cashier, cashier_pin).error().code == Code::pin_locked);
  REQUIRE(counter.desk->unlock(cashier, manager, manager_pin));
  CHECK(counter.enter(cashier, cashier_pin) == std::nullopt);
  const auto acts = counter.shop.facts_of<model::ActApproved>();
  REQUIRE(acts.size() == 1);
  CHECK(acts[0].act == Act::pin_unlocked);
  CHECK(acts[0].by == manager);
  CHECK(acts[0].subject == cashier.value);
}

TEST_CASE("Misses outlive the program and the machine, and a wait begins anew with its start", "[staff]") {
  Counter counter;
  counter.miss(5);
  counter.start("boot-1");
  CHECK(counter.misses_of(cashier) == 5);
  CHECK(counter.enter(cashier, cashier_pin) == Code::pin_locked);
  counter.shop.clock.set_monotonic_ms(5'000);
  counter.start("boot-2");
  CHECK(counter.misses_of(cashier) == 5);
  CHECK(counter.enter(cashier, cashier_pin) == Code::pin_locked);
  counter.shop.clock.set_monotonic_ms(minute_ms + 1);
  CHECK(counter.enter(cashier, cashier_pin) == std::nullopt);
}

TEST_CASE("A miss is counted before the PIN is looked at", "[staff]") {
  Counter counter;
  counter.miss(4);
  CHECK(counter.enter(cashier, "111222") == Code::pin_locked);
  base::Bytes document;
  REQUIRE(counter.shop.journal->with(
      [&](store::Journal& journal) { document = journal.document("pin_misses").value().value_or(base::Bytes{}); }));
  REQUIRE_FALSE(document.empty());
  // A version for the count before the check and one for its outcome.
  const auto versions = base::read_big_endian(base::ByteView{document}.first(8));
  CHECK(versions == 2 * 5);
}

TEST_CASE("A new PIN begins without misses", "[staff]") {
  Counter counter;
  counter.miss(5);
  counter.tell(cashier, Role::cashier, "739164", 2);
  CHECK(counter.enter(cashier, "739164") == std::nullopt);
}

TEST_CASE("An act is recorded when the role of whoever enters the PIN is enough", "[staff]") {
  struct Row {
    Act act;
    base::StaffId by;
    std::string_view pin;
    std::optional<Code> refusal;
  };
  const std::vector<Row> rows{{Act::manual_lookup, cashier, cashier_pin, std::nullopt},
                              {Act::identity_approved, cashier, cashier_pin, std::nullopt},
                              {Act::late_provisional, cashier, cashier_pin, Code::role_missing},
                              {Act::late_provisional, manager, manager_pin, std::nullopt},
                              {Act::member_erased, cashier, cashier_pin, Code::role_missing},
                              {Act::card_reprinted, manager, cashier_pin, Code::pin_wrong}};
  for (const auto& row : rows) {
    CAPTURE(static_cast<int>(row.act));
    Counter counter;
    const model::ActApproved act{row.act, row.by, cashier, base::MemberId{77}, 12, "as asked"};
    const auto approved = counter.desk->approve(act, row.pin);
    CHECK(approved.has_value() == !row.refusal.has_value());
    if (row.refusal) CHECK(approved.error().code == *row.refusal);
    const auto acts = counter.shop.facts_of<model::ActApproved>();
    REQUIRE(acts.size() == (row.refusal ? 0 : 1));
    if (!row.refusal) CHECK(acts[0] == act);
  }
}

TEST_CASE("Without the store's key no PIN is checked, and none counts as a miss", "[staff]") {
  Counter counter;
  REQUIRE(counter.shop.replica->purge_personal());
  CHECK(counter.enter(cashier, cashier_pin) == Code::person_unknown);
  CHECK(counter.shop.facts_of<model::StaffChecked>().empty());
}

TEST_CASE("A word for a member waits three minutes for one sale, and needs PIN and role", "[staff]") {
  Counter counter;
  const auto member = counter.shop.enrol("13900139000");
  auto& desk = *counter.desk;
  const auto outcome = [](const base::Result<>& result) {
    return result ? std::nullopt : std::optional{result.error().code};
  };
  CHECK(outcome(desk.vouch(member, cashier, "111222")) == Code::pin_wrong);
  CHECK(outcome(desk.vouch(member, {9}, cashier_pin)) == Code::person_unknown);
  constexpr base::StaffId auditor{5};
  counter.tell(auditor, Role::auditor, "7315824");
  CHECK(outcome(desk.vouch(member, auditor, "7315824")) == Code::role_missing);
  CHECK(desk.take_vouch(member) == base::StaffId{});

  REQUIRE(desk.vouch(member, cashier, cashier_pin));
  CHECK(desk.take_vouch({4711}) == base::StaffId{});
  CHECK(desk.take_vouch(member) == cashier);
  CHECK(desk.take_vouch(member) == base::StaffId{});

  REQUIRE(desk.vouch(member, cashier, cashier_pin));
  counter.shop.clock.advance_ms(terminal::vouch_ms);
  CHECK(desk.take_vouch(member) == base::StaffId{});
  // Nothing is recorded but the PINs: the word stands with the sale that uses it.
  CHECK(counter.shop.facts_of<model::ActApproved>().empty());
}
