// SPDX-License-Identifier: Apache-2.0
#include "sync/model/item_code.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace millpond::model {
namespace {

constexpr std::size_t document_bytes_max = 256U << 10;
constexpr std::size_t sku_bytes_max = 64;
constexpr std::size_t region_bytes_max = 32;
constexpr std::int64_t points_max = 1'000'000'000;
constexpr std::int64_t number_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t id_max = std::numeric_limits<std::uint32_t>::max();

void read_batch(ObjectReader& object, std::vector<ItemBatch>& batches) {
  ItemBatch batch;
  batch.batch = static_cast<std::uint32_t>(object.integer("batch", 1, id_max));
  batch.key_number = static_cast<std::uint8_t>(object.integer("key_number", 0, 255));
  batch.first = static_cast<std::uint64_t>(object.integer("first", 0, number_max));
  batch.last = static_cast<std::uint64_t>(object.integer("last", 0, number_max));
  batch.sku = object.text("sku", sku_bytes_max);
  batch.product = object.localized("product");
  if (object.has("regions")) batch.regions = object.texts("regions", region_bytes_max);
  batch.reward = static_cast<ItemReward>(object.choice("reward", {"nothing", "points", "coupon"}) + 1);
  if (batch.reward == ItemReward::points) batch.points = object.integer("points", 1, points_max);
  if (batch.reward == ItemReward::coupon) {
    batch.coupon.value = static_cast<std::uint32_t>(object.integer("coupon", 1, id_max));
  }
  batch.claim_from = object.date("claim_from");
  batch.claim_by = object.date("claim_by");
  batch.closed = object.boolean_or("closed", false);
  if (batch.last < batch.first) object.report("last", "must not be below first");
  if (batch.claim_by < batch.claim_from) object.report("claim_by", "must not be before claim_from");
  for (const auto& other : batches) {
    if (other.batch == batch.batch) object.report("batch", "is used twice");
    const bool shared = other.key_number == batch.key_number && other.first <= batch.last && batch.first <= other.last;
    if (shared) object.report("first", "numbers are shared with batch " + std::to_string(other.batch));
  }
  batches.push_back(std::move(batch));
}

bool same_fact(const ItemScan& a, const ItemScan& b) {
  return std::tie(a.terminal, a.epoch, a.seq) == std::tie(b.terminal, b.epoch, b.seq);
}

void count(std::uint32_t& counter) {
  if (counter < std::numeric_limits<std::uint32_t>::max()) counter += 1;
}

bool told_before(const ItemBooking& booking, const ItemScan& scan) {
  return (booking.first_scan && same_fact(*booking.first_scan, scan)) ||
         (booking.first_claim && same_fact(*booking.first_claim, scan));
}

// The first scan of the number, when this is another one.
std::optional<ItemScan> note_first(ItemBooking& booking, const ItemScan& scan) {
  if (!booking.first_scan) booking.first_scan = scan;
  if (same_fact(*booking.first_scan, scan)) return std::nullopt;
  return booking.first_scan;
}

void add_reward(ItemAnswer& answer, const ItemBatch& batch) {
  answer.reward = batch.reward;
  answer.points = batch.points;
  answer.coupon = batch.coupon;
}

// What the scan comes to in a batch that is open; books the claim when it is the first.
ItemWord claim(const ItemBatch& batch, ItemBooking& booking, const ItemScan& scan) {
  if (booking.first_claim) {
    if (same_fact(*booking.first_claim, scan)) return ItemWord::claimed_here;
    return scan.member && booking.first_claim->member == scan.member ? ItemWord::own_again : ItemWord::taken;
  }
  if (!scan.member || batch.reward == ItemReward::nothing) return ItemWord::genuine;
  if (scan.local_date < batch.claim_from) return ItemWord::too_early;
  if (scan.local_date > batch.claim_by) return ItemWord::too_late;
  booking.first_claim = scan;
  return ItemWord::claimed;
}

}  // namespace

crypto::SecretKey item_key(const crypto::SecretKey& root, std::uint8_t key_number) {
  return root.derive(crypto::purpose::claims, key_number);
}

base::Result<ItemBatches> parse_items(base::ByteView json) {
  Document document{json, document_bytes_max, "read item codes"};
  auto root = document.root();
  ItemBatches items;
  items.version = static_cast<std::uint32_t>(root.integer("version", 1, id_max));
  root.each("batches", [&](ObjectReader& object) { read_batch(object, items.batches); });
  root.finish();
  if (auto problem = document.problem()) return *std::move(problem);
  return items;
}

const ItemBatch* batch_of(const ItemBatches& items, std::uint8_t key_number, std::uint64_t number) {
  const auto holds = [&](const ItemBatch& batch) {
    return batch.key_number == key_number && batch.first <= number && number <= batch.last;
  };
  const auto found = std::ranges::find_if(items.batches, holds);
  return found == items.batches.end() ? nullptr : &*found;
}

ItemAnswer book_scan(const ItemBatches& items, std::uint8_t key_number, std::uint64_t number, bool mac_holds,
                     ItemBooking& booking, const ItemScan& scan) {
  ItemAnswer answer;
  const auto* const batch = batch_of(items, key_number, number);
  if (!mac_holds || batch == nullptr) {
    answer.word = ItemWord::forged;
    return answer;
  }
  answer.batch = batch->batch;
  answer.region_mismatch =
      !batch->regions.empty() && std::ranges::find(batch->regions, scan.region) == batch->regions.end();
  if (!told_before(booking, scan)) {
    count(booking.scans);
    if (answer.region_mismatch) count(booking.region_mismatches);
  }
  answer.shown_first = note_first(booking, scan);
  answer.word = batch->closed ? ItemWord::withdrawn : claim(*batch, booking, scan);
  if (answer.word == ItemWord::claimed || answer.word == ItemWord::claimed_here) add_reward(answer, *batch);
  return answer;
}

ItemAnswer note_scan(ItemBooking& booking, const ItemScan& scan) {
  ItemAnswer answer;
  if (!told_before(booking, scan)) count(booking.scans);
  answer.shown_first = note_first(booking, scan);
  answer.word = ItemWord::pending;
  if (!scan.member) return answer;
  if (!booking.first_claim || same_fact(*booking.first_claim, scan)) {
    booking.first_claim = scan;
    return answer;
  }
  answer.word = booking.first_claim->member == scan.member ? ItemWord::own_again : ItemWord::taken;
  return answer;
}

}  // namespace millpond::model
