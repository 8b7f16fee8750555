// SPDX-License-Identifier: Apache-2.0
// One item, one code, from the printed text to the booking: what the hub does with a scan.
#include "sync/codes/claim.h"
#include "sync/model/item_code.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using codes::ClaimKind;
using model::ItemWord;

namespace {

constexpr base::BrandId brand{{0x4d, 0x50, 3}};
const auto root = crypto::SecretKey::of({9, 8, 7});

model::ItemBatches items() {
  model::ItemBatch batch;
  batch.batch = 1;
  batch.key_number = 3;
  batch.first = 1'000;
  batch.last = 1'999;
  batch.reward = model::ItemReward::points;
  batch.points = 50;
  batch.claim_from = batch.claim_by = *base::parse_date("2026-11-21");
  return {1, {batch}};
}

// As the hub does it: the key of the number that stands in the code.
ItemWord scan(const std::string& text, model::ItemBooking& booking, std::uint64_t seq) {
  const auto code = codes::parse_claim(text, brand);
  REQUIRE(code);
  const auto key = model::item_key(root, code->key_number);
  const bool holds = codes::verify_claim(*code, key.bytes(), brand).has_value();
  model::ItemScan scanned;
  scanned.seq.value = seq;
  scanned.member.value = seq;
  scanned.local_date = *base::parse_date("2026-11-21");
  return model::book_scan(items(), code->key_number, code->number, holds, booking, scanned).word;
}

}  // namespace

TEST_CASE("An item's printed code is worth something once, and a forged one nothing", "[claim]") {
  const auto printed = [](std::uint8_t key_number, std::uint64_t number, const crypto::SecretKey& key) {
    return codes::compose_claim(ClaimKind::item, key_number, number, key.bytes(), brand);
  };
  model::ItemBooking booking;
  CHECK(scan(printed(3, 1'234, model::item_key(root, 4)), booking, 1) == ItemWord::forged);
  CHECK(scan(printed(3, 1'234, crypto::SecretKey::of({1})), booking, 2) == ItemWord::forged);
  CHECK(scan(printed(3, 999, model::item_key(root, 3)), booking, 3) == ItemWord::forged);
  CHECK(booking == model::ItemBooking{});
  const auto genuine = printed(3, 1'234, model::item_key(root, 3));
  CHECK(scan(genuine, booking, 4) == ItemWord::claimed);
  CHECK(scan(genuine, booking, 5) == ItemWord::taken);
}
