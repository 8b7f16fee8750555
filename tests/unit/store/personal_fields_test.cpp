// SPDX-License-Identifier: Apache-2.0
#include "sync/store/personal_fields.h"

#include "sync/base/file.h"
#include "sync/store/replica.h"
#include "tests/support/temp_dir.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using store::PersonalFields;
using wire::RowKind;

namespace {

constexpr std::string_view name = "138****2917";
constexpr std::string_view pin_text = "$argon2id$v=19$a-hash-of-a-pin";
const base::Bytes lookup(16, 0xA7);

std::shared_ptr<const PersonalFields> machine(std::uint8_t fill) {
  std::array<std::uint8_t, crypto::SecretKey::size> bytes{};
  bytes.fill(fill);
  return std::make_shared<const PersonalFields>(crypto::SecretKey::of(bytes));
}

base::Bytes key_of(std::uint64_t id, std::size_t size = 8) {
  base::Bytes key;
  base::append_big_endian(key, id, size);
  return key;
}

base::Bytes bytes_of(std::string_view text) {
  const auto view = base::view_of(text);
  return {view.begin(), view.end()};
}

wire::DownPage page_of_people() {
  wire::DownPage page;
  page.next = {3, 9, 9};
  page.rows = {
      {static_cast<std::uint8_t>(RowKind::member), key_of(5), false, wire::encode(wire::MemberRow{{5}, 10, 0, 1})},
      {static_cast<std::uint8_t>(RowKind::profile), key_of(5), false,
       wire::encode(wire::ProfileRow{{5}, std::string{name}})},
      {static_cast<std::uint8_t>(RowKind::phone), lookup, false, key_of(5)},
      {static_cast<std::uint8_t>(RowKind::staff), key_of(7, 4), false, bytes_of(pin_text)},
      {static_cast<std::uint8_t>(RowKind::store_secrets), key_of(1, 4), false, bytes_of("sealed keys")}};
  return page;
}

bool on_disk(const tests::TempDir& folder, base::ByteView wanted) {
  for (const auto& entry : std::filesystem::directory_iterator{folder.path()}) {
    const auto bytes = base::read_file(entry.path());
    REQUIRE(bytes);
    if (std::ranges::search(*bytes, wanted).begin() != bytes->end()) return true;
  }
  return false;
}

std::unique_ptr<store::Replica> open(const tests::TempDir& folder, std::shared_ptr<const PersonalFields> fields) {
  auto replica = store::Replica::open(folder / "replica.db", {}, std::move(fields));
  REQUIRE(replica);
  return std::move(*replica);
}

}  // namespace

TEST_CASE("A field opens in its own place, on its own machine") {
  const auto ours = machine(1);
  const auto place = PersonalFields::place("profiles", key_of(5), "shown_name");
  CHECK(place == "profiles|0000000000000005|shown_name|1");
  const auto box = ours->encrypt(place, base::view_of(name));
  CHECK(base::text_of(*ours->decrypt(place, box)) == name);
  const auto elsewhere = PersonalFields::place("profiles", key_of(6), "shown_name");
  CHECK(ours->decrypt(elsewhere, box).error().code == base::Code::signature_invalid);
  CHECK(machine(2)->decrypt(place, box).error().code == base::Code::signature_invalid);
  CHECK(ours->phone(lookup) == machine(1)->phone(lookup));
  CHECK(ours->phone(lookup) != machine(2)->phone(lookup));
}

TEST_CASE("A replica serves personal rows and shows none of them to who reads its file") {
  const tests::TempDir folder;
  {
    const auto replica = open(folder, machine(1));
    REQUIRE(replica->apply(page_of_people(), 0));
    CHECK((*replica->find_profile({5}))->shown_name == name);
    CHECK(*replica->find_phone(lookup) == base::MemberId{5});
    const auto staff = replica->rows_of(RowKind::staff);
    REQUIRE(staff);
    REQUIRE(staff->size() == 1);
    CHECK(base::text_of(staff->front().body) == pin_text);
    REQUIRE(replica->checkpoint_to_disk());
  }
  CHECK_FALSE(on_disk(folder, base::view_of(name)));
  CHECK_FALSE(on_disk(folder, lookup));
  CHECK_FALSE(on_disk(folder, base::view_of(pin_text)));
  CHECK_FALSE(on_disk(folder, base::view_of("sealed keys")));

  // The control: without keys the same search finds every one of them.
  const tests::TempDir open_folder;
  const auto plain = open(open_folder, nullptr);
  REQUIRE(plain->apply(page_of_people(), 0));
  REQUIRE(plain->checkpoint_to_disk());
  CHECK(on_disk(open_folder, base::view_of(name)));
  CHECK(on_disk(open_folder, lookup));
  CHECK(on_disk(open_folder, base::view_of(pin_text)));
}

TEST_CASE("Rows of a person go by their own key, also when they are taken back") {
  const tests::TempDir folder;
  const auto replica = open(folder, machine(1));
  REQUIRE(replica->apply(page_of_people(), 0));
  auto page = page_of_people();
  page.next = {3, 12, 12};
  page.rows = {{static_cast<std::uint8_t>(RowKind::phone), lookup, true, {}},
               {static_cast<std::uint8_t>(RowKind::profile), key_of(5), true, {}},
               {static_cast<std::uint8_t>(RowKind::staff), key_of(7, 4), true, {}}};
  REQUIRE(replica->apply(page, 0));
  CHECK_FALSE(*replica->find_phone(lookup));
  CHECK_FALSE(*replica->find_profile({5}));
  CHECK(replica->rows_of(RowKind::staff)->empty());
  CHECK(replica->find_member({5})->has_value());
}

TEST_CASE("What is purged is asked for again, and members stay") {
  const tests::TempDir folder;
  const auto replica = open(folder, machine(1));
  REQUIRE(replica->apply(page_of_people(), 0));
  for (int twice = 0; twice < 2; ++twice) {
    REQUIRE(replica->purge_personal());
    CHECK_FALSE(*replica->find_phone(lookup));
    CHECK_FALSE(*replica->find_profile({5}));
    CHECK(replica->rows_of(RowKind::store_secrets)->empty());
    CHECK(*replica->cursor() == wire::DownCursor{3, 9, 0});
    CHECK(replica->find_member({5})->has_value());
  }
}

TEST_CASE("A file that another machine's key encrypted is forgotten at its start and fetched again") {
  const tests::TempDir folder;
  {
    const auto replica = open(folder, machine(1));
    REQUIRE(replica->apply(page_of_people(), 0));
  }
  {
    const auto same = open(folder, machine(1));
    CHECK(*same->cursor() == wire::DownCursor{3, 9, 9});
    CHECK((*same->find_profile({5}))->shown_name == name);
  }
  const auto other = open(folder, machine(2));
  CHECK(*other->cursor() == wire::DownCursor{3, 9, 0});
  CHECK_FALSE(*other->find_profile({5}));
  CHECK(other->find_member({5})->has_value());
}
