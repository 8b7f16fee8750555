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
    const auto opened =
        hub::open_phone(ours, crypto::seal(ours.pairs.front().opening.public_key(), base::view_of(row.plain)));
    REQUIRE(opened.has_value() == row.good);
    if (!row.good) CHECK(opened.error().code == base::Code::phone_malformed);
    if (!row.good) continue;
    const auto key = crypto::keyed_blake2b_16(ours.phone_key, base::view_of(row.plain));
    CHECK(opened->lookup_key == base::Bytes{key.begin(), key.end()});
  }
  const auto strange = crypto::seal(other.pairs.front().opening.public_key(), base::view_of("+8613800002917"));
  CHECK(hub::open_phone(ours, strange).error().code == base::Code::signature_invalid);
  CHECK(hub::open_phone(ours, base::Bytes{1, 2, 3}).error().code == base::Code::signature_invalid);
}
