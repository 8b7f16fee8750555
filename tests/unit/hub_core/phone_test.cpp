// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/core/phone.h"
#include "sync/crypto/hash.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

TEST_CASE("A phone is masked before anybody sees it") {
  struct Row {
    const char* phone;
    const char* shown;
  };
  for (const auto& row :
       {Row{"+8613800002917", "138****2917"}, Row{"+447700900123", "+44****23"}, Row{"+1555012", "+15****12"}}) {
    CHECK(hub::mask_phone(row.phone) == row.shown);
  }
}

TEST_CASE("A sealed phone opens for its hub only, and only when it is one") {
  const auto ours = hub::generate_keys();
  const auto other = hub::generate_keys();
  struct Row {
    const char* plain;
    bool good;
  };
  for (const auto& row :
       {Row{"+8613800002917", true}, Row{"+1234567", true}, Row{"13800002917", false}, Row{"+86 138", false},
        Row{"+123456", false}, Row{"+1234567890123456", false}, Row{"", false}, Row{"<b>", false}}) {
    CAPTURE(row.plain);
    const auto box = crypto::seal(ours.pairs.front().hub_key.sealing_key, base::view_of(row.plain));
    const auto opened = hub::open_phone(ours, {}, {box, {9}, {1}, 5});
    REQUIRE(opened.has_value() == row.good);
    if (!row.good) CHECK(opened.error().code == base::Code::phone_malformed);
    if (!row.good) continue;
    const hub::PeopleKeys people{ours.phone_key};
    const auto secrets = people.secrets_of(5, opened->place, {1});
    const auto key = crypto::keyed_blake2b_16(secrets.phone_key, base::view_of(row.plain));
    CHECK(opened->lookup_key == base::Bytes{key.begin(), key.end()});
    CHECK(opened->identity != opened->lookup_key);
  }
  const auto strange = crypto::seal(other.pairs.front().hub_key.sealing_key, base::view_of("+8613800002917"));
  CHECK(hub::open_phone(ours, {}, {strange, {9}, {1}, 5}).error().code == base::Code::signature_invalid);
  const base::Bytes cut{1, 2, 3};
  CHECK(hub::open_phone(ours, {}, {cut, {9}, {1}, 5}).error().code == base::Code::signature_invalid);
}

TEST_CASE("A phone has another look-up hash in every scope and generation, and one identity in a generation") {
  const auto keys = hub::generate_keys();
  const auto box = crypto::seal(keys.pairs.front().hub_key.sealing_key, base::view_of("+8613800002917"));
  using Kind = hub::PhoneScope::Kind;
  struct Row {
    hub::PhoneScope scope;
    std::uint32_t one;
    std::uint32_t other;
    bool same;
  };
  for (const auto& row :
       {Row{{Kind::store, {}}, 1, 2, false}, Row{{Kind::region, {}}, 1, 2, true},
        Row{{Kind::region, {{{1}, 10}, {{2}, 20}}}, 1, 2, false},
        Row{{Kind::region, {{{1}, 10}, {{2}, 10}}}, 1, 2, true}, Row{{Kind::region, {{{1}, 10}}}, 1, 2, false},
        Row{{Kind::chain, {{{1}, 10}, {{2}, 20}}}, 1, 2, true}}) {
    const auto one = hub::open_phone(keys, row.scope, {box, {9}, {row.one}, 5});
    const auto other = hub::open_phone(keys, row.scope, {box, {9}, {row.other}, 5});
    const auto later = hub::open_phone(keys, row.scope, {box, {9}, {row.one}, 6});
    REQUIRE((one && other && later));
    CHECK((one->lookup_key == other->lookup_key) == row.same);
    CHECK((one->place == other->place) == row.same);
    CHECK(one->identity == other->identity);
    CHECK(one->lookup_key != later->lookup_key);
    CHECK(one->identity != later->identity);
  }
}
