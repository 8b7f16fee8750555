// SPDX-License-Identifier: Apache-2.0
#include "sync/model/item_code.h"

#include "sync/base/rng.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <set>

using namespace millpond;
using model::ItemAnswer;
using model::ItemBooking;
using model::ItemReward;
using model::ItemScan;
using model::ItemWord;

namespace {

const std::string good = R"({"version": 1, "batches": [
  {"batch": 1, "key_number": 3, "first": 1000, "last": 1999, "sku": "TEA-250",
   "product": {"zh-CN": "龙井 250 克", "en": "Longjing 250 g"}, "regions": ["ZJ", "SH"], "reward": "points",
   "points": 50, "claim_from": "2026-11-01", "claim_by": "2026-12-31"},
  {"batch": 2, "key_number": 3, "first": 2000, "last": 2000, "sku": "CUP",
   "product": {"zh-CN": "杯子", "en": "Cup"}, "reward": "nothing", "claim_from": "2026-11-01",
   "claim_by": "2026-11-01"},
  {"batch": 3, "key_number": 4, "first": 1000, "last": 1999, "sku": "TEA-500",
   "product": {"zh-CN": "龙井 500 克", "en": "Longjing 500 g"}, "reward": "coupon", "coupon": 12,
   "claim_from": "2026-11-01", "claim_by": "2026-12-31", "closed": true}]})";

model::ItemBatches items() { return *model::parse_items(base::view_of(good)); }

ItemScan scan_of(std::uint64_t seq, std::uint64_t member, const char* date = "2026-11-21", const char* region = "ZJ") {
  return {base::TerminalId{1},
          base::Epoch{1},
          base::Seq{seq},
          {member},
          base::StoreId{4},
          region,
          static_cast<std::int64_t>(seq) * 1'000,
          480,
          *base::parse_date(date)};
}

ItemAnswer book(ItemBooking& booking, const ItemScan& scan) {
  static const auto printed = items();
  return model::book_scan(printed, 3, 1'234, true, booking, scan);
}

}  // namespace

TEST_CASE("Runs of item codes have keys of their own that follow from the root", "[items]") {
  const auto root = crypto::SecretKey::of({1, 2, 3});
  std::set<base::Bytes> keys;
  for (int number = 0; number < 256; ++number) {
    const auto key = model::item_key(root, static_cast<std::uint8_t>(number));
    keys.insert({key.bytes().begin(), key.bytes().end()});
  }
  CHECK(keys.size() == 256);
  // Printed on goods: never changes. Computed a second time with Python's hashlib.
  CHECK(base::to_hex(model::item_key(root, 3).bytes()) ==
        "7447903b5fd4750eb93b7ee04a9fd0ebd33ff695ddaf9c069b1cde05a38d8345");
}

TEST_CASE("Batches are read to the letter and never share a number", "[items]") {
  const auto read = items();
  REQUIRE(read.batches.size() == 3);
  CHECK(read.batches[0].regions == std::vector<std::string>{"ZJ", "SH"});
  CHECK(read.batches[0].points == 50);
  CHECK(read.batches[2].coupon.value == 12);
  CHECK(read.batches[2].closed);
  CHECK(model::batch_of(read, 3, 1'000)->batch == 1);
  CHECK(model::batch_of(read, 3, 1'999)->batch == 1);
  CHECK(model::batch_of(read, 3, 2'000)->batch == 2);
  CHECK(model::batch_of(read, 4, 1'000)->batch == 3);
  CHECK(model::batch_of(read, 3, 999) == nullptr);
  CHECK(model::batch_of(read, 3, 2'001) == nullptr);
  CHECK(model::batch_of(read, 5, 1'000) == nullptr);
  struct Row {
    std::string from, to, detail;
  };
  for (const auto& row : std::vector<Row>{
           {R"("first": 2000)", R"("first": 1999)", "/batches/1/first: numbers are shared with batch 1"},
           {R"("first": 2000)", R"("first": 2001)", "/batches/1/last: must not be below first"},
           {R"("key_number": 4)", R"("key_number": 256)",
            "/batches/2/key_number: must be a whole number from 0 to 255"},
           {R"("key_number": 4)", R"("key_number": 3)", "/batches/2/first: numbers are shared with batch 1"},
           {R"("batch": 2)", R"("batch": 1)", "/batches/1/batch: is used twice"},
           {R"("claim_by": "2026-11-01")", R"("claim_by": "2026-10-01")",
            "/batches/1/claim_by: must not be before claim_from"},
           {R"("points": 50)", R"("coupon": 50)", "/batches/0/points: is missing"},
           {R"(["ZJ", "SH"])", R"(["ZJ", "ZJ"])", "/batches/0/regions/1: occurs twice"},
           {R"("sku": "CUP")", R"("sku": "CUP", "price": 1)", "/batches/1/price: is not known"},
       }) {
    CAPTURE(row.to);
    auto json = good;
    json.replace(json.find(row.from), row.from.size(), row.to);
    const auto refused = model::parse_items(base::view_of(json));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Code::programme_invalid);
    CHECK(refused.error().detail == row.detail);
  }
}

TEST_CASE("The hub's first claim wins and every other one sees the first scan", "[items]") {
  ItemBooking booking;
  const auto looked = scan_of(1, 0);  // somebody looks whether it is genuine
  CHECK(book(booking, looked) == ItemAnswer{ItemWord::genuine, {}, false, 1, ItemReward::nothing, 0, {}});
  const auto first = scan_of(2, 5);
  const ItemAnswer claimed{ItemWord::claimed, looked, false, 1, ItemReward::points, 50, {}};
  CHECK(book(booking, first) == claimed);
  auto told_again = claimed;
  told_again.word = ItemWord::claimed_here;
  CHECK(book(booking, first) == told_again);
  CHECK(booking.scans == 2);
  CHECK(book(booking, scan_of(3, 5)) == ItemAnswer{ItemWord::own_again, looked, false, 1, ItemReward::nothing, 0, {}});
  // An earlier moment that the hub hears of later does not win.
  auto late = scan_of(4, 6);
  late.at_ms = 1;
  CHECK(book(booking, late) == ItemAnswer{ItemWord::taken, looked, false, 1, ItemReward::nothing, 0, {}});
  CHECK(book(booking, scan_of(5, 0)).word == ItemWord::taken);
  CHECK(booking.first_claim == first);
  CHECK(booking.scans == 5);
}

TEST_CASE("What a scan means", "[items]") {
  struct Row {
    std::string what;
    std::uint8_t key;
    std::uint64_t number;
    bool mac_holds;
    ItemScan scan;
    ItemWord word;
    bool mismatch;
  };
  for (const auto& row : std::vector<Row>{
           {"claim", 3, 1'234, true, scan_of(1, 5), ItemWord::claimed, false},
           {"wrong check bytes", 3, 1'234, false, scan_of(1, 5), ItemWord::forged, false},
           {"never printed", 3, 999, true, scan_of(1, 5), ItemWord::forged, false},
           {"other key", 9, 1'234, true, scan_of(1, 5), ItemWord::forged, false},
           {"closed", 4, 1'234, true, scan_of(1, 5), ItemWord::withdrawn, false},
           {"nobody", 3, 1'234, true, scan_of(1, 0), ItemWord::genuine, false},
           {"no reward", 3, 2'000, true, scan_of(1, 5), ItemWord::genuine, false},
           {"before", 3, 1'234, true, scan_of(1, 5, "2026-10-31"), ItemWord::too_early, false},
           {"first day", 3, 1'234, true, scan_of(1, 5, "2026-11-01"), ItemWord::claimed, false},
           {"last day", 3, 1'234, true, scan_of(1, 5, "2026-12-31"), ItemWord::claimed, false},
           {"after", 3, 1'234, true, scan_of(1, 5, "2027-01-01"), ItemWord::too_late, false},
           {"far away", 3, 1'234, true, scan_of(1, 5, "2026-11-21", "GD"), ItemWord::claimed, true},
           {"sold everywhere", 3, 2'000, true, scan_of(1, 5, "2026-11-21", "GD"), ItemWord::genuine, false},
       }) {
    CAPTURE(row.what);
    ItemBooking booking;
    const auto answer = model::book_scan(items(), row.key, row.number, row.mac_holds, booking, row.scan);
    CHECK(answer.word == row.word);
    CHECK(answer.region_mismatch == row.mismatch);
    CHECK(answer.points == (row.word == ItemWord::claimed ? 50 : 0));
    CHECK_FALSE(answer.shown_first);
    CHECK(booking.first_claim.has_value() == (row.word == ItemWord::claimed));
    if (row.word == ItemWord::forged) CHECK(booking == ItemBooking{});
    CHECK(booking.region_mismatches == (row.mismatch ? 1 : 0));
  }
}

TEST_CASE("A claim that came too early or too late leaves the item to who claims in time", "[items]") {
  ItemBooking booking;
  CHECK(book(booking, scan_of(1, 5, "2026-10-31")).word == ItemWord::too_early);
  CHECK(book(booking, scan_of(2, 6)).word == ItemWord::claimed);
}

TEST_CASE("A terminal without the hub keeps a claim pending, and takes no second one", "[items]") {
  ItemBooking booking;
  const auto first = scan_of(1, 5);
  CHECK(model::note_scan(booking, first) == ItemAnswer{ItemWord::pending, {}, false, 0, ItemReward::nothing, 0, {}});
  CHECK(model::note_scan(booking, first).word == ItemWord::pending);
  CHECK(model::note_scan(booking, scan_of(2, 5)) ==
        ItemAnswer{ItemWord::own_again, first, false, 0, ItemReward::nothing, 0, {}});
  CHECK(model::note_scan(booking, scan_of(3, 6)) ==
        ItemAnswer{ItemWord::taken, first, false, 0, ItemReward::nothing, 0, {}});
  CHECK(model::note_scan(booking, scan_of(4, 0)).word == ItemWord::pending);
  CHECK(booking.scans == 4);
}

TEST_CASE("Whatever the order, one item rewards at most one member, and the hub's order says whom", "[items]") {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    CAPTURE(seed);
    base::SeededRng rng{seed};
    std::vector<ItemScan> scans;
    for (std::uint64_t seq = 1; seq <= 12; ++seq) {
      scans.push_back(scan_of(1 + rng.below(9), rng.below(4), rng.chance(1, 4) ? "2027-02-01" : "2026-11-21"));
      scans.back().terminal.value = 1 + static_cast<std::uint32_t>(rng.below(3));
    }
    ItemBooking booking;
    std::set<std::uint64_t> rewarded;
    std::uint64_t first = 0;
    for (const auto& scan : scans) {
      const bool in_time = scan.local_date == *base::parse_date("2026-11-21");
      if (first == 0 && scan.member && in_time) first = scan.member.value;
      const auto answer = book(booking, scan);
      if (answer.word == ItemWord::claimed) CHECK(rewarded.insert(scan.member.value).second);
      CHECK((answer.reward == ItemReward::points) ==
            (answer.word == ItemWord::claimed || answer.word == ItemWord::claimed_here));
    }
    CHECK(rewarded.size() == (first == 0 ? 0 : 1));
    if (first != 0) CHECK(rewarded.contains(first));
  }
}

TEST_CASE("Counters of scans stop at their end", "[items]") {
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  ItemBooking booking{scan_of(1, 0), {}, most, most};
  CHECK(book(booking, scan_of(2, 5, "2026-11-21", "GD")).region_mismatch);
  CHECK(booking.scans == most);
  CHECK(booking.region_mismatches == most);
}
